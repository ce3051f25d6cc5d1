"""Many numbers at once: nothing differs from reading them one by one."""

import random
from collections.abc import Iterator

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from enrich import phone_columns
from enrich.phone_columns import read_numbers, read_plain
from enrich.phone_reader import Number, read_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
HOMES = ("RU", "DE", "HU", "RO", "BA", "HR", "RS", "KZ", "US", "GB", "IT", "AR", "BR", "MX", "AU", "JP", "ZZ")
# {e}: E.164, {i}: international, {n}: national, {x}: RFC 3966 without its scheme, {c}: calling code, {s}: what is left.
SPELLINGS = (
    "{e}", "{i}", "{n}", "{x}", "'{e}", "+ {c} ({s})", "{c}{s}", "00{c}{s}", "00 {c} {s}", "(00){c}{s}", "011{c}{s}",
    "810{c}{s}", "8{s}", "0{s}", "06{s}", "1{s}", "{s}", "+{c} (0){s}", "{c}{c}{s}", "{c}{s}.0", "={s},00",
    "tel. {i}", "{n} доб. 12", "{n} Max Muster", "Fax: {i}", "l{s}", "{s}O", "O{s}", "{c}{s},0", "tel. {c}{s}",
)  # fmt: skip
OTHER_SIGNS = (("i", " ", "\u00a0"), ("i", " ", "\u202f"), ("i", " ", "."), ("n", " ", "–"), ("n", " ", "/"))

Pairs = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def of_any_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_columns, "WORTH", 1)


def batch(pairs: Pairs) -> pa.RecordBatch:
    texts, regions = ([pair[place] for pair in pairs] for place in (0, 1))
    return pa.record_batch([pa.array(texts, pa.string()), pa.array(regions, pa.string())], ["text", "region"])


def examples() -> Iterator[tuple[str, phonenumbers.PhoneNumber]]:
    """Every example number of the metadata, valid and not, with its region."""
    for region in REGIONS:
        numbers = [phonenumbers.example_number_for_type(region, kind) for kind in PhoneNumberType.values()]
        for number in (*numbers, phonenumbers.invalid_example_number(region)):
            if number:
                yield region, number
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        yield "ZZ", phonenumbers.example_number_for_non_geo_entity(code)


def spelled(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    """One number as people in many places write it."""
    forms = {
        "e": phonenumbers.format_number(number, PhoneNumberFormat.E164),
        "i": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "n": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        "x": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966).removeprefix("tel:"),
        "c": str(number.country_code),
        "s": phonenumbers.national_significant_number(number),
    }
    yield from (spelling.format(**forms) for spelling in SPELLINGS)
    yield from (forms[form].replace(sign, other) for form, sign, other in OTHER_SIGNS)


def differing(pairs: Pairs) -> list[tuple[tuple[str, str], Number, Number]]:
    """The pairs that are read otherwise at once, of those that are."""
    read = read_plain(*batch(pairs).columns).to_pydict()
    found = [(pairs[row], Number(*fields)) for row, *fields in zip(*read.values(), strict=True)]
    assert found
    return [(pair, number, read_number(*pair)) for pair, number in found if number != read_number(*pair)]


def test_every_example_number_in_its_own_region() -> None:
    pairs = [(text, region) for region, number in examples() for text in spelled(number)]
    assert len(pairs) > 30_000
    assert differing(random.Random(1).sample(pairs, 25_000)) == []


def test_every_example_number_in_another_region() -> None:
    chance = random.Random(2)
    pairs = [(text, chance.choice(HOMES)) for _, number in examples() for text in spelled(number)]
    assert differing(chance.sample(pairs, 15_000)) == []


