"""Leads that are alike: joined by a model, explained, left to a person, kept apart; on both databases."""

import random
from itertools import count

import pytest
from sqlalchemy import text

from flows import ahead, decisions, stages
from flows.alike import doubtful, meeting
from flows.decisions import Said
from leads.settings import reload
from store import runs, trail
from store.engine import reading

COLUMNS = {
    "Id": "external_id", "Name": "full_name", "Phone": "phone", "Mail": "email", "Born": "birthday", "Firm": "company",
    "City": "city",
}  # fmt: skip
WE = Said("clerk", "a call")
BORN = "1980-01-02"
ANNA = {"Name": "Anna Musterstein", "Born": BORN, "City": "Bonn", "Phone": "0151 10000001"}
MISSPELT = {"Name": "Anna Mustersteim", "Born": BORN, "City": "Bonn", "Mail": "anna.m@example.com"}
NAMESAKE = {"Name": "Anna Musterstein", "City": "Berlin", "Phone": "0151 10000009"}


class Base:
    """A base that comes in pieces, and what the store makes of it."""

    def __init__(self, store, place):
        self.store, self.place, self.numbers = store, place, count()

    def take(self, *rows):
        file = self.place.home / f"{next(self.numbers)}.csv"
        lines = [";".join(row.get(header, "") for header in COLUMNS) for row in rows]
        file.write_text("\n".join([";".join(COLUMNS), *lines, ""]))
        source = stages.configured("garden", str(file))
        return stages.ingest(self.store, self.place, source, runs.start_run(self.store, "ingest", "garden", None))

    def ask(self, sql):
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def names(self):
        """The names of the leads of each contact."""
        found = {}
        for contact, name in self.ask("SELECT contact_id, name_text FROM lead ORDER BY id"):
            found.setdefault(contact, []).append(name)
        return sorted(found.values())

    def said(self):
        return self.ask(
            "SELECT verdict, rule, actor, because FROM match_decision WHERE rule LIKE 'likeness%' ORDER BY id"
        )


@pytest.fixture
def base(store, configured):
    return Base(store, configured(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0}))


@pytest.mark.parametrize("at_once", [True, False])
def test_a_misspelt_name_is_found_without_a_phone_in_common(base, at_once):
    if at_once:
        base.take(ANNA, MISSPELT)
    else:
        base.take(ANNA)
        assert base.take(MISSPELT)["merged"] == 1
    assert base.names() == [["Anna Musterstein", "Anna Mustersteim"]]
    [(verdict, rule, actor, because)] = base.said()
    assert (verdict, rule, actor) == ("same", "likeness shipped-1", "likeness")
    assert "surname nearly equal +" in because and "birthday equal +" in because and "Muster" not in because


@pytest.mark.sqlite_will_do
def test_it_can_be_switched_off(base, monkeypatch):
    monkeypatch.setenv("LEADS_LIKENESS", "false")
    base.place = reload()
    base.take(ANNA, MISSPELT)
    assert len(base.names()) == 2 and not base.said()
    assert base.ask("SELECT count(*) FROM lead_key") == [(0,)]


@pytest.mark.sqlite_will_do
def test_a_name_alone_or_another_birthday_joins_nobody(base):
    base.take(ANNA)
    base.take(NAMESAKE, {**MISSPELT, "Born": "1991-05-06"})
    assert len(base.names()) == 3


@pytest.mark.parametrize("likeness", ["true", "false"])
@pytest.mark.parametrize("at_once", [True, False])
def test_two_birthdays_are_two_people_whatever_else_is_the_same(base, monkeypatch, at_once, likeness):
    monkeypatch.setenv("LEADS_LIKENESS", likeness)
    base.place = reload()
    other = {**ANNA, "Born": "1991-05-06"}
    rows = [ANNA, other, {**ANNA, "City": "Ulm"}, {**other, "City": "Ulm"}]
    for some in [rows] if at_once else [[row] for row in rows]:
        base.take(*some)
    births = base.ask("SELECT contact_id, min(birthday), max(birthday), count(*) FROM lead GROUP BY 1 ORDER BY 2")
    assert [row[1:] for row in births] == [(BORN, BORN, 2), ("1991-05-06", "1991-05-06", 2)]
    with reading(base.store) as connection:
        assert trail.unsure(connection)


