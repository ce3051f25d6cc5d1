"""A person is erased, in an order that survives a kill at any point.

First the person is suppressed, in the ledger and for the loader, in one transaction; then files are written anew; last
the rows of the store go, in one transaction. Until then the person is found by the same key, and every step that was
done is recognised. The loader waits meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine, text

from consent import acts, suppression, words
from consent.acts import Said
from flows import recalling, redacting
from flows.marks import Marks
from leads import clock, schema
from leads.errors import LeadsError
from leads.keys import peppers
from leads.settings import Settings
from store import erasure, landing, queries, recalls, runs, subjects
from store.engine import loading, reading, writing
from store.erasure import Case, Point


@dataclass(frozen=True)
class Plan:
    """Who is to be erased, what goes, in counts, and how the person is found in texts."""

    case: Case
    counts: dict[str, int]
    marks: Marks


def plan(connection: Connection, place: Settings, contact: str | None, points: Iterable[Point] = ()) -> Plan:
    """What erasing a contact (public id) would take, or points that the store knows nobody by."""
    case = erasure.case(connection, contact) if contact else Case()
    erasure.part(connection, case, [point for point in points if point not in (*case.own, *case.shared)])
    numbers = [("phone", f"+{value.partition(':+')[2]}") for type_, value in case.own if ":+" in value]
    erasure.part(connection, case, [point for point in numbers if point not in (*case.own, *case.shared)])
    marks = Marks([*case.ids, *case.leads.values()], case.own)
    counts = erasure.counts(connection, case)
    aside = _set_aside(connection, place, marks) if case.own else []
    case.add_rows(aside)
    files = len(redacting.files(connection, set(case.rows), marks.ids))
    return Plan(case, counts | {"set_aside_rows": len(set(aside)), "files_to_look_through": files}, marks)


def erase(engine: Engine, place: Settings, contact: str | None, points: Iterable[Point], said: Said) -> list[str]:
    """Erase a person for ever; returns the files that somebody has to see to.

    Killed at any point, the same call ends it. Raises SourceError when a landed part is not what was landed.
    """
    with loading(engine):
        with writing(engine) as connection:
            found = plan(connection, place, contact, points)
            _suppress(connection, found.case, said, place)
        for batch, rows in sorted(found.case.rows.items()):
            _empty(engine, place, batch, rows)
        left = redacting.redact(engine, place.home, set(found.case.rows), found.marks)
        with writing(engine) as connection:
            erasure.remove(connection, found.case, clock.now())
    _flush(engine)
    return left


def again(engine: Engine, place: Settings, said: Said, *, restored: bool = False) -> int:
    """End every erasure that was begun; after a restore also erase whoever has a suppressed point. Returns how many."""
    with reading(engine) as connection:
        contacts = erasure.begun(connection)
        if restored:
            contacts = list(dict.fromkeys([*contacts, *_come_back(connection)]))
    for contact in contacts:
        erase(engine, place, contact, (), said)
    return len(contacts)


def _come_back(connection: Connection) -> list[str]:
    """Contacts (public ids) with a point that must not be here: what a load would have kept out."""
    points = queries.frame(
        connection,
        """SELECT DISTINCT c.public_id, p.type, p.value FROM contact c JOIN lead l ON l.contact_id = c.id
           JOIN lead_point p ON p.lead_id = l.id WHERE p.usable AND p.value IS NOT NULL""",
        dict.fromkeys(("lead_id", "type", "value"), schema.TEXT),
    )
    hit = suppression.suppressed(points.assign(usable=True), queries.suppressions(connection))
    return hit["lead_id"].to_list()


def _suppress(connection: Connection, case: Case, said: Said, place: Settings) -> None:
    """The person is erased in the ledger: the key of each own point is destroyed, and its hash kept from coming back.

    A point that others have too is theirs: it stays as it is. Whoever was handed the person's rows is told so.
    """
    erasure.begin(connection, case, said.by, said.at)
    spoken, told = recalling.languages(place), {"date": said.at[:10]}
    recalls.erased(
        connection, case.ids, lambda to: words.reason("erased", told, spoken.get(to, place.language)), said.at
    )
    version = peppers()[0].version
    new = [
        (type_, value) for type_, value in case.own
        if erasure.suppress(connection, type_, suppression.hashes(type_, [value])[0], version, said.at)
    ]  # fmt: skip
    if not new:
        return
    points = pd.DataFrame(new, columns=["type", "value"], dtype=schema.TEXT)
    acts.enter(connection, points, said, place.controller, "erased")
    known = subjects.known(connection, subjects.looked_up(points.assign(n=range(len(points))), peppers()[0]))
    subjects.forget(connection, known["subject_id"].to_list())


def _set_aside(connection: Connection, place: Settings, marks: Marks) -> list[tuple[str, int]]:
    """Rows (batch, row) of the landing that are no lead's and name the person all the same."""
    found = []
    for batch, rows in erasure.set_aside(connection).items():
        if not _landed(place, batch):
            continue
        asked = set(range(landing.read_manifest(place.landing, batch).rows)) if rows is None else rows
        received = landing.raw_rows(place.landing, batch, asked)
        found += [(batch, row) for row, cells in received.items() if marks.in_any(cells.values())]
    return found


def _empty(engine: Engine, place: Settings, batch: str, rows: set[int]) -> None:
    """Empty rows of a batch, and have the register name its parts as they are called now."""
    if not _landed(place, batch):
        return
    manifest = landing.erase(place.landing, batch, rows)
    with writing(engine) as connection:
        connection.execute(
            text("DELETE FROM personal_file WHERE kind = 'landing' AND reference = :batch"), {"batch": batch}
        )
        runs.register_files(connection, "landing", batch, list(landing.files(place.landing, manifest)))


def _landed(place: Settings, batch: str) -> bool:
    """Is the batch in the landing still?"""
    try:
        landing.read_manifest(place.landing, batch)
    except LeadsError:
        return False
    return True


def _flush(engine: Engine) -> None:
    """SQLite keeps what was deleted in its log until that is moved into the file, which is overwritten."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.commit()
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
