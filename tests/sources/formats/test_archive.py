import gzip
import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import openpyxl
import pytest

from leads.errors import SourceError

Read = Callable[..., dict[str, list[list[Any]]]]
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nTEL:1\r\nEND:VCARD\r\n"

# Without the moment at which it was packed: what a test is called must not change from worker to worker.
packed = partial(gzip.compress, mtime=0)


def zipped(**members: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def book() -> bytes:
    out, made = io.BytesIO(), openpyxl.Workbook()
    made.active.title = "One"
    made.active.append(["a", "b"])
    made.create_sheet("Two").append(["c"])
    made.save(out)
    return out.getvalue()


MEMBERS = {
    "a.csv": "x;y\n1;2\n", "in/b.xlsx": book(), "c.vcf": CARD, "photo.jpg": b"\xff\xd8\xff\xe0", "empty": "",
    "__MACOSX/._a.csv": "\0\0", "inner.zip": zipped(**{"d.csv": "z\n"}),
}  # fmt: skip


def test_each_member_is_a_table(cells: Read) -> None:
    assert cells(zipped(**MEMBERS)) == {
        "a.csv": [["x;y"], ["1;2"]],
        "in/b.xlsx#One": [["a", "b"]],
        "in/b.xlsx#Two": [["c"]],
        "c.vcf": [["TEL"], ["1"]],
        "inner.zip#d.csv": [["z"]],
    }


@pytest.mark.parametrize(("sheet", "tables"), [("c.vcf", 1), ("in/b.xlsx", 2), ("in/b.xlsx#Two", 1)])
def test_a_member_is_chosen(cells: Read, sheet: str, tables: int) -> None:
    assert len(cells(zipped(**MEMBERS), sheet=sheet)) == tables


def test_an_unknown_member_lists_the_known_ones(cells: Read) -> None:
    with pytest.raises(
        SourceError, match=r"no sheet or table 'd'; it has: a\.csv, in/b\.xlsx#One, in/b\.xlsx#Two"
    ):
        cells(zipped(**MEMBERS), sheet="d")


def test_names_of_a_dos_archive(cells: Read) -> None:
    data = zipped(**{"XXXX.csv": "x\n"}).replace(b"XXXX", "база".encode("cp866"))
    assert list(cells(data, language="ru")) == ["база.csv"]


def test_names_that_lead_elsewhere_stay_inside(cells: Read, tmp_path: Any) -> None:
    assert list(cells(zipped(**{"../../up.csv": "x\n", "/abs.csv": "y\n"}))) == ["../../up.csv", "/abs.csv"]
    assert not (tmp_path / "up.csv").exists()


@pytest.mark.parametrize("content", ["x;y\n1;2\n", CARD, book()])
def test_gzip(cells: Read, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    assert cells(packed(data), "base.gz")


def test_a_gzip_of_many_parts(cells: Read) -> None:
    assert list(cells(packed(b"x\n") + packed(b"1\n")).values()) == [[["x"], ["1"]]]


def protected() -> bytes:
    data = bytearray(zipped(**{"a.csv": "x\n"}))
    data[6] |= 1  # of the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # of the central directory
    return bytes(data)


def deep(levels: int) -> bytes:
    data = b"x\n"
    for _ in range(levels):
        data = zipped(**{"a": data})
    return data


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (protected(), "protected by a password"),
        (deep(4), "nested more than 2 deep"),
        (packed(packed(packed(b"x\n"))), "nested more than 2 deep"),
        (zipped(**MEMBERS)[:-30], "it is cut or damaged"),
        (zipped(**MEMBERS)[:400], "it is cut or damaged"),
        (zipped(**{"a.csv": b"x" * 9_000}).replace(b"x\x9c", b"xx")[:60] + zipped(a="1")[60:], "cut or damaged"),
        (packed(b"x;y\n" * 100)[:-9], "it is cut or damaged"),
        (packed(b"\0" * (80 << 20)), "it unpacks to far more than its size"),
        (zipped(**{"a.csv": b"\0" * (80 << 20)}), "it unpacks to far more than its size"),
        (zipped(), "no file in the archive holds a table"),
        (zipped(**{f"{i}.csv": "x" for i in range(1_001)}), "it holds 1001 files"),
    ],
)
def test_refused(cells: Read, content: bytes, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        cells(content)


def test_a_size_that_lies(cells: Read) -> None:
    """The declared size says 10 bytes; what comes out is counted, and its checksum is asked."""
    data = zipped(**{"a.csv": b"\0" * (80 << 20)})
    place = data.index(b"PK\x01\x02") + 24
    with pytest.raises(SourceError, match="cut or damaged|far more than its size"):
        cells(data[:place] + (10).to_bytes(4, "little") + data[place + 4 :])
