"""The language of a lead as a two-letter code."""

import re
from functools import cache
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.tables import table

# The first subtag of a BCP 47 tag or of a POSIX locale: ru-RU, hu_HU.UTF-8, de-informal.
TAG = re.compile(r"([a-z]{2,3})(?:[-_.@][^\s]*)?", re.IGNORECASE)
LONGEST = 60


class Language(NamedTuple):
    """A language read: its code, or the flag that it was not understood."""

    language: str | None = None
    flag: str | None = None


def read_languages(column: pd.Series) -> pd.DataFrame:
    """`column` (as stated) -> `language` and `flag`, row by row."""
    return read_each(pd.DataFrame({"text": column}), ["text"], Language._fields, read_language)


def read_language(text: str | None) -> Language:
    """The language that `text` names, by a tag or in one of our languages."""
    if text is None or is_empty_marker(text):
        return Language()
    if len(text) > LONGEST:
        return Language(flag="language not understood")
    tag = TAG.fullmatch(text)
    stated = tag[1] if tag else text
    code = _codes().get(folded(stated)) or (stated.lower() if tag and len(stated) == 2 else None)
    return Language(code) if code else Language(flag="language not understood")


@cache
def _codes() -> dict[str, str]:
    """Folded spelling -> code."""
    return {folded(name): code for code, names in table("languages").items() for name in (code, *names)}
