"""DBF (dBase, FoxPro, Clipper): one table; what is not in its declared form stands as it was written."""

import logging
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any

import dbfread  # type: ignore[import-untyped]

from sources.formats import pack
from sources.formats.found import Found, Given, Refused, bounded

# The DOS code page a language was written in, where the file names none; many programs wrote the Windows one.
_DOS = {"ru": "cp866", "sr": "cp866", "hu": "cp852", "ro": "cp852", "bs": "cp852", "hr": "cp852", "de": "cp850"}
_DAMAGE = (ValueError, OSError, struct.error, LookupError, TypeError, AttributeError)

log = logging.getLogger(__name__)


class _Cells(dbfread.FieldParser):  # type: ignore[misc]
    """Text and numbers as they were written, the other types as their values; a bad value as its text."""

    def parse(self, field: Any, data: bytes) -> Any:
        """The cell as text or a value."""
        if field.type in "CNF":
            return self._written(data)
        try:
            return super().parse(field, data)
        except (ValueError, struct.error, OverflowError):
            return self._written(data)

    def _written(self, data: bytes) -> str:
        return self.decode_text(data).strip("\0 ")


def tables(given: Given) -> list[Found]:
    """The one table: its records, and after them the deleted ones under a note.

    Raises Refused for a damaged header, and for fewer records than the header declares. A missing memo file
    leaves its cells empty.
    """
    try:
        found = dbfread.DBF(
            str(given.path), encoding="latin-1", ignorecase=False, parserclass=_Cells, ignore_missing_memofile=True
        )
    except _DAMAGE as error:
        raise Refused(f"its header is damaged ({type(error).__name__})") from None
    _complete(found, given.path.stat().st_size)
    bounded(found.header.numrecords, len(found.fields))
    found.encoding = _encoding(found, given)
    for field in found.fields:
        field.name = field.name.encode("latin-1").decode(found.encoding, "replace")
    return [Found(given.path.name, partial(_batches, found), named=True)]


def _complete(found: Any, size: int) -> None:
    header = found.header
    if not found.fields or header.recordlen != 1 + sum(field.length for field in found.fields):
        raise Refused("its header is damaged (the fields do not make up a record)")
    there = max(0, size - header.headerlen) // header.recordlen
    if there < header.numrecords:
        raise Refused(f"it is cut: {there} of {header.numrecords} records are there", "Have it copied again")


def _encoding(found: Any, given: Given) -> str:
    """What the source states, what the header names, or the code page of the language whose letters there are more."""
    if given.encoding:
        return given.encoding
    named = dbfread.codepages.codepages.get(found.header.language_driver, ("ascii",))[0]
    if named != "ascii":
        return str(named)
    with open(found.filename, "rb") as file:  # noqa: PTH123
        file.seek(found.header.headerlen)
        sample = file.read(1 << 20)
    try:
        sample.decode()
        return "utf-8"
    except UnicodeDecodeError:
        tried = [_DOS.get(given.language, "cp437"), given.code_page]
        return max(tried, key=lambda name: _letters(sample.decode(name, "replace")))


def _letters(text: str) -> int:
    """Letters beyond ASCII, more for small ones: the wrong code page gives frames and capitals."""
    return sum(1 + char.islower() for char in text if char > "\x7f" and char.isalpha())


def _batches(found: Any) -> list[Any]:
    found.char_decode_errors = "backslashreplace"
    return pack.records(_rows(found))


def _rows(found: Any) -> Iterator[pack.Record | pack.Noted]:
    names = _unique([field.name for field in found.fields])
    found.recfactory = lambda items: dict(zip(names, (value for _, value in items), strict=True))
    try:
        yield from found.records
        for record in found.deleted:
            yield pack.Noted("deleted", record)
    except _DAMAGE as error:
        raise Refused(f"a record or its memo is damaged ({type(error).__name__})") from None


def _unique(names: list[str]) -> list[str]:
    return [name if names.index(name) == i else f"{name} ({i + 1})" for i, name in enumerate(names)]
