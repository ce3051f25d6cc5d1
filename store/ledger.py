"""The consent ledger in the store: appended to, never changed; read whole in the view `consent_history`.

The view does not know the values, which are sealed: who asks about contact points finds them by their keyed hashes.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from leads import schema
from leads.keys import peppers
from leads.sets import query
from store import entries, queries, sealing, subjects
from store.entries import Head, one_array

# What a restore must never take back: whoever said no, or was erased, since the backup was made.
REFUSALS = ("refused", "withdrawn", "objected", "erased", "invalidated", "expired")


class Refusals(NamedTuple):
    """Every no of a ledger: TERMS; events with `subject`, `type` and `value` (null where its key is destroyed); and
    what those subjects are known by."""

    terms: pd.DataFrame
    events: pd.DataFrame
    closed: pd.DataFrame


def points_of(terms: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The contact points (type, value) that EVENTS under TERMS are about, in their order."""
    return query(
        "SELECT type, e.value FROM events e JOIN terms USING (terms) GROUP BY ALL ORDER BY min(n)",
        events=events[["value", "terms"]].assign(n=range(len(events))), terms=terms[["terms", "type"]],
    )  # fmt: skip


def append(
    connection: Connection, terms: pd.DataFrame, events: pd.DataFrame, lead_ids: pd.DataFrame,
    drawn: pd.DataFrame | None = None,
) -> int:  # fmt: skip
    """Add EVENTS (with `recorded_time`) under their TERMS, in their order; one that is there already is left alone.

    `lead_ids`: lead_id (public) -> id, of the leads that are in the store; `drawn`: `subjects.drawn` of at least their
    `points_of`, where that was done beforehand. Returns how many events were new. They are a block of the chain when
    the caller's transaction commits. Raises StoreError when a key of the ledger is lost.
    """
    if events.empty:
        return 0
    head, salt = entries.take(connection), sealing.new_salt()
    said = _under(events, entries.terms(connection, terms), lead_ids)
    # Each point once, in the order in which they come: a dictionary of Arrow is a fifth of a GROUP BY and a join.
    whole = _points(said).dictionary_encode()
    of = whole.indices.to_numpy()
    if drawn is None:
        own = subjects.drawn(said[["type", "value"]].iloc[np.unique(of, return_index=True)[1]])
    elif (drawn["pepper"] != peppers()[0].id).any():  # renewed while the chunk was on its way
        own = subjects.drawn(drawn.take(pc.index_in(whole.dictionary, _points(drawn)).to_numpy()))
    else:
        own = drawn.take(pc.index_in(whole.dictionary, _points(drawn)).to_numpy())
    head, points = subjects.take(connection, head, own.reset_index(drop=True), salt)
    beside = {name: points[name].array.take(of) for name in ("subject_id", "commitment", "known")}
    return _enter(connection, head, said.drop(columns=["type", "value"]).assign(**beside), salt)


def _points(said: pd.DataFrame) -> pa.Array:
    return pc.binary_join_element_wise(one_array(said["type"]), one_array(said["value"]), "\0")


def _under(events: pd.DataFrame, terms: pd.DataFrame, lead_ids: pd.DataFrame) -> pd.DataFrame:
    """The events with n (their place), type, terms_id and digest of their terms, and the number of their lead."""
    of_terms = pc.index_in(one_array(events["terms"]), one_array(terms["terms"])).to_numpy()
    of_lead = pc.index_in(one_array(events["lead_id"]), one_array(lead_ids["lead_id"]), skip_nulls=True)
    beside = {name: terms[name].array.take(of_terms) for name in ("type", "terms_id", "digest")}
    numbers = pc.take(one_array(lead_ids["id"]), of_lead)
    return events.reset_index(drop=True).assign(
        **beside, n=pd.array(range(len(events)), dtype=schema.INT), lead_id=pd.array(numbers, dtype=schema.INT)
    )


def _enter(connection: Connection, head: Head, said: pd.DataFrame, salt: bytes) -> int:
    """Enter what is not there yet: n, subject_id, commitment, known, terms_id, digest, lead_id, row, jurisdiction,
    event_time, recorded_time. One lead says one thing of a contact point once."""
    numbers = pd.DataFrame(
        {name: said[name].to_numpy(na_value=-1) for name in ("subject_id", "lead_id", "terms_id")}
    )
    if (twice := numbers.duplicated() & (numbers["lead_id"] >= 0)).any():
        said = said[~twice.to_numpy()]
    again = queries.about(
        connection, said.loc[said["known"] & said["lead_id"].notna(), ["n", "subject_id", "terms_id", "lead_id"]],
        # Each subject's events are gone through once, however many leads of the chunk state it.
        """SELECT a.n FROM (SELECT DISTINCT subject_id, terms_id FROM asked) s CROSS JOIN consent_event e
           CROSS JOIN asked a WHERE e.subject_id = s.subject_id AND e.terms_id = s.terms_id
             AND a.lead_id = e.lead_id AND a.subject_id = e.subject_id AND a.terms_id = e.terms_id""",
        {"n": schema.INT},
    )  # fmt: skip
    new = said[~said["n"].isin(again["n"])] if len(again) else said
    if len(new):
        entries.enter(connection, head, new, salt)
    return len(new)


def last(connection: Connection, *, held: bool = False) -> int:
    """The number of the newest entry; `held`, nobody can append another one until the caller's transaction ends."""
    if held:
        return entries.take(connection).seq
    return int(connection.execute(text("SELECT coalesce(max(seq), 0) FROM consent_head")).scalar_one())


