"""Phone cells."""

import json
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.markers import is_empty_marker
from enrich.phones.cells import LONGEST_CELL, are_single, read_phones, split_numbers
from leads import schema

BLNS = Path(__file__).parents[3].parent / "shared" / "data" / "bad-inputs" / "blns" / "blns.json"
# A value may take 50 ms at most; here a frame and its neighbours are read besides.
RUNS, SECONDS = 5, 0.15


def cells(*texts: str | None, region: str = "RU") -> pd.DataFrame:
    ids = [f"lead{place}" for place in range(len(texts))]
    regions = [region] * len(texts)
    return pd.DataFrame(
        {"lead_id": schema.texts(ids), "text": schema.texts(texts), "region": schema.texts(regions)}
    )


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("+7 916 123 45 67; +7 916 123 45 68", ["+7 916 123 45 67", "+7 916 123 45 68"]),
        ("8 916 123-45-67, 8 916 123-45-68", ["8 916 123-45-67", "8 916 123-45-68"]),
        ("89161234567/89161234568", ["89161234567", "89161234568"]),
        ("89161234567\n89161234568\r\n", ["89161234567", "89161234568"]),
        ("8 916 123-45-67 и 8 916 123-45-68", ["8 916 123-45-67", "8 916 123-45-68"]),
        ("06 30 123 4567 és 06 30 123 4568", ["06 30 123 4567", "06 30 123 4568"]),
        ("0722 123 456 si 0722 123 457", ["0722 123 456", "0722 123 457"]),
        ("+79161234567 +79161234568", ["+79161234567", "+79161234568"]),
        ("89161234567 89161234568", ["89161234567", "89161234568"]),
        ("061/123-456", ["061/123-456"]),
        ("061/123-456, 062/123-456", ["061/123-456", "062/123-456"]),
        ("061/123-456 / 062/123-456", ["061/123-456", "062/123-456"]),
        ("+49 (0)35204/123456", ["+49 (0)35204/123456"]),
        ("0036 (06) 30/1234567", ["0036 (06) 30/1234567"]),
        ("8 (495) 123-45-67/68", ["8 (495) 123-45-67", "68"]),
        ("8 916 123,45,67", ["8 916 123,45,67"]),
        ("12345, 8 916 123-45-67", ["12345", "8 916 123-45-67"]),
        ("8 495 123-45-67, доб. 12", ["8 495 123-45-67, доб. 12"]),
        ("8 495 123-45-67; доб. 12", ["8 495 123-45-67; доб. 12"]),
        ("8 495 123-45-67 доб 5, 8 495 123-45-68", ["8 495 123-45-67 доб 5", "8 495 123-45-68"]),
        ("tel:+1-201-555-0123;ext=9", ["tel:+1-201-555-0123;ext=9"]),
        ("79161234567,0", ["79161234567,0"]),
        ("8 916 123-45-67, Мария", ["8 916 123-45-67, Мария"]),
        ("8 916 123-45-67; нет", ["8 916 123-45-67"]),
        ("  ", []),
        ("-", []),
        ("нет", []),
        ("n/a", []),
    ],
)
def test_a_cell_is_split_where_numbers_end(cell: str, numbers: list[str]) -> None:
    assert split_numbers(cell) == numbers


@given(st.lists(st.text(alphabet="0178 +/-().\u00a0'=,;x", max_size=40)
                | st.from_regex(r"['(]?\+?[0-9]{0,11}( ?/ ?|  ?|\u00a0)[0-9 ()-]{0,14}", fullmatch=True), max_size=30))  # fmt: skip
def test_single_numbers_are_what_splitting_would_only_trim(texts: list[str]) -> None:
    single = are_single(pa.array(texts, pa.string())).to_pylist()
    assert [
        text for text, alone in zip(texts, single, strict=True) if alone and split_numbers(text) != [text.strip()]
    ] == []


@pytest.mark.parametrize(
    "cell",
    [
        "+79161234567",
        " 8 (916) 123-45-67",
        "061/123-456",
        "030 / 12345678",
        "'89161234567'",
        "+49 (0) 1512 345 67 89",
    ],
)
def test_common_cells_are_not_split_one_by_one(cell: str) -> None:
    assert are_single(pa.array([cell])).to_pylist() == [True]


@pytest.mark.parametrize(
    "cell",
    ["9161234567 9161234568", "89161234567/89161234568", "() +79161234567", "8 916 1, 8 916 2", " 0 ", "-", ""],
)
def test_cells_that_may_be_split_or_empty_are_looked_at(cell: str) -> None:
    assert are_single(pa.array([cell])).to_pylist() == [False]