def test_what_may_be_is_left_to_a_person_and_explained(base):
    base.take(ANNA)
    base.take({**MISSPELT, "Name": "Anna Musterstein", "Born": "1980-01-03"})
    assert len(base.names()) == 2, "two birthdays"
    [(verdict, _, _, because)] = base.said()
    assert verdict == "unsure" and "birthday one digit apart" in because
    with reading(base.store) as connection:
        [pair] = trail.unsure(connection)
    assert pair["rules"] == ["likeness shipped-1"]
    decisions.merge(base.store, pair["contact"], pair["other_contact"], WE, anyway=True)
    assert len(base.names()) == 1


def test_a_no_is_obeyed_and_a_join_can_be_taken_back(base):
    base.take(ANNA, MISSPELT)
    [(contact, decision)] = base.ask("""SELECT c.public_id, d.id FROM contact c, match_decision d
                                        WHERE d.rule LIKE 'likeness%'""")
    decisions.unmerge(base.store, contact, decision, WE)
    assert len(base.names()) == 2
    base.take({**MISSPELT, "Mail": "anna.m@example.org"}, {**ANNA, "Mail": "a@example.com", "City": "Ulm"})
    contacts = base.ask("""SELECT l.contact_id, o.contact_id FROM match_decision d JOIN lead l ON l.id = d.lead_id
                           JOIN lead o ON o.id = d.other_lead_id WHERE d.verdict = 'different'""")
    assert all(one != other for one, other in contacts)
    assert len(base.names()) == 2


HALF = {"Name": "Anna", "Phone": ANNA["Phone"]}
SHE_TOO = {"Name": "Anna Beispiel", "Phone": ANNA["Phone"]}


@pytest.mark.sqlite_will_do
def test_who_has_no_full_name_comes_apart_again_when_two_come_into_question(base):
    base.take(ANNA)
    base.take(HALF)
    assert base.names() == [["Anna Musterstein", "Anna"]]
    base.take(SHE_TOO)
    assert len(base.names()) == 3
    assert base.ask("SELECT count(*) FROM match_decision WHERE retired_at IS NOT NULL") == [(1,)]
    ids = base.ask("SELECT count(*) FROM contact_alias")
    assert ids == [(0,)], "who came apart has an id of its own"


@pytest.mark.sqlite_will_do
def test_nor_is_such_a_one_joined_when_all_come_at_once(base):
    base.take(SHE_TOO, HALF, ANNA)
    assert len(base.names()) == 3


def test_a_phone_that_turns_out_to_be_an_offices_joins_nobody_any_more(base):
    phone = "0151 10000007"
    alike = {"Name": "Karl Huber", "Phone": phone}, {"Name": "Carl Hubert", "Phone": phone}
    for one in alike:
        base.take(one)
    together = len(base.names())
    base.take({"Name": "Zoe Wolkow", "Phone": phone}, {"Name": "Ute Pfannschmidt", "Phone": phone})
    apart = base.names()
    assert together == 1 and len(apart) == 4


def test_what_a_chunk_came_to_is_kept(base):
    base.take(ANNA)
    base.take(MISSPELT)
    assert base.ask("SELECT pairs, joined, unsure, crowded FROM compared ORDER BY batch_id") == [
        (0, 0, 0, 0), (1, 1, 0, 0),
    ]  # fmt: skip


@pytest.mark.sqlite_will_do
def test_many_with_one_phone_are_bounded(base):
    """Each value's key keeps no more leads than tell that it is an office's."""
    chance = random.Random(1)
    names = ["".join(chance.choice(LETTERS) for _ in range(7)).title() for _ in range(300)]
    people = [{"Name": f"{GIVEN[i % 12]} {name}", "Phone": "0151 10000001"} for i, name in enumerate(names)]
    base.take(*people[:200])
    base.take(*people[200:])
    assert base.ask("SELECT max(n) FROM (SELECT count(*) AS n FROM lead_key GROUP BY key) k") == [(51,)]
    assert len(base.names()) == 300


LETTERS = "abdefgiklmnoprstuv"
GIVEN = ("Anna", "Berta", "Clara", "Dora", "Emil", "Fritz", "Gustav", "Hedwig", "Ida", "Jakob", "Karla", "Ludwig")


