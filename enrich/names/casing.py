"""The casing of names typed all in capitals or all in small letters."""

import re
import unicodedata

WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
INITIAL = re.compile(r"[^\W\d_]\.?|[^\W\d_]{1,2}\.")
# The capitals lock pressed at the second letter.
SLIPPED = re.compile(r"[^\W\d_]{3,}")
SCOTTISH = re.compile(r"mc(?=[^\W\d_]{2})", re.IGNORECASE)


def cased(word: str, *, shouted: bool) -> str:
    """`word` with capitals where names have them; a word in mixed case is left as it is, except `iVANOV`.

    Two capitals in a name that is not `shouted` as a whole may be initials and stay.
    """
    if word.islower():
        return WORD.sub(_capitalised, word)
    if word.isupper():
        if len(word) == 1 or (len(word) == 2 and not shouted):
            return word
        return WORD.sub(_capitalised, word)
    if word[0].islower() and word[1:].isupper() and SLIPPED.fullmatch(word):
        return WORD.sub(_capitalised, word)
    return word


def _capitalised(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    # O'NEIL -> O'Neil, but NATAL'YA -> Natal'ya.
    if start > 2 and text[start - 1] in "'’" and text[start - 2].isalpha():
        return match[0].lower()
    if SCOTTISH.match(match[0]):
        return "Mc" + _title(match[0][2:])
    return _title(match[0])


def _title(word: str) -> str:
    # title() and not upper(): Georgian and the Croatian digraphs have capitals of their own for it. A letter without a
    # capital of one letter (ŉ) stays; the dot of the Turkish İ is no letter.
    capital = word[0].title()
    low = word[1:].lower().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", (capital if len(capital) == 1 else word[0]) + low)
