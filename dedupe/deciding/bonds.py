"""Groups of leads that hold together: which of them a model joins, which it leaves to a person.

Two groups are weighed by each piece of evidence on the mean over all pairs of their leads that both state it, so that a
lead that states little says little, and one weak bridge does not glue two strong groups. The likeliest join first; a
pair that is not one keeps its groups apart, one that only a person may join is left to a person.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.scoring.likeness import Weighed, weight

# Above the first weight (log2 of the odds) groups are joined; above the second where one has no full name, and nobody
# else comes into question; above the third a person is asked.
JOIN, JOIN_PARTIAL, ASK = 3.0, 5.0, -1.0
# So much weighs at least who has no full name, and nothing that speaks against it, on the same phone or e-mail.
ATTACHED = 6.0
# More groups than so many hang together by accident: they are taken apart where they hang together least.
MOST_GROUPS = 60


@dataclass(frozen=True)
class Bond:
    """Two groups that are one (`joined`) or may be, by the place of the likeliest pair of leads between them."""

    place: int
    joined: bool
    weight: float


@dataclass
class _Between:
    """All pairs between two groups: of each evidence the sums and counts, and what stands against a join."""

    total: np.ndarray
    count: np.ndarray
    vetoed: bool
    barred: bool
    unlike: bool
    equal: bool
    partial: bool
    attached: bool
    places: list[int]
    weight: float = 0.0

    def add(self, other: "_Between") -> None:
        self.total, self.count = self.total + other.total, self.count + other.count
        self.vetoed, self.barred = self.vetoed or other.vetoed, self.barred or other.barred
        self.unlike, self.equal = self.unlike or other.unlike, self.equal or other.equal
        self.partial, self.attached = self.partial and other.partial, self.attached or other.attached
        self.places = self.places + other.places


def bonds(weighed: Weighed, ends: Sequence[tuple[int, int]], fresh: np.ndarray) -> list[Bond]:
    """Join groups of leads; `ends` are the groups (numbers) of each weighed pair, and `fresh` tells which pairs have a
    new lead in them. Bonds come in the order of their weight, those that may be after those that are.
    """
    # By place: which pair tells best why two groups are one.
    telling = weighed.weight + np.where(fresh, 1000.0, 0.0)
    against = weighed.pairs[["vetoed", "barred", "unlike", "equal", "partial", "attached"]].to_numpy(bool)
    found: list[Bond] = []
    for places in _parts(weighed.weight, ends):
        found += _Part(weighed, telling, against, ends, places).joined()
    return sorted(found, key=lambda bond: (not bond.joined, -bond.weight, bond.place))


def _parts(worth: np.ndarray, ends: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Places of the pairs of each component, none of more than MOST_GROUPS groups."""
    asked = [(list(range(len(ends))), ASK)]
    while asked:
        places, least = asked.pop()
        for part in _components([place for place in places if worth[place] >= least], places, ends):
            if len({group for place in part for group in ends[place]}) > MOST_GROUPS:
                asked.append((part, least + 1))
            else:
                yield part


def _components(by: list[int], places: list[int], ends: Sequence[tuple[int, int]]) -> list[list[int]]:
    """`places` whose two ends hang together by the pairs `by`."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for place in by:
        one, other = map(root, ends[place])
        parent[other] = one
    parts: dict[int, list[int]] = defaultdict(list)
    for place in places:
        one, other = ends[place]
        if one != other and one in parent and other in parent and root(one) == root(other):
            parts[root(one)].append(place)
    return list(parts.values())


class _Part:
    """Some groups that hang together, and what is between each two of them."""

    def __init__(
        self, weighed: Weighed, telling: np.ndarray, against: np.ndarray, ends: Sequence[tuple[int, int]],
        places: list[int],
    ) -> None:  # fmt: skip
        self.telling, self.odds = telling, weighed.odds
        self.near: dict[int, dict[int, _Between]] = defaultdict(dict)
        both = np.stack([weighed.bits[places], weighed.related[places]], axis=1)
        known = ~np.isnan(both)
        for no, place in enumerate(places):
            total, count = np.where(known[no], both[no], 0.0), known[no].astype(float)
            vetoed, barred, unlike, equal, partial, attached = map(bool, against[place])
            between = _Between(total, count, vetoed, barred, unlike, equal, partial, attached, [place])
            self._add(*ends[place], between)

    def _add(self, one: int, other: int, more: _Between) -> None:
        between = self.near[one].get(other)
        if between is None:
            self.near[one][other] = self.near[other][one] = between = more
        else:
            between.add(more)
        means = (between.total / np.maximum(between.count, 1)).sum(axis=1)
        # What is equal but for the order of the sums is equal.
        between.weight = round(float(weight(means[0], means[1], self.odds)), 6)
        if between.partial and between.attached:
            between.weight = max(between.weight, ATTACHED)

    def joined(self) -> list[Bond]:
        """Join what may be joined, the likeliest first."""
        found = []
        while best := max(self._possible(), default=None):
            _, one, other = best
            found.append(self._bond(self.near[-one][-other], joined=True))
            self._join(-one, -other)
        return found + [
            self._bond(of, joined=False)
            for one, others in self.near.items()
            for other, of in others.items()
            if one < other and not of.vetoed and of.weight > ASK
        ]

    def _possible(self) -> Iterator[tuple[float, int, int]]:
        """Weight and (negative) numbers of groups that may be joined by machine."""
        for one, others in self.near.items():
            for other, of in others.items():
                if one >= other or of.vetoed or of.barred or (of.unlike and not of.equal) or of.weight <= JOIN:
                    continue
                if not of.partial or (of.weight > JOIN_PARTIAL and not self._rival(one, other)):
                    yield of.weight, -one, -other

    def _rival(self, one: int, other: int) -> bool:
        """May either be somebody else, who the other one is not?"""
        return any(
            of.weight > 0 and not of.vetoed and (third not in self.near[far] or self.near[far][third].vetoed)
            for this, far in ((one, other), (other, one))
            for third, of in self.near[this].items()
            if third != far
        )

    def _join(self, one: int, other: int) -> None:
        """The second group becomes part of the first."""
        del self.near[one][other], self.near[other][one]
        for third, of in self.near.pop(other).items():
            del self.near[third][other]
            self._add(one, third, of)

    def _bond(self, between: _Between, *, joined: bool) -> Bond:
        """By the likeliest pair between the two; it says why."""
        place = max(between.places, key=lambda place: (self.telling[place], -place))
        return Bond(place, joined, between.weight)
