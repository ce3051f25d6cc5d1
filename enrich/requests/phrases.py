"""Phrases of a table -> one regular expression (RE2) over folded texts."""

import re
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

# What is neither letter nor digit, blanks aside. Spelled out: RE2's \w knows ASCII alone, and its \p{L} is slow.
SIGNS = r"[\x00-\x1F!-/:-@\[-\x60{-\x{BF}\x{2000}-\x{206F}\x{3000}-\x{303F}]+"
# In a folded text every word has a blank before and behind it.
INSIDE, PARTING = "[^ ]", " +"
GAP = rf"(?:{INSIDE}+{PARTING}){{0,2}}"
ACCENTED = r"[\x{C0}-\x{24F}\x{300}-\x{36F}\x{1E00}-\x{1EFF}]"
# How Russian is written in Latin letters; what is missing is written in one way.
LATIN = {
    "а": "a", "б": "b", "в": "[vw]", "г": "g", "д": "d", "е": "(?:ye|je|e)", "ж": "(?:zh|j|g)", "з": "z", "и": "i",
    "й": "[yij]?", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "(?:kh|h|x)", "ц": "(?:ts|c)", "ч": "ch", "ш": "sh", "щ": "(?:shch|sch|sh)", "ъ": "", "ы": "[yi]",
    "ь": "", "э": "e", "ю": "(?:yu|iu|ju|u)", "я": "(?:ya|ia|ja)",
}  # fmt: skip
SHORTEST_IN_LATIN = 5
CYRILLIC_PAIRS = {"lj": "љ", "nj": "њ", "dž": "џ"}
CYRILLIC = dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True))


def fold(texts: pa.Array) -> pa.Array:
    """`texts` in small letters, Latin ones without accents, with blanks for signs and at both ends; ё counts as е,
    ß as ss and đ as dj.
    """
    small = pc.replace_substring(pc.utf8_lower(texts), "ё", "е")
    accented = pc.match_substring_regex(small, ACCENTED)
    if pc.any(accented).as_py():
        bare = pc.replace_substring(pc.replace_substring(small.filter(accented), "ß", "ss"), "đ", "dj")
        bare = pc.replace_substring(pc.utf8_normalize(bare, form="NFKD"), "и\u0306", "й")
        small = pc.replace_with_mask(small, accented, pc.replace_substring_regex(bare, r"[\x{300}-\x{36F}]+", ""))
    words = pc.replace_substring_regex(small, SIGNS, " ")
    return pc.binary_join_element_wise(" ", words, " ", "")


def pattern(phrases: Mapping[str, Iterable[str]]) -> str | None:
    """What finds any of the `phrases` (language -> phrases, as `enrich/data/topics.toml` writes them) in a folded text;
    null for none.
    """
    forms = {form for language, each in phrases.items() for phrase in each for form in _forms(phrase, language)}
    return f"(?:{'|'.join(sorted(forms))})" if forms else None


def _forms(phrase: str, language: str) -> list[str]:
    """The expressions of a phrase in the alphabets it is written in."""
    if phrase.startswith("="):
        return [f"^ *{form} *$" for form in _forms(phrase[1:], language)]
    plain = _expression(_folded(phrase))
    if language == "bs":
        return [plain, _expression(_folded(_in_cyrillic(phrase)))]
    letters = sum(sign.isalpha() for sign in phrase)
    if language == "ru" and letters >= SHORTEST_IN_LATIN:
        return [plain, _expression(_folded(phrase), LATIN)]
    return [plain]


def _folded(phrase: str) -> str:
    """As in a folded text, with the stars of the table."""
    stars = phrase.replace("*", "ӿ")
    return " ".join(str(fold(pa.array([stars]))[0].as_py()).split()).replace("ӿ", "*")


def _expression(phrase: str, letters: Mapping[str, str] | None = None) -> str:
    parts: list[str] = [" "]
    words = phrase.split()
    for place, word in enumerate(words):
        if word == "*":
            parts.append(GAP)
            continue
        last = place == len(words) - 1
        inside = rf"{INSIDE}*".join(_spelled(piece, letters) for piece in word.split("*"))
        parts.append(inside.removesuffix(rf"{INSIDE}*") if last and word.endswith("*") else inside)
        if not last:
            parts.append(PARTING)
        elif not word.endswith("*"):
            parts.append(" ")
    return "".join(parts)


def _spelled(piece: str, letters: Mapping[str, str] | None) -> str:
    return "".join(letters.get(sign, re.escape(sign)) for sign in piece) if letters else re.escape(piece)


def _in_cyrillic(phrase: str) -> str:
    for pair, sign in CYRILLIC_PAIRS.items():
        phrase = phrase.replace(pair, sign)
    return "".join(CYRILLIC.get(sign, sign) for sign in phrase)
