"""Birthdays as leads state them -> `1985-03-07`, or `--03-07` (ISO 8601) where the year is not said."""

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.markers import is_empty_marker

NOT_UNDERSTOOD = "birthday not understood"
# A time of the day behind it is a spreadsheet's.
TIME = r"(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?"
YEAR_FIRST = re.compile(
    rf"(\d{{4}})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|\.\s?(\d{{1,2}})\.\s?(\d{{1,2}})\.?|/(\d{{1,2}})/(\d{{1,2}})){TIME}"
)
DAY_FIRST = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}})\.?(?:\s*г\.?)?{TIME}")
SLASHES = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){TIME}")
NO_YEAR = re.compile(r"--(\d\d)-?(\d\d)")
DAY_AND_MONTH = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?")
# What address books write where no birthday, or none of its year, is known.
NONE = ("0000-00-00", "00.00.0000", "00.00.00", "0/0/00", "0.0.00", "0/0/0000")
OUTLOOK_NONE, APPLE_NO_YEAR = 4501, 1604
EARLIEST, LATEST = 1900, 2100
LEAP = 2000


class Birthday(NamedTuple):
    """A birthday read, or the flag that it was not understood."""

    birthday: str | None = None
    flag: str | None = None


def read_birthdays(column: pd.Series, languages: pd.Series) -> pd.DataFrame:
    """`column` (as stated) in the `languages` of the leads -> `birthday` and `flag`, row by row."""
    return read_each(
        pd.DataFrame({"text": column, "language": languages}),
        ["text", "language"],
        Birthday._fields,
        read_birthday,
    )


def read_birthday(text: str | None, language: str | None) -> Birthday:
    """The birthday that `text` states.

    With full stops the day comes first, in Hungarian too where the year is last. With slashes the day comes first
    outside of English, and there only where no other order is possible.
    """
    if text is None or is_empty_marker(text) or text in NONE:
        return Birthday()
    try:
        year, month, day = _parts(text, language)
        if year == OUTLOOK_NONE:
            return Birthday()
        if year in (None, APPLE_NO_YEAR):
            return Birthday(f"-{date(LEAP, month, day):-%m-%d}")
        if not EARLIEST <= year <= LATEST:
            raise ValueError
        return Birthday(date(year, month, day).isoformat())
    except ValueError:
        return Birthday(flag=NOT_UNDERSTOOD)


def _parts(text: str, language: str | None) -> tuple[int | None, int, int]:
    """Year, month, day; raises ValueError where `text` is no date or more than one."""
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day = (int(group) for group in match.groups() if group)
        return year, month, day
    if match := NO_YEAR.fullmatch(text):
        return None, int(match[1]), int(match[2])
    if match := DAY_FIRST.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := DAY_AND_MONTH.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        return (None, first, second) if language == "hu" else (None, second, first)
    if match := SLASHES.fullmatch(text):
        return _slashed(int(match[1]), int(match[2]), int(match[3]), english=language == "en")
    raise ValueError


def _slashed(first: int, second: int, year: int, *, english: bool) -> tuple[int, int, int]:
    if not english or first > 12 or first == second:
        return year, second, first
    if second > 12:
        return year, first, second
    raise ValueError
