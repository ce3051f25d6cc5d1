"""A person is erased, in an order that survives a kill at any point.

First the person is suppressed, in the ledger and for the loader, in one transaction; then files are written anew; last
the rows of the store go, in one transaction. Until then the person is found by the same key, and every step that was
done is recognised. The loader waits meanwhile.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine, text

from consent import acts, suppression, words
from consent.acts import Said
from consent.standing import ANY, LET_GO
from flows import holding, recalling, redacting
from flows.marks import Marks
from leads import clock, schema
from leads.errors import LeadsError
from leads.keys import peppers
from leads.settings import Settings
from store import erasure, landing, queries, recalls, runs, subjects, trail
from store.engine import empty_log, loading, reading, writing
from store.erasure import Case, Point, Reason

log = logging.getLogger("leads")
# So many people at once: their cells and their marks are compared each with each.
TOGETHER = 200


@dataclass(frozen=True)
class Plan:
    """Who is to be erased, what goes, in counts, and how the person is found in texts."""

    case: Case
    counts: dict[str, int]
    marks: Marks


def plan(connection: Connection, place: Settings, contact: str | None, points: Iterable[Point] = ()) -> Plan:
    """What erasing a contact (public id) would take, or points that the store knows nobody by."""
    case = _case(connection, contact, points)
    marks, aside = _found_by(connection, place, [case])
    counts = erasure.counts(connection, case)
    case.add_rows(aside)
    files = len(redacting.files(connection, set(case.rows), marks.ids))
    return Plan(case, counts | {"set_aside_rows": len(set(aside)), "files_to_look_through": files}, marks)


def erase(
    engine: Engine, place: Settings, contact: str | None, points: Iterable[Point], said: Said,
    reason: Reason = "erased",
) -> list[str]:  # fmt: skip
    """Erase a person for ever, whatever holds it up; returns the files that somebody has to see to.

    Killed at any point, the same call ends it. Raises SourceError when a landed part is not what was landed.
    """
    return _carry_out(engine, place, lambda connection: [_case(connection, contact, points)], said, reason)


def erase_all(
    engine: Engine, place: Settings, contacts: Sequence[str], said: Said, reason: Reason = "erased"
) -> list[str]:
    """The same for many: parts and files are written anew once for a group of them."""

    def cases(group: Sequence[str]) -> Callable[[Connection], list[Case]]:
        return lambda connection: _alone(connection, [_case(connection, one, ()) for one in group])

    left: dict[str, None] = {}
    for start in range(0, len(contacts), TOGETHER):
        group = cases(contacts[start : start + TOGETHER])
        left |= dict.fromkeys(_carry_out(engine, place, group, said, reason))
        log.info("%d of %d erased", min(start + TOGETHER, len(contacts)), len(contacts))
    return list(left)


def _carry_out(
    engine: Engine, place: Settings, whom: Callable[[Connection], list[Case]], said: Said, reason: Reason
) -> list[str]:
    """The way of an erasure, from the suppression to the rows of the store."""
    with loading(engine):
        with writing(engine) as connection:
            cases = whom(connection)
            marks, aside = _found_by(connection, place, cases)
            cases[0].add_rows(aside)
            _suppress(connection, cases, said, place, reason)
        rows: dict[str, set[int]] = {}
        for case in cases:
            for batch, own in case.rows.items():
                rows.setdefault(batch, set()).update(own)
        for batch, own in sorted(rows.items()):
            _empty(engine, place, batch, own)
        left = redacting.redact(engine, place.home, set(rows), marks)
        with writing(engine) as connection:
            for case in cases:
                erasure.remove(connection, case, clock.now())
    _flush(engine)
    return left


def _case(connection: Connection, contact: str | None, points: Iterable[Point]) -> Case:
    """The case of a contact, or of points nobody is known by; an account that is a phone number is that as well."""
    case = erasure.case(connection, contact) if contact else Case()
    erasure.part(connection, case, [point for point in points if point not in (*case.own, *case.shared)])
    numbers = [("phone", f"+{value.partition(':+')[2]}") for type_, value in case.own if ":+" in value]
    erasure.part(connection, case, [point for point in numbers if point not in (*case.own, *case.shared)])
    return case


def _alone(connection: Connection, cases: list[Case]) -> list[Case]:
    """A point that only people of this group share is nobody else's: it goes with them."""
    group = {one for case in cases for one in case.ids}
    for case in cases:
        theirs = [point for point in case.shared if set(trail.contacts_with(connection, *point)) <= group]
        case.own += theirs
        case.shared = [point for point in case.shared if point not in theirs]
    return cases


