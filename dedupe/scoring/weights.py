"""What each level of agreement is worth, learnt from the records themselves, without an answer to any pair."""

import json
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dedupe.evidence.kinds import names
from dedupe.scoring.comparisons import Comparison

# What we ship counts as so many pairs, so that a small file does not run away with its accidents.
SHIPPED_PAIRS = 50.0
ROUNDS, SETTLED = 100, 1e-5
LEAST = 1e-7
Shares = list[np.ndarray]


@dataclass(frozen=True)
class Model:
    """Of each comparison the shares of same (`m`), random (`u`) and related (`r`) pairs by level, in their order;
    `same` and `related`: the shares of such pairs among all pairs there are.

    Related are two who share a phone, an address or a firm, and are not one: colleagues, a family, tenants. `own` are
    the places of what one person has to himself (a birthday, an id), `forbidding` of names that must not be different.
    """

    m: list[list[float]]
    u: list[list[float]]
    r: list[list[float]]
    same: float
    related: float
    own: tuple[int, ...] = ()
    forbidding: tuple[int, ...] = ()

    def bits(self, comparison: int, level: int) -> float:
        """What a level is worth: log2 of how much more often same pairs are on it than random ones."""
        return math.log2(self.m[comparison][level] / self.u[comparison][level])

    def saved(self) -> str:
        """The model as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> "Model":
        """A model that was `saved`."""
        stated = json.loads(text)
        return cls(**stated | {side: tuple(stated[side]) for side in ("own", "forbidding")})


class _Patterns:
    """How often each combination of levels was seen, among candidates and among random pairs."""

    def __init__(self, patterns: pd.DataFrame, of: Sequence[Comparison]) -> None:
        gammas = patterns[[f"gamma_e{one.place}" for one in of]].to_numpy()
        self.rows = len(patterns)
        self.hits = [
            [gammas[:, c] == len(one.levels) - 1 - level for level in range(len(one.levels))]
            for c, one in enumerate(of)
        ]
        random = patterns["random"].to_numpy(bool)
        count = patterns["n"].to_numpy(float)
        self.candidates, self.random = count * ~random, count * random

    def likelihood(self, shares: Shares) -> np.ndarray:
        """The log of how likely pairs of these shares show each pattern; what is missing says nothing."""
        found = np.zeros(self.rows)
        for of, share in zip(self.hits, shares, strict=True):
            for hit, each in zip(of, share, strict=True):
                found[hit] += np.log(each)
        return found

    def shares(self, count: np.ndarray, shipped: Shares) -> Shares:
        """By comparison, the shares of the levels among `count` pairs of each pattern, and those shipped."""
        found = []
        for of, before in zip(self.hits, shipped, strict=True):
            seen = np.array([count[hit].sum() for hit in of]) + SHIPPED_PAIRS * before
            found.append(np.maximum(seen / seen.sum(), LEAST))
        return found


def shareable(of: Sequence[Comparison], own: Collection[int]) -> list[bool]:
    """Of each comparison: may two who are not one agree on it, for one reason or another?"""
    called = names([one.evidence for one in of])
    return [one.place not in called and one.place not in own and one.evidence.kind != "patronymic" for one in of]


def learnt(
    patterns: pd.DataFrame,
    of: Sequence[Comparison],
    own: Collection[int],
    forbidding: Collection[int],
    records: int,
    pairs: int,
) -> Model:
    """Expectation-maximisation over patterns of levels (`random`, `gamma_e<i>` …, `n`), of `pairs` candidates in all.

    Pairs are of the same, of related or of random records. What tells one of related records from the other (names, a
    birthday, an id) is with related pairs as with random ones. No pair of different `forbidding` names is of the same.
    """
    mixture = _Mixture(_Patterns(patterns, of), of, shareable(of, own))
    mixture.everything = max(records * (records - 1) / 2, 1)
    mixture.scale = pairs / max(mixture.seen.candidates.sum(), 1) / mixture.everything
    mixture.same, mixture.related = 1 / max(records, 2), 0.2 / max(records, 2)
    for place in forbidding:
        mixture.conflict |= patterns[f"gamma_e{place}"].to_numpy() == 0
    for _ in range(ROUNDS):
        before = mixture.m
        mixture.turn()
        if max(np.abs(a - b).max() for a, b in zip(mixture.m, before, strict=True)) < SETTLED:
            break
    m, u, r = (_listed(side) for side in (map(_told_apart, mixture.m), mixture.u, mixture.r))
    return Model(m, u, r, mixture.same, mixture.related, tuple(sorted(own)), tuple(sorted(forbidding)))


class _Mixture:
    """Three kinds of pairs, and how often each is on which level."""

    everything = 1.0
    scale = 1.0
    same = related = 0.1

    def __init__(self, seen: _Patterns, of: Sequence[Comparison], shared: list[bool]) -> None:
        self.seen, self.shared = seen, shared
        self.shipped_m = [_normal([level.m for level in one.levels]) for one in of]
        self.shipped_u = [_normal([level.u for level in one.levels]) for one in of]
        self.m, self.u = self.shipped_m, self.shipped_u
        self.r = self._related(self.shipped_m)
        self.conflict = np.zeros(seen.rows, bool)

    def turn(self) -> None:
        """What each pattern is likely to be, then what pairs of each kind look like."""
        seen = self.seen
        is_same, is_related, is_random = self._kinds()
        self.same, self.related = self._part(is_same), self._part(is_related)
        self.m = seen.shares(seen.candidates * is_same, self.shipped_m)
        self.u = seen.shares(seen.random * is_random, self.shipped_u)
        self.r = self._related(seen.shares(seen.candidates * is_related, self.shipped_m))

    def _kinds(self) -> np.ndarray:
        parts = (self.same, self.related, 1 - self.same - self.related)
        odds = np.array(
            [
                np.log(part) + self.seen.likelihood(side)
                for part, side in zip(parts, (self.m, self.r, self.u), strict=True)
            ]
        )
        odds[0][self.conflict] = -np.inf
        odds = np.exp(odds - odds.max(axis=0))
        return np.asarray(odds / odds.sum(axis=0))

    def _part(self, likely: np.ndarray) -> float:
        """Of all pairs there are; those that are no candidates are random."""
        return float(np.clip((self.seen.candidates * likely).sum() * self.scale, 0.1 / self.everything, 0.3))

    def _related(self, learnt: Shares) -> Shares:
        return [mine if may else strange for may, mine, strange in zip(self.shared, learnt, self.u, strict=True)]


def _normal(shares: list[float]) -> np.ndarray:
    return np.array(shares) / sum(shares)


def _listed(shares: Iterable[np.ndarray]) -> list[list[float]]:
    return [list(map(float, each)) for each in shares]


def _told_apart(m: np.ndarray) -> np.ndarray:
    """No two levels with one weight, nor with none: by its weight a level is known again."""
    return np.asarray(m * (1 + 2e-9 * np.arange(1, len(m) + 1)))
