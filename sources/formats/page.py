"""HTML tables, as web pages and as programs write them under the name of a workbook."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow
from lxml import etree, html

from sources.formats import letters, pack
from sources.formats.found import Found, Given, Refused, bounded

SPAN = 1_000  # columns or rows a cell may span, as in browsers
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>")
_OPEN, _CLOSED = re.compile(r"<table[\s>]", re.I), re.compile(r"</table\s*>", re.I)
_BREAKS = ("br", "p", "div", "li")


def tables(given: Given) -> list[Found]:
    """The tables of the page with their caption or `table N`; a cell that spans several stands in the first of them.

    The last row of a table that is not closed has a note: the file may have been cut in it.

    Raises Refused for a page without a table.
    """
    data = given.path.read_bytes()
    stated = _CHARSET.search(data[:4096])
    text = letters.decoded(data, given, stated[1].decode("ascii") if stated else "")
    try:
        root = html.document_fromstring(_PROLOGUE.sub("", text).replace("\0", ""))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Refused(f"is a web page that cannot be read ({type(error).__name__})") from None
    found = [table for table in root.iter("table") if next(_rows(table), None) is not None]
    if not found:
        raise Refused("is a web page without a table", "Export the table as CSV or XLSX")
    cut = _cut(text, found[-1])
    return [
        Found(_name(table, place), partial(_batches, table, table in cut))
        for place, table in enumerate(found, start=1)
    ]


def _cut(text: str, last: Any) -> list[Any]:
    """The tables whose end is not in the text: the last one, and those it lies in."""
    if len(_OPEN.findall(text)) <= len(_CLOSED.findall(text)):
        return []
    return [last, *last.iterancestors("table")]


def _name(table: Any, place: int) -> str:
    caption = next(table.iterchildren("caption"), None)
    return (_text(caption) if caption is not None else "") or f"table {place}"


def _rows(table: Any) -> Iterator[Any]:
    """Its own rows, not those of a table within it."""
    for child in table.iterchildren("tr", "thead", "tbody", "tfoot"):
        yield from [child] if child.tag == "tr" else child.iterchildren("tr")


def _batches(table: Any, is_cut: bool) -> Iterator[pyarrow.RecordBatch]:
    lines = list(_grid(table))
    width = max(map(len, lines), default=0)
    bounded(len(lines), width)
    if width:
        notes = {len(lines) - 1: pack.CUT} if is_cut else {}
        yield from pack.rows((line + [""] * (width - len(line)) for line in lines), width, notes)


def _grid(table: Any) -> Iterator[list[str]]:
    taken: dict[int, int] = {}  # column -> rows it is still taken for by a cell from above
    for row in _rows(table):
        line: list[str] = []
        below: dict[int, int] = {}
        for cell in row.iterchildren("td", "th"):
            while len(line) in taken:
                line.append("")
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            if high > 1:
                below |= dict.fromkeys(range(len(line), len(line) + wide), high)
            line += [_text(cell), *[""] * (wide - 1)]
        bounded(1, len(line))
        taken = {place: rows - 1 for place, rows in (taken | below).items() if rows > 1}
        yield line


def _span(cell: Any, name: str) -> int:
    stated = (cell.get(name) or "").strip()
    return max(1, min(int(stated), SPAN)) if stated.isascii() and stated[:9].isdigit() and len(stated) < 9 else 1


def _text(cell: Any) -> str:
    """What a browser shows: runs of spaces are one, `<br>` and blocks begin a line; a table within is not ours."""
    lines = "".join(_pieces(cell)).split("\v")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _pieces(element: Any) -> Iterator[str]:
    for event, part in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            if part.tag in _BREAKS:
                yield "\v"
            if not _inside(part, element):
                yield part.text or ""
        elif part is not element:
            yield "\v" if part.tag in _BREAKS[1:] else ""
            if not _inside(part.getparent(), element):
                yield part.tail or ""


def _inside(part: Any, cell: Any) -> bool:
    """Whether `part` lies in a table (or a script) within `cell`."""
    while part is not None and part is not cell:
        if part.tag in ("table", "script", "style"):
            return True
        part = part.getparent()
    return False
