"""Hours in which a person may be contacted: read, laid over each other, and asked in every time zone it may be in.

Windows are local wall-clock time. A moment is always turned from UTC into local time, which is defined on every day,
also on those on which the clocks are put forward or back.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leads.clock import parse, utc

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_END = 24 * 60
AHEAD = 14  # days to look for the next opening: longer than any run of days off
PART = re.compile(r"(\w{3})(?:-(\w{3}))? ([\d:,-]+)")
WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
HOLIDAY = re.compile(r"\d\d-\d\d|easter[+-]\d{1,2}")

Window = tuple[int, int]  # minutes of the day; the end is not within it


class Week(NamedTuple):
    """The windows of each day, Monday first, and the days of the year that have none (`05-01`, `easter+1`)."""

    days: tuple[tuple[Window, ...], ...]
    closed: tuple[str, ...] = ()


ALWAYS = Week((((0, DAY_END),),) * 7)


@cache
def week(text: str, closed: tuple[str, ...] = ()) -> Week:
    """Read `Mon-Fri 10:00-13:00,14:00-20:00; Sat 10:00-12:00`; raises ValueError where it is not written so."""
    days: list[tuple[Window, ...]] = [()] * 7
    for part in text.split(";"):
        found = PART.fullmatch(part.strip())
        if not found or not {found[1], found[2] or found[1]} <= set(DAYS):
            raise ValueError("hours are written Mon-Fri 09:00-13:00,14:00-18:00; Sat 10:00-12:00")
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        for day in range(first, last + 1):
            days[day] = _windows(found[3])
    if wrong := [name for name in closed if not HOLIDAY.fullmatch(name)]:
        raise ValueError(f"'{wrong[0]}' is no holiday; write 05-01 or easter+1")
    return Week(tuple(days), closed)


def _windows(text: str) -> tuple[Window, ...]:
    found = [WINDOW.fullmatch(part) for part in text.split(",")]
    if not all(found):
        raise ValueError("a window is written 09:00-13:00")
    windows = [(int(w[1]) * 60 + int(w[2]), int(w[3]) * 60 + int(w[4])) for w in found if w]
    bounds = [bound for window in windows for bound in window]
    if bounds != sorted(set(bounds)) or bounds[-1] > DAY_END:
        raise ValueError("windows of a day follow each other and end by 24:00")
    return tuple(windows)


@lru_cache(maxsize=4096)
def common(weeks: tuple[Week, ...]) -> Week:
    """What all of them leave open."""
    left = ALWAYS
    for other in weeks:
        days = tuple(_both(one, two) for one, two in zip(left.days, other.days, strict=True))
        left = Week(days, tuple(sorted({*left.closed, *other.closed})))
    return left


def _both(one: tuple[Window, ...], two: tuple[Window, ...]) -> tuple[Window, ...]:
    met = [(max(a, c), min(b, d)) for a, b in one for c, d in two]
    return tuple(sorted(window for window in met if window[0] < window[1]))


@cache
def written(one: Week) -> str:
    """The hours as `week` reads them, equal days together; holidays behind: `, not 01-01 05-01`."""
    parts = []
    for windows, days in groupby(range(7), key=lambda day: one.days[day]):
        if windows:
            first, *rest = [DAYS[day] for day in days]
            said = ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in windows)
            parts.append(f"{first}{f'-{rest[-1]}' if rest else ''} {said}")
    return "; ".join(parts) + (f", not {' '.join(one.closed)}" if one.closed and parts else "")


def read(text: str) -> Week:
    """The hours that `written` wrote, holidays too; raises ValueError where it did not."""
    open_, _, closed = text.partition(", not ")
    return week(open_, tuple(closed.split()))


def days_off(one: Week, first: date, last: date) -> list[date]:
    """The holidays of the hours from `first` to `last` that would be open but for them."""
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [day for day in days if one.closed and one.days[day.weekday()] and _closed(one.closed, day)]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def is_open(one: Week, zones: Sequence[str], moment: str) -> bool:
    """Is `moment` (UTC) within the hours in every zone? Without a zone nothing is open."""
    return bool(zones) and all(_within(one, ZoneInfo(zone), parse(moment)) for zone in zones)


def _within(one: Week, zone: ZoneInfo, moment: datetime) -> bool:
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in _of_day(one, local.date()))


def _of_day(one: Week, day: date) -> tuple[Window, ...]:
    return () if one.closed and _closed(one.closed, day) else one.days[day.weekday()]


@lru_cache(maxsize=10_000)
def opens(one: Week, zones: tuple[str, ...], moment: str) -> str | None:
    """The first moment (UTC) from `moment` on that is open in every zone; None when there is none within 14 days.

    What is open in all begins where a window of one begins, so only those moments are tried.
    """
    if is_open(one, zones, moment):
        return moment
    now = parse(moment)
    starts = {utc(start) for zone in zones for start in _starts(one, ZoneInfo(zone), now)}
    return next((start for start in sorted(starts) if is_open(one, zones, start)), None)


def _starts(one: Week, zone: ZoneInfo, now: datetime) -> Iterable[datetime]:
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=i) for i in range(AHEAD)):
        for start, _ in _of_day(one, day):
            # A start in the hour that a clock skips is taken an hour later: nothing is open too early.
            moment = datetime.combine(day, time(start // 60, start % 60), zone).astimezone(UTC)
            if moment >= now:
                yield moment


@lru_cache(maxsize=4096)
def _closed(names: tuple[str, ...], day: date) -> bool:
    return any(_falls(name, day.year) == day for name in names)


def _falls(name: str, year: int) -> date | None:
    if name.startswith("easter"):
        return easter(year) + timedelta(days=int(name.removeprefix("easter")))
    month, day = map(int, name.split("-"))
    try:
        return date(year, month, day)
    except ValueError:  # 29 February
        return None


def easter(year: int) -> date:
    """Western Easter Sunday (Meeus, Astronomical Algorithms, ch. 8)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
