"""`leads deliveries`, `leads recalls` and `leads canary`, as ops, a salesperson and the privacy officer meet them."""

import csv
import json
import re

import openpyxl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from consent.policy import load_packs
from consent.then import remember
from flows import handover, stages
from leads import clock
from leads.cli import app
from leads.errors import LeadsError
from leads.home import copy_config
from leads.settings import settings
from store import runs
from store.engine import reading, writing

run = CliRunner()
OWNERS = """[owners.team]
name = "Team"
language = "de"
languages = ["ru", "en"]
[owners.team.canary]
names = ["Анна Образцова"]
domains = ["mail.example.com"]
phones = ["+79000000001"]
"""
HEAD = ("name", "phone", "email", "yes")
ROWS = [("Анна Примерова", "+79161234501", "one@example.com", "yes"),
        ("Олег Образцов", "+79161234502", "two@example.com", "yes"),
        ("Нет Телефона", "12", "", "yes")]  # fmt: skip


@pytest.fixture
def store(home, begun, stand):
    copy_config(home)
    house = home / "config" / "policy" / "house.toml"
    house.write_text(re.sub(r'cap = "[^"]*"', 'cap = "1/P30D"', house.read_text()))
    (home / "config" / "owners.toml").write_text(OWNERS)
    (home / "config" / "sources" / "people.toml").write_text(stand(
        pull={"format": "file", "file": str(home / "people.csv")},
        columns={"name": "full_name", "phone": "phone", "email": "email", "yes": "consent"},
        consent={"text": "You may call and write to me.", "channels": ["call", "email"], "given": ["yes"]},
    ))  # fmt: skip
    with (home / "people.csv").open("w", newline="") as out:
        csv.writer(out).writerows([HEAD, *ROWS])
    engine = begun(settings().database_url)
    stages.ingest(engine, settings(), stages.configured("people"), runs.start_run(engine, "t", "people", None))
    return engine


@pytest.fixture
def files(store):
    return {file.suffix: file for file in handover.deliver(store, settings()).files}


def count(connection) -> int:
    return connection.execute(text("SELECT count(*) FROM policy_pack")).scalar_one()


def told(*words: str, code: int = 0):
    got = run.invoke(app, [*words, "--json"])
    assert got.exit_code == code, got.exception or got.output
    return json.loads(got.stdout)


def test_a_delivery_is_listed_and_its_answers_come_out_the_same_under_the_law_of_then(store, files, home):
    found = told("deliveries")
    assert [(one["form"], one["rows"], one["open"]) for one in found] == [("CSV", 2, 0), ("XLSX", 2, 0)]
    batch = found[0]["reference"]
    told("consent", "withdraw", ROWS[0][1])
    again = told("deliveries", batch, "--again")
    assert again["same"] == again["decisions"] > 0, "what was said later does not change what was known then"
    pack, moment = home / "config" / "policy" / "ru.toml", clock.now()
    of_then = pack.read_text()
    pack.write_text(of_then.replace('version = "20', 'version = "21', 1))
    assert told("deliveries", batch, "--again") == again and again["policy"] == "then"
    assert len(told("recalls", code=1)) == 1, "whom a no recalls, and nobody because of another pack"
    may = ("may-contact", ROWS[1][2], "--channel", "email")
    [now], [then] = (told(*may, *at, code=1) for at in ((), ("--at", moment)))
    assert ("ru@21" in now["pack"], "ru@20" in then["pack"]) == (True, True)
    assert (now["policy"], then["policy"]) == ("today", "then")
    [before] = told(*may, "--at", "2020-01-01", code=1)
    assert before["policy"] == "today", "before anything was handed over no pack is on record"
    with writing(store) as connection:
        assert count(connection) == len(list(pack.parent.glob("*.toml"))), "each once"
        remember(connection, load_packs(pack.parent), clock.now())
        remember(connection, load_packs(pack.parent), clock.now())
        assert count(connection) == len(list(pack.parent.glob("*.toml"))) + 1
        connection.execute(text("DELETE FROM policy_pack"))
    assert told("deliveries", batch, "--again", code=1)["differ"] > 0, "of an earlier release"
    said = run.invoke(app, ["deliveries", batch, "--again"]).stdout
    assert "Another answer now" in said and "those of today" in said
    assert "team" in run.invoke(app, ["deliveries"]).stdout
    for words in (["deliveries", "nothing"], ["deliveries", "--again"], ["deliveries", "nothing", "--again"]):
        assert isinstance(run.invoke(app, words).exception, LeadsError)


