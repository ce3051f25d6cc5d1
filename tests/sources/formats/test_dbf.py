import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from leads.errors import SourceError

Read = Callable[..., dict[str, list[list[Any]]]]
FIELDS = (("NAME", "C", 10), ("PHONE", "N", 12), ("BORN", "D", 8), ("OK", "L", 1))
ROWS = (("Ёлка", "79160000001", "19900102", "T"), ("Анна", "0079", "1990    ", "?"))


def dbf(
    rows: Sequence[Sequence[str]] = ROWS, fields: Sequence[tuple[str, str, int]] = FIELDS,
    encoding: str = "cp866", driver: int = 0x65, deleted: tuple[int, ...] = (), version: int = 3,
) -> bytes:  # fmt: skip
    """A DBF file byte by byte."""
    length = 1 + sum(size for _, _, size in fields)
    head = struct.pack("<BBBBLHH17xB2x", version, 126, 5, 3, len(rows), 33 + 32 * len(fields), length, driver)
    places = b"".join(struct.pack("<11sc4xB15x", n.encode(encoding), t.encode(), size) for n, t, size in fields)
    body = b""
    for i, row in enumerate(rows):
        body += b"*" if i in deleted else b" "
        body += b"".join(
            c.encode(encoding).ljust(size)[:size] for c, (_, _, size) in zip(row, fields, strict=True)
        )
    return head + places + b"\r" + body + b"\x1a"


def test_records(cells: Read) -> None:
    assert cells(dbf()) == {
        "base.dat": [
            ["NAME", "PHONE", "BORN", "OK"],
            ["Ёлка", "79160000001", "1990-01-02", "TRUE"],
            ["Анна", "0079", "1990", None],
        ]
    }


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "utf-8"])
def test_the_code_page_is_told_by_the_letters(cells: Read, encoding: str) -> None:
    rows = [("Привет", "1", "", ""), ("Ёлка", "2", "", "")]
    wide = (("ИМЯ", "C", 20), *FIELDS[1:])
    read = cells(dbf(rows, wide, encoding=encoding, driver=0), language="ru", code_page="cp1251")["base.dat"]
    assert [row[0] for row in read] == ["ИМЯ", "Привет", "Ёлка"]


def test_a_stated_encoding_is_believed(cells: Read) -> None:
    read = cells(dbf(encoding="cp1251"), encoding="cp1251")["base.dat"]
    assert read[1][0] == "Ёлка"


def test_deleted_records_have_a_note(cells: Read) -> None:
    read = cells(dbf(deleted=(0,)))["base.dat"]
    assert [(row[0], row[-1]) for row in read] == [("NAME", None), ("Анна", None), ("Ёлка", "deleted")]


def test_a_memo_file_that_is_missing_costs_its_cells_alone(cells: Read) -> None:
    read = cells(dbf([("A", "0000000001")], (("NAME", "C", 5), ("MEMO", "M", 10)), version=0x83))["base.dat"]
    assert read == [["NAME", "MEMO"], ["A", None]]


def test_fields_of_one_name(cells: Read) -> None:
    assert cells(dbf([("a", "b")], (("X", "C", 2), ("X", "C", 2))))["base.dat"] == [["X", "X (2)"], ["a", "b"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (dbf()[:-20], "it is cut: 1 of 2 records"),
        (dbf()[:70], "its header is damaged"),
        (dbf()[:10] + b"\0\0" + dbf()[12:], "the fields do not make up a record"),
        (dbf(fields=(("NAME", "%", 10), *FIELDS[1:])), "its header is damaged"),
    ],
)
def test_refused(cells: Read, content: bytes, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        cells(content)
