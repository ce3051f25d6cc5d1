"""Groups hold together by the mean of all their pairs, and never across a forbidden one."""

import itertools
import random

import numpy as np
import pytest

from dedupe.deciding import clusters as module
from dedupe.deciding.clusters import clusters

Pair = tuple[int, int, float]


def found(
    count: int, pairs: list[Pair], forbidden: tuple[tuple[int, int], ...] = (), stop: float = -1.0
) -> list[int]:
    left, right, weight = (
        (np.array(side) for side in zip(*pairs, strict=True)) if pairs else (np.array([], int),) * 3
    )
    never = np.array([(a, b) in forbidden for a, b, _ in pairs], bool)
    return clusters(count, left, right, weight.astype(float), never, stop).tolist()


def clique(*records: int, weight: float = 8.0) -> list[Pair]:
    return [(a, b, weight) for a, b in itertools.combinations(records, 2)]


def test_a_pair_of_good_weight_is_one_and_of_bad_weight_two() -> None:
    assert found(3, [(0, 1, 3.0), (1, 2, -3.0)]) == [0, 0, 2]
    assert found(2, []) == [0, 1]


def test_one_weak_bridge_does_not_join_two_strong_groups() -> None:
    assert found(6, [*clique(0, 1, 2), *clique(3, 4, 5), (2, 3, 4.0)]) == [0, 0, 0, 3, 3, 3]


def test_several_links_do() -> None:
    links = [(a, b, 6.0) for a in (0, 1, 2) for b in (3, 4, 5) if (a, b) != (0, 5)]
    assert found(6, [*clique(0, 1, 2), *clique(3, 4, 5), *links]) == [0] * 6


def test_a_forbidden_pair_keeps_its_groups_apart_whatever_links_them() -> None:
    every = clique(0, 1, 2, 3, weight=12.0)
    apart = found(4, every, forbidden=((0, 3),))
    assert apart[0] != apart[3]
    assert len(set(apart)) == 2


def test_the_better_side_keeps_the_record_that_both_want() -> None:
    assert found(3, [(0, 1, 4.0), (1, 2, 9.0), (0, 2, 1.0)], forbidden=((0, 2),)) == [0, 1, 1]


def test_a_higher_stop_leaves_more_apart() -> None:
    assert found(2, [(0, 1, 0.5)], stop=-1.0) == [0, 0]
    assert found(2, [(0, 1, 0.5)], stop=0.7) == [0, 1]


def _slowly(count: int, pairs: list[Pair], forbidden: set[tuple[int, int]], stop: float) -> set[frozenset[int]]:
    """Average linkage as its definition says, every pair of groups at each step."""
    weight = {(a, b): w for a, b, w in pairs}
    groups = [frozenset([n]) for n in range(count)]

    def mean(a: frozenset[int], b: frozenset[int]) -> float:
        both = [(min(x, y), max(x, y)) for x in a for y in b]
        if any(pair in forbidden for pair in both):
            return -np.inf
        return float(np.mean([weight.get(pair, module.MISSING) for pair in both]))

    while len(groups) > 1:
        best = max(itertools.combinations(groups, 2), key=lambda pair: mean(*pair))
        if mean(*best) <= stop:
            break
        groups = [group for group in groups if group not in best] + [best[0] | best[1]]
    return set(groups)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_average_linkage(seed: int) -> None:
    chance = random.Random(seed)
    pairs = [
        (a, b, chance.uniform(-9, 9)) for a, b in itertools.combinations(range(9), 2) if chance.random() < 0.7
    ]
    forbidden = {(a, b) for a, b, _ in pairs if chance.random() < 0.1}
    quick = found(9, pairs, tuple(forbidden), 0.5)
    groups = {frozenset(n for n in range(9) if quick[n] == first) for first in set(quick)}
    # Only what hangs together by good pairs is looked at: elsewhere no mean can be above the stop.
    assert groups == _slowly(9, pairs, forbidden, 0.5)


def test_a_large_component_is_cut_at_higher_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 5)
    weak = [(a, b, 0.5) for a in (0, 1, 2) for b in (3, 4, 5)]
    assert found(6, [*clique(0, 1, 2), *clique(3, 4, 5), *weak]) == [0, 0, 0, 3, 3, 3]
