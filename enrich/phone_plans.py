"""Numbering plans: the metadata of the installed phonenumbers, asked about a column of numbers at once.

phonenumbers asks its patterns about one number, in Python; here each pattern runs over an Arrow array of digits. Each
method follows the function of `phonenumbers.phonenumberutil` that it names, and the tests compare the two.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, ValidationResult

# The order in which phonenumbers asks, dearest first; the names are those of PhoneNumberType and of the metadata.
SPECIAL = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
)  # fmt: skip
KINDS = (*SPECIAL, "fixed_line", "mobile", "fixed_line_or_mobile")
FIXED, MOBILE, FIXED_OR_MOBILE = (KINDS.index(kind) for kind in KINDS[len(SPECIAL) :])
INVALID = -1
# No column of numbers given to a plan has more digits.
MOST_DIGITS = 60
# A group that a pattern captures, as phonenumbers writes it.
GROUP = re.compile(r"(?<!\\)\((?!\?)")
POSSIBLE = (ValidationResult.IS_POSSIBLE, ValidationResult.TOO_LONG)


@dataclass(frozen=True, eq=False)
class Form:
    """What numbers of one sort look like: a pattern of the whole number, and by count of digits whether it may be."""

    pattern: str
    lengths: np.ndarray

    def fits(self, numbers: pa.Array) -> np.ndarray:
        """Which of `numbers` have this form (`_is_number_matching_desc`)."""
        return _matches(numbers, self.pattern) & self.lengths[_digits(numbers)]


@dataclass(frozen=True, eq=False)
class Plan:
    """The numbering plan of one region, or of one calling code that belongs to none."""

    code: int
    general: Form
    fixed: Form | None
    mobile: Form | None
    special: dict[int, Form]
    any_special: str
    same_fixed_and_mobile: bool
    leading: str | None
    abroad: str | None
    prefix: str | None
    rewritten: str | None
    possible: np.ndarray

    def without_prefix(self, numbers: pa.Array) -> pa.Array:
        """`numbers` without a national prefix (`_maybe_strip_national_prefix_carrier_code`); null where the prefix
        is rewritten instead of left out (Argentina's 15, area codes of islands)."""
        if not self.prefix:
            return numbers
        starts = _matches(numbers, self.prefix)
        some = numbers.filter(pa.array(starts))
        rest = pc.replace_substring_regex(some, self.prefix, "", max_replacements=1)
        rest = pc.if_else(pa.array(self.viable(rest) | ~self.viable(some)), rest, some)
        if self.rewritten:
            part = pc.struct_field(pc.extract_regex(some, self.rewritten), "part")
            rest = pc.if_else(pc.equal(part, ""), rest, pa.scalar(None, pa.string()))
        return pc.replace_with_mask(numbers, pa.array(starts), rest)

    def national(self, numbers: pa.Array) -> pa.Array:
        """The national significant numbers of what follows the calling code (the end of `parse`); null as above."""
        rest = self.without_prefix(numbers)
        enough = np.isin(self.lengths_of(rest), POSSIBLE)
        return pc.if_else(pc.or_(pa.array(enough), pc.is_null(rest)), rest, numbers)

    def lengths_of(self, numbers: pa.Array) -> np.ndarray:
        """The ValidationResult of each number's length (`_test_number_length`)."""
        return self.possible[_digits(pc.fill_null(numbers, ""))]

    def with_own_code(self, numbers: pa.Array) -> pa.Array:
        """Those of `numbers` that begin with the plan's own calling code, without + or 00, and without a national
        prefix behind it (`_maybe_extract_country_code`); an empty text for the others, null as above."""
        code = str(self.code)
        own = pc.starts_with(numbers, code)
        some = numbers.filter(own)
        rest = self.without_prefix(pc.utf8_slice_codeunits(some, len(code)))
        better = self.viable(pc.fill_null(rest, "")) & ~self.viable(some)
        too_long = self.lengths_of(some) == ValidationResult.TOO_LONG
        taken = pc.or_(pa.array(better | too_long), pc.is_null(rest))
        some = pc.if_else(taken, pc.binary_join_element_wise(code, rest, ""), "")
        return pc.replace_with_mask(pc.if_else(own, numbers, ""), own, some)

    def viable(self, numbers: pa.Array) -> np.ndarray:
        """Which of `numbers` have the form of any number, whatever their length (`_match_national_number`)."""
        return _matches(numbers, self.general.pattern)

    def leads(self, numbers: pa.Array) -> np.ndarray:
        """Which of `numbers` begin as those of the region do, among the regions of its calling code."""
        return _matches(numbers, self.leading or "^$")

    def from_abroad(self, numbers: pa.Array) -> pa.Array:
        """`numbers` without the prefix that leads out of the country (`_parse_prefix_as_idd`); null for the others.
        A 0 behind it, with which no calling code begins, would make it something else."""
        none = pa.nulls(len(numbers), pa.string())
        if not self.abroad:
            return none
        starts = pc.match_substring_regex(numbers, self.abroad)
        rest = pc.replace_substring_regex(numbers.filter(starts), self.abroad, "", max_replacements=1)
        return pc.replace_with_mask(none, starts, rest)

    def kinds(self, numbers: pa.Array) -> np.ndarray:
        """What each number is, as a place in KINDS, or INVALID (`_number_type_helper`)."""
        fixed = _fits(self.fixed, numbers)
        mobile = fixed if self.same_fixed_and_mobile else _fits(self.mobile, numbers)
        kinds = np.select([fixed & mobile, fixed, mobile], [FIXED_OR_MOBILE, FIXED, MOBILE], INVALID)
        perhaps = np.flatnonzero(_matches(numbers, self.any_special))
        some = numbers.take(pa.array(perhaps))
        # The first kind that fits counts, and so is written last.
        for kind, form in reversed(self.special.items()) if len(some) else ():
            kinds[perhaps[form.fits(some)]] = kind
        kinds[~self.general.fits(numbers)] = INVALID
        return kinds


@dataclass(frozen=True, eq=False)
class ShortPlan:
    """The short numbers of one region: those that `code`s of its own calling code may be, and emergency numbers."""

    code: int
    general: Form
    short: Form | None
    emergency: Form | None

    def has(self, codes: np.ndarray, numbers: pa.Array) -> np.ndarray:
        """Which numbers are short or emergency numbers here (`is_valid_short_number_for_region`,
        `is_emergency_number`)."""
        short = (codes == self.code) & self.general.fits(numbers) & _fits(self.short, numbers)
        return short | _fits(self.emergency, numbers)


@cache
def plan(region: str, code: int = 0) -> Plan:
    """The plan of a supported `region`; where that is 001, the plan of the calling `code`."""
    metadata: Any = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    special = {place: form for place, kind in enumerate(SPECIAL) if (form := _form(getattr(metadata, kind)))}
    prefix = metadata.national_prefix_for_parsing
    return Plan(
        code=metadata.country_code,
        general=_form(metadata.general_desc) or Form(_whole("[^0-9]"), _any_length()),
        fixed=_form(metadata.fixed_line),
        mobile=_form(metadata.mobile),
        special=special,
        any_special="|".join(form.pattern for form in special.values()) or _whole("[^0-9]"),
        same_fixed_and_mobile=metadata.same_mobile_and_fixed_line_pattern,
        leading=_start(metadata.leading_digits),
        abroad=_start(metadata.international_prefix),
        prefix=_start(prefix),
        rewritten=_last_group(prefix) if metadata.national_prefix_transform_rule else None,
        possible=_possible(metadata.general_desc),
    )


def dials_00(region: str) -> bool:
    """Is 00 the only prefix that leads out of `region`?"""
    metadata = PhoneMetadata.metadata_for_region(region)
    return metadata is not None and metadata.international_prefix == "00"


@cache
def main_plan(code: int) -> Plan:
    """The plan by which phonenumbers reads numbers of a calling code that several regions may share."""
    return plan(COUNTRY_CODE_TO_REGION_CODE[code][0], code)


@cache
def short_plan(region: str) -> ShortPlan | None:
    """The short numbers of `region`, where phonenumbers knows any."""
    metadata = PhoneMetadata.short_metadata_for_region(region)
    general = _form(metadata.general_desc) if metadata else None
    if metadata is None or general is None:
        return None
    code = next(code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if region in regions)
    emergency = _form(metadata.emergency)
    # phonenumbers asks for the pattern of an emergency number alone.
    emergency = emergency and Form(emergency.pattern, _any_length())
    return ShortPlan(code, general, _form(metadata.short_code), emergency)


@cache
def calling_codes() -> np.ndarray:
    """By the first three digits of a number after the +: its calling code, 0 for none (`_extract_country_code`)."""
    starts = [(int(digits[:1]), int(digits[:2]), int(digits)) for digits in (f"{n:03d}" for n in range(1000))]
    known = [next((code for code in codes if code in COUNTRY_CODE_TO_REGION_CODE), 0) for codes in starts]
    return np.where(np.arange(1000) < 100, 0, known).astype(np.int16)


def _form(desc: Any) -> Form | None:
    """`desc`: phonenumbers' PhoneNumberDesc, or None."""
    if desc is None or not desc.national_number_pattern:
        return None
    lengths = np.isin(np.arange(MOST_DIGITS + 1), desc.possible_length) if desc.possible_length else _any_length()
    return Form(_whole(desc.national_number_pattern), lengths)


def _any_length() -> np.ndarray:
    return np.ones(MOST_DIGITS + 1, dtype=bool)


def _possible(general: Any) -> np.ndarray:
    lengths, local = general.possible_length, general.possible_length_local_only
    results = np.full(MOST_DIGITS + 1, ValidationResult.INVALID_LENGTH)
    results[: min(lengths)] = ValidationResult.TOO_SHORT
    results[max(lengths) + 1 :] = ValidationResult.TOO_LONG
    results[list(lengths)] = ValidationResult.IS_POSSIBLE
    results[list(local)] = ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    return results


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _start(pattern: str | None) -> str | None:
    return f"^(?:{pattern})" if pattern else None


def _last_group(prefix: str) -> str | None:
    """The pattern of a prefix with a name for its last group: where that takes part, the number is rewritten."""
    *before, last = GROUP.split(prefix)
    return f"^(?:{'(?:'.join(before)}(?P<part>{last})" if before else None


def _fits(form: Form | None, numbers: pa.Array) -> np.ndarray:
    return form.fits(numbers) if form else np.zeros(len(numbers), dtype=bool)


def _matches(numbers: pa.Array, pattern: str) -> np.ndarray:
    return pc.match_substring_regex(numbers, pattern).to_numpy(zero_copy_only=False)


def _digits(numbers: pa.Array) -> np.ndarray:
    return pc.binary_length(numbers).to_numpy(zero_copy_only=False)
