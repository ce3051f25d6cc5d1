"""The header row of a table: where it is, and what its columns are called."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from leads.pull import KEY, REASON, RESERVED
from sources import headwords

# A title, a date and an empty line may stand above the header; more than this is another kind of file.
HEADER_ROWS = 30
LOOKED_AT = 200  # cells of a row by which a header is told
NAMELESS = re.compile(r"column \d+")
# What stands in no header: an e-mail, a web address, a date, or five digits and more with or without their punctuation.
VALUE = re.compile(r"\S@\S+\.|https?://|^www\.|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|^[+(]?\d[\d\s().,\-/]{3,}$")


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
    times: Counter[str] = Counter()
    for place, cell in enumerate(headers[len(names) :], start=len(names) + 1):
        name = header = cell or f"column {place}"
        while name in used:
            times[header] += 1
            name = f"{header} ({times[header] + 1})"
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
    """The header among the first `rows` of a table; None when nothing looks like one.

    By the `expected` headers where there are any: the first row with at least half of them, or two or three rows that
    have more of them together. Else by how many cells are words of a header and how different the row is from those
    below; a table that begins with its data at once gets `column 1`, `column 2` … and a header of no rows.
    """
    head = [[cell or "" for cell in row] for row in rows[:HEADER_ROWS]]
    return _by_names(head, expected) if expected else _by_looks(head)


def _by_names(rows: list[list[str]], expected: Collection[str]) -> Header | None:
    if all(NAMELESS.fullmatch(folded(header)) for header in expected):
        start = next(
            (i for i, row in enumerate(rows) if _filled(row) and _filled(row) >= _typical(rows) / 2), None
        )
        return None if start is None else Header(start, 0, _nameless(rows))
    place = find(rows, expected)
    best = None if place is None else Header(place, 1, rows[place])
    most = seen(best.cells, expected) if best else (len(expected) - 1) // 2
    for start, height in ((i, n) for n in (2, 3) for i in range(len(rows) - n + 1)):
        cells = _combined(rows[start : start + height])
        if (count := seen(named(cells), expected)) > most:
            best, most = Header(start, height, cells), count
    return best


def _by_looks(rows: list[list[str]]) -> Header | None:
    wide = [i for i, row in enumerate(rows) if _filled(row) and _filled(row) >= _typical(rows) / 2]
    if not wide:
        return None
    place = next((i for i in wide if _reads_like_one(rows[i])), None)
    if place is None:
        place = wide[0]
        if _is_data(rows[place], rows[place + 1 :]):
            return Header(place, 0, _nameless(rows))
    first, last = _upwards(rows, place), _downwards(rows, place)
    cells = _combined(rows[first : last + 1])
    numbered = _reads_like_one(rows[place]) and last + 1 < len(rows) and _is_numbering(rows[last + 1])
    return Header(first, last - first + 1 + numbered, cells)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _typical(rows: list[list[str]]) -> float:
    """How many cells of a row are filled, as a rule."""
    counts = [count for row in rows if (count := _filled(row))]
    return median(counts) if counts else 0


def _nameless(rows: list[list[str]]) -> list[str]:
    return [f"column {place}" for place in range(1, max(map(len, rows)) + 1)]


def _reads_like_one(row: list[str]) -> bool:
    """Half of the cells are words of a header, at least two unless there are no more, and none is a value."""
    cells = [cell for cell in row[:LOOKED_AT] if cell.strip()]
    count = headwords.known(cells)
    return count >= min(2, len(cells)) and 2 * count >= len(cells) and not any(map(_is_value, cells))


def _is_value(cell: str) -> bool:
    return bool(VALUE.search(cell.strip()))


def _is_data(row: list[str], below: list[list[str]]) -> bool:
    """A row of values, or one with cells that come again below; all of them together are a repeated header."""
    cells = row[:LOOKED_AT]
    again = (
        cell.strip() and any(i < len(other) and other[i] == cell for other in below if other != row)
        for i, cell in enumerate(cells)
    )
    return any(map(_is_value, cells)) or any(again)


def _upwards(rows: list[list[str]], place: int) -> int:
    """The first of the header's rows: titles of groups of columns may stand above the row that was found."""
    first = place
    while first > 0 and place - first < 2 and _groups(rows[first - 1], rows[first]):
        first -= 1
    return first


def _downwards(rows: list[list[str]], place: int) -> int:
    """The last of the header's rows: it may be the titles of groups that was found."""
    last = place
    while last + 1 < len(rows) and last - place < 2:
        below = rows[last + 1]
        if not (_groups(rows[last], below) and _reads_like_one(below)):
            break
        last += 1
    return last


def _groups(above: list[str], row: list[str]) -> bool:
    """Is `above` a row of titles over groups of the columns of `row`?

    It has gaps where `row` has cells, and it either names what `row` leaves empty or has several titles.
    """
    if any(map(_is_value, above)) or not _filled(row):
        return False
    width = max(len(above), len(row))
    pairs = list(zip(_padded(above, width), _padded(row, width), strict=True))
    gaps = any(low and not high for high, low in pairs)
    names = any(high and not low for high, low in pairs)
    titles = sum(1 for high, low in pairs if high)
    return gaps and titles > 0 and (names or titles > 1)


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [cell.strip() for cell in row] + [""] * (width - len(row))


def _combined(rows: list[list[str]]) -> list[str]:
    """Header rows as one: a title stands for the columns on its right until the next, if it has a cell below it."""
    width = max(map(len, rows))
    names = _padded(rows[-1], width) if len(rows) > 1 else list(rows[-1])
    for above in reversed(rows[:-1]):
        title, lower = "", names
        names = []
        for high, low in zip(_padded(above, width), lower, strict=True):
            if high:
                title = high if low else ""
            names.append(" ".join(filter(None, (high or (title if low else ""), low))))
    return names


def _is_numbering(row: list[str]) -> bool:
    """The row `1 2 3 …` that official forms have below their header."""
    cells = [cell.strip().rstrip(".") for cell in row if cell.strip()]
    return len(cells) > 3 and cells == [str(place) for place in range(1, len(cells) + 1)]
