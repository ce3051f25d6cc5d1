"""Many phone numbers at once: plain spellings in columns, every other one by `phones.reader`.

What is read here is what `read_number` says of each, in every field; where that is not certain, it is asked itself.
The arrays have one place for each text; an answer is its place in ANSWERS, 0 where nothing is certain.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from enrich.distinct import one_by_one
from enrich.phones.fiction import NOBODY
from enrich.phones.plans import ANSWERS, FEWEST_DIGITS, FOREIGN, TO_ABROAD, Answer, Plans, calling_codes
from enrich.phones.reader import (
    DAMAGED,
    FEWEST_WITHOUT_PLUS,
    FEWEST_WITHOUT_ZERO,
    FICTION,
    MOST_WITHOUT_PLUS,
    NO_REGION,
    NOT_A_NUMBER,
    REPAIRED,
    Number,
    read_number,
)
from enrich.phones.spellings import LOST_PLUS, LOST_ZERO, POWERS, REPAIRS, Stated, plain

# A plan is made after so many numbers of its region or calling code: reading them one by one takes as long.
PLANS = Plans(worth=2_000)
# Texts that are read at a time, so that what is worked on stays near the processor.
SLICE = 65_536
THREADS = 2
REGIONS = (NO_REGION, *sorted(phonenumbers.SUPPORTED_REGIONS))
OWN_CODES = np.array([phonenumbers.country_code_for_region(region) for region in REGIONS])
READ = pa.schema([(field, pa.string()) for field in Number._fields])


def read_numbers(pairs: pa.RecordBatch) -> pa.RecordBatch:
    """`read_number` of each row of `pairs` (text, region): the fields of `Number` as columns, in the same order."""
    slices = [pairs.slice(first, SLICE) for first in range(0, len(pairs), SLICE)]
    if len(slices) < 2:
        return _read_slice(pairs)
    with ThreadPoolExecutor(THREADS) as threads:
        return pa.concat_batches(list(threads.map(_read_slice, slices)))


def _read_slice(pairs: pa.RecordBatch) -> pa.RecordBatch:
    texts, regions = (column.cast(pa.string()) for column in pairs.columns)
    read, sure = read_plain(texts, regions)
    left = pa.array(~sure)
    others = pa.record_batch([texts.filter(left), regions.filter(left)], ["text", "region"])
    others = one_by_one(others, Number._fields, read_number)
    both = zip(read.columns, others.columns, strict=True)
    return pa.record_batch([pc.replace_with_mask(here, left, other) for here, other in both], schema=READ)


def read_plain(texts: pa.Array, regions: pa.Array) -> tuple[pa.RecordBatch, np.ndarray]:
    """What `read_number` says of `texts`, and of which of them that is certain; the others' fields mean nothing."""
    stated = plain(texts)
    here = pc.index_in(regions, pa.array(REGIONS)).fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero((stated.key > 0) & (here >= 0))
    answers = np.zeros(len(texts), np.int32)
    answers[rows] = _answers(stated.key[rows], stated.digits[rows], stated.plus[rows], here[rows])
    _with_plus(stated, answers)
    _with_lost_of_mobiles(stated, answers, here)
    _with_lost(stated, answers, here)
    answers[stated.if_valid & ~_said().valid[answers]] = 0
    return _columns(stated, answers)


def _with_plus(stated: Stated, answers: np.ndarray) -> None:
    """Numbers with 00 that are not valid so are read with a + instead."""
    rows = np.flatnonzero(stated.noughts & _said().invalid[answers])
    digits = stated.digits[rows] - 2
    again = _written(_last(stated.key[rows], digits), digits)
    taken = ~_said().invalid[again]
    answers[rows[taken]] = again[taken]


def _with_lost(stated: Stated, answers: np.ndarray, here: np.ndarray) -> None:
    """Bare numbers that are not valid are read with the + or the 0 that they lost, where one of the two makes a number
    of them (`phones.reader._bare`)."""
    possible = (stated.digits >= FEWEST_WITHOUT_ZERO) & (stated.digits <= MOST_WITHOUT_PLUS) & (here > 0)
    possible &= stated.key >= POWERS[stated.digits] + POWERS[stated.digits - 1]
    rows = np.flatnonzero(possible & stated.bare & ~stated.plus & _said().invalid[answers])
    keys, digits = stated.key[rows], stated.digits[rows]
    longer = keys + 9 * POWERS[digits]
    zero = _dialled(longer, digits + 1, here[rows])
    plus = np.full(len(rows), ANSWERS[FOREIGN], np.int32)
    some = (digits >= FEWEST_WITHOUT_PLUS) & (_codes(keys, digits) > 0)
    plus[some] = _written(keys[some], digits[some])
    unsure, (by_plus, by_zero) = (plus == 0) | (zero == 0), (_said().valid[found] for found in (plus, zero))
    answers[rows[unsure]] = 0
    for found, how, some in ((plus, LOST_PLUS, by_plus & ~by_zero), (zero, LOST_ZERO, by_zero & ~by_plus)):
        ours = some & ~unsure
        answers[rows[ours]] = found[ours]
        stated.repairs[rows[ours]] |= how
    stated.key[rows] = np.where(by_zero, longer, keys)


