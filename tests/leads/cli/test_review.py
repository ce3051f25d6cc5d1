"""Pairs that may be one person, decided at the keyboard or in a workbook; and who is who on the command line."""

import json
from itertools import count

import openpyxl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from flows import stages
from flows.decisions import Said
from leads.cli import answers, app, review, who
from leads.errors import LeadsError
from leads.settings import reload
from store import runs, trail
from store.engine import reading

COLUMNS = {"Name": "full_name", "Phone": "phone", "Mobile": "phone", "Born": "birthday"}
# Two people, and a lead that states no name and a phone of each.
PAIRS = [
    "Anna Musterstein;0151 10000001;;3.4.1980",
    "Berta Musterstein;0151 10000002;;4.4.1981",
    ";0151 10000001;0151 10000002;",
]
WE = Said("clerk")


@pytest.fixture
def store(home, begun, garden):
    """A home with a lead that may be either of two people: two pairs to review."""
    (home / "config" / "sources").mkdir(parents=True)
    config = garden(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0})
    (home / "config" / "sources" / "garden.toml").write_text(config)
    place = reload()
    engine = begun(place.database_url)
    numbers = count()

    def take(*lines):
        file = home / f"{next(numbers)}.csv"
        file.write_text("\n".join(["Name;Phone;Mobile;Born", *lines, ""]))
        run = runs.start_run(engine, "ingest", "garden", None)
        return stages.ingest(engine, place, stages.configured("garden", str(file)), run)

    engine.take = take
    take(*PAIRS)
    yield engine
    engine.dispose()


def queue(store):
    with reading(store) as connection:
        return trail.unsure(connection)


def ask(store, sql):
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def press(store, keys):
    pressed = iter(keys)
    review.go_through(store, WE, lambda: next(pressed))
    assert next(pressed, None) is None, "every key was asked for"


def run(*arguments, code=0):
    got = CliRunner().invoke(app, arguments)
    if isinstance(got.exception, LeadsError):
        return got.exception
    assert got.exit_code == code, got.output
    return got.stdout


def test_both_people_came_into_question(store):
    first, second = queue(store)
    ends = [{pair["lead_id"], pair["other_lead_id"]} for pair in (first, second)]
    assert len(ends[0] & ends[1]) == 1, "one lead without a full name, and two people"
    assert {first["other_contact"], second["other_contact"]} < {
        c for (c,) in ask(store, "SELECT public_id FROM contact")
    }
    assert [pair["rules"][-1] for pair in (first, second)] == ["phone, several names"] * 2


def test_a_yes_and_a_no_are_recorded_and_gone_from_the_queue(store):
    press(store, "ynq")
    assert queue(store) == []
    assert ask(store, "SELECT verdict, actor FROM match_decision WHERE by_hand ORDER BY id") == [
        ("same", "clerk"), ("different", "clerk"),
    ]  # fmt: skip
    assert ask(store, "SELECT count(*) FROM contact") == [(2,)]


def test_what_was_skipped_comes_back_and_undo_takes_back_the_last_step(store):
    press(store, "sunyuq")
    assert len(queue(store)) == 1
    assert ask(store, "SELECT verdict FROM match_decision WHERE by_hand AND revoked_at IS NULL") == [
        ("different",)
    ]
    press(store, "suq")
    assert len(queue(store)) == 1


def test_a_yes_against_two_birthdays_is_asked_again(store):
    press(store, "yq")
    (pair,), before = queue(store), ask(store, "SELECT count(*) FROM contact")
    press(store, "yxq")
    assert queue(store) == [pair]
    assert ask(store, "SELECT count(*) FROM contact") == before
    press(store, "yyq")
    assert queue(store) == []
    assert ask(store, "SELECT count(*) FROM contact") == [(1,)]


def test_the_pair_is_shown_side_by_side_with_its_reason(store, capsys):
    press(store, "q")
    shown = capsys.readouterr().out
    assert "Anna Musterstein" in shown or "Berta Musterstein" in shown
    assert "the same phone, which several people have" in shown
    assert "2 to review" in shown


@pytest.mark.parametrize(("language", "header", "yes", "no"), [
    ("en", "same? (yes / no)", "Yes", "no."), ("ru", "одно лицо? (да / нет)", " да ", "Нет"),
    ("hu", "ugyanaz? (igen / nem)", "igen", "nem"), ("sr", "isti? (da / ne)", "DA", "ne"),
])  # fmt: skip
def test_the_queue_goes_out_as_a_table_and_comes_back_filled(store, home, monkeypatch, language, header, yes, no):
    monkeypatch.setenv("LEADS_LANGUAGE", language)
    reload()
    file = home / "pairs.xlsx"
    run("review", "--out", str(file))
    assert ask(store, "SELECT count(*) FROM personal_file WHERE kind = 'review'") == [(1,)]
    book = openpyxl.load_workbook(file)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["@pair", header, "because"]
    assert sheet.max_row == 3
    sheet["B2"], sheet["B3"] = yes, no
    book.save(file)
    run("review", "--take", str(file), "--by", "clerk")
    assert ask(store, "SELECT verdict FROM match_decision WHERE by_hand ORDER BY id") == [
        ("same",),
        ("different",),
    ]
    assert queue(store) == []
    run("review", "--take", str(file), "--by", "clerk")
    assert len(ask(store, "SELECT 1 FROM match_decision WHERE by_hand")) == 2, "what is decided stays decided"


