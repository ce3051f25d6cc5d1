"""`leads consent import`: another system's consents with their own dates, each once, and never a permission."""

import json
from shutil import copytree

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from typer.testing import CliRunner

from consent.acts import Said
from flows import erasing, history, stages
from leads import clock
from leads.cli import app
from leads.errors import LeadsError
from leads.settings import SHIPPED_CONFIG
from store import landing, runs, trail
from store.engine import reading
from store.verify import verify

COLUMNS = {"Name": "full_name", "Mail": "email"}
NAMES = {name: name for name in ("kind", "point", "at", "channel", "purpose", "controller", "proof")}
HEAD = "kind,point,at,channel,purpose,controller,proof\n"
PAST = HEAD + (
    "given,anna@example.com,2024-03-01,email,marketing,,scan 17\n"
    "withdrawn,Office@Example.com,12.03.2025,email,,,letter 4\n"
    "objected,0151 12345678,,fax,,Other Ltd,\n"
    "said yes,carl@example.com,2025-01-01,,,,\n"
    "given,\"carl@example.com, dora@example.com\",2025-01-01,,,,\n"
    "notice_sent,anna@example.com,2025-02-02T10:00:00+01:00,,,,\n"
)  # fmt: skip


@pytest.fixture
def place(configured, home):
    (home / "base.csv").write_text("Name,Mail\nAnna Muster,anna@example.com\nOne Person,office@example.com\n"
                                   "Other Body,office@example.com\n")  # fmt: skip
    settings = configured(columns=COLUMNS, pull={"file": str(home / "base.csv")}, consent={"given": ["yes"]})
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    return settings


@pytest.fixture
def take(store, place, home):
    def run(csv: str = PAST, name: str = "past.csv", **more) -> history.Imported:
        (home / name).write_text(csv)
        return history.take(store, place, stages.configured("garden"), home / name, NAMES, **more)

    return run


def told(store, type_: str, value: str) -> list[tuple[str, str, str]]:
    with reading(store) as connection:
        found = trail.events(connection, [{"type": type_, "value": value}])
    return [(one["kind"], one["channel"], one["event_time"][:10]) for one in found]


def test_history_comes_in_with_its_dates_and_once(store, place, take, home):
    rehearsed = take(dry_run=True)
    assert (rehearsed.entered, rehearsed.batch) == (4, None) and told(store, "email", "anna@example.com") == []
    assert not (home / "landing").exists() or not list((home / "landing").rglob("*.parquet"))
    done = take()
    assert (done.rows, done.entered, done.known, done.quarantined, done.widened) == (6, 4, 0, 2, 1)
    assert done.reasons == {"kind not understood": 1, f"no contact point: {history.SEVERAL}": 1}
    assert told(store, "email", "anna@example.com") == [
        ("imported_claim", "email", "2024-03-01"), ("notice_sent", "any", "2025-02-02"),
    ]  # fmt: skip
    assert told(store, "email", "office@example.com") == [("withdrawn", "email", "2025-03-12")]
    assert told(store, "phone", "+4915112345678") == [("objected", "any", clock.now()[:10])]
    again = take(name="same.csv")
    assert (again.entered, again.known, again.batch) == (0, 4, done.batch), "the same content lands no second time"
    more = take(PAST + "refused,eve@example.com,2024-01-01,,,,\n")
    assert (more.entered, more.known) == (1, 4)
    with reading(store) as connection:
        assert verify(connection, []).whole
        assert runs.batches(connection, "garden") == {done.batch: "history", more.batch: "history"}
        (reason,) = {r["reason"] for r in trail.rejects(connection, done.batch) if r["row"] == 3}
    assert reason == "kind not understood"
    assert landing.raw_rows(place.landing, done.batch, {0})[0]["proof"] == "scan 17"


def test_a_no_of_a_shared_mailbox_blocks_everybody_and_a_yes_permits_nobody(store, place, take):
    counted = stages.ingest(store, place, stages.configured("garden"), runs.start_run(store, "i", "garden", None))
    assert counted["created"] == 3
    assert take().entered == 4
    run = CliRunner()
    for mail, reasons in (("office@example.com", {"withdrawn"}), ("anna@example.com", {"claim_only"})):
        got = run.invoke(app, ["may-contact", mail, "--channel", "email", "--json"])
        assert {row["reason"] for row in json.loads(got.stdout)} == reasons
    assert (
        len(
            json.loads(
                run.invoke(app, ["may-contact", "office@example.com", "--channel", "email", "--json"]).stdout
            )
        )
        == 2
    )
    assert stages.left_over(store, place, "garden", 1) == [], "no run takes a history for leads"


def test_quarantined_rows_come_back_mended(store, place, take, home):
    batch = take().batch
    got = CliRunner().invoke(app, ["rejects", batch, "--out", str(home / "rejects.xlsx")])
    assert got.exit_code == 1, "there are some"
    book = load_workbook(home / "rejects.xlsx")
    sheet = book.active
    headers = [cell.value for cell in sheet[1]]
    assert headers[:2] == ["@reason", "@key"] and sheet.max_row == 3
    sheet.cell(2, headers.index("kind") + 1).value = "withdrawn"
    sheet.cell(3, headers.index("point") + 1).value = "dora@example.com"
    book.save(home / "rejects.xlsx")
    done = history.take(store, place, stages.configured("garden"), home / "rejects.xlsx", NAMES)
    assert (done.entered, done.quarantined) == (2, 0)
    assert told(store, "email", "carl@example.com") == [("withdrawn", "any", "2025-01-01")]


def test_the_command_names_columns_and_refuses_what_it_cannot_read(store, place, home):
    run = CliRunner()
    (home / "odd.jsonl").write_text('{"Art": "refused", "Wer": "x@example.com", "Wann": "2024-01-02"}\n' * 2)
    words = ["consent", "import", str(home / "odd.jsonl"), "--source", "garden", "--json"]
    named = ["--set", "Art=kind", "--set", "Wer=point", "--set", "Wann=at"]
    got = run.invoke(app, [*words, *named, "--dry-run"])
    assert (json.loads(got.stdout)["entered"], json.loads(got.stdout)["known"]) == (1, 1), got.output
    assert run.invoke(app, [*words, *named]).exit_code == 0
    assert told(store, "email", "x@example.com") == [("refused", "any", "2024-01-02")]
    for wrong in (named[:4], [*named, "--set", "X=nothing"]):
        got = run.invoke(app, [*words, *wrong])
        assert isinstance(got.exception, LeadsError) and "x@example.com" not in str(got.exception)
        assert "Art" not in str(got.exception), "where a file has no header its cells would be named"


def test_erasure_finds_who_stands_in_it(store, place, take, home):
    batch = take().batch
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    erasing.erase(store, place, None, [("email", "anna@example.com")], said)
    rows = landing.raw_rows(place.landing, batch, {0, 1, 5})
    assert [bool(rows[n].get("point")) for n in (0, 1, 5)] == [False, True, False]
    with store.begin() as connection:
        left = connection.execute(
            text("SELECT count(*) FROM personal_file WHERE reference = :b"), {"b": batch}
        ).scalar()
    assert left == 1
