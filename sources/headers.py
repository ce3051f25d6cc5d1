"""The header row of a table: where it is, and what its columns are called."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from leads.pull import KEY, REASON, RESERVED

# A title, a date and an empty line may stand above the header; more than this is another kind of file.
HEADER_ROWS = 30


def folded(header: str) -> str:
    """`header` as it is compared: letter case, line breaks and doubled spaces make no difference."""
    return " ".join(header.replace("\ufeff", " ").split()).casefold()


def seen(row: Iterable[str], expected: Collection[str]) -> int:
    """How many of the expected headers occur in `row`."""
    cells = {folded(cell) for cell in row}
    return sum(folded(header) in cells for header in expected)


def find(rows: Sequence[Sequence[str]], expected: Collection[str]) -> int | None:
    """Position of the header row: the first one with at least half of the expected headers.

    Where nothing is expected (a file looked at for the first time) it is the first row with text in it.
    """
    for i, row in enumerate(rows[:HEADER_ROWS]):
        if expected and 2 * seen(row, expected) >= len(expected):
            return i
        if not expected and any(map(str.strip, row)):
            return i
    return None


def named(cells: Iterable[str]) -> list[str]:
    """Column names, each used once: a repeated header gets ` (2)`, an empty one its place (`column 3`).

    The reserved names of a pull count as used, so that a file cannot write into `@key` and its like; but a file that
    `leads rejects` wrote, which begins with `@reason` and `@key`, brings the record keys back.
    """
    headers = [cell.strip("\ufeff \t\r\n\u00a0") for cell in cells]
    names = [REASON, KEY] if headers[:2] == [REASON, KEY] else []
    used = set(RESERVED)
    for place, cell in enumerate(headers[len(names) :], start=len(names) + 1):
        header = cell or f"column {place}"
        name, times = header, 1
        while name in used:
            times += 1
            name = f"{header} ({times})"
        used.add(name)
        names.append(name)
    return names


@dataclass(frozen=True)
class Header:
    """Where the header of a table stands: `rows` records from record `start` on (none: the table has no header), and
    the `cells` that it comes to, one for each column."""

    start: int
    rows: int
    cells: list[str]


def locate(rows: Sequence[Sequence[str]], expected: Collection[str]) -> Header | None:
    """The header among the first `rows` of a table, by the `expected` headers; None when nothing looks like one."""
    place = find(rows, expected)
    return None if place is None else Header(place, 1, list(rows[place]))
