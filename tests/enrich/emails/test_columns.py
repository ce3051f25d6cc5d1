"""Many addresses at once: nothing differs from reading them one by one."""

import random
import secrets
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrich.emails.columns import read_addresses, read_plain
from enrich.emails.reader import Address, read_address
from enrich.emails.slips import misspelt_domains
from enrich.tables import table

LOCALS = (
    "ann", "Ann.Smith", "ANN_SMITH", "a.n.n+shop", "+shop", "ann-smith", "info", "Info2", "sales.moscow", "no-reply",
    "o'neil", "zakaz+web", "buchhaltung", "POSTMASTER", "a" * 64, "a" * 240, "анна", "josé", "аnn", ".ann", "ann.", "a..n",
    "ann smith", '"ann smith"', "", "ann(home)", "ann,smith", "ann\u200b", "\uff41nn", "ann:x", "a\n", "<ann", "e-mail",
)  # fmt: skip
DOMAINS = (
    "example.com", "EXAMPLE.Com", "gmail.com", "GoogleMail.com", "ya.ru", "yandex.com", "pm.me", "icloud.com", "outlook.com",
    "mail.ru", "gmial.com", "web.dee", "yopmail.com", "x.yopmail.com", "a.33mail.com", "firma.co.uk", "xn--80a1acny.xn--p1ai",
    "почта.рф", "exämple.de", "пoчта.рф", "xn--a.com", "ab--cd.com", "a.test", "b.onion", "local", "example", "ex_ample.com",
    "example..com", "-a.com", "a-.com", "a.com-", "example.com.", ".example.com", "a.1", "1.a", "[192.0.2.1]", "[x]", "",
    "example.com@b.com", "exa mple.com", "example,com", "a" * 63 + ".com", "a" * 64 + ".com", "a.b.c.d.e.f.com", "example。com",
    "example.com\u200b", "example.com\u202e", "b.co?subject=x", "gmaıl.com", "ɡmail.com",
)  # fmt: skip
WRAPS = (
    "{}", " {}", "{} ", "{}.", "{};", "({})", '"{}"', "'{}'", "<{}>", "Ann <{}>", "Иван Петров <{}>", "Smith, Ann <{}>,",
    "mailto:{}", "MAILTO: {}?subject=Hi", "E-mail: {}", "почта: {}", "эл. почта: {}", "<mailto:{}>", "mail {}", "{} x", "«{}»",
    "\u200b{}", "{}\ufeff", "\t{}", "{}\n", "[{}]", "* {}", "{}>", "<{}", "a <{}> b", "Ann < {} > ", "x: {}", "{}: x",
)  # fmt: skip


def batch(texts: list[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(texts, pa.string())], ["text"])


def differing(texts: list[str]) -> list[tuple[str, Address, Address]]:
    """The texts that are read otherwise at once."""
    read = read_addresses(batch(texts)).to_pylist()
    assert len(read) == len(texts)
    found = zip(texts, (Address(**fields) for fields in read), map(read_address, texts), strict=True)
    return [(text, ours, one) for text, ours, one in found if ours != one]


def spelled() -> Iterator[str]:
    """Every local part at every domain, each in one of the wraps, and each bare."""
    for place, local in enumerate(LOCALS):
        for other, domain in enumerate(DOMAINS):
            yield f"{local}@{domain}"
            yield WRAPS[(place * 7 + other) % len(WRAPS)].format(f"{local}@{domain}")


def test_every_shape_of_address_and_of_what_is_none() -> None:
    assert differing(list(spelled())) == []


def test_every_wrap_around_every_kind_of_address() -> None:
    addresses = (
        "Ann.Smith@Example.com",
        "a.n+x@gmail.com",
        "ann@",
        "ann@example..com",
        "анна@почта.рф",
        "ann",
        "ann @ b.com",
    )
    assert differing([wrap.format(address) for wrap in WRAPS for address in addresses]) == []


def test_every_domain_of_the_tables() -> None:
    providers = table("email_providers")
    domains = [domain for provider in providers["provider"] for domain in provider["domains"]]
    domains += [*providers["free"]["domains"], *providers["disposable"]["domains"]]
    slips = random.Random(5).sample(sorted(misspelt_domains()), 3_000)
    assert differing([f"A.n-n_x+y@{domain}" for domain in (*domains, *slips)]) == []


def test_every_role_with_what_may_follow_it() -> None:
    tails = ("", "2", "-2", ".moscow", "2.moscow", "+x", "-x+y", "s", "_", "2-", "--2")
    words = [*table("role_mailboxes")["words"], "ann", "informatik"]
    assert differing([f"{word}{tail}@example.com" for word in words for tail in tails]) == []


def test_every_short_domain_of_few_signs() -> None:
    chance = random.Random(6)
    domains = {"".join(chance.choices("ab1-.X_ []x@", k=chance.randrange(9))) for _ in range(6_000)}
    assert differing([f"ann@{domain}" for domain in sorted(domains)]) == []


def test_common_spellings_are_not_read_one_by_one() -> None:
    plain = ["Ann@Example.com", "Иван <ann@example.com>", "mailto:ann@example.com", "ann@example.com.", "(ann@example.com)",
             "ann @ example.com", "ann@", "нет почты", "ann@exa mple.com", "a..b@example.com", "ann@example.com\u200b"]  # fmt: skip
    assert len(read_plain(pa.array(plain))) == len(plain)


def test_random_changes_of_real_spellings() -> None:
    """The seed is another one each time; a failure names it."""
    seed = secrets.randbelow(10**9)
    chance = random.Random(seed)
    texts = []
    for _ in range(20_000):
        text = chance.choice(WRAPS).format(f"{chance.choice(LOCALS[:20])}@{chance.choice(DOMAINS)}")
        place = chance.randrange(len(text) + 1)
        sign = chance.choice(
            ("", ".", "@", " ", "+", "-", "_", ",", "<", ">", ":", '"', "а", "é", "1", "A", "\u00a0")
        )
        texts.append(text[:place] + sign + text[place + chance.randrange(2) :])
    assert differing(texts) == [], f"seed {seed}"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.text(max_size=40) | st.text(alphabet="ab@.,<>:\"' +-_éа\u200b\x00\n", max_size=30), max_size=20)
)
def test_any_texts(texts: list[str]) -> None:
    assert differing(texts) == []


@pytest.mark.parametrize("length", range(248, 258))
@pytest.mark.parametrize("domain", ["example.com", "xn--80a1acny.xn--p1ai", "gmail.com.", "ab--cd.com"])
def test_the_limit_of_length(length: int, domain: str) -> None:
    texts = [
        wrap.format("a" * (length - len(domain) - 1) + "@" + domain)
        for wrap in ("{}", "<{}>", "({})", "mailto:{}")
    ]
    assert differing(texts) == []


def test_no_texts() -> None:
    assert len(read_addresses(batch([]))) == 0
