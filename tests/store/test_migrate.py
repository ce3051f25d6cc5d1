from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

import store.at_rest_tables
import store.handover_tables
import store.ledger_tables
import store.match
import store.policy_tables
import store.registry_tables
import store.rights_tables
import store.tables  # noqa: F401  (they fill SQLModel.metadata)
from leads.errors import StoreError
from store.engine import reading, writing
from store.migrate import migrate, revision, revisions

HEAD = max(revisions())
CHANGES = (
    "UPDATE consent_event SET lead_id = 8",
    "UPDATE consent_terms SET kind = 'given'",
    "UPDATE consent_scope SET channel = 'sms'",
    "UPDATE consent_subject SET type = 'phone'",
    "UPDATE consent_block SET recorded_time = 'y'",
    "UPDATE consent_key SET subject_id = subject_id + 10",
    "UPDATE consent_key SET secret = sealed FROM consent_subject",
    "DELETE FROM consent_event",
    "DELETE FROM consent_event WHERE seq = 1",
    "DELETE FROM consent_terms",
    "DELETE FROM consent_scope",
    "DELETE FROM consent_subject",
    "DELETE FROM consent_key",
    "DELETE FROM consent_block",
)


def _ledger(told: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["seq"], row["value"], row["kind"]) for row in told]


def test_a_new_store_stands_at_the_head(bare: Engine) -> None:
    assert revision(bare) is None
    assert migrate(bare) == (None, HEAD)
    assert migrate(bare) == (HEAD, HEAD)


def test_models_and_migrations_do_not_differ(store: Engine) -> None:
    with reading(store) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_an_earlier_store_keeps_its_rows_and_gets_the_guards(
    bare: Engine, everything: Callable[[Engine], Any], say_earlier: Callable[..., dict[str, Any]],
    told: Callable[[Engine], list[dict[str, Any]]],
) -> None:  # fmt: skip
    migrate(bare, "0003")
    entries = [
        say_earlier(bare, "e1", evidence_ref="b1#17", lead_id="lost"),
        say_earlier(bare, "e2", kind="given", evidence_ref="a scan of 2025 #x"),
        say_earlier(bare, "e3", channel="sms", value="+491510002", recorded_time="2026-01-04"),
    ]
    with writing(bare) as connection:
        connection.execute(
            text(
                "INSERT INTO suppression (hash, key_version, type, reason, added_at) VALUES ('h', 1, 'p', 'r', 't')"
            )
        )
    before = everything(bare)
    assert migrate(bare) == ("0003", HEAD)
    after = everything(bare)
    assert {
        name: rows for name, rows in after.items() if rows and not name.startswith(("alembic", "consent"))
    } == {name: rows for name, rows in before.items() if rows and not name.startswith(("alembic", "consent"))}
    # The lead that wrote it is not in this store, and an entry is known by its place from now on.
    known = [entry | {"lead_id": None, "event_id": str(no)} for no, entry in enumerate(entries, start=1)]
    assert [{name: entry[name] for name in entries[0]} for entry in told(bare)] == known
    with reading(bare) as connection:
        blocks = (
            connection.execute(text("SELECT first_seq, last_seq FROM consent_block ORDER BY no")).tuples().all()
        )
        subjects = connection.execute(text("SELECT count(*) FROM consent_subject")).scalar_one()
    assert (list(blocks), subjects) == ([(1, 2), (3, 3)], 2), "as they were recorded, and each point once"
    with pytest.raises(StoreError, match="append-only"), writing(bare) as connection:
        connection.execute(text(CHANGES[0]))


@pytest.mark.postgres
def test_entries_keep_their_numbers_across_gaps(
    new_store: Callable[[str], Engine], say_earlier: Callable[..., dict[str, Any]],
    told: Callable[[Engine], list[dict[str, Any]]], say: Callable[..., int],
) -> None:  # fmt: skip
    store_ = new_store("postgresql")
    migrate(store_, "0003")
    say_earlier(store_, "e1")
    with writing(store_) as connection:
        connection.execute(text("SELECT nextval(pg_get_serial_sequence('consent_event', 'seq'))"))
    say_earlier(store_, "e2")
    migrate(store_)
    say(store_, e3="given")
    assert [row["seq"] for row in told(store_)] == [1, 3, 4]


@pytest.mark.parametrize("change", CHANGES)
def test_the_ledger_refuses_every_change(
    store: Engine, say: Callable[..., int], everything: Callable[[Engine], Any], change: str
) -> None:
    say(store, e1="withdrawn", e2="withdrawn")
    before = everything(store)
    with pytest.raises(StoreError, match="append-only"), writing(store) as connection:
        connection.execute(text(change))
    assert everything(store) == before


