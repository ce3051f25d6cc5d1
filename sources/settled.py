"""What a section of headers.toml comes to in one table: by the column's values, and by the columns beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from sources import headwords
from sources.headwords import Meaning

# A column whose values are so by this share is what they are.
CLEAR = 0.6
# A header of which no more than this speaks of a field is a sentence about something else, unless the field is FIRM.
VAGUE = 0.34
# So is one of which no more than half speaks of one of these, for such words stand for anything: `address of the page`.
HALF = 0.5
LOOSE = ("tags", "tier", "stated_at", "company", "address", "street")
# Words from which a text is a sentence and no answer.
SENTENCE = 5
TITLES = (("titel",), ("titlu",))
FIRM = ("email", "phone", "consent", "website", "birthday", "postcode")


@dataclass(frozen=True)
class Column:
    """A column as it is recognised by: its header, what that says, and what its values look like."""

    header: str
    place: int
    told: Meaning | None
    looks: dict[str, float]  # kind of value -> share
    examples: tuple[str, ...]
    unique: bool  # no value comes twice

    @property
    def share(self) -> float:
        """How much of the header speaks of the field."""
        return self.told.share if self.told else 0.0

    def looks_like(self, kind: str, share: float = CLEAR) -> bool:
        """Are at least this part of the values of a kind of `sources.values`?"""
        return self.looks.get(kind, 0.0) >= share

    @property
    def field(self) -> str:
        """The section of headers.toml that the header speaks of, or nothing."""
        return self.told.field if self.told else ""

    @property
    def is_nameless(self) -> bool:
        """Has the column no header but its place?"""
        told = headwords.words(self.header)
        return not told or told == ("column",)


# Kinds of values by which a header of this field is borne out.
BORNE_OUT = {
    "email": ("email",), "phone": ("phone",), "website": ("website", "vk"), "full_name": ("person",),
    "company": ("organisation",), "country": ("country",), "city": ("city",), "postcode": ("postcode",),
    "address": ("address",), "birthday": ("date",), "stated_at": ("date",), "given_name": ("given",),
    "consent": ("yes_no",),
}  # fmt: skip


# What a column of these values cannot be, whatever its header says.
NO_WORDS = (
    "full_name", "given_name", "family_name", "patronymic", "company", "job", "country", "city", "tags", "language",
    "request", "email", "website", "responsible", "telegram", "skype", "vk", "legal_address", "postal_address",
    "delivery_address",
)  # fmt: skip
ANY = (*NO_WORDS, "phone", "region", "address", "postcode", "whatsapp", "viber", "messenger", "tier")
RULED_OUT: dict[str, tuple[str, ...]] = {"number": NO_WORDS, "date": (*ANY, "external_id"), "yes_no": ANY}
# Of these a header may speak for something else than the person: `phone of the event` is a number to call all the same.
OF_ANYTHING = (
    "email", "phone", "telegram", "whatsapp", "viber", "skype", "vk", "messenger", "consent", "request", "stated_at",
    "external_id", "other", "ours", "refusal", "attribute", "dated", "responsible", "ignore",
)  # fmt: skip


def settled(column: Column, fields: set[str]) -> str:
    """The field behind a section of headers.toml."""
    settle = SETTLE.get(column.field)
    borne_out = any(column.looks_like(kind) for kind in BORNE_OUT.get(column.field, ()))
    least = HALF if column.field in LOOSE else VAGUE
    if column.share <= least and column.field not in FIRM and not borne_out:
        return ""
    if column.told and column.told.is_of_thing and column.field not in OF_ANYTHING:
        return ""
    target = settle(column, fields) if settle else column.field
    return "" if _is_ruled_out(column, target) else target


def _is_ruled_out(column: Column, target: str) -> bool:
    """Do the values say that it cannot be? Of a header that says nothing but a contact point, odd ones do not."""
    if any(column.looks_like(kind, 0.8) and target in targets for kind, targets in RULED_OUT.items()):
        return True
    strange = {"phone": "few_digits", "email": "few_digits"}.get(target, "")
    return column.share < 1 and column.looks_like(strange, 1.0) and not column.looks.get(target)


def _name(column: Column, fields: set[str]) -> str:
    """`Name`: of an organisation, a family name beside a given name, or a whole name."""
    if column.looks_like("organisation", 0.5):
        return "company"
    if column.looks_like("number", 0.8):
        return "external_id" if column.place == 0 and column.unique else ""
    is_free = not fields & {"full_name", "family_name"} and column.looks_like("capitals", 0.8)
    if column.share < 1 and not column.looks_like("person", 0.5) and not is_free:
        return ""
    if "given_name" in fields and "family_name" not in fields:
        return "family_name"
    return "full_name"


def _given(column: Column, fields: set[str]) -> str:
    """`Имя`, `Ime`: a given name, or a whole name where no other column has the family name."""
    if column.share < 1 or column.looks_like("organisation"):
        return _name(column, fields)
    is_whole = "family_name" not in fields and (not column.looks or column.looks_like("phrase", 0.4))
    return "full_name" if is_whole else "given_name"


def _title(column: Column, fields: set[str]) -> str:
    """`Title` is the job where the values are no honorifics and no other column has the job."""
    word = headwords.words(column.header)
    is_job = "job" not in fields and (word == ("title",) or (word in TITLES and bool(column.looks)))
    return "job" if is_job and not column.looks_like("title", 0.3) else ""


def _contact(column: Column, fields: set[str]) -> str:
    """`Контакт`: whatever the values are; of more words than this one, nothing is known."""
    if column.looks_like("phone", 0.4):
        return "phone"
    is_bare = column.share >= 1 and not (column.told and column.told.label)
    return "full_name" if is_bare or column.looks_like("person", 0.5) else ""


def _officer(column: Column, fields: set[str]) -> str:
    """`Директор`: the person of an organisation's row, or somebody beside the person whose names the row has."""
    return "" if {"family_name", "given_name"} <= fields else _full_name(column, fields)