def test_answers_that_cannot_be_taken_are_named_with_their_row(store, home):
    file = home / "pairs.xlsx"
    run("review", "--out", str(file))
    book = openpyxl.load_workbook(file)
    book.active["B2"] = "perhaps"
    book.save(file)
    said = run("review", "--take", str(file), "--by", "clerk", code=1)
    assert said.startswith("row 2: the answer is not understood")
    assert "row 3" not in said
    assert len(queue(store)) == 2
    book.active["B2"] = book.active["B3"] = "yes"
    book.save(file)
    said = run("review", "--take", str(file), "--by", "clerk", code=1)
    assert said.startswith("row 3: these are hardly one: their birthdays differ")


def test_another_workbook_is_refused(store, home):
    openpyxl.Workbook().save(home / "other.xlsx")
    (home / "none.xlsx").write_text("no workbook")
    assert "this is no review" in str(run("review", "--take", str(home / "other.xlsx")))
    assert "cannot be read as XLSX" in str(run("review", "--take", str(home / "none.xlsx")))


def test_without_a_terminal_it_says_what_to_do(store):
    got = CliRunner().invoke(app, ["review"])
    assert got.exit_code == 1
    assert "leads review --out" in got.stderr
    pairs = json.loads(run("review", "--json"))
    assert (
        all("the same phone, which several people have" in pair["because"] for pair in pairs) and len(pairs) == 2
    )
    assert any(side["name text"] for side in pairs[0]["sides"])
    press(store, "nnq")
    assert "Nothing to review" in CliRunner().invoke(app, ["review"]).stderr


def test_merge_and_unmerge_on_the_command_line(store):
    one, other = "+4915110000001", "+4915110000002"
    contacts = [c for (c,) in ask(store, "SELECT public_id FROM contact WHERE name_text IS NOT NULL ORDER BY id")]
    assert "share this key" in str(run("merge", one, other))
    assert "birthdays differ" in str(run("merge", *contacts))
    done = json.loads(run("merge", *contacts, "--anyway", "--because", "twins", "--by", "clerk", "--json"))
    assert done["contacts"] == contacts[:1]
    shown = run("why", contacts[1])
    assert "joined by hand: twins" in shown.replace("\n", " ") or "twins" in shown
    done = json.loads(run("unmerge", contacts[1], "--by", "clerk", "--json"))
    assert done["contacts"] == contacts
    (told,) = json.loads(run("why", contacts[1], "--json"))
    assert [(d["verdict"], d["revoked_at"] is None) for d in told["match_decisions"] if d["by_hand"]] == [
        ("same", False), ("different", True),
    ]  # fmt: skip
    assert "It was never joined" in CliRunner().invoke(app, ["unmerge", contacts[1]]).stderr


def test_unmerge_shows_what_joined_the_leads_and_asks_which(store):
    store.take("Anna Musterstein;0151 10000001;;", "A. Musterstein;0151 10000001;0151 10000009;")
    store.take("Anna Musterstein;0151 10000009;;")
    contact = ask(store, "SELECT public_id FROM contact WHERE given_name = 'Anna'")[0][0]
    got = CliRunner().invoke(app, ["unmerge", contact])
    assert got.exit_code == 1
    assert "the same phone and name" in got.stdout
    joins = json.loads(run("unmerge", contact, "--json", code=1))
    done = json.loads(run("unmerge", contact, "--decision", str(joins[0]["id"]), "--by", "clerk", "--json"))
    assert len(done["contacts"]) == 2
    lead = joins[-1]["brought"][0]["public_id"]
    ((holder,),) = ask(store, f"SELECT c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id WHERE l.public_id = '{lead}'")  # fmt: skip
    done = json.loads(run("split", holder, lead, "--by", "clerk", "--json")) if len(
        ask(store, f"SELECT 1 FROM lead l JOIN contact c ON c.id = l.contact_id WHERE c.public_id = '{holder}'")) > 1 else done  # fmt: skip
    assert done["contacts"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("phone and name", "the same phone and name"), ("email, name not full", "the same e-mail, and one name is not full"),
        ("merge 3", "joined by hand"), ("same record", "a newer version of the same record"), ("model 7", "model 7"),
    ],
)  # fmt: skip
def test_rules_in_words(rule, words):
    assert who.because(rule) == words
    assert who.because(rule, "a call") == f"{words}: a call"


def test_no_word_means_both():
    assert not answers.YES & answers.NO
