"""Match decisions name their leads by number and say what a person decided; an alias knows what it carried."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = "verdict, rule, actor, decided_at, revoked_at"


def upgrade() -> None:
    op.add_column("contact_alias", sa.Column("carried", sa.String(), nullable=True))
    # An alias named the lead that joined the two contacts. What that one was joined to in the same moment are their
    # leads, and the merged contact was the younger one.
    op.execute(
        """UPDATE contact_alias SET lead_id = coalesce((
               SELECT o.public_id FROM match_decision d JOIN lead o ON o.public_id = d.other_lead_id
               WHERE d.lead_id = contact_alias.lead_id AND d.verdict = 'same' AND d.decided_at = contact_alias.merged_at
               ORDER BY o.id DESC LIMIT 1), lead_id)"""
    )
    op.execute("CREATE TEMPORARY TABLE decided_before AS SELECT * FROM match_decision")
    op.drop_table("match_decision")
    _create()
    op.execute(
        f"""INSERT INTO match_decision (id, lead_id, other_lead_id, by_hand, {KEPT})
            SELECT d.id, l.id, o.id, false, {", ".join(f"d.{name}" for name in KEPT.split(", "))}
            FROM decided_before d JOIN lead l ON l.public_id = d.lead_id JOIN lead o ON o.public_id = d.other_lead_id
            ORDER BY d.id"""
    )
    op.execute("DROP TABLE decided_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """SELECT setval(pg_get_serial_sequence('match_decision', 'id'),
                             (SELECT coalesce(max(id), 0) + 1 FROM match_decision), false)"""
        )


def _create() -> None:
    op.create_table(
        "match_decision",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("lead_id", BIG, nullable=False),
        sa.Column("other_lead_id", BIG, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("decided_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "other_lead_id", "rule"),
    )
    op.create_index("ix_match_decision_other_lead_id", "match_decision", ["other_lead_id"])
    for name, column, which in (
        ("by_hand", "lead_id", sa.text("by_hand")),
        ("by_hand_other", "other_lead_id", sa.text("by_hand")),
        ("unsure", "lead_id", sa.text("verdict = 'unsure'")),
    ):
        op.create_index(
            f"ix_match_decision_{name}", "match_decision", [column], sqlite_where=which, postgresql_where=which
        )


def downgrade() -> None:
    op.execute("CREATE TEMPORARY TABLE decided_after AS SELECT * FROM match_decision")
    op.drop_table("match_decision")
    op.create_table(
        "match_decision",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.String(), nullable=name == "revoked_at")
          for name in ("lead_id", "other_lead_id", *KEPT.split(", "))),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "other_lead_id", "rule"),
    )  # fmt: skip
    op.create_index("ix_match_decision_other_lead_id", "match_decision", ["other_lead_id"])
    op.execute(
        f"""INSERT INTO match_decision (id, lead_id, other_lead_id, {KEPT})
            SELECT d.id, l.public_id, o.public_id, {", ".join(f"d.{name}" for name in KEPT.split(", "))}
            FROM decided_after d JOIN lead l ON l.id = d.lead_id JOIN lead o ON o.id = d.other_lead_id ORDER BY d.id"""
    )
    op.execute("DROP TABLE decided_after")
    op.drop_column("contact_alias", "carried")
