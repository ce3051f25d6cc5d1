from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from dedupe.deciding.apart import grouped

node = st.integers(0, 7)
pairs = st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=12)


def groups(found: dict[int, int]) -> set[frozenset[int]]:
    together = defaultdict(set)
    for one, group in found.items():
        together[group].add(one)
    return {frozenset(members) for members in together.values()}


def test_the_first_edge_goes_before_and_the_bridge_does_not_hold() -> None:
    found, holds = grouped("abx", [("x", "b"), ("x", "a")], [("a", "b")])
    assert found["x"] == found["b"] != found["a"]
    assert holds == [True, False]


def test_what_is_apart_stays_so_through_others() -> None:
    found, holds = grouped("abcd", [("a", "b"), ("c", "d"), ("b", "c"), ("a", "c")], [("a", "d")])
    assert holds == [True, True, False, False]
    assert groups(found) == {frozenset("ab"), frozenset("cd")}


@given(edges=pairs, apart=pairs)
def test_groups_are_as_large_as_what_is_apart_allows(edges: list, apart: list) -> None:
    found, holds = grouped(range(8), edges, apart)
    assert not any(found[one] == found[other] for one, other in apart)
    assert [found[one] == found[other] for one, other in edges] == holds
    kept, all_hold = grouped(range(8), [edge for edge, held in zip(edges, holds, strict=True) if held], [])
    assert groups(kept) == groups(found), "nothing is together but by an edge that holds"
    assert all(all_hold)
    of = {one: {two for two in range(8) if found[two] == found[one]} for one in range(8)}
    for (one, other), held in zip(edges, holds, strict=True):
        between = [(a, b) for a, b in apart if {a, b} & of[one] and {a, b} & of[other]]
        assert held or between, "no edge is left out without a reason"
