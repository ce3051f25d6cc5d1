"""The law as data: one pack per jurisdiction, `config/policy/<jurisdiction>.toml`, checked when it is loaded.

A pack says what is needed before a contact point may be used. It never says what a person wants: that stands in
the ledger. What no pack allows is denied (see `consent.engine`). `house.toml` is our own practice, stricter than the
law: it applies in every jurisdiction, beside its pack, and can only take away.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from consent.hours import Week
from consent.hours import week as read_week
from consent.periods import Period, length
from leads.clock import parse
from leads.errors import ConfigError
from leads.source import Channel, Frequency, Purpose, Strict, read_toml, validate

# opt_in: the person's own consent, on record. presumed: likewise, until a concrete interest can be recorded.
# opt_out: allowed unless the person or a named registry says no. prohibited: not even with consent.
# limits: permits nothing; what others permit, it keeps within hours, frequency, registries, age and proof.
Mode = Literal["opt_in", "presumed", "opt_out", "prohibited", "limits"]
Audience = Literal["consumer", "business", "sole_trader"]
Relation = Literal["customer", "enquiry"]
# any: the ledger's entry; written: an act that leaves a record of its own, not a spoken one; confirmed: double opt-in.
Proof = Literal["any", "written", "confirmed"]
Review = Literal["confirmed by counsel", "not confirmed by counsel"]
# primary: the statute's text was read; secondary: a regulator's or lawyer's account of it; unverified: neither.
Seen = Literal["primary", "secondary", "unverified"]
# What the caller has to see to, for no register can tell it. Each has words in `consent/data/words.toml`.
Condition = Literal[
    "own_similar", "stop_in_each", "about_their_work", "told_at_collection", "shows_number", "says_who",
    "postal_address", "about_the_contract", "no_refusal_beside",
]  # fmt: skip
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
HOUSE = "HOUSE"


def _day(text: str) -> str:
    """A calendar date, so that text order is time order."""
    if len(text) != 10:
        raise ValueError("a date is written YYYY-MM-DD")
    parse(text)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ValueError("no such time zone; write Europe/Budapest") from None
    return text


Day = Annotated[str, AfterValidator(_day)]
Zone = Annotated[str, AfterValidator(_zone)]


class Registry(Strict):
    """A list of people who said no. One that was not imported, or too long ago, denies unless it is not `required`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$", description="as in `leads registry import NAME`")
    title: str = Field(min_length=1, description="as a salesperson knows it")
    max_age: Period | None = Field(None, description="the oldest copy that may be relied upon")
    required: bool = True
    beats_consent: bool = Field(False, description="denies also who agreed")


class Rule(Strict):
    """What one statute asks before a contact; both effective dates are inclusive.

    With `excepts` it is an exception: where a rule named there denies, and the condition (relation or sources) holds,
    this one is asked instead.
    """

    id: str = Field(pattern=r"^[A-Z]{2,5}-[A-Z0-9-]+$", description="named in every decision it took part in")
    channels: tuple[Channel, ...] = Field(min_length=1)
    audiences: tuple[Audience, ...] = AUDIENCES
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    mode: Mode
    sources: tuple[str, ...] = Field(
        (), description="only where a source is of such a kind; an exception: where all are"
    )
    regions: tuple[str, ...] = Field(
        (), description="only in these (ISO 3166-2), and where the region is not known"
    )
    excepts: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    within: Period | None = Field(None, description="how long ago the last order or enquiry may be")
    proof: Proof = "any"
    consent_age: Period | None = Field(None, description="a consent older than this no longer counts")
    registries: tuple[Registry, ...] = ()
    hours: str | None = Field(
        None, description="local hours of the person, `Mon-Fri 09:00-20:00; Sat 10:00-18:00`"
    )
    holidays: tuple[str, ...] = Field((), description="days off within the hours: `05-01`, `easter+1`")
    hours_waived: bool = Field(False, description="the hours are not for who agreed")
    cap: Frequency | None = Field(None, description="contacts per person and channel: `4/P30D`")
    no_reaches_all: bool = Field(False, description="a no on any channel or purpose counts for these channels")
    conditions: tuple[Condition, ...] = ()
    effective_from: Day | None = None
    effective_to: Day | None = None
    statute: str = Field(min_length=1)
    seen: Seen
    review: Review | None = Field(None, description="where it differs from the pack's")
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_from > self.effective_to:
            raise ValueError("effective_from is after effective_to")
        if self.excepts and not (self.relations or self.sources):
            raise ValueError("an exception names the relations or the sources it is for")
        if (self.relations or self.within) and not self.excepts:
            raise ValueError("only an exception (excepts) asks for a relation")
        if self.within and not self.relations:
            raise ValueError("within is the age of a relation, and none is named")
        if self.mode == "limits" and not self._limits():
            raise ValueError("a rule of mode limits limits nothing")
        if self.hours:
            read_week(self.hours, self.holidays)
        return self

    def _limits(self) -> bool:
        stated = (self.registries, self.hours, self.cap, self.consent_age, self.no_reaches_all, self.conditions)
        return any(stated) or self.proof != "any"

    @cached_property
    def week(self) -> Week | None:
        """The hours, read."""
        return read_week(self.hours, self.holidays) if self.hours else None

    def speaks_of(self, channel: str, purpose: str, audience: str) -> bool:
        """Is this rule, on whatever day, about such a contact?"""
        return channel in self.channels and purpose in self.purposes and audience in self.audiences

    def effective(self, day: str) -> bool:
        """Is it law on `day` (YYYY-MM-DD)?"""
        return (self.effective_from or day) <= day <= (self.effective_to or day)


