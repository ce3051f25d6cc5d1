"""A phone that all rows of a base state: what each lead says of it is entered once, and the cost follows the chunk."""

import pandas as pd
import pytest
from sqlalchemy import Engine

from leads import schema
from store import ledger
from store.engine import writing

POINT = "everybody"


def said_by(store: Engine, leads: range) -> tuple[int, int]:
    """Each of the leads says the same of one contact point: how many events were new, and SQLite's steps by hundreds."""
    ids, steps = schema.texts(f"l{no}" for no in leads), []
    terms = pd.DataFrame({name: schema.texts(["x"]) for name in schema.TERMS.columns})
    numbers = pd.DataFrame({"lead_id": ids, "id": pd.array(leads, dtype=schema.INT)})
    events = pd.DataFrame({
        "lead_id": ids, "value": schema.texts([POINT] * len(leads)), "jurisdiction": schema.texts(["DE"] * len(leads)),
        "event_time": schema.texts([None] * len(leads)), "row": pd.array(leads, dtype=schema.INT),
        "terms": pd.array([0] * len(leads), dtype=schema.INT), "recorded_time": schema.texts(["x"] * len(leads)),
    })  # fmt: skip
    with writing(store) as connection:
        raw = connection.connection.driver_connection
        if counts := connection.dialect.name == "sqlite":
            raw.set_progress_handler(lambda: steps.append(1), 100)  # type: ignore[union-attr]
        new = ledger.append(
            connection,
            terms.assign(terms=pd.array([0], dtype=schema.INT), kind=schema.texts(["given"])),
            events,
            numbers,
        )
        if counts:
            raw.set_progress_handler(None, 0)  # type: ignore[union-attr]
    return new, len(steps)


def test_what_a_lead_says_of_a_point_that_many_share_is_entered_once(store: Engine) -> None:
    assert said_by(store, range(1, 30))[0] == 29
    assert said_by(store, range(20, 40))[0] == 10
    assert said_by(store, range(1, 40))[0] == 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_leads_are_not_each_held_against_each_event_of_the_point(store: Engine) -> None:
    said_by(store, range(1, 2_001))
    _, few = said_by(store, range(2_001, 2_101))
    _, many = said_by(store, range(2_101, 4_101))
    assert many < 10 * few, "of twenty times as many leads"
