"""The records of damaged text, one by one: none is lost, whatever is wrong with it."""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from leads.errors import SourceError
from sources.encodings import LINE, NUL

# The last row lacks its line end, and it cannot be told that nothing more belongs to it.
CUT = "unreadable: the file ends within this row"
NULS = "unreadable: a NUL byte stands within a cell, and nobody knows for what"

Record = tuple[list[str], str | None]


class Lines:
    """The physical lines of a text, which can be given back to be read again.

    `more` gives the next lines, none at the end; `place` is the number of lines read.
    """

    def __init__(self, more: Callable[[], Iterable[str]], where: str) -> None:
        self._more = more
        self._ahead: deque[str] = deque()
        self._where = where
        self.taken: list[str] = []
        self.place = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._ahead:
            self._ahead.extend(self._more())
        if not self._ahead:
            raise StopIteration
        line = self._ahead.popleft()
        if len(line) >= LINE:
            raise SourceError(
                f"a line is longer than {LINE} characters", where=self._where,
                do="Check that this is a table with one record per line",
            )  # fmt: skip
        self.taken.append(line)
        self.place += 1
        return line

    def keep_first(self) -> str:
        """Give back all lines taken but the first, and return that one."""
        self._ahead.extendleft(reversed(self.taken[1:]))
        self.place -= len(self.taken[1:])
        del self.taken[1:]
        return self.taken[0] if self.taken else ""

    def rest(self) -> str:
        """What was taken from `more` and is not read."""
        return "".join(self._ahead)


class Records:
    """The records of a text. A quote that is never closed costs its own line, not the rest of the file."""

    def __init__(self, lines: Lines, delimiter: str, quote: str = '"', width: int = 0) -> None:
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
        self.width = width  # cells of the header, once it is known

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        self._lines.taken.clear()
        try:
            cells = next(self._reader)
        except csv.Error as error:
            return self._refused(_reason(error))
        if NUL in "".join(cells):
            return [self.raw.rstrip("\r\n").replace(NUL, "\ufffd")], NULS
        return (cells, None) if len(cells) == self.width or not self.width else self._uneven(cells)

    def _uneven(self, cells: list[str]) -> Record:
        """A record with more or fewer cells than the header: readable if only empty ones are too many or few."""
        if len(self._lines.taken) > 1:
            return self._refused("a quote is not closed on this line")
        if any(cells[self.width :]):
            return self._refused(f"{len(cells)} cells under {self.width} headers")
        is_cut = 0 < len(cells) < self.width and not self.raw.endswith(("\r", "\n"))
        return cells[: self.width], CUT if is_cut else None

    @property
    def raw(self) -> str:
        """The text of the record just read, as it stands in the file."""
        return "".join(self._lines.taken)

    def _refused(self, why: str) -> Record:
        return [self._lines.keep_first().rstrip("\r\n").replace(NUL, "\ufffd")], f"unreadable: {why}"


def _reason(error: csv.Error) -> str:
    """What the csv module found, in words that hold no cell of the row."""
    text = str(error)
    if "unexpected end" in text:
        return "a quote is never closed"
    if "expected after" in text:
        return "text after a closing quote"
    if "field limit" in text:
        return f"a cell is longer than {csv.field_size_limit()} characters, or a quote is not closed"
    return "a stray line break within the row"
