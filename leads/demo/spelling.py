"""The ways people write a phone, an e-mail, a name, a company: all of them readable unless called broken."""

import re
from random import Random

import phonenumbers

from leads.demo.people import Market, Organisation, Person, latin, markets

SERBIAN = str.maketrans(
    "abvgdezijklmnoprstufcćABVGDEZIJKLMNOPRSTUFC", "абвгдезијклмнопрстуфцћАБВГДЕЗИЈКЛМНОПРСТУФЦ"
)

# What a cell says when nobody knew the number: no value at all, which is no fault of the row.
NOTHING = ("", "", "", "-", "нет")

# No reader may make an address of these: template -> what is wrong with it.
BROKEN_MAILBOXES = {
    "{local}.{domain}": "no @",
    "{local}@": "nothing after @",
    "@{domain}": "nothing before @",
    "{local}@@{domain}": "forbidden character",
    "{local}@mail": "domain without dot",
    "{local}..ru@{domain}": "misplaced dot or hyphen",
}


def phone(random: Random, value: str, market: str, *, abroad: bool = False) -> str:
    """The E.164 `value` as its owner writes it; `abroad` only in ways that can be read anywhere."""
    table = markets()[market]
    styles = [style for style in table.phones if not abroad or style.startswith("+")]
    return phone_as(random.choice(styles), value, table)


def phone_as(style: str, value: str, table: Market) -> str:
    """`value` in one style of the country: `{area}`, and the rest `{digits}`, `{spaced}`, `{dashed}`, `{dotted}`."""
    number = national(value)
    mobile = any(re.fullmatch(pattern.replace("#", r"\d"), number) for pattern in table.mobile)
    area = table.area["mobile" if mobile else "fixed"]
    parts = _grouped(number[area:], table.groups)
    return style.format(
        area=number[:area],
        digits="".join(parts),
        spaced=" ".join(parts),
        dashed="-".join(parts),
        dotted=".".join(parts),
    )


def national(value: str) -> str:
    """The national significant digits of an E.164 number."""
    return phonenumbers.national_significant_number(phonenumbers.parse(value))


def decimal(value: str) -> str:
    """A number that went through a spreadsheet as a decimal: every digit is there, `.0` too many."""
    return f"{value.lstrip('+')}.0"


def damaged(value: str) -> str:
    """What a spreadsheet left of a number: five digits and an exponent. Nothing can mend it."""
    return f"{int(value):.4E}"


def email(random: Random, mailbox: str) -> str:
    """A mailbox as people type it; Google's own with dots and tags, which it ignores."""
    if mailbox.endswith("@gmail.com"):
        local = mailbox.partition("@")[0]
        tagged = f"{local.title()}+Stroy@Googlemail.com"
        return random.choice((mailbox, f"{local.replace('.', '')}@gmail.com", tagged))
    return random.choices((mailbox, mailbox.title(), mailbox.upper()), (8, 1, 1))[0]


def broken_email(random: Random, mailbox: str) -> tuple[str, str]:
    """An address that cannot be mended, and why."""
    local, domain = mailbox.split("@")
    template = random.choice(sorted(BROKEN_MAILBOXES))
    return template.format(local=local, domain=domain), BROKEN_MAILBOXES[template]


def name(random: Random, person: Person, language: str) -> str:
    """The full name as `person` writes it in a form in `language`: their own script and order, or Latin."""
    own = markets()[person.market].language
    if language == "ru" and own == "ru":
        return russian_name(random, person)
    plain = f"{person.given} {person.family}"
    if own == "ru":
        return latin(plain)
    if language == "hu" and own == "hu":
        plain = f"{person.family} {person.given}"
    return random.choice((plain, plain, plain, _typed(plain), plain.upper()))


def russian_name(random: Random, person: Person) -> str:
    """Family, given and father's name in the orders and letter cases of Russian lists."""
    short, full = f"{person.family} {person.given}", f"{person.family} {person.given} {person.patronymic}"
    return random.choice(
        (full, full, full, short, short, f"{person.given} {person.family}", full.upper(), short.lower())
    )


def initials(person: Person) -> str:
    """`Иванов И. И.`: agrees with every Ivanov whose first name begins so."""
    return f"{person.family} {person.given[0]}. {person.patronymic[0]}."


def transliterable(person: Person) -> bool:
    """Does the plain Latin spelling have letters only, so that it is the one people would type?"""
    return latin(person.family + person.given).isalpha()


def cyrillic(person: Person) -> str:
    """A Serbian name in Cyrillic, or "" where its letters do not come back from it one by one."""
    plain = f"{person.given} {person.family}"
    turned = plain.translate(SERBIAN)
    return turned if latin(turned) == latin(plain) else ""


def company(random: Random, organisation: Organisation) -> str:
    """The company's name with its legal form before, after or missing."""
    if organisation.sole_trader:
        return random.choice((f"ИП {organisation.name}", f"ИП {organisation.name.replace('. ', '.')}"))
    style = random.choice(markets()[organisation.market].written)
    return style.format(name=organisation.name, upper=organisation.name.upper())


def _typed(plain: str) -> str:
    """Without the accents; the Romanian letters also in the older form with a cedilla."""
    return plain.translate(str.maketrans("șțȘȚ", "şţŞŢ")) if re.search("[șțȘȚ]", plain) else latin(plain)


def _grouped(digits: str, groups: tuple[int, ...]) -> list[str]:
    *first, _ = groups
    parts = []
    for size in first:
        parts.append(digits[:size])
        digits = digits[size:]
    return [*parts, digits]
