"""Countries as leads state them -> ISO 3166-1 two-letter codes."""

import gettext
from collections import defaultdict
from functools import cache
from typing import NamedTuple

import pandas as pd
import phonenumbers

from enrich.distinct import read_each
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.tables import table

LONGEST = 60
CODE = 2
FIELDS = ("name", "common_name", "official_name", "alpha_3")
LANGUAGES = ("ru", "de", "hu", "ro", "bs", "hr", "sr", "sr@latin", "uk")


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
    code = code or (_other_codes().get(key) if len(key) > CODE else None)
    return Country(code) if code else Country(flag="country not understood")


@cache
def _codes() -> dict[str, str]:
    """Folded spelling -> code."""
    return {
        folded(spelling): code for code, spellings in table("countries").items() for spelling in (code, *spellings)
    }


@cache
def _other_codes() -> dict[str, str]:
    """Folded name -> code, of the names in ISO 3166-1 and their translations that mean one country and do not stand in
    our own table."""
    # Not at the top: the commands that look one contact up never need it.
    import pycountry

    translations = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for language in LANGUAGES
    ]
    found: dict[str, set[str]] = defaultdict(set)
    for country in pycountry.countries:
        stated = (getattr(country, field, None) for field in FIELDS)
        names = {str(name) for name in stated if name}
        for name in names | {texts.gettext(name) for texts in translations for name in names}:
            found[folded(name)].add(country.alpha_2)
    own = _codes()
    return {
        key: codes.pop() for key, codes in found.items() if len(codes) == 1 and len(key) > CODE and key not in own
    }
