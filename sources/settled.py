"""What a section of headers.toml comes to in one table: by the column's values, and by the columns beside it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sources import headwords
from sources.headwords import Meaning
from sources.parties import STAFF, distance

# A column whose values are so by this share is what they are.
CLEAR = 0.6
# A header of which no more than this speaks of a field is a sentence about something else, unless the field is FIRM.
VAGUE = 0.34
# So is one of which no more than half speaks of one of these, for such words stand for anything: `address of the page`.
HALF = 0.5
LOOSE = ("tags", "tier", "stated_at", "company", "designation", "supplier", "address", "street")
# Where one of these has the row's name, a designation further right is that of a thing.
RIVALS = {"full_name", "family_name", "given_name", "company", "given", "name"}
CONTACT = ("kontakt", "contact", "ansprec", "kapcsolat")  # begin the words for a firm's contact person
FIRST = 2  # columns
BRANDS = {"brend", "brand", "marka"}  # of what a firm sells, seldom the firm
COUNTED = 3  # columns from the left where the running number of a row stands
# Words from which a text is a sentence and no answer.
SENTENCE = 5
CURRENCIES = {
    "rub", "rb", "eur", "euro", "usd", "rsd", "ron", "lei", "huf", "ft", "chf", "bam", "km", "hrk", "kn", "byn", "kzt",
    "uah", "gbp",
}  # fmt: skip
# Words for numbers of firms, and what a number of a person looks like where it stands under them.
PERSONAL = {"maticni": re.compile(r"\d{13}"), "adoszam": re.compile(r"8\d{9}")}
TITLES = (("titel",), ("titlu",), ("naslov",))
JOBS = (("cim",), ("naslov",))
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
    "consent": ("yes_no",), "title": ("title",), "gender": ("gender", "title"), "registration": ("registration",),
    "ordered_on": ("date",), "amount": ("money",),
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
    "email", "phone", "telegram", "whatsapp", "viber", "skype", "vk", "messenger", "consent", "stated_at",
    "external_id", "other", "ours", "refusal", "attribute", "dated", "responsible", "owner", "ignore", "ordered_on",
    "amount",
)  # fmt: skip


def spoken(columns: Sequence[Column]) -> set[str]:
    """The sections that a table's headers speak of, `named` where a row has a name that is no contact person's, and
    `numbered thing` where its first column is the number of a thing: such a row has prices, and no orders."""
    named = (column for column in columns if column.field in RIVALS)
    is_named = any(
        not any(word.startswith(CONTACT) for word in headwords.words(column.header)) for column in named
    )
    first = columns[0].told if columns else None
    is_thing = first is not None and first.is_of_thing and first.field in ("number", "external_id")
    found = {column.field for column in columns}
    return found | ({"named"} if is_named else set()) | ({"numbered thing"} if is_thing else set())


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
    """`Title` is the job where the values are no forms of address and no other column has the job."""
    if column.looks_like("title", 0.3):
        return "title"
    word = headwords.words(column.header)
    if "job" not in fields and (word == ("title",) or (word in TITLES and bool(column.looks))):
        return "job"
    return "" if column.examples or column.share < 1 else "title"


def _gender(column: Column, fields: set[str]) -> str:
    """`Nem` means no as well, `Gen` the kind of a book, and `Пол` a floor: the values tell."""
    said = column.share >= 1 and not column.examples
    return "gender" if said or column.looks_like("gender") or column.looks_like("title") else ""


def _registration(column: Column, fields: set[str]) -> str:
    """Many things have a number: the values are not to be answers, dates or amounts."""
    forms = [PERSONAL[word] for word in headwords.words(column.header) if word in PERSONAL]
    is_personal = any(form.fullmatch(text) for form in forms for text in column.examples)
    is_number = not column.examples or column.looks_like("registration")
    return "registration" if is_number and not is_personal else ""


def _ordered_on(column: Column, fields: set[str]) -> str:
    """`Последний заказ` may be its number or its hour."""
    is_day = column.looks_like("date", 0.5) or not column.looks_like("number", 0.5)
    return "ordered_on" if is_day and column.share > 0.5 else ""


def _amount(column: Column, fields: set[str]) -> str:
    is_money = not column.examples or column.looks_like("money")
    return "amount" if is_money and column.share >= 0.5 and "numbered thing" not in fields else ""


def _sum(column: Column, fields: set[str]) -> str:
    """`Сумма`, `Total`: of anything that can be added up, unless it is written like money."""
    is_money = "ordered_on" in fields or column.looks_like("cents", 0.3)
    is_money = is_money or bool(CURRENCIES & set(headwords.words(column.header)))
    return _amount(column, fields) if column.share >= 1 and is_money else ""


def _contact(column: Column, fields: set[str]) -> str:
    """`Контакт`: whatever the values are; of more words than this one, nothing is known."""
    if column.looks_like("phone", 0.4):
        return "phone"
    is_name = not column.looks or any(column.looks_like(kind, 0.3) for kind in ("person", "given", "capitals"))
    is_bare = column.share >= 1 and not (column.told and column.told.label) and is_name
    return "full_name" if is_bare or column.looks_like("person", 0.5) else ""


def _officer(column: Column, fields: set[str]) -> str:
    """`Директор`: the person of an organisation's row, or somebody beside the person whose names the row has."""
    return "" if {"family_name", "given_name"} <= fields else _full_name(column, fields)


