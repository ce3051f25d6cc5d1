"""Registration numbers of organisations: `ИНН 7707083893 / КПП 773601001` -> `RU-INN:7707083893|RU-KPP:773601001`.

The kinds stand in `registrations.toml`; their check digits are python-stdnum's.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.tables import table

NOT_VALID = "registration not valid"
NOT_UNDERSTOOD = "registration not understood"
LONGEST = 500
# A spreadsheet's decimals behind a whole number.
DECIMALS = re.compile(r"(?<=\d)[.,]0+(?!\d)")
# The German commercial register is written as a text: court, section, number.
GERMAN_REGISTER = re.compile(r"\b(?:HRA|HRB|GnR|VR|PR)\b", re.IGNORECASE)
TRADE_REGISTER = r"[A-Za-z]\s?\d{1,2}\s?/\s?\d+\s?/\s?(?:\d\d\.\d\d\.)?\d{4}|[A-Za-z]\d{13}"
GERMAN_TAX = r"\d{2,3}/\d{3,4}/\d{4,5}"
PREFIX = r"[A-Za-z]{2}(?:[\s-]?U)?[\s-]?"
DIGITS = rf"(?:\b{PREFIX})?\d(?:[\d.\-]|[ \u00A0](?=\d)|(?<=\d{{4}})[A-Z]{{2}}(?=\d{{3}}))*"
WORDS = rf"[^\W\d_]+(?:[./\s-]{{1,2}}(?!(?:{PREFIX}|[A-Za-z]\s?)\d)[^\W\d_]+)*"
PIECES = re.compile(rf"(?P<number>\b(?:{TRADE_REGISTER}|{GERMAN_TAX})|{DIGITS})|(?P<words>{WORDS})")
LETTERS_BEFORE = re.compile(PREFIX)
SEPARATORS = re.compile(r"[\s.-]")
# Groups that are written apart: 185 472 90. Longer ones are numbers of their own.
LONGEST_GROUP = 4


ANY_VAT = "eu.vat"


class Registrations(NamedTuple):
    """Numbers read, a sorted `|`-list of `KIND:number`; and a flag where one is not valid or nothing was understood."""

    registrations: str | None = None
    flag: str | None = None


class Kind(NamedTuple):
    """One kind of number; see `registrations.toml`."""

    name: str
    country: str
    shape: re.Pattern[str]
    check: str | None
    keep: int | None
    bare: tuple[int, ...]
    behind: str | None
    lost_zero: bool


def read_registrations(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id`, `text` (as stated), `country` (ISO) -> `lead_id`, `registrations` and `flag`, row by row."""
    read = read_each(cells, ["text", "country"], Registrations._fields, read_numbers)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def read_numbers(text: str | None, country: str | None) -> Registrations:
    """The registration numbers that `text` states. A label or the prefix of a VAT number decides what a number is,
    else the country and the number's length; a number that fails its check digit is left out and flagged."""
    if text is None or is_empty_marker(text):
        return Registrations()
    if len(text) > LONGEST:
        return Registrations(flag=NOT_UNDERSTOOD)
    if GERMAN_REGISTER.search(text) and (entry := _german_entry(text)):
        return Registrations(entry)
    found: set[str] = set()
    failed = False
    for kind, number in _stated(DECIMALS.sub("", text), country or ""):
        valid = _valid(kind, number)
        failed = failed or valid is None
        found |= {f"{kind.name}:{valid}"} if valid else set()
    if failed:
        return Registrations("|".join(sorted(found)) or None, NOT_VALID)
    return Registrations("|".join(sorted(found))) if found else Registrations(flag=NOT_UNDERSTOOD)


def _stated(text: str, country: str) -> Iterator[tuple[Kind, str]]:
    """Each number of `text` with its kind. Several labels before several numbers of a line are taken in order."""
    waiting: list[Kind | None] = []
    before = ""
    for line in text.splitlines():
        # Labels to which the line before had no number; one without any number is itself the label of the next.
        waiting = [] if before else waiting
        for piece in PIECES.finditer(line):
            if words := piece["words"]:
                waiting = [] if before and not waiting else waiting
                waiting += _labels(words, country)
                continue
            for number in _numbers(piece["number"]):
                kind = waiting.pop(0) if waiting else _kind_of_bare(number, country, before)
                if kind:
                    yield kind, number
                before = kind.name if kind else "?"


