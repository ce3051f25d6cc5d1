"""`leads consent withdraw`: a no is on record before the command answers, for everybody who shares the point."""

import json
from shutil import copytree

import pytest
from typer.testing import CliRunner

from flows import stages
from leads.cli import app
from leads.cli.look import find_contacts
from leads.errors import LeadsError
from leads.settings import SHIPPED_CONFIG, settings
from store import runs, trail
from store.engine import reading

run = CliRunner()
PHONE = ("phone", "+4915112345678")


@pytest.fixture
def store(home, begun):
    return begun(settings().database_url)


def told(store, *point: str) -> list[tuple[str, str, str]]:
    with reading(store) as connection:
        found = trail.events(connection, [{"type": point[0], "value": point[1]}])
    return [(event["kind"], event["channel"], event["purpose"]) for event in found]


def withdraw(*words: str) -> dict:
    got = run.invoke(app, ["consent", "withdraw", *words, "--by", "officer", "--json"])
    assert got.exit_code == 0, got.exception or got.output
    return json.loads(got.stdout)


def test_somebody_unknown_may_say_no_as_well(store):
    assert withdraw("+49 151 12345678")["new"] == 1
    assert told(store, *PHONE) == [("withdrawn", "any", "any")]
    assert told(store, "messenger", "whatsapp:+4915112345678") == [("withdrawn", "any", "any")]


def test_said_again_at_once_it_is_the_same_act_and_a_wider_or_another_one_is_not(store):
    assert withdraw("+4915112345678", "--channel", "sms")["new"] == 1
    assert withdraw("+49 (151) 123 456 78", "--channel", "sms")["new"] == 0
    assert withdraw("+4915112345678")["new"] == 1, "every channel is more than SMS"
    assert withdraw("+4915112345678", "--channel", "call")["new"] == 0, "and covers calls"
    assert withdraw("+4915112345678", "--objected", "--purpose", "marketing")["new"] == 1
    assert withdraw("+4915112345678", "--at", "2026-05-03T10:00:00+02:00")["new"] == 1, "an earlier act"
    assert withdraw("+4915112345678", "--at", "2026-05-03T08:00:00Z")["new"] == 0, "which is on record"
    assert [kind for kind, *_ in told(store, *PHONE)] == ["withdrawn", "withdrawn", "objected", "withdrawn"]


def test_it_covers_every_contact_that_shares_the_point(store, home, garden):
    (home / "config" / "sources").mkdir(parents=True)
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    columns = {"Name": "full_name", "Phone": "phone", "Mail": "email"}
    base = garden(pull={"file": str(home / "base.csv")}, columns=columns)
    (home / "config" / "sources" / "base.toml").write_text(base)
    (home / "base.csv").write_text("Name,Phone,Mail\nAnna Muster,0151 12345678,a@example.com\n"
                                   "Bert Probe,0151 12345678,b@example.com\n")  # fmt: skip
    stages.ingest(store, settings(), stages.configured("base"), runs.start_run(store, "test", "base", None))
    got = withdraw("0151 12345678", "--because", "said to a colleague")
    assert (got["points"], len(got["contacts"])) == (1, 2)
    with reading(store) as connection:
        own = find_contacts(connection, "a@example.com")[2][0]
    assert withdraw(own)["new"] == 1, "a contact's id means all of its points; one of them said no already"
    for contact in got["contacts"]:
        answer = run.invoke(app, ["may-contact", contact, "--channel", "call", "--json"])
        assert {row["reason"] for row in json.loads(answer.stdout)} == {"withdrawn"}


@pytest.mark.parametrize(("words", "why"), [
    (("+4915112345678", "--objected", "--refused"), "either"),
    (("+4915112345678", "--channel", "fax"), "unknown word"),
    (("+4915112345678", "--at", "yesterday"), "no moment"),
    (("+4915112345678", "--at", "2099-01-01"), "future"),
    (("0192f1c4-5d9e-7b7e-8c7a-0f6f2f1f2b11",), "no contact point"),
])  # fmt: skip
def test_what_is_not_clear_changes_nothing(store, words, why):
    got = run.invoke(app, ["consent", "withdraw", *words])
    assert isinstance(got.exception, LeadsError) and why in str(got.exception)
    assert "15112345678" not in str(got.exception) and told(store, *PHONE) == []
