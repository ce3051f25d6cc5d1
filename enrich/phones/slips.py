"""Signs in a phone number that stand for others and can be put right without guessing.

Imports nothing slow: the commands that look one number up start with it.
"""

import re
import unicodedata

# Letters that are typed, or read by a scanner, in place of a digit; Latin and Cyrillic.
LOOK_ALIKES_OF = {"0": "OoОо", "1": "lI|", "3": "Зз"}
LOOK_ALIKES = {ord(letter): digit for digit, letters in LOOK_ALIKES_OF.items() for letter in letters}
LETTERS = "".join(LOOK_ALIKES_OF.values())
# Python's re and RE2 read these alike. A letter that touches no digit is a word (of one letter).
AMONG_DIGITS = rf"[0-9 \xA0+()./\-–—{LETTERS}]*[{LETTERS}][0-9 \xA0+()./\-–—{LETTERS}]*"
_AMONG_DIGITS = re.compile(AMONG_DIGITS)
_APART = re.compile(rf"(?:^|[^0-9{LETTERS}])[{LETTERS}]+(?:[^0-9{LETTERS}]|$)")
# A letter in the brackets of a trunk prefix.
_TRUNK = re.compile(r"\([OoОо]\)")
FEWEST_DIGITS = 7


def without_letters(text: str) -> str | None:
    """`text` with digits for the letters that look like them; null where it is not all digits but for those."""
    if not _AMONG_DIGITS.fullmatch(text) or sum(map(str.isdigit, text)) < FEWEST_DIGITS:
        return None
    if _APART.search(_TRUNK.sub("(0)", text)):
        return None
    return text.translate(LOOK_ALIKES)


def with_ascii_digits(text: str) -> str:
    """`text` with the digits of other scripts (full-width, Arabic, Devanagari …) as 0-9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def with_plain_blanks(text: str) -> str:
    """`text` with every blank as a space (thin and narrow ones too), without characters that cannot be seen."""
    if text.isascii():
        return text
    return "".join(_plain(sign) for sign in text)


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    return " " if category == "Zs" else "" if category == "Cf" else sign
