"""Mail domains: what the pattern takes for a plain host name is what email-validator says."""

import random

import pyarrow as pa
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from enrich.emails.domains import read_domains
from enrich.emails.reader import read_domain

SIGNS = "ab1-.X"


def agrees(texts: list[str]) -> list[str]:
    """The domains of which the two do not say the same."""
    found = read_domains(pa.array(texts, pa.string())).to_pylist()
    alone = [read_domain(text) for text in texts]
    return [
        text
        for text, read, one in zip(texts, found, alone, strict=True)
        if (read["display"], read["kind"], read["flag"])
        != (one.shown and f"@{one.shown}", one.kind, one.fault or one.doubt)
    ]


def test_every_short_domain_of_few_signs() -> None:
    chance = random.Random(1)
    texts = {"".join(chance.choices(SIGNS, k=chance.randrange(1, 12))) for _ in range(6_000)}
    assert agrees(sorted(texts)) == []


def test_reserved_domains_and_what_only_looks_like_them() -> None:
    texts = [
        f"{before}{name}" for name in SPECIAL_USE_DOMAIN_NAMES for before in ("", "a.", "a.b.", "x", "a.x", "a-")
    ]
    texts += [f"{name}.{end}" for name in SPECIAL_USE_DOMAIN_NAMES for end in ("com", "ru", "x1")]
    assert agrees(texts) == []


def test_lengths_of_labels_and_of_the_whole() -> None:
    texts = [f"{'a' * length}.com" for length in (1, 2, 62, 63, 64, 65)]
    texts += [f"b.{'a' * length}" for length in (1, 2, 62, 63, 64)]
    texts += [".".join(["a" * 49] * 5)[: total - 4] + ".com" for total in range(245, 252)]
    texts += [".".join(["a" * 62] * 4)[:total] + "b" for total in range(248, 252)]
    assert agrees(texts) == []


def test_names_below_others_have_their_kind() -> None:
    texts = [
        "yopmail.com",
        "a.yopmail.com",
        "a.b.yopmail.com",
        "33mail.com",
        "me.33mail.com",
        "a.gmail.com",
        "firma.co.uk",
    ]
    assert read_domains(pa.array(texts))["kind"].to_pylist() == ["disposable"] * 5 + ["corporate"] * 2


def test_punycode_is_left_to_the_library() -> None:
    texts = [
        "xn--80a1acny.xn--p1ai",
        "XN--80A1ACNY.xn--P1AI",
        "xn--a.com",
        "ab--cd.com",
        "a.xn--80ak6aa92e.com",
        "xn--.com",
    ]
    assert agrees(texts) == []
