"""May this contact point be used now, on this channel, for this purpose? Asked singly or in sets.

Both ways ask the same engine (`consent.engine`). Neither pandas nor the store is imported before `decide` runs,
for `leads may-contact` has to answer quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from consent import words
from consent.engine import ANY, OWN_ACTORS, Act, Event, Question, Standing, Verdict, permit, standing
from consent.policy import Packs
from leads.clock import parse, utc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ANY", "Event", "Question", "Verdict", "decide", "judge"]

FIELD, RECORD = "\x1f", "\x1e"  # no kind, channel or purpose has them

# Each contact point's history as text in which nothing tells one person from another: see `engine.Act`.
ASKED_WITH_HISTORY = """
    WITH acts AS (
        SELECT type, value, seq, concat_ws(chr(31),
            kind, channel, purpose, list_contains($2, actor), event_time <= $1,
            coalesce(valid_until <= $1, false),
            dense_rank() OVER (PARTITION BY type, value ORDER BY event_time)) AS act
        FROM events SEMI JOIN asked USING (type, value)
    ), histories AS (
        SELECT type, value, string_agg(act, chr(30) ORDER BY seq) AS history FROM acts GROUP BY type, value
    )
    SELECT asked.*, coalesce(history, '') AS history
    FROM asked LEFT JOIN histories USING (type, value)
    ORDER BY n
"""
WITH_VERDICTS = """
    WITH numbered AS (
        SELECT type, value, event_id, substr(event_time, 1, 10) AS date, source_kind AS place,
            notice_version AS version, row_number() OVER (PARTITION BY type, value ORDER BY seq) - 1 AS position
        FROM events SEMI JOIN asked USING (type, value)
    )
    SELECT contact, type, value, channel, purpose, verdict, rule, pack, review, reason_key, mend_key, country,
        registry, event_id AS evidence, coalesce(date, '') AS date, coalesce(place, '') AS place,
        coalesce(version, '') AS version
    FROM asked
    JOIN verdicts USING (jurisdictions, audience, channel, purpose, history)
    LEFT JOIN numbered USING (type, value, position)
    ORDER BY n
"""
TOLD = ["country", "registry", "date", "place", "version"]


def judge(question: Question, history: Sequence[Event], packs: Packs, at: str) -> Verdict:
    """Answer one question.

    `history`: the events of the contact point in ledger order (by seq), of whatever contact, channel or purpose.
    `at`: the moment asked about, any ISO 8601 text. Raises ValueError when it is none. A no counts before its
    time too: to ask what was known in the past, give the history up to then.
    """
    at = utc(parse(at))
    found = standing(_acts(history, at), question.channel, question.purpose)
    verdict = permit(question, found.state, packs, at[:10])
    if found.position is None or verdict.reason != found.state:
        return verdict
    event = history[found.position]
    told = {"date": event.event_time[:10], "place": event.source_kind, "version": event.notice_version or ""}
    return replace(verdict, parameters={**verdict.parameters, **told}, evidence=event.event_id)


def decide(asked: pd.DataFrame, events: pd.DataFrame, packs: Packs, at: str, language: str) -> pd.DataFrame:
    """Answer every row of `asked` (ASKED) in its order, as DECISIONS with reasons and mends in `language`.

    `events`: the ledger of at least the contact points asked about, HISTORY.
    The engine is asked once per distinct combination of what is asked and what the history says.
    Raises ConfigError for a language we do not write, ValueError when `at` is no moment.
    """
    from leads import schema
    from leads.sets import query

    at = utc(parse(at))
    words.known(language)
    schema.check(schema.ASKED, asked)
    if asked.empty:
        return schema.empty(schema.DECISIONS)
    numbered = asked.assign(n=range(len(asked)))
    numbered = query(ASKED_WITH_HISTORY, [at, sorted(OWN_ACTORS)], asked=numbered, events=events)
    verdicts = _verdicts(numbered, packs, at[:10])
    found = query(WITH_VERDICTS, asked=numbered, verdicts=verdicts, events=events)
    decisions = found.merge(_texts(found, language), how="left", on=["reason_key", "mend_key", *TOLD])
    return schema.check(schema.DECISIONS, decisions[list(schema.DECISIONS.columns)])


def _acts(history: Sequence[Event], at: str) -> list[Act]:
    order = {time: i for i, time in enumerate(sorted({event.event_time for event in history}))}
    return [
        Act(
            kind=event.kind,
            channel=event.channel,
            purpose=event.purpose,
            own=event.actor in OWN_ACTORS,
            begun=event.event_time <= at,
            over=event.valid_until is not None and event.valid_until <= at,
            order=order[event.event_time],
        )
        for event in history
    ]


@lru_cache(maxsize=10_000)
def _told(history: str) -> tuple[Act, ...]:
    """The acts that ASKED_WITH_HISTORY wrote down."""
    records = [record.split(FIELD) for record in history.split(RECORD) if record]
    return tuple(
        Act(kind, channel, purpose, own == "true", begun == "true", over == "true", int(order))
        for kind, channel, purpose, own, begun, over, order in records
    )


def _verdicts(asked: pd.DataFrame, packs: Packs, day: str) -> pd.DataFrame:
    """One row per distinct question and history; `position` is -1 where no event is evidence."""
    import pandas as pd

    from leads import schema

    @cache
    def permitted(jurisdictions: str, audience: str, channel: str, purpose: str, state: str) -> Verdict:
        countries = tuple(name for name in jurisdictions.split("|") if name)
        return permit(Question(channel, purpose, countries, audience), state, packs, day)

    keys = ["jurisdictions", "audience", "channel", "purpose", "history"]
    rows = []
    for *asks, history in asked[keys].drop_duplicates().itertuples(index=False, name=None):
        found = standing(_told(history), *asks[2:])
        rows.append(dict(zip(keys, (*asks, history), strict=True)) | _row(permitted(*asks, found.state), found))
    frame = pd.DataFrame(rows)
    return frame.astype({name: schema.INT if name == "position" else schema.TEXT for name in frame})


def _row(verdict: Verdict, found: Standing) -> dict[str, Any]:
    evident = found.position is not None and verdict.reason == found.state
    return {
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "pack": verdict.pack,
        "review": verdict.review,
        "reason_key": verdict.reason,
        "mend_key": verdict.mend or "",
        "country": verdict.parameters.get("country", ""),
        "registry": verdict.parameters.get("registry", ""),
        "position": found.position if evident else -1,
    }


def _texts(found: pd.DataFrame, language: str) -> pd.DataFrame:
    """`reason` and `mend` in words, one row per distinct thing to say."""
    from leads import schema

    keys = found[["reason_key", "mend_key", *TOLD]].drop_duplicates().reset_index(drop=True)
    said = [dict(zip(TOLD, key[2:], strict=True)) for key in keys.itertuples(index=False, name=None)]
    reasons = [words.reason(key, told, language) for key, told in zip(keys["reason_key"], said, strict=True)]
    mends = [words.mend(key, told, language) for key, told in zip(keys["mend_key"], said, strict=True)]
    return keys.assign(reason=schema.texts(reasons), mend=schema.texts(mends))
