"""One address as people write it."""

import json
import string
import subprocess
import sys
from pathlib import Path

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from enrich.email_reader import REASONS, read_address

ROOT = Path(__file__).parents[2]
BAD_INPUTS = ROOT.parent / "shared" / "data" / "bad-inputs"
needs_bad_inputs = pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="../shared/data/bad-inputs is not here")
FLAGS = {reason for _, reason in REASONS}


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


@needs_bad_inputs
@pytest.mark.parametrize(
    "file",
    [
        "isemail/isemail.jsonl",
        "isemail/isemail-original.jsonl",
        "email-validator/cases.jsonl",
        "own/unicode.jsonl",
    ],
)
def test_verdicts_are_those_of_email_validator(file: str) -> None:
    lines = (BAD_INPUTS / file).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    texts = [text for text in (row.get("address", row.get("text")) for row in rows) if isinstance(text, str)]
    assert len(texts) > 15
    for text in texts:
        if "<" not in text and text.isprintable():
            read = read_address(text)
            assert read.display == by_email_validator(text), ascii(text)
            assert read.value is not None or read.flag in FLAGS, ascii(text)


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


@given(st.text(alphabet=ATEXT, min_size=1, max_size=70), DOMAINS)
def test_the_short_way_for_plain_addresses_gives_the_same(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    assert read_address(text).display == by_email_validator(text)


@given(st.integers(180, 260), st.sampled_from(["example.com", "почта.рф", "xn--80a1acny.xn--p1ai"]))
def test_the_short_way_gives_the_same_at_the_limit_of_length(length: int, domain: str) -> None:
    text = "a" * length + "@" + domain
    assert read_address(text).display == by_email_validator(text)


@given(st.text(max_size=60))
def test_any_text_reads_as_email_validator_reads_it(text: str) -> None:
    if "<" not in text and not text.casefold().lstrip().startswith(("mail", "e-mail", "email", "почта", "эл.")):
        assert read_address(text).display == by_email_validator(text)


@pytest.mark.parametrize("module", ["enrich.email_reader", "enrich.phone_reader"])
def test_readers_start_without_the_slow_libraries(module: str) -> None:
    code = (
        f"import sys, {module}; print(sorted({{'pandas', 'pyarrow', 'pandera', 'pydantic'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
