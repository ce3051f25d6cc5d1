"""Order dates and other plain days as leads state them -> `2026-05-03`."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.days.written import (
    AMBIGUOUS,
    NOT_A_DATE,
    READ,
    UNSURE,
    WRONG,
    Order,
    Written,
    as_days,
    day_exists,
    read_written,
)
from enrich.distinct import read_distinct

NO_YEAR, FAR = "day without a year", "year out of range"
EARLIEST, LATEST = 1900, 2100
# Of a year of two digits, as POSIX reads it: 69 is 1969, 68 is 2068.
PIVOT = 69
# A day without a year may be the 29th of February.
LEAP = 2000


def read_days(texts: pd.Series, languages: pd.Series, order: Order | None = None) -> pd.DataFrame:
    """`texts` (as stated) in the `languages` of the leads -> `day` (YYYY-MM-DD) and `flag`, row by row.

    What is certain, and what is ambiguous, says `enrich.days.written`; `order` is what comes first where a column is
    known to be written one way (see `proven_order`). A time behind the day is left out. Flags: `not a date`, `day and
    month ambiguous`, `day without a year`, `year out of range` (before 1900 or after 2100).
    """
    frame = pd.DataFrame({"text": texts, "language": languages})
    return read_distinct(frame, ["text", "language"], lambda rows: _read(rows, order))


def proven_order(texts: pd.Series) -> Order | None:
    """What comes first in a column whose days are written with numbers: `day` or `month`, as those prove where one
    order alone is possible; null where none does, or some prove the other.

    A property of the whole column: asked once per file or source, not per chunk.
    """
    cells = pa.array(texts, pa.string()).unique()
    none = pa.nulls(len(cells), pa.string())
    by_day, by_month = (read_written(cells, none, order) for order in ("day", "month"))
    exists = day_exists(full_years(by_day, PIVOT), by_day.month, by_day.day)
    same = (by_day.state == READ) & exists & (by_day.month == by_month.month)
    plain = pc.fill_null(pc.match_substring_regex(cells, r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"), False)
    proving = same & plain.to_numpy(zero_copy_only=False) & (by_day.month != by_day.day)
    first = pc.cast(pc.struct_field(pc.extract_regex(cells, r"^(?P<one>\d{1,2})[./-]"), "one"), pa.int64())
    one = pc.fill_null(first, -1).to_numpy()
    days, months = (bool(np.any(proving & (one == part))) for part in (by_day.day, by_day.month))
    return None if days == months else "day" if days else "month"


def _read(rows: pa.RecordBatch, order: Order | None) -> pa.RecordBatch:
    written = read_written(rows["text"], rows["language"], order)
    year = full_years(written, PIVOT)
    possible = day_exists(np.where(written.yearless, LEAP, year), written.month, written.day)
    read = written.state == READ
    far = (year < EARLIEST) | (year > LATEST)
    flags = {
        NOT_A_DATE: (written.state == WRONG) | (read & ~possible),
        AMBIGUOUS: written.state == UNSURE,
        NO_YEAR: read & possible & written.yearless,
        FAR: read & possible & ~written.yearless & far,
    }
    sound = read & possible & ~written.yearless & ~far
    return pa.record_batch({"day": iso_days(year, written, sound), "flag": named(flags)})


def full_years(written: Written, pivot: int) -> np.ndarray:
    """The years, those of two digits from `pivot` on in the 1900s and the others in the 2000s."""
    century = np.where(written.year >= pivot, 1900, 2000)
    return np.where(written.short, century + written.year, written.year)


def iso_days(year: np.ndarray, written: Written, sound: np.ndarray) -> pa.Array:
    """The days as text, null where not `sound`."""
    kept = (np.where(sound, values, 1) for values in (year, written.month, written.day))
    days = pa.array(as_days(*kept), mask=~sound)
    return pc.cast(days, pa.string())


def named(flags: dict[str, np.ndarray]) -> pa.Array:
    """The first flag that holds of each, null for none."""
    cases = pa.StructArray.from_arrays([pa.array(mask) for mask in flags.values()], list(flags))
    return pc.case_when(cases, *(pa.scalar(name, pa.string()) for name in flags))
