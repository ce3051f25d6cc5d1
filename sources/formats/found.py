"""The words the readers share: what they are given, what they find, and why they refuse."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow

CELLS = 50_000_000  # of one table
LISTED = 50  # names in an error
COLUMNS = 16_384  # of one table: what a spreadsheet can hold


class Refused(Exception):
    """Why a file is not read, and what to do about it; neither holds a cell."""

    def __init__(
        self, why: str, do: str = "Open it in the program it comes from, and save the table as CSV"
    ) -> None:
        super().__init__(why)
        self.do = do


@dataclass(frozen=True)
class Given:
    """A file to be read: `encoding` is what the source states; where it states none and the file neither, text of a
    source in `language` is in its Windows `code_page`."""

    path: Path
    language: str = "en"
    code_page: str = "cp1252"
    encoding: str = ""


@dataclass(frozen=True)
class Found:
    """One table of a file, not read yet: `batches` reads it, or `text` is a delimited text that was unpacked.

    The batches have text columns named by position, the header is among the rows, and surely the first one where the
    format itself names its columns (`named`); a column `note` after them says why a row is no record.
    """

    name: str
    batches: Callable[[], Iterable[pyarrow.RecordBatch]] | None = None
    text: Path | None = None
    hidden: bool = False
    named: bool = False


def chosen(tables: list[Found], sheet: str) -> list[Found]:
    """The tables called `sheet`, or inside the member called so; every one that is not hidden when it is empty.

    Raises Refused for an unknown name, listing the known ones.
    """
    if not sheet:
        return [table for table in tables if not table.hidden]
    named = [table for table in tables if table.name == sheet or table.name.startswith(f"{sheet}#")]
    if not named:
        known = ", ".join(table.name for table in tables[:LISTED]) or "none"
        known += ", …" if len(tables) > LISTED else ""
        raise Refused(
            f"it has no sheet or table '{sheet}'; it has: {known}", "Name one of them as `sheet` under [pull]"
        )
    return named


def bounded(rows: int, width: int) -> None:
    """Raise Refused for a table larger than is read."""
    if width > COLUMNS or rows * width > CELLS:
        raise Refused(f"a table spans {rows} rows of {width} columns")
