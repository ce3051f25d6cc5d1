"""`leads erase` and `leads subject`, as the privacy officer meets them."""

import json
from html.parser import HTMLParser
from shutil import copytree

import pytest
from typer.testing import CliRunner

from flows import stages
from leads import clock
from leads.cli import app, subject
from leads.errors import LeadsError
from leads.settings import SHIPPED_CONFIG, settings
from store import runs, trail
from store.engine import reading

run = CliRunner()
ANNA, EVIL = "anna.marker@example.com", "<script>alert(1)</script>"


@pytest.fixture
def store(home, begun, garden):
    (home / "config" / "sources").mkdir(parents=True)
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    (home / "config" / "sources" / "base.toml").write_text(garden(
        title="Base & sons", seller="Seller <Ltd>", pull={"file": str(home / "taken.csv")},
        columns={"Name": "full_name", "Phone": "phone", "Mail": "email", "City": "city", "Answer": "consent"},
        consent={"given": ["ja"], "refused": ["nein"]},
    ))  # fmt: skip
    (home / "taken.csv").write_text(
        "Name,Phone,Mail,City,Answer,Note\n"
        f"Anna Marker,0151 12345678;030 12345678,{ANNA},Bonn,ja,{EVIL}\n"
        "Bert Probe,030 12345678,bert@example.com,Kiel,nein,\n"
    )
    engine = begun(settings().database_url)
    stages.ingest(engine, settings(), stages.configured("base"), runs.start_run(engine, "test", "base", None))
    return engine


def holders(store, *point: str) -> list[str]:
    with reading(store) as connection:
        return trail.contacts_with(connection, *point)


def test_it_is_shown_first_and_a_dry_run_changes_nothing(store):
    got = run.invoke(app, ["erase", "-", "--dry-run", "--by", "officer"], input=f"{ANNA}\n")
    assert got.exit_code == 0, got.exception
    assert "Would erase contact" in got.stdout and "Nothing was changed" in got.stdout
    assert ANNA not in got.output and "0151" not in got.output
    assert len(holders(store, "email", ANNA)) == 1


def test_erased_by_any_key_and_again(store, home):
    got = run.invoke(app, ["erase", ANNA.upper(), "--by", "officer", "--json"])
    assert got.exit_code == 0, got.exception
    told = json.loads(got.stdout)
    assert (told["counts"]["own_points"], told["counts"]["shared_points"], told["done"]) == (2, 1, True)
    assert holders(store, "email", ANNA) == [] and len(holders(store, "phone", "+493012345678")) == 1
    assert run.invoke(app, ["erase", ANNA, "--by", "officer"]).exit_code == 0, "again: nobody is known by it"
    with reading(store) as connection:
        kinds = [e["kind"] for e in trail.events(connection, [{"type": "email", "value": ANNA}])]
    assert kinds.count("erased") == 1


def test_who_shares_a_point_is_named_by_id(store):
    got = run.invoke(app, ["erase", "030 12345678", "--by", "officer"])
    assert isinstance(got.exception, LeadsError) and "2 contacts share this key" in str(got.exception)


def test_a_restore_erases_again(store, home):
    archive = home / "backups" / "b.tar.gz"
    assert run.invoke(app, ["backup", str(archive)]).exit_code == 0
    got = run.invoke(app, ["erase", ANNA, "--by", "officer"])
    assert got.exit_code == 0 and "1 backup(s)" in got.stderr
    got = run.invoke(app, ["restore", str(archive), "--replace"])
    assert got.exit_code == 0 and "1 contact(s) that were erased" in got.stderr, got.exception
    assert holders(store, "email", ANNA) == []


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)

    def handle_data(self, data) -> None:
        self.text += data + "\n"


def test_the_page_holds_all_of_the_person_escaped_and_nobody_else(store, tmp_path):
    file = tmp_path / "copy.html"
    assert run.invoke(app, ["subject", ANNA, "--out", str(file)]).exit_code == 0
    page = Texts()
    page.feed(file.read_text())
    for said in (
        ANNA,
        "+4915112345678",
        EVIL,
        "Base & sons",
        "Seller <Ltd>",
        "imported claim",
        "notice due",
        "Bonn",
    ):
        assert said in page.text, said
    assert "script" not in page.tags and "bert" not in page.text.lower() and "Kiel" not in page.text
    assert "refused" not in page.text, "what the colleague said of the switchboard is not hers"
    assert file.stat().st_mode & 0o077 == 0
    run.invoke(app, ["erase", ANNA, "--by", "officer"])
    assert not file.exists()


def test_the_page_says_in_words_why_somebody_received_it(store):
    with reading(store) as connection:
        found = subject.gathered(connection, trail.contacts_with(connection, "email", ANNA)[0], "us")
    one = {"recipient": "team", "at": clock.now(), "kind": "delivery", "form": "CSV", "purpose": "marketing",
           "reference": "b"}  # fmt: skip
    found["recipients"] = [one | {"reason": reason} for reason in ("first", "answer:00ff", None)]
    page = subject.html(found)
    assert "you turned to us yourself" in page and "handed over for the first time" in page
    assert "answer:" not in page and "None" not in page.partition("Who received it")[2].partition("</table>")[0]


def test_the_copy_for_machines(store, tmp_path):
    got = run.invoke(app, ["subject", ANNA])
    assert got.exit_code == 0, got.exception
    whole = json.loads(got.stdout)
    graph = whole["@graph"]
    prefixes = set(whole["@context"])
    types = [one["@type"] for one in graph]
    assert {"dpv:DataSubject", "dpv:DataController", "dpv:DataSource", "dpv:ConsentRecord"} <= set(types)
    subject = next(one for one in graph if one["@type"] == "dpv:DataSubject")
    assert {ANNA, "+4915112345678"} <= {data["schema:value"] for data in subject["dpv:hasPersonalData"]}
    record = next(one for one in graph if one["@type"] == "dpv:ConsentRecord")
    assert record["dpv:hasDataSubject"] == {"@id": subject["@id"]}
    assert record["dpv:hasConsentStatus"][0]["@type"] == ["dpv:ConsentUnknown"]
    keys = {key.partition(":")[0] for one in graph for key in one if ":" in key}
    assert keys <= prefixes, "every word has its vocabulary"
    example = {"dpv:hasProcess", "dpv:hasConsentStatus", "dpv:hasDataController", "conformsTo", "dct:identifier"}
    assert example <= set(record)


def test_what_has_no_copy(store, tmp_path):
    for words in (["nobody@example.com"], [ANNA, "--out", str(tmp_path / "x.pdf")]):
        assert isinstance(run.invoke(app, ["subject", *words]).exception, LeadsError)
