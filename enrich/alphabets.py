"""Look-alikes: letters of another alphabet inside a word."""

import unicodedata
from functools import lru_cache

ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
# Cyrillic letters that look like Latin ones; Chromium's IDN policy shows a name made of these alone as Punycode.
LATIN_LOOKALIKES = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡ")


def mixes_alphabets(local: str, domain: str) -> bool:
    """May the address be taken for another: Latin with Cyrillic or Greek in one label, or a label of Cyrillic
    look-alikes beside a Latin top-level domain? After UTS #39 and the IDN policy of browsers."""
    if local.isascii() and domain.isascii():
        return False
    labels = domain.split(".")
    latin_end = labels[-1].isascii()
    return any(_mixed(label) or (latin_end and _disguised(label)) for label in (local, *labels))


def _mixed(label: str) -> bool:
    return len({_alphabet(c) for c in label} - {None}) > 1


def _disguised(label: str) -> bool:
    letters = [c for c in label.casefold() if c.isalpha()]
    return bool(letters) and LATIN_LOOKALIKES.issuperset(letters)


@lru_cache(maxsize=4096)
def _alphabet(character: str) -> str | None:
    name = unicodedata.name(character, "")
    return next((alphabet for alphabet in ALPHABETS if name.startswith(alphabet)), None)
