"""Patterns and the ranges of numbers that they match, against Python's own regular expressions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.phones.patterns import NOWHERE, Automaton

PATTERNS = st.sampled_from(
    (
        r"\d\d\d",
        "[2-5]1?7",
        "(?:0|1[38])?[024-6]{2}",
        "5{1,3}|9",
        r"(8[13](?:\d|00))?\d",
        "7(?:1|2(?:3|4))\\d{0,2}",
    )
)


def matches(patterns: list[str], digits: int) -> list[frozenset[int]]:
    """What each number of so many digits matches, by the ranges."""
    automaton = Automaton()
    firsts, labels = automaton.cut(automaton.begin(dict(enumerate(patterns))), digits)
    sizes = (end - first for first, end in zip(firsts, [*firsts[1:], 10**digits], strict=True))
    return [label for label, size in zip(labels, sizes, strict=True) for _ in range(size)]


@given(st.lists(PATTERNS, min_size=1, max_size=4), st.integers(0, 4))
def test_every_number_is_in_a_range_of_what_it_matches(patterns: list[str], digits: int) -> None:
    numbers = (f"{number:0{digits}d}" if digits else "" for number in range(10**digits))
    known = [
        frozenset(place for place, pattern in enumerate(patterns) if re.fullmatch(pattern, number))
        for number in numbers
    ]
    assert matches(patterns, digits) == known


def test_numbers_that_match_alike_are_one_range() -> None:
    automaton = Automaton()
    place = automaton.begin({7: r"[2-4]\d{8}"})
    assert automaton.cut(place, 9) == (
        [0, 2 * 10**8, 5 * 10**8],
        [frozenset(), frozenset({7}), frozenset()],
    )
    assert automaton.cut(place, 8) == ([0], [frozenset()])


def test_reading_goes_on_while_a_digit_may_follow() -> None:
    automaton = Automaton()
    begin = automaton.begin({0: "8?10"})
    assert not automaton.ends(automaton.go(begin, "8"))
    assert automaton.ends(automaton.go(begin, "810"))
    assert automaton.go(begin, "9") == NOWHERE


@pytest.mark.parametrize("pattern", ["a", r"1\s", "1+", "^1", "1$", "(?=1)"])
def test_a_sign_that_no_pattern_had_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not known here"):
        Automaton().begin({0: pattern})
