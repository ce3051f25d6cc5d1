"""What a single word may be in a name, read once per word and language.

Whole names hardly repeat, their words do: a name is looked up word by word, and what the words are (`Kind`) decides
the rest, so that names of one shape are read alike.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from enrich.firms.companies import is_organisation
from enrich.folding import folded, folded_set, name_key
from enrich.names.casing import INITIAL, cased
from enrich.names.given import (
    CYRILLIC,
    EAST_SLAVIC,
    LIKELY_SURNAME,
    SURNAME,
    family_gender,
    given,
    groups_of,
    is_given,
)
from enrich.names.junk import is_junk
from enrich.tables import table

# The words of a name: degrees and remarks whole, initials apart, the full stop of an abbreviation with its word.
DEGREE = (
    r"(?:[кд]\.\s?[а-яё]{1,4}\.(?:\s?[а-яё]{1,4}\.)?\s?н\.?|ph\.?\s?d\.?|m\.\s?sc\.?|b\.\s?sc\.?|m\.b\.a\.?|ll\.\s?[mb]\."
    r"|(?<=,\s)(?:[bm]\.\s?a\.|m\.\s?d\.)|h\.\s?c\.|dipl\.-[^\W\d_]+\.?)(?:(?<=\.)|(?![^\W\d_]))"
)
TOKENS = re.compile(
    DEGREE + r"|\([^()]*\)|[\"“”„«][^\"“”„«»]*[\"“”»]|['‘][^'‘’]{2,}['’](?![^\W\d_])|,|&"
    r"|[^\W\d_]\.|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u200c\u200d]|['’ʼ`\-‐–](?=[^\W\d_]))*\.?",
    re.IGNORECASE,
)
GLUED = re.compile(r"(?:[А-ЯЁІЇЄ][а-яёіїє]+){2,4}")
HUMP = re.compile(r"(?<=[а-яёіїє])(?=[А-ЯЁІЇЄ])")
GENERATION_NUMBER = re.compile(r"II|III|IV")
# Marks of a generation that may also be a word stand with a full stop.
SURE_GENERATIONS = ("jr", "sr", "ifj")
LONGEST_ABBREVIATION = 3
# The most words kept, some 60 MB.
MOST_WORDS = 1 << 16


class Kind(NamedTuple):
    """What a word may be: all that is asked about it when the parts of a name are told apart.

    `role`: name, initial, patronymic, tail (оглы), title, mark (of a generation: `mark`), birth (née), aside, comma.
    `known`: a given name. `likeness`: to a given name, as against a surname. `gender`: of the given name, patronymic
    or title; `family_gender`: of the surname's ending, `weak` where men have it too. `ending`: `a` where women's
    names end so. `case`: upper, mixed, or one (letter). `suspect`: the whole may be no person's name.
    """

    role: str = "name"
    known: bool = False
    likeness: int = 0
    gender: str | None = None
    family_gender: str | None = None
    ending: str = ""
    case: str = "mixed"
    cyrillic: bool = False
    particle: bool = False
    mark: str = ""
    suspect: bool = False


class Word(NamedTuple):
    """A word as written, as cased beside words in mixed case and in a name all in capitals, its key, its kind."""

    text: str
    cased: str
    unshouted: str
    key: str
    kind: int


KINDS: list[Kind] = []
_PLACES: dict[Kind, int] = {}


class Lexicon(dict[str, Word]):
    """The words met so far in names of one language; with `names_only` each is a name, whatever else it may be."""

    def __init__(self, language: str, *, names_only: bool = False) -> None:
        super().__init__()
        self.language = language
        self.names_only = names_only

    def __missing__(self, text: str) -> Word:
        if len(self) >= MOST_WORDS:
            self.clear()
        kind = self._kind(text)
        if kind.mark:
            # A mark is shown with a name and is in its key once.
            word = Word(text, text, text if GENERATION_NUMBER.fullmatch(text) else text.lower(), "", _place(kind))
        else:
            # In small letters, so that a name in capitals is looked up once with the same name in small ones.
            key = name_key(text.rstrip(".").casefold())
            word = Word(text, cased(text, shouted=False), cased(text, shouted=True), key, _place(kind))
        self[text] = word
        return word

    def _kind(self, text: str) -> Kind:
        # The small letter of İ is none of the tables'.
        text = text.replace("İ", "I").replace("i\u0307", "i")
        low = text.casefold()
        key = folded(low)
        role, gender, mark = ("name", None, "") if self.names_only else _role(text, key, self.language)
        if role in ("aside", "comma", "title", "mark", "birth"):
            return Kind(role, gender=gender, mark=mark, suspect=text == "&")
        case = "one" if len(key) < 2 or role == "initial" else "upper" if _is_upper(text) else "mixed"
        shape: dict[str, Any] = {"case": case, "cyrillic": bool(CYRILLIC.search(text))}
        if role != "name":
            # All in -ович are surnames too, and those in -ич alone more often.
            likeness = SURNAME if role == "patronymic" and not patronymic(text) else LIKELY_SURNAME
            suspect = (role == "initial" and "." not in text) or _is_glued(text)
            return Kind(role, likeness=likeness, gender=gender, suspect=suspect, **shape)
        known, likeness, gender = given(text, self.language)
        # What cannot count is left out, so that there are few kinds and few shapes of names.
        gender = gender if likeness > LIKELY_SURNAME else None
        unsure = not gender and self.language in EAST_SLAVIC
        return Kind(
            role, known, likeness, gender, None if known else family_gender(text, self.language),
            "a" if unsure and low[-1] in "aая" else "", particle=name_key(low) in _particles(),
            suspect=_suspect(text, key), **shape,
        )  # fmt: skip


@lru_cache(maxsize=64)
def lexicon(language: str, *, names_only: bool = False) -> Lexicon:
    """The one lexicon of `language`, a code such as `ru`."""
    return Lexicon(language, names_only=names_only)


def tokens(text: str) -> list[str]:
    """The words of `text`, with commas, remarks and degrees."""
    return text.split() if text.replace(" ", "").isalpha() else TOKENS.findall(text)


def patronymic(word: str) -> str | None:
    """`female` or `male` for an East Slavic patronymic."""
    word = word.casefold()
    if len(word) > 5:
        for gender, endings in _patronymics()[0].items():
            if word.endswith(endings):
                return gender
    return _patronymics()[1].get(word)


def is_conjunction(word: str) -> bool:
    """Does `word` join two people: & or an "and" in small letters?"""
    return word == "&" or (word.islower() and word in table("name_words")["conjunctions"])


def generation(word: str) -> str:
    """`jr`, `sr`, `ii` … for a mark such as ifj., Jr., ст., III; else empty."""
    if GENERATION_NUMBER.fullmatch(word):
        return word.lower()
    mark = _generations().get(word.casefold().strip("."), "")
    sure = "." in word or len(word) > LONGEST_ABBREVIATION or word.casefold() in SURE_GENERATIONS
    return mark if sure else ""


def unglued(text: str) -> str:
    """ИвановИванИванович in words, where one of them is a given name or a patronymic."""
    return " ".join(HUMP.sub(" ", word) if _is_glued(word) else word for word in text.split())


def _role(text: str, key: str, language: str) -> tuple[str, str | None, str]:
    """role, gender and mark of a generation."""
    if not text[0].isalpha():
        return "comma" if text == "," else "aside", None, ""
    if mark := generation(text):
        return "mark", None, mark
    if text.rstrip(".") in table("name_words")["births"]:
        return "birth", None, ""
    if _is_title(text, key):
        return "title", title_gender(text, language), ""
    return *_role_of_name(text, language), ""


def _role_of_name(text: str, language: str) -> tuple[str, str | None]:
    if INITIAL.fullmatch(text):
        return "initial", None
    if text.casefold() in _tails():
        return "tail", _tails()[text.casefold()]
    if gender := patronymic(text):
        return "patronymic", gender
    if language in EAST_SLAVIC[:3] and len(text) > 4 and text.casefold().endswith("ич"):
        return "patronymic", "male"
    return "name", None


def is_title_as_written(text: str) -> bool:
    """Is `text` a title of the table, letter by letter? Other words only fold to one (Mř)."""
    return text.casefold() in table("name_words")["titles"]


def _is_title(text: str, key: str) -> bool:
    # Of all words a degree alone is one token with a full stop inside.
    return key in _titles("titles") or "." in text[:-1] or (text[-1] == "." and key in _titles("dotted_titles"))


def title_gender(text: str, language: str) -> str | None:
    """`female` or `male` where the title tells, or one of its words (Frau Dr.) and no other says otherwise; mr. is a
    degree in Croatian, Bosnian and Serbian."""
    degrees = {"mr"} if "south_slavic" in groups_of(language) else set()
    words = {folded(text)}.union(map(folded, tokens(text))) - degrees
    told = {_title_genders()[word] for word in words & _title_genders().keys()}
    return told.pop() if len(told) == 1 else None


def _suspect(text: str, key: str) -> bool:
    """May a text with this word be no person's name? Then the whole text is looked at."""
    return (
        len(key) < 3
        or key in _suspects()
        or is_conjunction(text)
        or is_junk(text.casefold())
        or _is_glued(text)
        or is_organisation(f"{text} {text}")
    )


