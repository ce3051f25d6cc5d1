"""Given names and surnames: how like a word is to either, and which gender it tells."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from enrich.folding import folded, folded_set, name_key
from enrich.tables import table

CYRILLIC = re.compile(r"[\u0400-\u04FF]")
EAST_SLAVIC = ("ru", "uk", "be", "kk", "ky", "uz", "tg", "")
HYPHEN = re.compile("[-‐–]")
MARRIED = "né"
# Tables of names that are written in Cyrillic, and those of languages that are written in both alphabets. A key stands
# for several names, so it is asked only across alphabets, and not for short words.
CYRILLIC_GROUPS = ("ru", "uk")
TRANSLITERATED = (*CYRILLIC_GROUPS, "south_slavic")
SHORTEST_KEYED = 4
# How much more likely a word is a given name than a surname (log-odds, doubled): a given name of this language, a
# man's name where most of those are surnames too (in Romanian), one that is a surname there too, one that is a surname
# more often; a given name of another language; a word unknown; a surname by its ending, or by the table.
OWN, OWN_MALE, OWN_SURNAME, RATHER_SURNAME, FOREIGN = 8, 4, 1, 0, 3
UNKNOWN, LIKELY_GIVEN, LIKELY_SURNAME, SURNAME = -1, 3, -3, -10
SURNAMES_OF_MEN = ("ro",)
# Where given names end in another way than surnames.
TELLING_ENDINGS = ("ro", "ru", "uk", "south_slavic")
# Group of languages -> gender there, and the likeness where it is a surname there too.
Names = dict[str, tuple[str | None, int | None]]


def is_given(word: str, language: str = "") -> bool:
    """Is `word` a given name (`given_names.toml`), also hyphenated, also as Hungarian `Jánosné`?"""
    return given(word, language)[0]


def given(word: str, language: str) -> tuple[bool, int, str | None]:
    """Is `word` a given name, how likely as against a surname, and its gender in `language`."""
    return _given(word.casefold(), language)


@lru_cache(maxsize=1 << 15)
def _given(word: str, language: str) -> tuple[bool, int, str | None]:
    """The same for words typed in capitals, in small letters and as names are."""
    pieces = HYPHEN.split(word)
    names = [_names_of(piece, language) for piece in pieces]
    if not names[-1] and word.endswith(MARRIED) and _names_of(word[: -len(MARRIED)], language):
        return True, OWN, "female"
    read = [
        _known_given(piece, of_groups, language) if of_groups else _of_unknown(piece, language)
        for piece, of_groups in zip(pieces, names, strict=True)
    ]
    likenesses = [likeness for likeness, _ in read]
    if len(pieces) > 1 and any(names) and min(likenesses) > LIKELY_SURNAME:
        # Ana-Xenia: two given names, though the tables may lack one.
        return all(names), OWN if all(names) else OWN_MALE, read[0][1]
    return all(names), sum(likenesses) // len(read), read[0][1]


def _known_given(word: str, names: Names, language: str) -> tuple[int, str | None]:
    own = next(((group, *names[group]) for group in groups_of(language) if group in names), None)
    if own:
        group, gender, surname = own
        man = OWN_MALE if group in SURNAMES_OF_MEN and gender == "male" else OWN
        return man if surname is None else surname, gender
    genders = {gender for gender, _ in names.values()}
    # What is a given name elsewhere may be a surname here.
    likeness = SURNAME if name_key(word) in _surnames(language) else FOREIGN
    return likeness, genders.pop() if len(genders) == 1 else None


def _of_unknown(word: str, language: str) -> tuple[int, str | None]:
    """Likeness and gender of a word, in lower case, that is no known given name."""
    cyrillic = bool(CYRILLIC.search(word))
    if name_key(word) in _surnames(language):
        return SURNAME, None
    if folded(word) in _surnames_spelled():
        return LIKELY_SURNAME, None
    if len(word) > 3:
        ending, gender = _telling_ending(word, language)
        if word.startswith("mc") or word.endswith(_endings("surname_endings", language, cyrillic)):
            return SURNAME, gender
        if word.endswith(_endings("likely_surname_endings", language, cyrillic)):
            return LIKELY_SURNAME, gender
        if gender:
            group = groups_of(language)[0]
            sure = group in TELLING_ENDINGS and ending not in table("name_words")["unsure_endings"].get(group, ())
            return LIKELY_GIVEN if sure else UNKNOWN, gender
    return UNKNOWN, None


def _telling_ending(word: str, language: str) -> tuple[str, str | None]:
    """The longest ending of given names that `word` has, and the gender it tells."""
    genders, longest = _given_endings(language)
    for length in range(min(longest, len(word) - 2), 0, -1):
        if gender := genders.get(word[-length:]):
            return word[-length:], gender
    return "", None


@cache
def _given_endings(language: str) -> tuple[dict[str, str], int]:
    """Ending -> gender, and the length of the longest."""
    groups = [table("name_words")["given_endings"].get(group, {}) for group in reversed(groups_of(language))]
    found = {end: gender for group in groups for gender, endings in group.items() for end in endings}
    return found, max(map(len, found), default=0)


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
    known = [names for names in (_given_names(str.casefold).get(word), bare, by_key) if names]
    own = (names for names in known if not names.keys().isdisjoint(groups_of(language)))
    return next(own, known[0] if known else {})


def _in_latin(names: Names) -> Names:
    return {group: told for group, told in names.items() if group not in CYRILLIC_GROUPS}


def family_gender(word: str, language: str) -> str | None:
    """By the East Slavic surname's ending, Hungarian -né."""
    word = word.casefold()
    if language == "hu":
        return "female" if word.endswith(MARRIED) and len(word) > len(MARRIED) else None
    if language not in EAST_SLAVIC or not (CYRILLIC.search(word) or language):
        return None
    endings = table("name_words")["gendered_surname_endings"]
    return next((gender for gender, ends in endings.items() if len(word) > 4 and word.endswith(tuple(ends))), None)


@cache
def _given_names(spelled: Callable[[str], str]) -> dict[str, Names]:
    """Given name as `spelled` writes it -> group of languages -> (gender, likeness where it is a surname too)."""
    found: dict[str, Names] = {}
    names = table("given_names")
    for field, words in names.items():
        group, _, gender = field.rpartition("_")
        if gender == "surnames" or (spelled is name_key and group not in TRANSLITERATED):
            continue
        surnames = dict.fromkeys(names.get(f"{group}_surnames", "").split(), OWN_SURNAME)
        surnames |= dict.fromkeys(names.get(f"{group}_rather_surnames", "").split(), RATHER_SURNAME)
        for word in words.split():
            of_group = found.setdefault(spelled(word), {})
            # Two names with one spelling and two genders tell none.
            clash = group in of_group and of_group[group][0] != gender
            of_group[group] = (None if clash or gender == "both" else gender, surnames.get(word))
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
    found = [ending for group in ("any", *own) for ending in endings.get(group, ())]
    none = [ending for group in own for ending in table("name_words")["no_surname_endings"].get(group, ())]
    return tuple(ending for ending in found if ending not in none)
