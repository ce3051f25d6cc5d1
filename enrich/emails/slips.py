"""Mail domains written with a slip of the finger: which well-known one was probably meant."""

import string
from collections.abc import Iterator
from functools import cache

from enrich.emails.mailboxes import free_domains
from enrich.tables import table

SIGNS = string.ascii_lowercase + string.digits + "-"
# Of a shorter name, one letter more or less is a word of its own (mai.ru, mil.ru), and of a very short one any other.
LONG_NAME, SHORT_NAME = 5, 4


def meant_domain(domain: str) -> str | None:
    """The well-known domain that an ASCII `domain` is a misspelling of, if it is surely none in its own right."""
    return misspelt_domains().get(domain)


@cache
def misspelt_domains() -> dict[str, str]:
    """Misspelt domain -> the one meant, of all the slips that are understood."""
    words = table("misspelt_domains")
    found = dict(words["misspelt"])
    for meant in words["meant"]:
        for slip in _slips(meant):
            found.setdefault(slip, meant)
    for known in (*words["meant"], *words["neighbours"], *free_domains()):
        found.pop(known, None)
    return found


def _slips(meant: str) -> Iterator[str]:
    name, _, end = meant.rpartition(".")
    yield from (f"{slip}.{end}" for slip in _of_a_name(name))
    words = table("misspelt_domains")
    traps = words["traps"].get(end, []) if len(name) >= LONG_NAME else []
    existing = set(words["ends"]).difference(traps)
    ends = {*_swapped(end), *_lost(end), *_added(end), *_other(end)} - existing
    yield from (f"{name}.{slip}" for slip in ends if slip[-1:].isalpha())


def _of_a_name(name: str) -> Iterator[str]:
    if len(name) >= LONG_NAME:
        yield from _lost(name)
        yield from _added(name)
        # Another first letter is rather another name: hmail, ymail.
        yield from (slip for slip in _other(name) if slip[0] == name[0])
    if len(name) >= SHORT_NAME:
        yield from _swapped(name)
        yield from (name[:place] + name[place] + name[place:] for place in range(len(name)))


def _swapped(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))


def _lost(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))


def _added(word: str) -> Iterator[str]:
    return (word[:i] + sign + word[i:] for i in range(len(word) + 1) for sign in SIGNS)


def _other(word: str) -> Iterator[str]:
    return (word[:i] + sign + word[i + 1 :] for i in range(len(word)) for sign in SIGNS)
