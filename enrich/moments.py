"""When a person acted, as the lead states it -> the store's UTC text."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.markers import is_empty_marker
from leads import clock

LONGEST = 60
# With full stops the day comes first in all our languages, the year first in Hungarian. With slashes it depends on
# the country and is not guessed.
DAY_FIRST = re.compile(
    r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?(?:\s*г\.?)?,?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
YEAR_FIRST = re.compile(r"(\d{4})\.\s?(\d{1,2})\.\s?(\d{1,2})\.?,?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class Moment(NamedTuple):
    """A moment read: UTC text (see `leads.clock`), or the flag that it was not understood."""

    moment: str | None = None
    flag: str | None = None


def read_moments(column: pd.Series) -> pd.DataFrame:
    """`column` (as stated) -> `moment` and `flag`, row by row: ISO 8601 and dates with full stops, without zone UTC."""
    return read_each(pd.DataFrame({"text": column}), ["text"], Moment._fields, read_moment)


def read_moment(text: str | None) -> Moment:
    """The moment that `text` states."""
    if text is None or is_empty_marker(text):
        return Moment()
    try:
        return Moment(clock.utc(_parsed(text)))
    except (ValueError, OverflowError):
        return Moment(flag="stated_at not understood")


def _parsed(text: str) -> datetime:
    """Raises ValueError when `text` is no moment, OverflowError at the ends of the calendar."""
    if len(text) > LONGEST:
        raise ValueError
    if match := DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second = map(int, match.groups(default="0"))
    elif match := YEAR_FIRST.fullmatch(text):
        year, month, day, hour, minute, second = map(int, match.groups(default="0"))
    else:
        return clock.parse(text)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
