"""What left the house: hand-overs with their rows, recalls, canaries; decisions that can be asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ALLOWED = sa.text("verdict = 'allow'")
TOLD = (
    "valid_until", "hours", "zones", "jurisdictions", "audience", "kind", "source_kinds", "country", "region_code",
    "customer_at", "enquired_at",
)  # fmt: skip
GROWING = ("hand_over", "hand_over_row")
REFUSED = "what was handed over is on record: append-only"
# SQLite's REPLACE deletes a row without firing delete triggers, unless the connection asks for it.
SAME = {"hand_over": "public_id = NEW.public_id",
        "hand_over_row": "hand_over = NEW.hand_over AND contact = NEW.contact AND sheet = NEW.sheet"}  # fmt: skip


def upgrade() -> None:
    for name in TOLD:
        op.add_column("permission_decision", sa.Column(name, sa.String(), nullable=True))
    op.add_column("permission_decision", sa.Column("ledger_seq", BIG, nullable=True))
    op.create_index(
        "ix_permission_decision_allowed", "permission_decision", ["value"],
        sqlite_where=ALLOWED, postgresql_where=ALLOWED,
    )  # fmt: skip
    _create()
    for form in ("xlsx", "csv"):
        _carry_over(form)
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _create() -> None:
    def words(name: str, *, nullable: bool = False) -> sa.Column:
        return sa.Column(name, sa.String(), nullable=nullable)

    op.create_table(
        "hand_over", words("public_id"), words("at"), words("kind"), words("form"), words("file", nullable=True),
        words("sha256", nullable=True), sa.Column("rows", sa.Integer(), nullable=False), words("recipient"),
        words("ran_by"), words("reference", nullable=True), words("purpose", nullable=True),
        sa.PrimaryKeyConstraint("public_id"),
    )  # fmt: skip
    op.create_index("ix_hand_over_at", "hand_over", ["at"])
    op.create_table(
        "hand_over_row", words("hand_over"), words("contact"), words("sheet"), sa.Column("row", BIG, nullable=True),
        sa.PrimaryKeyConstraint("hand_over", "contact", "sheet"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_hand_over_row_contact", "hand_over_row", ["contact"])
    op.create_table(
        "recall", words("hand_over"), words("contact"), words("channel"), words("why"), words("since"),
        words("found_at"), words("done_at", nullable=True), words("done_by", nullable=True),
        sa.PrimaryKeyConstraint("hand_over", "contact", "channel"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "recall_mark", words("of"), sa.Column("upto", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("of")
    )
    op.create_table(
        "canary", words("public_id"), words("delivery"), words("owner"), sa.Column("row", sa.Integer(), nullable=False),
        words("email"), words("phone", nullable=True), words("planted_at"), sa.PrimaryKeyConstraint("public_id"),
        sa.UniqueConstraint("email"), sa.UniqueConstraint("phone"),
    )  # fmt: skip


def _carry_over(form: str) -> None:
    """Deliveries of earlier releases: who is in which is known, and in which row is not."""
    op.execute(
        f"""INSERT INTO hand_over (public_id, at, kind, form, file, rows, recipient, ran_by, reference, purpose)
            SELECT 'delivery-' || id || '-{form}', delivered_at, 'delivery', '{form.upper()}',
                   public_id || '-' || owner || '.{form}', rows, owner, 'not recorded', public_id, 'marketing'
            FROM delivery"""
    )
    op.execute(
        f"""INSERT INTO hand_over_row (hand_over, contact, sheet)
            SELECT DISTINCT 'delivery-' || i.delivery_id || '-{form}', c.public_id, 'batch'
            FROM delivery_item i JOIN contact c ON c.id = i.contact_id"""
    )


def _guards(dialect: str) -> list[str]:
    if dialect == "postgresql":
        return [
            # OR REPLACE: a restore drops the tables and leaves the function.
            f"""CREATE OR REPLACE FUNCTION hand_over_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{REFUSED}'; END $$""",
            *(
                statement
                for table in GROWING
                for name, when, each in (
                    ("no_change", "UPDATE OR DELETE", "ROW"), ("no_truncate", "TRUNCATE", "STATEMENT"))
                for statement in (
                    f"""CREATE TRIGGER {table}_{name} BEFORE {when} ON {table}
                        FOR EACH {each} EXECUTE FUNCTION hand_over_append_only()""",
                    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
                )
            ),
        ]  # fmt: skip
    return [
        f"CREATE TRIGGER {table}_no_{name} BEFORE {name.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        for table in GROWING
        for name in ("update", "delete")
    ] + [
        f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
            BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"""
        for table, same in SAME.items()
    ]


def downgrade() -> None:
    for table in ("canary", "recall_mark", "recall", "hand_over_row", "hand_over"):
        op.drop_table(table)
    op.drop_index("ix_permission_decision_allowed", "permission_decision")
    for name in ("ledger_seq", *TOLD):
        op.drop_column("permission_decision", name)
