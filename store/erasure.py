"""What the store holds of a person who is to be erased, and the erasing of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, text

from store import at_rest, trail

Point = tuple[str, str]
# Whoever asked to be erased comes back from nowhere; whoever was kept long enough comes back by turning to us again.
Reason = Literal["erased", "retention"]
# What hangs on a contact, besides its leads and their points.
OF_CONTACT = (
    "match_key", "contact_point", "segment_membership", "delivery_item", "permission_decision", "assignment",
    "contact_alias",
)  # fmt: skip
OF_LEADS = ("lead_point", "lead_key")
# The contacts (inner) whose erasure was begun and not ended, under whatever id it was, and since when.
WAITING = """
    SELECT c.id, e.asked_at FROM erasure e JOIN contact c ON c.public_id = e.public_id WHERE e.finished_at IS NULL
    UNION ALL SELECT k.contact_id, e.asked_at FROM erasure e JOIN contact_alias k ON k.public_id = e.public_id
              WHERE e.finished_at IS NULL
"""


@dataclass
class Case:
    """A person: the contact (`number` inside; None for points nobody is known by), every id it had, its leads (inner,
    public id), its contact points by whether somebody else has them too, and its rows as received, by batch."""

    number: int | None = None
    ids: list[str] = field(default_factory=list)
    leads: dict[int, str] = field(default_factory=dict)
    own: list[Point] = field(default_factory=list)
    shared: list[Point] = field(default_factory=list)
    rows: dict[str, set[int]] = field(default_factory=dict)

    def add_rows(self, found: Iterable[tuple[str, int]]) -> None:
        """More rows (batch, row) that are the person's."""
        for batch, row in found:
            self.rows.setdefault(batch, set()).add(row)


def case(connection: Connection, contact: str) -> Case:
    """The case of a contact (public id)."""
    number = connection.execute(text("SELECT id FROM contact WHERE public_id = :id"), {"id": contact}).scalar_one()
    aliases = connection.execute(
        text("SELECT public_id FROM contact_alias WHERE contact_id = :id"), {"id": number}
    )
    found = Case(number, [contact, *aliases.scalars()])
    for lead in connection.execute(
        text("""SELECT l.id, l.public_id, b.public_id AS batch, l.row FROM lead l JOIN batch b ON b.id = l.batch_id
                WHERE l.contact_id = :id ORDER BY l.id"""), {"id": number},
    ):  # fmt: skip
        found.leads[lead.id] = lead.public_id
        found.add_rows([(lead.batch, lead.row)])
    again = text("""SELECT b.public_id, f.row FROM fate f JOIN batch b ON b.id = f.batch_id
                    WHERE f.fate = 'duplicate' AND f.lead_id = :lead""")
    for public_id in found.leads.values():
        found.add_rows(connection.execute(again, {"lead": public_id}).tuples())
    points = connection.execute(
        text("""SELECT DISTINCT p.type, p.value FROM lead l JOIN lead_point p ON p.lead_id = l.id
                WHERE l.contact_id = :id AND p.usable AND p.value IS NOT NULL ORDER BY 1, 2"""), {"id": number},
    )  # fmt: skip
    cells = at_rest.texts(connection, [cell for row in points for cell in row])
    part(connection, found, sorted(zip(cells[::2], cells[1::2], strict=True)))
    return found


def part(connection: Connection, found: Case, points: Iterable[Point]) -> None:
    """Put contact points into the case: as its own, or as shared where another contact has them."""
    for type_, value in points:
        others = set(trail.contacts_with(connection, type_, value)) - set(found.ids)
        (found.shared if others else found.own).append((type_, value))


def set_aside(connection: Connection) -> dict[str, set[int] | None]:
    """batch -> rows in the landing that are no lead's: suppressed, quarantined; None (all) of one not loaded."""
    found: dict[str, set[int] | None] = {}
    for batch, row in connection.execute(
        text("""SELECT b.public_id, f.row FROM fate f JOIN batch b ON b.id = f.batch_id
                WHERE f.fate IN ('suppressed', 'quarantined') AND f.record_key <> 'erased'""")
    ):
        rows = found.setdefault(batch, set())
        assert rows is not None
        rows.add(row)
    waiting = connection.execute(text("SELECT public_id FROM batch WHERE status <> 'loaded'")).scalars()
    return found | dict.fromkeys(waiting)


def counts(connection: Connection, found: Case) -> dict[str, int]:
    """What will go, in numbers."""
    told = {"contacts": int(found.number is not None), "leads": len(found.leads),
            "received_rows": sum(map(len, found.rows.values())), "batches": len(found.rows),
            "own_points": len(found.own), "shared_points": len(found.shared)}  # fmt: skip
    for name, table in (("deliveries", "delivery_item"), ("permission_decisions", "permission_decision")):
        told[name] = _count(connection, table, "contact_id", [found.number] if found.number else [])
    decided = [_count(connection, "match_decision", end, found.leads) for end in ("lead_id", "other_lead_id")]
    return told | {"match_decisions": sum(decided)}