def _found_by(
    connection: Connection, place: Settings, cases: Sequence[Case]
) -> tuple[Marks, list[tuple[str, int]]]:
    """What these people are found by in texts, and the rows (batch, row) that were set aside and name one of them."""
    ids = [one for case in cases for one in (*case.ids, *case.leads.values())]
    marks = Marks(ids, [point for case in cases for point in case.own])
    return marks, _set_aside(connection, place, marks) if marks.points else []


def restrict(engine: Engine, place: Settings, contact: str, said: Said) -> None:
    """Proof must be kept: until then the person is shut off (no to everything, in no batch), and the erasure begun.

    Said again it adds nothing. `again` ends it when the time is over.
    """
    with loading(engine), writing(engine) as connection:
        case = erasure.case(connection, contact)
        if erasure.is_begun(connection, case):
            return
        erasure.begin(connection, case, said.by, said.at)
        points = pd.DataFrame(case.own, columns=["type", "value"], dtype=schema.TEXT)
        if len(points):
            acts.enter(connection, points, said._replace(channel=ANY, purpose=ANY), place.controller, "withdrawn")


def again(engine: Engine, place: Settings, said: Said, *, restored: bool = False) -> int:
    """End every erasure that was begun and that nothing holds up (any more); after a restore also erase whoever has a
    suppressed point. Returns how many."""
    with reading(engine) as connection:
        contacts = erasure.begun(connection)
        held = holding.in_force(connection, place, list(contacts), said.at)
        contacts = {contact: reason for contact, reason in contacts.items() if contact not in held}
        if restored:
            contacts |= dict.fromkeys(set(_come_back(connection)) - set(contacts), "erased")
    for contact, reason in contacts.items():
        erase(engine, place, contact, (), said, reason)
    return len(contacts)


def _come_back(connection: Connection) -> list[str]:
    """Contacts (public ids) with a point that must not be here: what a load would have kept out."""
    points = queries.frame(
        connection,
        """SELECT DISTINCT c.public_id, p.type, p.value FROM contact c JOIN lead l ON l.contact_id = c.id
           JOIN lead_point p ON p.lead_id = l.id WHERE p.usable AND p.value IS NOT NULL""",
        dict.fromkeys(("lead_id", "type", "value"), schema.TEXT),
    )
    # Whoever was let go of may have turned to us since; their own erasure, which is begun again, finds the others.
    stays_out = queries.suppressions(connection, own_act=True)
    hit = suppression.suppressed(points.assign(usable=True), stays_out)
    return hit["lead_id"].to_list()


def _suppress(connection: Connection, cases: Sequence[Case], said: Said, place: Settings, reason: Reason) -> None:
    """They are erased in the ledger: the key of each own point is destroyed, and its hash kept from coming back.

    A point that others have too is theirs: it stays as it is. Whoever was handed the person's rows is told so.
    """
    asked = reason == "erased"
    why, spoken, told = "erased" if asked else LET_GO, recalling.languages(place), {"date": said.at[:10]}
    for case in cases:
        erasure.begin(connection, case, said.by, said.at, reason)
        recalls.erased(
            connection, case.ids, lambda to: words.reason(why, told, spoken.get(to, place.language)), said.at
        )
    version = peppers()[0].version
    new = [
        (type_, value) for type_, value in dict.fromkeys(point for case in cases for point in case.own)
        if erasure.suppress(connection, type_, suppression.hashes(type_, [value])[0], version, said.at, reason)
    ]  # fmt: skip
    if not new:
        return
    points = pd.DataFrame(new, columns=["type", "value"], dtype=schema.TEXT)
    acts.enter(connection, points, said, place.controller, "erased", "subject" if asked else "system")
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
    empty_log(engine)
