"""What people decided is laid over what the rules find."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from dedupe.deciding.decided import Decided
from dedupe.deciding.exact import Resolution, resolve
from dedupe.deriving.versions import versions
from leads import schema

Rows = list[dict[str, Any]]
Make = Callable[[Rows], tuple[pd.DataFrame, pd.DataFrame]]
ANN = ("ann", "smith")
P1, P2, P3 = "+491510001", "+491510002", "+491510003"
KNOWN = ("record_key", "lead_id", "contact", "kind", "family_key", "given_key", "company_key")


def frame(columns: Any, rows: list[tuple[str | None, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype=schema.TEXT)


def having(name: str, lead: str, *values: str) -> list[tuple[str | None, ...]]:
    return [("phone", value, name, lead, "person", "smith", "ann", *[None] * 4) for value in values]


def run(make: Make, rows: Rows, cores: Any, contacts: Any, of: dict[str, str], apart: Any) -> Resolution:
    """`cores` and `contacts`: what they have; `of`: lead -> core and contact."""
    leads, points = make([{"id": f"l{i}", "name": ANN, **row} for i, row in enumerate(rows)])
    known = frame(KNOWN, []).assign(part=pd.array([], dtype=schema.INT), live=pd.array([], dtype=schema.BOOL))
    candidates = schema.CANDIDATES.columns
    decided = Decided(
        frame(("lead_id", "core", "contact"), [(lead, *whose.split()) for lead, whose in of.items()]),
        frame(schema.APART.columns, apart),
        frame(candidates, contacts),
    )
    return resolve(leads, points, frame(candidates, cores), versions(leads, known), decided)


def joined(frame_: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame_["lead_id"], frame_["other_lead_id"], strict=True))


def contacts(found: Resolution) -> list[str]:
    return found.assigned.sort_values("lead_id")["contact"].tolist()


CUT = {"a": "k A", "b": "k B"}  # one core that a person took apart


@pytest.mark.parametrize(
    ("phones", "contact", "lead"),
    [([P1], "A", "a"), ([P2], "B", "b"), ([P1, P2, P3], "B", "b"), ([P1, P2], "A", "a")],
    ids=["the one's", "the other's", "most of the other's", "of each: the older"],
)
def test_a_lead_goes_to_one_side_of_what_was_taken_apart(
    make_chunk: Make, phones: list[str], contact: str, lead: str
) -> None:
    found = run(make_chunk, [{"phone": phones}], having("k", "a", P1) + having("k", "b", P2, P3),
                having("A", "a", P1) + having("B", "b", P2, P3), CUT, [("A", "B")])  # fmt: skip
    assert contacts(found) == [contact]
    assert joined(found.links) == {("l0", lead)}
    assert joined(found.held_off) == ({("l0", "a"), ("l0", "b")} - {("l0", lead)} if len(phones) > 1 else set())
    assert found.merges.empty


def test_the_side_that_a_lead_goes_to_is_named_though_the_core_shows_the_value_by_the_other(
    make_chunk: Make,
) -> None:
    found = run(make_chunk, [{"phone": [P1, P2]}], having("k", "a", P1), having("A", "a", P1) + having("B", "b", P1, P2),
                CUT, [])  # fmt: skip
    assert contacts(found) == ["B"]
    assert (joined(found.links), joined(found.held_off)) == ({("l0", "b")}, {("l0", "a")})


def test_leads_of_one_chunk_are_no_bridge(make_chunk: Make) -> None:
    of = {"a": "k A", "b": "m B"}
    rows = [{"phone": [P1, P3]}, {"phone": [P2, P3]}]
    both = having("A", "a", P1) + having("B", "b", P2)
    cores = having("k", "a", P1) + having("m", "b", P2)
    apart = run(make_chunk, rows, cores, both, of, [("A", "B")])
    assert (contacts(apart), joined(apart.held_off)) == (["A", "B"], {("l1", "l0")})
    allowed = run(make_chunk, rows, cores, both, of, [])
    assert contacts(allowed) == ["A", "A"]
    assert allowed.merges[["survivor", "loser"]].to_numpy().tolist() == [["A", "B"]]
    assert allowed.held_off.empty


def test_two_cores_of_one_contact_are_both_known(make_chunk: Make) -> None:
    of = {"a": "k A", "b": "m A"}
    found = run(make_chunk, [{"phone": P1}, {"phone": P2}, {"phone": P3}], having("k", "a", P1) + having("m", "b", P2),
                having("A", "a", P1, P2), of, [])  # fmt: skip
    assert contacts(found)[:2] == ["A", "A"]
    assert found.assigned["created"].tolist() == [False, False, True]
    assert found.merges.empty and found.held_off.empty
