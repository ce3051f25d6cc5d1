"""Files cut, damaged, made to hurt or named wrongly: each is read right or refused within the limits."""

import gzip
import io
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from leads.errors import SourceError
from sources import tables
from sources.formats import kinds

SECONDS, MEBIBYTES = 20, 500
ROWS = [["Имя", "Телефон"], *([f"Пример {i}", f"7916{i:07}"] for i in range(40))]
COLUMNS = {"Имя": "full_name", "Телефон": "phone"}


def xlsx() -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    columns = dict(zip(ROWS[0], zip(*ROWS[1:], strict=True), strict=True))
    pyarrow.parquet.write_table(pyarrow.table({name: list(cells) for name, cells in columns.items()}), out)
    return out.getvalue()


def dbf() -> bytes:
    head = (
        bytes([3, 126, 5, 3])
        + (40).to_bytes(4, "little")
        + (97).to_bytes(2, "little")
        + (32).to_bytes(2, "little")
    )
    head += bytes(17) + b"\x65" + bytes(2)
    fields = b"".join(
        name.encode("cp866").ljust(11, b"\0") + b"C" + bytes(4) + bytes([size]) + bytes(15)
        for name, size in (("Имя", 20), ("Телефон", 11))
    )
    body = b"".join(b" " + a.encode("cp866").ljust(20) + b.encode() for a, b in ROWS[1:])
    return head + fields + b"\r" + body + b"\x1a"


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


JSON = ("[" + ",".join(f'{{"Имя": "{a}", "Телефон": "{b}"}}' for a, b in ROWS[1:]) + "]").encode()
LINES = "".join(f'{{"Имя": "{a}", "Телефон": "{b}"}}\n' for a, b in ROWS[1:]).encode()
PAGE = ("<html><table>" + "".join(f"<tr><td>{a}<td>{b}" for a, b in ROWS) + "</table></html>").encode()
CSV = "".join(f"{a};{b}\n" for a, b in ROWS).encode()
CARDS = "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:{a}\nTEL:{b}\nEND:VCARD\n" for a, b in ROWS[1:]).encode()
WHOLE = {
    "xlsx": xlsx(), "parquet": parquet(), "dbf": dbf(), "json": JSON, "lines": LINES, "page": PAGE, "cards": CARDS,
    "zip": zipped("base.csv", CSV), "gzip": gzip.compress(CSV),
}  # fmt: skip
MAPPED = {"cards": {"FN": "full_name", "TEL": "phone"}}


@pytest.fixture
def outcome(tmp_path: Path, make_source: Any, drain: Any) -> Callable[..., Any]:
    """Read `content` as a source within the limits: its frame, or None when it is refused in one clear line."""

    def run(content: bytes, name: str = "base.csv", columns: dict[str, str] = COLUMNS) -> Any:
        file = tmp_path / name
        file.write_bytes(content)
        source = make_source(columns=columns, pull={"file": str(file)})
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        started, peak = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            return drain(tables.read(source))[0]
        except SourceError as error:
            line = str(error)
            assert name in line and "\n" not in line and "Пример" not in line and "Traceback" not in line
            return None
        finally:
            assert time.monotonic() - started < SECONDS
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert own - peak < MEBIBYTES << 10
            # A child counts what it held as a copy of this process, before it became the reader.
            known = max(MEBIBYTES << 10, children, own)
            assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= known

    return run


def phones(frame: Any, name: str = "Телефон") -> list[str]:
    """The phones of the rows that are records."""
    return list(frame[name][frame["@note"].isna()].dropna()) if name in frame else []


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("name", ["base.csv", "base.xls"])
def test_the_name_says_nothing(outcome: Any, kind: str, name: str) -> None:
    columns = MAPPED.get(kind, COLUMNS)
    assert phones(outcome(WHOLE[kind], name, columns), list(columns)[1]) == [phone for _, phone in ROWS[1:]]


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.97, -1])
@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_is_cut(outcome: Any, kind: str, part: float) -> None:
    """No phone is read that is not in the whole file: what was cut is refused, or its last row is flagged."""
    content = WHOLE[kind]
    columns = MAPPED.get(kind, COLUMNS)
    frame = outcome(content[: -1 if part < 0 else int(len(content) * part)], columns=columns)
    if frame is None:
        return
    assert set(phones(frame, list(columns)[1])) <= {phone for _, phone in ROWS[1:]}


@pytest.mark.parametrize("kind", WHOLE)
def test_bytes_in_the_middle_are_spoiled(outcome: Any, kind: str) -> None:
    content = WHOLE[kind]
    middle = len(content) // 2
    outcome(content[:middle] + b"\xff\0\xfe\x80" + content[middle + 4 :], columns=MAPPED.get(kind, COLUMNS))


