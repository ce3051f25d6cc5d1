import datetime
import resource
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pytest
import xlsxwriter

from leads.errors import SourceError
from sources.formats import book as book_reader
from sources.formats import child
from sources.formats.found import Given, Refused, bounded


def cells(file: Path, folder: Path) -> list[list[Any]]:
    (table,) = child.tables(Given(file), "", folder)
    with pyarrow.memory_map(str(table.file)) as opened:
        rows = pyarrow.ipc.open_file(opened).read_all().to_pylist()
        return [list(row.values()) for row in rows]


def test_what_a_cell_becomes(tmp_path: Path) -> None:
    file = tmp_path / "cells.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        hour = book.add_format({"num_format": "hh:mm"})
        for place, cell in enumerate(["79161234567.0", "7.9161E+10", "  x ", "=1+1", "", "00420"]):
            sheet.write_string(1, place, cell)
        for place, number in enumerate([79161234567.0, 1.5, -3, 12345678901234567, 1e300]):
            sheet.write_number(2, place, number)
        sheet.write_boolean(3, 0, True)
        sheet.write_datetime(3, 1, datetime.datetime(2026, 5, 3), day)
        sheet.write_datetime(3, 2, datetime.datetime(2026, 5, 3, 12, 30), day)
        sheet.write_datetime(3, 3, datetime.time(9, 15), hour)
        sheet.write_formula(3, 4, "=1+1", None, 2)
        sheet.write_formula(3, 5, "=NA()", None, "#N/A")
    assert cells(file, tmp_path) == [
        [None] * 6,
        ["79161234567.0", "7.9161E+10", "  x ", "=1+1", None, "00420"],
        ["79161234567", "1.5", "-3", "1.234567890123457e+16", "1e+300", None],
        ["TRUE", "2026-05-03", "2026-05-03T12:30:00", "09:15:00", "2", None],
    ]


def test_formulas_without_their_result_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As libraries write them that do not calculate; Excel writes the result beside, also the empty text."""
    file = tmp_path / "formulas.xlsx"
    book = openpyxl.Workbook()
    for row in (["Имя", "Телефон"], ["Анна", '="7916"&"0000001"'], ["Пётр", "=B2"]):
        book.active.append(row)
    book.save(file)
    assert cells(file, tmp_path) == [["Имя", "Телефон"], ["Анна", None], ["Пётр", None]]
    assert "formulas without their result: at least 2" in caplog.text
    caplog.clear()
    with xlsxwriter.Workbook(file) as made:
        made.add_worksheet().write_formula(0, 0, "=1+1", None, 2)
    assert cells(file, tmp_path) == [["2"]] and "without their result" not in caplog.text
    assert not book_reader._UNCALCULATED.search(b'<c r="B1" t="str"><f>A1</f><v></v></c>')


def refused(file: Path, folder: Path) -> str:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceError, match="the file cannot be read") as caught:
        child.tables(Given(file), "", folder)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000, "the limits must hold in a process of its own"
    assert "\n" not in str(caught.value) and str(folder) not in str(caught.value)
    return str(caught.value)


def test_one_cell_far_away_does_not_take_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Phone")
        sheet.write(1_048_575, 16_383, "x")
    assert "needs more than 400 MiB" in refused(file, tmp_path)


@pytest.mark.parametrize(("rows", "width"), [(5_000_000, 12), (1, 16_385)])
def test_a_table_that_spans_too_much(rows: int, width: int) -> None:
    with pytest.raises(Refused, match=f"{rows} rows of {width} columns"):
        bounded(rows, width)
    bounded(1_048_576, 40)


def test_a_zip_bomb_is_weighed_before_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as part:
        for _ in range(300):
            part.write(b" " * (1 << 20))
    assert "it unpacks to far more than its size" in refused(file, tmp_path)


def test_a_workbook_cut_short(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.xlsx", tmp_path / "cut.xlsx"
    with xlsxwriter.Workbook(whole) as book:
        book.add_worksheet().write(0, 0, "Phone")
    cut.write_bytes(whole.read_bytes()[:-200])
    assert "it is cut or damaged" in refused(cut, tmp_path)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    file = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.jpg", b"\xff\xd8\xff\xe0")
    assert "no file in the archive holds a table (is a picture, not a table)" in refused(file, tmp_path)


def test_an_entity_bomb(tmp_path: Path) -> None:
    whole, file = tmp_path / "whole.xlsx", tmp_path / "lol.xlsx"
    with xlsxwriter.Workbook(whole) as book:
        book.add_worksheet().write(0, 0, "Phone")
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    lol = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "lol">{levels}]><sst><si><t>&l9;</t></si></sst>'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, lol if name.endswith("sharedStrings.xml") else old.read(name))
    refused(file, tmp_path)


CONTENT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Лист"><table:table-row><table:table-cell office:value-type="string"'
    ' table:number-columns-spanned="2"><text:p>Имя</text:p></table:table-cell><table:covered-table-cell/>'
    '</table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>Анна</text:p>'
    '</table:table-cell><table:table-cell office:value-type="float" office:value="79161234567"><text:p>7,9E+10'
    "</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
    "</office:document-content>"
)
MANIFEST = '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def test_an_opendocument_sheet(tmp_path: Path) -> None:
    file = tmp_path / "base.csv"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", CONTENT)
    assert cells(file, tmp_path) == [["Имя", None], ["Анна", "79161234567"]]


def test_merged_cells_and_hidden_sheets_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 1, "Город")
        sheet.write_column(0, 2, ["Phone", "1"])
        book.add_worksheet("old").hide()
    assert cells(file, tmp_path) == [["Город", None, "Phone"], [None, None, "1"]]
    assert "merged.xlsx: merged cells: 1" in caplog.text and "hidden sheets left out: 1" in caplog.text
