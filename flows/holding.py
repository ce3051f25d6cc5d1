"""What holds an erasure up, and whose time is over: asked of the store and the configuration, without Prefect."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import keeping
from consent.acts import Said
from consent.duties import load_duties
from leads import clock, schema
from leads.settings import Settings
from leads.source import Source, load_source, source_names
from store import cards, holds
from store.engine import reading


@dataclass(frozen=True)
class Applied:
    """Whose time was over: how many were erased, how many are held up, and the files somebody has to see to."""

    erased: int
    held: int
    left: list[str]


def in_force(
    connection: Connection, place: Settings, contacts: Sequence[str], at: str
) -> dict[str, tuple[str, str]]:
    """Of these contacts (public ids) those about whom proof must be kept after a moment: until when, and why."""
    asked = pd.DataFrame({"contact": schema.texts(dict.fromkeys(contacts))})
    if asked.empty:
        return {}
    points = cards.card_points(connection, asked)
    found = keeping.held(
        holds.people(connection, asked), points, cards.history(connection, points), cards.contacted(connection, asked),
        holds.put_by_hand(connection, asked), holds.sources(connection, asked), _sources(place),
        load_duties(place.config_dir).proof, at,
    )  # fmt: skip
    return {contact: (until, because) for contact, until, because in found.itertuples(index=False)}


def past(connection: Connection, place: Settings, at: str) -> pd.DataFrame:
    """Whose time is over at a moment: PAST, with held_until and because (null where nothing holds it up)."""
    found = keeping.past(holds.kept(connection), _sources(place), load_duties(place.config_dir).keep, at)
    held = in_force(connection, place, found["contact"].to_list(), at)
    return found.assign(
        held_until=schema.texts(held.get(one, (None, None))[0] for one in found["contact"]),
        because=schema.texts(held.get(one, (None, None))[1] for one in found["contact"]),
    )


def apply(engine: Engine, place: Settings, by: str) -> Applied:
    """Erase whose time is over; they may come back by turning to us, and by nothing else. What is held up stays."""
    from flows import erasing

    now = clock.now()
    with reading(engine) as connection:
        found = past(connection, place, now)
    said = Said("withdrawn", "any", "any", now, by, "retention")
    due = found.loc[found["held_until"].isna(), "contact"].to_list()
    left = erasing.erase_all(engine, place, due, said, "retention")
    return Applied(len(due), len(found) - len(due), left)


def _sources(place: Settings) -> list[Source]:
    """The sources as they are configured now; one that is not there any more states no time."""
    return [load_source(place.config_dir, name) for name in source_names(place.config_dir)]
