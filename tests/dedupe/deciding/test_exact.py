"""The rules on the page of `dedupe.deciding.exact`, case by case, and what must hold for any leads."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.deciding import exact
from dedupe.deciding.exact import Resolution, resolve
from dedupe.deriving.versions import versions
from leads import schema

Rows = list[dict[str, Any]]
Make = Callable[[Rows], tuple[pd.DataFrame, pd.DataFrame]]
KNOWN = dict.fromkeys(
    ("record_key", "lead_id", "contact", "kind", "family_key", "given_key", "company_key"), schema.TEXT
)
ANN, BOB = ("ann", "smith"), ("bob", "smith")
P1, P2, P3 = "+491510001", "+491510002", "+491510003"
E1, E2 = "a@example.com", "b@example.com"
TOLD = ["lead_id", "other_lead_id", "verdict", "rule"]


def stored(rows: Rows) -> pd.DataFrame:
    """What the store knows of records: rows with record_key, lead_id, contact and names."""
    known = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=t) for name, t in KNOWN.items()})
    known["kind"] = known["kind"].fillna("person")
    return known.assign(
        part=pd.array([0] * len(rows), dtype=schema.INT),
        live=pd.array([row.get("live", True) for row in rows], dtype=schema.BOOL),
    )


def candidates(rows: Rows) -> pd.DataFrame:
    """Values that known contacts have: contact, type, value and names."""
    types = dict.fromkeys(schema.CANDIDATES.columns, schema.TEXT)
    plain = [{"kind": "person", "lead_id": f"old-{row['contact']}", **row} for row in rows]
    return pd.DataFrame({name: pd.Series([row.get(name) for row in plain], dtype=t) for name, t in types.items()})


def run(make: Make, rows: Rows, known: Rows = [], records: Rows = []) -> Resolution:  # noqa: B006
    leads, points = make([{"id": f"l{i}", **row} for i, row in enumerate(rows)])
    seen = versions(leads, stored(records))
    fresh = leads[leads["lead_id"].isin(seen.loc[seen["state"] != "duplicate", "lead_id"])].drop_duplicates(
        "lead_id"
    )
    own = points[points["lead_id"].isin(fresh["lead_id"])].drop_duplicates(["lead_id", "type", "slot"])
    return resolve(fresh, own, candidates(known), seen)


def groups(found: Resolution) -> set[frozenset[str]]:
    """Which leads share a contact; a known contact goes with its leads."""
    together = defaultdict(set)
    for row in found.assigned.itertuples():
        together[row.contact].add(row.lead_id)
        if not found.assigned.loc[found.assigned["contact"] == row.contact, "created"].any():
            together[row.contact].add(row.contact)
    return {frozenset(leads) for leads in together.values()}


def sets(*members: str) -> set[frozenset[str]]:
    return {frozenset(member.split()) for member in members}


CASES: dict[str, tuple[Rows, set[frozenset[str]]]] = {
    "the same phone and name": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": ANN}], sets("l0 l1")),
    "names in the other order": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": ANN[::-1]}], sets("l0 l1")),
    "the same e-mail and name": ([{"email": E1, "name": ANN}, {"email": E1, "name": ANN}], sets("l0 l1")),
    "the same name alone": ([{"phone": P1, "name": ANN}, {"phone": P2, "name": ANN}], sets("l0", "l1")),
    "a household's phone": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": BOB}], sets("l0", "l1")),
    "a household's phone, and nobody's name": (
        [{"phone": P1, "name": ANN}, {"phone": P1, "name": BOB}, {"phone": P1}], sets("l0", "l1", "l2")),
    "a household's phone, and a given name": (
        [{"phone": P1, "name": ANN}, {"phone": P1, "name": BOB}, {"phone": P1, "name": ("bob", None)}],
        sets("l0", "l1", "l2")),
    "an initial": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": ("a", "smith")}], sets("l0 l1")),
    "another's initial": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": ("b", "smith")}], sets("l0", "l1")),
    "a family name": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": (None, "smith")}], sets("l0 l1")),
    "another family name": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": (None, "jones")}], sets("l0", "l1")),
    "a given name": ([{"phone": P1, "name": ANN}, {"phone": P1, "name": ("ann", None)}], sets("l0 l1")),
    "a given name that another begins with": (
        [{"phone": P1, "name": ("jana", "novak")}, {"phone": P1, "name": ("jan", None)}], sets("l0", "l1")),
    "a family name of two words": (
        [{"phone": P1, "name": ("ann", "van dam")}, {"phone": P1, "name": (None, "van dam")}], sets("l0 l1")),
    "nobody's name": ([{"phone": P1, "name": ANN}, {"phone": P1}], sets("l0 l1")),
    "nobody's name twice": ([{"phone": P1}, {"phone": P1}], sets("l0 l1")),
    "two parts of a name": (
        [{"phone": P1, "name": (None, "smith")}, {"phone": P1, "name": ("ann", None)}], sets("l0", "l1")),
    "a role mailbox": (
        [{"email": E1, "email_kind": "role", "name": ANN}, {"email": E1, "email_kind": "role"}], sets("l0", "l1")),
    "a switchboard": (
        [{"phone": P1, "phone_kind": "toll_free", "company": "Acme"},
         {"phone": P1, "phone_kind": "toll_free", "company": "Acme"},
         {"phone": P1, "phone_kind": "toll_free", "name": ANN}, {"phone": P1, "phone_kind": "toll_free", "name": BOB},
         {"phone": P1, "phone_kind": "toll_free", "name": ANN}], sets("l0 l1", "l2 l4", "l3")),
    "a company and its person": ([{"phone": P1, "company": "Acme"}, {"phone": P1, "name": ANN}], sets("l0", "l1")),
    "a company and nobody's name": ([{"phone": P1, "company": "Acme"}, {"phone": P1}], sets("l0", "l1")),
    "two companies": ([{"phone": P1, "company": "Acme"}, {"phone": P1, "company": "Apex"}], sets("l0", "l1")),
    "a bridge": (
        [{"phone": P1, "name": ANN}, {"email": E1, "name": ANN}, {"phone": P1, "email": E1, "name": ANN}],
        sets("l0 l1 l2")),
    "a bridge without a name between two people": (
        [{"phone": P1, "name": ANN}, {"email": E1, "name": BOB}, {"phone": P1, "email": E1}], sets("l0", "l1", "l2")),
    "no bridge over a role mailbox": (
        [{"phone": P1, "name": ANN}, {"email": E1, "email_kind": "role", "name": ANN},
         {"phone": P1, "email": E1, "email_kind": "role"}], sets("l0 l2", "l1")),
    "an unusable phone": (
        [{"phone": P1, "name": ANN, "usable": False}, {"phone": P1, "name": ANN, "usable": False}], sets("l0", "l1")),
    "the same lead twice": ([{"id": "x", "phone": P1, "name": ANN}, {"id": "x", "phone": P1, "name": ANN}], sets("x")),
    "a version in the same chunk": (
        [{"key": "r", "phone": P1, "name": ANN}, {"key": "r", "phone": P2, "name": ANN}], sets("l0 l1")),
    "a version in the same chunk that is another person": (
        [{"key": "r", "phone": P1, "name": ANN}, {"key": "r", "phone": P1, "name": BOB}], sets("l0", "l1")),
    "a version that gains a name": (
        [{"key": "r", "phone": P1}, {"key": "r", "phone": P2, "name": ANN}], sets("l0 l1")),
    "a version without a name keeps to its record": (
        [{"phone": P2, "name": BOB}, {"key": "r", "phone": P1, "name": ANN}, {"key": "r", "phone": P2}],
        sets("l0", "l1 l2")),
    "versions without a name stay together": (
        [{"key": "r", "phone": P1, "name": (None, "smith")}, {"key": "r", "phone": P2}], sets("l0 l1")),
    "versions without a name, two people's phones": (
        [{"key": "r", "phone": P1}, {"key": "r", "phone": P2}, {"phone": P1, "name": ANN}, {"phone": P2, "name": BOB}],
        sets("l0 l1", "l2", "l3")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_leads_of_one_chunk(make_chunk: Make, case: str) -> None:
    rows, expected = CASES[case]
    found = run(make_chunk, rows)
    assert groups(found) == expected
    assert int(found.assigned["created"].sum()) == len(expected)
    assert found.merges.empty


def known(contact: str, name: tuple[str | None, str | None] | None, *values: str) -> Rows:
    given_, family = name or (None, None)
    return [
        {"contact": contact, "type": "email" if "@" in value else "phone", "value": value,
         "given_key": given_, "family_key": family}
        for value in values
    ]  # fmt: skip


def record(
    contact: str, name: tuple[str | None, str | None] | None, key: str = "r", **more: Any
) -> dict[str, Any]:
    given_, family = name or (None, None)
    return {"record_key": key, "lead_id": f"v-{contact}-{key}", "contact": contact, "given_key": given_,
            "family_key": family, **more}  # fmt: skip


BEFORE: dict[str, tuple[Rows, Rows, Rows, set[frozenset[str]]]] = {
    "a known person": ([{"phone": P1, "name": ANN}], known("k1", ANN, P1), [], sets("k1 l0")),
    "a known phone of another": ([{"phone": P1, "name": BOB}], known("k1", ANN, P1), [], sets("l0")),
    "nobody's name, one person known": ([{"phone": P1}], known("k1", ANN, P1), [], sets("k1 l0")),
    "nobody's name, two people known": (
        [{"phone": P1}], known("k1", ANN, P1) + known("k2", BOB, P1), [], sets("l0")),
    "a name for a known contact without one": ([{"phone": P1, "name": ANN}], known("k1", None, P1), [], sets("k1 l0")),
    "two names for a known contact without one": (
        [{"phone": P1, "name": ANN}, {"phone": P2, "name": BOB}], known("k1", None, P1, P2), [], sets("l0", "l1")),
    "a new version": ([{"key": "r", "phone": P2, "name": ANN}], [], [record("k1", ANN)], sets("k1 l0")),
    "a new version that is another person": ([{"key": "r", "phone": P2, "name": BOB}], [], [record("k1", ANN)], sets("l0")),
    "a new version without a name": ([{"key": "r", "phone": P2}], [], [record("k1", ANN)], sets("k1 l0")),
    "a new version without a name, with another's phone": (
        [{"key": "r", "phone": P2}], known("k2", BOB, P2), [record("k1", ANN)], sets("k1 l0")),
    "a new version with another family name": (
        [{"key": "r", "phone": P2, "name": (None, "jones")}], [], [record("k1", ANN)], sets("l0")),
    "a new version with a name for a contact without one": (
        [{"key": "r", "phone": P2, "name": ANN}], [], [record("k1", None)], sets("k1 l0")),
    "two records of a contact without a name get two names": (
        [{"key": "r", "phone": P1, "name": ANN}, {"key": "s", "phone": P2, "name": BOB}], [],
        [record("k1", None, "r"), record("k1", None, "s")], sets("l0", "l1")),
    "a version with a name, and another person on the contact's phone": (
        [{"key": "r", "phone": P2, "name": ANN}, {"phone": P1, "name": BOB}], known("k1", None, P1),
        [record("k1", None)], sets("k1 l0", "l1")),
    "versions without a name, of a contact without one that turns out to be two": (
        [{"key": "r", "phone": P2}, {"phone": P1, "name": ANN}, {"phone": P2, "name": BOB}], known("k1", None, P1),
        [record("k1", None)], sets("k1 l0", "l1", "l2")),
}  # fmt: skip


@pytest.mark.parametrize("case", BEFORE)
def test_leads_of_a_chunk_and_what_is_known(make_chunk: Make, case: str) -> None:
    rows, candidates_, records, expected = BEFORE[case]
    found = run(make_chunk, rows, candidates_, records)
    assert groups(found) == expected
    assert found.merges.empty


@pytest.mark.parametrize("full", [False, True])
def test_many_who_were_kept_apart_on_one_phone_are_not_joined_each_with_each(make_chunk: Make, full: bool) -> None:
    apart = [row for no in range(exact.MOST_NAMELESS + 1) for row in known(f"c{no:02}", None, P1)]
    few = run(make_chunk, [{"phone": P1}] * 3, apart[: exact.MOST_NAMELESS])
    assert len(few.links) == 3 * exact.MOST_NAMELESS, "the largest number that is joined"
    ann = known("ann", ANN, P1) if full else []
    many = run(make_chunk, [{"phone": P1}] * 3 + [{"phone": P1, "name": ANN}] * 2, apart + ann)
    assert groups(many) == {frozenset({f"l{no}"}) for no in range(3)} | {
        frozenset({"l3", "l4", "ann"} if full else {"l3", "l4"})
    }


def test_a_bridge_makes_one_of_known_contacts(make_chunk: Make) -> None:
    found = run(
        make_chunk, [{"phone": P1, "email": E1, "name": ANN}],
        known("k3", ANN, E1) + known("k1", ANN, P1) + known("k2", ANN, E1) + known("k4", BOB, E1),
    )  # fmt: skip
    assert groups(found) == sets("k1 l0")
    assert found.merges.to_dict("list") == {
        "survivor": ["k1", "k1"], "loser": ["k2", "k3"], "lead_id": ["l0", "l0"]
    }  # fmt: skip


def test_a_merge_names_its_reasons(make_chunk: Make) -> None:
    found = run(
        make_chunk, [{"phone": P1, "email": E1, "name": ANN}, {"phone": P1, "name": ("a", "smith")}],
        known("k1", ANN, P1) + known("k2", ANN, E1),
    )  # fmt: skip
    assert sorted(found.links[TOLD].itertuples(index=False, name=None)) == [
        ("l0", "old-k1", "same", "phone and name"), ("l0", "old-k2", "same", "email and name"),
        ("l1", "old-k1", "same", "phone, name not full"),
    ]  # fmt: skip


def test_two_people_in_question_are_noted_as_unsure(make_chunk: Make) -> None:
    found = run(make_chunk, [{"phone": P1, "email": E1}], known("k1", ANN, P1) + known("k2", BOB, E1))
    assert groups(found) == sets("l0")
    assert sorted(found.links[TOLD].itertuples(index=False, name=None)) == [
        ("l0", "old-k1", "unsure", "phone, several names"), ("l0", "old-k2", "unsure", "email, several names"),
    ]  # fmt: skip


def test_a_version_says_what_it_was_joined_by(make_chunk: Make) -> None:
    found = run(make_chunk, [{"key": "r", "phone": P2, "name": ANN}], [], [record("k1", ANN)])
    assert found.links.to_dict("list") == {
        "lead_id": ["l0"], "other_lead_id": ["v-k1-r"], "verdict": ["same"], "rule": ["same record"],
        "because": [None],
    }  # fmt: skip


def test_nothing_is_resolved_to_nothing(make_chunk: Make) -> None:
    found = run(make_chunk, [])
    assert found.assigned.empty and found.links.empty and found.merges.empty


NAMES = (
    ANN,
    BOB,
    ("ann", "jones"),
    ("smith", "ann"),
    ("a", "smith"),
    ("j", "smith"),
    (None, "smith"),
    ("ann", None),
    None,
)
phones = st.lists(st.sampled_from((P1, P2, P3)), max_size=2, unique=True)
emails = st.lists(st.sampled_from((E1, E2)), max_size=1)
any_lead = st.fixed_dictionaries(
    {"phone": phones, "email": emails, "key": st.sampled_from("rst") | st.integers(0, 999).map(str)},
    optional={
        "name": st.sampled_from(NAMES), "company": st.sampled_from(("Acme", "Apex")),
        "phone_kind": st.sampled_from(("mobile", "toll_free")),
    },
)  # fmt: skip


def shape(found: Resolution) -> tuple[Any, ...]:
    links = sorted(found.links.itertuples(index=False, name=None))
    return groups(found), links, sorted(found.merges.itertuples(index=False, name=None))


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(any_lead, min_size=1, max_size=8), seed=st.integers(0, 9))
def test_the_order_of_the_frames_decides_nothing(make_chunk: Make, rows: Rows, seed: int) -> None:
    leads, points = make_chunk([{"id": f"l{i}", **row} for i, row in enumerate(rows)])
    before = candidates(known("k1", ANN, P1) + known("k2", None, P2, E1) + known("k3", BOB, P1))
    seen = versions(leads, stored([record("k2", None)]))
    mixed = [frame.sample(frac=1, random_state=seed) for frame in (leads, points, before, seen)]
    assert shape(resolve(leads, points, before, seen)) == shape(resolve(*mixed))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(any_lead, min_size=1, max_size=10))
def test_no_contact_gets_two_full_names(make_chunk: Make, rows: Rows) -> None:
    before = known("k1", ANN, P1) + known("k2", None, P2, E1) + known("k3", BOB, P1) + known("k4", None, P3)
    records = [record("k2", None), record("k2", None, "s"), record("k1", ANN, "t")]
    found = run(make_chunk, rows, before, records)
    names = defaultdict(set)
    for contact, name in (("k1", ANN), ("k3", BOB)):
        survivor = found.merges.loc[found.merges["loser"] == contact, "survivor"]
        names[survivor.iloc[0] if len(survivor) else contact].add(frozenset(name))
    contact_of = dict(zip(found.assigned["lead_id"], found.assigned["contact"], strict=True))
    kinds = defaultdict(set)
    for i, row in enumerate(rows):
        if f"l{i}" not in contact_of:  # the same content of the same record again
            continue
        kinds[contact_of[f"l{i}"]].add(row.get("company"))
        if "company" not in row and row.get("name") in NAMES[:4]:
            names[contact_of[f"l{i}"]].add(frozenset(row["name"]))
    assert all(len(found_) == 1 for found_ in names.values())
    assert all(len(found_) == 1 for found_ in kinds.values()), "a person with a company, or two companies"
