"""What a header says: which of our fields it speaks of, in any of the languages, abbreviations and scripts.

The words stand in `sources/data/headers.toml` and `labels.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from anyascii import anyascii

DATA = Path(__file__).parent / "data"
LONG = 200  # characters of a header that are looked at; more than that is no header
# Cyrillic and Latin spellings of one word end in the same letters: `општина`, `opština` and `opstina` are `opstina`.
DIGRAPHS = (
    ("shch", "s"),
    ("sch", "s"),
    ("sh", "s"),
    ("dzh", "dz"),
    ("zh", "z"),
    ("ch", "c"),
    ("kh", "h"),
    ("ts", "c"),
)
# `Gemeindeschluessel`: an umlaut may be written with an e.
UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# E-mail is written in many ways; its first letter may be Cyrillic, and so on.
EMAIL = re.compile(r"\b[eiy][\s\-_.]*(?:mail|mayl|meyl|majl|mejl|meil)")
FAMILIES = {
    "name": (
        "name",
        "given",
        "full_name",
        "contact",
        "given_name",
        "family_name",
        "patronymic",
        "company",
        "title",
    ),
    "address": (
        "street",
        "address",
        "legal_address",
        "postal_address",
        "delivery_address",
        "city",
        "region",
        "country",
    ),
    "service": ("telegram", "whatsapp", "viber", "skype", "vk"),
    "point": ("phone", "messenger", "number"),
}
# Compared folded, like the words of a header.
SMALL = frozenset(
    (
        "a", "ale", "az", "the", "of", "for", "and", "or", "und", "oder", "der", "die", "das", "des", "fur", "vom", "i",
        "ili", "za", "od", "na", "u", "si", "sau", "de", "la", "din", "da", "do", "ul", "es", "vagy", "dlya", "po", "v",
        "s", "k", "o", "your", "valu", "ihr", "ihre", "on", "dvs", "vas", "vase", "vasa", "vasi", "vasego", "vasey",
        "vaseg", "what", "is", "my",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a header speaks of: a section of headers.toml, and how much of the header says so (0..1)."""

    field: str
    share: float
    label: str = ""
    aside: str = ""  # what it would speak of without a word like `type` or `status`


Pattern = tuple[tuple[str, bool], ...]  # words, each with whether any ending will do


@dataclass(frozen=True)
class _Phrase:
    pattern: Pattern
    section: str
    alone: bool  # it must be the whole header


def read(name: str) -> dict[str, Any]:
    """A table of words from `sources/data`."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """The words of a header as they are compared; numbers and punctuation are left out."""
    text = unicodedata.normalize("NFKC", header[:LONG]).replace("№", " nr ").replace("#", " nr ")
    text = "".join(f" {char}" if _begins_word(text, i) else char for i, char in enumerate(text))
    text = anyascii(text.replace("đ", "dj").replace("Đ", "dj")).lower().replace("'", "")
    text = EMAIL.sub(" email ", text)
    for pair, letter in (*DIGRAPHS, *UMLAUTS):
        text = text.replace(pair, letter)
    return tuple(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z]{3})(nummer|nr)\b", r" \1", text)))


def _begins_word(text: str, place: int) -> bool:
    """A capital after a small letter (`FirstName`), or the last of several before one (`IMAddress`)."""
    if place == 0 or not text[place].isupper():
        return False
    return text[place - 1].islower() or (text[place - 1].isupper() and text[place + 1 : place + 2].islower())


@cache
def _phrases() -> dict[str, list[_Phrase]]:
    """Every phrase of headers.toml with its section, by the first two letters."""
    table = read("headers")
    found: dict[str, list[_Phrase]] = {}
    for section in table["order"]:
        for phrase in {phrase for phrases in table[section].values() for phrase in phrases}:
            pattern = _pattern(phrase)
            if pattern:
                first = pattern[0][0]
                found.setdefault(first[:2], []).append(_Phrase(pattern, section, phrase.startswith("=")))
    return found


@cache
def rank() -> dict[str, int]:
    """Which section is meant when a header speaks of several: the lowest number."""
    return {section: place for place, section in enumerate(read("headers")["order"])}


def _pattern(phrase: str) -> Pattern:
    parts = ((words(part), part.endswith("*")) for part in phrase.split())
    return tuple(
        (word, any_end and place == len(found) - 1) for found, any_end in parts for place, word in enumerate(found)
    )


def _stands(pattern: Pattern, at: int, header: tuple[str, ...]) -> bool:
    if at + len(pattern) > len(header):
        return False
    pairs = zip(pattern, header[at : at + len(pattern)], strict=True)
    return all(given.startswith(word) if any_end else given == word for (word, any_end), given in pairs)


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    section: str


def _hits(header: tuple[str, ...]) -> Iterator[_Hit]:
    for at, word in enumerate(header):
        for phrase in _phrases().get(word[:2], ()):
            size = len(phrase.pattern)
            if _stands(phrase.pattern, at, header) and (
                not phrase.alone or _counted(header) <= set(header[at : at + size])
            ):
                yield _Hit(at, at + size, phrase.section)


@lru_cache(maxsize=20_000)
def _counted(told: tuple[str, ...]) -> frozenset[str]:
    """The words that matter: no small ones and no labels, unless there are no others."""
    return frozenset(word for word in told if word not in SMALL and not label((word,))) or frozenset(told)


def _largest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Those that no longer one swallows."""
    found = list(hits)
    return [
        hit
        for hit in found
        if not any(
            o.start <= hit.start and hit.end <= o.end and o.end - o.start > hit.end - hit.start for o in found
        )
    ]


