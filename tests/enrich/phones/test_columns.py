"""Many numbers at once: nothing differs from reading them one by one."""

import os
import random
import re
from collections.abc import Iterator

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from enrich.phones import columns as phone_columns
from enrich.phones.columns import read_numbers, read_plain
from enrich.phones.reader import DECIMAL, Number, read_number

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


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> None:
    """Numbers of all regions need thousands of expressions, of which `re` keeps 512: else most of the time of the
    reading one by one goes into compiling them again."""
    phonenumbers.enable_pattern_cache()


@pytest.fixture(autouse=True)
def of_any_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_columns.PLANS, "worth", 1)


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
    read, sure = read_plain(*batch(pairs).columns)
    numbers = [Number(*fields) for fields in zip(*read.to_pydict().values(), strict=True)]
    found = [(pair, number) for pair, number, here in zip(pairs, numbers, sure, strict=True) if here]
    assert found
    return [(pair, number, read_number(*pair)) for pair, number in found if number != read_number(*pair)]


def by_phonenumbers(text: str, region: str) -> tuple[str | None, ...] | None:
    """Value, kind, region and extension, where phonenumbers says that the number is valid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # `is_valid_number` is these two, and looks for the region a second time.
    home = phonenumbers.region_code_for_number(number)
    if home is None or not phonenumbers.is_valid_number_for_region(number, home):
        return None
    return (
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        PhoneNumberType.to_string(phonenumbers.number_type(number)).lower(),
        None if home == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else home,
        number.extension or None,
    )


def mutated(text: str, chance: random.Random) -> str:
    """`text` with a digit changed, lost or too many, a sign of another kind, or words around it."""
    place = chance.randrange(len(text) or 1)
    digit = str(chance.randrange(10))
    return chance.choice((
        text[:place] + digit + text[place + 1 :], text[:place] + text[place + 1 :], text[:place] + digit + text[place:],
        text[:place] + chance.choice("+ ()/.-–\u00a0,;xOl#*\t") + text[place:], text[:-2], f"{text}{text}",
        f"тел. {text}", f"{text} (доб. {digit})", f"{text} Анна", f"({text}", f" {text} ", text.replace(" ", "  "),
    ))  # fmt: skip


def random_digits(chance: random.Random) -> str:
    start = chance.choice(("", "", "0", "8", "00", "+", "000", "011", "15", "90", "810"))
    length = chance.randrange(1, 24)
    return f"{start}{chance.choice(CODES)}{chance.randrange(10**length):0{length}d}"


# Among signs alone, phonenumbers is right by itself; some of these are read by `read_number` too, for their flags.
ONLY_SIGNS = re.compile(r"[\d\s+()./\-–'\"=]*")
ALSO_ONE_BY_ONE = 0.1
# Each reading in another region takes a plan to be made, so that every run has some of them; plus and 00 lead to all.
COUNT, REGIONS_OF_A_RUN = 200_000, 6
CODES = ("", *map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


def values_of_a_run(chance: random.Random) -> Pairs:
    """Every example number of all regions as spelled in many ways, each as it is and mutated, and random digits."""
    homes = (*HOMES[:8], "US", "ZZ", *chance.sample(REGIONS, REGIONS_OF_A_RUN))
    spellings = [(text, region) for region, number in examples() for text in spelled(number)]
    chance.shuffle(spellings)
    own = [(text, region if region in homes else chance.choice(homes)) for text, region in spellings]
    pairs = dict.fromkeys(own)
    while len(pairs) < COUNT:
        text = random_digits(chance) if chance.random() < 0.1 else mutated(chance.choice(spellings)[0], chance)
        pairs[text, chance.choice(homes)] = None
    return list(pairs)


def expected(text: str, region: str) -> tuple[str | None, ...]:
    """What the loop over phonenumbers has of a number among signs alone; 00 is a + to us, whatever the region dials."""
    known = by_phonenumbers(text, region)
    bare = text.strip("'\"= \t\u00a0")
    if known is None and bare.startswith("00"):
        known = by_phonenumbers("+" + bare[2:], region)
    return known or (None, None, None, None)


def may_differ(text: str, number: Number) -> bool:
    """Is this read by rules of our own: a repair, which is named; the decimals of a spreadsheet, which are no digits to
    us; words?"""
    repaired = "repaired: " in (number.flag or "")
    return repaired or not ONLY_SIGNS.fullmatch(text) or bool(DECIMAL.fullmatch(text.strip("'\"= \t\u00a0")))


def test_no_column_differs() -> None:
    seed = int(os.environ.get("LEADS_TEST_SEED", random.SystemRandom().randrange(10**9)))
    print(f"repeat with LEADS_TEST_SEED={seed}")
    chance = random.Random(seed)
    pairs = values_of_a_run(chance)
    numbers = [Number(*fields) for fields in zip(*read_numbers(batch(pairs)).to_pydict().values(), strict=True)]
    differing = []
    for pair, number in zip(pairs, numbers, strict=True):
        alike = ONLY_SIGNS.fullmatch(pair[0]) and number[:4] == expected(*pair)
        # What was repaired, or stands among words, is as the reader of one number has it.
        if alike and chance.random() > ALSO_ONE_BY_ONE:
            continue
        if number != read_number(*pair) or not (alike or may_differ(pair[0], number)):
            differing.append((pair, number))
    assert differing == [], f"LEADS_TEST_SEED={seed}"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        # Emergency numbers of the region behind another country's calling code.
        ("+49112", "RU"), ("+361911", "US"), ("+7112", "DE"), ("0049110", "DE"),
        # 00 that leads nowhere, and then with a + neither, and then without it somewhere.
        ("0001179161234567", "US"), ("0009991234567", "RU"), ("00999123456", "HU"), ("000491512345678", "DE"),
        # The lengths of a number without its prefix, with it, and with neither.
        ("8800100200300400", "RU"), ("0" * 18, "IT"), ("1" * 60, "RU"), ("00" + "3" * 17, "DE"), ("+39" + "0" * 9, "ZZ"),
        # Fixed lines as they stand, and mobiles with a +.
        ("4915112345678", "DE"), ("4915112345678.0", "DE"), ("49 151 12345678", "AT"), ("436641234567", "AT"),
        ("4949112345678", "DE"), ("49491701234567", "DE"),
        # 00 that is tried as a +, of more digits than a key has.
        ("004930123456789012345", "RU"), ("0049301234567890123", "US"), ("00" + "1" * 20, "RU"), ("00+ 63 232345678", "CL"),
    ],
)  # fmt: skip
def test_rare_readings(text: str, region: str) -> None:
    fields = read_numbers(batch([(text, region)])).to_pylist()
    assert [Number(**number) for number in fields] == [read_number(text, region)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
def test_common_spellings_are_read_at_once(spelling: str, region: str) -> None:
    digits = [f"{number:07d}" for number in range(0, 10**7, 10**5)]
    pairs = [(spelling.format(each, each[:3], each[3:5], each[5:]), region) for each in digits]
    known = sum(read_number(*pair).value is not None for pair in pairs)
    _, sure = read_plain(*batch(pairs).columns)
    assert sure.all() or "доб" in spelling or "Мария" in spelling
    assert sure.sum() >= known
