"""The domain of an organisation."""

import subprocess
import sys
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.firms.domains import VALID, read_domain, read_domains
from enrich.tables import table
from leads import schema


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.example.com/about?x=1", "example.com"),
        ("WWW.Shop.EXAMPLE.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("http://пример.рф:8080/путь", "xn--e1afmkfd.xn--p1ai"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("сайт: example.ru", "example.ru"),
        ("http//example.com", "example.com"),
        ("https:/example.com", "example.com"),
        ("//example.com", "example.com"),
        ("example.com, example.org", "example.com"),
        ("example.com.", "example.com"),
        ("info@example.com", "example.com"),
        ("customer.github.io", "customer.github.io"),
    ],
)
def test_the_registrable_domain_of_a_website(website: str, domain: str) -> None:
    assert read_domain(website, "mail.example.net").domain == domain


@pytest.mark.parametrize(
    "website",
    [
        None, "", "-", "нет", "example", "localhost", "192.0.2.1", "http://", "a b.com", "foo..com", "-a.com", "github.io",
        "somebody@gmail.com", "vk.com/club1", "https://www.instagram.com/example", "t.me/example", "example.invalid-tld-x",
        "\ud800.com", "ex\x00ample.com", "x" * 1_000_000, "a." * 500_000, "\u202eexample.com",
    ],
)  # fmt: skip
def test_what_is_no_site_of_its_own_gives_way_to_the_mail(website: str | None) -> None:
    started = time.process_time()
    assert read_domain(website, "mail.example.hu").domain == "example.hu"
    assert time.process_time() - started < 0.3  # the suffix list is read once


@pytest.mark.parametrize("mail", [None, "gmail.com", "mail.ru", "yandex.ru", "mailinator.com", "localhost"])
def test_a_mailbox_that_anyone_may_have_is_nobodys_domain(mail: str | None) -> None:
    assert read_domain(None, mail).domain is None


def test_a_frame_is_read_row_by_row() -> None:
    cells = pd.DataFrame(
        {
            "lead_id": schema.texts("abcd"),
            "website": schema.texts([None, "-", "example.com", None]),
            "email": schema.texts(["a@gmail.com", "b@mail.example.hu", None, None]),
        }
    )
    read = read_domains(cells)
    assert read["lead_id"].tolist() == list("abcd")
    assert read["domain"].fillna("").tolist() == ["", "example.hu", "example.com", ""]


def test_an_empty_frame_is_read() -> None:
    cells = pd.DataFrame({name: schema.texts([]) for name in ("lead_id", "website", "email")})
    assert list(read_domains(cells).columns) == ["lead_id", "domain"]


def test_the_platforms_stand_as_registrable_domains() -> None:
    for platform in table("websites")["platforms"]:
        assert VALID.match(platform), platform
        assert read_domain(f"https://{platform}/x", None).domain is None


def test_nothing_is_fetched_and_tldextract_waits_until_it_is_needed() -> None:
    code = "import sys, enrich.firms.domains; assert 'tldextract' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_read(website: str, mail: str) -> None:
    domain = read_domain(website, mail).domain
    assert domain is None or (domain.isascii() and domain == domain.lower() and "." in domain)
