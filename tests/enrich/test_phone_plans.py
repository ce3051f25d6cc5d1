"""Numbering plans against the functions of phonenumbers that they follow."""

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from phonenumbers import phonenumberutil

from enrich.phone_plans import KINDS, MOST_DIGITS, calling_codes, main_plan, plan, short_plan

EVERY = [
    *((region, 0) for region in sorted(phonenumbers.SUPPORTED_REGIONS)),
    *(("001", code) for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)),
]
SOME = pa.array(["9161234567", "123", "08001234567", "2015550123", "0" * MOST_DIGITS])


def test_every_pattern_of_the_metadata_can_be_asked() -> None:
    for region, code in EVERY:
        here = plan(region, code)
        here.kinds(SOME)
        here.national(SOME)
        here.from_abroad(SOME)
        here.with_own_code(SOME)
        if here.leading:
            here.leads(SOME)
        short = short_plan(region)
        if short:
            short.has(np.full(len(SOME), here.code), SOME)


def test_kinds_have_the_names_of_phonenumbers() -> None:
    names = {
        phonenumbers.PhoneNumberType.to_string(kind).lower() for kind in phonenumbers.PhoneNumberType.values()
    }
    assert set(KINDS) == names - {"unknown"}


def test_calling_codes_are_those_that_phonenumbers_finds() -> None:
    starts = [f"{number:03d}" for number in range(1000)]
    assert calling_codes().tolist() == [phonenumberutil._extract_country_code(start)[0] for start in starts]


@pytest.mark.parametrize("code", [1, 7, 36, 39, 44, 49, 290, 800, 882])
def test_lengths_are_judged_as_phonenumbers_judges_them(code: int) -> None:
    numbers = ["1" * length for length in range(2, 17)]
    known = [
        phonenumbers.is_possible_number_with_reason(phonenumbers.PhoneNumber(code, int(number)))
        for number in numbers
    ]
    assert main_plan(code).lengths_of(pa.array(numbers)).tolist() == known


def test_a_prefix_that_is_rewritten_is_left_to_phonenumbers() -> None:
    numbers = pa.array(["0111512345678", "01112345678"])
    assert plan("AR").without_prefix(numbers).to_pylist() == [None, "1112345678"]
