"""Which rows of a table are no records (blank, a repeated header, totals), and the frames they pass on in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow
import pyarrow.compute as pc

from leads import schema
from leads.pull import NOTE, URI
from leads.source import Source
from sources import headers
from sources.careful import CUT

_WORDS = (
    "итого", "всего", "укупно", "свеукупно", "total", "totals", "grand total", "total general", "ukupno",
    "sveukupno", "summe", "gesamt", "gesamtsumme", "insgesamt", "összesen", "mindösszesen",
)  # fmt: skip
_TOTALS = rf"(?i)^(?:{'|'.join(_WORDS)})"
_TOTALS_CELL = re.compile(
    _TOTALS + r"(?:(?:\s+[^\W\d]+){1,3}(?=.*\d))?\s*[:=–—-]?\s*(?:(?P<number>\d[\d\s.,]*)(?:[^\W\d]+\.?)?)?$"
)
# Fields in which a value cut short is another value.
POINTS = ("phone", "email", "messenger", "telegram", "whatsapp", "viber", "skype", "vk")
_NUMBER = re.compile(r"\d{1,9}|\d{1,3}(?:[\s.,]\d{3})+")
_AMOUNT = re.compile(r"[\d\s.,]*\d[\d\s.,]*")


@dataclass
class Table:
    """One table on its way out: the names of its columns, and what its totals lines say."""

    cells: Sequence[str]
    uri: str
    source: Source
    totals: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = headers.named(self.cells)
        self._folded = [headers.folded(cell) for cell in self.cells]
        points = {headers.folded(h) for h, f in self.source.fields.items() if f in POINTS}
        self.points = [i for i, name in enumerate(self._folded) if name in points]

    def frame(self, columns: list[pyarrow.Array], notes: dict[int, str]) -> pd.DataFrame:
        """A frame of `columns` with `@uri` and `@note`; `notes` are those known already, by position."""
        rows = len(columns[0])
        first = _first(columns)
        found = dict.fromkeys(_positions(pc.is_null(first)), "blank")
        found |= {i: note for i, note in notes.items() if i not in found}
        for i in self._candidates(first):
            if found.get(i, CUT) == CUT:
                note = self._note([(column[i].as_py() or "").strip() for column in columns])
                found |= {i: note} if note else {}
        texts: list[str | None] = [None] * rows
        for i, note in found.items():
            texts[i] = note
        arrays = [*columns, pyarrow.repeat(self.uri, rows), pyarrow.array(texts, pyarrow.string())]
        return schema.arrow(pyarrow.Table.from_arrays(arrays, [*self.names, URI, NOTE]))

    def _candidates(self, first: pyarrow.Array) -> list[int]:
        """Rows whose first cell may be that of a repeated header or of a totals line."""
        top = next((cell.strip() for cell in self.cells if cell.strip()), "")
        same = pc.equal(pc.utf8_lower(pc.utf8_ltrim(first, "\ufeff")), top.lower())
        return _positions(pc.or_(same, pc.match_substring_regex(first, _TOTALS)))

    def _note(self, cells: list[str]) -> str | None:
        if [headers.folded(cell) for cell in cells] == self._folded:
            return "header"
        place, *others = [i for i, cell in enumerate(cells) if cell]
        stated = _TOTALS_CELL.match(cells[place])
        if not stated or any(i in self.points or not _AMOUNT.fullmatch(cells[i]) for i in others):
            return None
        numbers = [stated["number"]] if stated["number"] else [cells[i] for i in others]
        self.totals.append(_count(numbers[0]) if len(numbers) == 1 else None)
        return "totals"


def declared(tables: Sequence[Table]) -> int | None:
    """How many records a file says it has: the number on its totals line, if there is just one such line."""
    totals = [count for table in tables for count in table.totals]
    return totals[0] if len(totals) == 1 else None


def square(rows: list[list[str]], width: int) -> list[pyarrow.Array]:
    """Rows of cells as `width` columns; an empty cell, and one the row does not have, is null."""
    padded = [row if len(row) == width else row + [""] * (width - len(row)) for row in rows]
    columns = zip(*padded, strict=True) if padded else [()] * width
    arrays = [pyarrow.array(column, pyarrow.string()) for column in columns]
    return [pc.if_else(pc.equal(array, ""), None, array) for array in arrays]


def _first(columns: list[pyarrow.Array]) -> pyarrow.Array:
    """The first cell of each row that is not blank, trimmed; null where there is none."""
    first = pyarrow.nulls(len(columns[0]), pyarrow.string())
    for column in columns:
        if not first.null_count:
            break
        trimmed = pc.utf8_trim_whitespace(column)
        first = pc.coalesce(first, pc.if_else(pc.equal(trimmed, ""), None, trimmed))
    return first


def _positions(mask: pyarrow.Array) -> list[int]:
    found: list[int] = pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist()
    return found


def _count(number: str) -> int | None:
    text = number.strip(" .,\u00a0")
    return int(re.sub(r"\D", "", text)) if _NUMBER.fullmatch(text) else None