def _in_place_of(phone: _Hit, hit: _Hit) -> bool:
    """`WhatsApp phone` is WhatsApp, `phone (WhatsApp)` is a phone."""
    return phone.section == "phone" and hit.section in FAMILIES["service"] and hit.start < phone.start


def _family(section: str) -> str:
    return next((name for name, members in FAMILIES.items() if section in members), section)


@lru_cache(maxsize=20_000)
def meaning(header: str) -> Meaning | None:
    """What the words of `header` speak of; None where none is known."""
    told = words(header)
    order = rank()
    hits = sorted(_largest(_hits(told)), key=lambda hit: (order[hit.section], hit.start - hit.end))
    if not hits:
        return None
    best = min((hit for hit in hits if _in_place_of(hits[0], hit)), key=lambda hit: hit.start, default=hits[0])
    # Words of one family say the same thing together: `Name des Vereins`, `Straße und Hausnummer`.
    mine = {
        place
        for hit in hits
        if _family(hit.section) == _family(best.section)
        for place in range(hit.start, hit.end)
    }
    counted = [place for place, word in enumerate(told) if place in mine or word in _counted(told)]
    share = len(mine) / len(counted)
    aside = next((hit.section for hit in hits if hit.section not in ("other", "ours", "consent")), "")
    return Meaning(best.section, share, label(told), aside)


@cache
def _labels() -> list[tuple[str, list[Pattern]]]:
    return [(name, [_pattern(phrase) for phrase in phrases]) for name, phrases in read("labels").items()]


@lru_cache(maxsize=50_000)
def label(told: tuple[str, ...]) -> str:
    """What a header says its contact point is for: a word of `leads.source.LABELS`, or nothing."""
    for name, patterns in _labels():
        if any(_stands(pattern, at, told) for pattern in patterns for at in range(len(told))):
            return "" if name == "fax" and _also_calls(told) else name
    return ""


def _also_calls(told: tuple[str, ...]) -> bool:
    """`Tel/Fax` is a phone that may be called."""
    return any(word in ("tel", "phone", "telefon", "telephone", "phones", "telefony") for word in told)


def known(cells: Iterable[str]) -> int:
    """How many of the cells read like headers."""
    return sum(1 for cell in cells if cell.strip() and _is_known(cell))


def _is_known(cell: str) -> bool:
    found = meaning(cell) if len(cell) <= 80 and not re.search(r"\d{4,}|@.+\.", cell) else None
    return found is not None and found.share >= 0.5
