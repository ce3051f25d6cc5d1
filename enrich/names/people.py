"""Several people in one name cell, taken apart where that is certain."""

import re

from enrich.names.cells import LONGEST, Name, read_name
from enrich.names.given import EAST_SLAVIC, is_given
from enrich.names.words import KINDS, Kind, generation, is_conjunction, lexicon, tokens

CYRILLIC = re.compile(r"[\u0400-\u04FF]")
# Between the people of a list.
LIST = re.compile(r"[,;/|\n]")
# Endings of East Slavic surnames of several people, and what a man and a woman of the family are called.
FAMILIES = (("ские", "ский", "ская"), ("цкие", "цкий", "цкая"), ("ські", "ський", "ська"), ("цькі", "цький", "цька"),
            ("овы", "ов", "ова"), ("евы", "ев", "ева"), ("ёвы", "ёв", "ёва"), ("ины", "ин", "ина"))  # fmt: skip


def people(text: str, language: str) -> list[str]:
    """The people whom `text` names, one text each: `Anna & Paul Müller` -> `Anna Müller`, `Paul Müller`.

    A surname that stands once is everybody's, in its own gender (`Иван и Мария Петровы`). A text that names one
    person, or several without saying who is who, is answered whole.
    """
    if len(text) > LONGEST:
        return [text]
    pieces = _pieces(text)
    if len(pieces) < 2:
        listed = [" ".join(piece.split()) for piece in LIST.split(text) if piece.strip()]
        return listed if len(listed) > 1 and all(_is_sure(piece, language) for piece in listed) else [text]
    if all(map(_is_whole, (read_name(piece, None, None, None, language) for piece in pieces))):
        return pieces
    return _of_one_family(pieces, language) or [text]


def _pieces(text: str) -> list[str]:
    pieces: list[list[str]] = [[]]
    for word in text.replace("&", " & ").split():
        if is_conjunction(word):
            pieces.append([])
        else:
            pieces[-1].append(word)
    if len(pieces) > 1:
        pieces = [side.split() for piece in pieces for side in LIST.split(" ".join(piece))]
    return [" ".join(piece) for piece in pieces if piece]


def _is_sure(piece: str, language: str) -> bool:
    """Of what a list sign parts, only what is a whole person in itself: a comma also stands within a name."""
    name = read_name(piece, None, None, None, language)
    if not _is_whole(name) or all(map(is_given, (name.family_name or "").split())):
        return False
    given = (name.given_name or "").split()
    return bool(name.patronymic) or all(_is_initial(word) or is_given(word) for word in given)


def _is_initial(word: str) -> bool:
    return len(word.strip(".")) == 1


def _is_whole(name: Name) -> bool:
    return bool(name.family_name and name.given_name) and not name.flags


def _of_one_family(pieces: list[str], language: str) -> list[str]:
    """The surname stands beside the first person or beside the last; empty where it is not certain whose it is."""
    for place in (-1, 0):
        whole, others = pieces[place], [piece for piece in pieces if piece is not pieces[place]]
        name = read_name(whole, None, None, None, language)
        kinds = [_kinds(piece, language) for piece in others]
        if not name.family_name or name.flags or not all(map(_has_no_family, kinds)):
            continue
        if not name.given_name and any(kind.role == "name" for of in kinds for kind in of):
            continue
        family = " ".join(
            word for word in name.family_name.split() if not generation(word)
        )  # one of them is the Jr.
        return _named([whole if piece is whole else piece for piece in pieces], whole, family, language)
    return []


def _named(pieces: list[str], whole: str, family: str, language: str) -> list[str]:
    first = whole.split(maxsplit=1)[0].casefold() == family.split(maxsplit=1)[0].casefold()
    bare = " ".join(word for word in whole.split() if word.casefold() not in family.casefold().split())
    given = [bare if piece is whole else piece for piece in pieces]
    families = [_family_of(piece, family, language) for piece in given]
    if not all(families):
        return []
    return [f"{of} {piece}" if first else f"{piece} {of}" for piece, of in zip(given, families, strict=True)]


def _family_of(given: str, family: str, language: str) -> str:
    """The surname as a person of this given name has it; empty where the person's gender is not known."""
    if language not in EAST_SLAVIC[:3] and not CYRILLIC.search(family):
        return family
    gender = read_name(given, None, None, None, language).gender
    for several, man, woman in FAMILIES:
        if family.endswith(several):
            own = {"male": man, "female": woman}.get(gender or "")
            return family.removesuffix(several) + own if own else ""
    kind = _kinds(family, language)[-1]
    return family if kind.family_gender in (None, "weak", gender) else ""


def _kinds(text: str, language: str) -> list[Kind]:
    return [KINDS[lexicon(language)[token].kind] for token in tokens(text)]


def _has_no_family(kinds: list[Kind]) -> bool:
    """Nothing but titles, given names and patronymics."""
    return all(kind.role in ("title", "patronymic") or kind.known for kind in kinds)
