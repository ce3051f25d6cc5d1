"""A workbook under a password is a compound file with two streams in it, written here sector by sector."""

import struct
from collections.abc import Callable
from typing import Any

import pytest

from leads.errors import SourceError

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def entry(name: str, kind: int, child: int = FREE, right: int = FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + struct.pack("<III", FREE, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def protected() -> bytes:
    size = 4096  # a stream of this size needs no small sectors
    fat = [FAT, END, *range(3, 10), END, *range(11, 18), END]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    directory = b"".join([
        entry("Root Entry", 5, child=1, start=END),
        entry("EncryptionInfo", 2, right=2, start=2, size=size),
        entry("EncryptedPackage", 2, start=10, size=size),
        bytes(128),
    ])  # fmt: skip
    table = struct.pack("<128I", *fat, *[FREE] * (128 - len(fat)))
    return head + table + directory + bytes(size) + bytes(range(256)) * 16


def test_a_password_is_told(cells: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="it is protected by a password. Save it without one"):
        cells(protected(), "base.xlsx")