def test_points_of_a_cell_have_slots_and_the_same_value_once() -> None:
    points = read_phones(cells("8 916 123-45-67; +79161234567; 12345; 8 495 123-45-67", None, "нет"))
    assert points["slot"].tolist() == [0, 1, 2]
    assert points["value"].tolist() == ["+79161234567", pd.NA, "+74951234567"]
    assert points["text"].tolist() == ["8 916 123-45-67", "12345", "8 495 123-45-67"]
    assert points["usable"].tolist() == [True, False, True]
    assert points["flag"].tolist() == [pd.NA, "too short", pd.NA]
    assert set(points["lead_id"]) == {"lead0"}
    schema.check(schema.POINTS, points)


def test_repaired_is_usable_and_service_numbers_are_not() -> None:
    points = read_phones(cells("79161234567.0", "8 800 555 35 35", "8 809 505 00 00", "112", "7.9161E+10"))
    assert points["usable"].tolist() == [True, False, False, False, False]
    assert points["valid"].tolist() == [True, True, True, False, False]


def test_the_same_text_is_read_in_each_region() -> None:
    frame = cells("061 123 456", "061 123 456")
    frame["region"] = schema.texts(["BA", "RS"])
    assert read_phones(frame)["value"].tolist() == ["+38761123456", "+38161123456"]


def test_a_cell_beyond_reading_is_one_bounded_point() -> None:
    points = read_phones(cells("1," * LONGEST_CELL, "9" * 1_000_000, "a\x00b 12"))
    assert points["flag"].tolist() == ["too long", "too long", "too short"]
    assert points["text"].str.len().max() == 250
    assert "\x00" not in "".join(points["text"])


def test_no_cells_give_no_points() -> None:
    for frame in (cells(), cells(None, None)):
        assert schema.check(schema.POINTS, read_phones(frame)).empty


@given(st.lists(st.none() | st.text(alphabet="0178 +;,/\n-()доб.xнет\u202e\x00", max_size=40), max_size=8))
def test_every_text_is_a_point_or_an_empty_marker(texts: list[str | None]) -> None:
    points = read_phones(cells(*texts))
    read = set(points["lead_id"])
    for place, text in enumerate(texts):
        if text is not None and f"lead{place}" not in read:
            assert all(is_empty_marker(part) for part in text.replace(";", "\n").split("\n")), text


HOSTILE = {
    "a million digits": "9" * 1_000_000,
    "a million brackets": "(" * 1_000_000,
    "a million words": "x1 " * 350_000,
    "many separators": "1/2,3|4;" * 240,
    "many labels": "тел. " * 399,
    "bidi overrides": "\u202e+7 916 123-45-67\u202c",
    "bidi marks inside": "+7\u200e916\u200f123\u206645\u206967",
    "controls": "\x01\x02+7\x1b[31m9161234567\x7f",
    "NUL": "+7916\x001234567",
    "a float": "79161234567.123",
    "a negative float": "-7.916e10",
    "a date as a serial": "45123",
    "a date and time as a serial": "45123.5416666667",
    "zero width": "\u200b8\u200b916\u200b1234567\ufeff",
    "other digits": "٨٩١٦१२३४५६७",
    "combining signs": "8\u0301916\u03011234567\u0301",
    "an emoji": "📞 8 916 123-45-67",
    "nearly a pattern": "8 916 " + "(доб" * 60,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_input_takes_bounded_time_and_changes_no_neighbour(name: str) -> None:
    neighbours = ["8 916 123-45-67", "+36 30 123 4567"]
    alone = read_phones(cells(*neighbours))[["value", "usable"]].values.tolist()
    started = time.process_time()
    for _ in range(RUNS):
        points = read_phones(cells(neighbours[0], HOSTILE[name], neighbours[1]))
    assert (time.process_time() - started) / RUNS < SECONDS
    beside = points[points["lead_id"] != "lead1"][["value", "usable"]].values.tolist()
    assert beside == alone
    own = points[points["lead_id"] == "lead1"]
    assert len(own)
    assert (own["value"].notna() | own["flag"].notna()).all()
    schema.check(schema.POINTS, points)


def test_a_lone_surrogate_does_not_reach_a_column() -> None:
    with pytest.raises(UnicodeEncodeError):
        cells("8 916\ud800 1234567")


@pytest.mark.skipif(not BLNS.is_file(), reason="../shared/data/bad-inputs/blns is not here")
def test_naughty_strings_have_a_value_or_a_flag_and_change_no_neighbour() -> None:
    naughty = json.loads(BLNS.read_text(encoding="utf-8"))
    texts = [text for each in naughty for text in (each, "8 916 123-45-67")]
    points = read_phones(cells(*texts))
    places = points["lead_id"].str.removeprefix("lead").astype(int) % 2
    beside = points[places == 1]
    assert beside["value"].tolist() == ["+79161234567"] * len(naughty)
    own = points[places == 0]
    assert (own["value"].notna() | own["flag"].notna()).all()
    assert own[own["usable"]]["text"].str.contains(r"\d{7}|\d \d|\d-\d", regex=True).all()
