"""What a header says: which of our fields it speaks of, in any of the languages, abbreviations and scripts.

The words stand in `sources/data/headers.toml` and `labels.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from anyascii import anyascii

DATA = Path(__file__).parent / "data"
INFLECTION = 2  # letters
STEM = 5  # letters by which phrases are looked up
LONG = 200  # characters of a header that are looked at; more than that is no header
# Cyrillic and Latin spellings of one word end in the same letters: `општина`, `opština` and `opstina` are `opstina`.
DIGRAPHS = (
    ("shch", "s"), ("sch", "s"), ("sh", "s"), ("dzh", "dz"), ("zh", "z"), ("ch", "c"), ("kh", "h"), ("ts", "c"),
)  # fmt: skip
# `Gemeindeschluessel`: an umlaut may be written with an e.
UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# E-mail is written in many ways; its first letter may be Cyrillic, and so on.
EMAIL = re.compile(r"\b[eiy][\s\-_.]*(?:mail|mayl|meyl|majl|mejl|meil)")
# `№` is read as `no`.
ABBREVIATED = {"broj": "br", "номер": "no", "number": "no", "nummer": "nr", "număr": "nr", "numărul": "nr"}
# `homephone` is written as one word.
TOGETHER = re.compile(
    r"\b(home|work|cell|mobile|office|business|personal|parent|mother|father|guardian|spouse)"
    r"(?=phone|email|fax|tel|mail|address|name|city|zip|number)"
)
FAMILIES = {
    "name": (
        "name", "given", "full_name", "contact", "given_name", "family_name", "patronymic", "company", "designation",
        "supplier", "title",
    ),
    "address": (
        "street", "address", "legal_address", "postal_address", "delivery_address", "city", "region", "country",
    ),
    "service": ("telegram", "whatsapp", "viber", "skype", "vk"),
    "point": ("phone", "messenger", "number"),
}  # fmt: skip
# Compared folded, like the words of a header.
SMALL = frozenset(
    (
        "a", "ale", "az", "the", "of", "for", "and", "or", "und", "oder", "der", "die", "das", "des", "fur", "vom", "i",
        "ili", "za", "od", "na", "u", "si", "sau", "de", "la", "din", "da", "do", "ul", "es", "vagy", "dlya", "po", "v",
        "s", "k", "o", "your", "valu", "ihr", "ihre", "on", "dvs", "vas", "vase", "vasa", "vasi", "vasego", "vasey",
        "vaseg", "what", "is", "my",
    )
)  # fmt: skip


GROUPS = {"bs": "hbs", "hr": "hbs", "sr": "hbs"}
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
SCRIPTS = {"cyrillic": frozenset(("ru", "hbs", "all")), "latin": frozenset(("en", "de", "hu", "ro", "hbs", "all"))}
FOREIGN = 0.5
# What stands in brackets or before them says more than one of these words alone.
FAINT = ("contact", "name", "given", "number", "dated", "title")
ABOUT = ("other", "attribute")
# What a header speaks of besides is no hint to its values.
UNSAID = ("other", "ours", "consent", "amount", "sum")
BRACKETS = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
# `Place of registration. Street`, `Customer: e-mail`, `Phone 1 - Type`: a title, and what stands under it.
UNDER = re.compile(r"(?<=[^\W\d_]{5})\.\s+|:\s+|\s[-–—>]\s")


@dataclass(frozen=True)
class Meaning:
    """What a header speaks of: a section of headers.toml, and how much of the header says so (0..1)."""

    field: str
    share: float
    label: str = ""
    aside: str = ""  # what it would speak of without a word like `type` or `status`
    is_of_thing: bool = False  # of something else than the person of the row: an event, a product, a relative


Pattern = tuple[tuple[str, bool], ...]  # words, each with whether any ending will do


@dataclass(frozen=True)
class _Phrase:
    pattern: Pattern
    section: str
    group: str  # the language
    alone: bool  # it must be the whole header


def read(name: str) -> dict[str, Any]:
    """A table of words from `sources/data`."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """The words of a header as they are compared; numbers and punctuation are left out."""
    text = unicodedata.normalize("NFKC", header[:LONG]).replace("№", " nr ").replace("#", " nr ")
    if not text.islower():
        text = "".join(f" {char}" if _begins_word(text, i) else char for i, char in enumerate(text))
    text = anyascii(text.replace("đ", "dj").replace("Đ", "dj")).lower().replace("'", "")
    text = EMAIL.sub(" email ", TOGETHER.sub(r"\1 ", text))
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
    """Every phrase of headers.toml with its section, by the first letters; endings (`*typ`) under nothing."""
    table = read("headers")
    found: dict[str, list[_Phrase]] = {}
    for section in table["order"]:
        listed = ((group, one) for group, phrases in table[section].items() for one in phrases)
        for group, phrase in {(group, spelt) for group, one in listed for spelt in _spelt(one)}:
            told = pattern(phrase)
            if told:
                first = "" if phrase.startswith("*") else told[0][0][:STEM]
                found.setdefault(first, []).append(_Phrase(told, section, group, phrase.startswith("=")))
    return found


def _spelt(phrase: str) -> Iterator[str]:
    """The phrase, and with its first word abbreviated: `broj prijave`, `br prijave`."""
    yield phrase
    first, _, rest = phrase.partition(" ")
    if rest and first in ABBREVIATED:
        yield f"{ABBREVIATED[first]} {rest}"


@cache
def rank() -> dict[str, int]:
    """Which section is meant when a header speaks of several: the lowest number."""
    return {section: place for place, section in enumerate(read("headers")["order"])}


def pattern(phrase: str) -> Pattern:
    """A phrase of the tables of words as `stands` wants it."""
    parts = ((words(part), part.endswith("*")) for part in phrase.split())
    return tuple(
        (word, any_end and place == len(found) - 1) for found, any_end in parts for place, word in enumerate(found)
    )


def stands(phrase: Pattern, at: int, header: tuple[str, ...]) -> bool:
    """Does a phrase stand in a header's words at this place?"""
    if at + len(phrase) > len(header):
        return False
    pairs = zip(phrase, header[at : at + len(phrase)], strict=True)
    return all(given.startswith(word) if any_end else given == word for (word, any_end), given in pairs)


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    section: str
    is_whole: bool = True  # nothing but an ending of two letters is left of its last word
    by_ending: bool = False  # the end of a compound: what it is, unless the whole of it is known


