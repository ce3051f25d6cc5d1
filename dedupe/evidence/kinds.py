"""What of a record may tell who it is, and how two such values are compared: kinds, and their levels in SQL."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import pandas as pd
import pyarrow as pa

Kind = Literal[
    "given", "family", "patronymic", "name", "firm", "text", "date", "code", "word", "phone", "email", "account"
]
# Kinds whose cells hold several values, one to a line.
LISTS: tuple[Kind, ...] = ("phone", "email", "account")
# Kinds of several words in any order.
WORDED = ("name", "firm", "text")
PERSONAL = ("given", "family", "patronymic")
# A domain of more than this part of the records is a public one.
OFTEN = 0.02
# Words of so many records, or of this part of them, are rare.
RARE_ANYHOW, RARE = 4, 0.003
VOWELS = str.maketrans("", "", "aeiouy")


@dataclass(frozen=True)
class Evidence:
    """A column of a frame of records, and what it holds; `label` is what people call it.

    given, family, patronymic: keys of a person's names; name: of somebody, unparted; firm: a name, wherever it is not
    known which words are rare; text: several words (an address); date: eight digits `19850307`; code: an id, a
    postcode, a house number; word: a city, a job, a gender; phone, email and account (a profile, a registration): one
    value to a line. `root`: a column with the names that a given name may be a pet form of, one to a line.
    """

    column: str
    kind: Kind
    label: str = ""
    root: str = ""


def sound(key: str) -> str:
    """How a name's key begins and its first consonants: what most misspellings leave as it is."""
    rest = key[1:].translate(VOWELS)
    return key[:1] + "".join(b for a, b in zip(key[:1] + rest, rest, strict=False) if a != b)[:3]


def prepared(
    records: pd.DataFrame, evidence: Sequence[Evidence], common: Sequence[Collection[str]] | None = None
) -> pa.Table:
    """The records as they are compared: `id` from 1, and of evidence i `e<i>`, with `e<i>_s` its sound or its words.

    Empty values are null; lists have a column of lists. What is `common` (by evidence, as `too_common` says) is counted
    here, unless these are a part of the records only.
    """
    common = common or too_common(counted(records, evidence), len(records), evidence)
    columns: dict[str, pa.Array] = {"id": pa.array(range(1, len(records) + 1), pa.int32())}
    for place, one in enumerate(evidence):
        cells = pa.array(records[one.column].astype(object).where(records[one.column].notna(), None), pa.string())
        columns |= {
            f"e{place}{end}": column for end, column in _columns(cells, one, records, common[place]).items()
        }
    return pa.table(columns)


def counted(records: pd.DataFrame, evidence: Sequence[Evidence]) -> pd.DataFrame:
    """Words and domains of the evidence, and how many of the records state them: `place` of the evidence, value, n."""
    found: list[tuple[int, str, int]] = []
    for place, one in enumerate(evidence):
        if one.kind in (*WORDED, "email"):
            often: Counter[str] = Counter()
            for cell, n in records[one.column].value_counts().items():
                often.update(dict.fromkeys([_domain(cell)] if one.kind == "email" else cell.split(), n))
            found += [(place, value, n) for value, n in often.items() if value]
    return pd.DataFrame(found, columns=["place", "value", "n"])


def too_common(counts: pd.DataFrame, records: int, evidence: Sequence[Evidence]) -> list[frozenset[str]]:
    """By evidence the words and domains that say nothing, for too many of all `records` state them."""
    most = [OFTEN * records if one.kind == "email" else max(RARE_ANYHOW, RARE * records) for one in evidence]
    return [frozenset(counts.loc[(counts["place"] == place) & (counts["n"] > limit), "value"])
            for place, limit in enumerate(most)]  # fmt: skip


def _columns(
    cells: pa.Array, one: Evidence, records: pd.DataFrame, common: Collection[str]
) -> dict[str, pa.Array]:
    coded = cells.dictionary_encode()
    values = coded.dictionary.to_pylist()
    plain: list[str | None] = [value or None for value in values]
    if one.kind in LISTS:
        lists = [sorted(set(value.split("\n"))) if value else None for value in plain]
        return {"": _taken(lists, coded, pa.list_(pa.string()))} | _own_domain(plain, coded, one, common)
    found = {"": _taken(plain, coded, pa.string())}
    if one.kind in PERSONAL:
        found["_s"] = _taken([value and sound(value) for value in plain], coded, pa.string())
    if one.kind in WORDED:
        words = [sorted(set(value.split())) if value else None for value in plain]
        found["_w"] = _taken(words, coded, pa.list_(pa.string()))
        found["_k"] = _taken(
            [[word for word in w if word not in common] or None if w else None for w in words],
            coded,
            pa.list_(pa.string()),
        )
        found["_b"] = _taken(
            [sum({1 << crc32(word.encode()) % 63 for word in w}) if w else None for w in words], coded, pa.int64()
        )
        found["_s"] = _taken([" ".join(w) if w else None for w in words], coded, pa.string())
    if one.root:
        roots = records[one.root].astype(object)
        found["_f"] = pa.array(
            [of.split("\n") if isinstance(of, str) else None for of in roots], pa.list_(pa.string())
        )
    return found


def _taken(values: Sequence[object], coded: pa.DictionaryArray, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(coded.indices)


def _own_domain(
    cells: list[str | None], coded: pa.DictionaryArray, one: Evidence, common: Collection[str]
) -> dict[str, pa.Array]:
    """The domain of the first address, where it is not one that everybody has."""
    if one.kind != "email":
        return {}
    domains = [_domain(cell) if cell else None for cell in cells]
    return {"_d": _taken([None if domain in common else domain for domain in domains], coded, pa.string())}


def _domain(cell: str) -> str:
    return cell.split("\n", maxsplit=1)[0].rpartition("@")[2]


def names(evidence: Sequence[Evidence]) -> list[int]:
    """Places of what the records are called: a person's names, else those of a firm or a place."""
    people = [place for place, one in enumerate(evidence) if one.kind in ("given", "family")]
    return people or [place for place, one in enumerate(evidence) if one.kind in ("name", "firm")]