@pytest.mark.parametrize("table", ["event", "block", "subject", "key", "terms", "scope"])
@pytest.mark.parametrize("careless", [False, True])
def test_sqlite_does_not_replace_an_entry(
    new_store: Callable[[str], Engine], say: Callable[..., int], everything: Callable[[Engine], Any], table: str,
    careless: bool,
) -> None:  # fmt: skip
    store_ = new_store("sqlite")
    migrate(store_)
    say(store_, of_lead=7, e1="withdrawn")
    before = everything(store_)
    with pytest.raises(StoreError, match="append-only"), writing(store_) as connection:
        if careless:
            connection.execute(text("PRAGMA recursive_triggers = OFF"))
        connection.execute(text(f"REPLACE INTO consent_{table} SELECT * FROM consent_{table}"))
    assert everything(store_) == before


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    ["TRUNCATE consent_event", "TRUNCATE consent_key",
     "SET LOCAL session_replication_role = replica; DELETE FROM consent_event"],
)  # fmt: skip
def test_postgresql_does_not_empty_the_ledger(
    new_store: Callable[[str], Engine], say: Callable[..., int], everything: Callable[[Engine], Any], change: str
) -> None:
    store_ = new_store("postgresql")
    migrate(store_)
    say(store_, e1="withdrawn")
    before = everything(store_)
    with pytest.raises(StoreError, match="append-only"), writing(store_) as connection:
        for statement in change.split("; "):
            connection.execute(text(statement))
    assert everything(store_) == before


def test_a_known_event_is_ignored(
    store: Engine, say: Callable[..., int], told: Callable[[Engine], list[dict[str, Any]]]
) -> None:
    assert say(store, of_lead=7, e1="withdrawn") == 1
    assert say(store, of_lead=7, e1="withdrawn", e2="given") == 1
    assert say(store, of_lead=8, e1="withdrawn") == 1, "another lead that says the same is an event of its own"
    found = [row[1:] for row in _ledger(told(store))]
    assert found == [("e1", "withdrawn"), ("e2", "given"), ("e1", "withdrawn")]


def test_a_store_of_a_newer_release_is_left_alone(store: Engine, everything: Callable[[Engine], Any]) -> None:
    with writing(store) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = everything(store)
    with pytest.raises(StoreError, match="stands at 9999.*newer release"):
        migrate(store)
    assert everything(store) == before


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    bare: Engine, monkeypatch: pytest.MonkeyPatch, everything: Callable[[Engine], Any]
) -> None:
    migrate(bare, "0001")
    before = everything(bare)

    real = command.upgrade

    def fails(*given: Any) -> None:
        real(*given)
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fails)
    with pytest.raises(ZeroDivisionError):
        migrate(bare)
    monkeypatch.undo()
    assert everything(bare) == before
    assert migrate(bare) == ("0001", HEAD)


def test_match_decisions_name_their_leads_by_number(bare: Engine) -> None:
    migrate(bare, "0006")
    with writing(bare) as connection:
        connection.execute(text("""INSERT INTO source (id, name, kind, title, trust, audience, region, config_sha256, config)
            VALUES (1, 's', 'k', 't', 50, 'business', 'DE', 'x', '{}')"""))  # fmt: skip
        connection.execute(text("""INSERT INTO batch (id, public_id, source_id, sha256, rows, fetched_at, status)
            VALUES (1, 'b', 1, 'x', 3, 't', 'loaded')"""))  # fmt: skip
        connection.execute(text("""INSERT INTO contact (id, public_id, kind, claims, first_lead_id, first_seen, last_seen)
            VALUES (1, 'c', 'person', '{}', 'old', 't', 't')"""))  # fmt: skip
        for number, name in ((1, "old"), (2, "young"), (3, "bridge")):
            connection.execute(
                text("""INSERT INTO lead (id, public_id, source_id, batch_id, row, part, record_key, contact_id, stated_at,
                        edited, kind) VALUES (:id, :name, 1, 1, :id, 0, :name, 1, 't', false, 'person')"""),
                {"id": number, "name": name},
            )
            connection.execute(
                text("""INSERT INTO match_decision (id, lead_id, other_lead_id, verdict, rule, actor, decided_at)
                        VALUES (:id, 'bridge', :name, 'same', 'phone and name', 'exact keys', 'now')"""),
                {"id": number + 10, "name": name},
            )
        connection.execute(text("INSERT INTO contact_alias VALUES ('gone', 1, 'bridge', 'now')"))
    assert migrate(bare) == ("0006", HEAD)
    with writing(bare) as connection:
        rows = connection.execute(
            text("SELECT id, lead_id, other_lead_id, rule, by_hand FROM match_decision ORDER BY id")
        )
        assert [tuple(row) for row in rows] == [
            (10 + other, 3, other, "phone and name", False) for other in (1, 2, 3)
        ]  # fmt: skip
        connection.execute(text("""INSERT INTO match_decision (lead_id, other_lead_id, verdict, rule, actor, by_hand, decided_at)
            VALUES (1, 2, 'same', 'merge', 'somebody', true, 'now')"""))  # fmt: skip
        assert connection.execute(text("SELECT max(id) FROM match_decision")).scalar_one() == 14