class Pack(Strict):
    """The rules of one jurisdiction, in one version."""

    jurisdiction: str = Field(pattern=r"^([A-Z]{2}|HOUSE)$", description="ISO 3166-1 alpha-2, or HOUSE")
    timezone: Zone = Field("UTC", description="where the days begin on which its rules take effect")
    version: str = Field(pattern=r"^\d{4}\.\d{1,2}\.\d{1,3}$", description="year.month.number")
    review: Review
    ask_again: Period | None = Field(None, description="how long any permission may be relied upon at most")
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"rule {twice[0]} stands twice")
        if lost := [name for rule in self.rules for name in rule.excepts if name not in ids]:
            raise ValueError(f"excepts names {lost[0]}, which is no rule of this pack")
        foreign = [name for name in ids if not name.startswith(f"{self.jurisdiction}-")]
        if foreign:
            raise ValueError(f"rule {foreign[0]} is not named after the jurisdiction")
        if self.jurisdiction == HOUSE and any(rule.excepts for rule in self.rules):
            raise ValueError("our own practice makes no exceptions")
        return self

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what the pack says; comments do not change it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def name(self) -> str:
        """What a decision names, e.g. `ru@2026.11.1+5f1d0c9a2b3e`: version, and hash in case it was not raised."""
        return f"{self.jurisdiction.lower()}@{self.version}+{self.fingerprint[:12]}"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of its days."""
        return ZoneInfo(self.timezone)

    def review_of(self, rule: Rule) -> Review:
        """Has counsel confirmed this rule?"""
        return rule.review or self.review


Packs = Mapping[str, Pack]  # jurisdiction -> its pack


class Periods(NamedTuple):
    """The ages that packs ask about: of a consent, of an order or enquiry, of earlier contacts.

    `fewest`: of each period of `contact`, the smallest number of contacts that anybody allows within it.
    """

    consent: tuple[str, ...]
    relation: tuple[str, ...]
    contact: tuple[str, ...]
    fewest: tuple[int, ...]


def periods(packs: Packs, promised: Iterable[str] = ()) -> Periods:
    """What has to be known of past moments, for these packs and promises such as `2/P1M`."""
    rules = [rule for pack in packs.values() for rule in pack.rules]
    caps = [cap.split("/") for cap in {rule.cap for rule in rules if rule.cap} | set(promised)]
    contact = _sorted(period for _, period in caps)
    return Periods(
        _sorted(rule.consent_age for rule in rules),
        _sorted(rule.within for rule in rules),
        contact,
        tuple(min(int(most) for most, within in caps if within == period) for period in contact),
    )


def _sorted(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({period for period in found if period}, key=lambda period: (length(period), period)))


def load_packs(folder: Path) -> Packs:
    """Every `<jurisdiction>.toml` of `folder` (`config/policy`), by jurisdiction.

    Raises ConfigError naming file and key when a pack is not as declared, is named after another jurisdiction,
    or when there is none at all.
    """
    packs = {}
    for file in sorted(folder.glob("*.toml")):
        pack = validate(Pack, read_toml(file), file)
        if pack.jurisdiction.lower() != file.stem:
            raise ConfigError(
                "key 'jurisdiction'",
                where=str(file),
                why="the file is named after another jurisdiction",
                do=f"Name it {pack.jurisdiction.lower()}.toml or mend the key",
            )
        packs[pack.jurisdiction] = pack
    if not packs:
        raise ConfigError("no policy pack", where=str(folder), do="Put the shipped config/policy there")
    return MappingProxyType(packs)
