"""Empty markers: what people write where they have nothing to say."""

import re
import unicodedata
from functools import cache

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded, folded_set
from enrich.tables import table

# A cell of nothing but these says nothing. A letter, digit, @ or + may say something.
PUNCTUATION = re.compile(r"[\s\-–—−_.,;:/\\|?!*'\"«»()\[\]]*")
# No word for "none" has one of these; asked first, because most cells do.
SAYS_SOMETHING = re.compile(r"[\d@]")
LONGEST = 40


def is_empty_marker(text: str) -> bool:
    """Is `text` no value at all: blank, punctuation alone, or a word for "none" (`empty_markers.toml`)?

    The characters that cannot be seen count as blank.
    """
    if len(text) > LONGEST:
        return False
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf"))
    if PUNCTUATION.fullmatch(text):
        return True
    if SAYS_SOMETHING.search(text):
        return text.strip() == "0"
    return folded(text) in _words()


def without_markers(column: pd.Series) -> pd.Series:
    """`column` with empty markers made null."""
    return read_each(pd.DataFrame({"text": column}), ["text"], ["text"], _without_marker)["text"]


def _without_marker(text: str | None) -> tuple[str | None]:
    return (None if text is None or is_empty_marker(text) else text,)


@cache
def _words() -> frozenset[str]:
    return folded_set(table("empty_markers")["words"])
