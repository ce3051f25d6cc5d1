"""Which word of a name is what: family name, given name, patronymic.

The order is read from the words themselves where they tell (a patronymic, a known given name, an initial, capitals,
a surname's ending), else from the language: family name first in Hungarian, given name first elsewhere.
"""

import re
from functools import cache
from typing import NamedTuple

from enrich.casing import INITIAL
from enrich.folding import folded_set, name_key
from enrich.tables import table

FAMILY_FIRST = ("hu",)
# East Slavic patronymics by their endings, Cyrillic and in Latin transliteration. Endings in -ич alone are surnames
# more often, so those stand in the table one by one.
PATRONYMIC = re.compile(
    r"(?i).{2,}(?:ович|евич|йович|овна|евна|йовна|инична|ична|ovich|evich|ovna|evna|inichna|ichna)"
)
CYRILLIC = re.compile(r"[\u0400-\u04FF]")
MARRIED = "né"


class Parts(NamedTuple):
    """The words of a name by what they are."""

    family: list[str]
    given: list[str]
    patronymic: list[str]


def parts(words: list[str], language: str) -> Parts:
    """`words` of one person's name in order, as `Parts`; `language` is a code such as `ru`."""
    if place := _patronymic_place(words, language):
        return _around_patronymic(words, *place)
    initials = [bool(INITIAL.fullmatch(word)) for word in words]
    if all(initials):
        return Parts([], words, [])
    if any(initials):
        return _with_initials(words, initials, language)
    if len(words) == 1:
        return Parts(words, [], []) if _is_family_alone(words[0], language) else Parts([], words, [])
    if _family_first(words, language):
        split = _end_of_family(words)
        return Parts(words[:split], words[split:], [])
    split = _start_of_family(words)
    return Parts(words[split:], words[:split], [])


def is_given(word: str) -> bool:
    """Is `word` a common given name (`given_names.toml`), also hyphenated, also as Hungarian `Jánosné`?"""
    known = _given_names()
    pieces = [name_key(piece) for piece in word.split("-")]
    if all(piece in known for piece in pieces):
        return True
    return word.endswith(MARRIED) and name_key(word.removesuffix(MARRIED)) in known


def patronymic(word: str) -> bool:
    """Is `word` an East Slavic patronymic?"""
    return bool(PATRONYMIC.fullmatch(word)) or name_key(word) in _words("patronymics")


def _patronymic_place(words: list[str], language: str) -> tuple[int, int] | None:
    """First word of the patronymic and the first behind it; never the first word of the name."""
    for at in range(len(words) - 1, 0, -1):
        if at > 1 and name_key(words[at]) in _words("patronymic_tails"):
            return at - 1, at + 1
        # Two words may be a given name and a surname in -ович; in Russian they are rarely that.
        certain = len(words) > 2 or (language == "ru" and CYRILLIC.search(words[at]))
        if certain and patronymic(words[at]):
            return at, at + 1
    return None


def _around_patronymic(words: list[str], start: int, end: int) -> Parts:
    """Given name, patronymic, family name; or the family name first."""
    if end < len(words):
        return Parts(words[end:], words[:start], words[start:end])
    return Parts(words[: start - 1], words[start - 1 : start], words[start:end])


def _with_initials(words: list[str], initials: list[bool], language: str) -> Parts:
    full = [word for word, initial in zip(words, initials, strict=True) if not initial]
    short = [word for word, initial in zip(words, initials, strict=True) if initial]
    if len(full) > 1:
        # John A. Smith: beside a given name written out the initial is one more of it.
        read = parts(full, language)
        return read._replace(given=[word for word in words if word not in read.family + read.patronymic])
    if len(short) == 1 and initials[-1] and is_given(full[0]):
        return Parts(short, full, [])
    if language == "ru" or CYRILLIC.search(full[0]):
        return Parts(full, short[:1], short[1:])
    return Parts(full, short, [])


def _family_first(words: list[str], language: str) -> bool:
    shouted = [word.isupper() and len(word) > 1 for word in words]
    if shouted[0] != shouted[-1]:
        return shouted[0]
    first, last = is_given(words[0]), is_given(words[-1])
    if first != last:
        return last
    if _is_particle(words[0]):
        return True
    if not first and _is_surname(words[0]) != _is_surname(words[-1]):
        return _is_surname(words[0])
    return language in FAMILY_FIRST


def _end_of_family(words: list[str]) -> int:
    """Family name first: it ends where the known given names begin, or after its first word."""
    end = 1
    while end < len(words) - 1 and _is_particle(words[end - 1]):
        end += 1
    return next((at for at in range(end, len(words)) if all(map(is_given, words[at:]))), end)


def _start_of_family(words: list[str]) -> int:
    """Given name first: the family name begins with a particle, or is the last word and surnames right before it."""
    for at in range(1, len(words) - 1):
        if _is_particle(words[at]):
            return at
    start = len(words) - 1
    while start > 1 and _is_surname(words[start - 1]):
        start -= 1
    return start


def _is_surname(word: str) -> bool:
    key = name_key(word)
    return len(key) > 3 and key.endswith(_endings()) and not is_given(word)


def _is_family_alone(word: str, language: str) -> bool:
    return _is_surname(word) or (language in FAMILY_FIRST and not is_given(word))


def _is_particle(word: str) -> bool:
    return name_key(word) in _words("particles")


@cache
def _endings() -> tuple[str, ...]:
    return tuple(sorted(_words("surname_endings")))


@cache
def _words(kind: str) -> frozenset[str]:
    return folded_set(table("name_words")[kind])


@cache
def _given_names() -> frozenset[str]:
    return frozenset(name_key(name) for names in table("given_names").values() for name in names.split())
