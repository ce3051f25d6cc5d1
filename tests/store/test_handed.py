"""What left the house, as the store keeps it: of earlier releases too, and closed to change."""

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from leads import schema
from leads.errors import StoreError
from store import handed, recalls
from store.engine import reading, writing
from store.handed import Taken
from store.migrate import migrate

AT = "2026-11-22T09:00:00.000000Z"


def rows(*told: tuple[str, str, int | None]) -> pd.DataFrame:
    types = {"contact": schema.TEXT, "sheet": schema.TEXT, "row": schema.INT}
    return pd.DataFrame(list(told), columns=list(types)).astype(types)


@pytest.fixture
def out(store: Engine) -> str:
    taken = Taken("delivery", "XLSX", "team", "b-team.xlsx", "0" * 64, "b", "marketing")
    with writing(store) as connection:
        return handed.record(
            connection, taken, rows(("c1", "batch", 2), ("c2", "batch", 3), ("c3", "next_steps", 2)), AT
        )


def test_who_was_in_a_delivery_of_an_earlier_release_is_known(bare: Engine) -> None:
    migrate(bare, "0012")
    with writing(bare) as connection:
        for statement in (
            "INSERT INTO owner (id, name, active) VALUES ('team', 'Team', true)",
            """INSERT INTO contact (id, public_id, kind, claims, first_lead_id, first_seen, last_seen)
               VALUES (1, 'c1', 'person', '{}', 'l', 't', 't')""",
            f"""INSERT INTO delivery (id, public_id, owner, segment, delivered_at, rows, next_steps)
                VALUES (7, 'b', 'team', 'all', '{AT}', 1, 0)""",
            "INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id) VALUES (1, 'first', 7, 'l')",
            "INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id) VALUES (1, 'answer m', 7, 'm')",
        ):
            connection.execute(text(statement))
    migrate(bare)
    with reading(bare) as connection:
        found = handed.listing(connection, "b")
        assert [(one["form"], one["file"], one["rows"], one["at"]) for one in found] == [
            ("CSV", "b-team.csv", 1, AT), ("XLSX", "b-team.xlsx", 1, AT)]  # fmt: skip
        own = handed.of_contact(connection, "c1")
        assert [(one["recipient"], one["sheet"], one["row"]) for one in own] == [("team", "batch", None)] * 2


@pytest.mark.parametrize("table", ["hand_over", "hand_over_row"])
@pytest.mark.parametrize(
    "how", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}", "REPLACE INTO {} SELECT * FROM {}", "TRUNCATE {}"]
)
def test_nothing_of_it_can_be_changed(store: Engine, out: str, table: str, how: str) -> None:
    only = {"REPLACE": "sqlite", "TRUNCATE": "postgresql"}.get(how.split()[0], store.dialect.name)
    if only != store.dialect.name:
        pytest.skip("the other database knows no such statement")
    column = "recipient" if table == "hand_over" else "contact"
    with pytest.raises(StoreError, match="append-only"), writing(store) as connection:
        connection.execute(text("PRAGMA recursive_triggers = OFF") if only == "sqlite" else text("SELECT 1"))
        connection.execute(text(how.format(table, column if "UPDATE" in how else table)))


def test_a_recall_is_entered_once_listed_by_row_and_seen_to(store: Engine, out: str) -> None:
    found = pd.DataFrame(
        {"hand_over": [out], "contact": ["c2"], "channel": ["call"], "why": ["no"], "since": [AT]}
    )
    with writing(store) as connection:
        assert recalls.record(connection, found.astype(schema.TEXT)) == 1
        assert recalls.record(connection, found.astype(schema.TEXT)) == 0
        assert recalls.erased(connection, ["c3", "nobody"], lambda to: f"erased, {to}", AT) == 1
    with reading(store) as connection:
        told = recalls.listing(connection)
        assert [(one["sheet"], one["row"], one["contact"], one["channels"], one["why"]) for one in told] == [
            ("batch", 3, "c2", ["call"], "no"), ("next_steps", 2, "c3", ["any"], "erased, team")]  # fmt: skip
        assert recalls.listing(connection, "another") == recalls.listing(connection, "b", "another") == []
        [taken] = handed.listing(connection)
        assert (taken["rows"], taken["recalled"], taken["open"]) == (3, 2, 2)
    with writing(store) as connection:
        assert (recalls.done(connection, "b", "another", "x"), recalls.done(connection, "b", None, "x")) == (0, 2)
    with reading(store) as connection:
        assert recalls.listing(connection) == []
        assert {one["done_by"] for one in recalls.listing(connection, done=True)} == {"x"}


def test_the_copy_for_the_person_is_not_recalled(store: Engine) -> None:
    with writing(store) as connection:
        handed.record(connection, Taken("subject", "HTML", "the person"), rows(("c1", handed.WHOLE, None)), AT)
        assert recalls.erased(connection, ["c1"], str, AT) == 0
