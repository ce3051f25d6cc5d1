"""Letters of another alphabet."""

import pytest

from enrich.alphabets import mixes_alphabets


@pytest.mark.parametrize(
    ("local", "domain"),
    [
        ("\u0430nn", "example.com"),
        ("ann", "ex\u0430mple.com"),
        ("ann", "\u0430\u0440\u0440\u04cf\u0435.com"),
        ("\u03b1nn", "example.com"),
    ],
)
def test_an_address_that_may_be_taken_for_another(local: str, domain: str) -> None:
    assert mixes_alphabets(local, domain)


@pytest.mark.parametrize(
    ("local", "domain"),
    [
        ("ann", "example.com"),
        ("анна", "почта.рф"),
        ("анна", "example.com"),
        ("ann", "сор.рф"),
        ("josé", "exämple.de"),
        ("ann1", "почта2.рф"),
    ],
)
def test_an_address_in_honest_letters(local: str, domain: str) -> None:
    assert not mixes_alphabets(local, domain)
