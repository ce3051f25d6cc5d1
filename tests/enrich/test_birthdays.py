"""Birthdays as leads state them."""

import pytest

from enrich.birthdays import NOT_UNDERSTOOD, read_birthday


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
    ],
)
def test_reads_a_birthday(text: str, language: str, birthday: str) -> None:
    assert read_birthday(text, language) == (birthday, None)


@pytest.mark.parametrize("text", [None, "", "-", "нет", "0000-00-00", "00.00.00", "4501-01-01"])
def test_no_birthday(text: str | None) -> None:
    assert read_birthday(text, "ru") == (None, None)


@pytest.mark.parametrize("text", ["03/07/1985", "31.02.1985", "1885-01-01", "7 марта", "07.03.85", "45"])
def test_does_not_guess(text: str) -> None:
    assert read_birthday(text, "en") == (None, NOT_UNDERSTOOD)
