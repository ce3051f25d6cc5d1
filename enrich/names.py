"""Name cells -> family name, given name, patronymic, and the keys to compare them by."""

import re
from functools import cache
from typing import NamedTuple

import pandas as pd

from enrich.casing import INITIAL, is_shouted, repaired
from enrich.companies import is_organisation
from enrich.distinct import read_each
from enrich.folding import folded, folded_set, name_key
from enrich.markers import is_empty_marker
from enrich.name_parts import Parts, is_given, parts, patronymic
from enrich.tables import table

CELLS = ("full_name", "family_name", "given_name", "patronymic", "language")
# A cell longer than this is a text about somebody.
LONGEST = 200
NOT_IN_NAMES = re.compile(r"[<>{}\[\]|\\=$%#@^~*/;:?+_]|\d{3}|https?")
SAME_LETTER = re.compile(r"(.)\1{2,}")
SAME_SYLLABLE = re.compile(r"(?=.{6})(.{2,4})\1+")
PUNCTUATION = re.compile(r'[«»„“”"(),!&]')
BRACKETED = re.compile(r"\([^()]*\)")
# Degrees are spelled with full stops inside, where initials are too.
DEGREES = re.compile(
    r"(?<!\w)(?:[кд]\.\s?[а-я]{1,3}\.?\s?н\.?|ph\.\s?d\.?|m\.\s?sc\.?|b\.\s?sc\.?|m\.b\.a\.?)(?!\w)", re.IGNORECASE
)
GLUED_INITIALS = re.compile(r"(?<=[^\W\d_]\.)(?=[^\W\d_])")
# Marks of a generation that may also be a word stand with a full stop.
SURE_GENERATIONS = ("jr", "sr", "ifj")
LONGEST_ABBREVIATION = 3


class Name(NamedTuple):
    """A name read; `flags` is null or one of `junk name`, `name is an organisation`, `several people`,
    `name too long`, and then only `name_text` is given."""

    name_text: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    family_key: str | None = None
    given_key: str | None = None
    flags: str | None = None


def split_names(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id` and the columns of `CELLS` (as stated) -> `lead_id` and the fields of `Name`, row by row.

    `name_text` is the name as stated; the parts are without titles, with the casing of all-capitals and all-small
    names repaired. Keys are transliterated, lower case, letters only; an initial's key is its first letter.
    """
    read = read_each(cells, CELLS, Name._fields, read_name)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def read_name(
    full: str | None, family: str | None, given: str | None, father: str | None, language: str | None
) -> Name:
    """The name that the four cells state. Own columns win over a full name where they hold a full name."""
    columns = [text for text in (family, given, father) if text]
    text = " ".join((full if full and not (family and given) else " ".join(columns)).split())
    if not text:
        return Name()
    if flag := _why_no_name(text):
        return Name(name_text=text, flags=flag)
    if (family and given) or (not full and not _states_all(columns)):
        read = _from_columns(family, given, father)
    else:
        read = _from_text(text, language or "")
    return _named(text, read)


def _states_all(columns: list[str]) -> bool:
    """Does the one name column that is stated hold several words, and so perhaps a full name?"""
    return len(columns) == 1 and len(columns[0].split()) > 1


def _why_no_name(text: str) -> str | None:
    if len(text) > LONGEST:
        return "name too long"
    if is_empty_marker(text) or NOT_IN_NAMES.search(text) or not any(map(str.isalpha, text)):
        return "junk name"
    if is_organisation(text):
        return "name is an organisation"
    words = text.split()
    if all(_is_junk(folded(word)) for word in words):
        return "junk name"
    return "several people" if _joins_people(words) else None


def _is_junk(key: str) -> bool:
    return key in _table("junk") or bool(SAME_LETTER.fullmatch(key) or SAME_SYLLABLE.fullmatch(key))


def _joins_people(words: list[str]) -> bool:
    return any(
        (word == "&" or (word.islower() and word in table("name_words")["conjunctions"]))
        and min(len(before), len(behind)) > 1
        for before, word, behind in zip(words, words[1:], words[2:], strict=False)
    )


def _words(text: str) -> list[str]:
    """The words of a name: initials apart, without quotes, brackets, degrees, titles and marks of a generation."""
    bare = BRACKETED.sub(" ", text)
    if not any(map(str.isalpha, bare)):
        bare = text
    bare = PUNCTUATION.sub(" ", DEGREES.sub(" ", bare))
    words = [word for word in GLUED_INITIALS.sub(" ", bare).split() if any(map(str.isalpha, word))]
    return [word for word in words if not _is_title(word) and not _generation(word)]


def _is_title(word: str) -> bool:
    key = folded(word)
    return key in _table("titles") or (word.endswith(".") and key in _table("dotted_titles"))


def _from_columns(family: str | None, given: str | None, father: str | None) -> Parts:
    names = _words(given or "")
    fathers = _words(father or "")
    if not fathers and len(names) > 1 and patronymic(names[-1]):
        names, fathers = names[:-1], names[-1:]
    return Parts(_words(family or ""), names, fathers)


def _from_text(text: str, language: str) -> Parts:
    sides = [words for words in map(_words, text.split(",")) if words]
    if not sides:
        return Parts([], [], [])
    if len(sides) == 1:
        return parts(sides[0], language)
    return _from_sides(sides[0], [word for side in sides[1:] for word in side], language)


def _from_sides(family: list[str], others: list[str], language: str) -> Parts:
    """`Family, Given Patronymic`; or a name and a remark, when the name is whole without it."""
    if len(family) > 1 and any(map(is_given, family)) and not is_given(others[0]):
        return parts(family, language)
    if len(others) > 1 and patronymic(others[-1]):
        return Parts(family, others[:-1], others[-1:])
    return Parts(family, others, [])


def _generation(word: str) -> str | None:
    """`jr` or `sr` for a mark such as ifj., Jr., ст."""
    mark = _generations().get(word.casefold().strip(".,"))
    sure = "." in word or len(word) > LONGEST_ABBREVIATION or word.casefold() in SURE_GENERATIONS
    return mark if sure else None


def _named(text: str, read: Parts) -> Name:
    low, shouted = _table("particles") | _table("patronymic_tails"), is_shouted([w for part in read for w in part])
    family, given, father = (repaired(part, low, shouted=shouted) for part in read)
    mark = "".join(filter(None, map(_generation, text.split())))
    return Name(
        name_text=text,
        family_name=" ".join(family) or None,
        given_name=" ".join(given) or None,
        patronymic=" ".join(father) or None,
        family_key=name_key(" ".join(family)) or None,
        given_key=_given_key(given, mark) or None,
    )


def _given_key(given: list[str], mark: str) -> str:
    """Middle initials do not count beside a name; the mark of a generation does."""
    full = [word for word in given if not INITIAL.fullmatch(word)]
    if full:
        return name_key("".join(full)) + mark
    return name_key(given[0])[:1] if given else ""


@cache
def _table(kind: str) -> frozenset[str]:
    return folded_set(table("name_words")[kind])


@cache
def _generations() -> dict[str, str]:
    """Mark as written -> `jr` or `sr`."""
    marks = table("name_words")["generations"]
    return {**dict.fromkeys(marks["junior"], "jr"), **dict.fromkeys(marks["senior"], "sr")}
