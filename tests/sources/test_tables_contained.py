"""Tables that stand in a file beside others: sheets of a workbook, members of an archive."""

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from leads.errors import SourceError
from leads.pull import NOTE, URI
from sources import tables

COLUMNS = {"Имя": "full_name", "Телефон": "phone", "E-mail": "email", "Город": "city"}
HEADER = "Имя;Телефон;E-mail;Город"
ROW = "Анна Примерова;8 (916) 000-00-01;anna@example.com;Тверь"


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The cells without the reserved columns, None where empty."""
    own = [name for name in frame if not str(name).startswith("@")]
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame[own].to_numpy()]


def notes(frame: pd.DataFrame) -> list[Any]:
    return [None if pd.isna(note) else note for note in frame[NOTE]]


def workbook(file: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> None:
    with xlsxwriter.Workbook(file) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(cells):
                for place, cell in enumerate(row):
                    (sheet.write_string if isinstance(cell, str) else sheet.write)(number, place, cell)
            if name in hidden:
                sheet.hide()


def test_workbook(tmp_path: Path, make_source: Any, drain: Any) -> None:
    file = tmp_path / "expo.xlsx"
    workbook(
        file,
        {
            "Látogatók": [
                ["Kiállítás 2026"], ["Név", "Telefonszám", "E-mail"], ["Minta Éva", 36301234567.0, "eva@example.com"],
                [], ["  Minta Ede", "06 30 123 4567", ""], ["Összesen", "", ""],
            ],
            "Jegyzet": [["nothing", "here"]],
            "Régi": [["Név", "Telefonszám", "E-mail"], ["Régi Rita", 1.5, True]],
        },
        hidden=("Régi",),
    )  # fmt: skip
    columns = {"Név": "full_name", "Telefonszám": "phone", "E-mail": "email"}
    frame, receipt = drain(tables.read(make_source(columns=columns, pull={"file": str(file)})))
    assert list(frame) == ["Név", "Telefonszám", "E-mail", URI, NOTE]
    assert notes(frame) == ["preamble", None, "blank", None, "totals"] and receipt.declared is None
    assert rows(frame)[1] == ["Minta Éva", "36301234567", "eva@example.com"]
    assert rows(frame)[3] == ["  Minta Ede", "06 30 123 4567", None]
    assert set(frame[URI]) == {"expo.xlsx#Látogatók"}

    hidden = make_source(columns=columns, pull={"file": str(file), "sheet": "Régi"})
    assert rows(drain(tables.read(hidden))[0]) == [["Régi Rita", "1.5", "TRUE"]]
    absent = make_source(columns=columns, pull={"file": str(file), "sheet": "Új"})
    with pytest.raises(SourceError, match="no sheet or table 'Új'; it has: Látogatók, Jegyzet, Régi"):
        list(tables.read(absent))


def test_every_visible_sheet_with_the_header_is_read(tmp_path: Path, make_source: Any, drain: Any) -> None:
    file = tmp_path / "regions.xlsx"
    workbook(file, {"A": [["Phone", "x"], [1, 2], ["Total: 1"]], "B": [["y", "Phone"], [3, 4], ["Total: 1"]]})
    source = make_source(columns={"Phone": "phone"}, pull={"file": str(file)})
    frame, receipt = drain(tables.read(source))
    assert frame["Phone"].tolist()[::2] == ["1", "4"] and receipt.declared is None
    assert frame[URI].tolist()[::2] == ["regions.xlsx#A", "regions.xlsx#B"]


def test_a_workbook_without_the_header(tmp_path: Path, make_source: Any) -> None:
    file = tmp_path / "other.xlsx"
    workbook(file, {"A": [["Vorname", "Ort"]], "B": []})
    with pytest.raises(SourceError, match=r"other\.xlsx#A: no header row"):
        list(tables.read(make_source(columns=COLUMNS, pull={"file": str(file)})))


def test_an_archive_of_several_files(tmp_path: Path, make_source: Any, drain: Any) -> None:
    file = tmp_path / "base.zip"
    workbook(tmp_path / "b.xlsx", {"A": [list(COLUMNS), ROW.split(";")]})
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", f"{HEADER}\n{ROW}\nИтого: 1\n".encode("cp1251"))
        archive.writestr("readme.txt", "Call us again\n")
        archive.writestr("noise.dat", bytes(range(256)))
        archive.write(tmp_path / "b.xlsx", "in/b.xlsx")
    frame, receipt = drain(tables.read(make_source(columns=COLUMNS, pull={"file": str(file)})))
    assert [str(uri) for uri in frame[URI]] == ["base.zip#a.csv"] * 2 + ["base.zip#in/b.xlsx#A"]
    assert rows(frame)[0] == rows(frame)[2] == ROW.split(";") and notes(frame) == [None, "totals", None]
    assert receipt.declared == 1
    one = make_source(columns=COLUMNS, pull={"file": str(file), "sheet": "in/b.xlsx"})
    assert len(drain(tables.read(one))[0]) == 1
