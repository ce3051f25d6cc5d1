"""Registries of people who said no: their copies by day, and keyed hashes of who stood on them from when to when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_copy",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("imported_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "as_of"),
    )
    op.create_table(
        "registry_entry",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("listed_from", sa.String(), nullable=False),
        sa.Column("listed_to", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", "hash", "listed_from"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("registry_entry")
    op.drop_table("registry_copy")
