"""How a country, or else a language, writes addresses: the words and shapes of `address_words.toml`."""

import re
from dataclasses import dataclass
from functools import cache

from enrich.folding import folded, folded_set
from enrich.tables import table

NAMED = frozenset({"street", "city", "region", "district", "area"})
NUMBERED = frozenset({"house", "block", "unit"})
OF_A_STYLE = ("endings", "latin_streets")
COUNTRY_LETTERS = r"(?:[A-Z]{1,3}[- ]?)?"
# Where a marker may be glued to what follows; most parts have none.
MAY_BE_GLUED = re.compile(r"[^\W\d_]\.\w|[^\W\d_]\d")


@dataclass(frozen=True, eq=False)
class Style:
    """How a country writes addresses."""

    name: str
    markers: dict[str, str]
    postcode: re.Pattern[str] | None
    # A postcode of so few digits may be a house number too.
    short: bool
    # English: what the name of a street ends with.
    endings: frozenset[str]
    # Russian: markers of a street when they are written in Latin letters.
    latin_streets: frozenset[str]


@cache
def style_of(country: str | None, language: str | None) -> Style:
    """The style of a country, else of a language, else the English one."""
    words = table("address_words")
    named = [
        name
        for place, kind in ((country, "countries"), (language, "languages"))
        for name, members in words[kind].items()
        if place in members
    ]
    name = named[0] if named else "en"
    kinds = words["styles"][name]
    endings, latin_streets = (folded_set(kinds.get(kind, ())) for kind in OF_A_STYLE)
    letters = "" if name == "en" else COUNTRY_LETTERS
    markers = {
        folded(word): kind for kind, listed in reversed(kinds.items()) if kind not in OF_A_STYLE for word in listed
    }
    shape = _postcode_shape(country or name)
    pattern = re.compile(rf"{letters}({shape})", re.IGNORECASE) if shape else None
    return Style(name, markers, pattern, shape == r"\d{4}", endings, latin_streets)


def _postcode_shape(place: str) -> str | None:
    shapes = table("address_words")["postcodes"]
    return next((shape for shape, members in shapes.items() if place in members), None)


def apart(text: str, style: Style) -> str:
    """`text` with a blank behind every marker that is glued to its name or number: `ул.Ленина`, `д5`."""
    return _glued(style.name).sub(_with_blank, text) if MAY_BE_GLUED.search(text) else text


def _with_blank(marker: re.Match[str]) -> str:
    return f"{marker[3]} " if marker[3] else f"{marker[0]} "


@cache
def _glued(style_name: str) -> re.Pattern[str]:
    kinds = table("address_words")["styles"][style_name]
    words = {word for kind in (*NAMED, *NUMBERED) for word in kinds[kind] if word.isalpha()}
    numbered = {word for kind in NUMBERED for word in kinds[kind] if word.isalpha()}
    # One letter may begin an abbreviation of two: г.о.
    single, longer = ({word for word in words if (len(word) == 1) is one} for one in (True, False))
    letters = rf"(?<!\.)(?:{_any(single)})\.(?=\w)(?!\w\.)" if single else "(?!)"
    return re.compile(rf"(?<!\w)(?:({_any(longer)})\.(?=\w)|({letters})|({_any(numbered)})(?=\d))", re.IGNORECASE)


def _any(words: set[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))
