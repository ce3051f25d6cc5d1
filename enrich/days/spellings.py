"""How days are spelled: texts taken apart into the numbers they state, with no say yet on what is possible.

The steps pass record batches of STATED, and leave out the texts that are spelled in no known way.
"""

import re
import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enrich.tables import table

# Three numbers in the order of the text, and how many digits the outer ones have; where `sign` is NAMED they are year,
# month and day, and a year of no digits is not said. `tail` is what follows.
STATED = pa.schema(
    [
        ("row", pa.int64()), ("one", pa.int64()), ("two", pa.int64()), ("three", pa.int64()),
        ("digits_one", pa.int64()), ("digits_three", pa.int64()), ("sign", pa.string()), ("tail", pa.string()),
    ]
)  # fmt: skip
NAMED, DOT, SLASH, DASH, SPACE, NOTHING = "named", ".", "/", "-", " ", ""
TAIL = r"(?P<tail>[^\d].*)?$"
NUMBERS = {
    DOT: rf"^(?P<one>\d{{1,4}})\.\s?(?P<two>\d{{1,2}})\.\s?(?P<three>\d{{1,4}}){TAIL}",
    DASH: rf"^(?P<one>\d{{1,4}})\s?[-–]\s?(?P<two>\d{{1,2}})\s?[-–]\s?(?P<three>\d{{1,4}}){TAIL}",
    SLASH: rf"^(?P<one>\d{{1,4}})\s?/\s?(?P<two>\d{{1,2}})\s?/\s?(?P<three>\d{{1,4}}){TAIL}",
    SPACE: rf"^(?P<one>\d{{1,4}})\s(?P<two>\d{{1,2}})\s(?P<three>\d{{1,4}}){TAIL}",
}
YEAR_FIRST_COMPACT = rf"^(?P<year>(?:1[89]|20|21)\d\d)(?P<month>0\d|1[012])(?P<day>\d\d){TAIL}"
COMPACT = r"^(?P<one>\d\d)(?P<two>\d\d)(?P<three>(?:19|20)\d\d)$"
# Every sign beyond ASCII counts as a letter: RE2 takes 50 ms to compile what \p{L} makes of these.
LETTER = r"[^\x00-\x60\x7b-\x{bf}]"
WEEKDAY = rf"^(?:{LETTER}+\.?,\s?|(?:mon|tue|wed|thu|fri|sat|sun)\s)?"
ORDINAL = r"(?:st|nd|rd|th|-?го|-?е)?"
JOINED = r"[\s.\-–]*(?:of\s|de\s)?"
WORDS = (
    rf"{WEEKDAY}(?P<day>\d{{1,2}}){ORDINAL}{JOINED}(?P<month>{LETTER}+)[\s.,\-–]*(?P<year>\d{{4}}|\d\d){TAIL}",
    rf"{WEEKDAY}(?P<month>{LETTER}+)[\s.\-–]*(?P<day>\d{{1,2}}){ORDINAL}[,.]?\s(?P<year>\d{{4}}){TAIL}",
    rf"^(?P<year>\d{{4}})[\s.\-–]*(?:évi\s)?(?P<month>{LETTER}+)[\s.\-–]*(?P<day>\d{{1,2}})(?:-?{LETTER}{{1,3}})?{TAIL}",
    rf"^(?P<day>\d{{1,2}}){ORDINAL}{JOINED}(?P<month>{LETTER}+)\.?(?P<year>)(?P<tail>)$",
    rf"^(?P<month>{LETTER}+)[\s.]*(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|-{LETTER}{{1,3}})?(?P<year>)(?P<tail>)$",
    r"^(?P<year>)--(?P<month>\d\d)-?(?P<day>\d\d)(?P<tail>)$",
)
DAY_AND_MONTH = r"^(?P<one>\d{1,2})\.\s?(?P<two>\d{1,2})\.?$"
# Days since 1899-12-30, as spreadsheets count them from March 1900; 1927 to 2099, so that no bare year is one.
SERIAL = r"^(?P<days>[1-6]\d{4}|7[0-2]\d{3})(?:[.,](?P<part>\d+))?$"
SPREADSHEET_ZERO = np.datetime64("1899-12-30", "D")


def stated_days(texts: pa.Array, hungarian: pa.Array) -> pa.RecordBatch:
    """What each of `texts` states, as STATED, where it is spelled in a known way; in Hungarian the month comes before
    the day where there is no year.
    """
    found: list[pa.RecordBatch] = []
    left = pa.array(np.arange(len(texts), dtype=np.int64))
    for sign, pattern in (*NUMBERS.items(), (NOTHING, COMPACT)):
        part, left = _matched(texts, left, pattern)
        found.append(_numbers(part, sign))
    for pattern in (YEAR_FIRST_COMPACT, *WORDS):
        part, rest = _matched(texts, left, pattern)
        named = _named(part)
        left = rest if len(named) == len(part) else left.filter(pc.invert(pc.is_in(left, named["row"])))
        found.append(named)
    part, left = _matched(texts, left, DAY_AND_MONTH)
    found.append(_day_and_month(part, hungarian))
    part, left = _matched(texts, left, SERIAL)
    found.append(_serials(part))
    return pa.concat_batches(found)


