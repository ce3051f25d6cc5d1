"""Leads as they are compared, and whom those of a chunk meet in the store by what they have in common.

What leads have in common leads to some leads of the store (`dedupe.candidates.finding`); whether they are one is said
in `flows.alike.likeness`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

import pandas as pd
from sqlalchemy import Connection

from dedupe.candidates import finding
from dedupe.deciding.exact import SHARED_KINDS
from dedupe.evidence import terms
from dedupe.evidence.nicknames import roots
from enrich.folding import name_key
from flows.evidence import father, folded
from leads import beside, schema
from leads.sets import query
from store import engine, likely
from store.engine import Store, store_at


@dataclass(frozen=True)
class Own:
    """The leads of a chunk as they are compared: READINGS, their match keys (`dedupe.candidates.finding`), and how
    often they state each value (`dedupe.evidence.terms.counts`)."""

    readings: pd.DataFrame
    keys: pd.DataFrame
    terms: pd.DataFrame

    def of(self, leads: pd.Series) -> "Own":
        """Those of some leads only."""
        if self.readings["lead_id"].isin(leads).all():
            return self
        both = self.readings, self.keys
        read, keys = (frame[frame["lead_id"].isin(leads)].reset_index(drop=True) for frame in both)
        return Own(read, keys, terms.counts(terms.terms(read)))


def own(leads: pd.DataFrame, points: pd.DataFrame) -> Own:
    """The chunk's LEADS with their POINTS as they are compared."""
    distinct = leads.drop_duplicates("lead_id")
    read = reading(distinct, points[points["usable"] & points["lead_id"].isin(distinct["lead_id"])])
    return Own(read, finding.keys(read), terms.counts(terms.terms(read)))


def reading(leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """READINGS of leads (fields of LEADS) with their usable points."""
    cells = _called(leads) | {
        "birthday": _mapped(leads["birthday"], _digits),
        "company": leads["company_key"], "city": _mapped(leads["city"], folded),
        "street": _mapped(leads["street"], folded), "house": _mapped(leads["house"], folded),
    }  # fmt: skip
    plain = leads[["lead_id", "kind", "gender", "registrations", "domain"]].assign(**cells)
    return schema.check(schema.READINGS, query(_WITH_POINTS, leads=plain, points=points[_POINT]))


def _called(leads: pd.DataFrame) -> dict[str, pd.Series]:
    """What somebody is called, by the columns of READINGS."""
    given = leads["given_key"]
    return {"family": leads["family_key"], "given": given, "root": _mapped(given, _pets().get),
            "father": _mapped(leads["patronymic"], father)}  # fmt: skip


_POINT = ["lead_id", "type", "value", "kind"]
_LISTED = "string_agg(DISTINCT value, chr(10) ORDER BY value) FILTER"
# The account that is a phone number says nothing that the number does not.
_WITH_POINTS = f"""
SELECT l.*, p.* EXCLUDE (lead_id) FROM leads l LEFT JOIN (
    SELECT lead_id, {_LISTED} (type = 'phone') AS phone, {_LISTED} (type = 'email') AS email,
           {_LISTED} (type = 'messenger' AND NOT contains(value, ':+')) AS profile,
           {_LISTED} (kind IN {SHARED_KINDS}) AS offices
    FROM points GROUP BY lead_id) p USING (lead_id) ORDER BY l.lead_id"""


def _mapped(cells: pd.Series, read: Callable[[str], str | None]) -> pd.Series:
    return cells.map({value: read(value) for value in cells.dropna().unique()}).astype(schema.TEXT)


@cache
def _pets() -> dict[str, str]:
    return {key: "\n".join(names) for key, names in roots(name_key).items()}


def _digits(birthday: str) -> str | None:
    return None if birthday.startswith("-") else birthday.replace("-", "")


@dataclass(frozen=True)
class Meeting:
    """A chunk, and whom its leads may be: the leads of the store that have its match keys (`held`: key, lead), whom
    each is to be compared with (`met`), `who` they are (lead, lead_id, contact, kind, family), and those of them that
    have a value of the chunk's (`values`, as `dedupe.candidates.shared.held` gives them)."""

    chunk: Own
    held: pd.DataFrame
    met: finding.Met
    who: pd.DataFrame
    values: pd.DataFrame


Meet = Callable[[Connection, Own], Callable[[], Meeting]]


def at_once(connection: Connection, chunk: Own) -> Callable[[], Meeting]:
    """Whom a chunk's leads may be, found now."""
    return partial(_given, met(connection, chunk))


@contextmanager
def meeting(store: Store, *, aside: bool) -> Iterator[Meet]:
    """A function that begins to find whom a chunk's leads may be: `aside` in a process, while the exact keys are looked
    up, else at once. In a thread each would wait for the other at every row that a database gives."""
    if not aside or isinstance(store, Connection):
        yield at_once
        return
    with beside.worker(partial(_meeting_at, store.url.render_as_string(hide_password=False))) as begin:
        yield lambda _, chunk: begin(chunk)


def _meeting_at(url: str, chunk: Own) -> Meeting:
    with engine.reading(store_at(url)) as connection:
        return met(connection, chunk)


def _given(found: Meeting) -> Meeting:
    return found


def met(connection: Connection, chunk: Own, besides: pd.DataFrame | None = None) -> Meeting:
    """Whom a chunk's leads meet in the store; or leads of its own, others than these (`besides`: lead)."""
    held = likely.held(connection, chunk.keys)
    if besides is not None:
        held = held[~held["lead"].isin(besides["lead"])]
    found = finding.pairs(chunk.keys, held)
    known = likely.names(connection, found.by_nothing_own)
    found = finding.without_strangers(found, chunk.readings, known[["lead"]].assign(**_called(known)))
    return Meeting(chunk, held, found, *holders(connection, found.leads, found.values))


def holders(
    connection: Connection, leads: pd.DataFrame, values: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who these leads of the store are (lead, lead_id, contact, kind, family), and those of them that have `values`
    (value, lead), as `dedupe.candidates.shared.held` gives them."""
    who, offices = likely.holders(connection, leads, SHARED_KINDS)
    held = values.merge(who, on="lead").merge(offices.assign(office=True), on=["lead", "value"], how="left")
    held["office"] = held["office"].fillna(False).astype(schema.BOOL)
    return who, held[["value", "lead_id", "kind", "family", "office"]]