def test_random_national_numbers_of_all_lengths_in_all_regions() -> None:
    chance = random.Random(3)
    starts = ("", "", "0", "8", "00", "+", "000", "011", "15", "90")
    codes = ("", *map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    pairs = [
        (f"{chance.choice(starts)}{chance.choice(codes)}{chance.randrange(10**length):0{length}d}", region)
        for length in range(1, 20)
        for region in (*REGIONS, "ZZ")
        for _ in range(3)
    ]
    assert differing(pairs) == []


def test_examples_with_a_digit_changed_lost_or_too_many() -> None:
    chance = random.Random(4)
    pairs = []
    for region, number in examples():
        text = phonenumbers.format_number(
            number, chance.choice((PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL))
        )
        place = chance.randrange(len(text))
        pairs += [(text[:place] + other + text[place + 1 :], region) for other in ("", "7", f"{text[place]}0")]
    assert differing(pairs) == []


@pytest.mark.parametrize(
    ("text", "region"),
    [
        # Emergency numbers of the region behind another country's calling code.
        ("+49112", "RU"), ("+361911", "US"), ("+7112", "DE"), ("0049110", "DE"),
        # 00 that leads nowhere, and then with a + neither, and then without it somewhere.
        ("0001179161234567", "US"), ("0009991234567", "RU"), ("00999123456", "HU"), ("000491512345678", "DE"),
        # The lengths of a number without its prefix, with it, and with neither.
        ("8800100200300400", "RU"), ("0" * 18, "IT"), ("1" * 60, "RU"), ("00" + "3" * 17, "DE"), ("+39" + "0" * 9, "ZZ"),
    ],
)  # fmt: skip
def test_rare_readings(text: str, region: str) -> None:
    fields = read_numbers(batch([(text, region)])).to_pylist()
    assert [Number(**number) for number in fields] == [read_number(text, region)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.text(alphabet="0123456789+ ()-./'\"=\u00a0–,;x#*\n٣", max_size=24)
            | st.from_regex(r"(tel|факс|\( \)|'|00|\+|)[ :(.]?(\(\+\))?[0-9()/ -]{4,16}(,? ?(доб|x|Max|\(-\) Anna) ?[0-9]{0,3})?", fullmatch=True),
            st.sampled_from(HOMES),
        ),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_any_texts(pairs: Pairs) -> None:
    fields = zip(*read_numbers(batch(pairs)).to_pydict().values(), strict=True)
    assert [Number(*number) for number in fields] == [read_number(*pair) for pair in pairs]


def test_what_is_not_plain_is_read_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    texts = (
        "8 916 123-45-67",
        "#REF!",
        "позвонить Марии",
        "+36301234567",
        "89161234567O",
        "tel:+1-201-555-0123;ext=9",
    )
    pairs = [(text, region) for text in texts for region in ("RU", "ZZ", "ru", "DE")] * 9
    fields = zip(*read_numbers(batch(pairs)).to_pydict().values(), strict=True)
    assert [Number(*number) for number in fields] == [read_number(*pair) for pair in pairs]
    assert read_numbers(batch([])).num_rows == 0


@pytest.mark.parametrize(
    ("spelling", "region"),
    [
        ("+7916{0}", "RU"), ("8 (916) {1}-{2}-{3}", "RU"), ("8-916-{1}-{2}-{3}", "RU"), ("916{0}", "RU"),
        ("7916{0}", "RU"), ("8495{0}", "RU"), ("0036 30/{0}", "RU"), ("7916{0}.0", "RU"), ("'+7916{0}", "RU"),
        ("+7 916 {1} {2} {3}", "HU"), ("06 30 {1} {2}{3}", "HU"), ("061/{1}-{2}2", "BA"), ("064 {1} {2}{3}", "RS"),
        ("0722.{1}.{2}2", "RO"), ("+49 (0)151 {0}0", "DE"), ("0151/{0}0", "DE"), ("тел. 8 916 {0}", "RU"),
        ("8 495 {1}-{2}-{3} (доб. 12)", "RU"), ("8 916 {0} Мария", "RU"), ("8916{0}9", "RU"), ("8 916 {1}", "RU"),
    ],
)  # fmt: skip
def test_common_spellings_are_read_at_once(spelling: str, region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    digits = [f"{number:07d}" for number in range(0, 10**7, 10**5)]
    pairs = [(spelling.format(each, each[:3], each[3:5], each[5:]), region) for each in digits]
    known = sum(read_number(*pair).value is not None for pair in pairs)
    assert len(read_plain(*batch(pairs).columns)) == len(pairs) or "доб" in spelling or "Мария" in spelling
    assert len(read_plain(*batch(pairs).columns)) >= known
