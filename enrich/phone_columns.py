"""Many phone numbers at once: plain spellings in columns, every other one by `phone_reader`.

What is read here is what `read_number` says of each, in every field; where that is not certain, it is asked itself.
The steps pass record batches with the column `row`, and leave out the rows they are not sure of.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, ValidationResult

from enrich.distinct import one_by_one
from enrich.phone_plans import INVALID, KINDS, calling_codes, dials_00, main_plan, plan, short_plan
from enrich.phone_reader import (
    FEWEST_WITHOUT_PLUS,
    FEWEST_WITHOUT_ZERO,
    LENGTH_FLAGS,
    MOST_WITHOUT_PLUS,
    NO_REGION,
    NOT_USABLE,
    NOT_VALID,
    REPAIRED,
    SHORT_NUMBER,
    Number,
    read_number,
)
from enrich.phone_spellings import BARE, plain

# Fewer numbers of one country are read sooner one by one than its patterns are compiled.
WORTH = 16
# In place of the calling code: the number still has it before it.
ABROAD = 0
# Of a national number, in digits.
SHORTEST, LONGEST = 2, 17
TOO_LONG = LENGTH_FLAGS[ValidationResult.TOO_LONG]
# In the batches, a region is its place here.
REGIONS = (NO_REGION, *sorted(phonenumbers.SUPPORTED_REGIONS))
NOWHERE = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
PARSED = pa.schema([("row", pa.int64()), ("region", pa.int32()), ("code", pa.int16()), ("number", pa.string())])
TYPED = PARSED.append(pa.field("kind", pa.int8())).append(pa.field("home", pa.string()))
INVALIDS = pa.schema([("row", pa.int64()), ("code", pa.int16()), ("number", pa.string()), ("short", pa.bool_())])
READ = pa.schema([("row", pa.int64()), *((field, pa.string()) for field in Number._fields)])


def read_numbers(pairs: pa.RecordBatch) -> pa.RecordBatch:
    """`read_number` of each row of `pairs` (text, region): the fields of `Number` as columns, in the same order."""
    fast = read_plain(*(column.cast(pa.string()) for column in pairs.columns))
    others = np.ones(len(pairs), dtype=bool)
    others[fast["row"].to_numpy()] = False
    left = pa.array(np.flatnonzero(others))
    slow = one_by_one(pairs.take(left), Number._fields, read_number)
    both = pa.concat_batches([fast, pa.record_batch([left, *slow.columns], schema=READ)])
    order = np.empty(len(pairs), dtype=np.int64)
    order[both["row"].to_numpy()] = np.arange(len(pairs))
    return both.select(list(Number._fields)).take(pa.array(order))


def read_plain(texts: pa.Array, regions: pa.Array) -> pa.RecordBatch:
    """What `read_number` says of those texts of which it is certain here: `row` (the place) and its fields."""
    stated = plain(texts, pc.index_in(regions, pa.array(REGIONS)))
    stated = stated.filter(pc.is_valid(stated["region"]))
    read = _read(stated)
    noughts = stated.filter(pc.starts_with(stated["stated"], "00"))
    if len(noughts):
        read = _read_again(read, noughts)
    read = _with_lost(read, stated, texts)
    return _completed(read, stated.filter(pc.or_(stated["if_valid"], pc.is_valid(stated["repaired"]))))


def _read_again(read: pa.RecordBatch, stated: pa.RecordBatch) -> pa.RecordBatch:
    """The numbers `stated` with 00 that were read and are not valid so, with a + instead; where 00 alone leads out of
    the country, that has been done."""
    failed = read.filter(pc.is_null(read["value"]))["row"]
    done = [region for region in stated["region"].unique().to_pylist() if dials_00(REGIONS[region])]
    in_those = pc.is_in(stated["region"], pa.array(done, pa.int32()))
    stated = stated.filter(pc.and_not(pc.is_in(stated["row"], failed), in_those))
    if not len(stated):
        return read
    with_plus = pc.binary_join_element_wise("+", pc.utf8_slice_codeunits(stated["stated"], 2), "")
    again = _read(pa.record_batch([stated["row"], stated["region"], with_plus], ["row", "region", "stated"]))
    # Where the second reading is not certain, neither is the whole.
    unsure = stated.filter(pc.invert(pc.is_in(stated["row"], again["row"])))["row"]
    again = again.filter(pc.is_valid(again["value"]))
    known = pc.is_in(read["row"], pa.concat_arrays([unsure, again["row"]]))
    return pa.concat_batches([read.filter(pc.invert(known)), again])


def _with_lost(read: pa.RecordBatch, stated: pa.RecordBatch, texts: pa.Array) -> pa.RecordBatch:
    """`read` with the bare numbers that are valid with the + or the 0 they lost, by one of the two
    (`phone_reader._bare`); without those of which that is not certain."""
    digits, signs = pc.binary_length(stated["stated"]), pc.utf8_slice_codeunits(stated["stated"], 0, 1)
    possible = pc.and_(pc.greater_equal(digits, FEWEST_WITHOUT_ZERO), pc.less_equal(digits, MOST_WITHOUT_PLUS))
    left = stated.filter(pc.and_not(possible, pc.is_in(signs, pa.array(["+", "0"]))))
    left = left.filter(pc.is_in(left["row"], read.filter(pc.is_null(read["value"]))["row"]))
    bare = pc.match_substring_regex(texts.take(left["row"]), BARE)
    left = left.filter(pc.or_(bare, pc.is_valid(left["repaired"])))
    if not len(left):
        return read
    long = left.filter(pc.greater_equal(pc.binary_length(left["stated"]), FEWEST_WITHOUT_PLUS))
    plus, unsure = _tried(long, "+", "lost plus", pa.array(_codes(long["stated"]) <= 0))
    zero, unsure_too = _tried(left, "0", "lost zero", pa.array(np.zeros(len(left), dtype=bool)))
    found = pa.concat_batches([
        plus.filter(pc.invert(pc.is_in(plus["row"], zero["row"]))),
        zero.filter(pc.invert(pc.is_in(zero["row"], plus["row"]))),
    ])  # fmt: skip
    unsure = pa.concat_arrays([unsure, unsure_too])
    found = found.filter(pc.invert(pc.is_in(found["row"], unsure)))
    known = pc.is_in(read["row"], pa.concat_arrays([unsure, found["row"]]))
    return pa.concat_batches([read.filter(pc.invert(known)), found])


def _tried(stated: pa.RecordBatch, sign: str, how: str, hopeless: pa.Array) -> tuple[pa.RecordBatch, pa.Array]:
    """The numbers that are valid with `sign` before them, and the rows of which that is not certain."""
    signed = pc.binary_join_element_wise(sign, stated["stated"], "")
    numbers = _parsed(pa.record_batch([stated["row"], stated["region"], signed], ["row", "region", "stated"]))
    short_enough = pc.less_equal(pc.binary_length(numbers["number"]), LONGEST)
    typed = _each(numbers.filter(short_enough), "code", _typed, TYPED)
    known = pa.concat_arrays([typed["row"], numbers.filter(pc.invert(short_enough))["row"]])
    unsure = stated.filter(pc.invert(pc.or_(pc.is_in(stated["row"], known), hopeless)))["row"]
    found = _valid(typed.filter(pc.not_equal(typed["kind"], INVALID)))
    flags = pc.coalesce(found["flag"], REPAIRED + how)
    return found.set_column(READ.get_field_index("flag"), READ.field("flag"), flags), unsure


def _completed(read: pa.RecordBatch, stated: pa.RecordBatch) -> pa.RecordBatch:
    """`read` with what the spellings of some of them, `stated`, say beside the number."""
    places = pc.index_in(read["row"], stated["row"])
    columns = {name: read[name] for name in READ.names}
    columns["ext"] = stated["ext"].take(places)
    columns["flag"] = _flags(read["flag"], stated["repaired"].take(places))
    doubtful = pc.and_(stated["if_valid"].take(places), pc.is_null(read["value"]))
    return pa.record_batch(columns, schema=READ).filter(pc.invert(pc.fill_null(doubtful, False)))


def _flags(read: pa.Array, repaired: pa.Array) -> pa.Array:
    """Two repairs are both said; a number that is not usable anyway keeps its flag."""
    both = pc.and_(pc.starts_with(read, REPAIRED), pc.is_valid(repaired))
    joined = pc.binary_join_element_wise(repaired, pc.utf8_slice_codeunits(read, len(REPAIRED)), ", ")
    return pc.if_else(pc.fill_null(both, False), joined, pc.coalesce(read, repaired))


def _read(stated: pa.RecordBatch) -> pa.RecordBatch:
    numbers = _parsed(stated)
    digits = pc.binary_length(numbers["number"])
    too_long = numbers.filter(pc.greater(digits, LONGEST))
    numbers = numbers.filter(pc.and_(pc.greater_equal(digits, SHORTEST), pc.less_equal(digits, LONGEST)))
    typed = _each(numbers, "code", _typed, TYPED)
    invalid = pc.equal(typed["kind"], INVALID)
    short = _each(typed.filter(invalid), "region", _with_short, INVALIDS)
    return pa.concat_batches([
        _valid(typed.filter(pc.invert(invalid))),
        _each(short, "code", _why_invalid, READ),
        _invalid(too_long, pa.array([TOO_LONG] * len(too_long), pa.string())),
    ])  # fmt: skip


def _parsed(stated: pa.RecordBatch) -> pa.RecordBatch:
    """Calling code and national number, as `phonenumbers.parse` finds them."""
    plus = pc.starts_with(stated["stated"], "+")
    written, bare = stated.filter(plus), stated.filter(pc.invert(plus))
    written = _numbers(written, ABROAD, pc.utf8_slice_codeunits(written["stated"], 1))
    bare = bare.filter(pc.not_equal(bare["region"], REGIONS.index(NO_REGION)))
    dialled = _each(bare, "region", _dialled, PARSED)
    abroad = pc.equal(dialled["code"], ABROAD)
    foreign = _international(pa.concat_batches([written, dialled.filter(abroad)]))
    return pa.concat_batches([foreign, dialled.filter(pc.invert(abroad))])


def _dialled(region: int, stated: pa.RecordBatch) -> pa.RecordBatch:
    """Numbers as one dials them in a region: with its 00, with its own calling code, or without."""
    here = plan(REGIONS[region])
    from_abroad = here.from_abroad(stated["stated"])
    at_home = stated.filter(pc.is_null(from_abroad))
    with_code = here.with_own_code(at_home["stated"])
    own = pc.not_equal(with_code, "")
    bare = at_home.filter(pc.invert(own))
    return pa.concat_batches([
        _numbers(stated.filter(pc.is_valid(from_abroad)), ABROAD, from_abroad.drop_null()),
        _numbers(at_home.filter(own), ABROAD, with_code.filter(own)),
        _numbers(bare, here.code, here.national(bare["stated"])),
    ])  # fmt: skip


def _international(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Numbers that begin with a calling code; those with a code that nobody has are left out."""
    digits = batch["number"]
    codes = _codes(digits)
    known = pa.array((codes > 0) & (pc.binary_length(digits).to_numpy() > SHORTEST))
    columns = [batch["row"], batch["region"], pa.array(codes), digits]
    return _each(pa.record_batch(columns, schema=PARSED).filter(known), "code", _national, PARSED)


