from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

import store.tables  # noqa: F401  (fills SQLModel.metadata)
from leads import schema
from leads.errors import StoreError
from store.bulk import insert
from store.engine import reading, writing
from store.migrate import migrate, revision, revisions

HEAD = max(revisions())
CHANGES = (
    "UPDATE consent_event SET kind = 'given'",
    "DELETE FROM consent_event",
    "DELETE FROM consent_event WHERE event_id = 'e1'",
)


def _events(*ids: str, kind: str = "withdrawn") -> pd.DataFrame:
    columns = [*schema.EVENTS.columns, "recorded_time"]
    plain = {name: schema.texts(["x"] * len(ids)) for name in columns}
    return pd.DataFrame(plain).assign(event_id=schema.texts(ids), kind=schema.texts([kind] * len(ids)))


def _ledger(engine: Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [
            tuple(r)
            for r in connection.execute(text("SELECT seq, event_id, kind FROM consent_event ORDER BY seq"))
        ]


def test_a_new_store_stands_at_the_head(bare: Engine) -> None:
    assert revision(bare) is None
    assert migrate(bare) == (None, HEAD)
    assert migrate(bare) == (HEAD, HEAD)


def test_models_and_migrations_do_not_differ(store: Engine) -> None:
    with reading(store) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_an_earlier_store_keeps_its_rows_and_gets_the_guards(
    bare: Engine, everything: Callable[[Engine], Any]
) -> None:
    migrate(bare, "0001")
    with writing(bare) as connection:
        insert(connection, "consent_event", _events("e1", "e2"))
        connection.execute(
            text(
                "INSERT INTO suppression (hash, key_version, type, reason, added_at) VALUES ('h', 1, 'p', 'r', 't')"
            )
        )
    before = everything(bare)
    assert migrate(bare) == ("0001", HEAD)
    after = everything(bare)
    assert {name: rows for name, rows in after.items() if rows and name != "alembic_version"} == {
        name: rows for name, rows in before.items() if rows and name != "alembic_version"
    }
    with pytest.raises(StoreError, match="append-only"), writing(bare) as connection:
        connection.execute(text(CHANGES[0]))


@pytest.mark.parametrize("change", CHANGES)
def test_the_ledger_refuses_every_change(store: Engine, change: str) -> None:
    with writing(store) as connection:
        insert(connection, "consent_event", _events("e1", "e2"), ["event_id"])
    before = _ledger(store)
    with pytest.raises(StoreError, match="append-only"), writing(store) as connection:
        connection.execute(text(change))
    assert _ledger(store) == before


def test_sqlite_does_not_replace_an_entry(new_store: Callable[[str], Engine]) -> None:
    store_ = new_store("sqlite")
    migrate(store_)
    with writing(store_) as connection:
        insert(connection, "consent_event", _events("e1"), ["event_id"])
    columns = ", ".join(name for name in _events().columns if name != "event_id")
    replace = f"INSERT OR REPLACE INTO consent_event (seq, event_id, {columns}) SELECT :seq, :id, {columns} FROM consent_event"
    with pytest.raises(StoreError, match="append-only"), writing(store_) as connection:
        connection.execute(text(replace), {"seq": 1, "id": "e9"})
    with writing(store_) as connection:
        connection.execute(text(replace), {"seq": None, "id": "e1"})
    assert _ledger(store_) == [(1, "e1", "withdrawn")]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change", ["TRUNCATE consent_event", "SET LOCAL session_replication_role = replica; DELETE FROM consent_event"]
)
def test_postgresql_does_not_empty_the_ledger(new_store: Callable[[str], Engine], change: str) -> None:
    store_ = new_store("postgresql")
    migrate(store_)
    with writing(store_) as connection:
        insert(connection, "consent_event", _events("e1"), ["event_id"])
    with pytest.raises(StoreError, match="append-only"), writing(store_) as connection:
        for statement in change.split("; "):
            connection.execute(text(statement))
    assert len(_ledger(store_)) == 1


def test_a_known_event_is_ignored(store: Engine) -> None:
    with writing(store) as connection:
        assert insert(connection, "consent_event", _events("e1"), ["event_id"]) == 1
        assert insert(connection, "consent_event", _events("e1", "e2", kind="given"), ["event_id"]) == 1
    assert [row[1:] for row in _ledger(store)] == [("e1", "withdrawn"), ("e2", "given")]


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
