"""The consent ledger refuses every change of what is in it"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The insert guard is there because SQLite's REPLACE deletes a row without firing delete triggers, unless the
# connection asks for it. IGNORE, not ABORT, for a known event: the same input twice is no error.
SQLITE = (
    """CREATE TRIGGER consent_event_no_update BEFORE UPDATE ON consent_event
       BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END""",
    """CREATE TRIGGER consent_event_no_delete BEFORE DELETE ON consent_event
       BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END""",
    """CREATE TRIGGER consent_event_no_replace BEFORE INSERT ON consent_event
       WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM consent_event WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END""",
    """CREATE TRIGGER consent_event_known BEFORE INSERT ON consent_event
       WHEN EXISTS (SELECT 1 FROM consent_event WHERE event_id = NEW.event_id)
       BEGIN SELECT RAISE(IGNORE); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION consent_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the consent ledger is append-only'; END $$""",
    """CREATE TRIGGER consent_event_no_change BEFORE UPDATE OR DELETE ON consent_event
       FOR EACH ROW EXECUTE FUNCTION consent_event_append_only()""",
    """CREATE TRIGGER consent_event_no_truncate BEFORE TRUNCATE ON consent_event
       FOR EACH STATEMENT EXECUTE FUNCTION consent_event_append_only()""",
    # ALWAYS: a session that plays the replica would skip an ordinary trigger.
    "ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_no_change",
    "ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_no_truncate",
)


def upgrade() -> None:
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER consent_event_no_change ON consent_event")
        op.execute("DROP TRIGGER consent_event_no_truncate ON consent_event")
        op.execute("DROP FUNCTION consent_event_append_only()")
        return
    for name in ("no_update", "no_delete", "no_replace", "known"):
        op.execute(f"DROP TRIGGER consent_event_{name}")
