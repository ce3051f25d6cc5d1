"""Numbering plans against the functions of phonenumbers that they stand for."""

import random

import numpy as np
import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, phonenumberutil

from enrich.phones.plans import ANSWERS, LONG, TO_ABROAD, UNSURE, Answer, Plans, calling_codes, dialled_in, forms
from enrich.phones.reader import read_digits


def answers(plan_of: str | int, numbers: list[str]) -> list[Answer]:
    plan = Plans(worth=1).get(plan_of, len(numbers))
    assert plan is not None
    places = plan.answers_to(np.array([int(f"1{number}") for number in numbers]))
    every = list(ANSWERS)
    return [every[place] for place in places]


def test_every_pattern_of_the_metadata_can_be_followed() -> None:
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        assert forms(code).patterns.steps


def test_calling_codes_are_those_that_phonenumbers_finds() -> None:
    starts = [f"{number:03d}" for number in range(1000)]
    assert calling_codes().tolist() == [phonenumberutil._extract_country_code(start)[0] for start in starts]


@pytest.mark.parametrize(
    ("region", "number", "answer"),
    [
        ("RU", "89161234567", Answer(10, 7, "mobile", "RU")),
        ("RU", "79161234567", Answer(11, 0, "mobile", "RU")),
        ("RU", "88005553535", Answer(10, 7, "toll_free", "RU", "toll free")),
        ("RU", "112", Answer(flag="emergency or short number")),
        ("RU", "8916123456", Answer(flag="not valid for region")),
        ("RU", "810493012345", Answer(9, TO_ABROAD)),
        ("BA", "061123456", Answer(8, 387, "mobile", "BA")),
        ("IT", "0612345678", Answer(10, 39, "fixed_line", "IT")),
        # An area code is put before the local number of an island.
        ("AG", "4641234", Answer(7, 1268, "mobile", "AG")),
        # Brazil's carriers: not to be told by the first digits.
        ("BR", "01511961234567", UNSURE),
    ],
)
def test_what_is_dialled(region: str, number: str, answer: Answer) -> None:
    assert answers(region, [number]) == [answer]


def test_what_is_written_with_a_calling_code() -> None:
    found = answers(49, ["49301234567", "490301234567", "49112", "4930"])
    assert found[:2] == [Answer(11, 0, "fixed_line", "DE"), Answer(9, 49, "fixed_line", "DE")]
    # An emergency number in some region: it depends on where one asks.
    assert found[2] == UNSURE


@pytest.mark.parametrize("region", ["RU", "DE", "US", "GB", "AR", "IT", "AU", "FI", "NF"])
def test_both_ends_of_every_range_are_answered_alike(region: str) -> None:
    plan = dialled_in(region)
    every = list(ANSWERS)
    chance = random.Random(region)
    ranges = zip(plan.firsts[:-1].tolist(), plan.firsts[1:].tolist(), plan.answers.tolist(), strict=False)
    some = [each for each in ranges if each[1] < LONG and every[each[2]] != UNSURE]
    for first, end, place in chance.sample(some, min(len(some), 250)):
        for key in {first, end - 1, chance.randrange(first, end)}:
            digits = str(key)[1:]
            number, answer = read_digits(digits, region), every[place]
            if answer.lead == TO_ABROAD or str(first)[0] != str(key)[0] or int(number.value or "1") % 10**7 == 0:
                continue
            value = answer.lead * 10**answer.kept + key % 10**answer.kept
            assert number == (f"+{value}" if answer.kind else None, answer.kind, answer.region, None, answer.flag)


def test_a_plan_is_made_when_it_is_worth_it() -> None:
    plans = Plans(worth=5)
    assert plans.get("HU", 3) is None
    assert plans.get("HU", 2) is plans.get("HU", 1) is not None


def test_prefixes_of_the_metadata_are_as_short_as_is_assumed() -> None:
    dial = {
        region: PhoneMetadata.metadata_for_region(region).international_prefix for region in ("RU", "HU", "BA")
    }
    assert dial == {"RU": "810", "HU": "00", "BA": "00"}
