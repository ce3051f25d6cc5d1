"""E-mail cells."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.emails.cells import LONGEST_CELL, are_single, read_emails, split_addresses
from enrich.emails.reader import REASONS
from enrich.markers import is_empty_marker
from leads import schema

FLAGS = {reason for _, reason in REASONS}


def cells(*texts: str | None) -> pd.DataFrame:
    ids = [f"lead{place}" for place in range(len(texts))]
    return pd.DataFrame({"lead_id": schema.texts(ids), "text": schema.texts(texts)})


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("ann@example.com", ["ann@example.com"]),
        ("ann@example.com, bob@example.com", ["ann@example.com", "bob@example.com"]),
        ("ann@example.com;bob@example.com;", ["ann@example.com", "bob@example.com"]),
        ("ann@example.com bob@example.com", ["ann@example.com", "bob@example.com"]),
        ("ann@example.com,bob@example.com", ["ann@example.com", "bob@example.com"]),
        ("ann@example.com\nbob@example.com", ["ann@example.com", "bob@example.com"]),
        (
            "Doe, Ann <ann@example.com>, Bob <bob@example.com>",
            ["Doe, Ann <ann@example.com>", "Bob <bob@example.com>"],
        ),
        ("ann@example.com; нет", ["ann@example.com"]),
        ("ann@example.com, write here", ["ann@example.com", "write here"]),
        # Half of these would be another person's address.
        ("ann smith@example.com", ["ann smith@example.com"]),
        ("ann@example,com", ["ann@example,com"]),
        ("ann{|}x@example.com", ["ann{|}x@example.com"]),
        ("-", []),
        ("нет", []),
        (" ", []),
    ],
)
def test_a_cell_is_split_where_addresses_end(cell: str, addresses: list[str]) -> None:
    assert split_addresses(cell) == addresses


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("\u0430nn@example.com", "mixed alphabets"),
        ("ann@ex\u0430mple.com", "mixed alphabets"),
        ("ann@xn--80ak6aa92e.com", "mixed alphabets"),
        ("\u0441\u0430\u0440@example.com", "mixed alphabets"),
        ("\uff41nn@example.com", "unusual characters"),
    ],
)
def test_an_address_that_may_be_taken_for_another_is_valid_but_not_usable(text: str, flag: str) -> None:
    points = read_emails(cells(text))
    assert points[["valid", "usable", "flag"]].values.tolist() == [[True, False, flag]]


@pytest.mark.parametrize(
    ("text", "usable", "flag"),
    [
        ("ann@example.com.", True, "repaired: punctuation"),
        ("ann@gmial.com", False, "misspelt domain: perhaps gmail.com"),
        ("ann@\u0261mail.com", False, "look-alike letters"),
        ("ann@example.com", True, None),
    ],
)
def test_a_repaired_address_is_usable_and_a_doubtful_one_is_not(text: str, usable: bool, flag: str | None) -> None:
    (point,) = read_emails(cells(text)).to_dict("records")
    assert (point["valid"], point["usable"]) == (True, usable)
    assert point["flag"] == flag or (flag is None and pd.isna(point["flag"]))


@pytest.mark.parametrize(
    "cell", ["ann@example.com", " Ann@Example.com ", "Иван Петров <ann@example.com>", "mailto:ann@example.com"]
)
def test_common_cells_are_not_split_one_by_one(cell: str) -> None:
    assert are_single(pa.array([cell])).to_pylist() == [True]


def test_points_of_a_cell_have_slots_and_the_same_value_once() -> None:
    points = read_emails(cells("Ann@example.com; ann@example.com; no address; info@example.com", None, "нет"))
    assert points["slot"].tolist() == [0, 1, 2]
    assert points["value"].tolist() == ["ann@example.com", pd.NA, "info@example.com"]
    assert points["display"].tolist() == ["Ann@example.com", pd.NA, "info@example.com"]
    schema.check(schema.POINTS, points)


def test_a_cell_beyond_reading_is_one_bounded_point() -> None:
    points = read_emails(cells("a@b.com," * LONGEST_CELL, "a" * 1_000_000, "ann\x00@example.com"))
    assert points["flag"].tolist() == ["too long", "too long", "forbidden character"]
    assert points["text"].str.len().max() == 254
    assert "\x00" not in "".join(points["text"])


def test_no_cells_give_no_points() -> None:
    for frame in (cells(), cells(None)):
        assert schema.check(schema.POINTS, read_emails(frame)).empty


@settings(deadline=None)
@given(st.lists(st.none() | st.text(alphabet='ab@. ,;<>\n"|нет\u202e\x00', max_size=30), max_size=8))
def test_every_text_is_a_point_or_an_empty_marker(texts: list[str | None]) -> None:
    points = read_emails(cells(*texts))
    read = set(points["lead_id"])
    for place, text in enumerate(texts):
        if text is not None and f"lead{place}" not in read:
            assert all(is_empty_marker(part) for part in text.replace(";", "\n").split("\n")), text
    flags = points["flag"].dropna()
    flags = flags[~flags.str.startswith("repaired: ")]
    assert flags.isin(FLAGS | {"mixed alphabets", "unusual characters", "not valid"}).all()


@settings(deadline=None)
@given(st.lists(st.text(alphabet='ab@. ,;|<>\n"н\u00a0\u202e\x00\t', max_size=30), max_size=20))
def test_cells_that_surely_state_one_address_would_only_be_trimmed(texts: list[str]) -> None:
    single = are_single(pa.array(texts, pa.string())).to_pylist()
    for text, alone in zip(texts, single, strict=True):
        if alone:
            assert split_addresses(text) == [text.strip()]
