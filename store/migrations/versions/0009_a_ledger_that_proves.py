"""The consent ledger as a chain of blocks, its contact points sealed one by one; entries keep their numbers."""

import logging

import pandas as pd
import sqlalchemy as sa
from alembic import op

from leads import schema
from leads.errors import StoreError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

log = logging.getLogger("leads")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHARED = (
    "type", "kind", "controller", "basis", "obtained", "valid_until", "actor", "method", "notice_version",
    "notice_sha256", "notice_language", "source", "source_kind", "evidence", "collectors",
)  # fmt: skip
OPTIONAL = ("valid_until", "notice_version", "notice_sha256", "notice_language", "collectors")
PAGE = 50_000

VIEW = """CREATE VIEW consent_history AS
    SELECT e.seq, CAST(e.seq AS TEXT) AS event_id, l.public_id AS lead_id, e.subject_id, t.type, s.channel, s.purpose,
           t.kind, t.controller, t.basis, e.jurisdiction, coalesce(e.event_time, t.obtained) AS event_time,
           b.recorded_time, t.valid_until, t.actor, t.method, t.notice_version, t.notice_sha256, t.notice_language,
           t.source, t.source_kind, t.evidence || coalesce('#' || CAST(e.row AS TEXT), '') AS evidence_ref, t.collectors
    FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id JOIN consent_scope s ON s.terms_id = e.terms_id
    JOIN consent_block b ON b.no = e.block_no LEFT JOIN lead l ON l.id = e.lead_id"""

# Table -> what may not be added: what is there already, and what does not continue it. REPLACE deletes a row without
# firing delete triggers, unless the connection asks for it.
GUARDED = {
    "consent_terms": "EXISTS (SELECT 1 FROM consent_terms WHERE id = NEW.id OR digest = NEW.digest)",
    "consent_scope": """EXISTS (SELECT 1 FROM consent_scope
        WHERE terms_id = NEW.terms_id AND channel = NEW.channel AND purpose = NEW.purpose)""",
    "consent_subject": "NEW.id <= (SELECT max(id) FROM consent_subject)",
    "consent_event": "NEW.seq <= (SELECT max(seq) FROM consent_event)",
    "consent_block": """NEW.no <> (SELECT coalesce(max(no), 0) + 1 FROM consent_block)
        OR NEW.prev <> (SELECT hash FROM consent_block WHERE no = NEW.no - 1)""",
}
# A secret may go and a lookup move to a newer pepper; nothing else of a key changes.
KEY_KEPT = """NEW.subject_id = OLD.subject_id AND NEW.block_no = OLD.block_no
    AND (NEW.secret IS NULL OR NEW.secret = OLD.secret)"""
REFUSE = "RAISE(ABORT, 'the consent ledger is append-only')"
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {when} BEGIN SELECT {REFUSE}; END"
        for table, bad in GUARDED.items()
        for name, when in (
            ("no_update", f"UPDATE ON {table}"),
            ("no_delete", f"DELETE ON {table}"),
            ("no_replace", f"INSERT ON {table} WHEN {bad}"),
        )
    ),
    f"CREATE TRIGGER consent_key_no_delete BEFORE DELETE ON consent_key BEGIN SELECT {REFUSE}; END",
    f"""CREATE TRIGGER consent_key_no_update BEFORE UPDATE ON consent_key WHEN NOT coalesce({KEY_KEPT}, false)
        BEGIN SELECT {REFUSE}; END""",
    f"""CREATE TRIGGER consent_key_no_replace BEFORE INSERT ON consent_key
        WHEN EXISTS (SELECT 1 FROM consent_key WHERE subject_id = NEW.subject_id) BEGIN SELECT {REFUSE}; END""",
]
# A function per table, so that a role that may only call them can append and do nothing else.
COLUMNS = {
    "consent_terms": "id bigint, digest bytea, " + ", ".join(f"{name} text" for name in SHARED),
    "consent_scope": "terms_id bigint, channel text, purpose text",
    "consent_subject": "id bigint, type text, sealed bytea, commitment bytea",
    "consent_key": "subject_id bigint, lookup bigint, proof bigint, pepper integer, block_no bigint, secret bytea",
    "consent_event": "seq bigint, block_no bigint, subject_id bigint, terms_id bigint, lead_id bigint, row bigint, "
                     "jurisdiction text, event_time text",
    "consent_block": "no bigint, first_seq bigint, last_seq bigint, events integer, root bytea, prev bytea, "
                     "recorded_time text, master integer, salt bytea, hash bytea",
}  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    op.execute("DROP VIEW consent_history")
    for table in ("consent_event", "consent_terms"):
        op.execute(f"CREATE TEMPORARY TABLE {table}_before AS SELECT * FROM {table}")
        op.drop_table(table)
    _create()
    for statement in SQLITE if sqlite else _postgresql(connection):
        op.execute(statement)
    if not sqlite:
        _hand_over(connection)
    _carry_over(connection)
    for table in ("consent_event", "consent_terms"):
        op.execute(f"DROP TABLE {table}_before")
    op.execute(VIEW)


