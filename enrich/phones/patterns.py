"""Patterns of digits, as phonenumbers' metadata write them, turned into the ranges of numbers that they match.

phonenumbers asks a regular expression about one number. All numbers of one length that begin alike and go on alike
are answered alike, so each pattern cuts the numbers of a length into ranges; which range a number is in is found for
a million numbers at once (`phones.plans`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

DIGITS = "0123456789"
SIGN = re.compile(r"\\d|\[[\d-]+\]|\(\?:|[()|?\d]|\{\d+(?:,\d+)?\}")
COUNT = re.compile(r"\{(\d+)(?:,(\d+))?\}")


class Sign(NamedTuple):
    """A part of a pattern: one of these digits."""

    digits: str


class Choice(NamedTuple):
    """A part of a pattern: one of these rows of parts."""

    rows: list[list["Part"]]


class Times(NamedTuple):
    """A part of a pattern: another one, so many times."""

    part: "Part"
    fewest: int
    most: int


Part = Sign | Choice | Times
# How far one is in all patterns, by its number in the automaton; and the numbers of the patterns that match.
Place = int
Label = frozenset[int]
NOWHERE: Place = 0
# Before the number of a pattern, in place of the digits of a step.
END = "="


@dataclass
class Automaton:
    """Several patterns, followed digit by digit at the same time.

    A step is one digit of a pattern and the steps that may follow it; a place is a set of steps. Equal steps are made
    once, so that what is alike in many patterns is followed once.
    """

    steps: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    known: dict[tuple[str, frozenset[int]], int] = field(default_factory=dict)
    places: dict[frozenset[int], Place] = field(default_factory=lambda: {frozenset(): NOWHERE})
    contents: list[frozenset[int]] = field(default_factory=lambda: [frozenset()])
    # By step, the counts of digits, from its own on, in which a match may end: one bit for each.
    lengths: list[int] = field(default_factory=list)
    living: dict[tuple[Place, int], Place] = field(default_factory=dict)
    moves: dict[Place, tuple[Place, ...]] = field(default_factory=dict)
    ranges: dict[tuple[Place, int], tuple[list[int], list[Label]]] = field(default_factory=dict)

    def begin(self, patterns: dict[int, str]) -> Place:
        """Where reading begins; a pattern is known by its number, which is what `matched` names."""
        starts = [self._before(_parsed(pattern), self._end(number)) for number, pattern in patterns.items()]
        return self._place(frozenset().union(*starts))

    def go(self, place: Place, digits: str) -> Place:
        """Where one is after `digits`."""
        for digit in digits:
            place = self.after(place)[int(digit)]
        return place

    def after(self, place: Place) -> tuple[Place, ...]:
        """Where one is after each of the ten digits."""
        if place not in self.moves:
            steps = [self.steps[step] for step in self.contents[place]]
            found = ([after for signs, after in steps if digit in signs and signs[0] != END] for digit in DIGITS)
            self.moves[place] = tuple(self._place(frozenset().union(*following)) for following in found)
        return self.moves[place]

    def ends(self, place: Place) -> bool:
        """Can no further digit match?"""
        return all(self.steps[step][0][0] == END for step in self.contents[place])

    def cut(self, place: Place, digits: int) -> tuple[list[int], list[Label]]:
        """The numbers of so many further `digits` in ranges that match the same patterns: the first number of each
        range, and which these are."""
        place = self._alive(place, digits)
        if (place, digits) not in self.ranges:
            self.ranges[place, digits] = self._cut(place, digits)
        return self.ranges[place, digits]

    def _cut(self, place: Place, digits: int) -> tuple[list[int], list[Label]]:
        if not digits or place == NOWHERE:
            return [0], [frozenset(int(self.steps[step][0][1:]) for step in self.contents[place])]
        firsts: list[int] = []
        labels: list[Label] = []
        size = 10 ** (digits - 1)
        for digit, following in enumerate(self.after(place)):
            inner, inner_labels = self.cut(following, digits - 1)
            same = bool(labels) and labels[-1] == inner_labels[0]
            firsts += [digit * size + first for first in inner[same:]]
            labels += inner_labels[same:]
        return firsts, labels

    def _alive(self, place: Place, digits: int) -> Place:
        """`place` without the steps that cannot come to an end after so many digits."""
        if (place, digits) not in self.living:
            steps = (step for step in self.contents[place] if self.lengths[step] >> digits & 1)
            self.living[place, digits] = self._place(frozenset(steps))
        return self.living[place, digits]

    def _end(self, number: int) -> frozenset[int]:
        return frozenset([self._step(f"{END}{number}", frozenset())])

    def _step(self, signs: str, after: frozenset[int]) -> int:
        if (signs, after) not in self.known:
            self.known[signs, after] = len(self.steps)
            self.steps.append((signs, after))
            longer = (self.lengths[step] << 1 for step in after)
            self.lengths.append(reduce(or_, longer, signs[0] == END))
        return self.known[signs, after]

    def _place(self, steps: frozenset[int]) -> Place:
        if steps not in self.places:
            self.places[steps] = len(self.contents)
            self.contents.append(steps)
        return self.places[steps]

    def _before(self, part: Part, after: frozenset[int]) -> frozenset[int]:
        """The steps with which `part` begins where `after` follows it."""
        match part:
            case Sign(digits):
                return frozenset([self._step(digits, after)])
            case Choice(rows):
                return frozenset().union(*(self._before_row(row, after) for row in rows))
            case Times(one, fewest, most):
                end = after
                for _ in range(most - fewest):
                    after = self._before(one, after) | end
                for _ in range(fewest):
                    after = self._before(one, after)
                return after

    def _before_row(self, row: list[Part], after: frozenset[int]) -> frozenset[int]:
        for part in reversed(row):
            after = self._before(part, after)
        return after


def _parsed(pattern: str) -> Part:
    """The parts of `pattern`. Raises ValueError where it is not of the few signs that the metadata use."""
    signs = SIGN.findall(pattern)
    if "".join(signs) != pattern:
        raise ValueError("a sign in a pattern of the metadata that is not known here")
    return _choice(iter([*signs, ")"]))


def _choice(signs: Iterator[str]) -> Part:
    """What stands up to the next closing bracket."""
    rows: list[list[Part]] = [[]]
    for sign in signs:
        row = rows[-1]
        if sign == ")":
            break
        if sign == "|":
            rows.append([])
        elif sign == "?":
            row.append(Times(row.pop(), 0, 1))
        elif count := COUNT.fullmatch(sign):
            row.append(Times(row.pop(), int(count[1]), int(count[2] or count[1])))
        elif sign[0] == "(":
            row.append(_choice(signs))
        else:
            row.append(Sign("".join(digit for digit in DIGITS if re.fullmatch(sign, digit))))
    return Choice(rows)