def _count(connection: Connection, table: str, column: str, ids: Iterable[int]) -> int:
    return sum(
        int(
            connection.execute(
                text(f"SELECT count(*) FROM {table} WHERE {column} = :id"), {"id": one}
            ).scalar_one()
        )
        for one in ids
    )


def begin(connection: Connection, found: Case, by: str, moment: str, reason: Reason = "erased") -> None:
    """Enter the erasure, unless it was begun before; who asks for it is not only let go of any more."""
    for public_id in found.ids:
        connection.execute(
            text("""INSERT INTO erasure (public_id, asked_at, "by", last_lead, last_contact, reason)
                    VALUES (:id, :at, :by, (SELECT coalesce(max(id), 0) FROM lead),
                            (SELECT coalesce(max(id), 0) FROM contact), :reason)
                    ON CONFLICT (public_id) DO UPDATE SET reason = 'erased' WHERE excluded.reason = 'erased'"""),
            {"id": public_id, "at": moment, "by": by, "reason": reason},
        )  # fmt: skip


def is_begun(connection: Connection, found: Case) -> bool:
    """Was the erasure entered, and is it not ended?"""
    asked = text("SELECT 1 FROM erasure WHERE public_id IN :ids AND finished_at IS NULL")
    return connection.execute(asked.bindparams(bindparam("ids", found.ids, expanding=True))).first() is not None


def begun(connection: Connection) -> dict[str, Reason]:
    """The contacts (public ids, as they are now) whose erasure was begun and not ended, and why."""
    asked = connection.execute(
        text("SELECT public_id, reason FROM erasure WHERE finished_at IS NULL ORDER BY reason DESC, public_id")
    )
    return {now: reason for one, reason in asked.tuples() if (now := trail.resolve_id(connection, one))}


def restricted(connection: Connection, at: str) -> list[tuple[str, str, str, str]]:
    """contact (public id), type, value, since: the contact points of whoever waits for erasure at a moment, also those
    that others have too."""
    found = connection.execute(
        text(f"""SELECT c.public_id, p.type, p.value, min(w.asked_at) FROM ({WAITING}) w
                 JOIN contact c ON c.id = w.id JOIN contact_point p ON p.contact_id = w.id
                 WHERE w.asked_at <= :at GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""), {"at": at},
    ).all()  # fmt: skip
    values = at_rest.texts(connection, [row.value for row in found])
    return [(row[0], row[1], value, row[3]) for row, value in zip(found, values, strict=True)]


def suppress(
    connection: Connection, type_: str, hash_: str, version: int, moment: str, reason: Reason = "erased"
) -> bool:
    """Keep the keyed hash of what must not come back; False where it is kept already, for this reason or a stronger."""
    kept = connection.execute(
        text("""INSERT INTO suppression (hash, key_version, type, reason, added_at)
                VALUES (:hash, :version, :type, :reason, :at) ON CONFLICT (hash) DO UPDATE SET reason = 'erased'
                WHERE suppression.reason <> 'erased' AND excluded.reason = 'erased'"""),
        {"hash": hash_, "version": version, "type": type_, "reason": reason, "at": moment},
    )  # fmt: skip
    return bool(kept.rowcount)


def remove(connection: Connection, found: Case, moment: str) -> None:
    """Delete every row of the person. The fates of its rows stay, for the accounting, and name no record any more."""
    if connection.dialect.name == "sqlite":
        # Else what was deleted stays readable in the file.
        connection.execute(text("PRAGMA secure_delete = ON"))
    for end in ("lead_id", "other_lead_id"):
        _delete(connection, f"DELETE FROM match_decision WHERE {end} IN :ids", found.leads)
    for table in OF_LEADS:
        _delete(connection, f"DELETE FROM {table} WHERE lead_id IN :ids", found.leads)
    _delete(connection, "DELETE FROM lead WHERE id IN :ids", found.leads)
    # In one row there may be others, who stay.
    for batch, rows in found.rows.items():
        _delete(connection, """UPDATE fate SET record_key = 'erased', lead_id = NULL WHERE row IN :ids
                AND batch_id = (SELECT id FROM batch WHERE public_id = :batch)
                AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.public_id = fate.lead_id)""",
                rows, batch=batch)  # fmt: skip
    if found.number is not None:
        for table in OF_CONTACT:
            _delete(connection, f"DELETE FROM {table} WHERE contact_id IN :ids", [found.number])
        _delete(connection, "DELETE FROM contact WHERE id IN :ids", [found.number])
    _delete(connection, "UPDATE erasure SET finished_at = :at WHERE public_id IN :ids", found.ids, at=moment)


def _delete(connection: Connection, sql: str, ids: Iterable[Any], **given: Any) -> None:
    whole = list(ids)
    for at in range(0, len(whole), 1_000):
        asked = text(sql).bindparams(bindparam("ids", whole[at : at + 1_000], expanding=True))
        connection.execute(asked, given)
