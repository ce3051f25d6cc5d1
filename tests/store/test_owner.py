"""On PostgreSQL the ledger belongs to a role of its own: who loads can append, and nothing else."""

import logging
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from leads.errors import StoreError
from store.engine import open_store, reading, writing
from store.migrate import migrate
from store.verify import verify

pytestmark = pytest.mark.postgres
ATTACKS = [
    "INSERT INTO consent_event SELECT seq + 1, block_no, subject_id, terms_id, lead_id, row, jurisdiction, event_time "
    "FROM consent_event",
    "UPDATE consent_event SET lead_id = 9",
    "DELETE FROM consent_event",
    "TRUNCATE consent_event",
    "UPDATE consent_key SET secret = NULL, lookup = 1",
    "UPDATE consent_head SET seq = 0",
    "ALTER TABLE consent_event DISABLE TRIGGER ALL",
    "DROP TRIGGER consent_event_no_change ON consent_event",
    "DROP TABLE consent_event CASCADE",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION consent_forget(of_subject bigint) RETURNS void LANGUAGE sql AS 'SELECT'",
    "ALTER FUNCTION consent_forget(bigint) OWNER TO CURRENT_USER",
    "SET ROLE leads_ledger",
    "ALTER TABLE consent_event OWNER TO CURRENT_USER",
]


@pytest.fixture
def owned(new_store: Callable[..., Engine]) -> Engine:
    return new_store("postgresql", migrated=True)


@pytest.fixture
def as_role() -> Iterator[Callable[[Engine, str, str], Engine]]:
    """A database as another role, made with these rights; the role goes with the test."""
    made: list[tuple[Engine, str, Engine]] = []

    def connect(store: Engine, name: str, rights: str) -> Engine:
        with writing(store) as connection:
            connection.execute(text(f"CREATE ROLE {name} LOGIN {rights}"))
        made.append((store, name, open_store(store.url.set(username=name).render_as_string(hide_password=False))))
        return made[-1][2]

    yield connect
    for store, name, engine in made:
        engine.dispose()
        with writing(store) as connection:
            connection.execute(text(f"DROP OWNED BY {name} CASCADE"))
            connection.execute(text(f"DROP ROLE {name}"))


def test_a_writer_appends_and_changes_nothing(
    owned: Engine, as_role: Callable[[Engine, str, str], Engine], say: Callable[..., int]
) -> None:
    etl = as_role(owned, "etl", "IN ROLE leads_writer")
    with writing(owned) as connection:
        connection.execute(text("GRANT SELECT ON lead TO etl"))
    assert say(etl, of_lead=1, e1="given", e2="withdrawn") == 2
    for attack in ATTACKS:
        with pytest.raises(StoreError), writing(etl) as connection:
            connection.execute(text(attack))
    with reading(etl) as connection:
        found = verify(connection, [])
    assert (found.whole, found.events) == (True, 2)


def test_who_is_no_writer_does_not_even_read(owned: Engine, as_role: Callable[[Engine, str, str], Engine]) -> None:
    other = as_role(owned, "somebody", "")
    for attack in ("SELECT * FROM consent_key", "SELECT * FROM consent_take('x', 'x')"):
        with pytest.raises(StoreError), reading(other) as connection:
            connection.execute(text(attack))


def test_a_user_who_may_create_no_role_has_the_triggers(
    new_store: Callable[..., Engine], as_role: Callable[[Engine, str, str], Engine], say: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    store = new_store("postgresql")
    plain = as_role(store, "plain", "")
    with writing(store) as connection:
        connection.execute(text("CREATE SCHEMA plain AUTHORIZATION plain"))
    with caplog.at_level(logging.WARNING, "leads"):
        migrate(plain)
    assert "guarded by triggers alone" in caplog.text
    assert say(plain, of_lead=1, e1="given") == 1
    with pytest.raises(StoreError, match="append-only"), writing(plain) as connection:
        connection.execute(text("DELETE FROM consent_event"))
