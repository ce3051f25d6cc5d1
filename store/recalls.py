"""Rows that were handed over and must not be used any more: found, kept, and seen to.

What is looked for here is a superset, whoever a no may concern; the gate says whom it does (`flows.recalling`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, text

from leads import clock

if TYPE_CHECKING:
    import pandas as pd


class Marks(NamedTuple):
    """Up to where it was looked whom a no recalls: the ledger's entry, and when a copy of a registry was imported."""

    ledger: int = 0
    registries: str = ""


def marks(connection: Connection) -> Marks:
    """What was looked through."""
    found = dict(connection.execute(text("SELECT of, upto FROM recall_mark")).tuples().all())
    return Marks(int(found.get("ledger", 0)), found.get("registries", ""))


def mark(connection: Connection, upto: Marks) -> None:
    """Note that all up to there was looked through."""
    for of, to in upto._asdict().items():
        connection.execute(
            text("""INSERT INTO recall_mark (of, upto) VALUES (:of, :to)
                    ON CONFLICT (of) DO UPDATE SET upto = excluded.upto"""), {"of": of, "to": str(to)},
        )  # fmt: skip


def nothing_out(connection: Connection) -> bool:
    """Was nothing ever handed over?"""
    return connection.execute(text("SELECT 1 FROM hand_over LIMIT 1")).scalar() is None


def refused_since(connection: Connection, seq: int) -> pd.DataFrame:
    """The contact points (type, value) about which a no was entered into the ledger after its entry `seq`.

    Who is erased cannot be read any more: their rows are recalled by their contact ids (`erased`).
    """
    from leads import schema
    from store import ledger, queries, subjects

    kinds = ", ".join(f"'{kind}'" for kind in ledger.REFUSALS)
    said = queries.frame(
        connection,
        f"""SELECT DISTINCT e.subject_id FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id
            WHERE e.seq > :seq AND t.kind IN ({kinds})""",
        {"subject": schema.INT},
        seq=seq,
    )
    return subjects.values(connection, said)[["type", "value"]]


def about_points(connection: Connection, points: pd.DataFrame) -> pd.DataFrame:
    """The contacts (column `contact`) that have one of these points (type, value), or had it when it was allowed."""
    import pandas as pd

    from leads import schema
    from leads.sets import key, query
    from store.queries import about

    keyed = query(
        f"SELECT *, {key('type || chr(0) || value')} AS key FROM points", points=points[["type", "value"]]
    )
    told = about(
        connection, keyed,
        """SELECT DISTINCT c.public_id FROM asked a CROSS JOIN permission_decision p CROSS JOIN contact c
           WHERE p.value = a.value AND p.verdict = 'allow' AND p.type = a.type AND c.id = p.contact_id""",
        {"contact": schema.TEXT},
    )  # fmt: skip
    have = about(
        connection, keyed,
        """SELECT DISTINCT c.public_id
           FROM asked a CROSS JOIN match_key m CROSS JOIN contact_point p CROSS JOIN contact c
           WHERE m.key = a.key AND p.contact_id = m.contact_id AND p.type = a.type AND p.value = a.value
             AND c.id = m.contact_id""",
        {"contact": schema.TEXT},
    )  # fmt: skip
    return pd.concat([told, have], ignore_index=True).drop_duplicates(ignore_index=True)


def allowed_points(connection: Connection) -> pd.DataFrame:
    """Every contact point (type, value) that was handed over as allowed."""
    from leads import schema
    from store.queries import frame

    return frame(
        connection,
        """SELECT DISTINCT p.type, p.value FROM permission_decision p
           WHERE p.verdict = 'allow' AND p.decided_at IN (SELECT at FROM hand_over WHERE purpose IS NOT NULL)""",
        {"type": schema.TEXT, "value": schema.TEXT},
    )


