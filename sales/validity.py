"""Until when and in which hours a permission holds, in the words of who reads the batch."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pandas as pd

from consent import hours
from leads import schema
from leads.clock import parse
from sales.headings import headings
from sales.owners import Owners

ASKED = ("owner", "reader", "valid_until", "hours", "zones")
# Of a permission without an end, days off and changes of clocks are told for so long.
UNSAID = timedelta(days=92)
WEEK = 7 * hours.DAY_END


def words(asked: pd.DataFrame, owners: Owners, at: str) -> pd.DataFrame:
    """`until` and `when` for each distinct row of `asked` (ASKED; empty texts where there is no end or no hours).

    Hours are those of the person, and of the owner where the owner's time zone is known; `at`: the moment (UTC) from
    which on clocks and days off are looked at.
    """
    rows = asked[list(ASKED)].drop_duplicates(ignore_index=True)
    said = [
        _said(reader, end, open_, zones, owners[owner].timezone or "", at)
        for owner, reader, end, open_, zones in rows.itertuples(index=False, name=None)
    ]
    return rows.assign(until=schema.texts(one[0] for one in said), when=schema.texts(one[1] for one in said))


def _said(reader: str, end: str, open_: str, zones: str, mine: str, at: str) -> tuple[str, str]:
    last = parse(end).date() if end else parse(at).date() + UNSAID
    when = _when(reader, last, open_, zones, mine, at) if open_ else _sentence("any_hour", reader)
    return _until(reader, end, mine), when


def _until(reader: str, end: str, mine: str) -> str:
    if not end:
        return _sentence("no_end", reader)
    moment = parse(end).astimezone(ZoneInfo(mine) if mine else UTC)
    return _sentence("your_moment" if mine else "utc_moment", reader).format(moment=f"{moment:%Y-%m-%d %H:%M}")


@lru_cache(maxsize=4096)
def _when(reader: str, last: date, open_: str, zones: str, mine: str, at: str) -> str:
    week, names = hours.read(open_), tuple(zones.split("|"))
    told = _sentence("their_hours" if len(names) == 1 else "hours_of_all", reader)
    parts = [told.format(hours=_written(week, reader), zone=names[0], count=len(names))]
    # On one clock nobody has to convert anything; nor is there anything to convert to where ours is not known.
    if names != (mine,) and (mine or len(names) > 1):
        parts.append(_elsewhere(reader, week, names, mine, at, last))
    if off := [day for day in _days_off(open_, at) if day <= last]:
        parts.append(_sentence("days_off", reader).format(dates=", ".join(day.isoformat() for day in off)))
    return "; ".join(parts)


def _elsewhere(reader: str, week: hours.Week, zones: tuple[str, ...], mine: str, at: str, last: date) -> str:
    """The hours open in all zones, on the owner's clock; in UTC where that is not known."""
    ahead = _ahead(zones, mine or "UTC", parse(at))
    common = hours.common(tuple(_moved(week, minutes) for minutes in ahead))
    line = _sentence("your_hours" if mine else "utc_hours", reader).format(hours=_written(common, reader))
    change = _change(zones, mine or "UTC", at)
    if change is None or change > last:
        return line
    return f"{line} {_sentence('until_clocks', reader).format(date=change.isoformat())}"


@lru_cache(maxsize=1024)
def _change(zones: tuple[str, ...], mine: str, at: str) -> date | None:
    """The first day within a year on which a clock is put forward or back, and not all the others with it."""
    now = _ahead(zones, mine, parse(at))
    noons = (parse(at).replace(hour=12) + timedelta(days=day) for day in range(1, 366))
    return next((noon.date() for noon in noons if _ahead(zones, mine, noon) != now), None)


@lru_cache(maxsize=1024)
def _days_off(open_: str, at: str) -> list[date]:
    first = parse(at).date()
    return hours.days_off(hours.read(open_), first, first + timedelta(days=366))


def _ahead(zones: Sequence[str], own: str, at: datetime) -> tuple[int, ...]:
    """By how many minutes the clock of each zone is ahead of our own."""
    return tuple((_offset(zone, at) - _offset(own, at)) // timedelta(minutes=1) for zone in zones)


def _offset(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _moved(week: hours.Week, ahead: int) -> hours.Week:
    """The hours of a clock that is so many minutes ahead, on our own."""
    days: list[list[hours.Window]] = [[] for _ in range(7)]
    for number, windows in enumerate(week.days):
        for start, end in windows:
            begin = (number * hours.DAY_END + start - ahead) % WEEK
            stop = begin + end - start
            while begin < stop:
                day = begin // hours.DAY_END
                part = min(stop, (day + 1) * hours.DAY_END)
                days[day % 7].append((begin - day * hours.DAY_END, part - day * hours.DAY_END))
                begin = part
    return hours.Week(tuple(tuple(_joined(sorted(windows))) for windows in days))


def _joined(windows: list[hours.Window]) -> Iterator[hours.Window]:
    """Windows that touch, as one: midnight of one clock is no border on another."""
    open_: hours.Window | None = None
    for start, end in windows:
        if open_ and start <= open_[1]:
            open_ = (open_[0], max(end, open_[1]))
            continue
        if open_:
            yield open_
        open_ = (start, end)
    if open_:
        yield open_


def _written(week: hours.Week, reader: str) -> str:
    text = hours.written(hours.Week(week.days))
    if not text:
        return _sentence("no_hour", reader)
    plain = text.replace("-", "–").replace(",", ", ")
    return re.sub("|".join(hours.DAYS), lambda day: headings().days[day[0]].in_(reader), plain)


def _sentence(key: str, reader: str) -> str:
    return headings().sentences[key].in_(reader)
