"""Owners: the managers contacts are assigned to, written in `config/owners.toml`, and who gets whom."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import AfterValidator, EmailStr, Field, field_validator

from leads import schema
from leads.errors import ConfigError, LeadsError
from leads.source import Language, Strict, read_toml, validate
from sales.segments import Country, Name, load_segments

Owners = Mapping[str, "Owner"]
Counts = npt.NDArray[np.int64]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no time zone has this name; write it as in the tz database, for example Europe/Budapest")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Canary(Strict):
    """What a synthetic contact is made of: whole names (given name first); domains of which every address reaches us;
    numbers (E.164) that ring with us, each used once."""

    names: tuple[str, ...] = Field(min_length=1)
    domains: tuple[Domain, ...] = Field(min_length=1)
    phones: tuple[Number, ...] = ()

    @field_validator("names")
    @classmethod
    def _whole(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if short := [name for name in names if len(name.split()) < 2]:
            raise ValueError(f"{len(short)} of the names have one word only; write given name and family name")
        return names


class Owner(Strict):
    """One manager or team; `capacity` is a share: 2 is given twice as many contacts as 1."""

    name: str = Field(min_length=1)
    email: EmailStr | None = None
    active: bool = True
    language: Language = Field(description="the language their batches are written in")
    languages: tuple[Language, ...] = Field(min_length=1, description="spoken with contacts")
    countries: tuple[Country, ...] = ()
    segments: tuple[Name, ...] = Field((), description="only contacts of these segments; empty: of all")
    capacity: int = Field(1, ge=1, le=1000)
    timezone: TimeZone | None = Field(None, description="of their clock: hours in a batch are said in it too")
    canary: Canary | None = Field(None, description="a synthetic contact in each of their batches")


class OwnersFile(Strict):
    """What `owners.toml` may say."""

    owners: dict[Name, Owner] = Field(min_length=1)


def load_owners(config_dir: Path) -> dict[str, Owner]:
    """The owners by id; raises ConfigError naming file, key and reason, also for an unknown segment."""
    file = config_dir / "owners.toml"
    owners = dict(validate(OwnersFile, read_toml(file), file).owners)
    named = {segment: key for key, owner in owners.items() for segment in owner.segments}
    for segment in named.keys() - (load_segments(config_dir).keys() if named else set()):
        raise ConfigError(
            f"key 'owners.{named[segment]}.segments'",
            where=str(file),
            why=f"no segment '{segment}' in segments.toml",
            do="Mend the file",
        )
    return owners


def assign(
    cards: pd.DataFrame, owners: Owners, current: pd.DataFrame, members: pd.DataFrame | None = None
) -> pd.DataFrame:
    """CARDS whose contact has no active owner in `current` (ASSIGNMENTS) -> their new ASSIGNMENTS.

    `members` (segment, contact) is needed when an owner is bound to segments. `why` is `language and country`,
    `language` or `anyone`. Does not depend on the order of rows. Raises ConfigError when nobody is active.
    """
    schema.check(schema.CARDS, cards)
    schema.check(schema.ASSIGNMENTS, current)
    active = {key: owner for key, owner in sorted(owners.items()) if owner.active}
    kept = current[current["owner"].isin(list(active))]
    waiting = cards.loc[~cards["contact"].isin(kept["contact"]), ["contact", "language", "country"]]
    waiting = waiting.drop_duplicates("contact")
    if waiting.empty:
        return schema.empty(schema.ASSIGNMENTS)
    if not active:
        raise ConfigError("no owner is active", where="owners.toml", do="Set active = true for at least one")
    waiting = _with_segments(waiting, active, members).sort_values("contact")
    load = kept["owner"].value_counts().reindex(list(active), fill_value=0).astype("int64")
    dealt = []
    for (who, why), contacts in _groups(waiting, active):
        turns = _deal(len(contacts), load[list(who)].to_numpy(), np.array([active[key].capacity for key in who]))
        chosen = np.array(who, dtype=object)[turns]
        load = load.add(pd.Series(chosen).value_counts(), fill_value=0).astype("int64")
        dealt.append(pd.DataFrame({"contact": contacts.to_numpy(), "owner": chosen, "why": why}))
    assigned = pd.concat(dealt).sort_values("contact", ignore_index=True).astype(schema.TEXT)
    return schema.check(schema.ASSIGNMENTS, assigned)


def _with_segments(waiting: pd.DataFrame, active: Owners, members: pd.DataFrame | None) -> pd.DataFrame:
    """Adds `segments`: those an owner is bound to that the contact is in, `|`-joined; no nulls remain."""
    waiting = waiting.fillna("").assign(segments="").astype(schema.TEXT)
    named = sorted({segment for owner in active.values() for segment in owner.segments})
    if not named:
        return waiting
    if members is None:
        raise LeadsError(
            "owners are bound to segments, but who is in them was not given",
            where="owners.toml",
            do="Compute the segments first",
        )
    for segment in named:
        inside = waiting["contact"].isin(members.loc[members["segment"] == segment, "contact"])
        waiting["segments"] = waiting["segments"].where(~inside, waiting["segments"] + f"{segment}|")
    return waiting


def _groups(waiting: pd.DataFrame, active: Owners) -> list[tuple[tuple[tuple[str, ...], str], pd.Series]]:
    """The contacts by who may have them and why, those with the fewest owners first."""
    profile = ["language", "country", "segments"]
    kinds = waiting[profile].drop_duplicates()
    best = {row: _best(active, *row) for row in kinds.itertuples(index=False, name=None)}
    order = sorted(set(best.values()), key=lambda group: (len(group[0]), group))
    kinds = kinds.assign(group=[order.index(group) for group in best.values()])
    placed = waiting.merge(kinds, on=profile)
    return [(order[number], part["contact"]) for number, part in placed.groupby("group")]


def _best(active: Owners, language: str, country: str, segments: str) -> tuple[tuple[str, ...], str]:
    """Who may have such a contact, and why: the best level at which there is anybody."""
    free = {k: o for k, o in active.items() if not o.segments or set(o.segments) & set(segments.split("|"))}
    fit = free or active
    speak = [key for key, owner in fit.items() if language in owner.languages]
    if near := [key for key in speak if country in fit[key].countries]:
        return tuple(near), "language and country"
    return (tuple(speak), "language") if speak else (tuple(fit), "anyone")


def _deal(count: int, load: Counts, capacity: Counts) -> Counts:
    """Whose turn it is, `count` times: always who has the least per capacity, within their limit.

    The limit, half as much again as the fair share, keeps a newcomer or one back from leave from being
    given a whole batch: they catch up over several.
    """
    fair, total = count * capacity, capacity.sum()
    limit = np.maximum(-(-fair // total), 3 * fair // (2 * total))
    owner = np.repeat(np.arange(len(capacity)), limit)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(limit) - limit, limit)
    level = (load[owner] + nth) / capacity[owner]
    return owner[np.lexsort((owner, level))][:count]
