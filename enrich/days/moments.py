"""When a person acted, as the lead states it -> the store's UTC text."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.days.dates import PIVOT, full_years
from enrich.days.written import (
    DAY_MICROS,
    LONGEST,
    READ,
    UNSURE,
    Order,
    Written,
    as_days,
    day_exists,
    read_written,
)
from enrich.distinct import read_distinct
from leads import clock, schema

NOT_UNDERSTOOD, AMBIGUOUS = "stated_at not understood", "stated_at: day and month ambiguous"
MINUTE_MICROS = 60_000_000
FIRST, BEYOND = (np.datetime64(day, "us").astype(np.int64) for day in ("0001-01-01", "10000-01-01"))


class Moment(NamedTuple):
    """A moment read: UTC text (see `leads.clock`), or the flag that it was not understood."""

    moment: str | None = None
    flag: str | None = None


def read_moments(texts: pd.Series, languages: pd.Series | None = None, order: Order | None = None) -> pd.DataFrame:
    """`texts` (as stated) -> `moment` and `flag`, row by row: ISO 8601, and the days of `enrich.days.written` with or
    without a time; without a zone it is UTC.

    Without `languages` the order of day and month is not guessed where it depends on them.
    """
    spoken = schema.texts([None] * len(texts)) if languages is None else languages
    frame = pd.DataFrame({"text": texts, "language": spoken})
    return read_distinct(frame, ["text", "language"], lambda rows: _read(rows, order))


def read_moment(text: str | None, language: str | None = None) -> Moment:
    """The moment that `text` states."""
    read = read_moments(schema.texts([text]), schema.texts([language])).astype(object)
    return Moment(*(None if pd.isna(value) else value for value in read.iloc[0]))


def _read(rows: pa.RecordBatch, order: Order | None) -> pa.RecordBatch:
    written = read_written(rows["text"], rows["language"], order)
    moments, sound = _in_columns(written)
    shown = pc.strftime(pa.array(moments.astype("M8[us]"), mask=~sound), format="%Y-%m-%dT%H:%M:%SZ")
    said = written.state != 0
    unsure = written.state == UNSURE
    others = np.flatnonzero(said & ~sound & ~unsure)
    cells = rows["text"].take(pa.array(others)).to_pylist()
    found = np.full(len(said), None, dtype=object)
    found[others] = [_by_clock(text) for text in cells]
    moment = pc.coalesce(shown, pa.array(found, pa.string()))
    flag = np.where(unsure, AMBIGUOUS, NOT_UNDERSTOOD)
    flagged = said & pc.is_null(moment).to_numpy(zero_copy_only=False)
    return pa.record_batch({"moment": moment, "flag": pa.array(flag, pa.string(), mask=~flagged)})


def _in_columns(written: Written) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds since 1970, and where they are certain."""
    year = full_years(written, PIVOT)
    read = (written.state == READ) & ~written.yearless & day_exists(year, written.month, written.day)
    year, month, day = (np.where(read, values, 1) for values in (year, written.month, written.day))
    days = as_days(year, month, day).astype(np.int64)
    moments = days * DAY_MICROS + np.maximum(written.micros, 0) - written.east * MINUTE_MICROS
    return moments, read & (moments >= FIRST) & (moments < BEYOND)


def _by_clock(text: str) -> str | None:
    """The rarer forms of ISO 8601: of weeks, and without signs between the parts."""
    if len(text) > LONGEST:
        return None
    try:
        return clock.utc(clock.parse(text))
    except (ValueError, OverflowError):
        return None
