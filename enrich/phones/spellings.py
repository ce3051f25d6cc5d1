"""Plain spellings of phone numbers, a column at once: what `read_number` looks at in them is the + and the digits.

Around the number may stand what `read_number` skips: a label before it, an extension or a remark behind it. Most texts
are looked at byte by byte, all at once; the few that this does not settle, with the patterns. They are in RE2's syntax;
\\x{A0} is the no-break space.
"""

import re
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enrich.phones.plans import FEWEST_DIGITS, LONG, MOST_DIGITS, TOO_MANY
from enrich.phones.reader import DAMAGED, MAX_LENGTH, NOT_A_NUMBER
from enrich.phones.slips import AMONG_DIGITS, LETTERS, LOOK_ALIKES_OF
from enrich.phones.slips import FEWEST_DIGITS as FEWEST_AMONG_LETTERS
from enrich.tables import table

INSIDE = r" \x{A0}().\-–—"
BETWEEN = rf"{INSIDE}/"
# Quotes and = are a spreadsheet's.
AROUND = r"'\"= \x{A0}"
# No bracket is closed between + and digit: without what is in it, there would be no +.
NUMBER = rf"(?:\+[ \x{{A0}}(.\-–—/]*)?[0-9][0-9{BETWEEN}]*"
# Nothing but the number, in a spreadsheet's quotes.
PLAIN = rf"^[{AROUND}]*[{BETWEEN}]*{NUMBER}[{AROUND}]*$"
# 79161234567.0: a spreadsheet took the number for a quantity.
DECIMAL = rf"^[{AROUND}]*(?P<number>\+?[0-9]{{6,15}})[.,]0{{1,2}}[{AROUND}]*$"
LETTER = r"A-Za-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{17E}\x{218}-\x{21B}\x{400}-\x{481}\x{48A}-\x{4FF}"
LABEL = rf"[{LETTER}{AROUND}{BETWEEN}:]{{1,30}}"
REMARK = rf"[ \x{{A0}},;]+[{LETTER}]{{2}}[{LETTER} \x{{A0}}.,\-]*"
EMPTY_BRACKETS = r"\([^0-9()]*\)"
LETTERS_FOR_DIGITS = "^" + AMONG_DIGITS.replace(r"\xA0", r"\x{A0}") + "$"
LETTERS_APART = rf"(?:^|[^0-9{LETTERS}])[{LETTERS}]+(?:[^0-9{LETTERS}]|$)"
# Nothing that may be a digit, and no spreadsheet's error; or a + between digits.
NO_NUMBER = r"^(?:[^\p{Nd}#]*|[0-9 ().\-/+]*[0-9][ ().\-/]*\+[ ().\-/+]*[0-9][0-9 ().\-/+]*)$"
# 7.9161E+10: fewer digits than the number had.
SCIENTIFIC = rf"^[{AROUND}]*[0-9][.,](?P<digits>[0-9]+)[Ee]\+?(?P<count>[0-9]{{1,3}})[{AROUND}]*$"
NOTHING_ELSE = rf"^[{AROUND}{BETWEEN}\t0-9+]*$"
# What the bytes of a text are, counted for all texts in one pass: each count in 8 bits of 32.
DIGIT, PLUS, QUOTE, OTHER = (1 << bits for bits in (0, 8, 16, 24))
COUNTED = np.full(256, OTHER, np.uint32)
COUNTED[list(b" ().-/")] = 0
COUNTED[list("'\"=\u00a0–—".encode())] = QUOTE
COUNTED[list(b"0123456789")] = DIGIT
COUNTED[ord("+")] = PLUS
POWERS = 10 ** np.arange(MOST_DIGITS + 1)
# The repairs that a text may need, as bits.
DECIMAL_SIGN, LETTERS_IN_IT, LOST_PLUS, LOST_ZERO = 1, 2, 4, 8
REPAIRS = {
    DECIMAL_SIGN: "decimal", LETTERS_IN_IT: "letters for digits", LOST_PLUS: "lost plus", LOST_ZERO: "lost zero"
}  # fmt: skip


