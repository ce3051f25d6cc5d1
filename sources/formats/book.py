"""Workbooks (XLSX, XLS, XLSB, ODS): each sheet is a table. A merged cell's value stands in its first cell only."""

import logging
import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow
import python_calamine as calamine

from sources.formats import pack
from sources.formats.found import Found, Given, Refused, bounded

UNPACKED = 2 << 30  # bytes a workbook may hold when unpacked
RATIO = 100  # times it may grow when unpacked
SMALL = 16 << 20  # bytes unpacked that may come from anything
MEMBERS = 2_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream in which a protected XLSX lies

log = logging.getLogger(__name__)


def tables(given: Given) -> list[Found]:
    """The worksheets by name. Raises Refused for a workbook that is protected, damaged or far too large."""
    _weigh(given.path)
    try:
        book = _opened(given.path)
    except calamine.PasswordError:
        raise Refused("it is protected by a password", "Save it without one") from None
    except (calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise Refused(f"it is damaged or no workbook ({type(error).__name__})") from None
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    return [
        Found(s.name, partial(_batches, book, s.name), hidden=s.visible != calamine.SheetVisibleEnum.Visible)
        for s in sheets
    ]


def is_book(path: Path) -> bool:
    """Whether a ZIP is a workbook (or another office document) rather than an archive of files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused(f"it is cut or damaged ({type(error).__name__})", "Have it sent again") from None
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def _opened(path: Path) -> Any:
    """The workbook under a name that fits its content: the reader goes by the name."""
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        named = Path(folder) / f"book.{_suffix(path)}"
        named.symlink_to(path.resolve())
        return calamine.CalamineWorkbook.from_path(named)


def _suffix(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return "xlsx" if _ENCRYPTED in path.read_bytes() else "xls"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return "ods" if "mimetype" in names else "xlsb" if "xl/workbook.bin" in names else "xlsx"


def _weigh(path: Path) -> None:
    """Refuse what unpacks to far more than its size; older binary workbooks are not packed."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > MEMBERS or size > UNPACKED or size > max(RATIO * path.stat().st_size, SMALL):
        raise Refused(f"it unpacks to {size >> 20} MiB in {len(members)} parts, more than is read")


def _batches(book: Any, name: str) -> Iterator[pyarrow.RecordBatch]:
    try:
        sheet = book.get_sheet_by_name(name)
    except calamine.CalamineError as error:
        raise Refused(f"a sheet is damaged ({type(error).__name__})") from None
    if sheet.end is None:
        return
    height, width = (last + 1 for last in sheet.end)
    bounded(height, width)
    if merged := sheet.merged_cell_ranges:
        log.warning("merged cells: %d; the value stands in the first cell of each", len(merged))
    yield from pack.rows(sheet.iter_rows(), width)
