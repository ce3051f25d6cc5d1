"""Workbooks (XLSX, XLS, XLSB, ODS): each sheet is a table. A merged cell's value stands in its first cell only."""

import logging
import re
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
_SHORT = range(12, 19)  # types of the XLSB records without a column, which the reader passes over
# A formula without a value, but for one whose result is the empty text.
_UNCALCULATED = re.compile(rb'<c(?: (?!t=)[a-z]+="[^"]*")*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
_LOOKED_AT = 1 << 20  # bytes of a sheet in which both are looked for: who writes them begins at once

log = logging.getLogger(__name__)


def tables(given: Given) -> list[Found]:
    """The worksheets by name. Raises Refused for a workbook that is protected, damaged or far too large."""
    if _is_packed(given.path):
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


def _is_packed(path: Path) -> bool:
    """By its first bytes: an older binary workbook may hold a ZIP, its theme, and end like one."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _suffix(path: Path) -> str:
    if not _is_packed(path):
        return "xlsx" if _ENCRYPTED in path.read_bytes() else "xls"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "mimetype" in names:
            return "ods"
        suffix, part = ("xlsb", ".bin") if "xl/workbook.bin" in names else ("xlsx", ".xml")
        for name in names:
            if name.startswith("xl/worksheets/") and name.endswith(part):
                _look_at(archive.open(name).read(_LOOKED_AT), suffix)
    return suffix


def _look_at(sheet: bytes, suffix: str) -> None:
    """What would be lost of a sheet is refused, or told."""
    if suffix == "xlsb":
        _has_all_cells(sheet)
    elif empty := len(_UNCALCULATED.findall(sheet)):
        log.warning("formulas without their result: at least %d; open and save the workbook, to have them", empty)


def _has_all_cells(sheet: bytes) -> None:
    """Refuse a sheet of an XLSB with cells in the short form, as some libraries write them: they would be lost."""
    place = 0
    while place + 3 < len(sheet):
        kind, place = sheet[place], place + 1
        if kind & 0x80:  # of two bytes; those of a cell have one
            place += 1
        elif kind in _SHORT:
            raise Refused("its cells are in a form that is not read", "Save it as XLSX")
        size = 0
        for shift in (0, 7, 14, 21):
            part, place = sheet[place], place + 1
            size |= (part & 0x7F) << shift
            if part < 0x80 or place >= len(sheet):
                break
        place += size


def _weigh(path: Path) -> None:
    """Refuse what unpacks to far more than its size."""
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
