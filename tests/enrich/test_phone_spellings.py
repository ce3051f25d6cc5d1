"""Plain spellings: what is left of a text is all that counts in it."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.phone_reader import MAX_LENGTH, read_number
from enrich.phone_spellings import LETTER, plain


def stated(text: str) -> str | None:
    found = plain(pa.array([text]), pa.array(["RU"]))["stated"].to_pylist()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+7 (916) 123-45-67", "+79161234567"),
        ("'8\u00a0916\u00a0123–45–67", "89161234567"),
        ("061/123-456", "061123456"),
        ("( +36 ) 30.123.4567.", "+36301234567"),
        ("79161234567,00", "79161234567"),
        ("0036301234567", "0036301234567"),
        ("моб.: 8 916 1234567", "89161234567"),
        ("8 495 1234567, доб. 12", "84951234567"),
        ("8 916 1234567 Мария", "89161234567"),
    ],
)
def test_plain_texts_are_reduced_to_digits(text: str, digits: str) -> None:
    assert stated(text) == digits


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "12", "7 916 +123", "++79161234567", "8 916 123*45", "8 916\t1234567", "8 916 1234567;12", "(00)49301234",
        "0-0-49301234", "'(+)79161234567", "89161234567O", "8l61234567", "факс 8 495 1234567", "8 495 1234567 (fax)",
        "(-) 8 916 1234567 Anna", "1" * (MAX_LENGTH + 1), "0079161234567.0", "٨٩١٦١٢٣٤٥٦٧", "7.9161E+10",
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_not_plain(text: str) -> None:
    assert stated(text) is None


@given(st.text(alphabet="0123456789+ ()-./'=\u00a0–", max_size=30), st.sampled_from(["RU", "DE", "US", "ZZ"]))
def test_the_digits_read_as_the_text_does(text: str, region: str) -> None:
    found = plain(pa.array([text]), pa.array([region])).to_pylist()
    if found and not found[0]["repaired"]:
        assert read_number(found[0]["stated"], region) == read_number(text, region)


def test_letters_of_a_remark_are_letters_to_the_reader_too() -> None:
    every = pa.array([chr(code) for code in range(128, 0x3000)])
    letters = every.filter(pc.match_substring_regex(every, f"^[{LETTER}]$")).to_pylist()
    assert len(letters) > 300
    assert [letter for letter in letters if not re.fullmatch(r"[^\W\d_]", letter)] == []


def test_a_slice_of_a_column_is_read_by_itself() -> None:
    texts = pa.array(["1111111", "8 916 1", "9999999"]).slice(1, 1)
    assert plain(texts, pa.array(["RU"]))["stated"].to_pylist() == ["89161"]
