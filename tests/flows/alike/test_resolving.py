"""All leads compared anew: the difference is shown first, applied on demand, and people's decisions are obeyed."""

import random
from itertools import count

import pytest
from sqlalchemy import text

from dedupe.scoring import models
from flows import decisions, stages
from flows.alike import resolving
from flows.decisions import Said
from leads.errors import LeadsError
from leads.settings import reload
from store import likely, runs
from store.engine import reading, writing

COLUMNS = {
    "Id": "external_id",
    "Name": "full_name",
    "Phone": "phone",
    "Mail": "email",
    "Born": "birthday",
    "City": "city",
}
WE = Said("clerk", "a call")
ANNA = {"Name": "Anna Musterstein", "Born": "1980-01-02", "City": "Bonn", "Phone": "0151 10000001"}
MISSPELT = {"Name": "Anna Mustersteim", "Born": "1980-01-02", "City": "Bonn", "Mail": "anna.m@example.com"}
OTHER = {"Name": "Berta Beispiel", "Born": "1970-03-04", "City": "Ulm", "Phone": "0151 10000002"}


class Base:
    """A base that comes in pieces, and what the store makes of it."""

    def __init__(self, store, place):
        self.store, self.place, self.numbers = store, place, count()

    def take(self, *rows):
        file = self.place.home / f"{next(self.numbers)}.csv"
        lines = [";".join(row.get(header, "") for header in COLUMNS) for row in rows]
        file.write_text("\n".join([";".join(COLUMNS), *lines, ""]))
        source = stages.configured("garden", str(file))
        stages.ingest(self.store, self.place, source, runs.start_run(self.store, "ingest", "garden", None))

    def ask(self, sql):
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def contacts(self):
        found = {}
        for contact, name in self.ask("SELECT contact_id, name_text FROM lead ORDER BY id"):
            found.setdefault(contact, []).append(name)
        return sorted(found.values())

    def resolve(self):
        planned, links, every = resolving.difference(self.store)
        return planned, resolving.apply(self.store, planned, links, every)


@pytest.fixture
def base(store, configured):
    return Base(store, configured(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0}))


@pytest.fixture
def before(base, monkeypatch):
    """A store that was filled before leads were compared."""
    monkeypatch.setenv("LEADS_LIKENESS", "false")
    base.place = reload()
    base.take(ANNA, MISSPELT, OTHER)
    monkeypatch.setenv("LEADS_LIKENESS", "true")
    base.place = reload()
    return base


def test_the_difference_is_shown_and_changes_nothing(before):
    planned, links, _ = resolving.difference(before.store)
    assert (planned.before, planned.after, planned.joins, planned.splits) == (3, 2, 1, 0)
    assert planned.sizes["1"] == (3, 1) and planned.sizes["2"] == (0, 1)
    assert len(before.contacts()) == 3 and links["verdict"].tolist() == ["same"]


def test_applied_it_is_as_if_they_had_been_compared_when_they_came(before):
    old = before.ask("SELECT public_id FROM contact ORDER BY id")
    before.resolve()
    assert before.contacts() == [["Anna Musterstein", "Anna Mustersteim"], ["Berta Beispiel"]]
    assert before.ask("SELECT public_id FROM contact_alias") == [old[1]], "its id resolves"
    planned, _, _ = resolving.difference(before.store)
    assert not planned.cases, "a second time there is nothing to do"
    before.take({**OTHER, "Name": "Berta Beispiehl", "Phone": "", "Mail": "berta@example.com"})
    assert len(before.contacts()) == 2, "keys of the leads that came before are there"


def test_a_no_is_obeyed_and_what_it_joined_can_be_taken_back(before):
    before.resolve()
    [(contact, decision)] = before.ask("""SELECT c.public_id, d.id FROM match_decision d JOIN lead l ON l.id = d.lead_id
                                          JOIN contact c ON c.id = l.contact_id WHERE d.verdict = 'same'""")  # fmt: skip
    done = decisions.unmerge(before.store, contact, decision, WE)
    assert len(before.contacts()) == 3
    planned, changed = before.resolve()
    assert not planned.cases and not changed and len(before.contacts()) == 3
    decisions.undo(before.store, done.moment)
    assert len(before.contacts()) == 2


def test_what_a_newer_model_does_not_say_comes_apart_and_stays_so(base):
    base.take(ANNA, MISSPELT, OTHER)
    assert len(base.contacts()) == 2
    strict = models.shipped("person")
    with writing(base.store) as connection:
        model = strict.model.__class__(**{**strict.model.__dict__, "same": 1e-12})
        likely.keep_model(connection, "strict", "person", model.saved(), strict.leads)
    planned, _ = base.resolve()
    assert (planned.joins, planned.splits) == (0, 1)
    assert len(base.contacts()) == 3
    [(retired, revoked)] = base.ask("SELECT retired_at, revoked_at FROM match_decision WHERE verdict = 'same'")
    assert retired == revoked is not None
    ids = [row[0] for row in base.ask("SELECT public_id FROM contact ORDER BY id")]
    done = decisions.merge(base.store, *ids[1:], WE, anyway=True)
    decisions.undo(base.store, done.moment)
    assert len(base.contacts()) == 3, "no undoing brings it back"


@pytest.mark.sqlite_will_do
def test_a_merge_by_hand_stays(before):
    ids = [row[0] for row in before.ask("SELECT public_id FROM contact ORDER BY id")]
    decisions.merge(before.store, ids[0], ids[2], WE, anyway=True)
    before.resolve()
    assert before.contacts() == [["Anna Musterstein", "Anna Mustersteim", "Berta Beispiel"]]


def test_a_model_is_learnt_from_enough_leads(base, monkeypatch):
    base.take(ANNA, MISSPELT, OTHER)
    with pytest.raises(LeadsError, match="too few leads"):
        resolving.train(base.store)
    monkeypatch.setattr(resolving, "ENOUGH", 100)
    chance = random.Random(2)
    rows = []
    for number in range(150):
        family = "".join(chance.choice("abdefgiklmnorst") for _ in range(7)).title()
        for again in range(2):
            mail = f"{family.lower()}{number}@example.{'com' if again else 'org'}"
            rows.append({"Id": str(1000 + 2 * number + again), "Name": f"Anna {family}", "City": f"Ort{number % 30}",
                         "Phone": f"0151 {10_000_100 + number}", "Mail": mail})  # fmt: skip
    base.take(*rows)
    [version] = resolving.train(base.store).values()
    with reading(base.store) as connection:
        kept = likely.model(connection, "person")
    assert kept and kept[0] == f"person {version}" and kept[2] > 300
    base.take({**OTHER, "Name": "Berta Beispiehl", "Phone": "", "Mail": "berta@example.com"})
    rules = base.ask("SELECT DISTINCT rule FROM match_decision WHERE rule LIKE 'likeness person own%'")
    assert rules == [(f"likeness person {version}",)]
