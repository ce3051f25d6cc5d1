from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from leads import schema
from leads.errors import AccountingError, StoreError
from leads.source import Source
from store import accounting, cards, handover, queries, trail
from store.engine import loading, reading, writing

Rows = list[dict[str, Any]]
ANN, BOB = ("ann", "smith"), ("bob", "smith")
P1, P2, P3 = "+491510001", "+491510002", "+491510003"
E1, E2 = "a@example.com", "b@example.com"


@pytest.fixture
def source(make_source: Callable[..., Source]) -> Source:
    return make_source()


def found(store: Engine, sql: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_what_came_is_there(store: Engine, loader: Any, source: Source) -> None:
    fates = loader.take(
        source,
        [{"id": "l1", "phone": P1, "name": ANN, "city": "Bonn", "tags": "vip"}, {"id": "l2", "email": E1, "name": BOB},
         {"id": "l3", "phone": P1, "name": ANN, "job": "CEO", "email": E2}],
    )  # fmt: skip
    assert fates["fate"].tolist() == ["created", "created", "merged"]
    assert found(store, "SELECT given_name, city, job, tags FROM contact ORDER BY given_name") == [
        ("ann", "Bonn", "CEO", "vip"), ("bob", None, None, None),
    ]  # fmt: skip
    assert found(store, "SELECT type, value, lead_id FROM contact_point ORDER BY value") == [
        ("phone", P1, "l1"), ("email", E1, "l2"), ("email", E2, "l3"),
    ]  # fmt: skip
    assert found(
        store,
        """SELECT l.public_id, o.public_id, verdict, rule, actor, revoked_at FROM match_decision d
           JOIN lead l ON l.id = d.lead_id JOIN lead o ON o.id = d.other_lead_id WHERE NOT by_hand""",
    ) == [("l3", "l1", "same", "phone and name", "exact keys", None)]


def test_a_contact_shows_its_kinds_of_address_and_who_looked_after_it(
    store: Engine, loader: Any, source: Source
) -> None:
    one = {"phone": P1, "name": ANN, "external_id": "77", "birthday": "1985-03-07", "legal_address": "A 1"}
    loader.take(source, [one, {"phone": P1, "name": ANN, "responsible": "somebody", "delivery_address": "B 2"}])
    assert found(
        store, "SELECT birthday, legal_address, postal_address, delivery_address, responsible FROM contact"
    ) == [("1985-03-07", "A 1", None, "B 2", "somebody")]
    assert found(store, "SELECT external_id FROM lead ORDER BY id") == [("77",), (None,)]


def test_a_lead_keeps_the_label_of_its_contact_point(store: Engine, loader: Any, source: Source) -> None:
    batch_id, source_id = loader.register(source, 1)
    with reading(store) as connection:
        chunk = loader.prepare(connection, source, source_id, [{"phone": P1, "name": ANN}])
    labelled = replace(chunk, points=chunk.points.assign(label=schema.texts(["work"])))
    loader.write(labelled, source_id, batch_id, 1)
    assert found(store, "SELECT value, kind, label FROM lead_point") == [(P1, "mobile", "work")]
    with reading(store) as connection:
        (contact,) = trail.contacts_with(connection, "phone", P1)
        known = queries.points(connection, pd.DataFrame({"contact": schema.texts([contact])}))
        assert [point["label"] for point in trail.leads(connection, contact)[0]["points"]] == ["work"]
    assert known["label"].tolist() == ["work"]


def test_the_same_input_twice_changes_nothing(
    store: Engine, loader: Any, source: Source, canonical: Callable[[Engine], Any]
) -> None:
    rows = [{"key": "r", "phone": P1, "name": ANN}, {"key": "s", "phone": P1}, {"key": "t", "email": E1}]
    loader.take(source, rows)
    before = canonical(store)
    assert loader.take(source, rows)["fate"].tolist() == ["duplicate"] * 3
    assert canonical(store) == before


def test_the_same_chunk_is_recognised(
    store: Engine, loader: Any, source: Source, everything: Callable[[Engine], Any]
) -> None:
    batch_id, source_id = loader.register(source, 1)
    with reading(store) as connection:
        chunk = loader.prepare(connection, source, source_id, [{"phone": P1, "name": ANN}])
    loader.write(chunk, source_id, batch_id, 1)
    before = everything(store)
    loader.write(chunk, source_id, batch_id, 1)
    assert everything(store) == before


def test_a_row_without_a_fate_fails_the_chunk(
    store: Engine, loader: Any, source: Source, everything: Callable[[Engine], Any]
) -> None:
    batch_id, source_id = loader.register(source, 2)
    before = everything(store)
    with reading(store) as connection:
        chunk = loader.prepare(connection, source, source_id, [{"phone": P1}, {"phone": P2}])
    with pytest.raises(AccountingError, match="2 rows received, 1 accounted for"):
        loader.write(replace(chunk, fates=chunk.fates.head(1)), source_id, batch_id, 2)
    assert everything(store) == before


def test_a_batch_with_a_missing_row_is_not_accounted_for(store: Engine, loader: Any, source: Source) -> None:
    loader.take(source, [{"phone": P1}, {"phone": P2}])
    with writing(store) as connection:
        batch = connection.execute(text("SELECT public_id FROM batch")).scalar_one()
        assert accounting.account(connection, batch)["created"] == 2
        connection.execute(text("UPDATE batch SET rows = 3"))
        with pytest.raises(AccountingError, match="3 rows received, 2 accounted for"):
            accounting.account(connection, batch)


def test_new_content_supersedes_the_old(store: Engine, loader: Any, source: Source) -> None:
    loader.take(source, [{"id": "a", "key": "r", "phone": P1, "name": ANN, "city": "Bonn"}])
    fates = loader.take(
        source,
        [{"id": "b", "key": "r", "phone": P2, "name": ANN, "city": "Köln"},
         {"id": "c", "key": "r", "phone": P2, "name": ANN}],
    )  # fmt: skip
    assert fates["fate"].tolist() == ["superseded", "superseded"]
    assert found(store, """SELECT l.public_id, n.public_id FROM lead l LEFT JOIN lead n ON n.id = l.superseded_by
                           ORDER BY 1""") == [("a", "b"), ("b", "c"), ("c", None)]  # fmt: skip
    assert found(store, "SELECT city FROM contact") == [(None,)], "a city nobody states any more"
    assert found(store, "SELECT value FROM contact_point") == [(P2,)]
    assert loader.take(source, [{"id": "a", "key": "r", "phone": P1, "name": ANN, "city": "Bonn"}])[
        "fate"
    ].tolist() == ["duplicate"], "an old version that comes again is known"


def test_versions_of_the_people_of_one_row_are_told_apart(store: Engine, loader: Any, source: Source) -> None:
    two = [
        {"id": "a0", "key": "r", "phone": P1, "name": ANN},
        {"id": "a1", "key": "r", "part": 1, "phone": P2, "name": BOB},
    ]
    loader.take(source, two)
    fates = loader.take(source, [{"id": "b1", "key": "r", "part": 1, "phone": P3, "name": BOB}])
    assert fates["fate"].tolist() == ["superseded"]
    assert found(store, "SELECT public_id FROM lead WHERE superseded_by IS NOT NULL") == [("a1",)]


def test_a_record_that_becomes_another_person(store: Engine, loader: Any, source: Source) -> None:
    loader.take(source, [{"id": "a", "key": "r", "phone": P1, "name": ANN}])
    loader.take(
        source,
        [{"id": "b", "key": "r", "phone": P1, "name": BOB}, {"id": "c", "key": "r", "phone": P2, "name": ANN}],
    )
    assert found(store, "SELECT public_id, superseded_by IS NULL FROM lead ORDER BY 1") == [
        ("a", False), ("b", False), ("c", True),
    ]  # fmt: skip
    names = found(
        store, "SELECT l.public_id, c.given_name FROM lead l JOIN contact c ON c.id = l.contact_id ORDER BY 1"
    )
    assert names == [("a", "ann"), ("b", "bob"), ("c", "ann")], "each lead is there, with its own person"


def test_a_point_stays_while_another_lead_states_it(store: Engine, loader: Any, source: Source) -> None:
    loader.take(source, [{"key": "r", "id": "a", "phone": P1, "name": ANN, "display": "first"}])
    loader.take(source, [{"key": "s", "id": "b", "phone": P1, "name": ANN, "display": "second"}])
    loader.take(source, [{"key": "r", "id": "c", "phone": P2, "name": ANN}])
    assert found(store, "SELECT value, display, lead_id FROM contact_point ORDER BY 1") == [
        (P1, "second", "b"), (P2, P2, "c"),
    ]  # fmt: skip


def _sales(store: Engine) -> list[str]:
    """What sales did with three contacts: all in a segment, delivered, assigned, decided upon."""
    contacts = [row[0] for row in found(store, "SELECT public_id FROM contact ORDER BY id")]
    with loading(store), writing(store) as connection:
        handover.record_owners(connection, [("o1", "One", True), ("o2", "Two", True)])
        for segment, owner, some in (("vip", "o1", contacts[1:]), ("all", "o2", contacts[:1])):
            ids = schema.texts(some)
            nothing = schema.texts(["x"] * len(some))
            frame = pd.DataFrame({"contact": ids, "segment": nothing.replace("x", segment), "reason": nothing,
                                  "lead_id": nothing, "owner": nothing.replace("x", owner), "why": nothing})  # fmt: skip
            with_all = pd.concat([frame[["segment", "contact"]], _members(connection)])
            handover.record_members(connection, with_all)
            handover.record_assignments(connection, frame[["contact", "owner", "why"]])
            handover.record_delivery(
                connection, "d", owner, segment, frame[["contact", "reason", "lead_id"]], 0, "t"
            )
            decisions = pd.DataFrame(dict.fromkeys(schema.DECISIONS.columns, nothing)).assign(contact=ids)
            handover.record_decisions(connection, decisions, "t")
    return contacts


def _members(connection: Any) -> pd.DataFrame:
    rows = connection.execute(
        text("SELECT m.segment, c.public_id FROM segment_membership m JOIN contact c ON c.id = m.contact_id")
    ).all()
    return pd.DataFrame(
        {"segment": schema.texts([r[0] for r in rows]), "contact": schema.texts([r[1] for r in rows])}
    )


def test_a_bridge_merges_known_contacts_and_everything_follows(store: Engine, loader: Any, source: Source) -> None:
    loader.take(
        source,
        [{"id": "a", "phone": P1, "name": ANN}, {"id": "b", "key": "rb", "phone": P2, "name": ANN},
         {"id": "c", "email": E1, "name": ANN}],
    )  # fmt: skip
    contacts = _sales(store)
    loader.take(source, [{"id": "d", "phone": [P1, P2], "email": E1, "name": ANN}])
    [(inner, survivor)] = found(store, "SELECT id, public_id FROM contact")
    assert survivor in contacts
    for table in ("lead", "contact_alias", "assignment", "permission_decision", "segment_membership", "delivery_item",
                  "contact_point", "match_key"):  # fmt: skip
        assert {row[0] for row in found(store, f"SELECT contact_id FROM {table}")} == {inner}, table
    assert found(store, "SELECT segment FROM segment_membership ORDER BY 1") == [("all",), ("vip",)]
    assert found(store, "SELECT reason FROM delivery_item") == [("x",)], "handed over once for each reason"
    assert (
        len(found(store, "SELECT 1 FROM permission_decision"))
        == len(found(store, "SELECT 1 FROM assignment"))
        == 3
    )
    assert found(store, "SELECT count(*) FROM contact_point") == [(3,)]
    with reading(store) as connection:
        assert {trail.resolve_id(connection, contact) for contact in contacts} == {survivor}
        assert len(cards.assignments(connection)) == 1
        for value, type_ in ((P1, "phone"), (P2, "phone"), (E1, "email")):
            assert trail.contacts_with(connection, type_, value) == [survivor]
    fates = loader.take(source, [{"id": "e", "key": "rb", "phone": P3, "name": ANN}])
    assert fates["fate"].tolist() == ["superseded"], "the records of a merged contact are still known"


def test_an_alias_of_an_alias_resolves(store: Engine, loader: Any, source: Source) -> None:
    for rows in ([{"phone": P3, "name": ANN}], [{"phone": P2, "name": ANN}], [{"phone": P1, "name": ANN}]):
        loader.take(source, rows)
    before = [row[0] for row in found(store, "SELECT public_id FROM contact")]
    loader.take(source, [{"phone": [P1, P2], "name": ANN}])
    loader.take(source, [{"phone": [P2, P3], "name": ANN}])
    [(survivor,)] = found(store, "SELECT public_id FROM contact")
    with reading(store) as connection:
        assert {trail.resolve_id(connection, contact) for contact in before} == {survivor}
        assert trail.resolve_id(connection, "nosuch") is None


@pytest.mark.postgres
def test_both_stores_say_the_same(
    new_store: Callable[..., Engine], make_loader: Callable[..., Any], make_source: Callable[..., Source],
    canonical: Callable[[Engine], Any],
) -> None:  # fmt: skip
    batches: list[Rows] = [
        [{"key": "r", "phone": P1, "name": ANN, "city": "Bonn"}, {"key": "s", "email": E1, "name": ANN}, {"key": "t", "phone": P3}],
        [{"key": "r", "phone": P2, "name": ("a", "smith")}, {"phone": P1, "email": E1, "name": ANN, "tags": "Ü|a|B|_"}],
        [{"key": "t", "phone": P3, "company": "Acme"}, {"phone": P2, "name": BOB}, {"phone": [P1, P2]}],
    ]  # fmt: skip
    dumps = []
    for dialect in ("sqlite", "postgresql"):
        store = new_store(dialect, migrated=True)
        loader = make_loader(store)
        for rows in batches:
            loader.take(make_source(), rows)
        dumps.append(canonical(store))
    assert dumps[0] == dumps[1]


def test_a_lead_of_a_source_that_is_not_there_is_refused(store: Engine, loader: Any, source: Source) -> None:
    batch_id, source_id = loader.register(source, 1)
    with reading(store) as connection:
        chunk = loader.prepare(connection, source, source_id, [{"phone": P1}])
    with pytest.raises(StoreError, match="(?i)foreign key"):
        loader.write(chunk, source_id + 7, batch_id, 1)
    assert found(store, "SELECT count(*) FROM lead") == [(0,)]
