"""What speaks against two contacts being one, so much so that no rule joins them: only a person may."""

from collections.abc import Mapping
from typing import Any


def conflicts(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Why these contacts (field -> value) are hardly one, in words and without a value; empty where nothing does.

    Registrations of one register that have nothing in common, two birthdays, two genders, a person and an organisation.
    The same is said of leads that exact keys would join in `contradicting`, and of pairs that a model weighs in
    `dedupe.scoring.likeness` (BARRED): who changes one changes the others.
    """
    found = ["one is a person, the other an organisation"] if one["kind"] != other["kind"] else []
    mine, theirs = (_registrations(contact["registrations"]) for contact in (one, other))
    found += [f"their registrations differ ({register})" for register in sorted(mine.keys() & theirs.keys())
              if not mine[register] & theirs[register]]  # fmt: skip
    if not _same_day(one["birthday"], other["birthday"]):
        found.append("their birthdays differ")
    if one["gender"] and other["gender"] and one["gender"] != other["gender"]:
        found.append("their genders differ")
    return found


def _registrations(text: str | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in (text or "").split("|"):
        register, _, number = one.partition(":")
        if number:
            found.setdefault(register, set()).add(number)
    return found


def _same_day(one: str | None, other: str | None) -> bool:
    """Whether two birthdays may be one: `--03-07` has no year."""
    if not one or not other or one == other:
        return True
    return "--" in (one[:2], other[:2]) and one[-5:] == other[-5:]
