"""Which word of a name is what.

The order is read from the words themselves where they tell (a patronymic, a known given name, an initial, capitals,
a surname's ending), else from the language: family name first in Hungarian, given name first elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

from enrich.names.given import EAST_SLAVIC, OWN, SURNAME, UNKNOWN
from enrich.names.words import Kind

# How much likelier the family name stands first than last without a comma, on the scale of `Kind.likeness`.
FAMILY_FIRST = {"hu": 5, "de": -8, "en": -10}
# Languages in which a second surname follows the first more often than a second given name that is not known.
TWO_SURNAMES = ("hr", "bs", "sr", "sl", "me", "es", "pt")
# Initials of more letters than anyone has; a legal form may be spelled so.
MANY_INITIALS = 3
# Words that are parts of a name, not beside it.
NAME_ROLES = ("name", "initial", "patronymic", "tail")
Places = tuple[int, ...]


class Parts(NamedTuple):
    """The places of a name's words by what they are."""

    family: Places = ()
    given: Places = ()
    patronymic: Places = ()


class Plan(NamedTuple):
    """How names of one shape are read: the places of their words by part, and what the shape tells besides.

    `key_is_given`: the given name is one word written out, whose key is the name's.
    """

    parts: Parts
    title: Places
    mark: str
    gender: str | None
    shouted: bool
    suspect: bool
    key_is_given: bool


def plan(kinds: Sequence[Kind], language: str) -> Plan:
    """The plan for one person's name of words of these `kinds` in order; `language` is a code such as `ru`."""
    sides = _sides(kinds)
    if not sides:
        return _planned(kinds, Parts())
    if len(sides) == 1:
        return _planned(kinds, _parts(sides[0], kinds, language))
    others = [place for side in sides[1:] for place in side]
    return _planned(kinds, _of_sides(sides[0], others, kinds, language))


def plan_of_columns(family: Sequence[Kind], given: Sequence[Kind], father: Sequence[Kind]) -> Plan:
    """The plan for words that stand in columns of their own, one after the other."""
    first, second, third = (
        [place for side in _sides(kinds) for place in side] for kinds in (family, given, father)
    )
    second = [len(family) + place for place in second]
    third = [len(family) + len(given) + place for place in third]
    kinds = [*family, *given, *father]
    if (
        not third
        and len(second) > 1
        and kinds[second[-1]].role == "patronymic"
        and _may_follow(kinds[second[-2]], kinds[second[-1]])
    ):
        second, third = second[:-1], second[-1:]
    return _planned(kinds, Parts(tuple(first), tuple(second), tuple(third)))


def _planned(kinds: Sequence[Kind], parts: Parts) -> Plan:
    cases = {kinds[place].case for part in parts for place in part}
    mark = "".join(kind.mark for kind in kinds)
    return Plan(
        _with_marks(kinds, parts) if mark else parts,
        tuple(place for place, kind in enumerate(kinds) if kind.role == "title"),
        mark,
        _gender(kinds, parts),
        "upper" in cases and "mixed" not in cases,
        any(kind.suspect for kind in kinds) or sum(kind.role == "initial" for kind in kinds) >= MANY_INITIALS,
        not mark and len(parts.given) == 1 and kinds[parts.given[0]].role != "initial",
    )


def _with_marks(kinds: Sequence[Kind], parts: Parts) -> Parts:
    """Smith Jr., ifj. Nagy: what tells father and son apart is shown with the family name; in front of it where the
    whole name begins so.
    """
    part = "family" if parts.family else "given"
    names: Places = getattr(parts, part)
    if not names:
        return parts
    first = min(min(places) for places in parts if places)
    marks = [place for place, kind in enumerate(kinds) if kind.mark]
    before, behind = (place for place in marks if place < first), (place for place in marks if place > first)
    return parts._replace(**{part: (*before, *names, *behind)})


