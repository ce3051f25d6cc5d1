"""Holds: until when proof about a contact must be kept, so that an erasure waits; and why somebody was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hold_public_id", "hold", ["public_id"])
    op.add_column("erasure", sa.Column("reason", sa.String(), nullable=False, server_default="erased"))


def downgrade() -> None:
    op.drop_column("erasure", "reason")
    op.drop_table("hold")
