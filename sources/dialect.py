"""How a delimited text is written: encoding, delimiter, quote, line ends, and where its header stands."""

import codecs
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from leads.errors import SourceError
from sources import encodings, headers
from sources.careful import Lines, Record, Records

DELIMITERS = (";", ",", "\t", "|", "^", "~", ":")
QUOTES = ('"', "'")
HEAD = 1 << 20  # bytes in which the header row is looked for
SAMPLE = 200  # records by which a dialect is judged

# What stands in no cell of a table that was cut at the right places: a delimiter that prose has no use for, or a
# quote at one of the ends.
_UNCLEAN = re.compile(r"[;\t|^~]|^['\"]|['\"]$")


@dataclass(frozen=True)
class Layout:
    """How a file is written and where its header stands: `rows` records from record `header` on, `cells` in all.

    `mend` is the code page as which the file's UTF-8 was once misread, or empty.
    """

    encoding: str
    delimiter: str
    newline: str
    header: int
    cells: list[str]
    quote: str = '"'
    rows: int = 1
    mend: str = ""


def layout(
    path: Path, language: str, expected: Collection[str], encoding: str = "", delimiter: str = ""
) -> Layout:
    """Find out how `path` is written; what is stated is believed, the rest is detected.

    `expected` are the headers to find the header row by. Of the dialects in which there is a header, the one with
    most of those wins, then the one whose rows are of one width and hold no rests of another dialect. Raises
    SourceError for bytes that are not in the encoding, for an impossible
    delimiter and when no row looks like the header.
    """
    if delimiter in ("\r", "\n", *QUOTES[:1]):
        raise SourceError(
            "a quote or a line end cannot be the delimiter", where=path.name, do="Mend `delimiter` under [pull]"
        )
    encoding = encodings.encoding(path, language, encoding)
    mend = encodings.twice(path, language, encoding)
    head, newline = _head(path, encoding, mend)
    tried = {pair: _records(head, newline, pair, path.name) for pair in _candidates(head, delimiter)}
    found = {}
    for pair, records in tried.items():
        rows = [cells for cells, _ in records[: headers.HEADER_ROWS]]
        if (place := headers.locate(rows, expected)) is not None:
            found[pair] = place
    if not found:
        raise no_header(path.name, [cells for records in tried.values() for cells, _ in records], expected)
    best = max(found, key=lambda pair: _fit(found[pair], expected, tried[pair], pair))
    place = found[best]
    return Layout(encoding, best[0], newline, place.start, place.cells, best[1], place.rows, mend)


def no_header(where: str, rows: Iterable[Sequence[str]], expected: Collection[str]) -> SourceError:
    """The error for a table of which none of the first `rows` looks like the header."""
    most = max((headers.seen(row, expected) for row in rows), default=0)
    seen = f"at most {most} of {len(expected)} expected headers in a row; expected: {', '.join(expected)}"
    return SourceError(
        f"no header row in the first {headers.HEADER_ROWS} rows", where=where, why=seen if expected else "",
        do="Check that this is the right file, its encoding and delimiter, and [columns] of the source",
    )  # fmt: skip


def split(text: str, newline: str) -> list[str]:
    """The lines of `text`, each with its line end."""
    lines = [line + newline for line in text.split(newline)]
    last = lines.pop().removesuffix(newline)
    return [*lines, last] if last else lines


def _head(path: Path, encoding: str, mend: str) -> tuple[str, str]:
    """The first whole lines of a file, and what ends them."""
    with path.open("rb") as file:
        raw = file.read(HEAD)
        whole = not file.read(1)
    head = codecs.getincrementaldecoder(encoding)().decode(raw)
    newline = "\n" if "\n" in head else "\r"
    if not whole and newline in head:
        head = head[: head.rindex(newline) + 1]
    return encodings.mended(head, mend), newline


def _candidates(head: str, delimiter: str) -> list[tuple[str, str]]:
    """The dialects worth a try: the usual one, and those whose delimiter and quote occur."""
    delimiters = [delimiter] if delimiter else [d for d in DELIMITERS if d in head] or [DELIMITERS[0]]
    sides = re.escape("".join(delimiters))
    single = re.search(rf"(?m)(?:^|[{sides}])'[^'\r\n]*'(?:$|[{sides}\r])", head)
    return [(d, quote) for quote in (QUOTES if single else QUOTES[:1]) for d in delimiters]


def _records(head: str, newline: str, pair: tuple[str, str], where: str) -> list[Record]:
    lines = iter([split(head, newline)])
    return list(islice(Records(Lines(lambda: next(lines, ()), where), *pair), SAMPLE))


def _fit(
    place: headers.Header, expected: Collection[str], records: list[Record], pair: tuple[str, str]
) -> tuple[int, float, int]:
    """How well a dialect serves: headers we know, share of regular rows with clean cells, columns."""
    return headers.seen(place.cells, expected), _quality(records, pair[0], len(place.cells)), len(place.cells)


def _quality(records: list[Record], delimiter: str, titles: int) -> float:
    """The share of rows of the commonest width, times that of clean cells in them, times how much of that width the
    header has or is; 0 for a single column. In `a,b|c` a bar parts as regularly as a comma, but not the header."""
    rows = [(cells, why) for cells, why in records if any(cells)]
    widths = Counter(len(cells) for cells, why in rows if not why)
    width, often = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    if width < 2:
        return 0.0
    cells = [cell.replace(delimiter, "") for row, why in rows if not why and len(row) == width for cell in row]
    clean = sum(not _UNCLEAN.search(cell) for cell in cells)
    return often / len(rows) * clean / len(cells) * min(titles, width) / max(titles, width)
