"""Erasures: which contacts were erased, so that one is ended after a kill and repeated after a restore."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("last_lead", BIG, nullable=False),
        sa.Column("last_contact", BIG, nullable=False),
        sa.PrimaryKeyConstraint("public_id"),
    )


def downgrade() -> None:
    op.drop_table("erasure")
