"""Whose a column is: the person's of the row, or that of somebody who stands beside this person.

The words stand in `sources/data/parties.toml`.
"""

from functools import cache, lru_cache

from sources import headwords

RECEIVER, RELATIVE, CHILD, SENDER, COLLEAGUE, STAFF = 1, 1, 2, 3, 3, 4
FAR = {
    "receiver": RECEIVER, "relative": RELATIVE, "child": CHILD, "sender": SENDER, "colleague": COLLEAGUE,
    "staff": STAFF,
}  # fmt: skip


@cache
def _parties() -> list[tuple[int, headwords.Pattern, bool]]:
    """How far, the phrase, and whether it must be the whole header."""
    table = headwords.read("parties")
    return [
        (FAR[name], headwords.pattern(phrase), phrase.startswith("="))
        for name, phrases in table.items()
        for phrase in phrases
    ]


@lru_cache(maxsize=20_000)
def distance(told: tuple[str, ...]) -> int:
    """How far the people that the words of a header name are from the person of the row.

    0 where they name nobody, then a receiver or a relative, a child, a sender or an employee, and last
    who serves the person.
    """
    return max(
        (
            far
            for far, phrase, alone in _parties()
            for at in range(len(told))
            if headwords.stands(phrase, at, told) and (not alone or len(phrase) == len(told))
        ),
        default=0,
    )