def _sides(kinds: Sequence[Kind]) -> list[list[int]]:
    """The places of the names, cut at commas; without the maiden name: all behind its mark where the name is whole
    before it, else one word.
    """
    sides: list[list[int]] = [[]]
    maiden = False
    for place, kind in enumerate(kinds):
        if kind.role == "comma":
            sides.append([])
        elif kind.role in NAME_ROLES:
            if not maiden:
                sides[-1].append(place)
            maiden = maiden and (kind.particle or len(sides) > 1 or len(sides[0]) > 1)
        maiden = (kind.role == "birth" and bool(sides[0])) or (maiden and kind.role != "comma")
    return [side for side in sides if side]


def _of_sides(family: list[int], others: list[int], kinds: Sequence[Kind], language: str) -> Parts:
    """`Family, Given Patronymic`; or a name and a remark, when the name is whole without it."""
    if len(family) > 1 and any(kinds[at].known for at in family) and not _may_be_given(kinds[others[0]]):
        return _parts(family, kinds, language)
    if len(others) > 1 and kinds[others[-1]].role in ("patronymic", "tail"):
        start = -2 if kinds[others[-1]].role == "tail" and len(others) > 2 else -1
        return Parts(tuple(family), tuple(others[:start]), tuple(others[start:]))
    if language in EAST_SLAVIC and [kinds[at].role for at in others] == ["initial", "initial"]:
        return Parts(tuple(family), tuple(others[:1]), tuple(others[1:]))
    return Parts(tuple(family), tuple(others))


def _may_be_given(kind: Kind) -> bool:
    return kind.known or kind.role in ("initial", "patronymic")


def _parts(names: list[int], kinds: Sequence[Kind], language: str) -> Parts:
    if place := _patronymic_place([kinds[at] for at in names], language):
        return _around_patronymic(names, *place)
    initials = [at for at in names if kinds[at].role == "initial"]
    if len(initials) == len(names):
        return Parts((), tuple(names))
    if initials:
        return _with_initials(names, initials, kinds, language)
    if len(names) == 1:
        alone = _is_family_alone(kinds[names[0]], language)
        return Parts(tuple(names), ()) if alone else Parts((), tuple(names))
    words = [kinds[at] for at in names]
    if _family_first(words, language):
        split = _end_of_family(words, language)
        return Parts(tuple(names[:split]), tuple(names[split:]))
    split = _start_of_family(words, language)
    return Parts(tuple(names[split:]), tuple(names[:split]))


def _patronymic_place(words: list[Kind], language: str) -> tuple[int, int] | None:
    """First word of the patronymic and the first behind it; never the first word of the name."""
    for at in range(2, len(words)):
        if words[at].role == "tail":
            return at - 1, at + 1
    found = [at for at in range(1, len(words)) if words[at].role == "patronymic" and _is_in_place(at, words)]
    if not found or not (len(words) > 2 or _is_sure(words[found[-1]], language)):
        return None
    # Роман Аркадьевич Абрамович, Абрамович Роман Аркадьевич.
    at = found[0] if len(found) > 1 and words[0].known else found[-1]
    return at, at + 1


def _is_in_place(at: int, words: list[Kind]) -> bool:
    """Behind the given name of a child of the same gender. One in -ич alone counts beside a surname only."""
    if at == len(words) - 1 and not _may_follow(words[at - 1], words[at]):
        return False
    if words[at].likeness > SURNAME:
        return True
    return len(words) == 3 and ((at == 1 and words[0].known) or (at == 2 and not words[0].known))


def _may_follow(given: Kind, patronymic: Kind) -> bool:
    return given.role != "initial" and given.gender in (None, patronymic.gender)


def _is_sure(patronymic: Kind, language: str) -> bool:
    strong = patronymic.likeness > SURNAME and language in EAST_SLAVIC[:3] and patronymic.cyrillic
    return strong or patronymic.gender == "female"


