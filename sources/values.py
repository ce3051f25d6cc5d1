"""What the values of a column look like, whatever its header says."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import phonenumbers

from sources.headwords import read, words

SAMPLE = 60  # distinct values of a column that are looked at
REGIONS = {
    "ru": ("RU", "KZ", "BY"), "en": ("US", "GB"), "de": ("DE", "AT", "CH"), "hu": ("HU",), "ro": ("RO", "MD"),
    "bs": ("BA", "HR", "RS"), "hr": ("HR", "BA", "RS"), "sr": ("RS", "BA", "HR"),
}  # fmt: skip
POSTCODE = {
    "ru": r"\d{6}",
    "ro": r"\d{6}",
    "hu": r"\d{4}",
    "en": r"\d{5}(-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
}
OTHER_POSTCODE = r"\d{5}"

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\W\d_]{2,}", re.I)
_DOMAINS = "ru|com|org|net|de|hu|ro|ba|hr|rs|info|biz|eu|at|ch|su|me|md|by|kz|example|test|рф|срб"
_URL = re.compile(rf"(?:https?://\S+|www\.\S+|(?:[\w-]+\.)+(?:{_DOMAINS})(?:/\S*)?)", re.I)
_DOMAIN = re.compile(rf"(?:https?://)?(?:[\w-]+\.)+(?:{_DOMAINS})/?", re.I)
_HANDLES = {
    "telegram": re.compile(r"@[a-z]\w{3,31}|(?:https?://)?(?:t|telegram)\.me/\S+", re.I),
    "whatsapp": re.compile(r"(?:https?://)?(?:wa\.me|(?:api|chat)\.whatsapp\.com)/\S+", re.I),
    "viber": re.compile(r"viber://\S+", re.I),
    "skype": re.compile(r"live:\S+|skype:\S+", re.I),
    "vk": re.compile(r"(?:https?://)?(?:www\.|m\.)?vk\.(?:com|ru)/\S+", re.I),
}
_DATE = re.compile(r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\.?(?:[ T]\d{1,2}:\d{2}.*)?")
_EXTENSION = r"(?:\s*(?:доб|ext|x|вн|kl|mellék|int|lok)\.?\s*\d{1,6})?"
# Russia's number of a pension account, which is written so and in no other way.
_PENSION = re.compile(r"\d{3}-\d{3}-\d{3}[ -]\d\d")
_CALLED = re.compile(rf"[+(]?\s*\d[\d\s().\-/–\u00a0]{{4,24}}\d{_EXTENSION}\)?", re.I)
# An amount of money, with or without its currency; and what no count is written with.
_MONEY = re.compile(
    r"[^\W\d_]{0,4}\.?\s?[€$£₽]?\s?[-−]?\s?\d{1,3}(?:[ \u00a0.,'’]?\d{3}){0,4}(?:[.,]\d{1,2})?"
    r"\s?[€$£₽]?\s?[^\W\d_]{0,6}\.?"
)
_CENTS = re.compile(r".*(?:\d[.,]\d\d\D*|[€$£₽].*|\d\s?[^\W\d_]{2,6}\.?|[^\W\d_]{2,4}\.?\s?\d+)")
# Numbers of taxpayers and registers that no other number is written like: with a country's letters, in Romania's
# register of trade, and in Hungary with the digits for how the tax is paid.
_MARKED = re.compile(
    r"(?:ATU|CHE-?|BA|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|RS|SE|SI|SK|XI)"
    r"[ -]?\d[\d.]{4,13}\d(?: ?(?:MWST|TVA|IVA))?|[JFC]\d{1,2}/\d+/(?:\d\d\.\d\d\.)?\d{4}|\d{8}-[1-5]-\d{2}"
)
_SEPARATORS = re.compile(r"\s*[,;|\n]\s*|\s+/\s+")
_PATRONYMIC = re.compile(r"[а-яё]+(?:ович|евич|ич|овна|евна|ична|инична)", re.I)
_SURNAME = re.compile(
    r"[^\W\d_]{2,}(?:ов|ова|ев|ева|ин|ина|ский|ская|цкий|цкая|енко|ович|ić|ic|escu|ović|ukić|ich|owicz|mann|ković)",
    re.I,
)
_TWO_TO_FOUR = re.compile(r"[^\W\d_][\w'’.\-]*(?:,?\s+[^\W\d_][\w'’.\-]*){1,3}")


def distinct(cells: Sequence[str], most: int = SAMPLE) -> list[str]:
    """The first different values of a column, at most so many, trimmed, without empty ones."""
    found: dict[str, None] = {}
    for cell in cells:
        text = cell.strip()[:500]
        if text:
            found[text] = None
        if len(found) == most:
            break
    return list(found)


def shares(cells: Sequence[str], language: str, most: int = SAMPLE) -> dict[str, float]:
    """Which part (0..1) of the different values of a column is of each kind; kinds that none is of are left out.

    What only says that there is nothing (`-`, `n/a`, `нет`) counts as an answer, and not among other values. At most so
    many values are looked at.
    """
    values = distinct(cells, most)
    telling = [text for text in values if not says_nothing(text)]
    found = Counter(kind for text in telling for kind in _kinds(text, language))
    shares = {kind: count / len(telling) for kind, count in found.items()}
    answers = sum("yes_no" in _kinds(text, language) for text in values)
    return shares | {"yes_no": answers / len(values)} if answers else shares


def says_nothing(text: str) -> bool:
    """Is it what people write where they have nothing to say?"""
    return not any(map(str.isalnum, text)) or _key(text) in _keys("nothing")


@lru_cache(maxsize=50_000)
def _kinds(text: str, language: str) -> tuple[str, ...]:
    return tuple(kind for kind, test in _tests(language).items() if test(text))


@cache
def _tests(language: str) -> dict[str, Callable[[str], bool]]:
    postcode = re.compile(POSTCODE.get(language, OTHER_POSTCODE))
    return {
        "email": lambda text: _all(text, _EMAIL),
        "phone": lambda text: is_phone(text, language),
        "website": lambda text: _all(text, _URL),
        "domain": lambda text: _all(text, _DOMAIN),
        **{name: lambda text, form=form: _all(text, form) for name, form in _HANDLES.items()},  # type: ignore[misc]
        "date": lambda text: bool(_DATE.fullmatch(text)),
        "postcode": lambda text: bool(postcode.fullmatch(text)),
        "yes_no": lambda text: _key(text) in _keys("yes_no"),
        "title": _is_title,
        "gender": lambda text: _key(text) in _keys("genders"),
        "registration": _is_registration,
        "marked": lambda text: bool(_MARKED.fullmatch(text)),
        "money": lambda text: bool(_MONEY.fullmatch(text)),
        "cents": lambda text: bool(_MONEY.fullmatch(text) and _CENTS.fullmatch(text)),
        "country": lambda text: _key(text) in _keys("countries"),
        "city": lambda text: _key(re.sub(r"^(?:г|гор|grad)\.?\s+", "", text, flags=re.I)) in _keys("cities"),
        "address": _is_address,
        "organisation": _is_organisation,
        "person": _is_person,
        "given": lambda text: _key(text) in _keys("given"),
        "capitals": lambda text: bool(_TWO_TO_FOUR.fullmatch(text)) and text.title() == text,
        "patronymic": lambda text: bool(_PATRONYMIC.fullmatch(text)),
        "number": lambda text: not any(map(str.isalpha, text)) and any(map(str.isdigit, text)),
        "few_digits": lambda text: sum(map(str.isdigit, text)) < 5,
        "small": lambda text: bool(re.fullmatch(r"\d{1,2}|(?:19|20)\d\d", text)),
        "phrase": lambda text: " " in text,
    }


def _all(text: str, form: re.Pattern[str]) -> bool:
    """A cell may hold several."""
    return all(form.fullmatch(part.strip(" <>")) for part in _SEPARATORS.split(text) if part)


@lru_cache(maxsize=50_000)
def is_phone(text: str, language: str) -> bool:
    """One or several phone numbers, the first of which is one in a country of the language."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    if not parts or not _CALLED.fullmatch(parts[0]) or _DATE.fullmatch(parts[0]) or _PENSION.fullmatch(parts[0]):
        return False
    return any(_valid(parts[0], region) for region in REGIONS.get(language, ("US",)))


