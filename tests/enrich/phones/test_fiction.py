"""Numbers that nobody has."""

import phonenumbers
import pytest

from enrich.phones.fiction import KEPT, is_fiction
from enrich.phones.reader import read_number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("(212) 555-0134", "US"), ("+1 604 555 0199", "RU"), ("020 7946 0123", "GB"), ("+44 161 496 0999", "RO"),
        ("030 23125 456", "DE"), ("0171 3920012", "DE"), ("+33 1 99 00 12 34", "RU"),
        ("0491 570 156", "AU"), ("+7 999 999-99-99", "RU"), ("8 916 000-00-00", "RU"),
        ("06 30 000 0000", "HU"),
    ],
)  # fmt: skip
def test_kept_and_made_up_numbers_have_a_flag_and_keep_their_value(text: str, region: str) -> None:
    number = read_number(text, region)
    assert number.value is not None
    assert number.flag == "test number"


@pytest.mark.parametrize(
    ("text", "region"),
    [("(212) 555-1234", "US"), ("020 7946 1123", "GB"), ("8 916 123-45-67", "RU"), ("8 916 777-77-77", "RU")],
)
def test_a_number_somebody_may_have_has_none(text: str, region: str) -> None:
    assert read_number(text, region).flag is None


@pytest.mark.parametrize("text", ["+44 7700 900123", "+44 1632 960001"])
def test_some_that_are_kept_are_not_valid_to_phonenumbers(text: str) -> None:
    assert read_number(text, "GB").flag == "not valid for region"


def test_a_kept_number_that_is_not_usable_anyway_keeps_its_flag() -> None:
    assert read_number("0808 157 0123", "GB").flag == "toll free"


@pytest.mark.parametrize("code", sorted(KEPT))
def test_kept_numbers_are_of_a_known_calling_code(code: int) -> None:
    assert code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    assert not is_fiction(code, "2025556677")