def _second_name(column: Column, fields: set[str]) -> str:
    return "patronymic" if column.looks_like("patronymic", 0.5) else ""


def _address(column: Column, fields: set[str]) -> str:
    """`Cím` and `Naslov` mean the form of address too, and in some programs the job."""
    if column.looks_like("title", 0.5):
        return "title"
    has_place = any(char.isdigit() for text in column.examples for char in text)
    is_job = headwords.words(column.header) in JOBS and bool(column.looks) and not has_place
    return "job" if is_job and "job" not in fields else "address"


def _birthday(column: Column, fields: set[str]) -> str:
    """The day of the month alone is no birthday."""
    return "" if column.looks_like("small", CLEAR) else "birthday"


def _full_name(column: Column, fields: set[str]) -> str:
    return "company" if column.looks_like("organisation") and not column.looks_like("person", 0.3) else "full_name"


def _owner(column: Column, fields: set[str]) -> str:
    return "responsible" if fields & RIVALS else "full_name"


def _supplier(column: Column, fields: set[str]) -> str:
    """`Lieferant`: the firm of the row only where the row names nobody else."""
    leads = column.place < FIRST and not BRANDS & set(headwords.words(column.header))
    return "" if not leads and fields & {"named", "owner"} else _company(column, fields)


def _designation(column: Column, fields: set[str]) -> str:
    """`Bezeichnung`, `Наименование`: of an organisation, or of the thing that a person or a firm has."""
    is_thing = column.place >= FIRST and bool(column.looks) and not column.looks_like("organisation", 0.25)
    return "" if is_thing and "named" in fields else _company(column, fields)


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
    if "uid" in headwords.words(column.header) and column.looks_like("marked"):
        return "registration"
    return "external_id" if column.share >= 1 or column.place == 0 else ""


def _request(column: Column, fields: set[str]) -> str:
    """What our own staff wrote down is nobody's request."""
    return "" if distance(headwords.words(column.header)) >= STAFF else "request"


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
    "company": _company, "designation": _designation, "supplier": _supplier, "owner": _owner, "number": _number,
    "external_id": _external_id, "dated": _dated, "street": _address, "address": _address, "birthday": _birthday,
    "officer": _officer, "second_name": _second_name, "consent": _consent, "request": _request,
    "ignore": lambda column, fields: "ignore" if column.share >= 1 and column.place < COUNTED else "",
    "gender": _gender, "registration": _registration, "ordered_on": _ordered_on, "amount": _amount, "sum": _sum,
    "thing": _nothing, "neutral": _nothing, "place": _place,
    "attribute": _nothing, "other": _nothing, "ours": _nothing, "refusal": _nothing,
}  # fmt: skip
