"""Tables in files of any format. Every physical row but the header is delivered."""

import codecs
import errno
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow
import pyarrow.compute as pc
from pydantic import Field, field_validator

from leads.errors import SourceError, SourceUnavailable
from leads.pull import Pull, Receipt
from leads.source import Source, Strict, expand, validate
from sources import delimited, headers
from sources.careful import NULS
from sources.encodings import CODE_PAGES, NUL
from sources.formats import child, kinds, pack
from sources.formats.found import Given, Refused
from sources.formats.kinds import Kind
from sources.rows import Table, declared

log = logging.getLogger(__name__)


class FileOptions(Strict):
    """`[pull]` of a source that is a file."""

    format: Literal["file"] = "file"
    file: str = Field(min_length=1, description="path of the file; its format is told by its content")
    encoding: str = Field("", description="detected when empty")
    delimiter: str = Field("", max_length=1, description="detected when empty")
    sheet: str = Field("", description="name of the sheet, table or member; every visible one when empty")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            b"".decode(value or "utf-8")
            return codecs.lookup(value).name if value else ""
        except LookupError:
            raise ValueError("no such encoding; try utf-8, cp1251, cp1250 or cp1252") from None


def read(source: Source) -> Pull:
    """Frames of at most 50,000 rows with the file's own headers, `@uri` (file#sheet) and `@note`.

    `@note` is `blank`, `header` (a repeated one), `totals`, `preamble` (above the header) or `unreadable: …`;
    the text of an unreadable row stands in the first column. The receipt's declared count is the number on the
    totals line. Raises SourceError when the file is not there, cannot be read or has no header row,
    SourceUnavailable when it is still being written.
    """
    options = _options(source)
    path = Path(options.file)
    stamp, kind = _stamp(path), _kind(path)
    changed = SourceUnavailable(
        "the file changed while it was read", where=path.name, do="Run it again when it is copied whole"
    )
    try:
        if kind is Kind.TEXT:
            receipt = yield from delimited.frames(path, options.encoding, options.delimiter, source)
        else:
            receipt = yield from _contained(path, options, source)
    except UnicodeDecodeError:  # every byte could be read a moment ago
        raise changed from None
    if _stamp(path) != stamp:
        raise changed
    return receipt


def names(source: Source) -> list[str]:
    """The tables there are in the source's file, by the names that `sheet` may have; none for a delimited text.

    Raises SourceError when the file cannot be read.
    """
    options = _options(source)
    path = Path(options.file)
    if _kind(path) is Kind.TEXT:
        return []
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        return child.names(_given(path, options, source), Path(folder))


def _options(source: Source) -> FileOptions:
    where = f"{source.name}.toml, [pull]"
    return validate(FileOptions, expand(source.pull, where), Path(where))


def _given(path: Path, options: FileOptions, source: Source) -> Given:
    return Given(path, source.language, CODE_PAGES.get(source.language, "cp1252"), options.encoding)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _kind(path: Path) -> Kind:
    """By content, never by name; raises SourceError for what is no table at all."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError(errno.EINVAL, "Not a regular file")
        return kinds.of(path)
    except OSError as error:
        raise SourceError(
            "the file cannot be read", where=str(path), why=error.strerror or type(error).__name__,
            do="Check `file` under [pull]",
        ) from None  # fmt: skip
    except Refused as error:
        raise SourceError(str(error), where=path.name, do=error.do) from None


def _contained(path: Path, options: FileOptions, source: Source) -> Pull:
    """The tables that a workbook, an archive or another container holds, one after the other."""
    counts: list[int | None] = []
    missing: list[SourceError] = []
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        found = child.tables(_given(path, options, source), options.sheet, Path(folder))
        for table in found:
            try:
                counts.append((yield from _one(table, path, options, source)).declared)
            except _NoHeader as error:
                missing.append(error)
                if len(found) > 1:
                    log.warning("%s: a table without the header row is left out", path.name)
    if missing and len(missing) == len(found):
        raise missing[0]
    if not found:
        raise SourceError("the file holds no cell", where=path.name, do="Check that this is the right file")
    stated = [count for count in counts if count is not None]
    return Receipt(stated[0] if len(stated) == 1 else None)


# What the reader of delimited text says of a file that is no table, such as a seller's note in the archive.
_NO_TABLE = ("no header row", "is not a text file")


class _NoHeader(SourceError):
    """A table has no header row; which is how a note beside the tables of an archive is known."""


def _one(table: child.Table, path: Path, options: FileOptions, source: Source) -> Pull:
    uri = path.name if table.name == path.name else f"{path.name}#{table.name}"
    if not table.is_text:
        return (yield from _batched(table, uri, source))
    named = table.file.with_name(_file_name(uri))  # the records are told by the name of their file
    table.file.rename(named)
    try:
        return (yield from delimited.frames(named, options.encoding, options.delimiter, source))
    except SourceError as error:
        if any(why in str(error) for why in _NO_TABLE):
            raise _NoHeader(str(error)) from None
        raise


def _file_name(uri: str) -> str:
    return uri.replace("/", "∕").replace("\0", "")[-60:]  # of at most 4 bytes, and a file system takes 255


def _batched(read: child.Table, uri: str, source: Source) -> Pull:
    batches = _batches(read.file)
    first = next(batches)
    rows = _top(first)
    header = _named(rows[0], source) if read.named else headers.locate(rows, source.columns)
    if header is None:
        raise _NoHeader(str(delimited.no_header(uri, rows, source.columns)))
    table = Table(header.cells, uri, source)
    below = header.start + header.rows
    records = pyarrow.concat_batches([first.slice(0, header.start), first.slice(below)])
    yield _frame(table, records, dict.fromkeys(range(header.start), "preamble"))
    for batch in batches:
        yield _frame(table, batch, {})
    return Receipt(declared([table]))


def _named(cells: list[str], source: Source) -> headers.Header | None:
    """The header a format states; a record without a value may lack its column, so one we know is enough."""
    known = headers.seen(cells, source.columns) if source.columns else len(cells)
    return headers.Header(0, 1, cells) if known else None


def _frame(table: Table, batch: pyarrow.RecordBatch, notes: dict[int, str]) -> pd.DataFrame:
    """One frame, with the notes that the reader of the format made."""
    own = [i for i, name in enumerate(batch.schema.names) if name != pack.NOTE]
    if len(own) < len(batch.schema.names):
        noted = batch.column(pack.NOTE)
        notes |= {i: noted[i].as_py() for i in pc.indices_nonzero(pc.is_valid(noted)).to_pylist()}
    columns = [batch.column(i) for i in own]
    for place, column in enumerate(columns):
        found = pc.match_substring(column, NUL)
        if found.true_count:
            notes = dict.fromkeys(pc.indices_nonzero(found).to_pylist(), NULS) | notes
            columns[place] = pc.replace_substring(column, NUL, "\ufffd")
    return table.frame(columns, notes)


def _top(batch: pyarrow.RecordBatch) -> list[list[str]]:
    """The rows in which the header may stand, as lists of text."""
    rows = batch.slice(0, headers.HEADER_ROWS).to_pylist()
    return [[cell or "" for name, cell in row.items() if name != pack.NOTE] for row in rows]


def _batches(file: Path) -> Iterator[pyarrow.RecordBatch]:
    with pyarrow.memory_map(str(file)) as opened:
        reader = pyarrow.ipc.open_file(opened)
        for i in range(reader.num_record_batches):
            yield reader.get_batch(i)