def _hits(header: tuple[str, ...], groups: frozenset[str]) -> Iterator[_Hit]:
    """Where phrases stand; of all languages where no `groups` are named."""
    for at, word in enumerate(header):
        stems = (word[:length] for length in range(1, min(STEM, len(word)) + 1))
        for phrase in chain.from_iterable(_phrases().get(stem, ()) for stem in stems):
            size = len(phrase.pattern)
            if (
                (not groups or phrase.group in groups)
                and stands(phrase.pattern, at, header)
                and (not phrase.alone or _counted(header) <= set(header[at : at + size]))
            ):
                left = len(header[at + size - 1]) - len(phrase.pattern[-1][0])
                yield _Hit(at, at + size, phrase.section, left <= INFLECTION)
        for phrase in _phrases().get("", ()):
            end = phrase.pattern[0][0]
            # In no language at all an ending is chance: `Stuttgart` is no `Zahlungsart`.
            if len(word) > len(end) + 1 and word.endswith(end) and phrase.group in groups:
                yield _Hit(at, at + 1, phrase.section, False, True)


@lru_cache(maxsize=20_000)
def _counted(told: tuple[str, ...]) -> frozenset[str]:
    """The words that matter: no small ones and no labels, unless there are no others."""
    return frozenset(word for word in told if word not in SMALL and not label((word,))) or frozenset(told)


