"""One part of an address, between commas -> what its words are; what was read of one serves others like it.

What a name without a marker means is left to `enrich.places.addresses`.
"""

import re
from functools import lru_cache

from enrich.places.reader import PartReader, Piece
from enrich.places.styles import Style

DIGITS = re.compile(r"[0-9]+")
# What stands for the first, second … run of digits.
STAND_INS = "7896"
LOOKED_UP = frozenset({"name", "place", "city", "region", "district"})


def read_part(text: str, style: Style, country: str | None) -> tuple[Piece, ...]:
    """The pieces of one part, in order.

    What a number is does not hang on its digits, so a part is read with others in their place and what was read is
    kept: `ул. Ленина, д. 5` and `д. 17` cost one reading. Where the digits came together or into a name, they count.
    """
    runs = DIGITS.findall(text)
    if not 0 < len(runs) <= len(STAND_INS):
        return _read(text, style, country)[0]
    digits = {sign * len(run): run for sign, run in zip(STAND_INS, runs, strict=False)}
    pieces, numbered = _read(_with_stand_ins(text, runs, list(digits)), style, country)
    restored = list(pieces)
    for place in numbered:
        kind, stated = pieces[place]
        own = digits.get(stated) or _restored(stated, digits)
        if own is None or kind in LOOKED_UP:
            return _read(text, style, country)[0]
        restored[place] = Piece(kind, own)
    return tuple(restored)


def _with_stand_ins(text: str, runs: list[str], stand_ins: list[str]) -> str:
    if len(runs) == 1:
        return text.replace(runs[0], stand_ins[0])
    following = iter(stand_ins)
    return DIGITS.sub(lambda _: next(following), text)


def _restored(text: str, digits: dict[str, str]) -> str | None:
    """`text` with its own digits; null where two numbers have become one."""
    if any(run not in digits for run in DIGITS.findall(text)):
        return None
    return DIGITS.sub(lambda run: digits[run[0]], text)


@lru_cache(maxsize=1 << 16)
def _read(text: str, style: Style, country: str | None) -> tuple[tuple[Piece, ...], tuple[int, ...]]:
    """The pieces of a part as it stands, and the places of those with digits."""
    pieces = tuple(PartReader(text, style, country).read())
    return pieces, tuple(place for place, piece in enumerate(pieces) if DIGITS.search(piece.text))
