"""Files that real programs wrote (tests/data/formats/README.md), read exactly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leads.errors import SourceError

Read = Callable[..., dict[str, list[list[Any]]]]
SAMPLES = Path(__file__).parents[2] / "data" / "formats"
CONTACTS = [
    ["Имя", "Телефон", "E-mail", "Дата рождения", "Создан", "Сумма", "Заметка", "Согласие"],
    ["Анна Примерова", "79160000001", "anna@example.com", "1985-03-07", "2026-05-03T12:30:00", "1250.5",
     "первая строка\nвторая; «кавычки»", "TRUE"],
    ["Kő Űrhajó", "06 30 000 0002", None, "2000-02-29", None, "-3", None, "FALSE"],
    [None] * 8,
    ["Jürgen Groß", "491700000003", "juergen@example.test", None, None, None, "2", None],
]  # fmt: skip
FIRMS = [["Firma", "Telefon"], ["Beispiel GmbH", "+49 170 0000005"]]


def test_an_older_workbook(cells: Read) -> None:
    assert cells(SAMPLES / "contacts.xls") == {"Контакты": CONTACTS, "Firmen": FIRMS}


def test_an_opendocument_workbook(cells: Read) -> None:
    read = cells(SAMPLES / "contacts.ods")
    assert read["Firmen"] == FIRMS
    assert [row[:7] for row in read["Контакты"]] == [row[:7] for row in CONTACTS]


def test_a_hidden_sheet_is_read_when_it_is_named(cells: Read) -> None:
    assert cells(SAMPLES / "contacts.xls", sheet="Archiv") == {
        "Archiv": [["Name", "Phone"], ["Old Example", "030 0000004"]]
    }


@pytest.mark.parametrize("name", ["excel.xls", "excel.xlsb"])
def test_every_kind_of_cell(cells: Read, name: str) -> None:
    """The XLS holds its theme, a ZIP, and was once taken for an XLSX."""
    assert cells(SAMPLES / name)["Sheet1"][1] == [
        "String", "1", "1.1", "TRUE", "FALSE", "2010-10-10", "2010-10-10T10:10:10", "10:10:10", "10:10:10.100000",
        "10 days, 15:10:10",
    ]  # fmt: skip


def test_a_workbook_whose_cells_would_be_lost_is_refused(cells: Read) -> None:
    with pytest.raises(SourceError, match="its cells are in a form that is not read. Save it as XLSX"):
        cells(SAMPLES / "short_cells.xlsb")


@pytest.mark.parametrize("kind", ["xls", "xlsx", "xlsb", "ods"])
def test_a_password_is_told(cells: Read, kind: str) -> None:
    with pytest.raises(SourceError, match="it is protected by a password. Save it without one"):
        cells(SAMPLES / f"password.{kind}")
