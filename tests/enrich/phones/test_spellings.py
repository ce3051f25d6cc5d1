"""Plain spellings: what is left of a text is all that counts in it."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.phones.plans import LONG, MOST_DIGITS
from enrich.phones.reader import MAX_LENGTH, Number, read_number
from enrich.phones.spellings import DECIMAL_SIGN, LETTER, LETTERS_IN_IT, plain


def stated(text: str) -> str | None:
    """The + and the digits that a text states, where it is plain."""
    found = plain(pa.array([text]))
    digits = str(found.key[0])[1:]
    return ("+" if found.plus[0] else "") + digits if found.key[0] else None


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
        "0-0-49301234", "'(+)79161234567", "8l61234 567 O", "факс 8 495 1234567", "8 495 1234567 (fax)",
        "(-) 8 916 1234567 Anna", "1" * (MAX_LENGTH + 1), "0079161234567.0", "٨٩١٦١٢٣٤٥٦٧", "7.9161E+10",
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_not_plain(text: str) -> None:
    assert stated(text) is None


@given(st.text(alphabet="0123456789+ ()-./'=\u00a0–", max_size=30), st.sampled_from(["RU", "DE", "US", "ZZ"]))
def test_the_digits_read_as_the_text_does(text: str, region: str) -> None:
    digits = stated(text)
    if digits and not plain(pa.array([text])).repairs[0] and len(digits) <= MOST_DIGITS:
        assert read_number(digits, region) == read_number(text, region)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("позвонить Марии", "not a number"), ("", "not a number"), ("8916123456789161234567+", None),
        ("+79161234567+79161234567", "not a number"), ("7.9161E+10", "spreadsheet damaged"),
        ("7,9161234567E10", None), ("#REF!", None), ("٨٩١٦", None),
    ],
)  # fmt: skip
def test_what_is_surely_no_number_has_its_flag(text: str, flag: str | None) -> None:
    found = [name for rows, name in plain(pa.array([text])).flag if len(rows)]
    assert found == ([flag] if flag else [])
    assert flag is None or read_number(text, "RU") == Number(flag=flag)


def test_repairs_are_named() -> None:
    repairs = plain(pa.array(["79161234567.0", "8916123456O", "89161234567"])).repairs
    assert repairs.tolist() == [DECIMAL_SIGN, LETTERS_IN_IT, 0]


def test_the_first_digits_stand_for_more_than_any_number_has() -> None:
    assert plain(pa.array(["8916123456789161234567"])).key.tolist() == [LONG + 891612345678916123]


def test_letters_of_a_remark_are_letters_to_the_reader_too() -> None:
    every = pa.array([chr(code) for code in range(128, 0x3000)])
    letters = every.filter(pc.match_substring_regex(every, f"^[{LETTER}]$")).to_pylist()
    assert len(letters) > 300
    assert [letter for letter in letters if not re.fullmatch(r"[^\W\d_]", letter)] == []


def test_a_slice_of_a_column_is_read_by_itself() -> None:
    texts = pa.array(["1111111", "8 916 1", "9999999"]).slice(1, 1)
    assert plain(texts).key.tolist() == [189161]
