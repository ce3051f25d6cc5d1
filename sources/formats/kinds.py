"""What a file is, by its first bytes and never by its name."""

import codecs
import re
from enum import StrEnum
from pathlib import Path

from sources.formats.found import Refused

HEAD = 4096


class Kind(StrEnum):
    """The formats that are read. A ZIP may be a workbook or an archive, which its members tell."""

    TEXT = "delimited text"
    ZIP = "ZIP"
    GZIP = "GZIP"
    BINARY_BOOK = "older or protected workbook"
    PARQUET = "Parquet"
    JSON = "JSON"
    CARDS = "vCard"
    DBF = "DBF"
    ACCESS = "Access"
    PAGE = "HTML"


_MARKS = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.BINARY_BOOK),
    (b"PAR1", Kind.PARQUET),
)
_OLD_BOOK = "a workbook of Excel 4 or older"
_EXPORT, _UNPACK = "Export the table as CSV or XLSX", "Unpack it, and name the file inside"
# What holds no table: what to do, and what it is by its first bytes.
_OTHERS = {
    _EXPORT: {
        b"%PDF": "a PDF", b"{\\rtf": "a text document (RTF)", b"SQLite format 3\0": "an SQLite database",
        b"MIME-Version:": "a web archive (MHTML)", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture",
        b"GIF8": "a picture",
        b"\x09\0\4\0": _OLD_BOOK, b"\x09\2\6\0": _OLD_BOOK, b"\x09\4\6\0": _OLD_BOOK, b"\x09\x08\x08\0": _OLD_BOOK,
    },
    _UNPACK: {
        b"Rar!\x1a\x07": "a RAR archive", b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive", b"BZh": "a bzip2 archive",
        b"\xfd7zXZ\0": "an XZ archive", b"\x28\xb5\x2f\xfd": "a Zstandard archive",
        b"PK\x07\x08": "one part of an archive in several parts",
    },
}  # fmt: skip
_DBASE = {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x7B, 0x83, 0x8B, 0x8E, 0xCB, 0xF5, 0xFB}
_PAGE = re.compile(r"<!doctype html|<html|<head|<body|<meta|<style|<table", re.I)
_BOOK = re.compile(r"<(?:\w+:)?workbook\b|<office:document\b", re.I)
# `[ID];[Name]` is how some databases write the header of a CSV.
_BRACKETS = re.compile(r"\[[^\W\d][^\]\"{}]*\]\s*[,;\t|]")


def of(path: Path) -> Kind:
    """The kind of `path`; delimited text where it is nothing else. Raises Refused for what holds no table."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Refused("the file is empty", "Have it sent again")
    for do, others in _OTHERS.items():
        if mark := next(filter(head.startswith, others), None):
            raise Refused(f"is {others[mark]}, not a table", do)
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head[4:19] in (b"Standard Jet DB", b"Standard ACE DB"):
        return Kind.ACCESS
    if _is_dbf(head):
        return Kind.DBF
    return _of_text(head)


def _is_dbf(head: bytes) -> bool:
    """A version byte, a month and a day, a header of whole fields, and the reserved zeros of its first 32 bytes."""
    if len(head) < 32 or head[0] not in _DBASE or head[2] > 12 or head[3] > 31:
        return False
    return int.from_bytes(head[8:10], "little") > 32 and head[12:14] == b"\0\0" and b"\0" in head[16:32]


def _of_text(head: bytes) -> Kind:
    for bom in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.removeprefix(bom)
    start = head.replace(b"\0", b"").decode("latin-1").lstrip()
    if start[:11].upper() == "BEGIN:VCARD":
        return Kind.CARDS
    if start.startswith("<"):
        if _BOOK.search(start):
            raise Refused("is a workbook in XML, which is not read", "Save it as XLSX")
        if _PAGE.search(start):
            return Kind.PAGE
        if start.startswith("<?xml"):
            raise Refused("is XML, not a table", _EXPORT)
    if start.startswith("{") or (start.startswith("[") and not _BRACKETS.match(start)):
        return Kind.JSON
    return Kind.TEXT
