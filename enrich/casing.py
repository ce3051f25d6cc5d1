"""The casing of names typed all in capitals or all in small letters."""

import re

from enrich.folding import folded

WORD = re.compile(r"[^\W\d_]+")
INITIAL = re.compile(r"[^\W\d_]\.?|[^\W\d_]{1,2}\.")


def is_shouted(words: list[str]) -> bool:
    """Is the whole name in capitals, so that they say nothing?"""
    return not any(letter.islower() for word in words for letter in word)


def repaired(words: list[str], low: frozenset[str], *, shouted: bool) -> list[str]:
    """`words` of one part of a name with capitals where names have them; a word in mixed case is left as it is.

    The words of `low` (von, de, al; folded) stay low beside another word. Two capitals in a name that is not
    `shouted` as a whole may be initials and stay.
    """
    return [_repaired(word, len(words) > 1 and folded(word) in low, shouted) for word in words]


def _repaired(word: str, low: bool, shouted: bool) -> str:
    if word.islower():
        return word if low else WORD.sub(_capitalised, word)
    if not word.isupper() or len(word) == 1 or (len(word) == 2 and not shouted):
        return word
    return word.lower() if low else WORD.sub(_capitalised, word)


def _capitalised(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    # O'NEIL -> O'Neil, but NATAL'YA -> Natal'ya.
    if start > 2 and text[start - 1] in "'’" and text[start - 2].isalpha():
        return match[0].lower()
    # title() and not upper(): Georgian and the Croatian digraphs have capitals of their own for it.
    return match[0][0].title() + match[0][1:].lower()
