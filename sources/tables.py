"""Tables in files: CSV and its relatives, and workbooks. Every physical row but the header is delivered."""

import codecs
import errno
import logging
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow
from pydantic import Field, field_validator

from leads.errors import SourceError, SourceUnavailable
from leads.pull import Pull, Receipt
from leads.source import Source, Strict, expand, validate
from sources import delimited, headers, workbook
from sources.rows import Table, declared, square

ROWS = 50_000  # of one frame

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<?xml")

log = logging.getLogger(__name__)


class FileOptions(Strict):
    """`[pull]` of a source that is a file."""

    format: Literal["file"] = "file"
    file: str = Field(min_length=1, description="path of the CSV or XLSX")
    encoding: str = Field("", description="detected when empty")
    delimiter: str = Field("", max_length=1, description="detected when empty")
    sheet: str = Field("", description="name of the sheet; every visible one with the header when empty")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            b"".decode(value or "utf-8")
            return codecs.lookup(value).name if value else ""
        except LookupError:
            raise ValueError("no such encoding; try utf-8, cp1251, cp1250 or cp1252") from None


def read(source: Source) -> Pull:
    """Frames of at most `ROWS` rows with the file's own headers, `@uri` (file#sheet) and `@note`.

    `@note` is `blank`, `header` (a repeated one), `totals`, `preamble` (above the header) or `unreadable: …`;
    the text of an unreadable row stands in the first column. The receipt's declared count is the number on the
    totals line. Raises SourceError when the file is not there, cannot be read or has no header row,
    SourceUnavailable when it is still being written.
    """
    where = f"{source.name}.toml, [pull]"
    options = validate(FileOptions, expand(source.pull, where), Path(where))
    path = Path(options.file)
    stamp, pull = _stamp(path), _workbook if _is_workbook(path) else _delimited
    changed = SourceUnavailable(
        "the file changed while it was read", where=path.name, do="Run it again when it is copied whole"
    )
    try:
        receipt = yield from pull(path, options, source)
    except UnicodeDecodeError:  # every byte could be read a moment ago
        raise changed from None
    if _stamp(path) != stamp:
        raise changed
    return receipt


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _is_workbook(path: Path) -> bool:
    """By content, never by name; raises SourceError for what is no table at all."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError(errno.EINVAL, "Not a regular file")
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise SourceError(
            "the file cannot be read", where=str(path), why=error.strerror or type(error).__name__,
            do="Check `file` under [pull]",
        ) from None  # fmt: skip
    if not head:
        raise SourceError("the file is empty", where=path.name, do="Have it sent again")
    text = head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n").lower()
    if text.startswith(MARKUP):
        raise SourceError(
            "is a web page or XML, not a table", where=path.name, do="Export the table as CSV or XLSX"
        )
    return head.startswith(WORKBOOKS)


def _delimited(path: Path, options: FileOptions, source: Source) -> Pull:
    found = delimited.layout(path, source.language, source.columns, options.encoding, options.delimiter)
    table = Table(found.cells, path.name, source)
    records = delimited.records(path, found)
    while chunk := list(islice(records, ROWS)):
        notes = {i: why for i, (_, why) in enumerate(chunk) if why}
        yield table.frame(square([cells for cells, _ in chunk], len(found.cells)), notes)
    return Receipt(declared([table]))


def _workbook(path: Path, options: FileOptions, source: Source) -> Pull:
    tables: list[Table] = []
    other: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        for name, file in workbook.sheets(path, options.sheet, Path(folder)):
            batches = _batches(file)
            first = next(batches)
            rows = _top(first)
            place = headers.find(rows, source.columns)
            if place is None:
                other += rows
                log.warning("%s: a sheet without the header row is left out", path.name)
                continue
            table = Table(rows[place], f"{path.name}#{name}", source)
            tables.append(table)
            records = pyarrow.concat_batches([first.slice(0, place), first.slice(place + 1)])
            yield table.frame(records.columns, dict.fromkeys(range(place), "preamble"))
            for batch in batches:
                yield table.frame(batch.columns, {})
    if not tables:
        raise delimited.no_header(path.name, other, source.columns)
    return Receipt(declared(tables))


def _top(batch: pyarrow.RecordBatch) -> list[list[str]]:
    """The rows in which the header may stand, as lists of text."""
    rows = batch.slice(0, headers.HEADER_ROWS).to_pylist()
    return [[cell or "" for cell in row.values()] for row in rows]


def _batches(file: Path) -> Iterator[pyarrow.RecordBatch]:
    with pyarrow.memory_map(str(file)) as opened:
        reader = pyarrow.ipc.open_file(opened)
        for i in range(reader.num_record_batches):
            yield reader.get_batch(i)
