"""Birthdays as leads state them -> `1985-03-07`, or `--03-07` (ISO 8601) where the year is not said."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.days.dates import LEAP, full_years, iso_days, named
from enrich.days.written import READ, UNSURE, WRONG, Order, Written, as_days, day_exists, read_written
from enrich.distinct import read_distinct

NOT_UNDERSTOOD = "birthday not understood"
AMBIGUOUS = "birthday: day and month ambiguous"
IN_THE_FUTURE, TOO_EARLY = "birthday in the future", "birthday before 1900"
# What address books write where no birthday, or none of its year, is known.
OUTLOOK_NONE, APPLE_NO_YEAR = 4501, 1604
EARLIEST = 1900


def read_birthdays(
    texts: pd.Series, languages: pd.Series, order: Order | None = None, today: date | None = None
) -> pd.DataFrame:
    """`texts` (as stated) in the `languages` of the leads -> `birthday` and `flag`, row by row.

    What is certain says `enrich.days.written`. Of a year of two digits, the last one that is not after `today` (UTC)
    is meant. A time behind the day is left out, unless it stands in a time zone and is not midnight: then the day may
    be another one where the person lives, and the birthday is not understood.
    """
    frame = pd.DataFrame({"text": texts, "language": languages})
    until = today or datetime.now(UTC).date()
    return read_distinct(frame, ["text", "language"], lambda rows: _read(rows, order, until))


def read_birthday(
    text: str | None, language: str | None, today: date | None = None
) -> tuple[str | None, str | None]:
    """The birthday that `text` states, and the flag."""
    texts, languages = (pd.Series([value], dtype=pd.ArrowDtype(pa.string())) for value in (text, language))
    read = read_birthdays(texts, languages, today=today).astype(object)
    birthday, flag = (None if pd.isna(value) else value for value in read.iloc[0])
    return birthday, flag


def _read(rows: pa.RecordBatch, order: Order | None, today: date) -> pa.RecordBatch:
    written = read_written(rows["text"], rows["language"], order)
    year = _years(written, today)
    nameless = written.yearless | (year == APPLE_NO_YEAR)
    exists = day_exists(np.where(nameless, LEAP, year), written.month, written.day)
    elsewhere = written.zoned & (written.micros > 0)
    read = (written.state == READ) & ~(year == OUTLOOK_NONE)
    sound = read & exists & ~elsewhere
    late = np.zeros(len(year), dtype=bool)
    late[sound] = as_days(year[sound], written.month[sound], written.day[sound]) > np.datetime64(today)
    late &= ~nameless
    early = sound & ~nameless & (year < EARLIEST)
    flags = {
        NOT_UNDERSTOOD: (written.state == WRONG) | (read & (~exists | elsewhere)),
        AMBIGUOUS: written.state == UNSURE,
        IN_THE_FUTURE: late,
        TOO_EARLY: early,
    }
    full = iso_days(year, written, sound & ~nameless & ~late & ~early)
    partial = iso_days(np.full(len(year), LEAP), written, sound & nameless)
    shown = pc.binary_join_element_wise("-", pc.utf8_slice_codeunits(partial, 4), "")
    return pa.record_batch({"birthday": pc.coalesce(full, shown), "flag": named(flags)})


def _years(written: Written, today: date) -> np.ndarray:
    """The years in full; one of this year's two digits is in the last century where its day is still to come."""
    year = full_years(written, today.year % 100 + 1)
    to_come = written.month * 100 + written.day > today.month * 100 + today.day
    return np.where(written.short & (year == today.year) & to_come, year - 100, year)