def _matched(texts: pa.Array, rows: pa.Array, pattern: str) -> tuple[pa.RecordBatch, pa.Array]:
    """The groups of `pattern` in those of `rows` that match, and the other rows."""
    if not len(rows):
        names = re.findall(r"\?P<(\w+)>", pattern)
        return pa.record_batch({"row": rows, **{name: pa.nulls(0, pa.string()) for name in names}}), rows
    cells = texts.take(rows)
    fits = pc.match_substring_regex(cells, pattern)
    groups = pc.extract_regex(cells.filter(fits), pattern)
    columns = {field.name: groups.field(place) for place, field in enumerate(groups.type)}
    return pa.record_batch({"row": rows.filter(fits), **columns}), rows.filter(pc.invert(fits))


def _stated(
    rows: pa.Array, numbers: tuple[pa.Array, pa.Array, pa.Array], sign: str, tail: pa.Array | None = None
) -> pa.RecordBatch:
    tails = pa.array(np.full(len(rows), ""), pa.string()) if tail is None else tail
    columns = [
        rows, *(_integers(text) for text in numbers), _lengths(numbers[0]), _lengths(numbers[2]),
        pa.repeat(pa.scalar(sign), len(rows)), tails,
    ]  # fmt: skip
    return pa.record_batch(columns, schema=STATED)


def _integers(texts: pa.Array) -> pa.Array:
    return pc.cast(pc.if_else(pc.equal(texts, ""), "0", texts), pa.int64())


def _lengths(texts: pa.Array) -> pa.Array:
    return pc.cast(pc.binary_length(texts), pa.int64())


def _numbers(part: pa.RecordBatch, sign: str) -> pa.RecordBatch:
    tail = part["tail"] if "tail" in part.schema.names else None
    return _stated(part["row"], (part["one"], part["two"], part["three"]), sign, tail)


def _named(part: pa.RecordBatch) -> pa.RecordBatch:
    """Those parts whose month is one."""
    words = part["month"].dictionary_encode()
    months = pa.array([_month(word) for word in words.dictionary.to_pylist()], pa.string()).take(words.indices)
    known = pc.is_valid(months)
    part, months = part.filter(known), months.filter(known)
    return _stated(part["row"], (part["year"], months, part["day"]), NAMED, part["tail"])


def _month(word: str) -> str | None:
    if word.isdecimal():
        return word
    number = _months().get(_without_accents(word.casefold()))
    return None if number is None else str(number)


@cache
def _months() -> dict[str, int]:
    """Spelling -> month."""
    return {
        _without_accents(word): number
        for names in table("months")["months"].values()
        for number, words in enumerate(names, start=1)
        for word in words.split()
    }


def _without_accents(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))


def _day_and_month(part: pa.RecordBatch, hungarian: pa.Array) -> pa.RecordBatch:
    month_first = hungarian.take(part["row"])
    month = pc.if_else(month_first, part["one"], part["two"])
    day = pc.if_else(month_first, part["two"], part["one"])
    return _stated(part["row"], (pa.array(np.full(len(part), ""), pa.string()), month, day), NAMED)


def _serials(part: pa.RecordBatch) -> pa.RecordBatch:
    """Spreadsheet days; their fraction is a time of the day, given as a tail."""
    days = SPREADSHEET_ZERO + pc.cast(part["days"], pa.int64()).to_numpy().astype("timedelta64[D]")
    iso = pc.cast(pa.array(days), pa.string())
    year, month, day = (pc.utf8_slice_codeunits(iso, start, stop) for start, stop in ((0, 4), (5, 7), (8, 10)))
    return _stated(part["row"], (year, month, day), NAMED, _clock(part["part"]))


def _clock(fraction: pa.Array) -> pa.Array:
    """` 14:10:05` of `.5903…`, nothing of nothing; seconds rounded, as the fraction has no more."""
    part = pc.cast(pc.binary_join_element_wise("0.", fraction, "0", ""), pa.float64()).to_numpy()
    seconds = np.minimum(np.round(part * 86_400), 86_399).astype("datetime64[s]")
    shown = pc.strftime(pa.array(seconds), format=" %H:%M:%S")
    return pc.if_else(pa.array(part == 0), "", shown)
