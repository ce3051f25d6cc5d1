"""The load: one chunk, one write transaction, committed whole or not at all, recognised when it comes again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from leads import clock, schema
from leads.errors import AccountingError
from leads.sets import query
from store import ledger, queries
from store.bulk import analyse, insert, next_id, stage


@dataclass(frozen=True)
class Contacts:
    """The contacts that a chunk touches as they are now, with all of their points and their match keys."""

    contacts: pd.DataFrame
    points: pd.DataFrame
    keys: pd.DataFrame


@dataclass(frozen=True)
class Prepared:
    """A chunk as the stages left it: what the load writes, and where each of its rows ended.

    `contacts` is called once the leads are written: until then they may be derived beside the load, from the store
    as it was before the chunk.
    """

    leads: pd.DataFrame
    points: pd.DataFrame
    assigned: pd.DataFrame
    links: pd.DataFrame
    merges: pd.DataFrame
    versions: pd.DataFrame
    terms: pd.DataFrame
    events: pd.DataFrame
    fates: pd.DataFrame
    contacts: Callable[[], Contacts]


def is_loaded(connection: Connection, batch_id: int, no: int) -> bool:
    """Was this chunk committed before?"""
    found = connection.execute(
        text("SELECT 1 FROM chunk WHERE batch_id = :batch AND no = :no"), {"batch": batch_id, "no": no}
    )
    return found.first() is not None


def load_chunk(
    connection: Connection, chunk: Prepared, *, source_id: int, batch_id: int, no: int, rows: int,
    received: str, edited: bool = False, actor: str = "exact keys",
) -> None:  # fmt: skip
    """Write one prepared chunk of `rows` received rows in the caller's transaction.

    The caller holds the loader's turn (`store.engine.loading`), so that surrogate keys can be counted up here. A chunk
    that another worker committed in the meantime is left as it is. Raises AccountingError when a row has no fate.
    """
    fated = chunk.fates["row"].nunique()
    if fated != rows:
        raise AccountingError(
            f"{rows} rows received, {fated} accounted for", where=f"batch {batch_id}, chunk {no}",
            do="Nothing of the chunk was loaded; report this with the batch's id",
        )  # fmt: skip
    if is_loaded(connection, batch_id, no):
        return
    moment = clock.now()
    ids = _contact_ids(connection, chunk)
    rows_ = chunk.leads.assign(
        source_id=source_id,
        batch_id=batch_id,
        edited=edited,
        stated_at=chunk.leads["occurred_at"].fillna(received),
    )
    lead_ids = _write_leads(connection, rows_, chunk.points, chunk.assigned.merge(ids, on="contact"))
    _supersede(connection, chunk.versions)
    decided = chunk.links.assign(actor=actor, decided_at=moment)
    insert(connection, "match_decision", decided, ["lead_id", "other_lead_id", "rule"])
    ledger.append(connection, chunk.terms, chunk.events.assign(recorded_time=moment), lead_ids)
    insert(connection, "fate", chunk.fates.assign(batch_id=batch_id), ["batch_id", "row", "part"])
    _write_contacts(connection, chunk.contacts(), ids)
    _merge(connection, chunk.merges, moment)
    connection.execute(
        text("INSERT INTO chunk (batch_id, no, rows, loaded_at) VALUES (:b, :no, :rows, :at)"),
        {"b": batch_id, "no": no, "rows": rows, "at": moment},
    )


def _contact_ids(connection: Connection, chunk: Prepared) -> pd.DataFrame:
    """contact (public id) -> contact_id, and whether it is `new`, of the contacts that the chunk touches."""
    touched = (
        pd.concat([chunk.assigned["contact"], chunk.versions["contact"].dropna()]).drop_duplicates().to_frame()
    )
    known = queries.about(
        connection,
        touched,
        "SELECT a.contact, c.id FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact",
        {"contact": schema.TEXT, "contact_id": schema.INT},
    )
    new = touched.loc[~touched["contact"].isin(known["contact"]), ["contact"]]
    start = next_id(connection, "contact")
    new["contact_id"] = pd.array(np.arange(start, start + len(new)), dtype=schema.INT)
    return pd.concat([known.assign(new=False), new.assign(new=True)], ignore_index=True)


def _write_contacts(connection: Connection, made: Contacts, ids: pd.DataFrame) -> None:
    """Write the derived contacts, and their points and match keys in place of those they had."""
    named = ids[["contact", "contact_id"]]
    rows = made.contacts.merge(named, on="contact").rename(columns={"contact": "public_id", "contact_id": "id"})
    insert(connection, "contact", rows, ["id"], update=True)
    known = ids.loc[~ids["new"], ["contact_id"]]
    if not known.empty:
        stage(connection, "derived", known)
        for table in ("match_key", "contact_point"):
            connection.execute(text(f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM derived)"))
    points = made.points.merge(named, on="contact").drop(columns="contact")
    insert(connection, "contact_point", points, ["contact_id", "type", "value"])
    keyed = query("SELECT DISTINCT key, contact_id FROM points JOIN keys USING (type, value)",
                  points=points, keys=made.keys)  # fmt: skip
    insert(connection, "match_key", keyed, ["key", "contact_id"])


def _write_leads(
    connection: Connection, leads: pd.DataFrame, points: pd.DataFrame, contact_ids: pd.DataFrame
) -> pd.DataFrame:
    """Insert the leads and their points under counted-up keys; returns lead_id (public) -> id."""
    start = next_id(connection, "lead")
    rows = leads.sort_values(["row", "part"]).reset_index(drop=True)
    rows["id"] = pd.array(np.arange(start, start + len(rows)), dtype=schema.INT)
    ids = rows[["lead_id", "id"]]
    rows = rows.merge(contact_ids[["lead_id", "contact_id"]], on="lead_id")
    if len(rows) != len(leads):
        raise AccountingError(
            f"{len(leads)} leads, {len(rows)} with a contact", where="load",
            do="Nothing of the chunk was loaded; this is a fault of the stage that resolved it",
        )  # fmt: skip
    insert(connection, "lead", rows.rename(columns={"lead_id": "public_id"}), ["id"])
    own = points.merge(ids, on="lead_id").drop(columns="lead_id").rename(columns={"id": "lead_id"})
    insert(connection, "lead_point", own, ["lead_id", "type", "slot"])
    return ids


def _supersede(connection: Connection, versions: pd.DataFrame) -> None:
    replaced = versions.loc[versions["state"] == "version", ["old_lead_id", "lead_id"]]
    if replaced.empty:
        return
    stage(connection, "replaced", replaced)
    connection.execute(
        text("""UPDATE lead SET superseded_by = n.id FROM replaced r JOIN lead n ON n.public_id = r.lead_id
                WHERE lead.public_id = r.old_lead_id""")
    )


def _merge(connection: Connection, merges: pd.DataFrame, moment: str) -> None:
    """Move everything of the losers to the survivors; the losers' ids become aliases that resolve for ever."""
    if merges.empty:
        return
    stage(connection, "merged", merges)
    connection.execute(
        text("""CREATE TEMPORARY TABLE moved AS
                SELECT l.id AS loser, s.id AS survivor, m.loser AS public_id, m.lead_id
                FROM merged m JOIN contact l ON l.public_id = m.loser JOIN contact s ON s.public_id = m.survivor""")
    )
    analyse(connection, "moved")
    for table in ("lead", "contact_alias", "assignment", "permission_decision"):
        connection.execute(
            text(f"UPDATE {table} SET contact_id = m.survivor FROM moved m WHERE {table}.contact_id = m.loser")
        )
    # One row for all of them: the earliest of the losers', unless the survivor has its own.
    for table, others in (
        ("segment_membership", "segment, since"),
        ("delivery_item", "reason, delivery_id, lead_id"),
    ):
        connection.execute(
            text(f"""INSERT INTO {table} (contact_id, {others})
                     SELECT m.survivor, {others.replace("lead_id", "t.lead_id")} FROM {table} t
                     JOIN moved m ON m.loser = t.contact_id WHERE true ORDER BY {others.split(", ")[1]}, m.loser
                     ON CONFLICT DO NOTHING""")
        )
    connection.execute(
        text("""INSERT INTO contact_alias (public_id, contact_id, lead_id, merged_at)
                SELECT public_id, survivor, lead_id, :at FROM moved"""),
        {"at": moment},
    )
    for table in ("match_key", "contact_point", "segment_membership", "delivery_item"):
        connection.execute(text(f"DELETE FROM {table} WHERE contact_id IN (SELECT loser FROM moved)"))
    connection.execute(text("DELETE FROM contact WHERE id IN (SELECT loser FROM moved)"))
    connection.execute(text("DROP TABLE moved"))