def wide_book(rows: int, width: int, cell: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Имя", "Телефон", *(f"c{i}" for i in range(width - 2))])
        for row in range(1, rows):
            sheet.write_row(row, 0, [cell] * width)
    return out.getvalue()


def nested_gzip() -> bytes:
    data = b"\0" * (200 << 20)
    return gzip.compress(gzip.compress(data))


def broken_book(part: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name.endswith(part) else old.read(name))
    return out.getvalue()


SAMPLES = Path(__file__).parents[2] / "data" / "formats"


def sample(name: str, part: str, content: Callable[[bytes], bytes]) -> bytes:
    """A sample workbook with one of its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(SAMPLES / name) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(member, content(old.read(member)) if member.endswith(part) else old.read(member))
    return out.getvalue()


def with_entities(content: bytes) -> bytes:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
    head = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">%s<!ENTITY e SYSTEM "file:///etc/hosts">]>' % levels
    )
    return head + content.partition(b"?>")[2].replace("Анна Примерова".encode(), b"&l9;&e;")


def repeated(what: bytes, times: int) -> Callable[[bytes], bytes]:
    many = b'<table:table-%s table:number-%ss-repeated="%d" ' % (what, {b"cell": b"column"}.get(what, what), times)
    return lambda content: content.replace(b"<table:table-%s " % what, many, 1)


XLS = (SAMPLES / "contacts.xls").read_bytes()
HURTFUL = {
    "bomb and a foreign file, ODS": lambda: sample("contacts.ods", "content.xml", with_entities),
    "a million rows repeated, ODS": lambda: sample("contacts.ods", "content.xml", repeated(b"row", 1 << 20)),
    "columns repeated without end, ODS": lambda: sample("contacts.ods", "content.xml", repeated(b"cell", 1 << 60)),
    "sheet cut, XLSB": lambda: sample("excel.xlsb", "sheet1.bin", lambda sheet: sheet[: len(sheet) // 2]),
    "records of endless size, XLSB": lambda: sample(
        "excel.xlsb", "sheet1.bin", lambda _: b"\5\xff\xff\xff\x7f" * 500
    ),
    "cut in a sector, XLS": lambda: XLS[:-700],
    "sectors in a circle, XLS": lambda: XLS[:0x4C] + bytes(436 + 512) + XLS[0x400:],
    "spoiled, XLS": lambda: XLS[:3000] + bytes(range(256)) * 2 + XLS[3512:],
    "sheets without cells": lambda: wide_book(0, 2, ""),
    "numbers without end, JSON": lambda: b'[{"a": ' + b"9" * (1 << 20) + b'}, {"a": 1e999999999}]',
    "keys without end, JSON": lambda: ("[" + ",".join(f'{{"k{i}": 1}}' for i in range(20_000)) + "]").encode(),
    "a line of 30 MB, JSON lines": lambda: b'{"a": "' + b"x" * (30 << 20) + b'"}\n',
    "cards in cards": lambda: b"BEGIN:VCARD\n" * 3_000 + b"FN:A\n" + b"END:VCARD\n" * 3_000,
    "attributes without end, HTML": lambda: b"<table " + b"a='1' " * 500_000 + b"><tr><td>x</table>",
    "four thousand million records, DBF": lambda: dbf()[:4] + b"\xff\xff\xff\xff" + dbf()[8:],
    "members in members": lambda: zipped("a.zip", zipped("b.zip", zipped("c.zip", zipped("d.csv", CSV)))),
    "10,000 columns, XLSX": lambda: wide_book(3, 10_000, "x"),
    "10,000 columns, JSON": lambda: ("[{" + ",".join(f'"k{i}": 1' for i in range(10_000)) + "}]").encode(),
    "10,000 columns, HTML": lambda: (
        "<table><tr>" + "".join(f"<td>c{i}" for i in range(10_000)) + "</table>"
    ).encode(),
    "1 MB cell, JSON": lambda: b'[{"\xd0\x98": "' + b"x" * (1 << 20) + b'"}]',
    "1 MB cell, HTML": lambda: b"<table><tr><td>" + b"x" * (1 << 20) + b"</table>",
    "1 MB cell, vCard": lambda: CARDS + b"BEGIN:VCARD\nNOTE:" + b"x" * (1 << 20) + b"\nEND:VCARD\n",
    "NUL bytes, JSON": lambda: b'[{"a": "\0"}]' + b"\0" * 100,
    "NUL bytes, vCard": lambda: CARDS.replace("Пример".encode(), b"\0"),
    "NUL bytes, HTML": lambda: PAGE.replace("Пример".encode(), b"\0"),
    "lone surrogates, JSON": lambda: rb'[{"\ud800": "\udfff"}]',
    "lone surrogates, vCard": lambda: CARDS.replace("Пример".encode(), b"\xed\xa0\x80"),
    "lone surrogates, HTML": lambda: b"<table><tr><td>&#xD800;&#55296;</table>",
    "all gzip": nested_gzip,
    "gzip of a cell": lambda: gzip.compress(b"Name;Phone\n" + b"x" * (60 << 20)),
    "bomb, XLSX sheet": lambda: broken_book("sheet1.xml", b"<x>" + b" " * (15 << 20)),
    "bomb, XLSX deep": lambda: broken_book("sheet1.xml", b"<c>" * (4 << 20)),
    "broken sheet, XLSX": lambda: broken_book("sheet1.xml", b"\0\xff" * 100),
    "no workbook, XLSX": lambda: broken_book("workbook.xml", b""),
    "deep, HTML": lambda: b"<table><tr><td>" * 100_000,
    "deep, JSON": lambda: b'[{"a":' * 200_000,
    "spans, HTML": lambda: b"<table>" + b"<tr><td colspan=1000 rowspan=1000>x" * 20_000,
    "parquet mark alone": lambda: b"PAR1",
    "parquet with a huge footer": lambda: b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7f" + b"PAR1",
    "CFB mark alone": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "CFB of noise": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40,
    "Access mark alone": lambda: b"\0\1\0\0Standard ACE DB\0\2" + b"\0" * 5_000,
    "Access of noise": lambda: b"\0\1\0\0Standard Jet DB\0\1" + bytes(range(256)) * 100,
    "DBF of one endless record": lambda: dbf()[:10] + b"\0\0" + dbf()[12:],
    "ZIP mark alone": lambda: b"PK\x03\x04",
    "GZIP mark alone": lambda: b"\x1f\x8b",
    "vCard mark alone": lambda: b"BEGIN:VCARD",
    "vCards of nothing": lambda: b"BEGIN:VCARD\nEND:VCARD\n" * 5_000,
    "half a quoted-printable letter": lambda: b"BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE:=D0\nEND:VCARD\n",
}


WAYS = {
    "gzip of zip": lambda: gzip.compress(zipped("a.csv", CSV)),
    "zip of gzip": lambda: zipped("a.csv.gz", gzip.compress(CSV)),
    "gzip of workbook": lambda: gzip.compress(xlsx()),
    "zip of zip of JSON": lambda: zipped("a.zip", zipped("a.json", JSON)),
    "zip of JSON lines by another name": lambda: zipped("a.xls", LINES),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_packed_in_each_other_is_read(outcome: Any, way: str) -> None:
    assert phones(outcome(WAYS[way]())) == [phone for _, phone in ROWS[1:]]


def test_a_nul_character_in_a_format_costs_its_row(outcome: Any) -> None:
    frame = outcome(JSON.replace(b"79160000007", b"7916\\u0000007"))
    assert len(phones(frame)) == 39 and frame["@note"].dropna().str.contains("NUL").tolist() == [True]
    assert frame["Телефон"][7] == "7916\ufffd007"


@pytest.mark.parametrize("name", HURTFUL)
def test_what_could_hurt_is_read_or_refused(outcome: Any, name: str) -> None:
    frame = outcome(HURTFUL[name](), columns={})
    assert frame is None or len(frame.columns) >= 2


OTHERS = [
    b"%PDF-1.7", b"{\\rtf1 x", b"Rar!\x1a\x07\0", b"7z\xbc\xaf\x27\x1c", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd",
    b"SQLite format 3\0", b"MIME-Version: 1.0", b"<?xml version='1.0'?><x/>", b"\x89PNG\r\n", b"GIF89a",
    b"\x09\0\4\0\2\0", b"\x09\x04\x06\0\0\4", b"<?xml version='1.0'?><Workbook xmlns='x'><Table/></Workbook>",
    b"<?xml version='1.0'?><office:document xmlns:office='x'><table:table/></office:document>",
]  # fmt: skip


@pytest.mark.parametrize("content", OTHERS)
def test_other_formats_are_refused_by_name(outcome: Any, content: bytes) -> None:
    assert outcome(content) is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"[ID];[Name]\n1;2", "delimited text"), (b"[{}]", "JSON"), (b'{"a": 1}', "JSON"), (b"\xef\xbb\xbf {", "JSON"),
        ("{}".encode("utf-16"), "JSON"), (b"begin:vcard\r\n", "vCard"), (b"<table>", "HTML"),
        (b"<name>;phone\n", "delimited text"), (b"\x03abc;def\n", "delimited text"), (dbf(), "DBF"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_content(tmp_path: Path, head: bytes, kind: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(head)
    assert kinds.of(file) == kind
