"""Company cells -> name, legal form, key."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded, folded_set
from enrich.markers import is_empty_marker
from enrich.tables import table

QUOTES = re.compile(r"[«»„“”‟\"❝❞〝〞]+|(?<!\w)['‘’‚‹›`]+|['‘’‚‹›`]+(?!\w)")
GLUED_COMMA = re.compile(r",(?=[^\W\d_])")
# Longest legal form in words: "Друштво са ограниченом одговорношћу" and the like.
FORM_WORDS = 6
SHORT_FORM = 2
# A cell longer than this is a text about companies; it is kept whole, without a key.
LONGEST = 300


class Company(NamedTuple):
    """A company read: the name without its legal form and quotes, the form as we write it, the key."""

    company: str | None = None
    company_form: str | None = None
    company_key: str | None = None


def split_companies(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id`, `company` (as stated) -> `lead_id`, `company`, `company_form`, `company_key`, row by row.

    The key is the name folded: transliterated, lower case, letters and digits only. An empty marker is no company.
    """
    read = read_each(cells, ["company"], Company._fields, read_company)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def read_company(text: str | None) -> Company:
    """The company that `text` states; forms from `legal_forms.toml`, at the beginning and at the end of the name."""
    if text is None or is_empty_marker(text):
        return Company()
    return Company(text) if len(text) > LONGEST else _read(text)


# The same firms stand in part after part of a base.
@lru_cache(maxsize=65_536)
def _read(text: str) -> Company:
    words = _words(text)
    end = _form_at_end(words, any_short=True)
    start = _form_at_start(words[: len(words) - end])
    stated = words[len(words) - end :] if end else words[:start]
    named = words[start : len(words) - end]
    if not stated and (place := _form_between(words)):
        stated, named = words[place], words[: place.start] + words[place.stop :]
    name = " ".join(named).strip(" ,;:-–—()")
    if not folded(name):
        return Company(text, None, folded(text) or None)
    return Company(name, _form_name(stated) if stated else None, folded(name))


def is_organisation(text: str) -> bool:
    """Does a text from a name column state an organisation: a legal form, or a word of `organisation_words.toml`?

    Two letters with full stops are initials there and no legal form.
    """
    if len(text) > LONGEST:
        return False
    words = _words(text)
    if len(words) > 1 and (_form_at_end(words, any_short=False) or _form_at_start(words, any_short=False)):
        return True
    return any(folded(word) in _organisation_words() for word in words)


def _words(text: str) -> list[str]:
    return GLUED_COMMA.sub(", ", QUOTES.sub(" ", text)).split()


def _form_between(words: list[str]) -> slice | None:
    """Where in the middle a legal form stands that may have a place or a branch behind it."""
    for start in range(1, len(words) - 1):
        for stop in range(min(start + FORM_WORDS, len(words) - 1), start, -1):
            if _key(words[start:stop]) in _between():
                return slice(start, stop)
    return None


def _form_at_end(words: list[str], *, any_short: bool) -> int:
    """How many words at the end are a legal form; 0 for none, and never all of them."""
    for count in range(min(FORM_WORDS, len(words) - 1), 0, -1):
        if _is_form(words[-count:], any_short):
            return count
    return 0


def _form_at_start(words: list[str], *, any_short: bool = True) -> int:
    for count in range(min(FORM_WORDS, len(words) - 1), 0, -1):
        if _is_form(words[:count], any_short) and _key(words[:count]) not in _only_at_end():
            return count
    return 0


def _is_form(words: list[str], any_short: bool) -> bool:
    key = _key(words)
    if key not in _forms():
        return False
    if len(key) > SHORT_FORM:
        return True
    written = _written(words)
    return written in _short_forms() and (any_short or ("." not in written and written not in _initials()))


def _form_name(words: list[str]) -> str:
    """The form as we write it. e.V. and e.v., Sp.k. and СПК are two forms with one key, so the exact spelling is asked
    first."""
    return _spellings().get(_written(words)) or _forms()[_key(words)]


def _written(words: list[str]) -> str:
    return "".join(words).strip(",;()")


@cache
def _rows() -> list[tuple[str, str, bool]]:
    """(spelling, name, only at the end) of every form; the form's own name is a spelling too."""
    return [
        (spelling, form["name"], form.get("at") == "end")
        for form in table("legal_forms")["form"]
        for spelling in (form["name"], *form["spellings"])
    ]


@cache
def _between() -> frozenset[str]:
    """Folded spellings of the forms that also count in the middle of a name."""
    forms = [form for form in table("legal_forms")["form"] if form.get("between")]
    return folded_set(spelling for form in forms for spelling in (form["name"], *form["spellings"]))


def _key(words: list[str]) -> str:
    return "".join(map(folded, words))


@cache
def _forms() -> dict[str, str]:
    """Folded spelling -> name; the first form in the table wins."""
    return {folded(spelling): name for spelling, name, _ in reversed(_rows())}


@cache
def _spellings() -> dict[str, str]:
    """Spelling without spaces -> name."""
    return {"".join(spelling.split()): name for spelling, name, _ in reversed(_rows())}


@cache
def _short_forms() -> frozenset[str]:
    """Spellings of the forms that count only as they are written."""
    return frozenset(spelling for spelling in _spellings() if len(folded(spelling)) <= SHORT_FORM)


@cache
def _initials() -> frozenset[str]:
    """Spellings that may be initials in a name column."""
    forms = [form for form in table("legal_forms")["form"] if form.get("initials")]
    return frozenset(spelling for form in forms for spelling in (form["name"], *form["spellings"]))


@cache
def _only_at_end() -> frozenset[str]:
    anywhere = folded_set(spelling for spelling, _, end in _rows() if not end)
    return folded_set(spelling for spelling, _, end in _rows() if end) - anywhere


@cache
def _organisation_words() -> frozenset[str]:
    return folded_set(table("organisation_words")["words"])