def _second_name(column: Column, fields: set[str]) -> str:
    return "patronymic" if column.looks_like("patronymic", 0.5) else ""


def _address(column: Column, fields: set[str]) -> str:
    """`Cím` and `Naslov` mean the form of address too."""
    return "" if column.looks_like("title", 0.5) else "address"


def _birthday(column: Column, fields: set[str]) -> str:
    """The day of the month alone is no birthday."""
    return "" if column.looks_like("small", CLEAR) else "birthday"


def _full_name(column: Column, fields: set[str]) -> str:
    return "company" if column.looks_like("organisation") and not column.looks_like("person", 0.3) else "full_name"


def _company(column: Column, fields: set[str]) -> str:
    is_person = column.looks_like("person", 0.8) and not column.looks_like("organisation", 0.2)
    if is_person and column.share < 1:
        return "" if "full_name" in fields else "full_name"
    return "company" if column.share >= 0.5 or column.looks_like("organisation", 0.5) else ""


def _number(column: Column, fields: set[str]) -> str:
    """A number of its own, or of the first column, is that of the record where no other column has it."""
    leads = (column.share >= 1 and "street" not in fields) or (column.place == 0 and column.unique)
    return "external_id" if leads and "external_id" not in fields else ""


def _external_id(column: Column, fields: set[str]) -> str:
    return "external_id" if column.share >= 1 or column.place == 0 else ""


def _dated(column: Column, fields: set[str]) -> str:
    if column.share <= 0.5:
        return ""
    return "stated_at" if "stated_at" not in fields and (not column.looks or column.looks_like("date")) else ""


def _consent(column: Column, fields: set[str]) -> str:
    """The answer; the wording it was given to stands beside it in whole sentences, and joined to it would hide a no."""
    is_wording = bool(column.examples) and all(len(text.split()) >= SENTENCE for text in column.examples)
    return "" if is_wording else "consent"


def _place(column: Column, fields: set[str]) -> str:
    """`Место`, `Location`: a city where the values say so; else it may be the place of anything."""
    return "city" if column.share >= 1 and column.looks_like("city", 0.3) else ""


def _nothing(column: Column, fields: set[str]) -> str:
    return ""


SETTLE: dict[str, Callable[[Column, set[str]], str]] = {
    "name": _name, "given": _given, "title": _title, "contact": _contact, "full_name": _full_name,
    "company": _company, "number": _number, "external_id": _external_id, "dated": _dated,
    "street": _address, "address": _address, "birthday": _birthday, "officer": _officer, "second_name": _second_name,
    "consent": _consent,
    "ignore": lambda column, fields: "ignore" if column.share >= 1 else "",
    "thing": _nothing, "neutral": _nothing, "place": _place,
    "attribute": _nothing, "other": _nothing, "ours": _nothing, "refusal": _nothing,
}  # fmt: skip
