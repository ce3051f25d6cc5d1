"""Groups join by what all of their leads say: a weak bridge glues nobody, and what differs keeps apart."""

from typing import Any

import numpy as np
import pytest

from dedupe.deciding import bonds
from dedupe.deciding.bonds import Bond
from dedupe.scoring.likeness import Weighed
from leads import schema

NAN = float("nan")


def weighed(*pairs: tuple[int, int, float | tuple[float, ...]], **against: list[int]) -> tuple[Weighed, list[Any]]:
    """Pairs of leads that are groups of one: the two, and their bits by evidence; `against`: places of such pairs."""
    rows = [bits if isinstance(bits, tuple) else (bits,) for _, _, bits in pairs]
    bits = np.array(rows, float)
    frame = schema.empty(schema.LINKS)[["lead_id", "other_lead_id"]].reindex(range(len(pairs)))
    for name in ("vetoed", "barred", "unlike", "equal", "partial", "attached"):
        frame[name] = [place in against.get(name, ()) for place in range(len(pairs))]
    return Weighed(frame, bits, np.zeros_like(bits), (0.0, -30.0)), [(one, other) for one, other, _ in pairs]


def joined(found: list[Bond]) -> list[int]:
    return [bond.place for bond in found if bond.joined]


def run(*pairs: Any, **against: list[int]) -> list[Bond]:
    one, between = weighed(*pairs, **against)
    return bonds.bonds(one, between, np.ones(len(between), bool))


def test_above_the_upper_weight_joined_between_the_two_asked_below_apart() -> None:
    found = run((1, 2, 9.0), (3, 4, 1.0), (5, 6, -2.0))
    assert [(bond.place, bond.joined) for bond in found] == [(0, True), (1, False)]


def test_a_bridge_of_two_weak_links_does_not_join_two_strong_groups() -> None:
    strong = [(1, 2, 12.0), (1, 3, 12.0), (2, 3, 12.0), (4, 5, 12.0), (4, 6, 12.0), (5, 6, 12.0)]
    bridge = [(3, 7, 5.0), (4, 7, 5.0)]
    apart = [(a, b, -6.0) for a in (1, 2, 3) for b in (4, 5, 6)]
    found = run(*strong, *bridge, *apart)
    assert set(joined(found)) & {6, 7} in ({6}, {7}), "it goes with one of them"
    assert len(joined(found)) == 5


def test_one_in_the_middle_of_two_spellings_joins_both() -> None:
    assert joined(run((1, 2, 8.0), (1, 3, 8.0), (2, 3, 1.0))) == [0, 1]


@pytest.mark.parametrize("against", ["vetoed", "barred"])
def test_what_stands_against_a_pair_keeps_its_groups_apart(against: str) -> None:
    found = run((1, 2, 20.0), (1, 3, 20.0), (2, 3, 20.0), **{against: [2]})
    assert len(joined(found)) == 1
    left = [bond.place for bond in found if not bond.joined]
    assert (not left) if against == "vetoed" else len(left) == 1, "only a person may join what is barred"


def test_a_lead_that_states_little_says_little() -> None:
    """The group of 1 and 2 is near 3 by what 1 states; 2 states nothing of it."""
    found = run((1, 2, (15.0, NAN)), (1, 3, (NAN, 6.0)), (2, 3, (NAN, NAN)))
    assert joined(found) == [0, 1]
    assert found[1].weight == pytest.approx(6.0)


def test_who_has_no_full_name_is_joined_only_where_nobody_else_comes_into_question() -> None:
    assert joined(run((1, 2, 8.0), partial=[0])) == [0]
    assert joined(run((1, 2, 4.0), partial=[0])) == []
    rivals = run((1, 2, 8.0), (1, 3, 7.0), (2, 3, 0.0), partial=[0, 1], vetoed=[2])
    assert joined(rivals) == [] and len(rivals) == 2


def test_unlike_names_are_left_to_a_person_unless_something_of_ones_own_is_equal() -> None:
    pairs = (1, 2, 9.0), (1, 3, 9.0), (2, 3, 20.0)
    assert joined(run(*pairs, unlike=[0, 1])) == [2]
    assert len(joined(run(*pairs, unlike=[0, 1], equal=[1]))) == 2, "of the groups, not of each pair"


def test_who_says_nothing_else_on_the_same_phone_is_attached_unless_two_come_into_question() -> None:
    assert joined(run((1, 2, 1.0), partial=[0], attached=[0])) == [0]
    assert joined(run((1, 2, 1.0), partial=[0])) == []
    two = run((1, 2, 1.0), (1, 3, 1.0), (2, 3, 0.0), partial=[0, 1], attached=[0, 1], vetoed=[2])
    assert joined(two) == []
    assert joined(run((1, 2, -9.0), attached=[0])) == [], "a full name is weighed"


def test_a_crowd_is_taken_apart_where_it_hangs_together_least() -> None:
    chain = [(i, i + 1, 10.0 if i % 2 else 3.5) for i in range(200)]
    found = run(*chain)
    assert len(joined(found)) >= 99


def test_which_pair_comes_first_decides_nothing() -> None:
    pairs = [(1, 2, 8.0), (2, 3, 7.0), (1, 3, -4.0), (3, 4, 9.0), (2, 4, 2.0)]
    forth = {frozenset(pairs[bond.place][:2]) for bond in run(*pairs) if bond.joined}
    back = {frozenset(pairs[::-1][bond.place][:2]) for bond in run(*pairs[::-1]) if bond.joined}
    assert forth == back
