"""Folded spellings: what two ways of writing the same word have in common."""

import re
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii

# How a name's letters are read before the rest is left to anyascii: each Cyrillic letter as the sound that its Latin
# spellings have in common once `SOUNDS` has been applied to them.
CYRILLIC = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "z", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "c", "ч": "c", "ш": "s", "щ": "sc", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ђ": "d", "ј": "i", "љ": "li", "њ": "ni", "ћ": "c", "џ": "dz",
    "ѓ": "d", "ќ": "k", "ѕ": "dz",
})  # fmt: skip
# Latin letters typed into a Cyrillic word because they look or sound the same.
LOOKALIKES = str.maketrans("aceopxykmtbh", "асеорхукмтвн")
CYRILLIC_LETTER = re.compile("[\u0400-\u04ff]")
LATIN_LETTER = re.compile("[a-z]")
CONSONANT = "[bcdfghklmnprstvz]"
# One sound, one letter, whichever language spelled it: GOST, passports, ISO 9, German, Hungarian, Polish, Croatian.
# The order counts. Where a letter sounds differently from language to language, the Slavic reading is taken.
LATIN = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("yo", "e"),  # Fyodor, Solovyov: ё is written е
        ("schtsch|shch|stsch|szcz|scs|sch(?=t)", "sc"),  # щ
        ("sch|sh|sz", "s"),  # ш; South Slavic names are typed without their háček
        ("tsch|tch|ch|cs|cz", "c"),  # ч, and the same as ц for the same reason
        ("zh|zs", "z"),  # ж
        ("kh", "h"),
        ("ph", "f"),
        ("dj", "d"),  # đ
        ("w", "v"),
        ("x", "ks"),
        ("q", "k"),
        (f"(?<={CONSONANT})jo", "e"),  # Fjodor
    )
]
# The same for the letters of both alphabets, once the Cyrillic ones are read.
SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("t[szc]|z(?=v)", "c"),  # ц
        ("ck", "k"),
        ("([tgr])h", r"\1"),
        ("(?<=[oe])f+$", "v"),  # Smirnoff
        ("[ijy]+", "i"),
        ("ie", "e"),  # Soloviev, Evgeniev
        (f"(?<={CONSONANT})iu", "u"),  # Liudmila, Мюллер
        (f"(?<={CONSONANT})([aou])e(?={CONSONANT})", r"\1"),  # Mueller, Müller, Muller
        ("(?<=[dt])[ea]r$", "r"),  # Alexander, Aleksandar
        ("(?<=[sc]k)aia$", "a"),  # Kowalska
        (r"(.)\1+", r"\1"),
        ("(?<=.)c$|c(?=[aoulrt])", "k"),  # Viktor, Victor
    )
]
WORDS = re.compile(r"[\s\-–—]+")


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """`text` transliterated to ASCII, lower case, letters and digits only: `«Ромашка» № 5` -> `romashkano5`."""
    return "".join(filter(str.isalnum, anyascii(text).casefold()))


def name_key(text: str) -> str:
    """`text` as a name to compare by: one key for its spellings in Cyrillic and in the Latin of several languages.

    `Щербакова`, `Shcherbakova`, `Ščerbakova` and `Schtscherbakowa` have one key, and so have `Đorđević` and
    `Djordjevic`, `Müller` and `Mueller`. Lower-case ASCII letters, word by word; it can be compared and not read.
    """
    return "".join(map(_word_key, WORDS.split(text)))


@lru_cache(maxsize=1 << 16)
def _word_key(word: str) -> str:
    word = word.casefold()
    if not word.isascii():
        if CYRILLIC_LETTER.search(word) and LATIN_LETTER.search(word):
            word = word.translate(LOOKALIKES)
        latin = not CYRILLIC_LETTER.search(word)
        word = anyascii(word.translate(CYRILLIC)).casefold()
    else:
        latin = True
    key = "".join(filter(str.isalpha, word))
    for pattern, sound in [*LATIN, *SOUNDS] if latin else SOUNDS:
        key = pattern.sub(sound, key)
    return key


def folded_set(words: Iterable[str]) -> frozenset[str]:
    """The folded spellings of `words`."""
    return frozenset(folded(word) for word in words)
