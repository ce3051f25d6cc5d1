"""Folded spellings: what two ways of writing the same word have in common."""

from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """`text` transliterated to ASCII, lower case, letters and digits only: `«Ромашка» № 5` -> `romashkano5`."""
    return "".join(filter(str.isalnum, anyascii(text).casefold()))


@lru_cache(maxsize=1 << 16)
def name_key(text: str) -> str:
    """`text` as a name to compare by: folded, letters only.

    South Slavic đ/ђ is written đ, d and dj by the same person, so dj counts as d.
    """
    return "".join(filter(str.isalpha, folded(text))).replace("dj", "d")


def folded_set(words: Iterable[str]) -> frozenset[str]:
    """The folded spellings of `words`."""
    return frozenset(folded(word) for word in words)
