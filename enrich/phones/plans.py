"""Numbering plans: by the digits of a number, what phonenumbers says of it.

Of all numbers of one length that begin alike and match the same patterns of the metadata, phonenumbers says the same:
it asks of a number nothing but its prefixes, its length and these patterns. So a plan is a table of ranges of numbers
(`phones.patterns`), with what `phones.reader` says of one number of each. The tables are made from the installed
metadata, each when it is first needed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata, ValidationResult

from enrich.phones.fiction import NOBODY, of_fiction
from enrich.phones.patterns import DIGITS, Automaton, Label, Place
from enrich.phones.reader import LENGTH_FLAGS, NO_REGION, NOT_VALID, Number, read_digits

# A number is known by its key: the integer that its digits make behind a 1, so that its noughts count. 64 bits hold
# one of so many digits.
FEWEST_DIGITS, MOST_DIGITS = 3, 18
# Of so many digits the first make the key, on top of this: more than a national number has, and a prefix of two.
TOO_MANY, LONG = 20, 2 * 10**MOST_DIGITS
KINDS = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
# phonenumbers refuses a national number of more.
MOST_NATIONAL = 17
# A number of which it takes more digits to say what its prefixes are is left to phonenumbers.
LONGEST_PREFIX = 5
# A branch of a national prefix that is the whole of a local number, to which an area code is put.
LOCAL = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)\$\|?")


class Answer(NamedTuple):
    """What phonenumbers says of the numbers of a range: E.164 is `lead` and the last `kept` digits of the number; or
    there is a `flag` and no `kind`, for none."""

    kept: int = 0
    lead: int = 0
    kind: str | None = None
    region: str | None = None
    flag: str | None = None


# Ask phonenumbers itself. With this lead: read the last digits again, as if they stood behind a +.
UNSURE, TO_ABROAD = Answer(), -1
# Without a region, or with a calling code that nobody has.
FOREIGN, TOO_LONG = Answer(flag=NOT_VALID), Answer(flag=LENGTH_FLAGS[ValidationResult.TOO_LONG])
# Every answer there is, and its place.
ANSWERS: dict[Answer, int] = {UNSURE: 0, FOREIGN: 1}


@dataclass(frozen=True, eq=False)
class Plan:
    """A table: the first key of each range of numbers, and the place of its answer in ANSWERS."""

    firsts: np.ndarray
    answers: np.ndarray

    def answers_to(self, keys: np.ndarray) -> np.ndarray:
        """The place in ANSWERS of what is said of each number."""
        found: np.ndarray = self.answers[np.searchsorted(self.firsts, keys, side="right") - 1]
        return found


class Plans:
    """The tables made so far: by region for numbers as they are dialled there, by calling code for those with a +."""

    def __init__(self, worth: int) -> None:
        self.worth = worth
        self.made: dict[str | int, Plan] = {}
        self.numbers: Counter[str | int] = Counter()
        self.making = Lock()

    def get(self, of: str | int, numbers: int) -> Plan | None:
        """The plan of a region or a calling code, for so many `numbers`; none until there have been so many in all
        that it is `worth` making it."""
        with self.making:
            self.numbers[of] += numbers
            if of not in self.made and self.numbers[of] >= self.worth:
                self.made[of] = dialled_in(of) if isinstance(of, str) else written_with(of)
            return self.made.get(of)


@dataclass(eq=False)
class _Forms:
    """What numbers of a calling code may look like: every pattern that phonenumbers may ask one of them."""

    patterns: Automaton
    begin: Place
    # The patterns of short and emergency numbers among them, the latter of all the world.
    short: frozenset[int]


@dataclass(eq=False)
class _Maker:
    """Makes one plan.

    `prefixes` are the patterns of all that may be taken off the beginning of a number. Once it is clear which of them
    a number begins with, `heads` says of its beginning what may be left of it, and `out` how many digits lead out of
    the country (0 for none); `ask` what phonenumbers says of a number that matches so many patterns.
    """

    forms: _Forms
    prefixes: list[str]
    heads: Callable[[str], Iterator[str]]
    out: Callable[[str], int]
    ask: Callable[[str, frozenset[int]], Number | None]
    asked: dict[tuple[str | None, int, tuple[Label, ...]], Answer] = field(default_factory=dict)

    def plan(self) -> Plan:
        firsts, answers = [0], [UNSURE]
        prefixes = Automaton()
        begin = prefixes.begin(dict(enumerate(self.prefixes)))
        for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
            for first, answer in self.ranges(prefixes, begin, digits):
                if answer != answers[-1]:
                    firsts.append(10**digits + first)
                    answers.append(answer)
        for head, clear in self.beginnings(prefixes, begin, "", MOST_DIGITS):
            firsts.append(LONG + int(head) * 10 ** (MOST_DIGITS - len(head)))
            too_long = clear and not self.out(head) and TOO_MANY - len(head) > MOST_NATIONAL
            answers.append(TOO_LONG if too_long else UNSURE)
        places = [ANSWERS.setdefault(answer, len(ANSWERS)) for answer in answers]
        return Plan(np.array(firsts), np.array(places, dtype=np.int32))

    def ranges(self, prefixes: Automaton, begin: Place, digits: int) -> Iterator[tuple[int, Answer]]:
        """The ranges of the numbers of so many digits: first number and answer."""
        for head, clear in self.beginnings(prefixes, begin, "", digits):
            rest = digits - len(head)
            start = int(head or "0") * 10**rest
            if not clear:
                yield start, UNSURE
            elif out := self.out(head):
                yield start, Answer(kept=digits - out, lead=TO_ABROAD)
            else:
                yield from ((start + first, answer) for first, answer in self.alike(head, rest))

    def beginnings(self, prefixes: Automaton, place: Place, head: str, digits: int) -> Iterator[tuple[str, bool]]:
        """The beginnings of numbers after which it is clear which prefixes they have; False where it never is."""
        if prefixes.ends(place) or len(head) == digits:
            yield head, True
        elif len(head) == LONGEST_PREFIX:
            yield head, False
        else:
            for digit in DIGITS:
                yield from self.beginnings(prefixes, prefixes.go(place, digit), head + digit, digits)

    def alike(self, head: str, rest: int) -> Iterator[tuple[int, Answer]]:
        """The ranges of the numbers with this beginning and so many digits behind it."""
        patterns = self.forms.patterns
        lefts = {head, *self.heads(head)}
        places = sorted({patterns.go(self.forms.begin, left) for left in lefts})
        # Where nothing can be taken off, it is all the same what the number begins with.
        beginning = None if len(lefts) == 1 else head
        for first, end, label in _crossed([patterns.cut(place, rest) for place in places], 10**rest):
            same = (beginning, len(head) + rest, label)
            if same not in self.asked:
                number = f"{head}{end - 1:0{rest}d}" if rest else head
                said = self.ask(number, frozenset().union(*label))
                self.asked[same] = _answer(number, said) if said else UNSURE
            yield first, self.asked[same]


def _crossed(cuts: list[tuple[list[int], list[Label]]], end: int) -> Iterator[tuple[int, int, tuple[Label, ...]]]:
    """The ranges of several cuts of the same numbers, cut by each: first number, end, and the label of each."""
    firsts = sorted(set().union(*(firsts for firsts, _ in cuts)))
    places = [np.searchsorted(own, firsts, side="right") - 1 for own, _ in cuts]
    labels = ([labels[place] for place in of] for (_, labels), of in zip(cuts, places, strict=True))
    return zip(firsts, [*firsts[1:], end], zip(*labels, strict=True), strict=True)


def _answer(digits: str, number: Number) -> Answer:
    if number.value is None:
        return Answer(flag=number.flag)
    value = number.value[1:]
    kept = next((n for n in range(len(digits)) if value[-n - 1 :] != digits[-n - 1 :]), len(digits))
    kept = min(kept, len(value))
    # Noughts behind a number are looked for apart from the plans.
    if len(value) > MOST_DIGITS or int(value) % NOBODY == 0:
        return UNSURE
    return Answer(kept, int(value[: len(value) - kept] or "0"), number.kind, number.region, number.flag)


def dialled_in(region: str) -> Plan:
    """The plan of numbers without a +, as they are dialled in `region`."""
    here: Any = PhoneMetadata.metadata_for_region(region)
    main, code = _main(here.country_code), str(here.country_code)
    abroad = here.international_prefix or "(?!)"
    prefixes = [f"(?:{code})?{_optional(here)}{_optional(main)}"]
    if here.international_prefix:
        prefixes.append(rf"(?:{abroad})\d")

    def heads(head: str) -> Iterator[str]:
        yield from _stripped(head, here)
        if head.startswith(code):
            for rest in (head.removeprefix(code), *_stripped(head.removeprefix(code), here)):
                yield from (rest, *_stripped(rest, main))

    def out(head: str) -> int:
        found = re.match(abroad, head)
        # A 0 behind it, with which no calling code begins, makes it something else.
        return found.end() if found and head[found.end() : found.end() + 1] != "0" else 0

    def ask(digits: str, matched: frozenset[int]) -> Number:
        return read_digits(digits, region)

    return _Maker(forms(here.country_code), prefixes, heads, out, ask).plan()


def written_with(code: int) -> Plan:
    """The plan of numbers with a calling `code`, without their +."""
    main, of_code = _main(code), forms(code)

    def heads(head: str) -> Iterator[str]:
        rest = head.removeprefix(str(code))
        yield from (rest, *_stripped(rest, main))

    def ask(digits: str, matched: frozenset[int]) -> Number | None:
        number = read_digits(f"+{digits}", NO_REGION)
        # What is a short number depends on where one asks.
        return None if number.value is None and matched & of_code.short else number

    prefixes = [f"{code}{_optional(main)}"]
    return _Maker(of_code, prefixes, heads, lambda head: 0, ask).plan()


@cache
def forms(code: int) -> _Forms:
    """The patterns that numbers of a calling code may be asked for."""
    patterns = [of_fiction(code)]
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = _metadata(region, code)
        patterns += [pattern for kind in KINDS if (pattern := _pattern(metadata, kind))]
        if metadata.leading_digits:
            patterns.append(rf"(?:{metadata.leading_digits})\d{{0,{MOST_DIGITS}}}")
    short = [_emergencies()]
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = PhoneMetadata.short_metadata_for_region(region)
        short += [p for kind in ("general_desc", "short_code") if (p := _pattern(metadata, kind))]
    automaton = Automaton()
    begin = automaton.begin(dict(enumerate([*patterns, *short])))
    return _Forms(automaton, begin, frozenset(range(len(patterns), len(patterns) + len(short))))


@cache
def calling_codes() -> np.ndarray:
    """By the first three digits of a number after the +: its calling code, 0 for none (`_extract_country_code`)."""
    starts = [(int(digits[:1]), int(digits[:2]), int(digits)) for digits in (f"{n:03d}" for n in range(1000))]
    known = [next((code for code in codes if code in COUNTRY_CODE_TO_REGION_CODE), 0) for codes in starts]
    return np.where(np.arange(1000) < 100, 0, known).astype(np.int16)


@cache
def _emergencies() -> str:
    metadata = map(PhoneMetadata.short_metadata_for_region, sorted(SUPPORTED_REGIONS))
    return "|".join(sorted({pattern for of in metadata if (pattern := _pattern(of, "emergency"))}))


def _metadata(region: str, code: int) -> Any:
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def _main(code: int) -> Any:
    """The metadata by which phonenumbers reads numbers of a calling code that several regions may share."""
    return _metadata(COUNTRY_CODE_TO_REGION_CODE[code][0], code)


def _pattern(metadata: Any, kind: str) -> str | None:
    description = getattr(metadata, kind, None)
    return description.national_number_pattern if description else None


def _optional(metadata: Any) -> str:
    prefix = LOCAL.sub("", metadata.national_prefix_for_parsing or "")
    return f"(?:{prefix})?" if prefix else ""


def _stripped(head: str, metadata: Any) -> Iterator[str]:
    """What may be left of a number that begins with `head` without its national prefix, or with what phonenumbers
    puts in the place of it (Argentina's 15; the area code before a local number of an island)."""
    pattern, rule = metadata.national_prefix_for_parsing or "", metadata.national_prefix_transform_rule
    if LOCAL.search(pattern):
        yield re.sub(r"\\\d", "", rule) + head
    found = re.match(LOCAL.sub("", pattern), head)
    if found:
        yield head[found.end() :]
        if rule and found.groups() and found[len(found.groups())]:
            yield found.expand(rule) + head[found.end() :]