def _misspelt(name, chance):
    place = chance.randrange(2, len(name) - 1)
    return name[:place] + chance.choice(LETTERS) + name[place + 1 :]


def _people(number, chance):
    """Two or three records of each of so many people, some misspelt, each with some of what is known of them."""
    rows = []
    for person in range(number):
        family = "".join(chance.choice(LETTERS) for _ in range(8)).title()
        given, city, firm = chance.choice(GIVEN), f"Ort{chance.randrange(40)}", f"Firma {chance.randrange(200)}"
        for again in range(chance.choice((1, 2, 3))):
            spelt = _misspelt(family, chance) if again and chance.random() < 0.4 else family
            row = {
                "Name": f"{given} {spelt}", "City": city, "Firm": firm, "Phone": f"0151 {10_000_000 + person}",
                "Mail": f"{given.lower()}{person}@example.com",
            }  # fmt: skip
            kept = "Name", chance.choice(("Phone", "Mail"))
            rows.append({head: cell for head, cell in row.items() if head in kept or chance.random() < 0.6})
    return [{**row, "Id": str(1_000 + number)} for number, row in enumerate(rows)]


def _partition(folder, begun, place, rows, chunks):
    store = begun(f"sqlite:///{folder / f'{chunks}.db'}")
    base = Base(store, place.model_copy(update={"landing_url": str(folder / f"landing{chunks}")}))
    for start in range(chunks):
        base.take(*rows[start::chunks])
    found = dict(base.ask("SELECT external_id, contact_id FROM lead"))
    joined = base.ask("SELECT count(*) FROM match_decision WHERE rule LIKE 'likeness%' AND verdict = 'same'")
    store.dispose()
    return found, joined[0][0]


def _pairs(found):
    groups = {}
    for lead, contact in found.items():
        groups.setdefault(contact, []).append(lead)
    return {(a, b) for group in groups.values() for a in group for b in group if a < b}


def test_in_one_chunk_or_in_many_in_any_order_the_same_are_one(tmp_path, home, garden, begun):
    (home / "config" / "sources").mkdir(parents=True)
    (home / "config" / "sources" / "garden.toml").write_text(
        garden(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0})
    )
    chance = random.Random(4)
    rows = _people(700, chance)
    once, joined = _partition(tmp_path, begun, reload(), rows, 1)
    chance.shuffle(rows)
    often, again = _partition(tmp_path, begun, reload(), rows, 8)
    assert once.keys() == often.keys() and len(once) > 1_200
    assert joined > 100 and again > 100, "a model takes part"
    one, other = _pairs(once), _pairs(often)
    assert len(one & other) >= 0.998 * len(one | other)
    assert 1 - len(one ^ other) / (len(once) * (len(once) - 1) / 2) >= 0.999


def test_processes_beside_the_loader_find_the_same(base, monkeypatch):
    """Parts of a large batch are met, and weighed again, in processes of their own."""
    monkeypatch.setenv("LEADS_CHUNK_ROWS", "10")
    base.place = reload()
    for module, name, value in ((ahead, "FROM_ROWS", 1), (doubtful, "BESIDE", 1), (doubtful, "LOOKED_AT", 4)):
        monkeypatch.setattr(module, name, value)
    here = []
    for module, name in ((meeting, "met"), (doubtful, "_again")):
        monkeypatch.setattr(module, name, lambda *_, of=name: here.append(of) or pytest.fail(of))
    ends = ("berg", "dorf", "feld", "horn", "kamp", "lund", "mark", "rode", "tal", "wald")
    pairs = []
    for number, end in enumerate(ends):
        born, town = f"198{number}-01-0{number or 1}", f"Ort {end}"
        pairs.append(
            (
                {**ANNA, "Name": f"Anna Quitz{end}", "Born": born, "City": town, "Phone": f"0151 1000010{number}"},
                {
                    **MISSPELT,
                    "Name": f"Anna Quitzz{end}",
                    "Born": born,
                    "City": town,
                    "Mail": f"{end}@example.com",
                },
            )
        )
    base.take(*(one for one, _ in pairs), *(other for _, other in pairs))
    assert base.names() == sorted([one["Name"], other["Name"]] for one, other in pairs)
    assert not here
