"""What a batch's consent events say alike is written once; the view consent_history reads the ledger whole.

Two indexes go that cost every load and find nothing that another does not.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from leads.errors import StoreError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHARED = (
    "type", "channel", "purpose", "kind", "controller", "basis", "valid_until", "actor", "method",
    "notice_version", "notice_sha256", "notice_language", "source", "source_kind", "collectors",
)  # fmt: skip
OPTIONAL = ("valid_until", "notice_version", "notice_sha256", "notice_language", "collectors")

VIEW = """CREATE VIEW consent_history AS
    SELECT e.seq, CAST(e.seq AS TEXT) AS event_id, l.public_id AS lead_id, t.type, e.value, t.channel, t.purpose,
           t.kind, t.controller, t.basis, e.jurisdiction, coalesce(e.event_time, t.obtained) AS event_time,
           e.recorded_time, t.valid_until, t.actor, t.method, t.notice_version, t.notice_sha256, t.notice_language,
           t.source, t.source_kind, t.evidence || coalesce('#' || CAST(e.row AS TEXT), '') AS evidence_ref, t.collectors
    FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id LEFT JOIN lead l ON l.id = e.lead_id"""

# As in 0002: REPLACE deletes a row without firing delete triggers, unless the connection asks for it; and what is
# known already is no error.
SQLITE = [
    f"CREATE TRIGGER {table}_{name} BEFORE {when} BEGIN SELECT {what}; END"
    for table, key, known in (
        ("consent_event", "seq", "value = NEW.value AND lead_id = NEW.lead_id AND terms_id = NEW.terms_id"),
        ("consent_terms", "id", "digest = NEW.digest"),
    )
    for refuse in ("RAISE(ABORT, 'the consent ledger is append-only')",)
    for name, when, what in (
        ("no_update", f"UPDATE ON {table}", refuse),
        ("no_delete", f"DELETE ON {table}", refuse),
        ("no_replace", f"INSERT ON {table} WHEN NEW.{key} > 0 AND EXISTS "
                       f"(SELECT 1 FROM {table} WHERE {key} = NEW.{key})", refuse),
        ("known", f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {known})", "RAISE(IGNORE)"),
    )
]  # fmt: skip
POSTGRESQL = [
    statement
    for table in ("consent_event", "consent_terms")
    for statement in (
        f"""CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION consent_event_append_only()""",
        f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION consent_event_append_only()""",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
    )
]


def upgrade() -> None:
    op.drop_index("ix_match_decision_lead_id", "match_decision")
    op.drop_index("ix_lead_batch_id", "lead")
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    # `batch#row` came from a source; whatever else stands there is evidence without a row.
    of_row = "evidence_ref LIKE '%#_%' AND rtrim(evidence_ref, '0123456789') LIKE '%#'"
    op.execute(
        f"""CREATE TEMPORARY TABLE ledger_before AS SELECT e.*,
                CASE WHEN {of_row} THEN rtrim(rtrim(evidence_ref, '0123456789'), '#') ELSE evidence_ref END AS evidence,
                CASE WHEN {of_row} THEN CAST(substr(evidence_ref, length(rtrim(evidence_ref, '0123456789')) + 1)
                    AS BIGINT) END AS row_no
            FROM consent_event e"""
    )
    op.drop_table("consent_event")
    _create()
    _fill(connection)
    op.execute(
        """UPDATE permission_decision SET evidence = (SELECT CAST(b.seq AS TEXT) FROM ledger_before b
               WHERE b.event_id = permission_decision.evidence) WHERE evidence IS NOT NULL"""
    )
    op.execute("DROP TABLE ledger_before")
    op.execute(VIEW)
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _create() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_terms",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=name in OPTIONAL) for name in (*SHARED, "obtained", "evidence")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "consent_event",
        sa.Column("seq", big, autoincrement=True, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("lead_id", big, nullable=True),
        sa.Column("terms_id", big, nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=True),
        sa.Column("event_time", sa.String(), nullable=True),
        sa.Column("recorded_time", sa.String(), nullable=False),
        sa.Column("row", big, nullable=True),
        sa.ForeignKeyConstraint(["terms_id"], ["consent_terms.id"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("value", "lead_id", "terms_id"),
    )


def _fill(connection: sa.Connection) -> None:
    """Every entry of the earlier ledger, under the same number."""
    names = ", ".join(f"e.{name}" for name in SHARED)
    known = connection.execute(
        sa.text(f"""SELECT DISTINCT {names}, e.evidence, coalesce(b.fetched_at, '') AS obtained
                    FROM ledger_before e LEFT JOIN batch b ON b.public_id = e.evidence""")
    ).mappings()
    columns = ("digest", *SHARED, "evidence", "obtained")
    for said in [dict(row) for row in known]:
        said["digest"] = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        connection.execute(
            sa.text(f"""INSERT INTO consent_terms ({", ".join(columns)})
                        VALUES ({", ".join(f":{name}" for name in columns)})"""),
            said,
        )
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM e.{name}" for name in (*SHARED, "evidence"))
    connection.execute(
        sa.text(f"""INSERT INTO consent_event
                        (seq, value, lead_id, terms_id, jurisdiction, event_time, recorded_time, row)
                    SELECT e.seq, e.value, l.id, t.id, e.jurisdiction, e.event_time, e.recorded_time, e.row_no
                    FROM ledger_before e JOIN consent_terms t ON {same} LEFT JOIN lead l ON l.public_id = e.lead_id
                    ORDER BY e.seq""")
    )
    if connection.dialect.name == "postgresql":
        for table, key in (("consent_terms", "id"), ("consent_event", "seq")):
            connection.execute(
                sa.text(f"""SELECT setval(pg_get_serial_sequence('{table}', '{key}'),
                            (SELECT coalesce(max({key}), 0) + 1 FROM {table}), false)""")
            )


def downgrade() -> None:
    raise StoreError("there is no way back to the wide ledger", do="Restore a backup made before the upgrade")
