"""What people type instead of a name to get past a form."""

import re
from functools import cache

from enrich.folding import folded, folded_set
from enrich.tables import table

REPEATED = re.compile(r"(.)\1{2,}|(?=.{6})(.{2,4})\2+")
# Letters of a keyboard's row in a row that no name has.
ROW_RUN = 4


def is_junk(word: str) -> bool:
    """Is `word` a word of the table, one syllable again and again, or a run along a row of the keyboard?"""
    key = folded(word)
    return key in _junk() or bool(REPEATED.fullmatch(key)) or word.casefold() in _row_runs()


@cache
def _row_runs() -> frozenset[str]:
    rows = [run for row in table("name_words")["keyboard_rows"] for run in (row, row[::-1])]
    return frozenset(
        row[start:end]
        for row in rows
        for end in range(ROW_RUN, len(row) + 1)
        for start in range(end - ROW_RUN + 1)
    )


@cache
def _junk() -> frozenset[str]:
    return folded_set(table("name_words")["junk"])
