"""One reading of a written day, for birthdays, moments and other days.

The order of the numbers is certain
- where a number has four digits and stands first: year, month, day;
- with full stops: the day first;
- with slashes, dashes or blanks in German, Hungarian, Romanian, Russian and the South Slavic languages: the day first;
- where only one order is possible, since the other would have a month above 12;
- where the caller says in which `order` the column is written.
Else, as in English and where no language is known, day and month are ambiguous, and nothing is read. A year of two
digits may stand first too: where that is possible, with dashes or in Hungarian, the text is ambiguous unless a full
stop behind the last number (Hungarian) makes it a day.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enrich.days.spellings import DASH, DOT, NAMED, stated_days
from enrich.digits import tidied
from enrich.markers import is_empty_marker

Order = Literal["day", "month"]
NOT_A_DATE, AMBIGUOUS = "not a date", "day and month ambiguous"
DAY_FIRST = pa.array(["bs", "de", "hr", "hu", "ro", "ru", "sr", "uk"])
LONGEST = 60
NOTHING, READ, UNSURE, WRONG = range(4)
# What programs write for no day: zeros, the first day of 1C and .NET, the day 0 of spreadsheets.
NO_DAYS = (
    r"^0{1,4}[-./]0{1,2}[-./]0{1,4}\b|^0001-01-01|^0?1[./]0?1[./]0001\b"
    r"|^0?0\.0?1\.1900\b|^1900-0?1-0?0\b|^1899-12-30|^30\.12\.1899\b"
)
YEAR_WORD = r"(?:г|г\.|год[ау]?|р|р\.|рок[ау]?|év|g\.?|god\.?|godine|a\.)"
TAIL = (
    rf"^[.,]*\s?(?:{YEAR_WORD})?[.,]?\s?(?:(?:t|в|um|u|at|la|ora|kl\.?|-)?\s?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?(?:\s?(?:uhr|h|óra|ч\.?))?"
    r"\s?(?P<zone>z|(?:utc|gmt)?(?:[+-]\d\d:?(?:\d\d)?)?)?(?:\s\([^()]*\))?)?$"
)
EPOCH = 1970
DAY_MICROS = 86_400_000_000


@dataclass(frozen=True)
class Written:
    """What each text says: `state` (NOTHING, READ, UNSURE or WRONG), and if READ: `year` (below 100 where `short`, of
    no meaning where `yearless`), `month`, `day`, `micros` since midnight (-1: no time), minutes `east` of Greenwich and
    whether they were `zoned` at all.
    """

    state: np.ndarray
    year: np.ndarray
    month: np.ndarray
    day: np.ndarray
    short: np.ndarray
    yearless: np.ndarray
    micros: np.ndarray
    east: np.ndarray
    zoned: np.ndarray


def read_written(texts: pa.Array, languages: pa.Array, order: Order | None = None) -> Written:
    """What each of `texts` says, in the language beside it (null for none known)."""
    long = pc.greater(pc.utf8_length(texts), LONGEST)
    cells = tidied(pc.utf8_lower(pc.if_else(pc.fill_null(long, True), "", texts)))
    hungarian = pc.fill_null(pc.equal(languages, "hu"), False)
    stated = stated_days(cells, hungarian)
    written = _written(len(texts), stated, languages, order)
    nothing = pc.match_substring_regex(cells, NO_DAYS).to_numpy(zero_copy_only=False)
    written.state[nothing | (written.state == WRONG) & _says_nothing(texts, written.state == WRONG)] = NOTHING
    return written


def day_exists(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Is there such a day in the calendar of ISO 8601, years 1 to 9999?"""
    inside = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    first = _month(np.where(inside, year, 2000), np.where(inside, month, 1))
    length = ((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    return inside & (day <= length)


def as_days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days that exist as datetime64[D]."""
    return _month(year, month).astype("M8[D]") + (day - 1)


def _month(year: np.ndarray, month: np.ndarray) -> np.ndarray:
    return ((year - EPOCH) * 12 + (month - 1)).astype("M8[M]")


def _says_nothing(texts: pa.Array, asked: np.ndarray) -> np.ndarray:
    """Which of those `asked` are empty markers."""
    found = np.zeros(len(texts), dtype=bool)
    rows = np.flatnonzero(asked)
    cells = texts.take(pa.array(rows)).to_pylist()
    found[rows] = [text is None or is_empty_marker(text) for text in cells]
    return found


def _written(count: int, stated: pa.RecordBatch, languages: pa.Array, order: Order | None) -> Written:
    rows = stated["row"].to_numpy()
    ordered = _ordered(stated, languages.take(stated["row"]), order)
    ordered.update(_times(stated["tail"]))
    sound = ordered.pop("sound")
    blank = {name: np.zeros(count, dtype=values.dtype) for name, values in ordered.items()}
    blank["state"] = np.full(count, WRONG, dtype=np.int64)
    for name, values in ordered.items():
        blank[name][rows] = values
    blank["state"][rows[~sound]] = WRONG
    return Written(**blank)


def _ordered(stated: pa.RecordBatch, languages: pa.Array, order: Order | None) -> dict[str, np.ndarray]:
    """Year, month and day by the rules above, with the state."""
    one, two, three = (stated[name].to_numpy() for name in ("one", "two", "three"))
    first, last = stated["digits_one"].to_numpy(), stated["digits_three"].to_numpy()
    sign = stated["sign"].to_numpy(zero_copy_only=False)
    named, stops = sign == NAMED, sign == DOT
    behind = pc.starts_with(stated["tail"], ".").to_numpy(zero_copy_only=False)
    hungarian = pc.fill_null(pc.equal(languages, "hu"), False).to_numpy(zero_copy_only=False)
    short = ~named & (first <= 2) & (last == 2)
    may_lead = short & (first == 2) & (two <= 12) & (three >= 1) & (three <= 31)
    may_end = short & (one >= 1) & (one <= 31)
    two_ways = may_lead & may_end & ((sign == DASH) | (hungarian & ~behind)) & (one != three) & (order is None)
    leads = named | ((first == 4) & (last <= 2)) | (may_lead & (~may_end | (hungarian & behind & stops)))
    ends = ~leads & (((last == 4) & (first <= 2)) | short)
    day_first, month_first = _directions(stops, languages, order)
    swapped = ends & ((month_first & (two <= 31) & (one <= 12)) | (two > 12) & (one <= 12))
    unsure = ends & ~day_first & ~month_first & (one <= 12) & (two <= 12) & (one != two)
    state = np.where(leads | ends, np.where(unsure | two_ways, UNSURE, READ), WRONG)
    return {
        "state": state,
        "year": np.where(leads, one, three),
        "month": np.where(leads, two, np.where(swapped, one, two)),
        "day": np.where(leads, three, np.where(swapped, two, one)),
        "short": short | (named & (first == 2)),
        "yearless": named & (first == 0),
    }


def _directions(stops: np.ndarray, languages: pa.Array, order: Order | None) -> tuple[np.ndarray, np.ndarray]:
    """Where the day comes first for certain, and where the month does."""
    if order is not None:
        every = np.ones(len(stops), dtype=bool)
        return (every, ~every) if order == "day" else (~every, every)
    spoken = pc.is_in(languages, DAY_FIRST).to_numpy(zero_copy_only=False)
    return stops | spoken, np.zeros(len(stops), dtype=bool)


def _times(tails: pa.Array) -> dict[str, np.ndarray]:
    """The time of the day behind each, and whether the tail is one at all."""
    count = len(tails)
    plain = pc.is_in(tails, pa.array(["", ".", " г.", " г", "г."]))
    rows = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    found = {"micros": np.full(count, -1), "east": np.zeros(count, dtype=np.int64)}
    found["zoned"], found["sound"] = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    if not len(rows):
        return found
    asked = tails.take(pa.array(rows)).dictionary_encode()
    times = [_time(groups) for groups in pc.extract_regex(asked.dictionary, TAIL).to_pylist()]
    codes = asked.indices.to_numpy()
    for place, name in enumerate(("micros", "east", "zoned", "sound")):
        found[name][rows] = np.array([time[place] for time in times])[codes]
    return found


def _time(groups: dict[str, str] | None) -> tuple[int, int, bool, bool]:
    """Microseconds since midnight or -1, minutes east, whether a zone was said, and whether this can be."""
    if groups is None:
        return -1, 0, False, False
    if not groups["hour"]:
        return -1, 0, False, True
    hour, minute, second = (int(groups[name] or 0) for name in ("hour", "minute", "second"))
    if groups["half"]:
        if not 1 <= hour <= 12:
            return -1, 0, False, False
        hour = hour % 12 + (12 if groups["half"] == "p" else 0)
    zone = groups["zone"].lstrip("utcgmz").replace(":", "")
    east = (1 if zone[:1] == "+" else -1) * (int(zone[1:3] or 0) * 60 + int(zone[3:5] or 0))
    fraction = int(groups["part"][:6].ljust(6, "0"))
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    return micros, east, bool(groups["zone"]), hour < 24 and minute < 60 and second < 60 and abs(east) < 24 * 60
