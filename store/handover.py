"""What sales did, recorded: memberships, owners, assignments, permission decisions, deliveries."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, text

from leads import clock, schema
from store.bulk import insert, stage
from store.queries import about, frame

IDS = {"contact": schema.TEXT, "contact_id": schema.INT}


def _inner(connection: Connection, frame_: pd.DataFrame) -> pd.DataFrame:
    """`frame_` with `contact_id` in the place of `contact`."""
    ids = about(
        connection,
        frame_[["contact"]].drop_duplicates(),
        "SELECT a.contact, c.id FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact",
        IDS,
    )
    return frame_.merge(ids, on="contact").drop(columns="contact")


def record_members(connection: Connection, members: pd.DataFrame) -> tuple[int, int]:
    """Make the memberships what `members` (segment, contact) says; returns how many came and went."""
    rows = _inner(connection, members)
    stage(connection, "now_members", rows)
    went = connection.execute(
        text("""DELETE FROM segment_membership WHERE NOT EXISTS (
                    SELECT 1 FROM now_members n WHERE n.segment = segment_membership.segment
                    AND n.contact_id = segment_membership.contact_id)""")
    ).rowcount
    came = insert(connection, "segment_membership", rows.assign(since=clock.now()), ["segment", "contact_id"])
    return came, went


def record_owners(connection: Connection, owners: Iterable[tuple[str, str, bool]]) -> None:
    """The owners as configured: id, name, active."""
    rows = pd.DataFrame(list(owners), columns=["id", "name", "active"])
    types = {"id": schema.TEXT, "name": schema.TEXT, "active": schema.BOOL}
    insert(connection, "owner", rows.astype(types), ["id"], update=True)


def record_assignments(connection: Connection, assigned: pd.DataFrame) -> None:
    """New ASSIGNMENTS; an earlier one of the same contact ends."""
    moment = clock.now()
    rows = _inner(connection, assigned)
    stage(connection, "now_assigned", rows)
    connection.execute(
        text("""UPDATE assignment SET until = :at WHERE until IS NULL
                AND contact_id IN (SELECT contact_id FROM now_assigned)"""),
        {"at": moment},
    )
    insert(connection, "assignment", rows.assign(since=moment))


# Of what the gate was told, what is not in its answer.
QUESTION = tuple(name for name in schema.ASKED.columns if name not in schema.DECISIONS.columns)
DECIDED = {name: column.dtype.type for name, column in (schema.DECISIONS.columns | schema.ASKED.columns).items()
           if name != "mend"} | {"decided_at": schema.TEXT, "ledger_seq": schema.INT}  # fmt: skip


def record_decisions(
    connection: Connection,
    decisions: pd.DataFrame,
    at: str,
    asked: pd.DataFrame | None = None,
    seq: int | None = None,
) -> None:
    """What the gate answered (DECISIONS) at a moment, before anything leaves; with what it was asked (ASKED, in the
    same order) and the ledger's last entry, the answer can be repeated."""
    kept = decisions.drop(columns=["mend"])
    if asked is not None:
        kept = kept.assign(**{name: asked[name].array for name in QUESTION})
    rows = _inner(connection, kept).assign(decided_at=at, ledger_seq=pd.array([seq] * len(kept), dtype=schema.INT))
    insert(connection, "permission_decision", rows)


def decided(connection: Connection, delivery: str) -> pd.DataFrame:
    """The decisions of a delivery (its public id) about those who are in it, each with its question: DECIDED."""
    names = ", ".join("c.public_id" if name == "contact" else f"p.{name}" for name in DECIDED)
    return frame(
        connection,
        f"""SELECT {names} FROM delivery d JOIN delivery_item i ON i.delivery_id = d.id
            JOIN contact c ON c.id = i.contact_id
            JOIN permission_decision p ON p.contact_id = c.id AND p.decided_at = d.delivered_at
            WHERE d.public_id = :delivery GROUP BY c.public_id, p.id ORDER BY p.id""",
        DECIDED,
        delivery=delivery,
    )  # fmt: skip


def record_delivery(
    connection: Connection,
    public_id: str,
    owner: str,
    segment: str,
    items: pd.DataFrame,
    next_steps: int,
    at: str,
) -> None:
    """One hand-over to one owner: `items` (contact, reason, lead_id) will not come again for the same reason."""
    delivery = connection.execute(
        text("""INSERT INTO delivery (public_id, owner, segment, delivered_at, rows, next_steps)
                VALUES (:id, :owner, :segment, :at, :rows, :steps) RETURNING id"""),
        {"id": public_id, "owner": owner, "segment": segment, "at": at,
         "rows": int(items["contact"].nunique()), "steps": next_steps},
    ).scalar_one()  # fmt: skip
    rows = _inner(connection, items[["contact", "reason", "lead_id"]]).assign(delivery_id=delivery)
    insert(connection, "delivery_item", rows, ["contact_id", "reason"])


def unfinished_files(connection: Connection) -> list[Path]:
    """Delivery files that are recorded but not yet in their place: the run died between commit and rename."""
    paths = connection.execute(text("SELECT path FROM personal_file WHERE kind = 'delivery'")).scalars()
    return [Path(path) for path in paths if not Path(path).exists()]


def decided_before(connection: Connection, cards: pd.DataFrame) -> pd.DataFrame:
    """Which of these contacts the gate was asked about before: column `contact`."""
    return about(
        connection,
        cards[["contact"]],
        """SELECT a.contact FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact
           AND EXISTS (SELECT 1 FROM permission_decision d WHERE d.contact_id = c.id)""",
        {"contact": schema.TEXT},
    )
