"""Birthdays as leads state them."""

from datetime import date

import pytest

from enrich.days.birthdays import AMBIGUOUS, IN_THE_FUTURE, NOT_UNDERSTOOD, TOO_EARLY, read_birthday


@pytest.mark.parametrize(
    ("text", "language", "birthday"),
    [
        ("1985-03-07", "ru", "1985-03-07"),
        ("1985-03-07 00:00:00", "ru", "1985-03-07"),
        ("07.03.1985", "de", "1985-03-07"),
        ("7.3.1985 г.", "ru", "1985-03-07"),
        ("1985. 03. 07.", "hu", "1985-03-07"),
        ("19850307", "en", "1985-03-07"),
        ("03/07/1985", "ro", "1985-07-03"),
        ("13/07/1985", "en", "1985-07-13"),
        ("07/13/1985", "en", "1985-07-13"),
        ("--0307", "en", "--03-07"),
        ("07.03.", "ru", "--03-07"),
        ("03.07.", "hu", "--03-07"),
        ("29.02.", "ru", "--02-29"),
        ("1604-03-07", "en", "--03-07"),
        ("7 марта 1985 г.", "ru", "1985-03-07"),
        ("7 марта", "ru", "--03-07"),
        ("March 7", "en", "--03-07"),
        ("március 7.", "hu", "--03-07"),
        ("31113.0", "ru", "1985-03-07"),
        ("1985-03-07T00:00:00.000Z", "ru", "1985-03-07"),
        ("07.03.1985 14:10", "ru", "1985-03-07"),
    ],
)
def test_reads_a_birthday(text: str, language: str, birthday: str) -> None:
    assert read_birthday(text, language) == (birthday, None)


@pytest.mark.parametrize(
    "text",
    [None, "", "-", "нет", "0000-00-00", "00.00.00", "4501-01-01", "01.01.0001", "00.01.1900", "30.12.1899"],
)
def test_no_birthday(text: str | None) -> None:
    assert read_birthday(text, "ru") == (None, None)


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "language", "flag"),
    [
        ("03/07/1985", "en", AMBIGUOUS),
        ("03/07/1985", None, AMBIGUOUS),
        ("08-03-07", "ru", AMBIGUOUS),
        ("31.02.1985", "ru", NOT_UNDERSTOOD),
        ("45", "ru", NOT_UNDERSTOOD),
        ("1985", "ru", NOT_UNDERSTOOD),
        ("весной", "ru", NOT_UNDERSTOOD),
        ("1985-03-06T21:00:00.000Z", "ru", NOT_UNDERSTOOD),
        ("1885-01-01", "ru", TOO_EARLY),
        ("23.11.2026", "ru", IN_THE_FUTURE),
    ],
)
def test_does_not_guess(text: str, language: str | None, flag: str) -> None:
    assert read_birthday(text, language, TODAY) == (None, flag)


@pytest.mark.parametrize(
    ("text", "birthday"),
    [
        ("07.03.85", "1985-03-07"),
        ("22.11.26", "2026-11-22"),
        ("23.11.26", "1926-11-23"),
        ("07.03.27", "1927-03-07"),
        ("07.03.00", "2000-03-07"),
        ("29.02.00", "2000-02-29"),
    ],
)
def test_a_year_of_two_digits_is_the_last_one_that_was(text: str, birthday: str) -> None:
    assert read_birthday(text, "ru", TODAY) == (birthday, None)
