"""What stands beside the number of an amount: currency, sign, power of ten, or that it is not exact."""

import re
from dataclasses import dataclass, fields
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from enrich.tables import table

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?[$€]?|[^\w\s.]")
# `100,- €` has no cents; elsewhere a minus on either side makes it negative, as do the parentheses of accountants.
NO_CENTS = re.compile(r"^\s*[.,]\s?[-–—]+")
MINUS = frozenset("-−–—")
DECORATION = frozenset(":=+,;\"'«»")
MOST_WORDS = 3


class Meaning(NamedTuple):
    """What one way of writing says."""

    understood: bool = False
    currency: str | None = None
    power: int = 0
    negative: bool = False
    bound: bool = False
    doubtful: bool = False


@dataclass(frozen=True)
class Beside:
    """`Meaning` of many, in columns."""

    understood: np.ndarray
    currency: pa.Array
    power: np.ndarray
    negative: np.ndarray
    bound: np.ndarray
    doubtful: np.ndarray

    def take(self, places: pa.Array) -> "Beside":
        """That of each of `places`."""
        rows = places.to_numpy()
        columns = (getattr(self, field.name) for field in fields(self))
        return Beside(*(c.take(places) if isinstance(c, pa.Array) else c[rows] for c in columns))


def read_beside(pairs: pa.Array) -> Beside:
    """What each of `pairs` says: the text before the number, NUL, the text behind it."""
    meanings = [_meaning(*pair.split("\x00", 1)) for pair in pairs.to_pylist()]
    columns = {name: [getattr(meaning, name) for meaning in meanings] for name in Meaning._fields}
    currency = pa.array(columns.pop("currency"), pa.string())
    power = np.array(columns.pop("power"), dtype=np.int64)
    return Beside(currency=currency, power=power, **{n: np.array(c, dtype=bool) for n, c in columns.items()})


def without_cents() -> pa.Array:
    """The currencies that are never written with cents."""
    return pa.array(table("currencies")["written"]["no_cents"], pa.string())


def _meaning(before: str, after: str) -> Meaning:
    words = WORD.findall(before.lower()), WORD.findall(NO_CENTS.sub(" ", after.lower()))
    signs = [[word for word in side if word in MINUS or word in "()"] for side in words]
    negative = _negative(*signs)
    if negative is None:
        return Meaning()
    said = [[w for w in side if w not in MINUS and w not in "()" and w not in DECORATION] for side in words]
    found = [meaning for side in said for meaning in _meanings(side)]
    if None in found:
        return Meaning()
    known = [meaning for meaning in found if meaning]
    currencies = {meaning.currency for meaning in known if meaning.currency}
    power = sum(meaning.power for meaning in known)
    if len(currencies) > 1 or power > 9:
        return Meaning()
    doubtful = any(meaning.doubtful for meaning in known) and not currencies
    bound = any(meaning.bound for meaning in known)
    return Meaning(True, next(iter(currencies), None), power, negative, bound, doubtful)


def _negative(before: list[str], after: list[str]) -> bool | None:
    """Is the amount negative? Null where the signs make no sense."""
    if not before and not after:
        return False
    if (before == ["("] and after == [")"]) or (
        len(before) + len(after) == 1 and not {"(", ")"} & {*before, *after}
    ):
        return True
    return None


def _meanings(words: list[str]) -> list[Meaning | None]:
    """The meanings of `words`, the longest spellings first; null for a word that is none."""
    found: list[Meaning | None] = []
    place = 0
    while place < len(words):
        for length in range(min(MOST_WORDS, len(words) - place), 0, -1):
            meaning = _spellings().get(" ".join(words[place : place + length]))
            if meaning:
                break
        else:
            return [None]
        found.append(meaning)
        place += length
    return found


@cache
def _spellings() -> dict[str, Meaning]:
    """Spelling -> what it says."""
    known = table("currencies")
    found = {word: Meaning(bound=True) for word in known["written"]["bounds"]}
    found |= {word: Meaning(doubtful=True) for word in known["written"]["ambiguous"]}
    found |= {word: Meaning(understood=True) for word in known["written"]["beside"]}
    found |= {word: Meaning(power=int(power)) for power, words in known["powers"].items() for word in words}
    found |= {word: Meaning(currency=code) for code, words in known["currencies"].items() for word in words}
    for power, codes in known["joined"].items():
        found |= {
            word: Meaning(currency=code, power=int(power)) for code, words in codes.items() for word in words
        }
    return found
