"""Access databases; the samples are described in tests/data/formats/README.md."""

import gzip
import struct
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from leads.errors import SourceError
from sources.formats import access

Read = Callable[..., dict[str, list[list[Any]]]]
SAMPLES = Path(__file__).parents[2] / "data" / "formats"
MEMO = "Длинная заметка. " * 60 + "конец"
CONTACTS = [
    ["Код", "Имя", "Телефон", "E-mail", "Дата рождения", "Сумма", "Заметка", "Согласие", "Доля", "Город"],
    ["1", "Анна Примерова", "79160000001", "anna@example.com", "1985-03-07", "1250.5",
     "первая строка\r\nвторая; «кавычки»", "TRUE", "0.05", "Тверь"],
    ["2", "Kő Űrhajó", None, None, "1899-12-29T06:00:00", "-3", None, "FALSE", "-1.5", None],
    ["3", "Jürgen Groß", "491700000003", "juergen@example.test", "2000-02-29T12:30:00", None, MEMO, "FALSE", None, None],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["accdb", "mdb"])
def test_a_database(cells: Read, kind: str) -> None:
    assert cells(SAMPLES / f"contacts.{kind}.gz") == {"Контакты": CONTACTS}


@pytest.mark.parametrize("sheet", ["Контакты", "Kontakte"])
def test_a_table_is_chosen(cells: Read, sheet: str) -> None:
    if sheet == "Контакты":
        assert list(cells(SAMPLES / "contacts.mdb.gz", sheet=sheet)) == [sheet]
        return
    with pytest.raises(SourceError, match="no sheet or table 'Kontakte'; it has: Контакты"):
        cells(SAMPLES / "contacts.mdb.gz", sheet=sheet)


def test_a_password_is_told(cells: Read) -> None:
    with pytest.raises(SourceError, match="it is protected by a password. Save it without one"):
        cells(SAMPLES / "password.mdb.gz")


def test_enciphered_pages_are_told(cells: Read) -> None:
    """The key stands in the enciphered header: any other than zero."""
    data = bytearray(gzip.decompress((SAMPLES / "contacts.accdb.gz").read_bytes()))
    data[0x3E] ^= 1
    with pytest.raises(SourceError, match="it is protected by a password. Save it without one"):
        cells(bytes(data), "base.accdb")


@pytest.mark.parametrize("lost", [1, 4_096, 8_192, 12_288, 16_384, 100_000])
def test_a_database_that_is_cut(cells: Read, lost: int) -> None:
    """In a page, or between two: of the memo, the rows, what says where they are, the table's columns, the catalogue."""
    data = gzip.decompress((SAMPLES / "contacts.accdb.gz").read_bytes())
    with pytest.raises(SourceError, match="damaged|it is cut"):
        cells(data[:-lost], "base.accdb")


@pytest.mark.parametrize("mark", [b"Standard ACE DB", b"Standard Jet DB"])
@pytest.mark.parametrize("rest", [b"", b"\0" * 50_000, b"\x02\x01" * 20_000, bytes(range(256)) * 100])
def test_a_damaged_database_is_refused(cells: Read, mark: bytes, rest: bytes) -> None:
    with pytest.raises(
        SourceError, match="it is damaged or protected by a password|it is protected by a password"
    ):
        cells(b"\0\1\0\0" + mark + b"\0\1" + rest)


@pytest.mark.parametrize(
    ("kind", "data", "version", "cell"),
    [
        (10, "Пётр".encode("cp1251"), 3, "Пётр"),
        (10, "Пётр".encode("utf-16-le"), 4, "Пётр"),
        (10, b"\xff\xfeJ\xfcrgen", 4, "Jürgen"),
        (10, b"\xff\xfe\xc3\xa9", 4, "Ã©"),
        (10, b"\xff\xfea\0" + "я".encode("utf-16-le") + b"\0b", 4, "aяb"),
        (5, struct.pack("<q", -125), 4, "-0.0125"),
        (5, struct.pack("<q", 0), 4, "0"),
        (8, struct.pack("<d", 31113.0), 4, date(1985, 3, 7)),
        (8, struct.pack("<d", 36585.520833333336), 4, datetime(2000, 2, 29, 12, 30)),
        (8, struct.pack("<d", 0.75), 4, time(18)),
        (8, struct.pack("<d", float("nan")), 4, "nan"),
        (8, struct.pack("<d", 1e300), 4, "1e+300"),
        (4, struct.pack("<i", -7), 4, -7),
    ],
)
def test_a_value(kind: int, data: bytes, version: int, cell: Any) -> None:
    assert access._cell("cp0", "cp1251", kind, data, len(data), version=version) == cell
