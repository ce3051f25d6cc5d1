"""A value is shared or not, value by value."""

import duckdb
import pandas as pd
import pytest

from dedupe.candidates import shared
from dedupe.evidence.kinds import Evidence, prepared
from leads.schema import texts

EVIDENCE = [Evidence("family", "family"), Evidence("phone", "phone"), Evidence("email", "email")]


def parted(rows: list[tuple[str | None, str | None, str | None]]) -> tuple[int, list[tuple[object, ...]]]:
    frame = pd.DataFrame(
        {one.column: texts(column) for one, column in zip(EVIDENCE, zip(*rows, strict=True), strict=True)}
    )
    with duckdb.connect() as duck:
        duck.register("given", prepared(frame, EVIDENCE))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        count = shared.part_shared(duck, EVIDENCE, frozenset({"info"}))
        return count, duck.sql("SELECT e1, e1_c, e2, e2_c FROM records ORDER BY id").fetchall()


def test_a_phone_of_three_unlike_surnames_is_the_firms() -> None:
    count, rows = parted([("meier", "4951", None), ("schulz", "4951\n9161", None), ("popov", "4951", None)])
    assert count == 1
    assert rows == [(None, ["4951"], None, None), (["9161"], ["4951"], None, None), (None, ["4951"], None, None)]


@pytest.mark.parametrize(
    "names",
    [("meier", "meier", "meier"), ("meier", "maier", "meyer"), ("meier", "schulz", None), ("meier", None, None)],
)
def test_a_phone_of_one_family_or_of_two_surnames_is_not(names: tuple[str | None, ...]) -> None:
    count, rows = parted([(name, "4951", None) for name in names])
    assert count == 0
    assert all(row[0] == ["4951"] for row in rows)


def test_a_mailbox_of_a_department_is_shared_by_its_name() -> None:
    assert parted([("meier", None, "info@firm.example"), ("meier", None, "anna@firm.example")])[1] == [
        (None, None, None, ["info@firm.example"]),
        (None, None, ["anna@firm.example"], None),
    ]


def test_what_very_many_records_have_is_nobodys_whatever_they_are_called() -> None:
    count, _ = parted([("meier", "4951", None)] * (shared.MOST_RECORDS + 1))
    assert count == 1