def _valid(text: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    # Numbers set aside for examples and fiction are possible and not valid; a bare row of digits must be valid.
    marked = text.startswith(("+", "(")) or bool(re.search(r"\d[\s().\-/]+\d", text))
    return phonenumbers.is_valid_number(number) or (marked and phonenumbers.is_possible_number(number))


@cache
def _keys(name: str) -> frozenset[str]:
    return frozenset(_key(text) for text in read("values")[name])


def _key(text: str) -> str:
    return " ".join(words(text)) or text


def _is_title(text: str) -> bool:
    """`г-жа`, `Herr Dr.`: nothing but forms of address and degrees."""
    return _key(text) in _keys("honorifics") or all(part in _keys("honorifics") for part in _key(text).split())


def _is_registration(text: str) -> bool:
    """Digits enough for one number of a taxpayer or several, and few letters: no date, amount or telephone."""
    digits, letters = (sum(map(kind, text)) for kind in (str.isdigit, str.isalpha))
    is_other = text.startswith(("+", "(")) or "@" in text or _DATE.fullmatch(text) or re.search(r"[.,]\d\d$", text)
    return 5 <= digits <= 50 and letters <= 20 and not is_other


def _is_address(text: str) -> bool:
    told = words(text)
    streets, ends = _keys("street"), tuple(_keys("street_ends"))
    named = any(word in streets for word in told) or any(word.endswith(ends) for word in told)
    return named and any(map(str.isdigit, text)) and len(told) > 0


def _is_organisation(text: str) -> bool:
    if any(map(str.isdigit, text)) and text[0].isdigit():
        return False
    told = words(text.replace(".", ""))
    return any(word in _keys("organisation") for word in told) or bool(re.search(r"[«»„“\"].+[«»”“\"]", text))


def _is_person(text: str) -> bool:
    if not _TWO_TO_FOUR.fullmatch(text) or _is_organisation(text):
        return False
    parts = text.replace(",", " ").split()
    return (
        any(_key(part) in _keys("given") for part in parts)
        or any(_PATRONYMIC.fullmatch(part) for part in parts)
        or bool(re.fullmatch(r"[^\W\d_][\w-]+\s+[^\W\d_]\.(?:\s?[^\W\d_]\.)?", text))
        or any(_SURNAME.fullmatch(part) for part in parts)
    )