def test_a_recall_from_the_withdrawal_to_the_salesperson_and_back(store, files, tmp_path):
    assert told("recalls") == []
    got = run.invoke(app, ["consent", "withdraw", ROWS[0][1], "--channel", "call", "--by", "officer"])
    assert "leads recalls" in got.stdout
    [one] = told("recalls", code=1)
    assert one["channels"] == ["call"] and one["recipient"] == "team"
    lines = list(csv.reader(files[".csv"].open(encoding="utf-8-sig", newline="")))
    assert one["contact"] in lines[one["row"] - 1] and ROWS[0][2] in lines[one["row"] - 1]
    out = tmp_path / "recalls.xlsx"
    assert run.invoke(app, ["recalls", "--owner", "team", "--out", str(out)]).exit_code == 1
    head, line = openpyxl.load_workbook(out).active.iter_rows(values_only=True)
    assert head[0] == "Übergabe" and "Anruf" in line and one["contact"] in line
    assert not {*ROWS[0]} & {*line}, "it names nobody"
    assert told("status", code=1)["store"]["rows_to_recall"] == 1
    batch = one["reference"]
    got = run.invoke(app, ["recalls", batch, "--done", "--by", "head of sales"])
    assert got.exit_code == 0 and "1 of " in got.stderr
    assert told("recalls") == []
    [seen] = told("recalls", "--all")
    assert seen["done_by"] == "head of sales"
    for words in (
        ["--done"],
        ["nothing"],
        ["nothing", "--done"],
        ["--owner", "nobody"],
        [batch, "--owner", "nobody"],
    ):
        assert isinstance(run.invoke(app, ["recalls", *words]).exception, LeadsError), "a slip is no empty list"


def test_a_canary_names_its_batch_and_counts_nowhere(store, files):
    lines = list(csv.reader(files[".csv"].open(encoding="utf-8-sig", newline="")))
    [own] = [line for line in lines if any(cell.endswith("@mail.example.com") for cell in line)]
    address = next(cell for cell in own if "@" in cell)
    for key in (address, address.upper(), "8 900 000-00-01", own[-1]):
        one = told("canary", key)
        assert (one["owner"], one["row"]) == ("team", lines.index(own) + 1)
        assert sorted(one["files"]) == sorted(file.name for file in files.values())
    assert "row" in run.invoke(app, ["canary", "-"], input=f"{address}\n").stdout
    assert told("canary", ROWS[0][2], code=1) is None
    with reading(store) as connection:
        rows = connection.execute(text("SELECT rows FROM delivery")).scalar_one()
        listed = connection.execute(
            text("SELECT count(*) FROM hand_over_row WHERE contact = :id"), {"id": own[-1]}
        )
        assert (rows, listed.scalar_one()) == (2, 0)
    assert told("status")["store"]["contacts"] == told("status")["store"]["delivered_contacts"] == 2


def test_copies_and_lists_for_us_are_on_record_too(store, files, tmp_path):
    run.invoke(app, ["subject", ROWS[0][2], "--out", str(tmp_path / "copy.html")])
    graph = json.loads(run.invoke(app, ["subject", ROWS[0][2]]).stdout)["@graph"]
    recipients = [(one["dpv:hasName"], one["dct:type"], one["dct:format"]) for one in graph
                  if one["@type"] == "dpv:Recipient"]  # fmt: skip
    assert recipients == [
        ("team", "delivery", "CSV"),
        ("team", "delivery", "XLSX"),
        ("the person", "subject", "HTML"),
    ]
    assert (
        "2026" in (tmp_path / "copy.html").read_text() and "delivery, XLSX" in (tmp_path / "copy.html").read_text()
    )
    with reading(store) as connection:
        batch = connection.execute(text("SELECT public_id FROM batch")).scalar_one()
    run.invoke(app, ["rejects", batch, "--out", str(tmp_path / "rejects.xlsx")])
    run.invoke(app, ["review", "--out", str(tmp_path / "pairs.xlsx")])
    kinds = {(one["kind"], one["form"], one["file"], one["rows"]) for one in told("deliveries")}
    assert {("subject", "JSON-LD", None, 1), ("subject", "HTML", "copy.html", 1), ("rejects", "XLSX", "rejects.xlsx", 1),
            ("review", "XLSX", "pairs.xlsx", 0)} <= kinds  # fmt: skip
