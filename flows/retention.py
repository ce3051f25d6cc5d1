"""Whose time is over, and the erasing of them: without Prefect."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import keeping
from consent.acts import Said
from consent.duties import load_duties
from flows import erasing, holding
from leads import clock, schema
from leads.settings import Settings
from store import holds
from store.engine import reading


@dataclass(frozen=True)
class Applied:
    """Whose time was over: how many were erased, how many are held up, and the files somebody has to see to."""

    erased: int
    held: int
    left: list[str]


def past(connection: Connection, place: Settings, at: str) -> pd.DataFrame:
    """Whose time is over at a moment: PAST, with held_until and because (null where nothing holds it up)."""
    found = keeping.past(holds.kept(connection), holding.configured(place), load_duties(place.config_dir).keep, at)
    held = holding.in_force(connection, place, found["contact"].to_list(), at)
    return found.assign(
        held_until=schema.texts(held.get(one, (None, None))[0] for one in found["contact"]),
        because=schema.texts(held.get(one, (None, None))[1] for one in found["contact"]),
    )


def apply(engine: Engine, place: Settings, by: str) -> Applied:
    """Erase whose time is over; they may come back by turning to us, and by nothing else. What is held up stays."""
    now = clock.now()
    with reading(engine) as connection:
        found = past(connection, place, now)
    said = Said("withdrawn", "any", "any", now, by, "retention")
    due = found.loc[found["held_until"].isna(), "contact"].to_list()
    left = erasing.erase_all(engine, place, due, said, "retention")
    return Applied(len(due), len(found) - len(due), left)
