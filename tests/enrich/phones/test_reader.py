"""One number as people write it."""

import csv
import json
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.phones.columns import read_numbers
from enrich.phones.reader import MAX_LENGTH, Number, read_number

BAD_INPUTS = Path(__file__).parents[3].parent / "shared" / "data" / "bad-inputs"
needs_bad_inputs = pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="../shared/data/bad-inputs is not here")


def by_phonenumbers(text: str, region: str) -> str | None:
    """E.164 where phonenumbers says the number is valid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("text", "region", "value", "kind"),
    [
        ("8 (916) 123-45-67", "RU", "+79161234567", "mobile"),
        ("+7 916 123 45 67", "HU", "+79161234567", "mobile"),
        ("7 916 123 45 67", "RU", "+79161234567", "mobile"),
        ("9161234567", "RU", "+79161234567", "mobile"),
        ("8 (495) 123-45-67", "RU", "+74951234567", "fixed_line"),
        ("06 30 123 4567", "HU", "+36301234567", "mobile"),
        ("+36 (06) 30 123 4567", "RU", "+36301234567", "mobile"),
        ("(1) 234 5678", "HU", "+3612345678", "fixed_line"),
        ("0722 123 456", "RO", "+40722123456", "mobile"),
        ("061/123-456", "BA", "+38761123456", "mobile"),
        ("064 123 4567", "RS", "+381641234567", "mobile"),
        ("091 234 5678", "HR", "+385912345678", "mobile"),
        ("030/123456", "DE", "+4930123456", "fixed_line"),
        ("00 49 30 123456", "RU", "+4930123456", "fixed_line"),
        ("'+79161234567", "RU", "+79161234567", "mobile"),
        ("тел.: 8 916 123-45-67", "RU", "+79161234567", "mobile"),
        ("моб 8916 (личный) 1234567", "RU", "+79161234567", "mobile"),
        ("89161234567 Мария", "RU", "+79161234567", "mobile"),
        ("Tel. 2: 06 30 123 4567", "HU", "+36301234567", "mobile"),
        ("030 123456 Max", "DE", "+4930123456", "fixed_line"),
    ],
)
def test_reads_what_the_region_would_dial(text: str, region: str, value: str, kind: str) -> None:
    number = read_number(text, region)
    assert (number.value, number.kind, number.flag) == (value, kind, None)


@pytest.mark.parametrize(
    ("text", "region", "ext"),
    [
        ("+7(495)123-45-67 доб.12", "RU", "12"),
        ("8 495 123-45-67 вн. 345", "RU", "345"),
        ("8 495 123-45-67 (доб. 12)", "RU", "12"),
        ("06 1 234 5678 mellék 3", "HU", "3"),
        ("+36 1 234 5678, mell.: 3", "HU", "3"),
        ("021 312 3456 int. 4", "RO", "4"),
        ("030 123456 DW 12", "DE", "12"),
        ("+1 415-666-7777 ext 5", "US", "5"),
        ("+1 415 666 7777x5", "US", "5"),
        ("tel:+1-201-555-0123;ext=9", "RU", "9"),
    ],
)
def test_reads_an_extension_apart(text: str, region: str, ext: str) -> None:
    number = read_number(text, region)
    assert number.ext == ext
    assert number.value is not None
    assert not number.value.endswith(ext)


@pytest.mark.parametrize(
    ("text", "region", "value", "how"),
    [
        ("8916123456O", "RU", "+79161234560", "letters for digits"),
        ("89l61234567", "RU", "+79161234567", "letters for digits"),
        ("8 9l6 I23-45-67", "RU", "+79161234567", "letters for digits"),
        ("89|61234567", "RU", "+79161234567", "letters for digits"),
        ("8 916 12З 45 67", "RU", "+79161234567", "letters for digits"),
        ("+7 9о6 123 45 67", "HU", "+79061234567", "letters for digits"),
        ("８９１６１２３４５６７", "RU", "+79161234567", "digits of another script"),
        ("٠٦٣٠١٢٣٤٥٦٧", "HU", "+36301234567", "digits of another script"),
        ("8\u2009916\u2009123\u200945\u200967", "RU", "+79161234567", "blanks"),
        ("491701234567", "RU", "+491701234567", "lost plus"),
        ("'79161234567", "HU", "+79161234567", "lost plus"),
        ("4915112345678", "DE", "+4915112345678", "lost plus"),
        ("4915112345678.0", "DE", "+4915112345678", "decimal, lost plus"),
        ("491701234567,0", "DE", "+491701234567", "decimal, lost plus"),
        ("6301234567", "HU", "+36301234567", "lost zero"),
        ("612345678", "IT", "+390612345678", "lost zero"),
        ("491701234567.0", "RU", "+491701234567", "decimal, lost plus"),
        ("4.91701234567E+11", "RU", "+491701234567", "scientific notation, lost plus"),
    ],
)
def test_puts_right_what_can_be_without_guessing(text: str, region: str, value: str, how: str) -> None:
    number = read_number(text, region)
    assert (number.value, number.flag) == (value, f"repaired: {how}")


def test_a_bare_number_without_a_region_keeps_needing_its_plus() -> None:
    assert read_number("79161234567", "ZZ").value is None


@given(st.text("0123456789OolI|Зз +-()", max_size=16), st.sampled_from(("RU", "DE", "HU", "IT", "US", "ZZ")))
def test_a_repaired_number_has_the_digits_of_the_text(text: str, region: str) -> None:
    number = read_number(text, region)
    if number.value and (number.flag or "").startswith("repaired"):
        digits = "".join(c for c in text.translate(str.maketrans("OolI|Зз", "0011133")) if c.isdigit())
        assert number.value.endswith(digits[-6:])


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("7.9161E+10", "spreadsheet damaged"),
        ("7,9161E+10", "spreadsheet damaged"),
        ("7.916123E+10", "spreadsheet damaged"),
        ("7.91612345E10", "spreadsheet damaged"),
        ("########", "spreadsheet damaged"),
        ("#REF!", "spreadsheet damaged"),
        ("12345", "too short"),
        ("+7 916 123-45-6?", "too short"),
        ("8916123456789012", "too long"),
        ("1" * (MAX_LENGTH + 1), "too long"),
        ("0000000000", "not valid for region"),
        ("+999999999999999", "not valid for region"),
        ("позвонить Марии", "not a number"),
        ("8916123456 O", "not valid for region"),
        ("тел. 89l61234567", "not a number"),
        ("29161234567", "not valid for region"),
        ("112", "emergency or short number"),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_no_value(text: str, flag: str) -> None:
    assert read_number(text, "RU") == Number(flag=flag)


@pytest.mark.parametrize(
    ("text", "region", "flag"),
    [
        ("8 800 555-35-35", "RU", "toll free"),
        ("1-800-FLOWERS", "US", "toll free"),
        ("1 800 FLOWERS", "US", "toll free"),
        ("8 809 505-00-00", "RU", "premium rate"),
        ("факс: 8 495 123-45-67", "RU", "fax"),
    ],
)
def test_valid_numbers_nobody_should_be_called_on(text: str, region: str, flag: str) -> None:
    number = read_number(text, region)
    assert number.value is not None
    assert number.flag == flag


def test_a_number_that_is_phone_and_fax_is_a_phone() -> None:
    assert read_number("тел./факс: 8 495 123-45-67", "RU").flag is None


def test_a_spreadsheet_that_lost_nothing_is_repaired() -> None:
    assert read_number("79161234567.0", "RU")[0::4] == ("+79161234567", "repaired: decimal")
    assert read_number("79161234567,00", "RU")[0::4] == ("+79161234567", "repaired: decimal")
    assert read_number("7.9161234567E10", "RU")[0::4] == ("+79161234567", "repaired: scientific notation")


def test_a_decimal_is_no_digit_more_where_lengths_vary() -> None:
    assert read_number("30123456.0", "DE").value == read_number("30123456", "DE").value


@pytest.mark.parametrize(
    ("text", "region"), [("030123456Max", "DE"), ("8916123456O7O", "RU"), ("(52) 695-39O1", "HU")]
)
def test_nobody_is_called_where_letters_stand_among_the_digits(text: str, region: str) -> None:
    number = read_number(text, region)
    assert number.value == by_phonenumbers(text, region)
    assert number.flag == "letters among the digits"


def test_a_repair_is_named_where_the_number_is_not_usable_either() -> None:
    number = read_number("691032154", "HU")
    assert (number.value, number.flag) == ("+3691032154", "premium rate; repaired: lost zero")
    column = read_numbers(pa.record_batch([["691032154"], ["HU"]], ["text", "region"]))
    assert column.to_pylist() == [number._asdict()]


def test_the_region_of_a_number_without_a_country_is_null() -> None:
    number = read_number("+800 1234 5678", "RU")
    assert (number.value, number.region) == ("+80012345678", None)


@needs_bad_inputs
@pytest.mark.parametrize("spelling", ["e164", "national"])
def test_every_example_number_reads_as_phonenumbers_reads_it(spelling: str) -> None:
    with (BAD_INPUTS / "phonenumbers" / "example-numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1_000
    read = [(row, read_number(row[spelling], row["region"])) for row in rows]
    wrong = [row for row, number in read if number.value != by_phonenumbers(row[spelling], row["region"])]
    # An example of an invalid number that is a valid one without its first digit, a 0.
    assert [row["region"] for row in wrong] == (["TJ"] if spelling == "national" else [])
    assert {number.flag for row, number in read if row in wrong} <= {"repaired: lost zero"}


@needs_bad_inputs
def test_validity_and_kind_of_every_example_number() -> None:
    with (BAD_INPUTS / "phonenumbers" / "example-numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    valid = [row for row in rows if row["verdict"] == "valid"]
    assert [row for row in rows if (read_number(row["e164"], "ZZ").value is not None) != (row in valid)] == []
    kinds = {"FIXED_LINE": {"fixed_line", "fixed_line_or_mobile"}, "MOBILE": {"mobile", "fixed_line_or_mobile"}}
    assert [
        row
        for row in valid
        if read_number(row["e164"], "ZZ").kind not in kinds.get(row["type"], {row["type"].lower()})
    ] == []


@needs_bad_inputs
@pytest.mark.parametrize("file", ["phonenumbers/matcher-cases.jsonl", "own/phones.jsonl"])
def test_texts_among_which_phonenumbers_finds_numbers(file: str) -> None:
    cases = [json.loads(line) for line in (BAD_INPUTS / file).read_text(encoding="utf-8").splitlines()]
    for case in cases:
        text, region = case.get("text") or case["raw"], case.get("region", "RU")
        known = by_phonenumbers(text, region)
        if known:
            assert read_number(text, region).value == known, case


@given(
    st.text(alphabet="0123456789 +()-./", max_size=30), st.sampled_from(["RU", "HU", "RO", "BA", "RS", "HR", "DE"])
)
def test_a_number_valid_to_phonenumbers_is_valid_here(text: str, region: str) -> None:
    known = by_phonenumbers(text, region)
    number = read_number(text, region)
    if known and not (number.flag or "").startswith("repaired"):
        assert number.value == known
    assert (number.value is None) <= (number.flag is not None)


@given(st.text(max_size=300), st.sampled_from(["RU", "DE", "US", "ZZ"]))
def test_any_text_is_a_number_or_has_a_reason(text: str, region: str) -> None:
    number = read_number(text, region)
    assert (number.value is None) == (number.kind is None)
    assert number.value is not None or number.flag
