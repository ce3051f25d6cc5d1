"""The law as data: one pack per jurisdiction, `config/policy/<jurisdiction>.toml`, checked when it is loaded.

A pack says what is needed before a contact point may be used. It never says what a person wants: that stands in
the ledger. What no pack allows is denied (see `consent.gate`).
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from leads.clock import parse
from leads.errors import ConfigError
from leads.source import Channel, Purpose, Strict, read_toml, validate

# opt_in: the person's own consent, on record. presumed: likewise, until a concrete interest can be recorded.
# opt_out: allowed unless the person or a named registry says no. prohibited: not even with consent.
Mode = Literal["opt_in", "presumed", "opt_out", "prohibited"]
Review = Literal["confirmed by counsel", "not confirmed by counsel"]
# primary: the statute's text was read; secondary: a regulator's or lawyer's account of it; unverified: neither.
Seen = Literal["primary", "secondary", "unverified"]


def _day(text: str) -> str:
    """A calendar date, so that text order is time order."""
    if len(text) != 10:
        raise ValueError("a date is written YYYY-MM-DD")
    parse(text)
    return text


Day = Annotated[str, AfterValidator(_day)]


class Rule(Strict):
    """What one statute asks before a contact; both effective dates are inclusive."""

    id: str = Field(pattern=r"^[A-Z]{2}-[A-Z0-9-]+$", description="named in every decision it took part in")
    channels: tuple[Channel, ...] = Field(min_length=1)
    audience: Literal["consumer", "business", "any"] = "any"
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    mode: Mode
    registries: tuple[str, ...] = Field((), description="lists of people who said no, to be asked first")
    effective_from: Day | None = None
    effective_to: Day | None = None
    statute: str = Field(min_length=1)
    seen: Seen
    review: Review | None = Field(None, description="where it differs from the pack's")
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_from > self.effective_to:
            raise ValueError("effective_from is after effective_to")
        return self

    def covers(self, channel: str, purpose: str, audience: str, day: str) -> bool:
        """Does this rule speak of such a contact on `day` (YYYY-MM-DD)?"""
        return (
            channel in self.channels
            and purpose in self.purposes
            and self.audience in ("any", audience)
            and (self.effective_from or day) <= day <= (self.effective_to or day)
        )


class Pack(Strict):
    """The rules of one jurisdiction, in one version."""

    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
    version: str = Field(pattern=r"^\d{4}\.\d{1,2}\.\d{1,3}$", description="year.month.number")
    review: Review
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct_ids(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"rule {twice[0]} stands twice")
        return self

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what the pack says; comments do not change it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def name(self) -> str:
        """What a decision names, e.g. `ru@2026.11.1+5f1d0c9a2b3e`: version, and hash in case it was not raised."""
        return f"{self.jurisdiction.lower()}@{self.version}+{self.fingerprint[:12]}"

    def review_of(self, rule: Rule) -> Review:
        """Has counsel confirmed this rule?"""
        return rule.review or self.review


Packs = Mapping[str, Pack]  # jurisdiction -> its pack


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
