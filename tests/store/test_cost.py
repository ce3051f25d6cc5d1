"""The cost of a chunk follows the chunk and not the store: no statement of it goes through a table of the store."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, event, text

from leads import schema
from store import cards, handover, likely, queries, registries, relations, trail
from store.engine import reading, writing

# Temporary tables, by the names the statements give them.
STAGED = {"a", "asked", "staged", "counted", "gone", "r", "replaced", "merged", "m", "moved", "n", "now_assigned"}
# One row for each import of a registry, and the newest of each.
FEW = {"registry_copy", "copied"}
KINDS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b")


@pytest.fixture
def store(new_store: Callable[..., Engine]) -> Engine:
    """SQLite, whose plans say what they go through; and it is the one that chose badly."""
    return new_store("sqlite", migrated=True)


@pytest.fixture
def scanned(store: Engine) -> Iterator[set[str]]:
    """What the statements of the test go through from end to end, except what is staged."""
    found: set[str] = set()

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if KINDS.match(statement):
            plan = connection.connection.driver_connection.execute("EXPLAIN QUERY PLAN " + statement, parameters)  # type: ignore[union-attr]
            for row in plan.fetchall():
                name = re.match(r"SCAN (\w+)(?! USING VIRTUAL)", row[3])
                if name and name[1] not in {*STAGED, *FEW, "CONSTANT"}:
                    found.add(f"{name[1]} in {' '.join(statement.split())[:150]}")

    event.listen(store, "before_cursor_execute", explain)
    yield found
    event.remove(store, "before_cursor_execute", explain)


def _rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"key": f"r{i}", "phone": f"+49151{i:07d}", "email": f"u{i}@example.com", "name": ("ann", f"s{i}"), **more}
        for i in range(count)
    ]


def test_no_chunk_goes_through_the_store(
    store: Engine, scanned: set[str], make_loader: Callable[..., Any], make_source: Callable[..., Any]
) -> None:
    loader, source = make_loader(store, alike=True), make_source()
    scanned.clear()
    loader.take(source, _rows(1000))
    loader.take(source, _rows(1000))
    loader.take(source, _rows(300, city="Bonn"))
    split = [
        {"phone": f"+49151{i:07d}", "email": f"v{i}@example.com", "name": ("ann", f"s{i}")} for i in range(300)
    ]
    other = [{"email": f"w{i}@example.com", "name": ("ann", f"s{i}")} for i in range(300)]
    loader.take(source, split + other)
    bridge = [{"email": [f"v{i}@example.com", f"w{i}@example.com"], "name": ("ann", f"s{i}")} for i in range(300)]
    fates = loader.take(source, bridge)
    assert set(fates["fate"]) == {"merged"}
    with reading(store) as connection:
        aliases = connection.execute(text("SELECT count(*) FROM contact_alias")).scalar_one()
    assert aliases == 300, "merges take part"
    kept = {one for one in scanned if "count(*) FROM contact_alias" not in one}
    assert not kept


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_no_question_about_some_contacts_goes_through_all(store: Engine, scanned: set[str], count: int) -> None:
    contacts = pd.DataFrame({"contact": schema.texts([f"k{i}" for i in range(count)])})
    points = pd.DataFrame(
        {"type": schema.texts(["phone"] * count), "value": schema.texts([f"+{i}" for i in range(count)])}
    )
    keys = points.assign(key=pd.array(range(count), dtype=schema.INT))
    records = pd.DataFrame({"record_key": schema.texts([f"r{i}" for i in range(count)])})
    with writing(store) as connection:
        connection.execute(text("""INSERT INTO match_decision (lead_id, other_lead_id, verdict, rule, actor, by_hand, decided_at)
            VALUES (1, 2, 'different', 'review', 'somebody', true, 'now')"""))  # fmt: skip
        scanned.clear()
        queries.decided_about(connection, contacts)
        queries.match_decisions(connection, contacts)
        queries.holdings(connection, contacts)
        queries.aliases(connection, contacts)
        queries.known_versions(connection, 1, queries.recorded(1, records))
        queries.candidates(connection, keys)
        queries.claims(connection, contacts)
        queries.points(connection, contacts)
        likely.held(connection, keys)
        likely.counted(connection, keys)
        likely.stated(connection, keys.rename(columns={"key": "lead"}))
        likely.mates(connection, contacts)
        cards.card_points(connection, contacts)
        cards.touches(connection, contacts)
        cards.history(connection, points)
        handover.decided_before(connection, contacts)
        cards.contacted(connection, contacts)
        points = contacts.assign(type=contacts["contact"], value=contacts["contact"], hash=contacts["contact"])
        registries.listed(connection, points[["type", "value", "hash"]], "9999")
        handover.record_assignments(
            connection, contacts.assign(owner=contacts["contact"], why=contacts["contact"])
        )
    assert not scanned


def test_no_look_up_of_one_contact_goes_through_all(store: Engine, scanned: set[str], make_loader: Callable[..., Any],
                                                   make_source: Callable[..., Any]) -> None:  # fmt: skip
    make_loader(store).take(make_source(), [{"id": "l1", "phone": "+491510001", "name": ("ann", "smith")}])
    with reading(store) as connection:
        scanned.clear()
        [public_id] = trail.contacts_with(connection, "phone", "+491510001")
        assert trail.contacts_with(connection, "phone", "+491510002") == []
        assert trail.resolve_id(connection, public_id) == public_id
        shown = trail.contact(connection, public_id)
        leads = trail.leads(connection, public_id)
        trail.decisions(connection, [lead["public_id"] for lead in leads])
        trail.events(connection, shown["points"])
        relations.situation(connection, public_id, "9999")
        relations.contacts_made(connection, public_id)
        registries.listing(connection, ["x" * 64], "9999")
    assert not scanned
