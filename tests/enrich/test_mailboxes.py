"""Whose mailbox, and what kind."""

import pytest

from enrich.mailboxes import canonical, mailbox_kind


@pytest.mark.parametrize(
    ("local", "domain", "key"),
    [
        ("a.n.n+shop", "googlemail.com", "ann@gmail.com"),
        ("+shop", "gmail.com", "+shop@gmail.com"),
        ("ann-lee", "ya.ru", "ann.lee@yandex.ru"),
        ("a.n.n+shop", "example.com", "a.n.n+shop@example.com"),
    ],
)
def test_spellings_that_reach_one_mailbox_have_one_key(local: str, domain: str, key: str) -> None:
    assert canonical(local, domain) == key


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
    ],
)
def test_the_kind_of_a_mailbox(local: str, domain: str, kind: str) -> None:
    assert mailbox_kind(local, domain) == kind
