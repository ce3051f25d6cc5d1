"""Delimited text (CSV, TSV) as physical records: none is lost, whatever is wrong with it."""

import codecs
import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from leads.errors import SourceError
from sources import headers

DELIMITERS = (";", ",", "\t", "|")
CHUNK = 1 << 20
HEAD = 1 << 20  # bytes in which the header row is looked for
LINE = 1 << 20  # characters a physical line may have; a cell may have csv.field_size_limit(), 131,072

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The Windows code page a language is written in; sr is more often exported in Cyrillic.
CODE_PAGES = {"ru": "cp1251", "sr": "cp1251", "hu": "cp1250", "ro": "cp1250", "bs": "cp1250", "hr": "cp1250"}

# Bytes more than characters. In a code page, letters form a UTF-8 sequence only by accident: so many of them
# before the first fault are UTF-8 that was damaged later on.
UTF8_FOR_SURE = 10

# The last row lacks its line end and its last cells: it was cut, unless it is a line of totals.
CUT = "unreadable: the file ends within this row"

Record = tuple[list[str], str | None]


@dataclass(frozen=True)
class Layout:
    """How a file is written and where its header stands (`header` = record number, from 0)."""

    encoding: str
    delimiter: str
    newline: str
    header: int
    cells: list[str]


def layout(
    path: Path, language: str, expected: Collection[str], encoding: str = "", delimiter: str = ""
) -> Layout:
    """Find out how `path` is written; what is stated is believed, the rest is detected.

    `expected` are the headers to find the header row by. Raises SourceError for bytes that are not in the
    encoding and when no row looks like the header.
    """
    encoding = _encoding(path, language, encoding)
    with path.open("rb") as file:
        head = codecs.getincrementaldecoder(encoding)().decode(file.read(HEAD))
    newline = "\n" if "\n" in head else "\r"
    tried = {}
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        lines = Lines(io.StringIO(head, newline=newline), path.name)
        tried[candidate] = [cells for cells, _ in islice(Records(lines, candidate), headers.HEADER_ROWS)]
    places = {d: place for d, rows in tried.items() if (place := headers.find(rows, expected)) is not None}
    if not places:
        raise no_header(path.name, [row for rows in tried.values() for row in rows], expected)
    best = max(places, key=lambda d: _fit(tried[d][places[d]], expected))
    return Layout(encoding, best, newline, places[best], tried[best][places[best]])


def _fit(row: list[str], expected: Collection[str]) -> tuple[int, int]:
    """How well a row serves as the header: by the headers we know, then by the number of its cells."""
    return headers.seen(row, expected), len(row)


def no_header(where: str, rows: Iterable[Sequence[str]], expected: Collection[str]) -> SourceError:
    """The error for a table of which none of the first `rows` looks like the header."""
    most = max((headers.seen(row, expected) for row in rows), default=0)
    return SourceError(
        f"no header row in the first {headers.HEADER_ROWS} rows", where=where,
        why=f"at most {most} of {len(expected)} expected headers in a row; expected: {', '.join(expected)}",
        do="Check that this is the right file, its encoding and delimiter, and [columns] of the source",
    )  # fmt: skip


def records(path: Path, layout: Layout) -> Iterator[Record]:
    """Every physical record but the header: its cells, and why it is no readable record (else None).

    Records above the header are `preamble`. Memory is bounded by the longest record.
    """
    with path.open(encoding=layout.encoding, newline=layout.newline) as file:
        found = Records(Lines(file, path.name), layout.delimiter)
        for cells, _ in islice(found, layout.header):
            fits = len(cells) <= len(layout.cells)
            yield cells if fits else [found.raw.rstrip("\r\n")], "preamble"
        next(found)
        found.width = len(layout.cells)
        yield from found


class Lines:
    """The physical lines of a text, which can be given back to be read again."""

    def __init__(self, file: TextIO, where: str) -> None:
        self._read = partial(file.readline, LINE)
        self._back: list[str] = []
        self._where = where
        self.taken: list[str] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else self._read()
        if not line:
            raise StopIteration
        if len(line) == LINE:
            raise SourceError(
                f"a line is longer than {LINE} characters", where=self._where,
                do="Check that this is a table with one record per line",
            )  # fmt: skip
        self.taken.append(line)
        return line

    def keep_first(self) -> str:
        """Give back all lines taken but the first, and return that one."""
        self._back.extend(reversed(self.taken[1:]))
        del self.taken[1:]
        return self.taken[0] if self.taken else ""


class Records:
    """The records of a text. A quote that is never closed costs its own line, not the rest of the file."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self.width = 0  # cells of the header, once it is known

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        self._lines.taken.clear()
        try:
            cells = next(self._reader)
        except csv.Error as error:
            return self._refused(_reason(error))
        return (cells, None) if len(cells) == self.width or not self.width else self._uneven(cells)

    def _uneven(self, cells: list[str]) -> Record:
        """A record with more or fewer cells than the header: readable if only empty ones are too many or few."""
        if len(self._lines.taken) > 1:
            return self._refused("a quote is not closed on this line")
        if any(cells[self.width :]):
            return self._refused(f"{len(cells)} cells under {self.width} headers")
        is_cut = 0 < len(cells) < self.width and not self.raw.endswith(("\r", "\n"))
        return cells[: self.width], CUT if is_cut else None

    @property
    def raw(self) -> str:
        """The text of the record just read, as it stands in the file."""
        return "".join(self._lines.taken)

    def _refused(self, why: str) -> Record:
        return [self._lines.keep_first().rstrip("\r\n")], f"unreadable: {why}"


def _reason(error: csv.Error) -> str:
    """What the csv module found, in words that hold no cell of the row."""
    text = str(error)
    if "unexpected end" in text:
        return "a quote is never closed"
    if "expected after" in text:
        return "text after a closing quote"
    if "field limit" in text:
        return f"a cell is longer than {csv.field_size_limit()} characters, or a quote is not closed"
    return "a stray line break within the row"


def _encoding(path: Path, language: str, stated: str) -> str:
    """The encoding in which every byte of the file can be read."""
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((name for bom, name in BOMS if head.startswith(bom)), "")
    if b"\0" in head and not marked and not stated:
        raise SourceError(
            "is not a text file", where=path.name, why="it holds NUL bytes", do="Export it as CSV or XLSX"
        )
    if marked and codecs.lookup(stated or marked).name in ("utf-8", "utf-8-sig", "utf-16"):
        stated = marked
    if not stated:
        fault = _fault(path, "utf-8")
        if fault is None:
            return "utf-8"
        stated = "utf-8" if fault[1] >= UTF8_FOR_SURE else CODE_PAGES.get(language, "cp1252")
    fault = _fault(path, stated)
    if fault is not None:
        raise SourceError(
            f"byte {fault[0]} cannot be read", where=path.name, why=f"it is no {stated} text there",
            do="State the right `encoding` under [pull], or have the file exported again",
        )  # fmt: skip
    return stated


def _fault(path: Path, encoding: str) -> tuple[int, int] | None:
    """The first byte that is not in `encoding`, and how many more bytes than characters stand before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = surplus = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                surplus += len(chunk) - len(decoder.decode(chunk, final=not chunk))
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "replace")
                return offset - len(pending) + error.start, surplus + error.start - len(before)
            if not chunk:
                return None
            offset += len(chunk)
