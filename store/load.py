"""The load: one chunk, one write transaction, committed whole or not at all, recognised when it comes again."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from leads import clock, keys, schema
from leads.errors import AccountingError
from store import contacts, ledger, likely, merging
from store.bulk import insert, next_id, stage

Contacts = contacts.Contacts


@dataclass(frozen=True)
class Prepared:
    """A chunk as the stages left it: what the load writes, and where each of its rows ended.

    `contacts` is called once the leads are written: until then they may be derived beside the load, from the store
    as it was before the chunk. `leads` have their `record` (`queries.recorded`). `held_off` are LINKS that do not hold,
    for a person said otherwise. `drawn`: what `store.subjects` draws for the contact points of the events, where that
    was done beforehand. `alike` is what the store keeps of a chunk whose leads were compared with those that are alike;
    `renewed`: suppressions that are known by another hash from now on (`old`, `new`).
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
    held_off: pd.DataFrame = field(default_factory=lambda: schema.empty(schema.LINKS))
    drawn: pd.DataFrame | None = None
    alike: likely.Kept | None = None
    renewed: pd.DataFrame | None = None


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
    touched = (
        pd.concat([chunk.assigned["contact"], chunk.versions["contact"].dropna()]).drop_duplicates().to_frame()
    )
    created = chunk.assigned.loc[chunk.assigned["created"], "contact"]
    contact_ids = contacts.numbered(connection, touched, touched["contact"].isin(created))
    leads = _numbered(connection, chunk, contact_ids).assign(
        source_id=source_id,
        batch_id=batch_id,
        edited=edited,
        stated_at=lambda rows: rows["occurred_at"].fillna(received),
    )
    # Contacts come last: they may still be being derived.
    ids = leads[["lead_id", "id"]]
    decided = {"by_hand": False, "decided_at": moment}
    merging.record(connection, _by(chunk.links, actor).assign(**decided), ids)
    merging.record(connection, _by(chunk.held_off, actor).assign(**decided, revoked_at=moment), ids)
    if chunk.alike:
        likely.keep(connection, chunk.alike, ids, batch_id, no)
    ledger.append(connection, chunk.terms, chunk.events.assign(recorded_time=moment), ids, chunk.drawn)
    insert(connection, "fate", chunk.fates.assign(batch_id=batch_id), ["batch_id", "row", "part"])
    _write_leads(connection, leads, chunk.points)
    contacts.write(connection, chunk.contacts(), contact_ids)
    _supersede(connection, chunk.versions)
    _renew(connection, chunk.renewed)
    merging.merge(connection, chunk.merges, moment)
    connection.execute(
        text("INSERT INTO chunk (batch_id, no, rows, loaded_at) VALUES (:b, :no, :rows, :at)"),
        {"b": batch_id, "no": no, "rows": rows, "at": moment},
    )


def _by(links: pd.DataFrame, actor: str) -> pd.DataFrame:
    """LINKS with who made them: `actor`, and the model those that it weighed."""
    return links.assign(
        actor=schema.texts(actor if pd.isna(why) else "likeness" for why in links["because"]).array
    )


def _numbered(connection: Connection, chunk: Prepared, contact_ids: pd.DataFrame) -> pd.DataFrame:
    """The chunk's leads in the order of its rows, under counted-up keys (`id`), with their `contact_id`."""
    rows = chunk.leads.sort_values(["row", "part"]).reset_index(drop=True)
    start = next_id(connection, "lead")
    rows["id"] = pd.array(np.arange(start, start + len(rows)), dtype=schema.INT)
    held = chunk.assigned.merge(contact_ids, on="contact")[["lead_id", "contact_id"]]
    found = rows.merge(held, on="lead_id")
    if len(found) != len(rows):
        raise AccountingError(
            f"{len(rows)} leads, {len(found)} with a contact", where="load",
            do="Nothing of the chunk was loaded; this is a fault of the stage that resolved it",
        )  # fmt: skip
    return found


def _write_leads(connection: Connection, leads: pd.DataFrame, points: pd.DataFrame) -> None:
    insert(connection, "lead", leads.rename(columns={"lead_id": "public_id"}), ["id"])
    own = points.merge(leads[["lead_id", "id"]], on="lead_id").drop(columns="lead_id")
    insert(connection, "lead_point", own.rename(columns={"id": "lead_id"}), ["lead_id", "type", "slot"])


def _renew(connection: Connection, renewed: pd.DataFrame | None) -> None:
    if renewed is None or renewed.empty:
        return
    stage(connection, "renewed", renewed)
    connection.execute(
        text("""UPDATE suppression SET hash = r.new, key_version = :version FROM renewed r
                WHERE suppression.hash = r.old AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.hash = r.new)"""),
        {"version": keys.peppers()[0].version},
    )
    connection.execute(text("DELETE FROM suppression WHERE hash IN (SELECT old FROM renewed)"))


def _supersede(connection: Connection, versions: pd.DataFrame) -> None:
    replaced = versions.loc[versions["state"] == "version", ["old_lead_id", "lead_id"]]
    if replaced.empty:
        return
    stage(connection, "replaced", replaced)
    connection.execute(
        text("""UPDATE lead SET superseded_by = n.id FROM replaced r JOIN lead n ON n.public_id = r.lead_id
                WHERE lead.public_id = r.old_lead_id""")
    )