def _around_patronymic(names: list[int], start: int, end: int) -> Parts:
    """Given name, patronymic, family name; or the family name first."""
    if end < len(names):
        return Parts(tuple(names[end:]), tuple(names[:start]), tuple(names[start:end]))
    return Parts(tuple(names[: start - 1]), tuple(names[start - 1 : start]), tuple(names[start:end]))


def _with_initials(names: list[int], initials: list[int], kinds: Sequence[Kind], language: str) -> Parts:
    full = [at for at in names if at not in initials]
    if (
        len(full) > 1
        and not all(kinds[at].particle for at in full[:-1])
        and not _around_initials(names, initials, kinds)
    ):
        # John A. Smith: beside a given name written out the initial is one more of it.
        read = _parts(full, kinds, language)
        return read._replace(given=tuple(at for at in names if at not in read.family + read.patronymic))
    if (
        len(initials) == 1
        and len(full) == 1
        and names[-1] == initials[0]
        and _is_given_alone(kinds[full[0]], language)
    ):
        return Parts(tuple(initials), tuple(full))
    if language in EAST_SLAVIC[:3] or kinds[full[0]].cyrillic:
        return Parts(tuple(full), tuple(initials[:1]), tuple(initials[1:]))
    return Parts(tuple(full), tuple(initials))


def _around_initials(names: list[int], initials: list[int], kinds: Sequence[Kind]) -> bool:
    """J. R. Marić Kovač: surnames alone beside initials at one end."""
    together = names[: len(initials)] == initials or names[-len(initials) :] == initials
    return together and not any(kinds[at].known for at in names if at not in initials)


def _family_first(words: list[Kind], language: str) -> bool:
    first, last = words[0], words[-1]
    if (first.case == "upper") != (last.case == "upper"):
        return first.case == "upper"
    if first.particle and not first.known:
        return True
    custom = 0 if first.cyrillic else FAMILY_FIRST.get(language, 0)
    return last.likeness - first.likeness + custom > 0


def _end_of_family(words: list[Kind], language: str) -> int:
    """Family name first: it is the first word, and the surnames right behind it."""
    end = 1
    if len(words) > 2 and language == "hu" and words[0].family_gender and words[1].likeness < OWN:
        end = 2  # Nagyné Kiss Anna
    while end < len(words) - 1 and words[end - 1].particle:
        end += 1
    while end < len(words) - 1 and words[end].likeness < UNKNOWN:
        end += 1
    return end


def _start_of_family(words: list[Kind], language: str) -> int:
    """Given name first: the family name begins with a particle, or is the last word and surnames right before it."""
    for at in range(1, len(words) - 1):
        if words[at].particle:
            return at
    start = len(words) - 1
    while start > 1 and _is_surname(words[start - 1], language):
        start -= 1
    return start


def _is_surname(kind: Kind, language: str) -> bool:
    return kind.likeness < UNKNOWN or (language in TWO_SURNAMES and not kind.known)


def _is_family_alone(kind: Kind, language: str) -> bool:
    return kind.likeness < UNKNOWN or (language == "hu" and not kind.known)


def _is_given_alone(kind: Kind, language: str) -> bool:
    return kind.known and (language != "hu" or kind.likeness == OWN)


def _gender(kinds: Sequence[Kind], parts: Parts) -> str | None:
    """By title, patronymic, given name and surname; null where none of them tells or two contradict."""
    told = [kind.gender for kind in kinds if kind.role == "title"]
    told += [kinds[at].gender for at in parts.patronymic]
    if stated := next(filter(None, told), None):
        return stated
    names = [kinds[at] for at in parts.given]
    given = next((kind.gender for kind in names if kind.gender), None)
    families = [kinds[at].family_gender for at in parts.family]
    family = next((gender for gender in reversed(families) if gender), None)
    if family == "weak":
        return given or ("female" if names and names[0].ending == "a" else None)
    if given and family:
        return given if given == family else None
    if given or not names or not family:
        return given
    return None if family == "male" and names[0].ending == "a" else family
