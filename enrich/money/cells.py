"""Amounts of money as leads state them -> a decimal number as text, and the currency.

A sign before exactly three last digits (`12,345`) may part thousands or decimals. It parts thousands where it does so
in the lead's language (a comma in English; a full stop in German, Hungarian, Romanian and South Slavic languages) or
where the currency has no cents; before a power of ten (`1,234 млн`) it parts decimals where it does in that language.
Else the amount is ambiguous and not guessed.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.days.dates import named
from enrich.digits import tidied
from enrich.distinct import read_distinct
from enrich.markers import is_empty_marker
from enrich.money.words import Beside, read_beside, without_cents

NOT_AN_AMOUNT, SEVERAL, AMBIGUOUS = "not an amount", "not a single amount", "thousands or decimals ambiguous"
WHICH_CURRENCY = "currency ambiguous"
LONGEST, MOST_DIGITS = 60, 15
SHAPE = r"^(?P<before>\D*)(?P<number>\d(?:[\d .,'’]*\d)?)(?P<after>\D*)$"
SEVERAL_NUMBERS = (
    r"^\D*\d[\d .,]*(?:\s*[-–—/]\s*|\D*\s(?:до|по|и|to|and|bis|und|és|la|și|si|do|i)\s+\D*|\s*\D+[-–—]\s*)"
    r"\d[\d .,]*\D*$"
)
# 100 руб. 50 коп.
CENTS = (r"(\d)\s*(руб\S*|р\.?|₽)[,\s]*(\d\d)\s*коп\S*$", r"\1,\3 \2")
NUMBER = (
    r"^(?:\d+(?:[.,]\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?)$"
)
UNCERTAIN = r"^[1-9]\d{0,2}[.,]\d{3}$"
# The last sign parts decimals unless the same sign stands before it.
THOUSANDS_ONLY = r"^\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,}|(?: \d{3})+|(?:['’]\d{3})+)$|^\d+$"
STOP_PARTS_THOUSANDS = pa.array(["bs", "de", "hr", "hu", "ro", "sr"])
COMMA_PARTS_DECIMALS = pa.array(["bs", "de", "hr", "hu", "ro", "ru", "sr", "uk"])


class Amount(NamedTuple):
    """An amount read, its ISO 4217 currency where one is said, and the flag."""

    amount: str | None = None
    currency: str | None = None
    flag: str | None = None


def read_amounts(texts: pd.Series, languages: pd.Series) -> pd.DataFrame:
    """`texts` (as stated) in the `languages` of the leads -> `amount` (decimal text with a point), `currency` and
    `flag`, row by row.

    Flags: `not an amount`; `not a single amount` (a range, a bound, about so much); `thousands or decimals ambiguous`;
    `currency ambiguous` (the amount is read, the currency is null).
    """
    frame = pd.DataFrame({"text": texts, "language": languages})
    return read_distinct(frame, ["text", "language"], _read)


def read_amount(text: str | None, language: str | None) -> Amount:
    """The amount that `text` states."""
    kind = pd.ArrowDtype(pa.string())
    read = read_amounts(pd.Series([text], dtype=kind), pd.Series([language], dtype=kind)).astype(object)
    return Amount(*(None if pd.isna(value) else value for value in read.iloc[0]))


def _read(rows: pa.RecordBatch) -> pa.RecordBatch:
    texts = rows["text"]
    long = pc.fill_null(pc.greater(pc.utf8_length(texts), LONGEST), True)
    cells = tidied(pc.if_else(long, "", texts))
    cells = (
        pc.replace_substring_regex(cells, *CENTS) if pc.any(pc.match_substring(cells, "коп")).as_py() else cells
    )
    shape = pc.extract_regex(cells, SHAPE)
    number = pc.fill_null(pc.struct_field(shape, "number"), "")
    beside = _beside(shape)
    shaped = _mask(pc.and_(pc.is_valid(shape), pc.match_substring_regex(number, NUMBER)))
    decimal, unsure = _parting(number, rows["language"], beside)
    amount, sound = _decimal(number, decimal, beside)
    said = shaped & beside.understood & sound
    several = beside.bound | (~_mask(pc.is_valid(shape)) & _mask(pc.match_substring_regex(cells, SEVERAL_NUMBERS)))
    read = said & ~beside.bound & ~unsure
    flags = {
        SEVERAL: several & (said | ~shaped),
        AMBIGUOUS: said & unsure,
        NOT_AN_AMOUNT: ~read & ~_says_nothing(texts, ~read),
        WHICH_CURRENCY: read & beside.doubtful,
    }
    nothing = pa.array(~read)
    none = pa.scalar(None, pa.string())
    columns = [pc.if_else(nothing, none, amount), pc.if_else(nothing, none, beside.currency), named(flags)]
    return pa.record_batch(columns, names=list(Amount._fields))


def _mask(values: pa.Array) -> np.ndarray:
    return pc.fill_null(values, False).to_numpy(zero_copy_only=False)


def _beside(shape: pa.StructArray) -> Beside:
    """What stands beside each number, read once per way of writing it."""
    before, after = (pc.fill_null(pc.struct_field(shape, name), "") for name in ("before", "after"))
    pairs = pc.binary_join_element_wise(before, after, "\x00").dictionary_encode()
    return read_beside(pairs.dictionary).take(pairs.indices)


def _parting(number: pa.Array, languages: pa.Array, beside: Beside) -> tuple[np.ndarray, np.ndarray]:
    """Where the last sign parts decimals, and where that is not certain."""
    uncertain = _mask(pc.match_substring_regex(number, UNCERTAIN))
    comma = _mask(pc.match_substring(number, ","))
    english, stops, commas = (
        _mask(part)
        for part in (
            pc.equal(languages, "en"),
            pc.is_in(languages, STOP_PARTS_THOUSANDS),
            pc.is_in(languages, COMMA_PARTS_DECIMALS),
        )
    )
    thousands = np.where(comma, english, stops) | _mask(pc.is_in(beside.currency, without_cents()))
    decimals = (beside.power > 0) & np.where(comma, commas, english)
    plain = ~_mask(pc.match_substring_regex(number, THOUSANDS_ONLY))
    return np.where(uncertain, decimals & ~thousands, plain), uncertain & ~thousands & ~decimals


def _decimal(number: pa.Array, decimal: np.ndarray, beside: Beside) -> tuple[pa.Array, np.ndarray]:
    """The numbers in digits and a point, times their powers of ten; and which are short enough."""
    has = pa.array(decimal)
    fraction = pc.if_else(has, pc.replace_substring_regex(number, r"^.*[.,]", ""), "")
    whole = pc.if_else(has, pc.replace_substring_regex(number, r"[.,]\d+$", ""), number)
    whole = pc.replace_substring_regex(whole, r"\D+", "")
    for power in np.unique(beside.power[beside.power > 0]).tolist():
        raised = pa.array(beside.power == power)
        moved = pc.utf8_rpad(fraction, power, "0")
        whole = pc.if_else(
            raised, pc.binary_join_element_wise(whole, pc.utf8_slice_codeunits(moved, 0, power), ""), whole
        )
        fraction = pc.if_else(raised, pc.utf8_slice_codeunits(moved, power), fraction)
    whole = pc.ascii_ltrim(whole, "0")
    short = _mask(pc.less_equal(pc.binary_length(whole), MOST_DIGITS))
    whole = pc.if_else(pc.equal(whole, ""), "0", whole)
    shown = pc.if_else(pc.equal(fraction, ""), whole, pc.binary_join_element_wise(whole, fraction, "."))
    minus = pc.and_(pa.array(beside.negative), pc.match_substring_regex(shown, "[1-9]"))
    return pc.if_else(minus, pc.binary_join_element_wise("-", shown, ""), shown), short


def _says_nothing(texts: pa.Array, asked: np.ndarray) -> np.ndarray:
    """Which of those `asked` are empty markers."""
    found = np.zeros(len(texts), dtype=bool)
    rows = np.flatnonzero(asked)
    found[rows] = [text is None or is_empty_marker(text) for text in texts.take(pa.array(rows)).to_pylist()]
    return found