def _create() -> None:
    def number(name: str, *, nullable: bool = False) -> sa.Column:
        return sa.Column(name, BIG, autoincrement=False, nullable=nullable)

    def data(name: str, *, nullable: bool = False) -> sa.Column:
        return sa.Column(name, sa.LargeBinary(), nullable=nullable)

    def words(name: str, *, nullable: bool = False) -> sa.Column:
        return sa.Column(name, sa.String(), nullable=nullable)

    op.create_table(
        "consent_terms", number("id"), data("digest"), *(words(n, nullable=n in OPTIONAL) for n in SHARED),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("digest"),
    )  # fmt: skip
    op.create_table(
        "consent_scope", number("terms_id"), words("channel"), words("purpose"),
        sa.PrimaryKeyConstraint("terms_id", "channel", "purpose"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "consent_subject", number("id"), words("type"), data("sealed"), data("commitment"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "consent_key", number("subject_id"), number("lookup"), number("proof"),
        sa.Column("pepper", sa.Integer(), nullable=False), number("block_no"), data("secret", nullable=True),
        sa.PrimaryKeyConstraint("subject_id"),
    )  # fmt: skip
    op.create_index("ix_consent_key_lookup", "consent_key", ["lookup"])
    op.create_table(
        "consent_event", number("seq"), number("block_no"), number("subject_id"),
        number("terms_id"), number("lead_id", nullable=True), number("row", nullable=True),
        words("jurisdiction", nullable=True), words("event_time", nullable=True), sa.PrimaryKeyConstraint("seq"),
    )  # fmt: skip
    op.create_index("ix_consent_event_subject", "consent_event", ["subject_id"])
    op.create_table(
        "consent_block", number("no"), number("first_seq"), number("last_seq"),
        sa.Column("events", sa.Integer(), nullable=False), data("root"), data("prev"), data("hash"),
        words("recorded_time"), sa.Column("master", sa.Integer(), nullable=False), data("salt"),
        sa.PrimaryKeyConstraint("no"),
    )  # fmt: skip
    op.create_table(
        "consent_head", number("id"), words("ledger"), number("block_no"), number("seq"), number("subjects"),
        data("hash"), words("keys"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip


def _postgresql(connection: sa.Connection) -> list[str]:
    schema_name = connection.execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    definer = f"SECURITY DEFINER SET search_path = {schema_name}, pg_temp"
    return [
        *(_append_function(table, columns, definer) for table, columns in COLUMNS.items()),
        f"""CREATE FUNCTION consent_take(new_ledger text, new_hash bytea) RETURNS SETOF consent_head
            LANGUAGE sql {definer} AS $$
            INSERT INTO consent_head (id, ledger, block_no, seq, subjects, hash, keys)
                VALUES (1, new_ledger, 0, 0, 0, new_hash, '') ON CONFLICT DO NOTHING;
            SELECT * FROM consent_head FOR UPDATE $$""",
        f"""CREATE FUNCTION consent_move_head(to_block bigint, to_seq bigint, to_subjects bigint, to_hash bytea,
                to_keys text) RETURNS void LANGUAGE sql {definer} AS $$
            UPDATE consent_head SET block_no = to_block, seq = to_seq, subjects = to_subjects, hash = to_hash,
                keys = to_keys $$""",
        f"""CREATE FUNCTION consent_renew(of_subject bigint, to_lookup bigint, to_proof bigint, to_pepper integer)
            RETURNS void LANGUAGE sql {definer} AS $$
            UPDATE consent_key SET lookup = to_lookup, proof = to_proof, pepper = to_pepper
                WHERE subject_id = of_subject $$""",
        f"""CREATE FUNCTION consent_forget(of_subject bigint) RETURNS void LANGUAGE sql {definer} AS $$
            UPDATE consent_key SET secret = NULL WHERE subject_id = of_subject $$""",
        f"""CREATE FUNCTION consent_block_continues() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF {GUARDED["consent_block"]} THEN RAISE EXCEPTION 'the consent ledger is append-only'; END IF;
            RETURN NEW; END $$""",
        f"""CREATE FUNCTION consent_key_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NOT coalesce({KEY_KEPT}, false) THEN RAISE EXCEPTION 'the consent ledger is append-only'; END IF;
            RETURN NEW; END $$""",
        *(
            statement
            for table in COLUMNS
            for name, when, each, function in (
                ("no_change", "UPDATE OR DELETE" if table in GUARDED else "DELETE", "ROW", "consent_event_append_only"),
                ("no_truncate", "TRUNCATE", "STATEMENT", "consent_event_append_only"),
                *([("continues", "INSERT", "ROW", "consent_block_continues")] if table == "consent_block" else []),
                *([("kept", "UPDATE", "ROW", "consent_key_kept")] if table == "consent_key" else []),
            )
            for statement in (
                f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
            )
        ),
    ]  # fmt: skip


def _hand_over(connection: sa.Connection) -> None:
    """Give the ledger to a role nobody can log in as: whoever is a `leads_writer` can read and append, and no more."""
    here = connection.execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    tables = ", ".join((*COLUMNS, "consent_head"))
    functions = connection.execute(
        sa.text("""SELECT oid::regprocedure FROM pg_proc
                   WHERE starts_with(proname, 'consent_') AND pronamespace = current_schema()::regnamespace""")
    ).scalars().all()  # fmt: skip
    routines = ", ".join(functions)
    roles = connection.execute(sa.text("SELECT rolname FROM pg_roles")).scalars().all()
    try:
        with connection.begin_nested():
            for statement in (
                *(f"CREATE ROLE {role} NOLOGIN" for role in ("leads_ledger", "leads_writer") if role not in roles),
                "GRANT leads_ledger, leads_writer TO CURRENT_USER",
                f"GRANT USAGE, CREATE ON SCHEMA {here} TO leads_ledger",
                *(f"ALTER TABLE {table} OWNER TO leads_ledger" for table in (*COLUMNS, "consent_head")),
                *(f"ALTER FUNCTION {function} OWNER TO leads_ledger" for function in functions),
                f"GRANT SELECT ON {tables} TO leads_writer",
                f"REVOKE ALL ON FUNCTION {routines} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {routines} TO leads_writer",
                f"REVOKE CREATE ON SCHEMA {here} FROM leads_ledger",
                "REVOKE leads_ledger FROM CURRENT_USER",
            ):
                connection.execute(sa.text(statement))
    except sa.exc.ProgrammingError:
        log.warning(
            "The consent ledger is guarded by triggers alone: this database user may not create the role leads_ledger"
        )


def _append_function(table: str, columns: str, definer: str) -> str:
    pairs = [pair.split() for pair in columns.split(", ")]
    names = ", ".join(f'"{name}"' for name, _ in pairs)
    given = ", ".join(f'"{name}" {kind}[]' for name, kind in pairs)
    cells = ", ".join(f"${number}" for number in range(1, len(pairs) + 1))
    return f"""CREATE FUNCTION {table}_append({given}) RETURNS void LANGUAGE sql {definer}
               AS $$ INSERT INTO {table} ({names}) SELECT * FROM unnest({cells}) $$"""


def _carry_over(connection: sa.Connection) -> None:
    """Every entry under its number, in blocks as they were recorded; each goes on to speak of one channel, purpose."""
    from store import entries, sealing, subjects
    from store.queries import frame

    types = dict.fromkeys((*SHARED, "channels", "purposes"), schema.TEXT) | {"terms": schema.INT}
    shown = {"channels": "channel AS channels", "purposes": "purpose AS purposes", "terms": "id AS terms"}
    said = frame(
        connection, f"SELECT {', '.join(shown.get(n, n) for n in types)} FROM consent_terms_before", types
    )
    if said.empty:
        return
    known = entries.terms(connection, said)
    columns = dict.fromkeys(("value", "jurisdiction", "event_time", "recorded_time"), schema.TEXT)
    columns |= dict.fromkeys(("seq", "terms", "lead_id", "row"), schema.INT)
    names = ", ".join("terms_id AS terms" if name == "terms" else f'"{name}"' for name in columns)
    last = -1
    while True:
        page = frame(
            connection,
            f"SELECT {names} FROM consent_event_before WHERE seq > {last} ORDER BY seq LIMIT {PAGE}", columns,
        )  # fmt: skip
        if page.empty:
            return
        last = int(page["seq"].iloc[-1])
        head, salt = entries.take(connection), sealing.new_salt()
        page = page.merge(known, on="terms", how="left")
        head, of = subjects.take(connection, head, subjects.drawn(page[["type", "value"]].drop_duplicates()), salt)
        whole = page.merge(of, on=["type", "value"], how="left").sort_values("seq")
        entries.enter(connection, head, pd.DataFrame(whole), salt)


def downgrade() -> None:
    raise StoreError("there is no way back to the open ledger", do="Restore a backup made before the upgrade")