def printed(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """What these contacts (column `contact`) were handed over as: hand_over, recipient, `listed_as` (the id in it), and
    each decision that allowed it, with its question (DECIDED); null where those are not in the store any more."""
    from leads import schema
    from store.handover import DECIDED
    from store.queries import about

    of_decision = [name for name in DECIDED if name != "contact"]
    return about(
        connection, contacts[["contact"]].drop_duplicates(),
        f"""WITH ids AS (
                SELECT c.id, c.public_id AS contact, c.public_id AS listed_as
                FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact
                UNION SELECT c.id, c.public_id, k.public_id
                FROM asked a CROSS JOIN contact c CROSS JOIN contact_alias k
                WHERE c.public_id = a.contact AND k.contact_id = c.id)
            SELECT r.hand_over, h.recipient, i.listed_as, i.contact, {", ".join(f"p.{name}" for name in of_decision)}
            FROM ids i JOIN hand_over_row r ON r.contact = i.listed_as JOIN hand_over h ON h.public_id = r.hand_over
            LEFT JOIN permission_decision p ON p.contact_id = i.id AND p.decided_at = h.at AND p.verdict = 'allow'
            WHERE r.sheet <> 'next_steps' AND h.purpose IS NOT NULL ORDER BY r.hand_over, i.listed_as, p.id""",
        {"hand_over": schema.TEXT, "recipient": schema.TEXT, "listed_as": schema.TEXT, "contact": schema.TEXT,
         **{name: DECIDED[name] for name in of_decision}},
    )  # fmt: skip


def said_at(connection: Connection, entries: pd.DataFrame) -> pd.DataFrame:
    """When these entries of the ledger (column `evidence`, as decisions name them) were said: evidence, said_at."""
    from leads import schema
    from store.queries import about

    asked = entries[["evidence"]].dropna().drop_duplicates()
    return about(
        connection, asked.assign(seq=asked["evidence"].astype(schema.INT)),
        """SELECT a.evidence, min(h.event_time) FROM asked a CROSS JOIN consent_history h WHERE h.seq = a.seq
           GROUP BY a.evidence""",
        {"evidence": schema.TEXT, "said_at": schema.TEXT},
    )  # fmt: skip


def record(connection: Connection, rows: pd.DataFrame) -> int:
    """Enter recalls (hand_over, contact, channel, why, since); a known one stays as it is. Returns how many people they
    are about that came: not how many files and channels."""
    from store.bulk import insert

    now = clock.now()
    insert(connection, "recall", rows.assign(found_at=now), ["hand_over", "contact", "channel"])
    return _people(connection, "recall WHERE found_at = :at", at=now)


def erased(connection: Connection, contacts: Collection[str], why: Callable[[str], str], since: str) -> int:
    """Recall whatever names these contacts (every id they had), on whatever sheet; returns how many recalls came.

    Not the copies that the people themselves were given. `why` gives the words for a recipient.
    """
    asked = text("""SELECT DISTINCT r.hand_over, h.recipient FROM hand_over_row r
                    JOIN hand_over h ON h.public_id = r.hand_over WHERE r.contact = :contact AND h.kind <> 'subject'""")
    came = 0
    for contact in contacts:
        for hand_over, recipient in connection.execute(asked, {"contact": contact}).tuples().all():
            came += connection.execute(
                text("""INSERT INTO recall (hand_over, contact, channel, why, since, found_at)
                        VALUES (:hand_over, :contact, 'any', :why, :since, :at)
                        ON CONFLICT (hand_over, contact, channel) DO NOTHING"""),
                {"hand_over": hand_over, "contact": contact, "why": why(recipient), "since": since, "at": clock.now()},
            ).rowcount  # fmt: skip
    return came


def listing(
    connection: Connection, reference: str | None = None, recipient: str | None = None, *, done: bool = False
) -> list[dict[str, Any]]:
    """The rows to be struck out, of every file, or of one delivery and of one recipient; oldest first.

    One line for each row of a sheet, however many channels and reasons there are: reference, recipient, files (those
    that have this row), kind, sheet, row, contact, channels (sorted), why (`; `), since (the first), done_at, done_by.
    Without `done`, only those that nobody saw to.
    """
    found = connection.execute(
        text("""SELECT h.reference, h.recipient, coalesce(h.file, h.form) AS file, h.kind, o.sheet, o.row, r.contact,
                       r.channel, r.why, r.since, r.done_at, r.done_by, h.at
                FROM recall r JOIN hand_over h ON h.public_id = r.hand_over
                JOIN hand_over_row o ON o.hand_over = r.hand_over AND o.contact = r.contact
                WHERE (CAST(:of AS VARCHAR) IS NULL OR h.reference = :of)
                  AND (CAST(:recipient AS VARCHAR) IS NULL OR h.recipient = :recipient)
                  AND (r.channel = 'any' OR o.sheet <> 'next_steps')
                ORDER BY h.at, h.recipient, h.form DESC, o.sheet, o.row, r.contact, r.since, r.channel"""),
        {"of": reference, "recipient": recipient},
    )
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found.mappings():
        if row["done_at"] and not done:
            continue
        apart = ("reference", "recipient", "kind", "sheet", "row", "contact", "done_at", "done_by")
        line = lines.setdefault(
            tuple(row[name] for name in (*apart, "at")),
            {**{name: row[name] for name in apart}, "since": row["since"], "files": [], "channels": [], "why": []},
        )
        line["since"] = min(line["since"], row["since"])
        for name, cell in (("files", row["file"]), ("channels", row["channel"]), ("why", row["why"])):
            line[name] += [] if cell in line[name] else [cell]
    return [
        {**line, "channels": sorted(line["channels"]), "why": "; ".join(line["why"])} for line in lines.values()
    ]


def done(connection: Connection, reference: str, recipient: str | None, by: str) -> int:
    """Note that who has the files of a delivery struck the rows out; returns how many people that are."""
    whose = """done_at IS NULL AND hand_over IN (SELECT public_id FROM hand_over WHERE reference = :of
               AND (CAST(:recipient AS VARCHAR) IS NULL OR recipient = :recipient))"""
    asked = {"of": reference, "recipient": recipient}
    people = _people(connection, f"recall WHERE {whose}", **asked)
    connection.execute(text(f"UPDATE recall SET done_at = :at, done_by = :by WHERE {whose}"),
                       {"at": clock.now(), "by": by, **asked})  # fmt: skip
    return people


def _people(connection: Connection, recalls: str, **asked: str | None) -> int:
    return int(connection.execute(text(f"SELECT count(DISTINCT contact) FROM {recalls}"), asked).scalar_one())
