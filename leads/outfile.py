"""A table written as a file, part by part: CSV, Parquet or XLSX by its name. Of millions of rows one part is held."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow
import pyarrow.csv
import pyarrow.parquet
import xlsxwriter

from leads.errors import LeadsError

# What a sheet can hold; xlsxwriter leaves out what is more, without an error.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_575, 16_384, 32_767
Write = Callable[[pyarrow.Table], None]


@contextmanager
def writing(file: Path) -> Iterator[Write]:
    """What appends a table to `file`, each with the columns of the first; the file is there once all is written.

    CSV: UTF-8 with a byte order mark (Excel asks for it), commas, every cell as it is. XLSX: text cells are text, so
    that none is ever calculated. Raises LeadsError when the file cannot be written, or a sheet cannot hold the table.
    """
    kind = file.suffix.lower()
    if kind not in WRITERS:
        raise LeadsError("no such kind of file", where=str(file), do=f"Name it {', '.join(WRITERS)}")
    draft = file.with_name(f".{file.name}.part")
    try:
        with ExitStack() as opened:
            yield WRITERS[kind](draft, opened)
        draft.replace(file)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise LeadsError("cannot be written", where=str(file), why=str(error), do="Choose another --out") from None
    finally:
        draft.unlink(missing_ok=True)


class _Parquet:
    """As the columns are; compressed."""

    def __init__(self, draft: Path, opened: ExitStack) -> None:
        self.draft, self.opened = draft, opened
        self.writer: pyarrow.parquet.ParquetWriter | None = None

    def __call__(self, table: pyarrow.Table) -> None:
        self.writer = self.writer or self.opened.enter_context(
            pyarrow.parquet.ParquetWriter(self.draft, table.schema, compression="zstd")
        )
        self.writer.write_table(table)


class _Csv:
    """UTF-8 with a byte order mark."""

    def __init__(self, draft: Path, opened: ExitStack) -> None:
        self.file, self.opened = opened.enter_context(draft.open("wb")), opened
        self.writer: pyarrow.csv.CSVWriter | None = None
        self.file.write(b"\xef\xbb\xbf")

    def __call__(self, table: pyarrow.Table) -> None:
        options = pyarrow.csv.WriteOptions(quoting_style="needed")
        self.writer = self.writer or self.opened.enter_context(
            pyarrow.csv.CSVWriter(self.file, table.schema, write_options=options)
        )
        # Of a table with an empty chunk in it, it writes whatever stands in memory (pyarrow 25).
        self.writer.write_table(table.combine_chunks())


class _Sheet:
    """One sheet of text cells and numbers, written row by row."""

    def __init__(self, draft: Path, opened: ExitStack) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = opened.enter_context(xlsxwriter.Workbook(draft, options))
        self.sheet, self.rows = self.book.add_worksheet(), 0

    def __call__(self, table: pyarrow.Table) -> None:
        if not self.rows:
            self._head(table.column_names)
        _fits("rows", self.rows + table.num_rows, MOST_ROWS + 1)
        for cells in zip(*(column.to_pylist() for column in table.columns), strict=True):
            for place, cell in enumerate(cells):
                if isinstance(cell, str):
                    _fits(f"characters in a cell of row {self.rows}", len(cell), LONGEST_CELL)
                    self.sheet.write_string(self.rows, place, cell)
                elif cell is not None:
                    self.sheet.write(self.rows, place, cell)
            self.rows += 1

    def _head(self, headers: list[str]) -> None:
        _fits("columns", len(headers), MOST_COLUMNS)
        self.sheet.freeze_panes(1, 0)
        bold = self.book.add_format({"bold": True})
        for place, header in enumerate(headers):
            self.sheet.write_string(0, place, header[:LONGEST_CELL], bold)
        self.rows = 1


def _fits(what: str, count: int, most: int) -> None:
    if count > most:
        raise LeadsError(f"{count:,} {what}", why=f"a sheet holds {most:,}", do="Write .csv or .parquet")


WRITERS: dict[str, Callable[[Path, ExitStack], Write]] = {".csv": _Csv, ".parquet": _Parquet, ".xlsx": _Sheet}
