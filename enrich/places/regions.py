"""Regions as leads state them -> ISO 3166-2 codes.

Names are pycountry's (ISO 3166-2, in the country's own spelling), their translations into our languages, and those of
`regions.toml`. A name counts only where it means one region of the country; nothing is guessed by likeness.
"""

import gettext
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded, folded_set
from enrich.markers import is_empty_marker
from enrich.tables import table

LANGUAGES = ("ru", "de", "hu", "ro", "bs", "hr", "sr", "sr@latin", "uk")
LONGEST = 100
NOT_UNDERSTOOD = "region not understood"


class Region(NamedTuple):
    """A region read: its ISO 3166-2 code, or the flag that it was not understood."""

    region_code: str | None = None
    flag: str | None = None


def read_regions(cells: pd.DataFrame) -> pd.DataFrame:
    """`region` (as stated) and `country` (ISO) -> `region_code` and `flag`, row by row."""
    return read_each(cells, ["region", "country"], Region._fields, read_region)


def read_region(text: str | None, country: str | None) -> Region:
    """The region of `country` that `text` names; without a country no region is understood."""
    if text is None or is_empty_marker(text):
        return Region()
    code = region_code(text, country) if country else None
    return Region(code) if code else Region(flag=NOT_UNDERSTOOD)


@lru_cache(maxsize=1 << 14)
def region_code(text: str, country: str) -> str | None:
    """The ISO 3166-2 code of the region of `country` that `text` names: with or without its designation (обл., megye,
    județ, županija), or by its code in capitals (`NRW`, `jud. CJ`, `US-CA`)."""
    if len(text) > LONGEST:
        return None
    names = _names(country)
    words = text.split()
    bare = [word for word in words if folded(word) not in _designations()]
    return names.get(folded(text)) or _by_code("".join(bare), country) or names.get(_bare_key(text))


@cache
def region_name(code: str) -> str | None:
    """What a region is called in its own country: `Московская область`, `Cluj`."""
    country, _, local = code.partition("-")
    for stated in (table("regions")["names"].get(country, {}).get(local), _iso_names(country).get(code)):
        if stated:
            return stated[0] if isinstance(stated, list) else str(stated)
    return None


def city_region(text: str, country: str) -> str | None:
    """The code of the region that `text` names, where that region is a city: `СПб`, `Bp.`."""
    code = region_code(text, country)
    return code if code in _cities() else None


def region_of_place(country: str, admin: str, name: str) -> str | None:
    """The ISO 3166-2 code for a place of GeoNames by its first-order division, where both divide the country alike."""
    codes = table("regions")["geonames"]
    known = codes.get(country, {})
    local = admin if country in codes["same"] else known.get(name, known.get(admin))
    return f"{country}-{local}" if local else None


def _by_code(word: str, country: str) -> str | None:
    code = word if word.startswith(f"{country}-") else f"{country}-{word}"
    return code if word.isupper() and code in _iso_names(country) else None


def _bare_key(text: str) -> str:
    """`text` folded without the words that only say what kind of region it is."""
    words = text.replace(",", " ").replace("(", " ").split()
    return "".join(key for key in map(folded, words) if key not in _designations())


@cache
def _cities() -> frozenset[str]:
    return frozenset(table("regions")["cities"])


@cache
def _designations() -> frozenset[str]:
    """Folded words; an own name of two words gives both."""
    return folded_set(word for phrase in table("regions")["designations"] for word in phrase.split())


@cache
def _names(country: str) -> dict[str, str]:
    """Folded name -> code, of all names that mean one region; a name in our own table or in ISO's spelling before a
    translation, and a whole name before a bare one."""
    found: dict[str, str] = {}
    stated = list(_spellings(country))
    for rank in (0, 1):
        for key_of in (folded, _bare_key):
            codes: dict[str, set[str]] = defaultdict(set)
            for code, name, own in stated:
                if own is (rank == 0):
                    codes[key_of(name)].add(code)
            for key, meant in codes.items():
                if key and len(meant) == 1:
                    found.setdefault(key, next(iter(meant)))
    return found


def _spellings(country: str) -> Iterator[tuple[str, str, bool]]:
    """(code, name, is it our table's or ISO's own?) of every region."""
    for local, names in table("regions")["names"].get(country, {}).items():
        code = local if "-" in local else f"{country}-{local}"
        yield from ((code, name, True) for name in names)
    for code, name in _iso_names(country).items():
        yield code, name, True
        yield from ((code, spelled, False) for spelled in _translated(name))


def _translated(name: str) -> Iterator[str]:
    for texts in _translations():
        for part in (texts.gettext(name), texts.gettext(name).partition("(")[0]):
            if part != name:
                yield part


@cache
def _iso_names(country: str) -> dict[str, str]:
    # Not at the top: the commands that look one contact up never need it.
    import pycountry

    left_out = table("regions")["left_out"].get(country)
    listed: Any = pycountry.subdivisions.get(country_code=country) or ()  # type: ignore[no-untyped-call]
    return {region.code: region.name.partition("[")[0].strip() for region in listed if region.type != left_out}


@cache
def _translations() -> list[gettext.NullTranslations]:
    import pycountry

    return [
        gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for language in LANGUAGES
    ]