class Stated:
    """What each of many texts states, as arrays: its `key` (`phones.plans`; 0 where the text is not plain), its count
    of `digits`, and whether there is a `plus`. `bare`: there is nothing but the number; `noughts`: it begins with 00;
    `if_valid`: only a valid number is surely meant; `repairs`: made already. `flag`, of what is surely no number, and
    `ext` are lists of rows with their texts."""

    def __init__(self, count: int) -> None:
        self.key = np.zeros(count, np.int64)
        self.digits = np.zeros(count, np.int64)
        self.plus, self.bare, self.noughts, self.if_valid = np.zeros((4, count), dtype=bool)
        self.repairs = np.zeros(count, np.int8)
        self.flag: list[tuple[np.ndarray, str]] = []
        self.ext: tuple[np.ndarray, pa.Array] = (np.zeros(0, np.int64), pa.array([], pa.string()))

    def put(self, rows: np.ndarray, numbers: pa.Array, **others: Any) -> None:
        """Say of some `rows` which numbers they state, each text with a + before its digits or none."""
        _, counts = _counted(numbers)
        digits, plus = counts & 255, counts >> 8 & 255
        some = np.flatnonzero(_countable(digits) & (plus <= 1))
        rows = rows[some]
        self.key[rows], self.digits[rows] = _keys(_digits(numbers.take(pa.array(some))), digits[some])
        self.plus[rows] = plus[some] == 1
        for name, values in others.items():
            getattr(self, name)[rows] = values[some] if isinstance(values, np.ndarray) else values


def plain(texts: pa.Array) -> Stated:
    """What the plain ones of `texts` state."""
    short = pc.less_equal(pc.binary_length(texts), MAX_LENGTH).fill_null(False)
    texts = pc.if_else(short, texts, "")
    stated = Stated(len(texts))
    quick = _put_quick(stated, texts)
    left = np.flatnonzero(~quick & short.to_numpy(zero_copy_only=False))
    for put in (_put_quoted, _put_decimal, _put_with_letters, _flag_hopeless, _put_worded):
        if len(left):
            left = left[~put(stated, left, texts.take(pa.array(left)))]
    # Two noughts are tried as a + only where the whole text begins with them.
    doubtful = (stated.key > 0) & ~stated.plus & (stated.key < POWERS[stated.digits] + POWERS[stated.digits - 2])
    stated.key[doubtful & ~stated.noughts | (stated.key >= LONG) & stated.noughts] = 0
    return stated


def _put_quick(stated: Stated, texts: pa.Array) -> np.ndarray:
    """The numbers with nothing but brackets and dashes among the digits; which rows those are."""
    ends, counts = _counted(texts)
    data = _bytes(texts)
    if not len(data):
        return np.zeros(len(texts), dtype=bool)
    digits, first = counts & 255, np.minimum(ends[:-1], len(data) - 1)
    second, last = np.minimum(first + 1, len(data) - 1), ends[1:] - 1
    plus = (counts >> 8 == 1) & (data[first] == ord("+")) & (COUNTED[data[second]] == DIGIT)
    decimal = (data[last] == ord("0")) & (
        (data[last - 1] == ord(".")) | (data[np.maximum(last - 2, 0)] == ord("."))
    )
    quick = ((counts == digits) | plus) & _countable(digits)
    quick &= ~decimal & (data[last] != ord(" "))
    rows = np.flatnonzero(quick)
    stated.key[rows], stated.digits[rows] = _keys(_digits(texts).take(pa.array(rows)), digits[rows])
    stated.plus[rows], stated.bare[rows] = plus[rows], True
    stated.noughts[rows] = ((data[first] == ord("0")) & (data[second] == ord("0")))[rows]
    return quick


def _put_quoted(stated: Stated, rows: np.ndarray, texts: pa.Array) -> np.ndarray:
    """Numbers in a spreadsheet's quotes, with no-break spaces, or with long dashes."""
    ours = _matches(texts, PLAIN) & ~_matches(texts, DECIMAL)
    some = texts.filter(pa.array(ours))
    stated.put(rows[ours], some, bare=True, noughts=_matches(some, rf"^[{AROUND}]*00"))
    return ours


def _put_decimal(stated: Stated, rows: np.ndarray, texts: pa.Array) -> np.ndarray:
    """Numbers that a spreadsheet took for quantities."""
    ours = _matches(texts, DECIMAL)
    numbers = pc.struct_field(pc.extract_regex(texts.filter(pa.array(ours)), DECIMAL), "number")
    stated.put(rows[ours], numbers, bare=True, repairs=DECIMAL_SIGN)
    return ours


def _put_with_letters(stated: Stated, rows: np.ndarray, texts: pa.Array) -> np.ndarray:
    """Numbers with letters in place of digits (`phones.slips.without_letters`)."""
    ours = _matches(texts, LETTERS_FOR_DIGITS)
    some = texts.filter(pa.array(ours))
    mended = some
    for digit, letters in LOOK_ALIKES_OF.items():
        mended = pc.replace_substring_regex(mended, f"[{letters}]", digit)
    enough = (_counted(some)[1] & 255) >= FEWEST_AMONG_LETTERS
    fine = enough & ~_matches(some, LETTERS_APART) & _matches(mended, PLAIN)
    stated.put(rows[ours][fine], mended.filter(pa.array(fine)), if_valid=True, repairs=LETTERS_IN_IT)
    return ours


