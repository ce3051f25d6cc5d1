"""Access databases (.mdb, .accdb): each table a person made is a table."""

import datetime
import logging
import math
import struct
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow
from access_parser import AccessParser, access_parser  # type: ignore[import-untyped]

from sources.formats import pack
from sources.formats.found import Found, Given, Refused, bounded

_EPOCH = datetime.datetime(1899, 12, 30)
_MONEY, _DATE, _TEXT = 5, 8, 10  # types of columns
_COMPRESSED = b"\xff\xfe"
# Where the enciphered part of the header stands, and in it: the code page, the key of an enciphered database, its
# password, and the date that masks the password from Access 2000 on.
_HEADER, _HEADER_KEY = slice(24, 150), b"\xc7\xda\x39\x6b"
_CODE_PAGE, _KEY, _PASSWORD, _DATED = slice(36, 38), slice(38, 42), slice(42, 82), slice(90, 98)
_parse = access_parser.parse_type


def tables(given: Given) -> list[Found]:
    """The tables by name. Raises Refused for a database that is damaged or protected by a password."""
    logging.getLogger("access_parser").setLevel(logging.CRITICAL + 1)  # it prints pages of the file
    with given.path.open("rb") as file:
        start = file.read(_HEADER.stop)
    header = _deciphered(start[_HEADER])
    # The reader takes what it is made of from its own module.
    access_parser.AccessTable = _Table
    access_parser.parse_type = partial(_cell, f"cp{int.from_bytes(header[_CODE_PAGE], 'little')}", given.code_page)
    access_parser.numeric_to_string = _number
    access_parser.read_db_file = _whole_pages
    try:
        if _is_protected(header, is_old=not start[20]):
            raise Refused("it is protected by a password", "Save it without one")
        database = AccessParser(str(given.path))
        names = [name for name in database.catalog if not name.startswith(("MSys", "~"))]
    except Refused:
        raise
    except Exception as error:  # the reader trusts every offset in the file
        raise Refused(f"it is damaged or protected by a password ({type(error).__name__})") from None
    return [Found(name, partial(_batches, database, name), named=True) for name in names]


def _whole_pages(path: str) -> bytes:
    """The file without a last page that was cut: what is missed then is told, half a page is not."""
    data = Path(path).read_bytes()
    page = 4096 if data[20] else 2048
    return data[: len(data) // page * page]


def _batches(database: Any, name: str) -> Iterator[pyarrow.RecordBatch]:
    try:
        table = database.get_table(name)
        cells = table.parse()
        columns = {
            column.col_name_str: list(cells[column.col_name_str]) for _, column in sorted(table.columns.items())
        }
    except Exception as error:
        raise Refused(f"a table is damaged ({type(error).__name__})") from None
    heights = {len(cells) for cells in columns.values()}
    if len(heights) > 1:  # the reader skips what it cannot read, and the cells below move up
        raise Refused("a table is damaged (its columns are of unequal length)")
    height = heights.pop() if heights else 0
    if height < table.table_header.number_of_rows:
        raise Refused(
            f"it is cut: {height} of {table.table_header.number_of_rows} rows are there", "Have it copied again"
        )
    bounded(height, len(columns))
    if columns:
        yield from pack.rows(_rows(columns), len(columns))


def _rows(columns: dict[str, list[Any]]) -> Iterator[tuple[Any, ...]]:
    yield tuple(columns)
    yield from zip(*columns.values(), strict=True)


class _Table(access_parser.AccessTable):  # type: ignore[misc]
    """A table that was changed after rows had been written (a row knows the columns there were then), or damaged."""

    def _parse_row(self, record: bytes) -> None:
        self.known = record[0] if self.version == 3 else int.from_bytes(record[:2], "little")
        self.table_header.column_count = self.known  # by which the reader finds the nulls of the row
        super()._parse_row(record)

    def _get_overflow_record(self, pointer: int) -> bytes | None:
        record: bytes | None = super()._get_overflow_record(pointer)
        is_catalogue = self.table.offset == 2 * self.page_size  # its long values are of no use to us
        if record is None and not is_catalogue:
            raise ValueError("a long value is not where it should be")
        return record

    def _parse_fixed_length_data(self, record: bytes, column: Any, nulls: list[bool]) -> None:
        if column.column_id < self.known:
            super()._parse_fixed_length_data(record, column, nulls)
        else:
            self.parsed_table[column.col_name_str].append(None)

    def _parse_dynamic_length_data(
        self, record: bytes, said: Any, columns: dict[int, Any], nulls: list[bool]
    ) -> None:
        """The reader counts through the columns, so one that was deleted needs its place."""
        known = {c.variable_column_number: c for c in columns.values() if c.column_id < self.known}
        deleted = SimpleNamespace(column_id=0, col_name_str="", type=0)
        places = {i: known.get(i, deleted) for i in range(len(said.variable_length_field_offsets))}
        super()._parse_dynamic_length_data(record, said, places, nulls)
        for column in columns.values():
            if places.get(column.variable_column_number) is not column:
                self.parsed_table[column.col_name_str].append(None)


def _cell(stated: str, code_page: str, kind: int, data: bytes, *more: Any, **named: Any) -> Any:
    """A value as the reader gives it, but for those that it does not read right."""
    if kind == _TEXT:
        return _text(data, stated if stated.startswith("cp125") else code_page, named.get("version", 3))
    if kind == _MONEY:
        return f"{(Decimal(struct.unpack_from('<q', data)[0]) / 10_000).normalize():f}"
    if kind == _DATE:
        return _moment(struct.unpack_from("<d", data)[0])
    return _parse(kind, data, *more, **named)


def _text(data: bytes, code_page: str, version: int) -> str:
    """Text of a code page up to Access 97, later UTF-16, of which stretches may be compressed: a NUL byte turns that
    on and off."""
    if version == 3:
        return data.decode(code_page, "replace").strip("\0")
    if not data.startswith(_COMPRESSED):
        return data.decode("utf-16-le", "replace")
    pieces = zip(data[2:].split(b"\0"), cycle(("latin-1", "utf-16-le")), strict=False)
    return "".join(piece.decode(encoding, "replace") for piece, encoding in pieces)


def _moment(days: float) -> Any:
    """A date, a time or both, as the fraction says; text for what is none of them."""
    part, whole = math.modf(days) if math.isfinite(days) else (0.0, 1e9)
    try:
        moment = _EPOCH + datetime.timedelta(days=whole, seconds=round(abs(part) * 86_400))
    except OverflowError:
        return str(days)
    return moment.time() if not whole else moment if part else moment.date()


def _number(data: bytes, scale: int) -> str:
    is_negative, *words = struct.unpack("<B4I", data)
    number = Decimal(sum(word << shift for word, shift in zip(words, (96, 64, 32, 0), strict=True)))
    return f"{(-number if is_negative else number).scaleb(-scale).normalize():f}"


def _is_protected(header: bytes, is_old: bool) -> bool:
    """Whether the pages are enciphered, or a password is set; up to Access 97 that is shorter, and no date masks it."""
    if is_old:
        return any(header[_KEY]) or any(header[_PASSWORD][:20])
    mask = struct.pack("<i", int(struct.unpack("<d", header[_DATED])[0]))
    return any(header[_KEY]) or any(a != b for a, b in zip(header[_PASSWORD], cycle(mask), strict=False))


def _deciphered(data: bytes) -> bytes:
    """RC4 with the one key that all databases share."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + _HEADER_KEY[i % 4]) % 256
        state[i], state[j] = state[j], state[i]
    out, j = bytearray(), 0
    for i, byte in enumerate(data, start=1):
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
