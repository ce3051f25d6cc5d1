"""Policy packs as they were when decisions were recorded under them, so that an answer can be repeated."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_pack",
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("jurisdiction", "since"),
    )


def downgrade() -> None:
    op.drop_table("policy_pack")
