"""Who is who, decided by a person: it holds, it is remembered, and it can be taken back; on both databases."""

from itertools import count

import pytest
from sqlalchemy import text

from flows import corrections, decisions, stages
from flows.decisions import Said
from leads.errors import LeadsError
from store import runs, trail
from store.engine import reading

COLUMNS = {
    "Id": "external_id", "Name": "full_name", "Phone": "phone", "Mobile": "phone", "Mail": "email", "Born": "birthday",
    "Sex": "gender", "Firm": "company", "City": "city",
}  # fmt: skip
P1, P2, P3 = "0151 10000001", "0151 10000002", "0151 10000003"
V1, V2, V3 = "+4915110000001", "+4915110000002", "+4915110000003"
ANNA, BERTA = "Anna Musterstein", "Berta Musterstein"
WE = Said("clerk", "a call")


class Base:
    """A base that comes in pieces, and what the store makes of it."""

    def __init__(self, store, place):
        self.store, self.place, self.numbers = store, place, count()

    def take(self, *rows):
        """Load rows (header -> cell) as a batch of their own."""
        file = self.place.home / f"{next(self.numbers)}.csv"
        lines = [";".join(row.get(header, "") for header in COLUMNS) for row in rows]
        file.write_text("\n".join([";".join(COLUMNS), *lines, ""]))
        source = stages.configured("garden", str(file))
        return stages.ingest(self.store, self.place, source, runs.start_run(self.store, "ingest", "garden", None))

    def ask(self, sql, **given):
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(text(sql), given)]

    def having(self, value):
        with reading(self.store) as connection:
            return trail.contacts_with(connection, "email" if "@" in value else "phone", value)

    def contact(self, value):
        (found,) = self.having(value)
        return found

    def shown(self):
        """Contacts by their ids, as far as their leads decide about them."""
        columns = (
            "public_id, kind, name_text, given_key, company, city, claims, first_lead_id, first_seen, last_seen"
        )
        points = self.ask(
            "SELECT c.public_id, p.type, p.value FROM contact_point p JOIN contact c ON c.id = p.contact_id"
        )
        leads = self.ask("SELECT c.public_id, l.public_id FROM lead l JOIN contact c ON c.id = l.contact_id")
        return sorted(self.ask(f"SELECT {columns} FROM contact")), sorted(points), sorted(leads)

    def resolved(self, public_id):
        with reading(self.store) as connection:
            return trail.resolve_id(connection, public_id)


@pytest.fixture
def base(store, configured):
    return Base(store, configured(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0}))


@pytest.fixture
def two(base):
    """Anna with one phone, and Anna with another: two contacts, the older first."""
    base.take({"Name": ANNA, "Phone": P1, "City": "Bonn"}, {"Name": ANNA, "Phone": P2, "City": "Ulm"})
    return base, base.contact(V1), base.contact(V2)


def test_two_contacts_become_one_and_the_older_stays(two):
    base, older, younger = two
    done = decisions.merge(base.store, younger, older, WE)
    assert done.contacts == [older]
    assert base.having(V1) == base.having(V2) == [older] == [base.resolved(younger)]
    assert base.ask("SELECT verdict, rule, actor, because, by_hand FROM match_decision") == [
        ("same", "merge", "clerk", "a call", True)
    ]
    with pytest.raises(LeadsError, match="same contact already"):
        decisions.merge(base.store, older, older, WE)


def test_taking_it_back_leaves_both_as_they_were(two):
    base, older, younger = two
    before = base.shown()
    done = decisions.merge(base.store, older, younger, WE)
    assert base.shown() != before
    decisions.undo(base.store, done.moment)
    assert base.shown() == before
    with pytest.raises(LeadsError, match="not in force"):
        decisions.undo(base.store, done.moment)
    decisions.merge(base.store, older, younger, WE)
    done = decisions.unmerge(base.store, older, younger, WE)
    assert done.contacts == [older, younger]
    assert base.shown() == before
    assert base.ask("SELECT verdict, rule, revoked_at IS NULL FROM match_decision ORDER BY id") == [
        ("same", "merge", False), ("same", "merge 2", False), ("different", "unmerge", True),
    ]  # fmt: skip