def history(connection: Connection, points: pd.DataFrame) -> pd.DataFrame:
    """The ledger's events about these contact points (type, value; each once): HISTORY, in the ledger's order.

    Raises StoreError when a key of the ledger is lost.
    """
    entries.check_keys(connection, "pepper")
    asked = subjects.looked_up(points[["type", "value"]].assign(n=range(len(points))), peppers()[0])
    said = query(
        "SELECT type, value, subject_id FROM asked JOIN found USING (n)",
        asked=asked, found=subjects.known(connection, asked),
    )  # fmt: skip
    fields = ", ".join(f"{'a' if name in ('type', 'value') else 'e'}.{name}" for name in schema.HISTORY.columns)
    return queries.about(
        connection, said,
        f"""SELECT {fields} FROM asked a CROSS JOIN consent_history e
            WHERE e.subject_id = a.subject_id ORDER BY e.seq, e.channel, e.purpose""",
        schema.HISTORY,
    )  # fmt: skip


def forget(connection: Connection, points: pd.DataFrame) -> int:
    """Destroy the keys of these contact points (type, value; each once): nobody can read them in the ledger again.

    Append an `erased` event for each first, or `leads consent verify` names them. SQLite's log keeps the old page until
    it is moved into the file. Returns how many of the points the ledger knew.
    """
    entries.check_keys(connection, "pepper")
    asked = subjects.looked_up(points[["type", "value"]].assign(n=range(len(points))), peppers()[0])
    found = subjects.known(connection, asked)["subject_id"].to_list()
    subjects.forget(connection, found)
    return len(found)


def refusals(connection: Connection) -> Refusals:
    """Every no in the ledger, in its order."""
    kinds = ", ".join(f"'{kind}'" for kind in REFUSALS)
    terms = _terms(connection, kinds)
    types = dict.fromkeys(("lead_id", "jurisdiction", "event_time", "recorded_time"), schema.TEXT)
    types |= dict.fromkeys(("subject", "terms", "row"), schema.INT)
    found = queries.frame(
        connection,
        f"""SELECT l.public_id, e.jurisdiction, e.event_time, b.recorded_time, e.subject_id, e.terms_id, e.row
            FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id JOIN consent_block b ON b.no = e.block_no
            LEFT JOIN lead l ON l.id = e.lead_id WHERE t.kind IN ({kinds}) ORDER BY e.seq""",
        types,
    )  # fmt: skip
    closed = subjects.closed_of(connection, found)
    readable = subjects.values(connection, found[~found["subject"].isin(closed["subject"])])
    events = query(
        "SELECT f.*, v.type, v.value FROM found f LEFT JOIN readable v USING (subject) ORDER BY n",
        found=found.assign(n=range(len(found))), readable=readable,
    )  # fmt: skip
    return Refusals(terms, events, closed)


def _terms(connection: Connection, kinds: str) -> pd.DataFrame:
    plain = {name: column.dtype.type for name, column in schema.TERMS.columns.items()}
    own = {name: kind for name, kind in plain.items() if name not in ("channels", "purposes")}
    names = ", ".join("t.id" if name == "terms" else f"t.{name}" for name in own)
    found = queries.frame(
        connection,
        f"""SELECT {names}, s.channel, s.purpose FROM consent_terms t JOIN consent_scope s ON s.terms_id = t.id
            WHERE t.kind IN ({kinds})""",
        {**own, "channel": schema.TEXT, "purpose": schema.TEXT},
    )  # fmt: skip
    return query(
        f"""SELECT {", ".join(own)}, string_agg(DISTINCT channel, '|' ORDER BY channel) AS channels,
                   string_agg(DISTINCT purpose, '|' ORDER BY purpose) AS purposes
            FROM found GROUP BY ALL ORDER BY terms""",
        found=found,
    )[list(plain)]  # fmt: skip


def replay(connection: Connection, said: Refusals) -> int:
    """Append what this store lacks of the refusals of another; returns how many that was.

    An event is the same one when it was recorded at the same moment about the same. Its lead may not be here. Whoever
    was erased there is forgotten here too.
    """
    if said.events.empty:
        return 0
    head, salt = entries.take(connection), sealing.new_salt()
    head, closed = subjects.adopt(connection, head, said.closed)
    readable = said.events[said.events["value"].notna()]
    drawn = subjects.drawn(readable[["type", "value"]].drop_duplicates())
    head, opened = subjects.take(connection, head, drawn, salt)
    leads = queries.about(
        connection, said.events[["lead_id"]].dropna().drop_duplicates(),
        "SELECT l.public_id, l.id FROM asked a CROSS JOIN lead l WHERE l.public_id = a.lead_id",
        {"lead_id": schema.TEXT, "id": schema.INT},
    )  # fmt: skip
    whole = query(
        """SELECT e.n, coalesce(c.subject_id, o.subject_id) AS subject_id,
                  coalesce(c.commitment, o.commitment) AS commitment, coalesce(c.known, o.known) AS known,
                  t.terms_id, t.digest, i.id AS lead_id, e.row, e.jurisdiction, e.event_time, e.recorded_time
           FROM events e JOIN terms t USING (terms) LEFT JOIN closed c USING (subject)
           LEFT JOIN opened o ON o.type = e.type AND o.value = e.value LEFT JOIN ids i USING (lead_id) ORDER BY e.n""",
        events=said.events, terms=entries.terms(connection, said.terms), closed=closed, opened=opened, ids=leads,
    )  # fmt: skip
    here = queries.about(
        connection, whole[["n", "subject_id", "terms_id", "recorded_time"]],
        """SELECT a.n FROM asked a CROSS JOIN consent_event e CROSS JOIN consent_block b
           WHERE e.subject_id = a.subject_id AND e.terms_id = a.terms_id AND b.no = e.block_no
             AND b.recorded_time = a.recorded_time""",
        {"n": schema.INT},
    )  # fmt: skip
    return _enter(connection, head, whole[~whole["n"].isin(here["n"])], salt)