def _codes(digits: pa.Array) -> np.ndarray:
    """The calling code that each number begins with, 0 for none."""
    starts = pc.utf8_slice_codeunits(pc.utf8_rpad(digits, 3, "0"), 0, 3).cast(pa.int16())
    codes: np.ndarray = calling_codes()[starts.to_numpy()]
    return codes


def _national(code: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    return _numbers(
        batch, code, main_plan(code).national(pc.utf8_slice_codeunits(batch["number"], len(str(code))))
    )


def _numbers(batch: pa.RecordBatch, code: int, numbers: pa.Array) -> pa.RecordBatch:
    codes = pa.array(np.full(len(numbers), code, np.int16))
    return pa.record_batch([batch["row"], batch["region"], codes, numbers], schema=PARSED)


def _typed(code: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kind and region of numbers of one calling code (`number_type`, `region_code_for_number`)."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    kinds, homes = np.full(len(batch), INVALID, np.int8), np.zeros(len(batch), np.int8)
    left = np.arange(len(batch))
    for place, region in enumerate(regions):
        here = plan(region, code)
        numbers = batch["number"].take(pa.array(left))
        if len(regions) > 1 and here.leading:
            mine = here.leads(numbers)
            found = here.kinds(numbers.filter(pa.array(mine)))
        else:
            found = here.kinds(numbers)
            mine = found != INVALID
            found = found[mine]
        kinds[left[mine]], homes[left[mine]] = found, place
        left = left[~mine]
        if not len(left):
            break
    home = pa.array([None if region == NOWHERE else region for region in regions], pa.string())
    return pa.record_batch([*batch.columns, pa.array(kinds), home.take(pa.array(homes))], schema=TYPED)


def _with_short(region: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    here = short_plan(REGIONS[region])
    codes = batch["code"].to_numpy()
    short = here.has(codes, batch["number"]) if here else np.zeros(len(batch), dtype=bool)
    columns = [batch["row"], batch["code"], batch["number"], pa.array(short)]
    return pa.record_batch(columns, schema=INVALIDS)


def _why_invalid(code: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    results, places = np.unique(main_plan(code).lengths_of(batch["number"]), return_inverse=True)
    reasons = pa.array([LENGTH_FLAGS.get(result, NOT_VALID) for result in results], pa.string())
    return _invalid(batch, pc.if_else(batch["short"], SHORT_NUMBER, reasons.take(pa.array(places))))


def _invalid(batch: pa.RecordBatch, flags: pa.Array) -> pa.RecordBatch:
    none = pa.nulls(len(batch), pa.string())
    return pa.record_batch([batch["row"], none, none, none, none, flags], schema=READ)


def _valid(batch: pa.RecordBatch) -> pa.RecordBatch:
    values = pc.binary_join_element_wise("+", batch["code"].cast(pa.string()), batch["number"], "")
    kinds, flags = (
        pa.array(names, pa.string()).take(batch["kind"]) for names in (KINDS, map(NOT_USABLE.get, KINDS))
    )
    none = pa.nulls(len(batch), pa.string())
    return pa.record_batch([batch["row"], values, kinds, batch["home"], none, flags], schema=READ)


def _each(
    batch: pa.RecordBatch, column: str, read: Callable[..., pa.RecordBatch], result: pa.Schema
) -> pa.RecordBatch:
    """What `read` makes of the rows of each value of `column`; of too few rows it is not asked."""
    parts = [read(value, part) for value, part in _parts(batch, column)]
    return pa.concat_batches([pa.RecordBatch.from_pylist([], schema=result), *parts])


def _parts(batch: pa.RecordBatch, column: str) -> Iterator[tuple[Any, pa.RecordBatch]]:
    values = batch[column].dictionary_encode()
    places = values.indices.to_numpy()
    # Of 16 bits, numpy sorts without comparing.
    ordered = batch.take(pa.array(np.argsort(places.astype(np.int16), kind="stable")))
    counts = np.bincount(places, minlength=len(values.dictionary))
    for value, end, count in zip(values.dictionary.to_pylist(), counts.cumsum(), counts, strict=True):
        if count >= WORTH:
            yield value, ordered.slice(end - count, count)
