"""Nothing in a contact that its leads could not rebuild, whatever came in whatever order."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from leads.source import CLAIM_FIELDS, Source
from store.engine import reading

TOGETHER = {
    "name_text": (
        "name_text", "family_name", "given_name", "patronymic", "title", "gender", "family_key", "given_key",
    ),
    "company": ("company", "company_form", "company_key"),
    "region": ("region", "region_code"),
    "street": ("street", "house"),
}  # fmt: skip
ALONE = [f for f in CLAIM_FIELDS if not any(f in group for group in TOGETHER.values())]
RECORDS = ("r1", "r2", "r3")
NAMES = (
    ("ann", "smith"),
    ("bob", "smith"),
    ("ann", "jones"),
    ("a", "smith"),
    (None, "smith"),
    ("ann", None),
    None,
)


def _times(day: int) -> str:
    return f"2026-01-{day:02d}T00:00:00.000000Z"


# Few values, so that versions, merges, shared phones and people without a name meet in nearly every run.
leads = st.fixed_dictionaries(
    {
        "key": st.sampled_from(RECORDS) | st.integers(0, 99).map(str),
        "phone": st.lists(st.sampled_from(("+491510001", "+491510002", "+491510003")), max_size=2, unique=True),
        "email": st.lists(st.sampled_from(("a@example.com", "b@example.com")), max_size=1),
        "occurred_at": st.integers(1, 9).map(_times),
    },
    optional={
        "name": st.sampled_from(NAMES),
        "company": st.sampled_from(("Acme", "Apex")),
        "city": st.sampled_from(("Bonn", "Köln")),
        "tags": st.sampled_from(("vip", "vip|fair")),
        "display": st.sampled_from(("one", "two")),
        "phone_kind": st.sampled_from(("mobile", "toll_free")),
    },
)
batches = st.tuples(st.sampled_from(("base", "fair")), st.booleans(), st.lists(leads, min_size=1, max_size=5))
histories = st.lists(batches, min_size=1, max_size=5)
Sources = dict[str, Source]


@pytest.fixture
def sources(make_source: Callable[..., Source]) -> Sources:
    return {"base": make_source("base", trust=50), "fair": make_source("fair", trust=80)}


def _play(store: Engine, make_loader: Callable[..., Any], sources: Sources, history: list[Any]) -> None:
    loader = make_loader(store)
    for source, edited, rows in history:
        # An edit of a name states all of it (`flows.corrections`).
        whole = all(row.get("name") in (None, *NAMES[:3]) for row in rows)
        fates = loader.take(sources[source], rows, edited=edited and whole)
        note(fates[["row", "fate"]].to_dict("records"))
    _check(store)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_contacts_are_what_their_leads_make_of_them(
    begun: Callable[[str], Engine], make_loader: Callable[..., Any], sources: Sources, history: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = begun(f"sqlite:///{Path(folder) / 'store.db'}")
        _play(store, make_loader, sources, history)
        store.dispose()


@pytest.mark.postgres
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_contacts_are_what_their_leads_make_of_them_on_postgresql(
    new_store: Callable[..., Engine], make_loader: Callable[..., Any], sources: Sources, history: list[Any]
) -> None:
    store = new_store("postgresql", migrated=True)
    _play(store, make_loader, sources, history)


def _check(store: Engine) -> None:
    with reading(store) as connection:

        def rows(sql: str) -> list[Any]:
            return list(connection.execute(text(sql)).mappings())

        held = rows("SELECT l.*, s.trust FROM lead l JOIN source s ON s.id = l.source_id ORDER BY l.id")
        points, contacts = rows("SELECT * FROM lead_point ORDER BY lead_id, slot"), rows("SELECT * FROM contact")
        shown, keys = rows("SELECT * FROM contact_point"), rows("SELECT * FROM match_key")
        fates = rows("SELECT lead_id FROM fate")
    assert {fate["lead_id"] for fate in fates} == {lead["public_id"] for lead in held}
    by_contact = defaultdict(list)
    for lead in held:
        by_contact[lead["contact_id"]].append(lead)
    assert {contact["id"] for contact in contacts} == set(by_contact)
    for contact in contacts:
        ours = by_contact[contact["id"]]
        counted = [lead for lead in ours if lead["superseded_by"] is None] or ours
        assert {**contact, "claims": json.loads(contact["claims"])} == {
            "id": contact["id"], "public_id": contact["public_id"], **_made_of(counted)
        }  # fmt: skip
        made = _points_of(counted, points)
        assert {(p["type"], p["value"]): p["display"] for p in shown if p["contact_id"] == contact["id"]} == made
        assert len([k for k in keys if k["contact_id"] == contact["id"]]) == len(made)
        _check_identity(counted)
    _check_versions(held)


def _made_of(leads: list[Any]) -> dict[str, Any]:
    """The rule of survivorship, read from its page: edits, trust, latest; names of a full-named lead first."""
    ranked = sorted(leads, key=lambda lead: lead["public_id"])
    ranked.sort(key=lambda lead: (lead["edited"], lead["trust"], lead["stated_at"]), reverse=True)
    full = [lead for lead in ranked if lead["family_key"] and len(lead["given_key"] or "") > 1]
    by_name = sorted(ranked, key=lambda lead: (lead["edited"], lead in full), reverse=True)
    made: dict[str, Any] = {}
    claims = {}
    for stated, fields in {**TOGETHER, **{field: (field,) for field in ALONE}}.items():
        order = by_name if stated == "name_text" else ranked
        winner = next((lead for lead in order if lead[stated] is not None), None)
        for field in fields:
            made[field] = winner and winner[field]
            if made[field] is not None and field in CLAIM_FIELDS:
                claims[field] = winner["public_id"]
    tags = {tag for lead in leads for tag in (lead["tags"] or "").split("|") if tag}
    first = min(leads, key=lambda lead: lead["stated_at"] + lead["public_id"])
    return {
        **made, "claims": {field: lead for field, lead in claims.items() if lead != first["public_id"]}, "tags": "|".join(sorted(tags)) or None,
        "kind": "person" if any(lead["kind"] == "person" for lead in leads) else "organisation",
        "first_lead_id": first["public_id"], "first_seen": first["stated_at"],
        "last_seen": max(lead["stated_at"] for lead in leads),
    }  # fmt: skip


def _points_of(leads: list[Any], points: list[Any]) -> dict[tuple[str, str], str]:
    """Each value as the contact's oldest lead showed it."""
    made: dict[tuple[str, str], str] = {}
    ids = {lead["id"] for lead in leads}
    for point in points:
        if point["lead_id"] in ids and point["usable"]:
            made.setdefault((point["type"], point["value"]), point["display"])
    return made


