"""Phone cells -> phone contact points."""

import re
from functools import cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from enrich.distinct import read_distinct
from enrich.markers import is_empty_marker
from enrich.phones.columns import read_numbers
from enrich.phones.reader import DECIMAL, MAX_LENGTH, REPAIRED, SCIENTIFIC
from enrich.phones.spellings import AROUND, INSIDE
from enrich.points import booleans, numbered, pieces, storable
from enrich.tables import table
from leads import schema

# A cell may join several columns; beyond this it is no list of numbers, and is not split.
LONGEST_CELL = 2_000
# What most cells are: one number, with no separator in it but a slash behind an area code; two numbers of ten digits
# may stand beside each other. In RE2's syntax.
ONE_NUMBER = (
    rf"^[{AROUND}(]*\+?(?:[0-9{INSIDE}]*|[{INSIDE}]*(?:[0-9][{INSIDE}]*){{0,6}}/[0-9{INSIDE}]*)[{AROUND}]*$"
)
TWO_NUMBERS = r"[0-9]{10}[ \x{A0}]+[0-9]{10}"
# Between two numbers or inside one (061/123-456; a bar may be a 1): the digits on both sides decide. Loosest first.
UNSURE = (re.compile(r",(?!,)"), re.compile(r"(?<=\d)\|(?=\d)"), re.compile(r"\s/\s"), re.compile(r"[/\\]"))
WHOLE_NUMBER, WITH_AREA, ANOTHER_END = 7, 9, 4
# Digits that are dialled or not, depending on where one calls from: 00, (0), (06), (8).
TRUNK = re.compile(r"^\D*00|\(0\d?\)|\(8\)")


def read_phones(cells: pd.DataFrame) -> pd.DataFrame:
    """POINTS of the phone cells: `lead_id`, `text` (as stated, null for none), `region` (ISO, of bare numbers) and,
    where there is one, `label`.

    Each number of a cell is a point; an empty marker is none. `kind` is phonenumbers' type in lower case. `flag`
    says why a point is not usable: `not a number`, `too short`, `too long`, `not valid for region`, `spreadsheet
    damaged`, `emergency or short number` (value null), `toll free`, `premium rate`, `fax` (also of a number under
    that label); or, on a usable one, how it was repaired (`repaired: decimal`: see `phones.reader`).
    """
    cells = cells.reindex(columns=["lead_id", "text", "region", "label"]).astype({"label": schema.TEXT})
    points = pieces(cells, split_numbers, are_single)
    read = read_distinct(points, ["text", "region"], read_numbers)
    points = points[["lead_id", "text", "label"]].join(read)
    points["type"] = pd.Series("phone", index=points.index, dtype=points["text"].dtype)
    points["text"] = storable(points["text"], MAX_LENGTH)
    points["display"] = points["value"]
    points["valid"] = booleans(points["value"].notna())
    if points["label"].notna().any():
        fax = (points["label"] == "fax").fillna(False) & points["value"].notna()
        points["flag"] = points["flag"].mask(fax, "fax")
    fine = points["flag"].isna() | points["flag"].str.startswith(REPAIRED).fillna(False)
    points["usable"] = booleans(points["value"].notna() & fine)
    return numbered(points)


def are_single(cells: pa.Array) -> pa.Array:
    """Which cells surely state one number, so that `split_numbers` would do nothing but trim them."""
    shaped = pc.and_(pc.match_substring_regex(cells, ONE_NUMBER), pc.match_substring_regex(cells, "[0-9]"))
    short = pc.and_(shaped, pc.less_equal(pc.binary_length(cells), LONGEST_CELL))
    other = pc.or_(pc.match_substring_regex(cells, TWO_NUMBERS), pc.equal(pc.utf8_trim_whitespace(cells), "0"))
    return pc.and_(short, pc.invert(other))


def split_numbers(cell: str) -> list[str]:
    """The texts of a phone cell that each state one number, trimmed, without empty markers."""
    if len(cell) > LONGEST_CELL:
        return [cell]
    found = [cell]
    if not _is_spreadsheet_number(cell):
        found = [part for part in _between_numbers().split(cell) if part]
        for separator in UNSURE:
            found = [part for whole in found for part in _split_where_numbers_end(whole, separator)]
    return [part.strip() for part in found if not is_empty_marker(part)]


def _is_spreadsheet_number(cell: str) -> bool:
    """Is the comma in it a decimal one?"""
    bare = cell.strip("'\"= ")
    return bool(DECIMAL.fullmatch(bare) or SCIENTIFIC.fullmatch(bare))


def _split_where_numbers_end(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split at `separator` where each part has the digits of a number, or of another end of the first one (…-67/68)."""
    if not separator.search(text):
        return [text]
    parts = _parts(text, separator)
    digits = [_digits(TRUNK.sub("", part)) for part in parts]
    another_end = digits[0] >= WITH_AREA and all(n <= ANOTHER_END or n >= WHOLE_NUMBER for n in digits[1:])
    beside_junk = separator in UNSURE[:2] and max(digits) > WITH_AREA
    return parts if another_end or beside_junk or min(digits) >= WHOLE_NUMBER else [text]


def _parts(text: str, separator: re.Pattern[str]) -> list[str]:
    """`text` between separators; what has no digits, or only an extension, stays with the part before it."""
    ends = [match.span() for match in separator.finditer(text)] + [(len(text), len(text))]
    spans: list[tuple[int, int]] = []
    start = 0
    for end, following in ends:
        part = text[start:end]
        if spans and (not _digits(part) or _extension_first().match(part)):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        start = following
    return [text[first:last] for first, last in spans]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


@cache
def _between_numbers() -> re.Pattern[str]:
    """What is surely between two numbers: a list sign that no extension follows, a conjunction, a blank before a +
    or between two long runs of digits."""
    words = "|".join(map(re.escape, table("phone_words")["conjunction"]))
    return re.compile(
        rf"(?:[;\n\r\t]|(?<!\d)\||\|(?!\d))+(?!{_extension_first().pattern})(?!\s*(?:isub|phone-context)=)"
        rf"|(?<=[\d)])\s+(?=\+\d)|(?<=\d{{10}})\s+(?=\d{{10}})|(?<=[\d).])\s+(?:{words})\s+(?=\D{{0,20}}\d)",
        re.IGNORECASE,
    )


@cache
def _extension_first() -> re.Pattern[str]:
    words = "|".join(map(re.escape, table("phone_words")["extension"]))
    return re.compile(rf"[\s(]*(?:{words})(?![^\W\d_])", re.IGNORECASE)
