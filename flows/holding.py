"""What holds an erasure up: asked of the store and the configuration, without Prefect."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Connection

from consent import keeping
from consent.duties import load_duties
from leads import schema
from leads.settings import Settings
from leads.source import Source, load_source, source_names
from store import cards, holds


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
        holds.put_by_hand(connection, asked), holds.sources(connection, asked), configured(place),
        load_duties(place.config_dir).proof, at,
    )  # fmt: skip
    return {contact: (until, because) for contact, until, because in found.itertuples(index=False)}


def configured(place: Settings) -> list[Source]:
    """The sources as they are configured now; one that is not there any more states no time."""
    return [load_source(place.config_dir, name) for name in source_names(place.config_dir)]
