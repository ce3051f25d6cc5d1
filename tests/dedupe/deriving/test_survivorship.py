import json
from typing import Any

import pandas as pd
import pytest

from dedupe.deriving.survivorship import survive
from leads import schema
from leads.source import CLAIM_FIELDS

OLD, NEW = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.000000Z"


def shown(*claims: dict[str, Any]) -> dict[str, Any]:
    """The contact made of these claims; claims without an id are l0, l1, … by place."""
    plain = {"contact": "k", "kind": "person", "edited": False, "trust": 50, "stated_at": OLD, "row": 7}
    rows = [{**plain, "lead_id": f"l{i}", **claim} for i, claim in enumerate(claims)]
    types = {name: column.dtype.type for name, column in schema.CLAIMS.columns.items()}
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=t) for name, t in types.items()})
    found = survive(frame)
    mixed = survive(frame.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(found, mixed)
    assert len(found) == 1
    row = found.iloc[0].where(found.iloc[0].notna(), None).to_dict()
    claims = dict.fromkeys((field for field in CLAIM_FIELDS if row[field] is not None), row["first_lead_id"])
    elsewhere = json.loads(row["claims"])
    assert row["first_lead_id"] not in elsewhere.values(), "the first lead's are not named one by one"
    return {**row, "claims": claims | elsewhere}


@pytest.mark.parametrize(
    "winner",
    [
        {"edited": True, "trust": 1},
        {"trust": 60, "stated_at": OLD},
        {"stated_at": NEW},
        {"row": 6},
        {"lead_id": "a"},
    ],
)
def test_edits_then_trust_then_time_then_the_place_then_the_id(winner: dict[str, Any]) -> None:
    found = shown({"city": "Bonn", "stated_at": OLD}, {"city": "Köln", **winner}, {"job": "CEO", "trust": 99})
    assert found["city"] == "Köln"
    assert found["claims"] == {"city": winner.get("lead_id", "l1"), "job": "l2"}


def test_an_edit_wins_over_everything() -> None:
    found = shown({"city": "Bonn", "trust": 100, "stated_at": NEW}, {"city": "Köln", "trust": 0, "edited": True})
    assert (found["city"], found["claims"]) == ("Köln", {"city": "l1"})


def test_a_name_comes_from_one_lead() -> None:
    found = shown(
        {"name_text": "Anna", "given_name": "Anna", "given_key": "anna", "trust": 90},
        {
            "name_text": "A Smith",
            "family_name": "Smith",
            "family_key": "smith",
            "given_key": "a",
            "patronymic": "B",
        },
    )
    assert (found["given_name"], found["family_name"], found["patronymic"]) == ("Anna", None, None)
    assert found["claims"] == {"name_text": "l0", "given_name": "l0"}, "a key is no fact of its own"
    assert (found["given_key"], found["family_key"]) == ("anna", None)


def test_a_full_name_before_part_of_one() -> None:
    part = {"name_text": "A. Smith", "family_name": "Smith", "family_key": "smith", "given_key": "a", "trust": 90}
    full = {
        "name_text": "Ann Smith",
        "family_name": "Smith",
        "family_key": "smith",
        "given_name": "Ann",
        "given_key": "ann",
    }
    assert shown(part, full)["name_text"] == "Ann Smith"
    assert shown(full, {**part, "edited": True})["name_text"] == "A. Smith", "a person has said so"


def test_a_company_keeps_its_form() -> None:
    found = shown(
        {"company": "Acme", "company_key": "acme", "stated_at": NEW, "kind": "organisation"},
        {"company": "Acme", "company_form": "GmbH", "company_key": "acme", "kind": "organisation"},
    )
    assert (found["company"], found["company_form"], found["kind"]) == ("Acme", None, "organisation")


def test_tags_and_times_are_of_all_leads() -> None:
    found = shown({"tags": "vip|fair"}, {"tags": "base|vip", "stated_at": NEW}, {"kind": "organisation"})
    assert found["tags"] == "base|fair|vip"
    assert (found["first_lead_id"], found["first_seen"], found["last_seen"]) == ("l0", OLD, NEW)
    assert found["kind"] == "person"


def test_nothing_stated_nothing_claimed() -> None:
    found = shown({})
    assert found["claims"] == {}
    assert {found[field] for field in CLAIM_FIELDS} == {None}
    assert found["tags"] is None
