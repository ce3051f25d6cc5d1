from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from dedupe.candidates.keys import match_keys
from leads import schema
from leads.source import Source
from store import cards, trail
from store.engine import reading

ANN, BOB = ("ann", "smith"), ("bob", "smith")
P1, P2, E1 = "+491510001", "+491510002", "ü@example.com"


@pytest.fixture
def source(make_source: Callable[..., Source]) -> Source:
    return make_source()


def test_one_value_has_the_key_of_a_frame_of_values() -> None:
    values = [("phone", P1), ("phone", P2), ("email", E1), *(("phone", f"+{i}") for i in range(50))]
    frame = match_keys(pd.DataFrame(values, columns=["type", "value"]).astype(schema.TEXT))
    for row in frame.itertuples():
        assert trail._key(row.type, row.value) == row.key


def test_who_has_a_contact_point(store: Engine, loader: Any, source: Source) -> None:
    loader.take(source, [{"phone": P1, "name": ANN}, {"phone": P1, "name": BOB}, {"email": E1, "name": ANN}])
    with reading(store) as connection:
        both = trail.contacts_with(connection, "phone", P1)
        names = [trail.contact(connection, contact)["given_name"] for contact in both]
        assert sorted(names) == ["ann", "bob"]
        assert len(trail.contacts_with(connection, "email", E1)) == 1
        assert trail.contacts_with(connection, "email", P1) == trail.contacts_with(connection, "phone", P2) == []


def test_what_was_said_of_a_phone_was_said_of_the_messenger_with_its_number(
    store: Engine, say: Callable[..., int]
) -> None:
    say(store, of_type="phone", **{P1: "withdrawn", P2: "given"})
    say(store, of_type="messenger", **{"telegram:name": "given"})
    points = [
        {"type": type_, "value": value}
        for type_, value in (("messenger", f"whatsapp:{P1}"), ("messenger", "telegram:name"), ("phone", P1))
    ]
    with reading(store) as connection:
        told = trail.events(connection, points)
        assert [(event["value"], event["kind"]) for event in told] == [
            (P1, "withdrawn"),
            ("telegram:name", "given"),
        ]
        history = cards.history(connection, pd.DataFrame(points).astype(schema.TEXT))
    assert sorted(history[["value", "type", "kind"]].itertuples(index=False, name=None)) == [
        (P1, "phone", "withdrawn"), ("telegram:name", "messenger", "given"),
        (f"whatsapp:{P1}", "messenger", "withdrawn"),
    ]  # fmt: skip


def test_where_every_lead_came_from(store: Engine, loader: Any, source: Source) -> None:
    rows = [{"id": "a", "key": "r", "phone": P1, "name": ANN, "occurred_at": "2026-01-01T00:00:00.000000Z"}]
    loader.take(source, rows)
    loader.take(source, rows)
    loader.take(source, [{"id": "b", "key": "r", "phone": P1, "name": ANN, "city": "Bonn"}])
    with reading(store) as connection:
        [contact] = trail.contacts_with(connection, "phone", P1)
        first, second = trail.leads(connection, contact)
        decisions = trail.decisions(connection, ["a", "b"])
        shown = trail.contact(connection, contact)
    assert (first["public_id"], first["superseded_by_lead"], len(first["seen_again"])) == ("a", "b", 1)
    assert (second["public_id"], second["superseded_by_lead"], second["seen_again"]) == ("b", None, [])
    assert [point["value"] for point in second["points"]] == [P1]
    assert {(d["lead_id"], d["other_lead_id"], d["rule"]) for d in decisions} == {
        ("b", "a", "same record"), ("b", "a", "phone and name"),
    }  # fmt: skip
    assert (shown["city"], [point["value"] for point in shown["points"]]) == ("Bonn", [P1])
