"""One address as people write it."""

import string
import subprocess
import sys
from pathlib import Path

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from enrich.emails.reader import REPAIRED, bare, read_address

ROOT = Path(__file__).parents[3]


def by_email_validator(text: str) -> str | None:
    """The normalised address where email-validator says it is valid."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@pytest.mark.parametrize(
    ("text", "value", "display", "kind"),
    [
        ("Ann.Smith@Example.COM", "ann.smith@example.com", "Ann.Smith@example.com", "corporate"),
        ("mailto:ann@example.com?subject=Hello", "ann@example.com", "ann@example.com", "corporate"),
        ("Ann Smith <ann@example.com>", "ann@example.com", "ann@example.com", "corporate"),
        ("E-mail: ann@example.com", "ann@example.com", "ann@example.com", "corporate"),
        ("A.N.N+shop@GoogleMail.com", "ann@gmail.com", "A.N.N+shop@googlemail.com", "free"),
        ("ann-smith@ya.ru", "ann.smith@yandex.ru", "ann-smith@ya.ru", "free"),
        ("ann+shop@mail.ru", "ann+shop@mail.ru", "ann+shop@mail.ru", "free"),
        ("анна@почта.рф", "анна@xn--80a1acny.xn--p1ai", "анна@почта.рф", "corporate"),
        ("STRAßE@example.com", "strasse@example.com", "STRAßE@example.com", "corporate"),
        ("ann@example。com", "ann@example.com", "ann@example.com", "corporate"),
        ("Info@example.com", "info@example.com", "info@example.com", "role"),
        ("sales.moscow@example.com", "sales.moscow@example.com", "sales.moscow@example.com", "role"),
        ("zakaz2@example.com", "zakaz2@example.com", "zakaz2@example.com", "role"),
        ("iroda@example.com", "iroda@example.com", "iroda@example.com", "role"),
        ("ann@mailinator.com", "ann@mailinator.com", "ann@mailinator.com", "disposable"),
    ],
)
def test_the_key_and_the_kind_of_an_address(text: str, value: str, display: str, kind: str) -> None:
    assert read_address(text) == (value, display, kind, None)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("example.com", "no @"),
        ("ann＠example.com", "no @"),
        ("@example.com", "nothing before @"),
        ("ann@", "nothing after @"),
        ("ann@example", "domain without dot"),
        ("ann@example.123", "no top-level domain"),
        ("ann@shop.test", "reserved domain"),
        ("ann@example..com", "misplaced dot or hyphen"),
        (".ann@example.com", "misplaced dot or hyphen"),
        ("ann smith@example.com", "forbidden character"),
        ("ann@exam_ple.com", "forbidden character"),
        ("ann\u202e@example.com", "hidden character"),
        ("ann\u200b@example.com", "hidden character"),
        ('"ann smith"@example.com', "quoted"),
        ("ann@[192.0.2.1]", "address in brackets"),
        ("ann@xn--a.com", "domain not valid"),
        ("a" * 300 + "@example.com", "too long"),
        ("ann@" + "a" * 64 + ".com", "too long"),
    ],
)
def test_what_is_no_address_has_a_reason_and_no_value(text: str, flag: str) -> None:
    assert read_address(text) == (None, None, None, flag)


@pytest.mark.parametrize(
    ("text", "value", "repair"),
    [
        ("ann@example.com.", "ann@example.com", "punctuation"),
        ("(Ann@Example.com),", "ann@example.com", "punctuation"),
        ("'ann@example.com'", "ann@example.com", "punctuation"),
        ("«ann@example.com»", "ann@example.com", "punctuation"),
        ("ann@example.com\u200b", "ann@example.com", "punctuation"),
        ("(mailto:ann@example.com)", "ann@example.com", "punctuation"),
        ("mailto:ann@example.com.", "ann@example.com", "punctuation"),
        ("ann @ example.com", "ann@example.com", "blanks"),
        ("ann @example.com.", "ann@example.com", "punctuation, blanks"),
    ],
)
def test_what_is_valid_without_what_stands_around_it_is_repaired(text: str, value: str, repair: str) -> None:
    assert read_address(text) == (
        value,
        value.replace("ann", "Ann") if "Ann" in text else value,
        "corporate",
        f"repaired: {repair}",
    )


@pytest.mark.parametrize("text", ["'ann@example.com", "{ann@example.com", "*ann@example.com", "«ann@example.com"])
def test_what_is_valid_as_it_stands_is_not_repaired(text: str) -> None:
    read = read_address(text)
    assert (read.display, read.flag) == (text, None)


@pytest.mark.parametrize(
    "text", ["ann@example,com", "ann smith@example.com", "ann@@example.com", "a @b@c.com", ".ann@example.com"]
)
def test_what_may_be_another_address_is_not_repaired(text: str) -> None:
    assert read_address(text).value is None


@pytest.mark.parametrize(
    ("text", "value", "meant"),
    [
        ("Ann@Gmial.com", "ann@gmial.com", "gmail.com"),
        ("ann@mail.ry", "ann@mail.ry", "mail.ru"),
        ("ann@yandx.ru.", "ann@yandx.ru", "yandex.ru"),
        ("mailto:ann@freemial.hu", "ann@freemial.hu", "freemail.hu"),
    ],
)
def test_a_misspelt_domain_is_flagged_and_not_changed(text: str, value: str, meant: str) -> None:
    read = read_address(text)
    assert (read.value, read.flag) == (value, f"misspelt domain: perhaps {meant}")


ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~."
DOMAINS = st.sampled_from(
    [
        "example.com",
        "EXAMPLE.Com",
        "xn--80a1acny.xn--p1ai",
        "почта.рф",
        "пoчта.рф",
        "a.test",
        "b@c.com",
        "ex ample.com",
    ]
) | st.text(alphabet="ab-.яé٠\u200d。" + "xn--", max_size=12)


def as_email_validator(text: str) -> bool:
    """Is `text` read as the library reads it? What it refuses may be repaired."""
    read, known = read_address(text), by_email_validator(bare(text))
    return read.display == known or (known is None and (read.flag or "").startswith((REPAIRED, "misspelt")))


@given(st.text(alphabet=ATEXT, min_size=1, max_size=70), DOMAINS)
def test_the_short_way_for_plain_addresses_gives_the_same(local: str, domain: str) -> None:
    assert as_email_validator(f"{local}@{domain}")


@given(st.integers(180, 260), st.sampled_from(["example.com", "почта.рф", "xn--80a1acny.xn--p1ai"]))
def test_the_short_way_gives_the_same_at_the_limit_of_length(length: int, domain: str) -> None:
    text = "a" * length + "@" + domain
    assert read_address(text).display == by_email_validator(text)


@given(st.text(max_size=60) | st.text(alphabet="ab@.<>(\"' ,й\u200b\ud800", max_size=20))
def test_any_text_reads_as_email_validator_reads_it(text: str) -> None:
    assert as_email_validator(text)


@pytest.mark.parametrize("module", ["enrich.emails.reader", "enrich.phones.reader"])
def test_readers_start_without_the_slow_libraries(module: str) -> None:
    code = (
        f"import sys, {module}; print(sorted({{'pandas', 'pyarrow', 'pandera', 'pydantic'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