def _largest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Those that no longer one swallows, nor the same word as a whole."""
    found = list(hits)
    return [
        hit
        for hit in found
        if not any(
            o.start <= hit.start
            and hit.end <= o.end
            and (o.end - o.start > hit.end - hit.start or (hit.by_ending and o.is_whole))
            for o in found
        )
    ]


def _in_place_of(phone: _Hit, hit: _Hit) -> bool:
    """`WhatsApp phone` is WhatsApp, `phone (WhatsApp)` is a phone."""
    return phone.section == "phone" and hit.section in FAMILIES["service"] and hit.start < phone.start


def _family(section: str) -> str:
    return next((name for name, members in FAMILIES.items() if section in members), section)


@lru_cache(maxsize=20_000)
def meaning(header: str, language: str = "") -> Meaning | None:
    """What the words of `header` speak of, first in its language and in English; None where none is known."""
    if not language:
        return _meaning(header, frozenset())
    own = frozenset((GROUPS.get(language, language), "all"))
    found = _meaning(header, own)
    if not found or found.share < 1 or found.field in FAINT:
        found = _meaning(header, own | {"en"})
    if found and (found.share >= 1 or found.field not in FAINT):
        return found
    foreign = _meaning(header, SCRIPTS["cyrillic" if CYRILLIC.search(header) else "latin"])
    # A word of a third language may be a chance likeness.
    return foreign if foreign and foreign.share >= FOREIGN else found


def _meaning(header: str, groups: frozenset[str]) -> Meaning | None:
    """What stands outside of brackets and under a title is meant, unless it is too faint or says the same."""
    told = words(header)
    whole = _of_words(told, groups)
    outer = BRACKETS.sub(" ", header)
    head = UNDER.split(outer.rstrip(": -"))[-1]
    if whole is None or head.strip() in ("", header.strip()):
        return whole
    whole = replace(whole, label=_label(header, told))
    found = _of_words(words(head), groups)
    if found is None:
        return _of_words(words(outer), groups) or whole
    if _family(found.field) == _family(whole.field) and found.field != "name":
        return replace(whole, share=max(found.share, whole.share))
    if found.field in FAINT:
        inner = _of_words(tuple(word for word in told if word not in words(head)), groups, ABOUT)
        found = inner if inner and inner.field not in FAINT and found.field != "dated" else found
    return replace(found, label=whole.label, is_of_thing=found.is_of_thing or whole.is_of_thing)


@lru_cache(maxsize=50_000)
def _of_words(told: tuple[str, ...], groups: frozenset[str], left_out: tuple[str, ...] = ()) -> Meaning | None:
    order = rank()
    largest = [hit for hit in _largest(_hits(told, groups)) if hit.section not in left_out]
    neutral = {place for hit in largest if hit.section == "neutral" for place in range(hit.start, hit.end)}
    hits = sorted(
        (hit for hit in largest if hit.section != "neutral"),
        key=lambda hit: (order[hit.section], hit.start - hit.end),
    )
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
    is_of_thing = any(hit.section == "thing" and not mine & {*range(hit.start, hit.end)} for hit in largest)
    counted = [
        place
        for place, word in enumerate(told)
        if place in mine or (word in _counted(told) and place not in neutral)
    ]
    share = len(mine) / len(counted)
    aside = next((hit.section for hit in hits if hit.section not in UNSAID), "")
    return Meaning(best.section, share, label(told), aside, is_of_thing)


@cache
def _labels() -> list[tuple[str, list[Pattern]]]:
    return [(name, [pattern(phrase) for phrase in phrases]) for name, phrases in read("labels").items()]


@lru_cache(maxsize=50_000)
def label(told: tuple[str, ...]) -> str:
    """What a header says its contact point is for: a word of `leads.source.LABELS`, or nothing."""
    for name, patterns in _labels():
        if any(stands(phrase, at, told) for phrase in patterns for at in range(len(told))):
            return "" if name == "fax" and _also_calls(told) else name
    return ""


def _label(header: str, told: tuple[str, ...]) -> str:
    """`Telefon (Faks)` is a fax, although it speaks of a telephone: the brackets say what it is for."""
    inner = " ".join(BRACKETS.findall(header))
    return label(told) or (label(words(inner)) if inner else "")


def _also_calls(told: tuple[str, ...]) -> bool:
    """`Tel/Fax` is a phone that may be called."""
    return any(word in ("tel", "phone", "telefon", "telephone", "phones", "telefony") for word in told)


def known(cells: Iterable[str]) -> int:
    """How many of the cells read like headers."""
    return sum(1 for cell in cells if cell.strip() and _is_known(cell))


def _is_known(cell: str) -> bool:
    found = meaning(cell) if len(cell) <= 80 and not re.search(r"\d{4,}|@.+\.", cell) else None
    return found is not None and found.share >= 0.5 and found.field != "thing"