def _flag_hopeless(stated: Stated, rows: np.ndarray, texts: pa.Array) -> np.ndarray:
    """Texts without a number, and numbers of which a spreadsheet kept the first digits."""
    none = _matches(texts, NO_NUMBER) & ~_matches(texts, rf"^[{AROUND}]*00")
    parts = pc.extract_regex(texts, SCIENTIFIC)
    digits, count = (pc.struct_field(parts, name) for name in ("digits", "count"))
    damaged = pc.not_equal(pc.binary_length(digits), pc.cast(count, pa.int32()))
    damaged = pc.fill_null(damaged, False).to_numpy(zero_copy_only=False)
    stated.flag = [(rows[none], NOT_A_NUMBER), (rows[damaged], DAMAGED)]
    return none | damaged


def _put_worded(stated: Stated, rows: np.ndarray, texts: pa.Array) -> np.ndarray:
    """Numbers beside words, but not those of a fax."""
    parts = pc.extract_regex(texts, _with_words())
    unclear = _matches(texts, _fax()) | _matches(texts, NOTHING_ELSE)
    unclear |= _matches(texts, EMPTY_BRACKETS) & _field(parts, "remark")[1]
    ours = parts.is_valid().to_numpy(zero_copy_only=False) & ~unclear
    parts, rows = parts.filter(pa.array(ours)), rows[ours]
    (ext, extended), (_, remarked) = _field(parts, "ext"), _field(parts, "remark")
    stated.put(rows, pc.struct_field(parts, "number"), if_valid=extended | remarked)
    stated.ext = rows[extended], ext.filter(pa.array(extended))
    return ours


def _field(parts: pa.Array, name: str) -> tuple[pa.Array, np.ndarray]:
    """A group of a pattern, and where there is any of it."""
    texts = pc.struct_field(parts, name)
    return texts, pc.fill_null(pc.not_equal(texts, ""), False).to_numpy(zero_copy_only=False)


@cache
def _with_words() -> str:
    extension = (
        rf"[ \x{{A0}},;(.]*(?i:{_any_of('extension')})[ \x{{A0}}.:№#\-]*(?P<ext>[0-9]{{1,7}})[ \x{{A0}}).]*"
    )
    return rf"^(?:{LABEL})?(?P<number>{NUMBER})(?:{extension}|(?P<remark>{REMARK})|[{AROUND}{BETWEEN}]*)$"


@cache
def _fax() -> str:
    return f"(?i){_any_of('fax')}"


def _any_of(name: str) -> str:
    return "|".join(map(re.escape, table("phone_words")[name]))


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = pc.match_substring_regex(texts, pattern).fill_null(False).to_numpy(zero_copy_only=False)
    return found


def _bytes(texts: pa.Array) -> np.ndarray:
    """All bytes of all texts, one after the other."""
    if not len(texts):
        return np.zeros(0, np.uint8)
    ends = _ends(texts)
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]


def _ends(texts: pa.Array) -> np.ndarray:
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]


def _counted(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where each text begins among the bytes, and the end of the last; and what it has of each sort of byte."""
    if not len(texts):
        return np.zeros(1, np.int32), np.zeros(0, np.uint32)
    ends = _ends(texts)
    ends = ends - ends[0]
    data = _bytes(texts)
    before = np.zeros(len(data) + 1, np.uint32)
    np.cumsum(COUNTED[data], out=before[1:], dtype=np.uint32)
    return ends, np.diff(before[ends])


def _digits(texts: pa.Array) -> pa.Array:
    """The digits of each text. On the bytes themselves, because a regular expression takes five times as long."""
    counts = _counted(texts)[1]
    data = _bytes(texts)
    kept = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(counts & 255, out=kept[1:])
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(kept), pa.py_buffer(data[COUNTED[data] == DIGIT]))


def _countable(digits: np.ndarray) -> np.ndarray:
    found: np.ndarray = (digits >= FEWEST_DIGITS) & (digits <= MOST_DIGITS) | (digits >= TOO_MANY)
    return found


def _keys(numbers: pa.Array, digits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys of texts of digits, and how many digits they are of."""
    long = digits >= TOO_MANY
    if long.any():
        numbers = pc.utf8_slice_codeunits(numbers, 0, MOST_DIGITS)
    digits = np.minimum(digits, MOST_DIGITS).astype(np.int64)
    keys = numbers.cast(pa.int64()).to_numpy(zero_copy_only=False) + np.where(long, LONG, POWERS[digits])
    return keys, digits
