"""Name cells -> family name, given name, patronymic, title, gender, and the keys to compare them by."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from enrich.distinct import read_distinct
from enrich.firms.companies import is_organisation
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.names.given import CYRILLIC
from enrich.names.junk import is_junk
from enrich.names.parts import NAME_ROLES, Places, Plan, plan, plan_of_columns
from enrich.names.words import (
    KINDS,
    Lexicon,
    Word,
    is_conjunction,
    is_title_as_written,
    lexicon,
    title_gender,
    tokens,
    unglued,
)
from enrich.tables import table

CELLS = ("full_name", "family_name", "given_name", "patronymic", "language")
GENDER = "gender"
# A cell longer than this is a text about somebody.
LONGEST = 200
# … and of this length it is not even looked at.
LONGEST_LOOKED_AT = 20_000
# Names read before they go into columns; of many more, Python's garbage collector costs as much as the reading.
BLOCK = 512
NOT_IN_NAMES = re.compile(r"[<>{}\[\]|\\=$%#@^~*/;:?+_]|\d{3}|https?")
# Marks around a name that an organisation's name has too; with these the whole text is looked at.
QUOTES = re.compile(r"[\"«»„“”‟‘‚‹›]")
BRACKETS = re.compile(r"[()\"“”„«»]|(?<!\w)['‘]|['’](?!\w)")
# What of a word is asked again and again: its kind, its spelling in a name that is not shouted and in one that is.
KIND = attrgetter("kind")
SPELLINGS = (attrgetter("cased"), attrgetter("unshouted"))
WITH_CYRILLIC = frozenset(("ru", "uk", "be", "kk", "bg", "sr", "sh", "bs", "mk", "me"))
JOINERS = str.maketrans("", "", "\u200c\u200d")


class Name(NamedTuple):
    """A name read; `flags` is null or one of `junk name`, `name is an organisation`, `several people`,
    `name too long`, and then only `name_text` is given. `gender` is `female`, `male`, or null where nothing tells."""

    name_text: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    family_key: str | None = None
    given_key: str | None = None
    flags: str | None = None
    title: str | None = None
    gender: str | None = None


NAMES = pa.schema([(field, pa.string()) for field in Name._fields])


def split_names(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id`, the columns of `CELLS` and perhaps `gender` (as stated) -> `lead_id` and the fields of `Name`.

    `name_text` is the name as stated; the parts are without titles, with the casing of all-capitals and all-small
    names repaired. Keys (`folding.name_key`) are one for a name's spellings; an initial's key is its first letter.
    The gender is the one stated, else what title, patronymic, given name and surname tell.
    """
    columns = CELLS if GENDER not in cells else (*CELLS, GENDER)
    read = read_distinct(cells, columns, _read_names)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def _read_names(rows: pa.RecordBatch) -> pa.RecordBatch:
    blocks = [_read_block(rows.slice(start, BLOCK)) for start in range(0, len(rows), BLOCK)]
    return pa.concat_batches(blocks) if blocks else _read_block(rows)


def _read_block(rows: pa.RecordBatch) -> pa.RecordBatch:
    names = [read_name(*cells) for cells in zip(*(column.to_pylist() for column in rows.columns), strict=True)]
    columns = zip(*names, strict=True) if names else [()] * len(NAMES)
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], schema=NAMES)


def read_name(
    full: str | None,
    family: str | None,
    given: str | None,
    father: str | None,
    language: str | None,
    gender: str | None = None,
) -> Name:
    """The name that the cells state. Own columns win over a full name where they say as much."""
    if full and not (family or given or father or gender) and len(full) <= LONGEST:
        text = " ".join(full.split())
        return _from_text(text, lexicon(_spoken(text, language))) if text else Name()
    name = _from_cells(full, family, given, father, lexicon(_spoken(full or family or given, language)))
    if gender and not name.flags:
        return name._replace(gender=read_gender(gender, language) or name.gender)
    return name


