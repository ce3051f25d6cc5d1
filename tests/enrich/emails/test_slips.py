"""Which well-known domain a misspelt one was meant to be."""

import pytest
import tldextract

from enrich.emails.mailboxes import free_domains
from enrich.emails.slips import meant_domain, misspelt_domains
from enrich.tables import table


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gamil.com", "gmail.com"), ("gmil.com", "gmail.com"), ("gmali.com", "gmail.com"),
        ("gnail.com", "gmail.com"), ("gmaill.com", "gmail.com"), ("gmail.con", "gmail.com"), ("gmail.co", "gmail.com"),
        ("g-mail.com", "gmail.com"), ("mail.ry", "mail.ru"), ("maill.ru", "mail.ru"), ("mial.ru", "mail.ru"),
        ("mail.r", "mail.ru"), ("rnail.ru", "mail.ru"), ("yandx.ru", "yandex.ru"), ("jandex.ru", "yandex.ru"),
        ("yahho.com", "yahoo.com"), ("hotmil.com", "hotmail.com"), ("iclud.com", "icloud.com"), ("outlok.com", "outlook.com"),
        ("freemial.hu", "freemail.hu"), ("citrommail.hu", "citromail.hu"), ("web.dee", "web.de"), ("gmx.dw", "gmx.de"),
        ("t-onlin.de", "t-online.de"), ("yaho.ro", "yahoo.ro"), ("ramler.ru", "rambler.ru"), ("ya.ry", "ya.ru"),
    ],
)  # fmt: skip
def test_one_slip_from_a_well_known_domain(domain: str, meant: str) -> None:
    assert meant_domain(domain) == meant


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "mail.ru", "ya.ru", "mai.ru", "mil.ru", "mall.ru", "email.ru", "gmail.ru", "mail.rs", "mail.ro", "mail.com",
        "email.com", "ymail.com", "hmail.com", "web.dk", "web.com", "gmx.com", "gmx.ch", "inbox.lv", "yandex.com", "yandex.eu",
        "yahoo.de", "hotmail.fr", "cloud.com", "online.de", "bihnet.ba", "example.com", "live.de", "list.rs", "mali.ru", "bk.rs",
    ],
)  # fmt: skip
def test_a_domain_of_its_own_right_is_not_taken_for_a_slip(domain: str) -> None:
    assert meant_domain(domain) is None


def test_no_known_domain_is_a_slip_and_every_slip_leads_to_one() -> None:
    known = {*free_domains(), *table("misspelt_domains")["meant"], *table("misspelt_domains")["neighbours"]}
    assert known & set(misspelt_domains()) == set()
    assert set(misspelt_domains().values()) <= set(table("misspelt_domains")["meant"])


def test_the_top_level_domains_that_exist_are_named() -> None:
    """Else what is somebody's would be taken for a slip. Of some countries the list has only the ends below."""
    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None).tlds
    existing = {suffix.rpartition(".")[2] for suffix in suffixes}
    traps = {end for ends in table("misspelt_domains")["traps"].values() for end in ends}
    flagged = {
        slip.rpartition(".")[2] for slip in misspelt_domains() if slip not in table("misspelt_domains")["misspelt"]
    }
    meant = {meant.rpartition(".")[2] for meant in table("misspelt_domains")["meant"]}
    assert flagged & existing <= meant | traps
