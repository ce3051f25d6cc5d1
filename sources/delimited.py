"""Delimited text (CSV, TSV and its relatives) as frames: every physical row but the header is delivered."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow
import pyarrow.compute as pc

from leads.pull import Pull, Receipt
from leads.source import Source
from sources import blocks
from sources.careful import CUT
from sources.dialect import Layout, layout, no_header
from sources.fit import SHIFTED, Fit
from sources.mend import Mender
from sources.rows import Table, declared

__all__ = ["frames", "no_header"]

ROWS = 50_000  # of one frame

# What a cut would turn into another value that looks whole: an address, or as many digits as a phone has.
_CUTTABLE = re.compile(r"@|(?:\d\D*){7}")


def frames(path: Path, encoding: str, delimiter: str, source: Source) -> Pull:
    """Frames of `ROWS` rows with the file's own headers, `@uri` (the file's name) and `@note`.

    `encoding` and `delimiter` are detected when empty. `@note` is `blank`, `header` (a repeated one), `totals`,
    `preamble` (above the header) or `unreadable: …`; the text of a row that could not be parsed stands in the first
    column. The receipt's declared count is the number on the totals line.

    **What proves that the file is whole.** A line end after the last row does, or a totals line as the last row.
    Nothing else: a right width and a closed quote stand in a cut file as well, and so does a count at the top.
    Without the proof the last row is flagged `unreadable: the file ends within this row` when it has fewer cells
    than the header, when its last column is mapped to a phone, e-mail or messenger (also if the cell is empty: the
    value may be what was cut off), and when its last cell, whatever column it is, holds an `@` or seven digits.
    Any other last row is taken as it is: a word cut short is no wrong contact point.

    Raises SourceError when the file cannot be read or has no header row.
    """
    found = layout(path, source.language, source.columns, encoding, delimiter)
    table, fit = Table(found.cells, path.name, source), Fit()
    mender = Mender(path.name, source.language)
    pieces = _ending(blocks.tables(path, found), path, found, table.points)
    for chunk in _cut(pieces, ROWS):
        *columns, note = chunk.columns
        columns = mender.columns(columns)
        notes = dict.fromkeys(fit.shifted(columns), SHIFTED)
        known = pc.indices_nonzero(pc.is_valid(note))
        notes |= dict(zip(known.to_pylist(), note.take(known).to_pylist(), strict=True))
        yield table.frame(columns, notes)
    return Receipt(declared([table]))


def _cut(tables: Iterator[pyarrow.Table], rows: int) -> Iterator[pyarrow.Table]:
    """The same rows in tables of `rows` rows, and a last one of what is left."""
    waiting: list[pyarrow.Table] = []
    for table in tables:
        waiting.append(table)
        while sum(one.num_rows for one in waiting) >= rows:
            whole = pyarrow.concat_tables(waiting)
            yield whole.slice(0, rows)
            waiting = [whole.slice(rows)]
    if sum(one.num_rows for one in waiting):
        yield pyarrow.concat_tables(waiting)


def _ending(
    tables: Iterator[pyarrow.Table], path: Path, layout: Layout, points: Sequence[int]
) -> Iterator[pyarrow.Table]:
    """The same tables; the last row of a file without a line end at its end is flagged by the rule of `frames`."""
    last = next(tables)
    for table in tables:
        yield last
        last = table
    yield last if _is_ended(path, layout) else _flagged(last, points)


def _is_ended(path: Path, layout: Layout) -> bool:
    """Is the last character a line end?"""
    unit = {"utf-16": 2, "utf-32": 4}.get(layout.encoding[:6], 1)
    with path.open("rb") as file:
        file.seek(-min(unit, path.stat().st_size), 2)
        return file.read().strip(b"\0") in (b"\n", b"\r")


def _flagged(table: pyarrow.Table, points: Sequence[int]) -> pyarrow.Table:
    rows, width = table.num_rows, table.num_columns - 1
    if not rows or table.column("note")[rows - 1].as_py():
        return table
    last = table.column(width - 1)[rows - 1].as_py() or ""
    if width - 1 not in points and not _CUTTABLE.search(last):
        return table
    note = pyarrow.chunked_array([*table.column("note").slice(0, rows - 1).chunks, pyarrow.array([CUT])])
    return table.set_column(width, "note", note)