def _is_upper(text: str) -> bool:
    """All in capitals, but for the first letter where the capitals lock was pressed too late; capitals one by one, as
    in A-B, say nothing.
    """
    capitals = text.isupper() or (len(text) > 2 and text[1:].isupper())
    return capitals and any(one.isupper() and other.isupper() for one, other in pairwise(text))


def _is_glued(word: str) -> bool:
    if not GLUED.fullmatch(word):
        return False
    pieces = HUMP.split(word)
    return any(is_given(piece) or patronymic(piece) for piece in pieces)


def _place(kind: Kind) -> int:
    place = _PLACES.setdefault(kind, len(KINDS))
    if place == len(KINDS):
        KINDS.append(kind)
    return place


@cache
def _patronymics() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Gender -> endings, and the patronymics that have none -> gender."""
    words = table("name_words")
    single = {word.casefold(): gender for gender, names in words["patronymics"].items() for word in names}
    return {gender: tuple(ends) for gender, ends in words["patronymic_endings"].items()}, single


@cache
def _tails() -> dict[str, str]:
    return {word: gender for gender, words in table("name_words")["patronymic_tails"].items() for word in words}


@cache
def _titles(kind: str) -> frozenset[str]:
    return folded_set(table("name_words")[kind])


@cache
def _title_genders() -> dict[str, str]:
    return {folded(word): gender for gender, words in table("name_words")["genders"].items() for word in words}


@cache
def _particles() -> frozenset[str]:
    return frozenset(map(name_key, table("name_words")["particles"]))


@cache
def _suspects() -> frozenset[str]:
    """The words of empty markers, and of legal forms of several words."""
    forms = [spelling for form in table("legal_forms")["form"] for spelling in (form["name"], *form["spellings"])]
    return folded_set(word for text in (*table("empty_markers")["words"], *forms) for word in text.split())


@cache
def _generations() -> dict[str, str]:
    """Mark as written -> `jr` or `sr`."""
    marks = table("name_words")["generations"]
    return {**dict.fromkeys(marks["junior"], "jr"), **dict.fromkeys(marks["senior"], "sr")}
