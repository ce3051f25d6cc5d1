"""The people and organisations of the demo, invented one after another from one seed.

Who they are is fixed here; what a source makes of them (a spelling, a missing name, a damaged number) is
decided where the source is written. Numbers and addresses belong to one person unless given on purpose.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random

import phonenumbers
from anyascii import anyascii

from leads.errors import LeadsError
from leads.source import Strict

MAILBOXES = ("mail.example.com", "post.example.net", "inbox.example.org")


class Market(Strict):
    """One country's table of `names.toml`; `company`, `written`, `street` and `phones` are templates."""

    code: str
    language: str
    country: dict[str, str]
    men: tuple[str, ...]
    women: tuple[str, ...]
    families: tuple[str, ...]
    mobile: tuple[str, ...]
    fixed: tuple[str, ...]
    area: dict[str, int]
    groups: tuple[int, ...]
    phones: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    street: str
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    company: str
    written: tuple[str, ...]
    jobs: tuple[str, ...]
    requests: tuple[str, ...]
    categories: tuple[str, ...]
    fathers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Organisation:
    """A company, its switchboard and shared mailbox. `name` has no legal form; a sole trader's is a name."""

    id: str
    market: str
    name: str
    phone: str
    mailbox: str
    city: str
    region: str
    postcode: str
    street: str
    category: str
    website: str
    sole_trader: bool = False

    @property
    def email(self) -> str:
        """The canonical form of the mailbox."""
        return canonical(self.mailbox)


@dataclass(frozen=True)
class Person:
    """A person. `quiet` ones share no contact point with anybody, so a lead without their name is decidable."""

    id: str
    market: str
    family: str
    given: str
    patronymic: str
    phone: str
    mailbox: str
    city: str
    region: str
    job: str
    quiet: bool
    company: Organisation | None = None
    second_phone: str = ""

    @property
    def email(self) -> str:
        """The canonical form of the mailbox."""
        return canonical(self.mailbox)


Entity = Person | Organisation


@cache
def markets() -> dict[str, Market]:
    """The countries of `names.toml` by ISO code."""
    text = resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8")
    return {code: Market(code=code, **table) for code, table in tomllib.loads(text).items()}


def canonical(mailbox: str) -> str:
    """The key two spellings of one mailbox share: case folded; for Google's, dots and tag dropped."""
    local, domain = mailbox.strip().casefold().split("@")
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{local.partition('+')[0].replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def latin(text: str) -> str:
    """`text` in plain Latin letters, as the same person would type it on another keyboard."""
    return anyascii(text)


def letters(text: str) -> str:
    """The letters of `text`, Latin and small: what domains and mailboxes are made of."""
    return "".join(c for c in latin(text).lower() if c.isalpha())


class People:
    """Invents people and organisations; the same random source gives the same ones in the same order."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.entities: dict[str, Entity] = {}
        self._taken: set[str] = set()
        self._company_names = {code: self._shuffled_names(table) for code, table in markets().items()}

    def person(
        self,
        market: str,
        *,
        company: Organisation | None = None,
        quiet: bool | None = None,
        beside: Person | None = None,
    ) -> Person:
        """A new person; `beside` somebody of the same household: same phone and family, another first name."""
        table, number = markets()[market], len(self.entities) + 1
        family, given, patronymic = self._name(table, company, beside)
        place = (company.city, company.region) if company else self.random.choice(table.cities)
        person = Person(
            id=f"p{number:04}",
            market=market,
            family=family,
            given=given,
            patronymic=patronymic,
            phone=beside.phone if beside else self.phone(market, "mobile"),
            mailbox=self._mailbox(f"{letters(given)}.{letters(family)}", number, company),
            city=place[0],
            region=place[1],
            job=self.random.choice(table.jobs),
            quiet=self.random.random() < 0.3 if quiet is None else quiet,
            company=company,
            second_phone=self.phone(market, "mobile") if self.random.random() < 0.1 else "",
        )
        self.entities[person.id] = person
        return person

    def organisation(self, market: str, *, phone: str = "", sole_trader: bool = False) -> Organisation:
        """A new organisation; `phone` when it shares another one's switchboard."""
        table, number = markets()[market], len(self.entities) + 1
        name = self._trader_name(table) if sole_trader else self._company_names[market].pop()
        domain = f"{letters(name)[:24]}{number}.example.com"
        city, region, postcode = self.random.choice(table.cities)
        organisation = Organisation(
            id=f"o{number:04}",
            market=market,
            name=name,
            phone=phone or self.phone(market, "fixed"),
            mailbox=f"info@{domain}",
            city=city,
            region=region,
            postcode=postcode,
            street=table.street.format(number=self.random.randint(1, 180)),
            category=self.random.choice(table.categories),
            website=f"https://www.{domain}/",
            sole_trader=sole_trader,
        )
        self.entities[organisation.id] = organisation
        return organisation

    def phone(self, market: str, kind: str) -> str:
        """A new E.164 number of the country, `mobile` or `fixed`; raises LeadsError when it is not valid."""
        patterns: tuple[str, ...] = getattr(markets()[market], kind)
        prefix = phonenumbers.country_code_for_region(market)
        value = ""
        while not value or value in self._taken:
            pattern = self.random.choice(patterns)
            value = f"+{prefix}{re.sub('#', lambda _: str(self.random.randint(0, 9)), pattern)}"
        if not phonenumbers.is_valid_number(phonenumbers.parse(value)):
            raise LeadsError(
                f"a {kind} pattern of {market} gives no valid number",
                where="leads/demo/names.toml",
                do="Choose another pattern",
            )
        self._taken.add(value)
        return value

    def _shuffled_names(self, table: Market) -> list[str]:
        names = [table.company.format(head=head, tail=tail) for head in table.heads for tail in table.tails]
        return self.random.sample(names, len(names))

    def _name(self, table: Market, company: Organisation | None, beside: Person | None) -> tuple[str, str, str]:
        """Family, given and patronymic; nobody shares a household or a company with their namesake."""
        woman = self.random.random() < 0.5
        family = _household(table, beside) if beside else self.random.choice(table.families)
        given = self.random.choice(table.women if woman else table.men)
        circle = f"{company.id if company else beside.id if beside else len(self.entities)}"
        if f"{circle}/{family}/{given}" in self._taken or (beside and beside.given == given):
            return self._name(table, company, beside)
        self._taken.add(f"{circle}/{family}/{given}")
        if not table.fathers:
            return family, given, ""
        father = self.random.choice(table.fathers)
        return (_feminine(family), given, f"{father[:-2]}на") if woman else (family, given, father)

    def _trader_name(self, table: Market) -> str:
        given, father = self.random.choice(table.men), self.random.choice(table.fathers)
        return f"{self.random.choice(table.families)} {given[0]}. {father[0]}."

    def _mailbox(self, local: str, number: int, company: Organisation | None) -> str:
        if company is not None and self.random.random() < 0.7:
            return f"{local}@{company.mailbox.partition('@')[2]}"
        if self.random.random() < 0.02:
            return f"wellspring.demo.{local}.{number:04}@gmail.com"
        return f"{local}{number}@{self.random.choice(MAILBOXES)}"


def _household(table: Market, beside: Person) -> str:
    return next(family for family in table.families if beside.family in {family, _feminine(family)})


def _feminine(family: str) -> str:
    return f"{family[:-2]}ая" if family.endswith("ий") else f"{family}а"
