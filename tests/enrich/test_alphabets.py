"""Letters that may be taken for others."""

import pytest

from enrich.alphabets import why_doubtful

KNOWN = frozenset({"gmail.com"})


@pytest.mark.parametrize(
    ("local", "domain"),
    [
        ("\u0430nn", "example.com"),
        ("ann", "ex\u0430mple.com"),
        ("ann", "\u0430\u0440\u0440\u04cf\u0435.com"),
        ("\u03b1nn", "example.com"),
        ("\u0578nn", "example.com"),
        ("ann", "g\u043eogle.com"),
        ("аβв", "example.com"),
        ("нет\u4e2d", "почта.рф"),
    ],
)
def test_two_alphabets_in_one_word(local: str, domain: str) -> None:
    assert why_doubtful(local, domain) == "mixed alphabets"


@pytest.mark.parametrize(
    ("local", "domain"),
    [("ann", "\u0261mail.com"), ("\u0251nn", "example.com"), ("ann", "gma\u0131l.com")],
)
def test_letters_that_look_like_others(local: str, domain: str) -> None:
    assert why_doubtful(local, domain, KNOWN) == "look-alike letters"


@pytest.mark.parametrize(
    ("local", "domain"),
    [
        ("ann", "example.com"),
        ("анна", "почта.рф"),
        ("анна", "example.com"),
        ("ann", "сор.рф"),
        ("сор", "почта.рф"),
        ("josé", "exämple.de"),
        ("győző", "árvíztűrő.hu"),
        ("ştefan", "țară.ro"),
        ("šime", "đuro.hr"),
        ("łukasz", "żółw.pl"),
        ("ışık", "örnek.com"),
        ("ann1", "почта2.рф"),
        ("анна-1_2.я", "example.com"),
        ("山田たろう", "例え.jp"),
        ("김철수", "example.com"),
    ],
)
def test_an_address_in_honest_letters(local: str, domain: str) -> None:
    assert why_doubtful(local, domain, KNOWN) is None