def _numbers(text: str) -> list[str]:
    """The numbers of a run of digits: `7707083893 773601001` is two, `185 472 90` one; in capitals, separators off."""
    start = LETTERS_BEFORE.match(text)
    groups = text[start.end() if start else 0 :].split()
    apart = len(groups) > 1 and all(len(group) > LONGEST_GROUP for group in groups)
    return [SEPARATORS.sub("", number).upper() for number in (groups if apart else [text])]


def _labels(words: str, country: str) -> list[Kind | None]:
    """The kinds that `words` announce, null for a number of another sort; none where the words are no label."""
    names = _label_kinds()
    if (key := folded(words)) in names:
        return _in_country(names[key], country)
    found = [names.get(folded(word)) for word in re.split(r"[\s/]+", words)]
    return [kind for kinds in found if kinds is not None for kind in _in_country(kinds, country)]


def _in_country(kinds: tuple[Kind | None, ...], country: str) -> list[Kind | None]:
    """One kind of those that share a label: the country's own, else the first."""
    return [next((kind for kind in kinds if kind and kind.country == country), kinds[0])] if kinds else []


def _kind_of_bare(number: str, country: str, before: str) -> Kind | None:
    """The kind of a number without a label: by its letters, else by the country and the length."""
    prefix = number[:2]
    if prefix.isalpha():
        return _prefixed(prefix)
    if number[0].isalpha():
        return _kinds()["RO-ONRC"]
    fitting = [kind for kind in _kinds().values() if kind.country == country and _fits(kind, number)]
    return next((kind for kind in fitting if kind.behind == before), None) or next(
        (kind for kind in fitting if not kind.behind), None
    )


def _fits(kind: Kind, number: str) -> bool:
    short = kind.lost_zero and len(number) + 1 in kind.bare and _valid(kind, number) is not None
    return len(number) in kind.bare or short


def _prefixed(prefix: str) -> Kind | None:
    """The kind of a VAT number with a country's prefix."""
    if name := table("registrations")["prefixes"].get(prefix):
        return _kinds()[name]
    from stdnum.eu.vat import MEMBER_STATES

    if prefix.lower() not in (*MEMBER_STATES, "el"):
        return None
    return Kind(f"{prefix}-VAT", prefix, re.compile(r"[0-9A-Z]+"), ANY_VAT, None, (), None, False)


def _valid(kind: Kind, number: str) -> str | None:
    """The number as we write it, or null."""
    number = number.removeprefix(kind.country)
    if kind.lost_zero and len(number) + 1 in kind.bare:
        number = f"0{number}"
    if not kind.shape.fullmatch(number):
        return None
    number = number[: kind.keep]
    if not kind.check:
        return number
    if kind.check == ANY_VAT:
        number = kind.country + number
    from stdnum.exceptions import ValidationError

    try:
        return _validate(kind.check)(number).removeprefix(kind.country)
    except ValidationError:
        return None


def _german_entry(text: str) -> str | None:
    from stdnum.de import handelsregisternummer
    from stdnum.exceptions import ValidationError

    stated = re.sub(r"\b(?:Amtsgericht|AG|Registergericht|Handelsregister(?:nummer)?|Nr\.?)\b[:\s]*", " ", text)
    try:
        entry = handelsregisternummer.validate(" ".join(stated.replace(",", " ").split()))
    except ValidationError:
        return None
    return f"DE-HR:{entry}".replace("|", " ")


@cache
def _validate(module: str) -> Callable[[str], str]:
    validate: Callable[[str], str] = import_module(f"stdnum.{module}").validate
    return validate


@cache
def _kinds() -> dict[str, Kind]:
    return {
        row["name"]: Kind(
            row["name"], row["country"], re.compile(row["shape"]), row.get("check"), row.get("keep"),
            tuple(row.get("bare", ())), row.get("behind"), row.get("lost_zero", False),
        )
        for row in table("registrations")["kind"]
    }  # fmt: skip


@cache
def _label_kinds() -> dict[str, tuple[Kind | None, ...]]:
    """Folded label -> the kinds it announces: none for a label of any number, a null for that of another sort."""
    rows = table("registrations")
    found: dict[str, tuple[Kind | None, ...]] = {folded(label): () for label in rows["any"]["labels"]}
    for row in rows["kind"]:
        for label in row["labels"]:
            found[folded(label)] = (*found.get(folded(label), ()), _kinds()[row["name"]])
    return found | {folded(label): (None,) for label in rows["other"]["labels"]}