def _spoken(text: str | None, language: str | None) -> str:
    """The language to read a name in: Russian for Cyrillic letters in a source whose language has none."""
    if language in WITH_CYRILLIC or not text or not CYRILLIC.search(text[:LONGEST]):
        return language or ""
    return "ru"


def _from_cells(
    full: str | None, family: str | None, given: str | None, father: str | None, known: Lexicon
) -> Name:
    columns = [family, given, father]
    stated = [text for text in columns if text]
    if sum(map(len, (full or "", *stated))) > LONGEST_LOOKED_AT:
        return Name(name_text=full or " ".join(stated), flags="name too long")
    text = " ".join((full if full and not (family and given) else " ".join(stated)).split())
    if not text:
        return Name()
    if len(text) > LONGEST:
        return Name(name_text=text, flags="name too long")
    if not full or (family and given):
        return _from_columns(text, columns, known)
    if len(stated) == 1 and _name_words(full, known) == _name_words(stated[0], known):
        # The full name says no more than the column, but for a title.
        own, name = _from_columns(stated[0], columns, known), _from_text(text, known)
        return own._replace(name_text=text, title=name.title or own.title, gender=name.gender or own.gender)
    return _from_text(text, known)


def _name_words(text: str, known: Lexicon) -> list[str]:
    """What is neither title nor remark, in no order: a mark may have moved."""
    beside = ("title", "comma", "aside")
    return sorted(folded(token) for token in tokens(text) if KINDS[known[token].kind].role not in beside)


def read_gender(text: str | None, language: str | None) -> str | None:
    """`female` or `male` for what a column of genders says (Ж, m, férfi, Frau Dr.); null where it is not understood."""
    if not text or len(text) > LONGEST:
        return None
    stated = _genders(language == "hu").get(text.strip().strip(".").casefold())
    return stated or title_gender(text, language or "")


def _from_text(text: str, known: Lexicon) -> Name:
    plain = text.replace(" ", "").isalpha()
    words = [known[token] for token in (text.split() if plain else tokens(text))]
    read = _plan(tuple(map(KIND, words)), known.language)
    if read.suspect or not any(read.parts) or not (plain or _is_clean(text)):
        if flag := _why_no_name(text):
            return Name(name_text=text, flags=flag)
        bare = unglued(text)
        if not any(read.parts):
            # The whole name stands in brackets or quotes, or is a word that also is a title.
            bare = BRACKETS.sub(" ", bare)
        if bare != text:
            words = [known[token] for token in tokens(bare)]
            read = _plan(tuple(map(KIND, words)), known.language)
    name = _named(text, words, read)
    return _checked(name) if read.suspect else name


def _from_columns(text: str, columns: Sequence[str | None], known: Lexicon) -> Name:
    sides = [
        _of_column(column, known, beside=place > 0 and bool(columns[0])) if column else []
        for place, column in enumerate(columns)
    ]
    named = [side for side in sides if any(map(_is_name, side))]
    if len(named) == 1 and _are_several(named[0]):
        return _from_text(text, known)
    words = [word for side in sides for word in side]
    read = plan_of_columns(*([KINDS[word.kind] for word in side] for side in sides))
    if (read.suspect or not any(read.parts) or not _is_clean(text)) and (flag := _why_no_name(text)):
        return Name(name_text=text, flags=flag)
    name = _named(text, words, read)
    return _checked(name) if read.suspect else name


def _of_column(column: str, known: Lexicon, *, beside: bool) -> list[Word]:
    """The words of a column of its own. Where none would be a name (Herr, Jr), the last without a full stop is;
    but `beside` a family name, what is written like a title or mark is one.
    """
    words = [known[token] for token in tokens(column)]
    if any(map(_is_name, words)):
        return words
    words = [known[token] for token in tokens(BRACKETS.sub(" ", column))]
    if any(map(_is_name, words)) or (beside and any(map(_is_surely_none, words))):
        return words
    plain = [place for place, word in enumerate(words) if word.text[0].isalpha() and "." not in word.text]
    titles = [place for place in plain if not KINDS[words[place].kind].mark]
    for place in titles[-1:] or plain[:1]:
        words[place] = lexicon(known.language, names_only=True)[words[place].text]
    return words


