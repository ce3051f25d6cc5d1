"""Asking the gate about contacts of the store: for a hand-over, again for a recall, and again to prove an answer.

Whoever takes contacts out asks here, for exactly the purpose and the channels it will use, and records what it was told
(`store.handover.record_decisions`): there is no second way.
"""

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from consent import registries
from consent.gate import Known, decide
from consent.policy import Packs
from consent.standing import ANY, RESTRICTED
from consent.then import packs_at
from leads import schema
from leads.sets import query
from store import cards
from store.erasure import restricted
from store.registries import snapshots

# A restriction is no entry of the ledger: it stands behind them all, and speaks of every channel and purpose.
LAST, ANYTHING = 2**62, {"channel": ANY, "purpose": ANY}
# What an answer says; two that are alike in it are the same answer, in whatever language their reasons are.
ANSWER = ("verdict", "rule", "pack", "evidence", "review", "valid_until", "hours", "zones")


def ask(
    connection: Connection, asked: pd.DataFrame, packs: Packs, at: str, language: pd.Series | str,
    *, upto: int | None = None, lists_at: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Answer every row of `asked` (ASKED), in its order, as DECISIONS at the moment `at` (UTC).

    `language`: of reasons and mends, one for all or one for each row. `upto`: only the ledger's entries up to this one;
    `lists_at`: the registries' copies as they were at that moment and not at `at`. Calling hours are said, not kept:
    what is handed over is used in the days to come. Raises StoreError when a key is lost.
    """
    points, contacts = asked[["type", "value"]], asked[["contact"]]
    events = cards.history(connection, points)
    if upto is not None:
        events = events[events["seq"] <= upto].reset_index(drop=True)
    events = pd.concat([events, _restrictions(connection, points, at)], ignore_index=True)
    made = cards.contacted(connection, contacts)
    lists = lists_at or at
    known = Known(
        snapshots=snapshots(connection, lists),
        listed=registries.listed(connection, points, lists),
        contacted=made[made["at"] < at].reset_index(drop=True),
        promised=cards.promised(connection),
    )
    languages = _each(language, asked)
    answers = []
    for one in sorted(languages.dropna().unique()):
        part = asked[(languages == one).to_numpy()]
        said = decide(part.reset_index(drop=True), events, packs, at, one, known, enforce_hours=False)
        answers.append(said.set_index(part.index))
    if not answers:
        return schema.empty(schema.DECISIONS)
    return pd.concat(answers).sort_index().reset_index(drop=True)


def again(
    connection: Connection, decided: pd.DataFrame, packs: Packs, language: pd.Series | str, *, now: str | None = None
) -> pd.DataFrame:  # fmt: skip
    """Ask once more what was asked: DECISIONS in the order of `decided` (`store.handover.decided`, with its question).

    Each is asked at its own moment, with the ledger, the lists and the packs of that moment (those given, where none is
    on record): the answer must be the same. With `now` ledger and lists are those of now: what was allowed and is
    denied then was refused, withdrawn or listed since.
    """
    languages = _each(language, decided)
    answers = []
    for (at, seq), part in decided.groupby(["decided_at", "ledger_seq"]):
        asked, spoken = part[list(schema.ASKED.columns)], languages[part.index].reset_index(drop=True)
        upto = None if now else int(seq)
        law, _ = packs_at(connection, at, packs)
        said = ask(connection, asked.reset_index(drop=True), law, at, spoken, upto=upto, lists_at=now)
        answers.append(said.set_index(part.index))
    if not answers:
        return schema.empty(schema.DECISIONS)
    return pd.concat(answers).reindex(decided.index).reset_index(drop=True)


def _restrictions(connection: Connection, points: pd.DataFrame, at: str) -> pd.DataFrame:
    """An event behind all others for each point that somebody who waits for erasure has too: nobody's yes lifts it."""
    waiting = pd.DataFrame(
        restricted(connection, at), columns=["contact", "type", "value", "since"], dtype=schema.TEXT
    )
    if waiting.empty:
        return schema.empty(schema.HISTORY)
    found = query(
        """SELECT p.type, p.value, min(since) AS since
           FROM points p JOIN waiting w ON p.type = w.type AND p.value = w.value
           OR p.type = 'messenger' AND w.type = 'phone' AND p.value LIKE '%:' || w.value GROUP BY ALL""",
        points=points.drop_duplicates(), waiting=waiting,
    )  # fmt: skip
    said = dict.fromkeys(("actor", "method", "source", "source_kind"), "") | {"kind": RESTRICTED} | ANYTHING
    rows = found.assign(**said, event_time=found["since"], recorded_time=found["since"], seq=LAST)
    return rows.reindex(columns=list(schema.HISTORY.columns)).astype(schema.empty(schema.HISTORY).dtypes)


def _each(language: pd.Series | str, rows: pd.DataFrame) -> pd.Series:
    return pd.Series(language, index=rows.index, dtype=schema.TEXT) if isinstance(language, str) else language


def same(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Of two answers to each question, in one order: are they the same?"""
    equal = [one[name].fillna("").to_numpy() == other[name].fillna("").to_numpy() for name in ANSWER]
    return pd.Series(np.logical_and.reduce(equal), dtype=bool)