@pytest.mark.sqlite_will_do
def test_what_was_taken_apart_is_not_joined_again_by_whatever_comes(two):
    base, older, younger = two
    decisions.merge(base.store, older, younger, WE)
    decisions.unmerge(base.store, older, younger, WE)
    same = {"Name": ANNA, "Phone": P1, "City": "Bonn"}, {"Name": ANNA, "Phone": P2, "City": "Ulm"}
    assert base.take(*same)["duplicate"] == 2
    assert base.take({"Name": ANNA, "Phone": P1, "Mobile": P2})["merged"] == 1
    assert (base.having(V1), base.having(V2)) == ([older], sorted((older, younger))), "it went with the older"
    assert base.take({"Name": ANNA, "Phone": P1, "Mobile": P2, "City": "Graz"})["merged"] == 1
    assert base.having(V1) == [older]
    assert len(base.ask("SELECT 1 FROM contact")) == 2
    held_off = base.ask("SELECT rule FROM match_decision WHERE NOT by_hand AND revoked_at IS NOT NULL")
    assert held_off and set(held_off) == {("phone and name",)}


def test_a_lead_that_may_be_either_goes_where_most_of_its_values_are(two):
    base, older, younger = two
    base.take({"Name": ANNA, "Phone": P2, "Mail": "a@example.com"})
    with reading(base.store) as connection:
        leads = [trail.contact(connection, contact)["first_lead_id"] for contact in (older, younger)]
    decisions.different(base.store, *leads, WE)
    base.take({"Name": ANNA, "Phone": P1, "Mobile": P2, "Mail": "a@example.com", "City": "Graz"})
    ((city,),) = base.ask("SELECT count(*) FROM lead l JOIN contact c ON c.id = l.contact_id"
                          " WHERE c.public_id = :id AND l.city = 'Graz'", id=younger)  # fmt: skip
    assert city == 1
    assert base.having(V1) == sorted((older, younger))
    assert len(base.ask("SELECT 1 FROM contact")) == 2


def test_a_new_version_of_a_record_does_not_join_either(base):
    base.take({"Id": "7", "Name": ANNA, "Phone": P1}, {"Id": "8", "Name": ANNA, "Phone": P2})
    one, other = base.contact(V1), base.contact(V2)
    decisions.unmerge(base.store, one, decisions.merge(base.store, one, other, WE) and other, WE)
    assert base.take({"Id": "7", "Name": ANNA, "Phone": P2})["superseded"] == 1
    ((held,),) = base.ask(
        "SELECT count(*) FROM lead l JOIN contact c ON c.id = l.contact_id WHERE c.public_id = :id", id=one
    )
    assert held == 2, "the version stays with its record"
    assert len(base.ask("SELECT 1 FROM contact")) == 2


def test_an_automatic_merge_is_taken_back_after_more_has_come(two):
    base, older, younger = two
    base.take({"Name": ANNA, "Phone": P1, "Mobile": P2, "City": "Graz"})
    assert base.resolved(younger) == older, "a bridge joined them"
    base.take({"Name": ANNA, "Phone": P2, "Mobile": P3, "City": "Wels"})
    base.take({"Name": ANNA, "Phone": P3, "City": "Linz"})
    done = decisions.unmerge(base.store, older, younger, WE)
    assert done.contacts == [older, younger]
    cities = dict(base.ask("""SELECT l.city, c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id"""))
    assert cities == {"Bonn": older, "Graz": older, "Ulm": younger, "Wels": younger, "Linz": younger}, (
        "the bridge is joined to both and stays; what came by the other's phone goes back with it"
    )
    base.take(
        {"Name": ANNA, "Phone": P2, "City": "Enns"}, {"Name": ANNA, "Phone": P1, "Mobile": P2, "City": "Steyr"}
    )
    assert len(base.ask("SELECT 1 FROM contact")) == 2


def test_leads_that_only_the_other_side_joined_go_back_with_it(two):
    base, older, younger = two
    decisions.merge(base.store, older, younger, WE)
    base.take({"Name": ANNA, "Phone": P2, "Mobile": P3, "City": "Wels"})
    base.take({"Name": ANNA, "Phone": P3, "City": "Linz"})
    decisions.unmerge(base.store, older, younger, WE)
    cities = dict(base.ask("SELECT l.city, c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id"))
    assert cities == {"Bonn": older, "Ulm": younger, "Wels": younger, "Linz": younger}


