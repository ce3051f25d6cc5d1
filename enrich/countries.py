"""Countries as leads state them -> ISO 3166-1 two-letter codes."""

from functools import cache
from typing import NamedTuple

import pandas as pd
import phonenumbers

from enrich.distinct import read_each
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.tables import table

LONGEST = 60


class Country(NamedTuple):
    """A country read: its code, or the flag that it was not understood."""

    country: str | None = None
    flag: str | None = None


def read_countries(column: pd.Series) -> pd.DataFrame:
    """`column` (as stated) -> `country` (ISO) and `flag`, row by row."""
    return read_each(pd.DataFrame({"text": column}), ["text"], Country._fields, read_country)


def read_country(text: str | None) -> Country:
    """The country that `text` names, by code or in one of our languages; never guessed."""
    if text is None or is_empty_marker(text):
        return Country()
    key = folded(text) if len(text) <= LONGEST else ""
    code = _codes().get(key) or (key.upper() if key.upper() in phonenumbers.SUPPORTED_REGIONS else None)
    return Country(code) if code else Country(flag="country not understood")


@cache
def _codes() -> dict[str, str]:
    """Folded spelling -> code."""
    return {
        folded(spelling): code for code, spellings in table("countries").items() for spelling in (code, *spellings)
    }
