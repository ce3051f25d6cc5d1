"""What hangs on a contact goes along when it is merged, and comes back when it is taken apart."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows import decisions
from flows.decisions import Said
from leads.source import Source
from store import cards
from store.engine import reading, writing

P1, P2 = "+491510001", "+491510002"
ANN = ("ann", "smith")
WE = Said("somebody")
HANGING = {
    "assignment": "contact_id, owner, until",
    "permission_decision": "contact_id, value",
    "delivery_item": "contact_id, reason, lead_id",
    "segment_membership": "contact_id, segment",
}


@pytest.fixture
def source(make_source: Callable[..., Source]) -> Source:
    return make_source()


def ask(store: Engine, sql: str) -> list[Any]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def hanging(store: Engine) -> dict[str, list[Any]]:
    """What hangs on each contact, by its public id."""
    names = dict(ask(store, "SELECT id, public_id FROM contact"))
    return {
        table: sorted((names[row[0]], *row[1:]) for row in ask(store, f"SELECT {columns} FROM {table}"))
        for table, columns in HANGING.items()
    }


@pytest.fixture
def two(store: Engine, loader: Any, source: Source) -> tuple[str, str]:
    """Two contacts that sales worked with; both were handed over for the first time."""
    loader.take(source, [{"id": "a", "phone": P1, "name": ANN}, {"id": "b", "phone": P2, "name": ANN}])
    contacts = ask(store, "SELECT id, public_id, first_lead_id FROM contact ORDER BY id")
    with writing(store) as connection:
        connection.execute(
            text("INSERT INTO owner (id, name, active) VALUES ('o1', 'One', true), ('o2', 'Two', true)")
        )
        for number, (contact, _, lead) in enumerate(contacts, start=1):
            given = {"id": contact, "n": number, "lead": lead, "owner": f"o{number}", "value": f"v{number}"}
            connection.execute(
                text("""INSERT INTO delivery (id, public_id, owner, segment, delivered_at, rows, next_steps)
                        VALUES (:n, 'd', :owner, 's', 't', 1, 0)"""), given)  # fmt: skip
            for statement in (
                "INSERT INTO assignment (contact_id, owner, why, since) VALUES (:id, :owner, 'x', 't')",
                "INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id) VALUES (:id, 'first', :n, :lead)",
                "INSERT INTO segment_membership (segment, contact_id, since) VALUES (:owner, :id, 't')",
                """INSERT INTO permission_decision (contact_id, type, value, channel, purpose, verdict, rule, pack, reason,
                   review, decided_at) VALUES (:id, 'phone', :value, 'call', 'marketing', 'allow', 'r', 'p', 'x', 'y', 't')""",
            ):
                connection.execute(text(statement), given)
    return contacts[0][1], contacts[1][1]


def test_everything_goes_along_and_comes_back(store: Engine, two: tuple[str, str]) -> None:
    older, younger = two
    before = hanging(store)
    decisions.merge(store, older, younger, WE)
    merged = hanging(store)
    assert {row[0] for rows in merged.values() for row in rows} == {older}
    assert [len(rows) for rows in merged.values()] == [2, 2, 1, 2], "handed over once for each reason"
    decisions.unmerge(store, older, younger, WE)
    after = hanging(store)
    # The survivor stays in the other's segment until segments are made again.
    assert after.pop("segment_membership") == sorted([*before.pop("segment_membership"), (older, "o2")])
    assert after == before


def test_what_happened_since_stays_with_the_lead_it_was_about(
    store: Engine, loader: Any, source: Source, two: tuple[str, str]
) -> None:
    older, younger = two
    decisions.merge(store, older, younger, WE)
    loader.take(source, [{"id": "c", "phone": P2, "name": ANN, "city": "Ulm"}])
    with writing(store) as connection:
        connection.execute(text("""INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id)
            SELECT id, 'answer:c', 1, 'c' FROM contact"""))  # fmt: skip
    decisions.unmerge(store, older, younger, WE)
    assert (younger, "answer:c", "c") in hanging(store)["delivery_item"]


def test_a_withdrawal_of_either_is_the_merged_contacts_and_stays_when_it_is_taken_apart(
    store: Engine, two: tuple[str, str], say: Callable[..., int]
) -> None:
    older, younger = two
    say(store, of_type="phone", **{P2: "withdrawn"})

    def withdrawn() -> set[str]:
        with reading(store) as connection:
            points = cards.card_points(connection, cards.cards(connection)[["contact"]])
            told = cards.history(connection, points[["type", "value"]].drop_duplicates())
            return set(points.merge(told[told["kind"] == "withdrawn"], on=["type", "value"])["contact"])

    assert withdrawn() == {younger}
    decisions.merge(store, older, younger, WE)
    assert withdrawn() == {older}
    decisions.unmerge(store, older, younger, WE)
    assert withdrawn() == {younger}


def test_an_alias_of_a_contact_that_came_apart_follows_its_lead(
    store: Engine, loader: Any, source: Source
) -> None:
    for value in ("+491510003", P2, P1):
        loader.take(source, [{"phone": value, "name": ANN}])
    one, other, third = (row[0] for row in ask(store, "SELECT public_id FROM contact ORDER BY id"))
    decisions.merge(store, other, third, WE)
    decisions.merge(store, one, other, WE)
    assert ask(store, "SELECT public_id FROM contact") == [(one,)]
    done = decisions.unmerge(store, one, other, WE)
    assert done.contacts == [one, other]
    assert ask(
        store, "SELECT a.public_id, c.public_id FROM contact_alias a JOIN contact c ON c.id = a.contact_id"
    ) == [(third, other)]
