"""Rows that keep their width although a delimiter was lost and another one gained: their cells moved over."""

import pyarrow
import pyarrow.compute as pc

SHIFTED = "unreadable: cells do not fit their columns"

# What a phone or an e-mail column holds; RE2. An account, @ann, is neither.
KINDS = {"email": r"[^\s@]@[^\s@]", "phone": r"^[^@]*(?:\d[\s()+./-]{0,3}){7}[^@]*$"}
ENOUGH, MOST, FEW = 5, 0.8, 0.05


class Fit:
    """Which columns hold phones or e-mails, by the first frame; afterwards, which rows have them next door.

    A row is shifted when a cell of such a column holds something else, while the cell beside it, in a column that
    has none of the kind, holds what belongs here. One wrong value alone is no sign of it.
    """

    def __init__(self) -> None:
        self._watched: list[tuple[int, int, str]] | None = None

    def shifted(self, columns: list[pyarrow.ChunkedArray]) -> list[int]:
        """Positions of the rows whose cells do not fit their columns."""
        if self._watched is None:
            self._watched = _watched(columns)
        found: set[int] = set()
        for place, beside, kind in self._watched:
            other = pc.invert(pc.match_substring_regex(columns[place], KINDS[kind]))
            rows = pc.indices_nonzero(pc.fill_null(other, False))
            moved = pc.match_substring_regex(columns[beside].take(rows), KINDS[kind])
            found.update(rows.filter(pc.fill_null(moved, False)).to_pylist())
        return sorted(found)


def _watched(columns: list[pyarrow.ChunkedArray]) -> list[tuple[int, int, str]]:
    """(column, the one beside it, kind) where the column is of the kind and the other one is not."""
    shares = {kind: [_share(column, pattern) for column in columns] for kind, pattern in KINDS.items()}
    return [
        (place, beside, kind)
        for kind, share in shares.items()
        for place in range(len(columns))
        if share[place] >= MOST
        for beside in (place - 1, place + 1)
        if 0 <= beside < len(columns) and share[beside] < FEW
    ]


def _share(column: pyarrow.ChunkedArray, pattern: str) -> float:
    known = len(column) - column.null_count
    if known < ENOUGH:
        return 0.0
    return (pc.sum(pc.match_substring_regex(column, pattern)).as_py() or 0) / known
