"""Look-alikes: letters that may be taken for others."""

from functools import cache, lru_cache

MIXED = "mixed alphabets"
LOOKS_LIKE = "look-alike letters"
# What UTS #39 lets stand beside Latin and each other: the scripts of Japanese, Chinese and Korean.
TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
# Cyrillic letters that Chromium's IDN policy counts as Latin look-alikes beyond those of UTS #39.
MORE_LOOKALIKES = {"п": "n", "ь": "b", "ъ": "b"}
# Letters of an alphabet in use, though they look like another: the Turkish dotless i.
ORDINARY = frozenset("ı")


def why_doubtful(local: str, domain: str, known: frozenset[str] = frozenset()) -> str | None:
    """`mixed alphabets` or `look-alike letters` where an address may be taken for another, after UTS #39 and the IDN
    policy of browsers; else null.

    The first: two alphabets in one label, or a label of nothing but look-alikes of Latin letters beside a Latin
    top-level domain. The second: a Latin letter of no language's alphabet that looks like another (ɡ, ɑ), or a domain
    that looks like one of `known`.
    """
    if local.isascii() and domain.isascii():
        return None
    ends = domain.split(".")
    # Of ASCII alone, a label is what it looks like.
    labels = [label for label in (local, *ends) if not label.isascii()]
    if any(_mixed(label) or (ends[-1].isascii() and _disguised(label)) for label in labels):
        return MIXED
    odd = any(_is_odd(sign) for label in labels for sign in label if not sign.isascii())
    return LOOKS_LIKE if odd or (not domain.isascii() and _in_latin(domain) in known) else None


def _mixed(label: str) -> bool:
    scripts = set(map(_script, label)) - {"COMMON", "INHERITED"}
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in TOGETHER)


def _disguised(label: str) -> bool:
    letters = [sign for sign in label.casefold() if sign.isalpha()]
    return bool(letters) and all(_script(sign) != "LATIN" and _latin(sign) for sign in letters)


def _is_odd(sign: str) -> bool:
    return sign not in ORDINARY and _script(sign) == "LATIN" and _latin(sign) is not None


def _in_latin(text: str) -> str:
    return "".join(_latin(sign) or sign for sign in text)


@lru_cache(maxsize=4096)
def _script(sign: str) -> str:
    from confusable_homoglyphs.categories import alias  # type: ignore[import-untyped]

    return str(alias(sign))


@lru_cache(maxsize=4096)
def _latin(sign: str) -> str | None:
    """The ASCII letter that `sign` looks like, where it is not one itself."""
    if sign.isascii():
        return None
    alike = (shape["c"] for shape in _confusables().get(sign, ()))
    return next((c for c in alike if len(c) == 1 and c.isascii() and c.islower()), MORE_LOOKALIKES.get(sign))


@cache
def _confusables() -> dict[str, list[dict[str, str]]]:
    # Loaded where an address is not ASCII: it takes 50 ms and more.
    from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

    found: dict[str, list[dict[str, str]]] = confusables_data
    return found
