"""What a person corrects wins, field by field, and what cannot be read changes nothing; on both databases."""

import json

import pytest
from sqlalchemy import text

from flows import corrections, stages
from leads.errors import LeadsError
from leads.source import FIELDS
from store import runs, trail
from store.engine import reading

COLUMNS = {
    "Name": "full_name",
    "Phone": "phone",
    "Address": "legal_address",
    "Born": "birthday",
    "Who": "responsible",
}
BASE = "Name;Phone;Address;Born;Who\nAnna Musterstein;0151 10000001;Old Street 1;3.4.1980;Bert\n"


@pytest.fixture
def place(home, store, configured):
    """One contact of a bought base."""
    (home / "base.csv").write_text(BASE)
    place = configured(pull={"file": str(home / "base.csv")}, columns=COLUMNS)
    stages.ingest(store, place, stages.configured("garden"), runs.start_run(store, "ingest", "garden", None))
    return place


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def edit(store, place, **values: str) -> dict:
    """The contact after the edit; `phone__work` stands for `phone:work`."""
    ((contact,),) = ask(store, "SELECT public_id FROM contact")
    values = {name.replace("__", ":"): value for name, value in values.items()}
    corrections.correct(store, place, contact, values, "a call")
    with reading(store) as connection:
        return trail.contact(connection, contact)


@pytest.mark.parametrize(
    ("field", "said", "read"),
    [
        ("legal_address", "New Street 2", "New Street 2"), ("postal_address", "Box 3", "Box 3"),
        ("delivery_address", "Gate 4", "Gate 4"), ("birthday", "5.6.1981", "1981-06-05"), ("responsible", "Clara", "Clara"),
    ],
)  # fmt: skip
@pytest.mark.sqlite_will_do
def test_a_field_that_was_corrected_wins(store, place, field, said, read):
    contact = edit(store, place, **{field: said})
    assert contact[field] == read
    ((lead,),) = ask(store, "SELECT public_id FROM lead WHERE edited")
    assert contact["claims"][field] == lead
    others = {"legal_address": "Old Street 1", "birthday": "1980-04-03", "responsible": "Bert"}
    assert {name: contact[name] for name in others if name != field} == {
        k: v for k, v in others.items() if k != field
    }


@pytest.mark.parametrize(
    ("field", "said", "point"),
    [
        ("telegram", "@anna_musterstein", ("messenger", "telegram:anna_musterstein", None)),
        ("whatsapp", "+49 151 10000009", ("messenger", "whatsapp:+4915110000009", None)),
        ("messenger", "https://t.me/anna_musterstein", ("messenger", "telegram:anna_musterstein", None)),
        ("phone__work", "+49 30 901820", ("phone", "+4930901820", "work")),
        ("email__home", "anna@example.com", ("email", "anna@example.com", "home")),
    ],
)
def test_a_contact_point_is_added_with_its_label(store, place, field, said, point):
    contact = edit(store, place, **{field: said})
    found = [(p["type"], p["value"], p["label"]) for p in contact["points"]]
    assert point in found
    assert ("phone", "+4915110000001", None) in found


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("birthday", "some day"),
        ("country", "Nowhereland"),
        ("phone", "12"),
        ("email", "anna@"),
        ("telegram", "a b"),
    ],
)
@pytest.mark.sqlite_will_do
def test_what_cannot_be_read_changes_nothing_and_leaves_nothing(store, place, field, said):
    before = ask(store, "SELECT * FROM contact")
    with pytest.raises(LeadsError, match="Nothing was changed") as error:
        edit(store, place, **{field: said})
    assert said not in str(error.value)
    assert ask(store, "SELECT * FROM contact") == before
    assert ask(store, "SELECT count(*) FROM batch") == [(1,)]
    assert list((place.home / "landing" / "edits").iterdir()) == []


def test_every_editable_field_is_one_that_a_contact_shows():
    assert set(corrections.EDITABLE) < set(FIELDS)
    assert set(FIELDS) - set(corrections.EDITABLE) == {
        "tags", "request", "consent", "stated_at", "external_id", "ordered_on", "amount"
    }  # fmt: skip
    assert "phone:work" in corrections.LABELLED_POINTS


def test_two_edits_stand_side_by_side(store, place):
    edit(store, place, responsible="Clara")
    contact = edit(store, place, birthday="5.6.1981")
    assert (contact["responsible"], contact["birthday"]) == ("Clara", "1981-06-05")
    assert (
        json.dumps(ask(store, "SELECT fate, count(*) FROM fate GROUP BY 1 ORDER BY 1"))
        == '[["created", 1], ["merged", 2]]'
    )
