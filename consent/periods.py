"""Lengths of time as the law states them (ISO 8601: `P31D`, `P6M`, `P2Y`), and moments that far apart."""

import re
from calendar import monthrange
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from leads.clock import parse, utc

WRITTEN = re.compile(r"P(?=\d)(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})W)?(?:(\d{1,4})D)?")


class Length(NamedTuple):
    """Calendar months and, after them, days of 24 hours."""

    months: int
    days: int


@lru_cache(maxsize=256)
def length(text: str) -> Length:
    """The length that `text` states; raises ValueError when it is none."""
    found = WRITTEN.fullmatch(text)
    if not found:
        raise ValueError("a period is written P31D, P6M or P2Y")
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return Length(12 * years + months, 7 * weeks + days)


def after(moment: str, period: str) -> str:
    """`moment` (UTC) and a period later; where the month has no such day, its last one (Reg. 1182/71, Art. 3(2)(c))."""
    months, days = length(period)
    start = parse(moment)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return utc(start.replace(year=year, month=month + 1, day=day) + timedelta(days=days))


def shorter(one: str, other: str) -> str:
    """The shorter of two periods, a month counted as 30.4 days."""
    return min(one, other, key=lambda text: length(text).months * 30.4 + length(text).days)


def _checked(text: str) -> str:
    length(text)
    return text


Period = Annotated[str, AfterValidator(_checked)]
