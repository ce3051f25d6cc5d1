"""A lead's record is found by a 64-bit key: an index of texts was as large as a fifth of the leads themselves."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 50_000


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("lead", sa.Column("record", big, nullable=False, server_default="0"))
    op.drop_index("ix_lead_record", "lead")
    connection, last = op.get_bind(), 0
    while rows := _after(connection, last):
        keyed = [{"id": id_, "record": _key(source_id, record_key)} for id_, source_id, record_key in rows]
        connection.execute(sa.text("UPDATE lead SET record = :record WHERE id = :id"), keyed)
        last = rows[-1][0]
    op.create_index("ix_lead_record", "lead", ["record"])


def _after(connection: sa.Connection, last: int) -> list[tuple[int, int, str]]:
    found = connection.execute(
        sa.text("SELECT id, source_id, record_key FROM lead WHERE id > :last ORDER BY id LIMIT :most"),
        {"last": last, "most": AT_ONCE},
    )
    return [tuple(row) for row in found]


def _key(source_id: int, record_key: str) -> int:
    """As `leads.sets.key` makes it."""
    half = hashlib.md5(f"{source_id}\0{record_key}".encode(), usedforsecurity=False).digest()[8:]
    return int.from_bytes(half, "little", signed=True)


def downgrade() -> None:
    op.drop_index("ix_lead_record", "lead")
    op.drop_column("lead", "record")
    op.create_index("ix_lead_record", "lead", ["source_id", "record_key"])
