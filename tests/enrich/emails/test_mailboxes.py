"""Whose mailbox, and what kind."""

import pytest
from disposable_email_domains import blocklist
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from enrich.emails.mailboxes import canonical, domain_kind, free_domains, mailbox_kind
from enrich.tables import table


@pytest.mark.parametrize(
    ("local", "domain", "key"),
    [
        ("a.n.n+shop", "googlemail.com", "ann@gmail.com"),
        ("+shop", "gmail.com", "+shop@gmail.com"),
        ("ann-lee", "ya.ru", "ann.lee@yandex.ru"),
        ("+shop", "outlook.com", "+shop@outlook.com"),
        ("a_n-n.+shop", "pm.me", "ann@proton.me"),
        ("ann", "protonmail.com", "ann@proton.me"),
        ("a.nn+shop", "me.com", "a.nn@icloud.com"),
        ("a.nn+shop", "outlook.com", "a.nn@outlook.com"),
        ("a.nn+shop", "hotmail.com", "a.nn@hotmail.com"),
        ("ann+shop", "fastmail.com", "ann@fastmail.com"),
        ("ann", "yandex.com.tr", "ann@yandex.ru"),
    ],
)
def test_spellings_that_reach_one_mailbox_have_one_key(local: str, domain: str, key: str) -> None:
    assert canonical(local, domain) == key


@pytest.mark.parametrize(
    "domain", ["example.com", "mail.ru", "inbox.ru", "list.ru", "bk.ru", "web.de", "gmx.de", "yahoo.com"]
)
@pytest.mark.parametrize("local", ["a.n.n+shop", "ann-lee", "a_nn"])
def test_where_no_rule_is_known_every_spelling_is_kept_apart(local: str, domain: str) -> None:
    assert canonical(local, domain) == f"{local}@{domain}"


def test_a_dash_is_no_dot_and_a_tag_is_kept_where_the_provider_says_nothing_of_it() -> None:
    assert canonical("a-nn", "gmail.com") == "a-nn@gmail.com"
    assert canonical("ann+shop", "yandex.ru") == "ann+shop@yandex.ru"


@pytest.mark.parametrize(
    ("local", "domain", "kind"),
    [
        ("info", "gmail.com", "role"),
        ("office-pecs", "example.com", "role"),
        ("sales12", "example.com", "role"),
        ("info+web", "example.com", "role"),
        ("informatik", "example.com", "corporate"),
        ("ann.sales", "example.com", "corporate"),
        ("ann", "mail.ru", "free"),
        ("ann", "yandex.com.am", "free"),
        ("ann", "yopmail.com", "disposable"),
        ("ann", "mailinator.com", "disposable"),
        ("ann", "any.name.yopmail.com", "disposable"),
        ("ann", "33mail.com", "disposable"),
        ("ann", "firma.gmail.com", "corporate"),
        ("no-reply2", "example.com", "role"),
        ("no-reply.ann", "example.com", "corporate"),
        ("info2.moscow", "example.com", "corporate"),
        ("+info", "example.com", "corporate"),
    ],
)
def test_the_kind_of_a_mailbox(local: str, domain: str, kind: str) -> None:
    assert mailbox_kind(local, domain) == kind


def test_no_mailbox_that_anyone_may_open_counts_as_thrown_away() -> None:
    assert {domain_kind(domain) for domain in free_domains()} == {"free"}


def test_our_own_list_has_only_what_the_package_has_not() -> None:
    assert set(table("email_providers")["disposable"]["domains"]) & set(blocklist) == set()


def test_the_names_of_rfc_2142_are_roles() -> None:
    assert {mailbox_kind(name, "example.com") for name in CASE_INSENSITIVE_MAILBOX_NAMES} == {"role"}
