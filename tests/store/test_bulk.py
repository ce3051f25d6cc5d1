import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from leads import schema
from store.bulk import insert, stage
from store.engine import reading, writing
from store.queries import frame

ODD = [
    "plain",
    None,
    "",
    "it's",
    'a "quoted" one',
    "two\nlines",
    "cr\r\nlf",
    "tab\tstop",
    "\\N",
    "\\.",
    "a,b",
    "😀",
    "Ё ű ß",
]


def _texts(connection: object, sql: str) -> list[str | None]:
    return frame(connection, sql, {"t": schema.TEXT})["t"].astype(object).where(lambda s: s.notna(), None).tolist()  # type: ignore[arg-type]


def test_any_text_comes_back_as_it_went_in(bare: Engine) -> None:
    given_ = pd.DataFrame({"no": pd.array(range(len(ODD)), dtype=schema.INT), "t": schema.texts(ODD)})
    with reading(bare) as connection:
        stage(connection, "odd", given_)
        assert _texts(connection, "SELECT t FROM odd ORDER BY no") == ODD


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.none() | st.text(), max_size=8))
def test_any_text_at_all(store: Engine, cells: list[str | None]) -> None:
    """In a store, which says that nothing of it is sealed: a text may begin with the sign of what is."""
    rows = pd.DataFrame({"no": pd.array(range(len(cells)), dtype=schema.INT), "t": schema.texts(cells)})
    with reading(store) as connection:
        stage(connection, "odd", rows)
        found = _texts(connection, "SELECT t FROM odd ORDER BY no")
    assert found == [cell and cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in cells]


def test_numbers_and_truths_keep_their_type(bare: Engine) -> None:
    rows = pd.DataFrame(
        {
            "no": pd.array([1, -(2**63), 2**63 - 1, None], dtype=schema.INT),
            "yes": pd.array([True, False, None, True], dtype=schema.BOOL),
        }
    )
    with reading(bare) as connection:
        stage(connection, "typed", rows)
        found = frame(connection, "SELECT no, yes FROM typed", {"no": schema.INT, "yes": schema.BOOL})
    pd.testing.assert_frame_equal(found, rows)


def test_an_empty_frame_is_an_empty_table(bare: Engine) -> None:
    rows = pd.DataFrame({"t": schema.texts([]), "no": pd.array([], dtype=schema.INT)})
    with reading(bare) as connection:
        stage(connection, "blank", rows)
        assert _texts(connection, "SELECT t FROM blank") == []


def test_a_table_is_replaced_when_it_is_staged_again(bare: Engine) -> None:
    with reading(bare) as connection:
        stage(connection, "again", pd.DataFrame({"t": schema.texts(["first"])}))
        stage(connection, "again", pd.DataFrame({"other": schema.texts(["x"]), "t": schema.texts(["second"])}))
        assert _texts(connection, "SELECT t FROM again") == ["second"]


@pytest.fixture
def table(bare: Engine) -> Engine:
    with writing(bare) as connection:
        connection.execute(text("CREATE TABLE thing (a BIGINT, b TEXT, c TEXT, PRIMARY KEY (a, b))"))
    return bare


def _things(*rows: tuple[int, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "c"]).astype(
        {"a": schema.INT, "b": schema.TEXT, "c": schema.TEXT}
    )


def _all(store: Engine) -> list[tuple[object, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text("SELECT a, b, c FROM thing ORDER BY a, b"))]


def test_known_rows_are_left_alone_or_updated(table: Engine) -> None:
    with writing(table) as connection:
        assert insert(connection, "thing", _things((2, "x", "old"), (1, "x", "old")), ["a", "b"]) == 2
        assert insert(connection, "thing", _things((2, "x", "new"), (3, "x", None)), ["a", "b"]) == 1
    assert _all(table) == [(1, "x", "old"), (2, "x", "old"), (3, "x", None)]
    with writing(table) as connection:
        assert insert(connection, "thing", _things((2, "x", "new")), ["a", "b"], update=True) == 1
        assert insert(connection, "thing", _things((2, "x", "new"), (3, "x", None)), ["a", "b"], update=True) == 0
        assert insert(connection, "thing", _things()) == 0
    assert _all(table) == [(1, "x", "old"), (2, "x", "new"), (3, "x", None)]


def test_rows_go_in_sorted_by_their_keys(table: Engine) -> None:
    """Pages of the index fill one after the other, and ids counted up by the store follow the keys."""
    with writing(table) as connection:
        order = "INTEGER PRIMARY KEY" if table.dialect.name == "sqlite" else "BIGSERIAL PRIMARY KEY"
        connection.execute(text(f"CREATE TABLE counted (no {order}, a BIGINT UNIQUE)"))
        rows = pd.DataFrame({"a": pd.array([5, 1, 4, 2, 3], dtype=schema.INT)})
        insert(connection, "counted", rows, ["a"])
        assert connection.execute(text("SELECT a FROM counted ORDER BY no")).scalars().all() == [1, 2, 3, 4, 5]