def _are_several(words: list[Word]) -> bool:
    """May these words of the only column with a name be a full name?"""
    return sum(_is_name(word) and not KINDS[word.kind].particle for word in words) > 1


def _is_name(word: Word) -> bool:
    return KINDS[word.kind].role in NAME_ROLES


def _is_surely_none(word: Word) -> bool:
    return bool(KINDS[word.kind].mark) or is_title_as_written(word.text)


@lru_cache(maxsize=1 << 16)
def _plan(shape: Places, language: str) -> Plan:
    return plan([KINDS[kind] for kind in shape], language)


def _is_clean(text: str) -> bool:
    """Is there nothing in `text` but letters, and what stands between and behind them in names?"""
    return not (
        NOT_IN_NAMES.search(text)
        or QUOTES.search(text)
        or not _is_printable(text)
        or not any(map(str.isalpha, text))
    )


def _is_printable(text: str) -> bool:
    return text.isprintable() or text.translate(JOINERS).isprintable()


def _why_no_name(text: str) -> str | None:
    if is_empty_marker(text) or NOT_IN_NAMES.search(text) or not any(map(str.isalpha, text)):
        return "junk name"
    if not _is_printable(text):
        return "junk name"
    if is_organisation(text):
        return "name is an organisation"
    words = text.split()
    if all(map(is_junk, words)):
        return "junk name"
    return "several people" if _joins_people(words) else None


def _joins_people(words: list[str]) -> bool:
    return any(
        is_conjunction(word) and min(len(before), len(behind)) > 1
        for before, word, behind in zip(words, words[1:], words[2:], strict=False)
    )


def _checked(name: Name) -> Name:
    """What is shown of a name is a name in itself: not the form of a firm, whose word before it was no name."""
    shown = " ".join(filter(None, (name.family_name, name.given_name, name.patronymic)))
    flag = _why_no_name(shown) if shown and shown != name.name_text else None
    return Name(name_text=name.name_text, flags=flag) if flag else name


def _named(text: str, words: list[Word], read: Plan) -> Name:
    (family, given, father), spelling = read.parts, SPELLINGS[read.shouted]
    # One word is by far the most frequent; names are read by the million.
    return Name(
        text,
        spelling(words[family[0]]) if len(family) == 1 else _written(words, family, read.shouted),
        spelling(words[given[0]]) if len(given) == 1 else _written(words, given, read.shouted),
        spelling(words[father[0]]) if len(father) == 1 else _written(words, father, read.shouted),
        words[family[0]].key if len(family) == 1 else "".join([words[place].key for place in family]) or None,
        words[given[0]].key if read.key_is_given else _given_key(words, given, read.mark) or None,
        None,
        " ".join([words[place].text for place in read.title]) if read.title else None,
        read.gender,
    )


def _written(words: list[Word], places: Places, shouted: bool) -> str | None:
    """One part of a name; the particles beside another word stay low."""
    return " ".join([_beside(words[place], shouted) for place in places]) if places else None


def _beside(word: Word, shouted: bool) -> str:
    kind = KINDS[word.kind]
    if (kind.particle or kind.role == "tail") and (shouted or word.text.islower()):
        return word.text.lower()
    return word.unshouted if shouted else word.cased


def _given_key(words: list[Word], given: Places, mark: str) -> str:
    """Middle initials do not count beside a name; the mark of a generation does."""
    full = "".join([words[place].key for place in given if KINDS[words[place].kind].role != "initial"])
    if full:
        return full + mark
    return next((words[place].key[:1] for place in given if words[place].key), "")


@cache
def _genders(hungarian: bool) -> dict[str, str]:
    """Word of a gender, in lower case -> `female` or `male`."""
    words = table("name_words")
    stated = words["stated_genders"]
    found = {
        word: gender for gender in ("female", "male") for word in (*words["genders"][gender], *stated[gender])
    }
    if hungarian:
        found |= {word: gender for gender in ("female", "male") for word in stated[f"hu_{gender}"]}
    return found