def _check_identity(leads: list[Any]) -> None:
    full = {
        tuple(sorted((lead["family_key"], lead["given_key"])))
        for lead in leads
        if len(lead["family_key"] or "") > 1 and len(lead["given_key"] or "") > 1 and lead["kind"] == "person"
    }
    assert len(full) <= 1
    assert len({lead["kind"] for lead in leads}) == 1
    assert len({lead["company_key"] for lead in leads}) == 1


def _check_versions(leads: list[Any]) -> None:
    by_id = {lead["id"]: lead for lead in leads}
    live = [(lead["source_id"], lead["record_key"]) for lead in leads if lead["superseded_by"] is None]
    assert len(live) == len(set(live)), "a record has one newest version"
    for lead in leads:
        if lead["superseded_by"] is not None:
            newer = by_id[lead["superseded_by"]]
            assert (newer["source_id"], newer["record_key"]) == (lead["source_id"], lead["record_key"])


NUMBERS = ("+491510001", "+491510002", "+491510003")
full = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES[:3]),
        "phone": st.lists(st.sampled_from(NUMBERS), max_size=2, unique=True),
        "email": st.lists(st.sampled_from(("a@example.com", "b@example.com")), max_size=1),
    }
)
# What states no full name, and one value only: it can be no bridge, whose place in the order would matter.
partly = st.fixed_dictionaries({"name": st.sampled_from(NAMES[3:]), "phone": st.sampled_from(NUMBERS)})
companies = st.fixed_dictionaries({"company": st.just("Acme"), "phone": st.sampled_from(NUMBERS)})


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(full | partly | companies, min_size=2, max_size=7),
    cuts=st.lists(st.integers(0, 7), min_size=1, max_size=3),
)
def test_how_leads_are_cut_into_chunks_decides_nothing(
    begun: Callable[[str], Engine], make_loader: Callable[..., Any], sources: Sources, rows: list[dict[str, Any]],
    cuts: list[int],
) -> None:  # fmt: skip
    rows = [{**row, "id": f"l{i}", "key": f"r{i}"} for i, row in enumerate(rows)]
    named = [row["id"] for row in rows if row.get("name") in NAMES[:3] or "company" in row]
    edges = [0, *sorted(cuts), len(rows)]
    chunks = [rows[a:b] for a, b in pairwise(edges) if rows[a:b]]
    assert _partition(begun, make_loader, sources["base"], [rows], named) == _partition(
        begun, make_loader, sources["base"], chunks, named
    )


def _partition(
    begun: Callable[[str], Engine],
    make_loader: Callable[..., Any],
    source: Source,
    chunks: list[Any],
    named: list[str],
) -> set[frozenset[str]]:
    with tempfile.TemporaryDirectory() as folder:
        store = begun(f"sqlite:///{Path(folder) / 'store.db'}")
        loader = make_loader(store)
        for chunk in chunks:
            loader.take(source, chunk)
        with reading(store) as connection:
            rows = connection.execute(text("SELECT contact_id, public_id FROM lead")).tuples().all()
        store.dispose()
    together = defaultdict(set)
    for contact, lead in rows:
        if lead in named:
            together[contact].add(lead)
    return {frozenset(leads) for leads in together.values()}
