"""Rows and records as Arrow batches of text columns named by position."""

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow
import pyarrow.compute as pc

from sources.formats.found import bounded

ROWS = 50_000  # of one record batch, fewer where it is wide
BATCH = 2_000_000  # cells of one record batch
WHOLE = 1e15  # beyond this a float no longer holds every whole number
NOTE = "note"
CUT = "unreadable: the file ends within this row"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Noted:
    """A row that is no record, and why; what could not be read as a record is `text`, shown in the first column."""

    note: str
    record: Record | None = None
    text: str = ""


def text(value: Any) -> str | None:
    """A cell as text: what was there, as far as the file still knows it.

    Whole numbers have no `.0`, moments are in ISO form, an empty cell is None.
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return (value.hex() if isinstance(value, bytes) else str(value)) or None


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)


def column(values: Sequence[Any]) -> pyarrow.Array:
    """Cells as one column of text. Half a surrogate pair, which no text can hold, is kept as it is escaped."""
    try:
        array = pyarrow.array(values, pyarrow.string())
        return pc.if_else(pc.equal(array, ""), None, array)
    except (pyarrow.ArrowException, UnicodeEncodeError):  # not all of them are texts, or not whole ones
        return pyarrow.array([_whole(text(value)) for value in values], pyarrow.string())


def _whole(cell: str | None) -> str | None:
    return cell and cell.encode("utf-8", "backslashreplace").decode()


def batch(columns: Sequence[pyarrow.Array], notes: Sequence[str | None] | None = None) -> pyarrow.RecordBatch:
    """Columns named by position, with the `notes` after them where there are any."""
    names = [str(i) for i in range(len(columns))]
    if notes is not None:
        columns, names = [*columns, pyarrow.array(notes, pyarrow.string())], [*names, NOTE]
    return pyarrow.record_batch(list(columns), names)


def rows(
    lines: Iterable[Sequence[Any]], width: int, notes: Mapping[int, str] | None = None
) -> Iterator[pyarrow.RecordBatch]:
    """Batches of `lines` that all have `width` cells; `notes` by the number of the line."""
    size, first, rest = min(ROWS, max(1, BATCH // max(width, 1))), 0, iter(lines)
    while chunk := list(islice(rest, size)):
        texts = [notes.get(first + i) for i in range(len(chunk))] if notes else None
        yield batch([column(cells) for cells in zip(*chunk, strict=True)], texts)
        first += len(chunk)


def records(items: Iterable[Record | Noted]) -> list[pyarrow.RecordBatch]:
    """Batches of records with differing keys: the first row holds the keys, in the order they were first seen.

    Nothing when there is no record at all.
    """
    places: dict[str, int] = {}
    chunks = list(_chunks(items, places))
    if not chunks:
        return []
    width = max(len(places), 1)
    noted = any(notes for _, notes in chunks)
    head = batch([column([key]) for key in [*places] or [""]], [None] if noted else None)
    body = [_square(columns, notes, width, noted) for columns, notes in chunks]
    return [pyarrow.concat_batches([head, body[0]]), *body[1:]]


Chunk = tuple[list[pyarrow.Array], dict[int, str]]


def _chunks(items: Iterable[Record | Noted], places: dict[str, int]) -> Iterator[Chunk]:
    """Columns and notes of as many records as make a batch; `places` grows with the keys."""
    waiting: list[Record | Noted] = []
    total = 0
    for item in items:
        record = item.record if isinstance(item, Noted) else item
        if record and not record.keys() <= places.keys():
            places |= {key: len(places) + i for i, key in enumerate(k for k in record if k not in places)}
            bounded(total, len(places))
        waiting.append(item)
        total += 1
        if len(waiting) == ROWS or len(waiting) * len(places) > BATCH:
            bounded(total, len(places))
            yield _chunk(waiting, places)
            waiting = []
    bounded(total, len(places))
    if waiting:
        yield _chunk(waiting, places)


def _chunk(items: list[Record | Noted], places: dict[str, int]) -> Chunk:
    plain: list[Record] = [(item.record or {}) if isinstance(item, Noted) else item for item in items]
    columns = [[record.get(key) for record in plain] for key in places] or [[None] * len(items)]
    noted = {i: item for i, item in enumerate(items) if isinstance(item, Noted)}
    for i, item in noted.items():
        if item.record is None:
            columns[0][i] = item.text
    return [column(cells) for cells in columns], {i: item.note for i, item in noted.items()}


def _square(columns: list[pyarrow.Array], notes: dict[int, str], width: int, noted: bool) -> pyarrow.RecordBatch:
    count = len(columns[0])
    missing = pyarrow.nulls(count, pyarrow.string())
    texts = [notes.get(i) for i in range(count)] if noted else None
    return batch([*columns, *[missing] * (width - len(columns))], texts)