def _with_lost_of_mobiles(stated: Stated, answers: np.ndarray, here: np.ndarray) -> None:
    """Bare numbers that are fixed lines as they stand, and mobiles of the same country with the + that they lost."""
    said = _said()
    possible = (stated.digits >= FEWEST_WITHOUT_PLUS) & (stated.digits <= MOST_WITHOUT_PLUS) & (here > 0)
    rows = np.flatnonzero(possible & stated.bare & ~stated.plus & (said.kind[answers] == "fixed_line"))
    rows = rows[_codes(stated.key[rows], stated.digits[rows]) == OWN_CODES[here[rows]]]
    found = _written(stated.key[rows], stated.digits[rows])
    said = _said()
    mobile = (said.kind[found] == "mobile") & (said.region[found] == np.array(REGIONS)[here[rows]])
    taken = mobile | (found == 0)
    answers[rows[taken]] = found[taken]
    stated.repairs[rows[mobile]] |= LOST_PLUS


def _answers(keys: np.ndarray, digits: np.ndarray, plus: np.ndarray, here: np.ndarray) -> np.ndarray:
    """What phonenumbers says of each number."""
    answers = np.zeros(len(keys), np.int32)
    answers[plus] = _written(keys[plus], digits[plus])
    answers[~plus] = _dialled(keys[~plus], digits[~plus], here[~plus])
    return answers


def _dialled(keys: np.ndarray, digits: np.ndarray, here: np.ndarray) -> np.ndarray:
    """`_answers` of numbers without a +, as they are dialled in each region."""
    answers = np.zeros(len(keys), np.int32)
    for region, rows in _groups(here):
        if not region:
            answers[rows] = ANSWERS[FOREIGN]
        elif plan := PLANS.get(REGIONS[region], len(rows)):
            answers[rows] = plan.answers_to(keys[rows])
    abroad = np.flatnonzero(_said().lead[answers] == TO_ABROAD)
    kept = _said().kept[answers[abroad]]
    answers[abroad] = _written(_last(keys[abroad], kept), kept)
    return answers


def _written(keys: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """`_answers` of numbers with a +."""
    answers = np.zeros(len(keys), np.int32)
    for code, rows in _groups(_codes(keys, digits)):
        if code and (plan := PLANS.get(code, len(rows))):
            answers[rows] = plan.answers_to(keys[rows])
    return answers


def _codes(keys: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """The calling code that each number begins with, 0 for none."""
    starts = np.where(digits >= FEWEST_DIGITS, keys // POWERS[np.maximum(digits - 3, 0)] % 1_000, 0)
    codes: np.ndarray = calling_codes()[starts]
    return codes


def _last(keys: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """The keys of the last digits."""
    last: np.ndarray = keys % POWERS[digits] + POWERS[digits]
    return last


def _groups(values: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each of few small `values`, with the rows that have it."""
    # Of 16 bits, numpy sorts without comparing.
    order = np.argsort(values.astype(np.int16), kind="stable")
    counts = np.bincount(values)
    for value, end in enumerate(counts.cumsum()):
        if counts[value]:
            yield value, order[end - counts[value] : end]


class _Said:
    """ANSWERS, a field in an array."""

    def __init__(self, answers: list[Answer]) -> None:
        kept, lead, kinds, regions, flags = zip(*answers, strict=True)
        self.kept, self.lead = np.array(kept), np.array(lead)
        self.kinds, self.regions = pa.array(kinds, pa.string()), pa.array(regions, pa.string())
        self.kind, self.region = np.array(kinds, object), np.array(regions, object)
        flagged, named = pa.array(flags, pa.string()).is_valid(), self.kinds.is_valid()
        self.valid, self.flagged = (found.to_numpy(zero_copy_only=False) for found in (named, flagged))
        self.invalid = self.flagged & ~self.valid
        # Every flag without repairs, then with each of these; and which of the first an answer has.
        plain = list(dict.fromkeys([None, NOT_A_NUMBER, DAMAGED, FICTION, *flags]))
        self.flags = [_repaired(flag, repairs) for repairs in range(16) for flag in plain]
        self.flag = np.array([plain.index(flag) for flag in flags])
        self.plain_flags = len(plain)


def _repaired(flag: str | None, repairs: int) -> str | None:
    if not repairs:
        return flag
    why = f"{flag}; " if flag else ""
    return f"{why}{REPAIRED}" + ", ".join(name for bit, name in REPAIRS.items() if repairs & bit)


def _said() -> _Said:
    return _said_first(len(ANSWERS))


@lru_cache(maxsize=4)
def _said_first(count: int) -> _Said:
    return _Said(list(ANSWERS)[:count])


def _columns(stated: Stated, answers: np.ndarray) -> tuple[pa.RecordBatch, np.ndarray]:
    """The fields of `Number`, and which rows have been answered."""
    said = _said()
    valid, flags, kept = said.valid[answers], said.flag[answers], POWERS[said.kept[answers]]
    numbers = said.lead[answers] * kept + stated.key % kept
    usable = valid & ~said.flagged[answers]
    nobody = usable & (numbers % NOBODY == 0)
    flags[nobody] = said.flags.index(FICTION)
    flags[valid] += stated.repairs[valid] * said.plain_flags
    for rows, flag in stated.flag:
        flags[rows] = said.flags.index(flag)
    values = pc.binary_join_element_wise("+", pa.array(numbers, mask=~valid).cast(pa.string()), "")
    places = pa.array(answers)
    texts = pa.array(said.flags, pa.string()).take(pa.array(flags))
    columns = [values, said.kinds.take(places), said.regions.take(places), _exts(stated), texts]
    return pa.record_batch(columns, schema=READ), flags + answers > 0


def _exts(stated: Stated) -> pa.Array:
    rows, exts = stated.ext
    some = np.zeros(len(stated.key), dtype=bool)
    some[rows] = True
    return pc.replace_with_mask(pa.nulls(len(some), pa.string()), pa.array(some), exts)
