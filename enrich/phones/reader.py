"""One phone number as people write it -> E.164, by phonenumbers, with the spellings it does not know.

Imports nothing slow: the commands that look one number up start with it. `phones.columns` reads the plain ones of a
column as this module does, but all at once.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from enrich.phones import slips as phone_slips
from enrich.phones.fiction import is_fiction
from enrich.tables import table

# phonenumbers refuses anything longer itself; a cell is cut here before any other work is done on it.
MAX_LENGTH = 250
PLAIN = re.compile(r"[\d\s+()./\-–—]*")
SCIENTIFIC = re.compile(r"[+-]?(\d)[.,](\d+)\s?[eEеЕ]\+?(\d{1,3})|[+-]?\d+(?:[.,]\d*)?\s?[eEеЕ]\s?[+-]?\d+")
SPREADSHEET_ERROR = re.compile(r"#+|#[\w/]+[!?]?", re.ASCII | re.IGNORECASE)
DECIMAL = re.compile(r"(\+?\d{6,15})[.,]0{1,2}")
NO_REGION = "ZZ"
# Digits of a number that lost its 0, and of one with its calling code that lost its +.
FEWEST_WITHOUT_ZERO, FEWEST_WITHOUT_PLUS, MOST_WITHOUT_PLUS = 8, 11, 15
# One or two letters among the digits are a slip that phonenumbers leaves out in silence: nobody is called there.
LETTER_FOR_DIGIT = re.compile(r"\d(?!x)[^\W\d_]{1,2}(?=\d|$)", re.IGNORECASE)
SPELLED_OUT = re.compile(r"\d.*(?:[A-Za-z].*){3}")
WORDS_IN_BRACKETS = re.compile(r"\([^\d()]*\)")
WORDS_BEHIND = re.compile(r"[\s,;]*[\s,;(]\s*[^\W\d_]{2}\D*$")
LABEL_BEFORE = re.compile(r"^[^:]{1,30}:\s*(?=[+(\d])")
# A country calls its own service numbers by letters (1-800-FLOWERS); elsewhere letters are a comment.
SPELLED_KINDS = ("toll_free", "premium_rate", "shared_cost", "uan")
NOT_USABLE = {"toll_free": "toll free", "premium_rate": "premium rate"}
REPAIRED = "repaired: "
NOT_A_NUMBER = "not a number"
LETTERS = "letters among the digits"
NOT_VALID = "not valid for region"
DAMAGED = "spreadsheet damaged"
SHORT_NUMBER = "emergency or short number"
FICTION = "test number"

PARSE_FLAGS = {
    NumberParseException.INVALID_COUNTRY_CODE: NOT_VALID,
    NumberParseException.NOT_A_NUMBER: NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: "too short",
    NumberParseException.TOO_SHORT_NSN: "too short",
    NumberParseException.TOO_LONG: "too long",
}
LENGTH_FLAGS = {
    ValidationResult.TOO_SHORT: "too short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too short",
    ValidationResult.TOO_LONG: "too long",
}


class Number(NamedTuple):
    """A number read: `value` in E.164 (null when it is no valid number), `kind` after PhoneNumberType, `region` the
    ISO country of the number, `ext` its extension, `flag` why it is not usable or how it was repaired."""

    value: str | None = None
    kind: str | None = None
    region: str | None = None
    ext: str | None = None
    flag: str | None = None


def read_number(text: str, region: str) -> Number:
    """The number that `text` states; a bare number is read as one of `region` (ISO country).

    What was put right to read it stands in the flag, `repaired: ` before it: `decimal` (.0), `scientific notation`,
    `letters for digits`, `digits of another script`, `blanks`, `lost plus`, `lost zero`; behind the reason, where the
    number is not usable all the same (`premium rate; repaired: lost zero`).
    """
    if len(text) > MAX_LENGTH:
        return Number(flag="too long")
    plain = phone_slips.with_ascii_digits(text)
    if plain != text:
        return _repaired(_read(plain, region), "digits of another script")
    return _read(text, region)


def _read(text: str, region: str) -> Number:
    bare = text.strip("'\"= \t\u00a0")
    if SCIENTIFIC.fullmatch(bare) or SPREADSHEET_ERROR.fullmatch(bare):
        return _from_spreadsheet(bare, region)
    if decimal := DECIMAL.fullmatch(bare):
        return _repaired(_bare(decimal[1], region), "decimal")
    if letters := phone_slips.without_letters(text):
        number = read_digits(letters, region)
        if number.value is not None:
            return _repaired(number, "letters for digits")
    number = _bare(text, region) if PLAIN.fullmatch(bare) else _with_words(text, region)
    if number.value is None and bare.startswith("00"):
        abroad = read_digits("+" + bare[2:], region)
        number = number if abroad.value is None else abroad
    if number.value is None and (blanks := phone_slips.with_plain_blanks(text)) != text:
        again = _read(blanks, region)
        return number if again.value is None else _repaired(again, "blanks")
    return number


def _from_spreadsheet(bare: str, region: str) -> Number:
    """7.9161E+10 has lost digits for good; 7.9161234567E+10 has them all."""
    whole = SCIENTIFIC.fullmatch(bare)
    if whole and whole[2] and len(whole[2]) == int(whole[3]):
        number = _bare(whole[1] + whole[2], region)
        if number.value is not None:
            return _repaired(number, "scientific notation")
    return Number(flag=DAMAGED)


def _repaired(number: Number, how: str) -> Number:
    """`number` with a note of the repair, before those of others and behind why it is not usable."""
    if number.value is None:
        return number
    flag = number.flag or ""
    why, repaired, others = (
        flag.rpartition(REPAIRED) if REPAIRED in flag else (f"{flag}; " if flag else "", "", "")
    )
    return number._replace(flag=f"{why}{REPAIRED}{how}{', ' if repaired else ''}{others}")


def _bare(text: str, region: str) -> Number:
    """A number without words, as it is or, where that is none, with the + or the 0 that a spreadsheet takes off.

    Only where one of the two makes a number; too few digits make one somewhere by chance. Where numbers may be of any
    length (in Germany), 4915112345678 would be a fixed line: what is a mobile of the same country with a + is meant.
    """
    number = read_digits(text, region)
    digits = re.sub(r"\D", "", text)
    lost = "+" not in text and digits[:1] not in ("", "0") and region != NO_REGION
    if not lost or not FEWEST_WITHOUT_ZERO <= len(digits) <= MOST_WITHOUT_PLUS:
        return number
    if number.value is not None and number.kind != "fixed_line":
        return number
    plus = read_digits("+" + digits, region) if len(digits) >= FEWEST_WITHOUT_PLUS else number
    if number.value is not None:
        return _repaired(plus, "lost plus") if (plus.kind, plus.region) == ("mobile", region) else number
    found = [(plus, "lost plus"), (read_digits("0" + digits, region), "lost zero")]
    found = [reading for reading in found if reading[0].value is not None]
    return _repaired(*found[0]) if len(found) == 1 else number


def _with_words(text: str, region: str) -> Number:
    for spelling, ext in _spellings(text):
        number = read_digits(spelling, region)
        if number.value is not None:
            number = number._replace(ext=ext or number.ext)
            break
    else:
        number = _spelled_out(text, region)
    if number.value is not None and _words("fax").search(text) and not _words("phone").search(text):
        return number._replace(flag="fax")
    return number


def _spellings(text: str) -> Iterator[tuple[str, str | None]]:
    """Readings of a number among words, the surest first: (number, extension)."""
    if extended := _extension().fullmatch(text):
        yield extended[1], extended[2]
    for words in (WORDS_IN_BRACKETS, WORDS_BEHIND, LABEL_BEFORE):
        shorter = words.sub("", text, count=1)
        if shorter != text:
            text = shorter
            yield text, None


def _spelled_out(text: str, region: str) -> Number:
    number = read_digits(text, region)
    if LETTER_FOR_DIGIT.search(text):
        return number._replace(flag=LETTERS if number.value else NOT_A_NUMBER)
    if number.value is None or not SPELLED_OUT.search(text) or number.ext:
        return number
    if number.kind in SPELLED_KINDS or number.value.startswith("+1"):
        return number
    return number._replace(flag=LETTERS)


def read_digits(text: str, region: str) -> Number:
    """What phonenumbers itself reads in `text`, a number without words; nothing is put right."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        return Number(flag=PARSE_FLAGS.get(error.error_type, NOT_A_NUMBER))
    kind_code = phonenumbers.number_type(number)
    # A number has a type exactly when it is valid; asking is_valid_number too would double the work.
    if kind_code == PhoneNumberType.UNKNOWN:
        return Number(flag=_why_invalid(number, region))
    kind = PhoneNumberType.to_string(kind_code).lower()
    home = phonenumbers.region_code_for_number(number)
    fiction = is_fiction(number.country_code or 0, phonenumbers.national_significant_number(number))
    return Number(
        value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        kind=kind,
        region=None if home == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else home,
        ext=number.extension or None,
        flag=NOT_USABLE.get(kind, FICTION if fiction else None),
    )


def _why_invalid(number: PhoneNumber, region: str) -> str:
    short = phonenumbers.is_valid_short_number_for_region(number, region)
    if short or phonenumbers.is_emergency_number(phonenumbers.national_significant_number(number), region):
        return SHORT_NUMBER
    return LENGTH_FLAGS.get(phonenumbers.is_possible_number_with_reason(number), NOT_VALID)


@cache
def _words(name: str) -> re.Pattern[str]:
    alternatives = "|".join(sorted(map(re.escape, table("phone_words")[name]), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?![^\W\d_])", re.IGNORECASE)


@cache
def _extension() -> re.Pattern[str]:
    return re.compile(rf"(.*\d[^\w]*?){_words('extension').pattern}[\s.:№#-]*(\d{{1,7}})[\s).]*", re.IGNORECASE)
