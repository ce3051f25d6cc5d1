"""The columns of any table as evidence of who its records are: by what they are called, and by what stands in them.

A column that our fields do not know is kept as evidence where it can tell records apart; how far it does is learnt from
the records themselves. One that says again what another says is left out: its agreement would count twice.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import cast

import numpy as np
import pandas as pd
from anyascii import anyascii

from dedupe.evidence.kinds import LISTS, PERSONAL, Evidence, Kind
from dedupe.evidence.nicknames import roots
from enrich.firms.companies import split_companies
from enrich.folding import name_key
from enrich.names.cells import read_name
from leads import schema
from sources import columns as recogniser
from sources import values
from sources.headers import folded as headers_folded

# What says nothing of who somebody is.
ASIDE = (
    "stated_at", "ordered_on", "amount", "request", "consent", "responsible", "tags", "language", "tier", "title",
    "ignore",
)  # fmt: skip
KNOWN = ("city", "region", "country", "job", "gender", "address", "postcode")
OF_NAMES: dict[str, Kind] = {"given_name": "given", "family_name": "family", "patronymic": "patronymic"}
OF_ONE = ("phone", "email", "full_name", *OF_NAMES)
HALF_NAMES: dict[Kind, set[str]] = {"given": {"first", "given", "fname"}, "family": {"last", "family", "lname"}}
# A header's word for a field that is not its whole meaning (`birth_place`) is not believed.
SURE = 0.85
# Rows and distinct values by which a column is known, and rows by which two of them are compared.
SAMPLE, LOOKED_AT, COMPARED = 200, 500, 2_000
# Evidence is stated by this part of the records at least, and where it is no field of ours tells them apart by so many
# bits: two records have the same by chance once in 16.
FILLED, BITS = 0.1, 4.0
# This part of the values says what another column says as well.
AGAIN, FEW_ROWS = 0.85, 20
NUMBERED = re.compile(r"(\d{4})[-./ ]?(\d{2})[-./ ]?(\d{2})(?:[T ].*)?|(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})")
NOT_WORDS, NOT_DIGITS = re.compile(r"[^a-z0-9]+"), re.compile(r"\D")
SEVERAL = re.compile(r"[;,|\n]+")
# Digits of a phone without its country's code and trunk prefix, and the fewest of a local one.
NATIONAL, LOCAL = 10, 5
# What all patronymics end in: Петрович and Павлович are no more alike than Пётр and Павел.
FATHERS = re.compile(r"(?:[ое]в)?ич$|(?:[ое]в|ич)на$|(?:[oe]v)?ich$|(?:[oe]v|ich)na$", re.IGNORECASE)
Role = Kind | str  # also `full`: whole names of people, and `firm`; empty for what is no evidence


@dataclass(frozen=True)
class Looks:
    """What the values of a column look like: parts of the distinct ones, words of the average one, and in `bits` how
    unlikely two records have the same by chance.
    """

    filled: float
    bits: float
    unique: bool
    emails: float
    numbers: float
    codes: float
    dates: float
    words: float
    people: float
    firms: float


def read(frame: pd.DataFrame, language: str, columns: dict[str, str]) -> tuple[pd.DataFrame, list[Evidence]]:
    """Records as `dedupe.matching.match` takes them, row by row of `frame` (text), and the evidence among them.

    `columns`: header -> field where a source file says it; else it is recognised. `language` tells names apart.
    """
    roles = {header: role for header, role in _roles(frame, language, columns).items() if role}
    # On some rows first: what says again what another column says need not be read on all of them.
    some, evidence = _records(frame.iloc[:: max(1, len(frame) // COMPARED)], roles, language)
    again = {one.label for one in evidence} - {one.label for one in _distinctive(some, evidence)}
    roles = {header: role for header, role in roles.items() if header not in again}
    records, evidence = _records(frame, roles, language)
    return records, [one for one in evidence if one.label not in again]


def _records(frame: pd.DataFrame, roles: dict[str, Role], language: str) -> tuple[pd.DataFrame, list[Evidence]]:
    found, evidence = {}, []
    for number, (kind, label, cells) in enumerate(_read(frame, roles, language)):
        name, root = f"c{number}", ""
        found[name] = cells.astype(schema.TEXT)
        if kind == "given":
            root = f"{name}_root"
            pets = {key: "\n".join(names) for key, names in roots(name_key).items()}
            found[root] = cells.map(pets).astype(schema.TEXT)
        evidence.append(Evidence(name, kind, label, root))
    return pd.DataFrame(found, index=frame.index), evidence


def _roles(frame: pd.DataFrame, language: str, columns: dict[str, str]) -> dict[str, Role]:
    headers = list(frame.columns)
    sample = frame.head(SAMPLE).fillna("").to_numpy().tolist()
    told = {
        guess.header: (guess.target, guess.confidence) for guess in recogniser.recognise(headers, sample, language)
    }
    stated = {headers_folded(header): target for header, target in columns.items()}
    told |= {
        header: (stated[headers_folded(header)], 1.0) for header in headers if headers_folded(header) in stated
    }
    roles = {header: _role(header, *told[header], looks(frame[header], language)) for header in headers}
    if not set(HALF_NAMES) & set(roles.values()):
        for header, role in roles.items():
            words = set(NOT_WORDS.split(header.casefold()))
            halves = [kind for kind, said in HALF_NAMES.items() if words & said]
            if halves and role in ("word", "name"):
                roles[header] = halves[0]
    return roles


def looks(cells: pd.Series, language: str) -> Looks:
    """What stands in a column."""
    stated = cells.dropna()
    counts = stated.value_counts(sort=False).to_numpy(float)
    some = [str(value) for value in stated.drop_duplicates().head(LOOKED_AT)]
    shares = values.shares(some, language)
    alike = float(((counts / max(counts.sum(), 1)) ** 2).sum())

    def part(test: Callable[[str], bool]) -> float:
        return sum(map(test, some)) / max(len(some), 1)

    return Looks(
        filled=len(stated) / max(len(cells), 1),
        bits=-float(np.log2(alike)) if alike else 0.0,
        unique=len(counts) == len(stated),
        emails=part(lambda text: "@" in text),
        numbers=part(lambda text: 2 * sum(map(str.isdigit, text)) > len(text.replace(" ", ""))),
        codes=part(lambda text: any(map(str.isdigit, text)) and " " not in text.strip()),
        dates=part(lambda text: day(text) is not None),
        words=sum(len(text.split()) for text in some) / max(len(some), 1),
        people=shares.get("person", 0.0),
        firms=shares.get("organisation", 0.0),
    )


def _role(header: str, target: str, confidence: float, seen: Looks) -> Role:
    """What a column is as evidence: by its values where they are clear, by its header where that is sure."""
    target, _, label = target.partition(":")
    known = target if confidence >= SURE else ""
    called = target in ("full_name", "external_id") or "name" in NOT_WORDS.split(header.casefold())
    is_code = seen.codes > 0.6 or seen.numbers > 0.7
    # What all rows have tells nobody apart; but rows that have one name and one phone, and nothing else, are copies.
    silent = seen.bits == 0 and known not in OF_ONE
    # In this order; the first that is true.
    tests: list[tuple[bool, Role]] = [
        (target in ASIDE or silent or seen.filled < FILLED, ""),
        (seen.emails > 0.5, "email"),
        (target == "phone" and seen.numbers > 0.5 and label != "fax", "phone"),
        (seen.dates > 0.7, "date"),
        (known in OF_NAMES, OF_NAMES.get(known, "")),
        (target == "full_name" and seen.people > 0.3, "full"),
        (target == "company" or (seen.firms > 0.4 and not called), "firm"),
        (seen.bits < BITS and known not in KNOWN, ""),
        (is_code, "" if seen.unique else "code"),
        (called, "full" if seen.people > 0.4 else "name"),
        (True, "text" if seen.words >= 1.8 else "word"),
    ]
    return next(role for true, role in tests if true)


def day(text: str) -> str | None:
    """Eight digits of a date, also of one that no calendar has: a slip of the pen is not a missing value."""
    found = NUMBERED.fullmatch(text.strip())
    if not found:
        return None
    year, month, number, number2, month2, year2 = found.groups()
    if not year:
        year, month, number = year2, f"{int(month2):02}", f"{int(number2):02}"
    return year + month + number if 1500 <= int(year) <= 2100 else None


def _read(frame: pd.DataFrame, roles: dict[str, Role], language: str) -> Iterator[tuple[Kind, str, pd.Series]]:
    """Kind, label and cells of each piece of evidence; several columns of phones or of e-mails are one."""
    has_parts = bool({"given", "family"} & set(roles.values()))
    for header, role in roles.items():
        if role == "full" and not has_parts:
            yield from _parts_of_names(frame[header], header, language)
        elif role == "firm":
            yield "name", header, _firms(frame[header])
        elif role not in LISTS:
            kind = cast(Kind, "name" if role == "full" else role)
            yield kind, header, _mapped(frame[header], READ.get(role, folded))
    for kind in LISTS:
        of = {header: _mapped(frame[header], READ[kind]) for header, role in roles.items() if role == kind}
        if of:
            yield kind, ", ".join(of), _together(list(of.values()))


def _together(columns: list[pd.Series]) -> pd.Series:
    """One line for each value there is; null for a row that has none."""
    joined = columns[0].fillna("").str.cat([column.fillna("") for column in columns[1:]], sep="\n")
    return joined.str.replace(r"\n+", "\n", regex=True).str.strip("\n").replace("", None)


def _mapped(cells: pd.Series, read: Callable[[str], str | None]) -> pd.Series:
    return cells.map({value: read(value) for value in cells.dropna().unique()}).astype(schema.TEXT)


def _parts_of_names(cells: pd.Series, header: str, language: str) -> Iterator[tuple[Kind, str, pd.Series]]:
    """Keys of the parts of whole names; of one that is not understood, its first and its last word."""
    parts = {value: _parts(value, language) for value in cells.dropna().unique()}
    kinds: tuple[Kind, ...] = ("given", "family", "patronymic")
    for place, kind in enumerate(kinds):
        yield kind, f"{header} ({kind})", cells.map({value: of[place] for value, of in parts.items()})


def _parts(text: str, language: str) -> tuple[str | None, str | None, str | None]:
    name = read_name(text, None, None, None, language)
    if name.given_key or name.family_key:
        return name.given_key or None, name.family_key or None, father(name.patronymic or "")
    words = [key for key in map(name_key, text.split()) if key]
    return (words[0] if len(words) > 1 else None), (words[-1] if words else None), None


def father(patronymic: str) -> str | None:
    """The key of what a patronymic is made of."""
    return name_key(FATHERS.sub("", patronymic.strip())) or None


def _firms(cells: pd.Series) -> pd.Series:
    """Names of firms without their legal form."""
    texts = cells.dropna().drop_duplicates().astype(schema.TEXT)
    ids = pd.Series(range(len(texts))).astype(schema.TEXT)
    bare = split_companies(pd.DataFrame({"lead_id": ids, "company": texts.reset_index(drop=True)}))["company"]
    return cells.map(
        {text: folded(name if isinstance(name, str) else text) for text, name in zip(texts, bare, strict=True)}
    )


def folded(text: str) -> str | None:
    """Words in small Latin letters and digits."""
    return NOT_WORDS.sub(" ", anyascii(text).casefold()).strip() or None


def _code(text: str) -> str | None:
    return (folded(text) or "").replace(" ", "") or None


def _phones(text: str) -> str | None:
    """National parts, one to a line; what has too few digits says nothing."""
    digits = (NOT_DIGITS.sub("", part)[-NATIONAL:] for part in SEVERAL.split(text))
    return "\n".join(part for part in digits if len(part) >= LOCAL) or None


def _emails(text: str) -> str | None:
    parts = (part.strip(" <>'\"").casefold() for part in SEVERAL.split(text))
    return "\n".join(part for part in parts if "@" in part) or None


def _name(text: str) -> str | None:
    return name_key(text) or None


def _names(text: str) -> str | None:
    return " ".join(filter(None, map(name_key, text.split()))) or None


READ: dict[str, Callable[[str], str | None]] = {
    "given": _name, "family": _name, "patronymic": father, "full": _names, "email": _emails, "phone": _phones,
    "date": day, "code": _code,
}  # fmt: skip


def _distinctive(records: pd.DataFrame, evidence: list[Evidence]) -> list[Evidence]:
    """Without columns whose words stand in another one as well; of names the parts stay and not the whole."""
    words = {
        one: _words(records[one.column]) for one in evidence if one.kind in (*PERSONAL, "name", "text", "word")
    }
    kept = list(evidence)
    for (a, part), (b, whole) in permutations(words.items(), 2):
        if a in kept and b in kept and _says_again(part, whole):
            kept.remove(b if a.kind in PERSONAL else a)
    return kept


def _words(cells: pd.Series) -> list[frozenset[str] | None]:
    told = {text: frozenset(map(name_key, text.split())) for text in cells.dropna().unique()}
    return [told.get(text) for text in cells.to_list()]


def _says_again(part: Sequence[frozenset[str] | None], whole: Sequence[frozenset[str] | None]) -> bool:
    """Do the words of a column stand in another one as well?"""
    both = [a <= b for a, b in zip(part, whole, strict=True) if a and b]
    return len(both) >= FEW_ROWS and sum(both) >= AGAIN * len(both)
