"""Match keys of leads, counts of what they state, models, and what the comparing of a chunk came to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MADE = ("lead_key", "term_count", "match_model", "compared")


def _number(name: str, kind: sa.types.TypeEngine = BIG) -> sa.Column:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "lead_key", _number("key"), _number("lead_id"), sa.PrimaryKeyConstraint("key", "lead_id"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "term_count", _number("key"), _number("n"), sa.PrimaryKeyConstraint("key"), sqlite_with_rowid=False
    )
    op.create_table(
        "match_model",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("version", "kind", "model")),
        _number("leads"),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "compared", _number("batch_id"), _number("no", sa.Integer()), _number("pairs"),
        *(_number(name, sa.Integer()) for name in ("joined", "unsure", "crowded")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]), sa.PrimaryKeyConstraint("batch_id", "no"),
    )  # fmt: skip

    op.add_column("match_decision", sa.Column("retired_at", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("match_decision", "retired_at")
    for table in MADE:
        op.drop_table(table)
