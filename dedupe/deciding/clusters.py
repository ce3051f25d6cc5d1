"""Records that hold together: average linkage inside connected components, with pairs that must not come together.

Connected components alone glue strong groups by one weak bridge. Here two groups join while the mean weight over all
their pairs says so; a pair that was never compared counts against it, a forbidden one keeps its groups apart for good.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# Match weights (log2 of the odds). No key brought the pair together: that speaks against it. And a single lucky or
# unlucky pair must not decide for a whole group.
MISSING, MOST = -2.0, 12.0
# Components of more pairs are first cut apart at higher weights, one bit by one: the work stays bounded.
MOST_PAIRS = 300_000
# Sum of weights and number of compared pairs between two groups; None where they must not join.
_Between = tuple[float, int] | None
_Near = dict[int, dict[int, _Between]]


def clusters(
    count: int, left: np.ndarray, right: np.ndarray, weight: np.ndarray, forbidden: np.ndarray, stop: float
) -> np.ndarray:
    """The number of the first record of its cluster, for each of `count` records (numbered from 0).

    Compared pairs (`left` < `right`) with their match `weight`; `forbidden` ones never share a cluster. Groups join
    while the mean weight between them is above `stop`.
    """
    found = np.arange(count)
    weight = np.clip(weight, -MOST, MOST)
    for part in _parts(count, left, right, weight, forbidden, max(stop, 0.0)):
        for group in _linked(left[part], right[part], weight[part], forbidden[part], stop):
            found[group] = min(group)
    return found


def _parts(
    count: int, left: np.ndarray, right: np.ndarray, weight: np.ndarray, forbidden: np.ndarray, least: float
) -> Iterator[np.ndarray]:
    """Positions of the pairs of each component that hangs together by pairs of at least `least`."""
    joined = (weight >= least) & ~forbidden
    graph = coo_matrix((np.ones(joined.sum(), np.int8), (left[joined], right[joined])), shape=(count, count))
    component = connected_components(graph, directed=False)[1]
    inside = np.flatnonzero(component[left] == component[right])
    inside = inside[np.argsort(component[left[inside]], kind="stable")]
    starts = np.flatnonzero(np.diff(component[left[inside]], prepend=-1))
    for part in np.split(inside, starts[1:]) if len(inside) else ():
        if len(part) > MOST_PAIRS and least < MOST:
            yield from (
                part[finer]
                for finer in _parts(count, left[part], right[part], weight[part], forbidden[part], least + 1)
            )
        else:
            yield part


def _linked(
    left: np.ndarray, right: np.ndarray, weight: np.ndarray, forbidden: np.ndarray, stop: float
) -> list[list[int]]:
    """Groups of more than one record in one component."""
    everybody = np.union1d(left, right)
    if 2 * len(left) == len(everybody) * (len(everybody) - 1) and weight.min() > stop and not forbidden.any():
        return [everybody.tolist()]
    near: _Near = defaultdict(dict)
    for a, b, w, never in zip(left.tolist(), right.tolist(), weight.tolist(), forbidden.tolist(), strict=True):
        near[a][b] = near[b][a] = None if never else (w, 1)
    members = {record: [record] for record in near}
    heap = [
        (-of[0], a, b) for a, others in near.items() for b, of in others.items() if a < b and of and of[0] > stop
    ]
    heapq.heapify(heap)
    while heap:
        best, a, b = heapq.heappop(heap)
        if a not in members or b not in members or _mean(near[a].get(b), members[a], members[b]) != -best:
            continue  # one of them has become part of another group since
        _join(a, b, near, members)
        for other, of in near[a].items():
            if (mean := _mean(of, members[a], members[other])) is not None and mean > stop:
                heapq.heappush(heap, (-mean, min(a, other), max(a, other)))
    return [group for group in members.values() if len(group) > 1]


def _mean(of: _Between, a: list[int], b: list[int]) -> float | None:
    if of is None:
        return None
    pairs = len(a) * len(b)
    return (of[0] + MISSING * (pairs - of[1])) / pairs


def _join(a: int, b: int, near: _Near, members: dict[int, list[int]]) -> None:
    """Group b becomes part of group a."""
    del near[a][b], near[b][a]
    for other, of in near.pop(b).items():
        del near[other][b]
        mine = near[a].get(other, (0.0, 0))
        both = None if of is None or mine is None else (mine[0] + of[0], mine[1] + of[1])
        near[a][other] = near[other][a] = both
    members[a] += members.pop(b)
