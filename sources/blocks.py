"""The rows of a delimited text as Arrow tables, block by block: in sets where a block is regular, else with care."""

from collections.abc import Callable, Iterator
from csv import field_size_limit
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow
import pyarrow.compute as pc
import pyarrow.csv

from sources.careful import Lines, Records
from sources.dialect import Layout, split
from sources.encodings import LINE, NUL, mended
from sources.rows import square

BLOCK = 1 << 22  # characters
PREAMBLE = "preamble"

Parser = Callable[[str, Layout], tuple[pyarrow.Table, str] | None]


class Text:
    """The text of a file in blocks of whole lines; what of a block was not used comes with the next one."""

    def __init__(self, file: TextIO, layout: Layout) -> None:
        self._file, self._layout, self._back = file, layout, ""

    def block(self) -> str:
        """The next lines; empty at the end."""
        back, self._back = self._back, ""
        while text := self._file.read(BLOCK):
            if not text.endswith(self._layout.newline):
                text += self._file.readline(LINE)
            if text := mended(text, self._layout.mend, NUL):  # nothing may be left of it but what follows
                break
        return back + text

    def lines(self) -> list[str]:
        """The lines of the next block."""
        return split(self.block(), self._layout.newline)

    def give_back(self, text: str) -> None:
        """Have `text` read once more."""
        self._back = text


def tables(path: Path, layout: Layout) -> Iterator[pyarrow.Table]:
    """Every physical record but the header: a column of text per header, and `note`: why it is no readable record.

    Records above the header are `preamble`. An empty cell is null. Memory is bounded by the block, or the longest
    record. Both ways of reading give the same; the careful one is taken where a block is not perfectly regular.
    """
    with path.open(encoding=layout.encoding, newline=layout.newline) as file:
        text = Text(file, layout)
        yield _above(text, layout, path.name)
        while block := text.block():
            found = regular(block, layout)
            if found is None:
                yield _careful(block, text, layout, path.name)
            else:
                table, rest = found
                text.give_back(rest)
                yield table


def _above(text: Text, layout: Layout, where: str) -> pyarrow.Table:
    """The records above the header; reads up to the first record below it."""
    lines = Lines(text.lines, where)
    records, rows = Records(lines, layout.delimiter, layout.quote), []
    for cells, _ in islice(records, layout.header):
        rows.append(cells if len(cells) <= len(layout.cells) else [records.raw.rstrip("\r\n")])
    for _ in islice(records, layout.rows):
        pass
    text.give_back(lines.rest())
    return _table(rows, [PREAMBLE] * len(rows), layout)


def _careful(block: str, text: Text, layout: Layout, where: str) -> pyarrow.Table:
    """The records that begin in `block`, one by one; lines of the next block may belong to the last of them."""
    first = split(block, layout.newline)
    waiting = iter([first])
    lines = Lines(lambda: next(waiting, None) or text.lines(), where)
    records = Records(lines, layout.delimiter, layout.quote, len(layout.cells))
    rows, notes = [], []
    while lines.place < len(first):
        cells, why = next(records)
        rows.append(cells)
        notes.append(why)
    text.give_back(lines.rest())
    return _table(rows, notes, layout)


def _table(rows: list[list[str]], notes: list[str | None], layout: Layout) -> pyarrow.Table:
    return _named([*square(rows, len(layout.cells)), pyarrow.array(notes, pyarrow.string())])


def _named(columns: list[pyarrow.Array]) -> pyarrow.Table:
    return pyarrow.table(columns, names=[*map(str, range(len(columns) - 1)), "note"])


def regular(text: str, layout: Layout) -> tuple[pyarrow.Table, str] | None:
    """A block in which the csv module would find nothing to object to, and what of it belongs to the next one.

    None where it might: a row of another width, a cell that begins with a quote and does not end
    with it, a bare carriage return, NUL, a cell or a line beyond the limits.
    """
    strange = layout.newline != "\n" or NUL in text or text[0] == "\ufeff" or not layout.delimiter.isascii()
    if strange or text.count("\r") != text.count("\r\n"):
        return None
    data, rest, quote = text.encode(), "", layout.quote
    # A quote that does not begin a cell is a character like any other.
    quoted = text[0] == quote or layout.delimiter + quote in text or "\n" + quote in text
    if quoted:
        end = _quoted(data, ord(layout.delimiter), ord(quote))
        if not end:
            return None
        data, rest = data[:end], data[end:].decode()
    table = _parsed(data, layout, quote if quoted else False)
    return None if table is None else (table, rest)


def _quoted(data: bytes, delimiter: int, quote: int) -> int:
    """How many bytes are whole records in which quotes stand only around cells, and doubled within; 0: none.

    So each quote of even number (from 0) opens a cell, or is the second of two; each odd one closes it, or is the
    first of two.
    """
    around = np.frombuffer(b"\n%b\n" % data, np.uint8)
    places, end = np.flatnonzero(around == quote), len(data)
    if len(places) % 2:
        ends = np.flatnonzero(around[1:-1] == ord("\n")) + 1
        ends = ends[np.searchsorted(places, ends) % 2 == 0]
        end = int(ends[-1]) if len(ends) else 0
        places = places[places <= end]
    before, after = around[places[::2] - 1], around[places[1::2] + 1]
    opens = (before == delimiter) | (before == ord("\n"))
    closes = (after == delimiter) | (after == ord("\n")) | (after == ord("\r"))
    doubled = places[2::2] == places[1:-1:2] + 1
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return end if opens.all() and closes.all() else 0


def _parsed(data: bytes, layout: Layout, quote: str | bool) -> pyarrow.Table | None:
    width = len(layout.cells)
    names = [*map(str, range(width))]
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.BufferReader(data),
            pyarrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter, quote_char=quote, newlines_in_values=True, ignore_empty_lines=False
            ),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()), check_utf8=False, null_values=[""],
                strings_can_be_null=True, quoted_strings_can_be_null=True,
            ),
        )  # fmt: skip
    except pyarrow.ArrowInvalid:
        return None
    longest = [pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns]
    # A doubled quote is one byte of the cell and two of the line; delimiters and quotes around are not in it.
    if max(longest) > field_size_limit() or 2 * sum(longest) + 3 * width + 2 >= LINE:
        return None
    return _named([*table.columns, pyarrow.nulls(table.num_rows, pyarrow.string())])