@pytest.mark.sqlite_will_do
def test_a_decision_that_joined_a_lead_is_taken_back_by_its_number(base):
    base.take({"Name": ANNA, "Phone": P1, "City": "Bonn"})
    base.take({"Name": ANNA, "Phone": P1, "City": "Graz"})
    contact = base.contact(V1)
    ((number,),) = base.ask("SELECT id FROM match_decision")
    done = decisions.unmerge(base.store, contact, number, WE)
    assert done.contacts[0] == contact
    assert dict(base.ask("SELECT city, public_id FROM contact")) == {"Bonn": contact, "Graz": done.contacts[1]}
    decisions.undo(base.store, done.moment)
    assert len(base.ask("SELECT 1 FROM contact")) == 1
    assert decisions.unmerge(base.store, contact, done.contacts[1], WE).contacts == done.contacts, "again"
    for wrong in (number, 99, "no id"):
        with pytest.raises(LeadsError):
            decisions.unmerge(base.store, contact, wrong, WE)


def test_leads_that_are_split_off_stay_so_and_the_rest_stays_together(base):
    base.take({"Name": ANNA, "Phone": P1, "City": "Bonn"})
    base.take({"Name": ANNA, "Phone": P1, "City": "Graz"})
    base.take({"Name": ANNA, "Phone": P1, "City": "Linz"})
    contact = base.contact(V1)
    before = base.shown()
    leads = dict(base.ask("SELECT city, public_id FROM lead"))
    done = decisions.split(base.store, contact, [leads["Bonn"]], WE)
    assert done.contacts[0] == contact
    cities = dict(base.ask("SELECT l.city, c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id"))
    assert cities == {"Bonn": done.contacts[1], "Graz": contact, "Linz": contact}
    base.take({"Name": ANNA, "Phone": P1, "City": "Wels"})
    assert len(base.ask("SELECT 1 FROM contact")) == 2
    for wrong in (["no lead"], [leads["Graz"], leads["Linz"], leads["Bonn"]], []):
        with pytest.raises(LeadsError):
            decisions.split(base.store, contact, wrong, WE)
    decisions.undo(base.store, done.moment)
    assert base.resolved(done.contacts[1]) == base.contact(V1) == contact
    assert len(before[2]) + 1 == len(base.shown()[2])


@pytest.mark.sqlite_will_do
def test_a_contact_merged_by_hand_is_known_by_both_names(base):
    base.take({"Name": ANNA, "Phone": P1}, {"Name": "Anna Beispiel", "Phone": P2})
    older, younger = base.contact(V1), base.contact(V2)
    decisions.merge(base.store, older, younger, WE)
    fates = base.take(
        {"Name": ANNA, "Phone": P1, "City": "Bonn"}, {"Name": "Anna Beispiel", "Phone": P2, "City": "Ulm"}
    )
    assert fates["merged"] == 2
    assert len(base.ask("SELECT 1 FROM contact")) == 1


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"Born": "3.4.1980"}, {"Born": "4.4.1980"}, "birthdays differ"),
        ({"Sex": "female"}, {"Sex": "male"}, "genders differ"),
        ({"Name": ""}, {"Name": "", "Firm": "Muster GmbH"}, "a person, the other an organisation"),
    ],
    ids=["birthday", "gender", "kind"],
)
@pytest.mark.sqlite_will_do
def test_what_speaks_against_it_wants_a_person_to_insist(base, one, other, why):
    base.take({"Name": ANNA, "Phone": P1, **one}, {"Name": ANNA, "Phone": P2, **other})
    contacts = base.contact(V1), base.contact(V2)
    before = base.shown()
    with pytest.raises(LeadsError, match=why) as error:
        decisions.merge(base.store, *contacts, WE)
    assert "1980" not in str(error.value)
    assert base.shown() == before
    assert len(decisions.merge(base.store, *contacts, WE, anyway=True).contacts) == 1


@pytest.mark.sqlite_will_do
def test_a_correction_goes_with_the_contact_that_was_corrected(two):
    base, older, younger = two
    corrections.correct(base.store, base.place, younger, {"city": "Graz"}, "clerk")
    decisions.merge(base.store, older, younger, WE)
    assert base.ask("SELECT city FROM contact") == [("Graz",)]
    decisions.unmerge(base.store, older, younger, WE)
    assert sorted(base.ask("SELECT public_id, city FROM contact")) == sorted([(older, "Bonn"), (younger, "Graz")])


def test_a_no_between_contacts_that_are_one_by_now_is_refused(two):
    base, older, younger = two
    with reading(base.store) as connection:
        leads = [trail.contact(connection, contact)["first_lead_id"] for contact in (older, younger)]
    decisions.merge(base.store, older, younger, WE)
    with pytest.raises(LeadsError, match="one contact by now"):
        decisions.different(base.store, *leads, WE)
    with pytest.raises(LeadsError, match="does not know such a lead"):
        decisions.different(base.store, leads[0], "nobody", WE)
