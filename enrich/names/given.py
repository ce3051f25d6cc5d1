"""Given names and surnames: how like a word is to either, and which gender it tells."""

import re
from collections.abc import Callable
from functools import cache

from enrich.folding import folded, folded_set, name_key
from enrich.tables import table

CYRILLIC = re.compile(r"[\u0400-\u04FF]")
EAST_SLAVIC = ("ru", "uk", "be", "kk", "ky", "uz", "tg", "")
MARRIED = "né"
# Tables of names that are written in Cyrillic, and those of languages that are written in both alphabets. A key stands
# for several names, so it is asked only across alphabets, and not for short words.
CYRILLIC_GROUPS = ("ru", "uk")
TRANSLITERATED = (*CYRILLIC_GROUPS, "south_slavic")
SHORTEST_KEYED = 4
# How much more likely a word is a given name than a surname (log-odds, doubled): a given name of this language, one
# that is a surname there too, a man's name that is a surname more often than not (in Romanian); the same of another
# language; a word unknown, one that ends as women's names do; a surname by its ending, or by the table.
OWN, OWN_SURNAME, OWN_MALE, FOREIGN, FOREIGN_SURNAME = 8, 1, 4, 3, 3
UNKNOWN, UNKNOWN_FEMALE, LIKELY_GIVEN, LIKELY_SURNAME, SURNAME = -1, 1, 3, -3, -10
SURNAMES_OF_MEN = ("ro",)
# Where given names end in another way than surnames.
TELLING_ENDINGS = ("ro", "ru", "uk", "south_slavic")
# Group of languages -> (gender there, a surname there too).
Names = dict[str, tuple[str | None, bool]]


def is_given(word: str, language: str = "") -> bool:
    """Is `word` a given name (`names.given.toml`), also hyphenated, also as Hungarian `Jánosné`?"""
    return given(word, language)[0]


def given(word: str, language: str) -> tuple[bool, int, str | None]:
    """Is `word` a given name, how likely as against a surname, and its gender in `language`."""
    pieces = re.split("[-‐–]", word)
    names = [_names_of(piece, language) for piece in pieces]
    if not names[-1] and word.casefold().endswith(MARRIED) and _names_of(word[: -len(MARRIED)], language):
        return True, OWN, "female"
    if not all(names):
        read = [
            _known_given(of_groups, groups_of(language)) if of_groups else _of_unknown(piece, language)
            for piece, of_groups in zip(pieces, names, strict=True)
        ]
        return False, sum(likeness for likeness, _ in read) // len(read), read[0][1]
    read = [_known_given(of_groups, groups_of(language)) for of_groups in names]
    return True, OWN if len(pieces) > 1 else read[0][0], read[0][1]


def _known_given(names: Names, groups: list[str]) -> tuple[int, str | None]:
    own = next(((group, *names[group]) for group in groups if group in names), None)
    if own:
        group, gender, surname = own
        man = OWN_MALE if group in SURNAMES_OF_MEN and gender == "male" else OWN
        return (OWN_SURNAME if surname else man), gender
    genders = {gender for gender, _ in names.values()}
    surname = any(also for _, also in names.values())
    return (FOREIGN_SURNAME if surname else FOREIGN), genders.pop() if len(genders) == 1 else None


def _of_unknown(word: str, language: str) -> tuple[int, str | None]:
    """Likeness and gender of a word that is no known given name."""
    low, cyrillic = word.casefold(), bool(CYRILLIC.search(word))
    if name_key(word) in _surnames(language):
        return SURNAME, None
    if folded(word) in _surnames_spelled():
        return LIKELY_SURNAME, None
    if len(low) > 3:
        gender = _gender_of_ending(low, language)
        if low.startswith("mc") or low.endswith(_endings("surname_endings", language, cyrillic)):
            return SURNAME, gender
        if low.endswith(_endings("likely_surname_endings", language, cyrillic)):
            return LIKELY_SURNAME, gender
        if gender:
            return (LIKELY_GIVEN if groups_of(language)[0] in TELLING_ENDINGS else UNKNOWN), gender
    return UNKNOWN_FEMALE if language == "ro" and low.endswith("a") else UNKNOWN, None


def _gender_of_ending(word: str, language: str) -> str | None:
    """The longest ending decides."""
    found = [
        (len(ending), gender)
        for group in groups_of(language)
        for gender, endings in table("name_words")["given_endings"].get(group, {}).items()
        for ending in endings
        if word.endswith(ending) and len(word) > len(ending) + 1
    ]
    return max(found)[1] if found else None


def _names_of(word: str, language: str) -> Names:
    """What the tables know of a given name: by its spelling, without its accents, or by its key across alphabets;
    the first where it is a name of this language.
    """
    by_key = _given_names(name_key).get(name_key(word), {}) if len(word) >= SHORTEST_KEYED else {}
    bare = _given_names(folded).get(folded(word), {})
    if not CYRILLIC.search(word):
        # A Latin letter with an accent transliterates nothing.
        by_key = by_key if word.isascii() else {}
        bare = bare if word.isascii() else _in_latin(bare)
    known = [names for names in (_given_names(str.casefold).get(word.casefold()), bare, by_key) if names]
    own = (names for names in known if not names.keys().isdisjoint(groups_of(language)))
    return next(own, known[0] if known else {})


def _in_latin(names: Names) -> Names:
    return {group: told for group, told in names.items() if group not in CYRILLIC_GROUPS}


def family_gender(word: str, language: str) -> str | None:
    """By the East Slavic surname's ending, Hungarian -né."""
    if language == "hu":
        return "female" if word.endswith(MARRIED) else None
    if language not in EAST_SLAVIC or not (CYRILLIC.search(word) or language):
        return None
    endings = table("name_words")["gendered_surname_endings"]
    word = word.casefold()
    return next((gender for gender, ends in endings.items() if len(word) > 4 and word.endswith(tuple(ends))), None)


@cache
def _given_names(spelled: Callable[[str], str]) -> dict[str, Names]:
    """Given name as `spelled` writes it -> group of languages -> (gender, a surname there too)."""
    found: dict[str, Names] = {}
    names = table("given_names")
    for field, words in names.items():
        group, _, gender = field.rpartition("_")
        if gender == "surnames" or (spelled is name_key and group not in TRANSLITERATED):
            continue
        surnames = set(names.get(f"{group}_surnames", "").split())
        for word in words.split():
            of_group = found.setdefault(spelled(word), {})
            # Two names with one spelling and two genders tell none.
            clash = group in of_group and of_group[group][0] != gender
            of_group[group] = (None if clash or gender == "both" else gender, word in surnames)
    return found


@cache
def _surnames(language: str) -> frozenset[str]:
    return frozenset(map(name_key, table("surnames").get(language, "").split()))


@cache
def _surnames_spelled() -> frozenset[str]:
    """Of all languages."""
    return folded_set(name for names in table("surnames").values() for name in names.split())


@cache
def groups_of(language: str) -> list[str]:
    """The tables of given names of `language`."""
    return table("name_words")["name_languages"].get(language, [])


@cache
def _endings(kind: str, language: str, cyrillic: bool) -> tuple[str, ...]:
    endings = table("name_words")[kind]
    own = groups_of(language) or (["ru"] if cyrillic else [])
    return tuple(ending for group in ("any", *own) for ending in endings.get(group, ()))
