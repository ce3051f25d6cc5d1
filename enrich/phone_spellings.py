"""Plain spellings of phone numbers, a column at once: what `read_number` looks at in them is the + and the digits.

Around the number may stand what `read_number` skips: a label before it, an extension or a remark behind it.
All patterns are in RE2's syntax; \\x{A0} is the no-break space.
"""

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enrich.phone_plans import MOST_DIGITS
from enrich.phone_reader import MAX_LENGTH, REPAIRED
from enrich.phone_slips import AMONG_DIGITS
from enrich.tables import table

INSIDE = r" \x{A0}().\-–—"
BETWEEN = rf"{INSIDE}/"
# Quotes and = are a spreadsheet's.
AROUND = r"'\"= \x{A0}"
# No bracket is closed between + and digit: without what is in it, there would be no +.
NUMBER = rf"(?:\+[ \x{{A0}}(.\-–—/]*)?[0-9][0-9{BETWEEN}]*"
PLAIN = rf"^[{AROUND}{BETWEEN}]*{NUMBER}[{AROUND}{BETWEEN}]*$"
# Nothing but the number, in a spreadsheet's quotes.
BARE = rf"^[{AROUND}\t]*[0-9+{BETWEEN}]*[{AROUND}\t]*$"
# 79161234567.0: a spreadsheet took the number for a quantity.
DECIMAL = rf"^[{AROUND}]*(?P<number>\+?[0-9]{{6,15}})[.,]0{{1,2}}[{AROUND}]*$"
LETTER = r"A-Za-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{17E}\x{218}-\x{21B}\x{400}-\x{481}\x{48A}-\x{4FF}"
LABEL = rf"[{LETTER}{AROUND}{BETWEEN}:]{{1,30}}"
REMARK = rf"[ \x{{A0}},;]+[{LETTER}]{{2}}[{LETTER} \x{{A0}}.,\-]*"
EMPTY_BRACKETS = r"\([^0-9()]*\)"
LETTERS_FOR_DIGITS = "^" + AMONG_DIGITS.replace(r"\xA0", r"\x{A0}") + "$"
# With the +; a shorter one is no number anywhere, but may be an emergency's.
SHORTEST = 4
NONE = pa.scalar(None, pa.string())


def plain(texts: pa.Array, regions: pa.Array) -> pa.RecordBatch:
    """The plain ones of `texts`: `row` (the place), `region`, `stated` (+ and digits); `repaired`, the flag of one that
    a spreadsheet had changed; `ext`; `if_valid`, where only a valid number is one surely."""
    short = pc.less_equal(pc.binary_length(texts), MAX_LENGTH)
    decimal = pc.match_substring_regex(texts, DECIMAL)
    alone = pc.and_(short, pc.and_not(pc.match_substring_regex(texts, PLAIN), decimal))
    shapes = (
        (_alone, alone),
        (_decimal, pc.and_(short, decimal)),
        (_worded, pc.and_not(short, pc.or_(alone, decimal))),
    )
    places = [(read, pa.array(np.flatnonzero(rows.to_numpy(zero_copy_only=False)))) for read, rows in shapes]
    found = pa.concat_batches([read(rows, texts.take(rows)) for read, rows in places])
    found = found.append_column("region", regions.take(found["row"]))
    digits = pc.binary_length(found["stated"])
    return found.filter(pc.and_(pc.greater_equal(digits, SHORTEST), pc.less_equal(digits, MOST_DIGITS)))


def _alone(rows: pa.Array, texts: pa.Array) -> pa.RecordBatch:
    """Numbers with nothing around them. Two noughts at the beginning of the digits are those that `read_number` tries
    as a + only where the text begins with them."""
    stated = _digits(texts)
    unclear = pc.and_not(pc.starts_with(stated, "00"), pc.starts_with(texts, "00"))
    return _found(rows, stated).filter(pc.invert(unclear))


def _decimal(rows: pa.Array, texts: pa.Array) -> pa.RecordBatch:
    """Numbers that a spreadsheet took for quantities."""
    stated = pc.struct_field(pc.extract_regex(texts, DECIMAL), "number")
    found = _found(rows, stated, repaired=pa.array([f"{REPAIRED}decimal"] * len(rows), pa.string()))
    return found.filter(pc.invert(pc.starts_with(stated, "00")))


def _worded(rows: pa.Array, texts: pa.Array) -> pa.RecordBatch:
    """Numbers beside words, but not those of a fax."""
    parts = pc.extract_regex(texts, _with_words())
    parts, rows, texts = (column.filter(pc.is_valid(parts)) for column in (parts, rows, texts))
    number, ext, remark = (pc.struct_field(parts, name) for name in ("number", "ext", "remark"))
    stated = _digits(number)
    extended, remarked = pc.not_equal(ext, ""), pc.not_equal(remark, "")
    unclear = pc.and_(remarked, pc.match_substring_regex(texts, EMPTY_BRACKETS))
    unclear = pc.or_(unclear, pc.match_substring_regex(texts, LETTERS_FOR_DIGITS))
    unclear = pc.or_(pc.or_(unclear, pc.match_substring_regex(texts, _fax())), pc.starts_with(stated, "00"))
    found = _found(rows, stated, ext=pc.if_else(extended, ext, NONE), if_valid=pc.or_(extended, remarked))
    return found.filter(pc.invert(unclear))


def _found(rows: pa.Array, stated: pa.Array, **others: pa.Array) -> pa.RecordBatch:
    none, no = pa.nulls(len(rows), pa.string()), pa.array(np.zeros(len(rows), dtype=bool))
    return pa.record_batch({"row": rows, "stated": stated, "repaired": none, "ext": none, "if_valid": no} | others)


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


def _digits(texts: pa.Array) -> pa.Array:
    """The + and the digits of each text. On the bytes themselves, because a regular expression takes five times as
    long."""
    if not len(texts):
        return texts
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.frombuffer(data, np.uint8)
    kept = (characters - ord("0") < 10) | (characters == ord("+"))
    before = np.zeros(len(kept) + 1, np.int32)
    np.cumsum(kept, out=before[1:])
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(before[places]), pa.py_buffer(characters[kept]))
