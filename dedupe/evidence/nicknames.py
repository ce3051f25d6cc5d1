"""Pet forms of given names: Дима is Дмитрий, Bob is Robert, Pista is István."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "nicknames.toml"


@cache
def roots(key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """By the `key` of a given name, the names that it may stand for, a full name for itself too.

    Names without pet forms are not there.
    """
    found: dict[str, set[str]] = {}
    for text in tomllib.loads(DATA.read_text(encoding="utf-8")).values():
        for line in text.split("\n"):
            full, colon, pets = line.partition(":")
            if colon:
                names = [key(name) for name in full.split()]
                for name in names:
                    found.setdefault(name, set()).add(name)
                for pet in map(key, pets.split()):
                    found.setdefault(pet, set()).update(names)
    return {name: tuple(sorted(of)) for name, of in found.items()}
