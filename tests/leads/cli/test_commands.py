"""The commands as a person runs them, on a home with a few of the demo's leads."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from flows import handover, stages
from leads import demo
from leads.cli import main
from leads.cli.show import FATES
from leads.home import copy_config
from leads.settings import reload, settings
from store import runs

ROOT = Path(__file__).parents[3]
MAIN = "from leads.cli import main; main()"
FLOWS = ("ingest", "deliver")
HEAVY = ("prefect", "pandas", "pandera", "sqlmodel")


@pytest.fixture(scope="module")
def filled(tmp_path_factory, begun):
    """A home with two sources ingested and one batch delivered."""
    home = tmp_path_factory.mktemp("filled")
    before = {name: os.environ.get(name) for name in os.environ if name.startswith("LEADS_")}
    os.environ["LEADS_HOME"] = str(home)
    reload()
    copy_config(home)
    store = begun(settings().database_url)
    built = demo.build(home / "demo")
    with demo.serve(built) as url:
        os.environ.update(demo.environment(built, url))
        for name in ("stroyka_base", "website_form"):
            run = runs.start_run(store, "ingest", name, None)
            stages.ingest(store, settings(), stages.configured(name), run)
            runs.finish_run(store, run)
    handover.segment(store, settings())
    handover.deliver(store, settings())
    store.dispose()
    for name in [name for name in os.environ if name.startswith("LEADS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if value is not None})
    reload()
    return home


def leads(home: Path, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    """What a shell would have of the command, which runs in this process: one of its own takes a second to start."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LEADS_")]:
            patch.delenv(name)
        patch.setenv("LEADS_HOME", str(home))
        patch.setenv("LEADS_DEMO_DATA", str(home / "demo"))
        patch.chdir(home)
        patch.setattr(sys, "argv", ["leads", *arguments])
        patch.setattr(sys, "stdin", io.StringIO(input))
        reload()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
    reload()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def alone(home: Path, *arguments: str, code: str = MAIN) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as what it imports is looked at, or a flow of Prefect begins."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEADS_", "PREFECT_"))}
    environment = kept | {"LEADS_HOME": str(home), "PYTHONPATH": str(ROOT), "LEADS_DEMO_DATA": str(home / "demo")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, cwd=home, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


# The ledger keeps values sealed; the leads that said something state them.
SAID = """(SELECT h.kind, h.channel, p.type, p.value FROM consent_history h JOIN lead l ON l.public_id = h.lead_id
           JOIN lead_point p ON p.lead_id = l.id AND p.type = h.type AND p.usable) said"""


def one(home: Path, sql: str) -> str:
    with sqlite3.connect(home / "store.db") as store:
        return store.execute(sql).fetchone()[0]


@pytest.fixture(scope="module")
def consenting(filled) -> str:
    """An e-mail whose owner agreed on the website form and never said no."""
    return one(
        filled,
        f"""SELECT value FROM {SAID} WHERE type = 'email' GROUP BY value
            HAVING min(kind) = 'given' AND max(kind) = 'given' ORDER BY value LIMIT 1""",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["why", "KEY"],
        ["why", "KEY", "--json"],
        ["may-contact", "KEY", "--channel", "email"],
        ["status"],
        ["batches"],
    ],
    ids=" ".join,
)
def test_commands_without_a_flow_import_nothing_heavy(filled, consenting, arguments):
    code = (
        "import sys\nfrom leads.cli import main\ntry:\n    main()\nfinally:\n"
        f"    print('HEAVY', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    got = alone(filled, *(consenting if a == "KEY" else a for a in arguments), code=code)
    assert got.stdout.rstrip().endswith("HEAVY []"), got.stdout + got.stderr


def test_why_names_source_batch_row_original_and_time_of_every_value(filled, consenting):
    got = leads(filled, "why", consenting, "--json")
    assert got.returncode == 0, got.stderr
    (trail,) = json.loads(got.stdout)
    assert {"email"} <= {fact["field"] for fact in trail["facts"]}
    for fact in trail["facts"]:
        assert fact["source"] in ("stroyka_base", "website_form")
        assert fact["batch"].startswith(fact["source"])
        assert isinstance(fact["row"], int)
        assert fact["stated_at"].endswith("Z")
        if fact["field"] not in ("country", "language"):
            assert fact["original"], fact
    assert trail["consent_events"]
    shown = leads(filled, "why", consenting)
    assert consenting in shown.stdout
    assert "website_form" in shown.stdout


def test_every_value_of_every_contact_has_its_trail(filled):
    """Promise P4, over the store: whatever a contact shows, its claims name a lead that states it."""
    with sqlite3.connect(filled / "store.db") as store:
        store.row_factory = sqlite3.Row
        leads_ = {row["public_id"]: row for row in store.execute("SELECT * FROM lead")}
        for contact in store.execute("SELECT * FROM contact"):
            claims = json.loads(contact["claims"])
            for field in ("family_name", "given_name", "company", "city", "job", "country"):
                if contact[field] is not None:
                    assert leads_[claims.get(field, contact["first_lead_id"])][field] == contact[field]
                else:
                    assert field not in claims


def test_key_from_standard_input_and_in_any_spelling(filled):
    phone = one(filled, "SELECT value FROM contact_point WHERE value LIKE '+79%' ORDER BY value LIMIT 1")
    spelled = f"8 ({phone[2:5]}) {phone[5:8]}-{phone[8:10]}-{phone[10:]}"
    got = leads(filled, "why", "-", "--json", input=spelled + "\n")
    assert got.returncode == 0, got.stderr
    assert phone in [p["value"] for trail in json.loads(got.stdout) for p in trail["contact"]["points"]]


def test_may_contact_allows_who_agreed_and_denies_whose_seller_says_so(filled, consenting):
    got = leads(filled, "may-contact", consenting, "--channel", "email", "--json")
    assert got.returncode == 0, got.stdout + got.stderr
    (answer,) = json.loads(got.stdout)
    assert answer["verdict"] == "allow"
    assert answer["evidence"]
    assert answer["valid_until"] > answer["at"]
    assert "not confirmed by counsel" in answer["review"]
    claimed = one(
        filled,
        f"""SELECT value FROM {SAID} WHERE type = 'phone' GROUP BY value
        HAVING sum(kind = 'imported_claim') > 0 AND sum(kind IN ('given', 'refused')) = 0 ORDER BY value LIMIT 1""",
    )
    got = leads(filled, "may-contact", claimed, "--channel", "sms", "--json")
    assert got.returncode == 1
    answers = json.loads(got.stdout)
    assert {a["verdict"] for a in answers} == {"deny"}
    assert all(a["mend"] for a in answers)


def test_may_contact_repeats_the_answer_of_a_past_moment(filled, consenting):
    """Before the form was loaded nothing was known of it: the same question then had another answer."""
    got = leads(filled, "may-contact", consenting, "--channel", "email", "--at", "2026-01-01", "--json")
    assert got.returncode == 1, got.stdout + got.stderr
    (answer,) = json.loads(got.stdout)
    assert (answer["verdict"], answer["reason"], answer["evidence"]) == ("deny", "no_consent", None)


def test_may_contact_says_the_hours_of_a_call(filled):
    phone = one(
        filled,
        f"""SELECT value FROM {SAID} WHERE type = 'phone' AND channel = 'call' AND value LIKE '+7%'
           GROUP BY value HAVING min(kind) = 'given' AND max(kind) = 'given' ORDER BY value LIMIT 1""",
    )
    tomorrow = "2027-01-11T{}:00Z"
    night = leads(filled, "may-contact", phone, "--at", tomorrow.format("20:00"), "--json")
    (answer,) = json.loads(night.stdout)
    assert (night.returncode, answer["reason"], answer["rule"]) == (1, "outside_hours", "HOUSE-HOURS")
    assert answer["hours"] == "Mon-Sun 08:00-21:00" and "Europe/Kaliningrad" in answer["zones"]
    day = leads(filled, "may-contact", phone, "--at", tomorrow.format("07:00"), "--json")
    assert day.returncode == 0, day.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["why", "+79990000000"], "no contact with this phone"),
        (["why", "what"], "no phone, no e-mail and no contact id"),
        (["may-contact", "a@example.com", "--channel", "fax"], "unknown word 'fax'"),
        (["may-contact", "a@example.com", "--at", "yesterday"], "--at is no moment"),
        (["ingest", "nobody"], "unknown source 'nobody'"),
        (["ingest", "website_form"], "LEADS_DEMO_SITE is not set"),
        (["ingest", "all"], "LEADS_DEMO_SITE is not set"),
        (["deliver", "--segment", "nobody"], "unknown segment 'nobody'"),
        (["rejects", "nobody-1-2"], "there is no batch"),
        (["restore", "nothing.tar.gz"], "no backup"),
        (["edit", "KEY", "--set", "shoe=42", "--by", "test"], "unknown field before the ="),
        (["edit", "KEY", "--set", "phone=12", "--by", "test"], "the phone cannot be used"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_errors_are_one_line_and_exit_code_2(filled, consenting, arguments, says):
    before = one(filled, "SELECT count(*) FROM lead")
    run = alone if arguments[0] in FLOWS else leads
    got = run(filled, *(consenting if a == "KEY" else a for a in arguments))
    assert got.returncode == 2, got.stdout + got.stderr
    assert says in got.stderr
    assert len(got.stderr.strip().splitlines()) == 1
    assert consenting not in got.stderr
    assert one(filled, "SELECT count(*) FROM lead") == before


def test_no_store_says_what_to_do(tmp_path):
    got = leads(tmp_path, "status")
    assert got.returncode == 2
    assert "leads init" in got.stderr


def test_an_edit_wins_and_can_be_traced(filled, consenting):
    got = leads(
        filled, "edit", consenting, "--set", "city=Тверь", "--set", "given_name=Правка", "--by", "call of 3 May"
    )
    assert got.returncode == 0, got.stderr
    (trail,) = json.loads(leads(filled, "why", consenting, "--json").stdout)
    assert trail["contact"]["city"] == "Тверь"
    assert trail["contact"]["given_name"] == "Правка"
    assert trail["contact"]["family_name"]
    fact = next(fact for fact in trail["facts"] if fact["field"] == "city")
    assert fact["source"] == "edits"
    assert fact["original"] == {"city": "Тверь"}
    assert {"rule": "edit", "actor": "call of 3 May"}.items() <= trail["match_decisions"][-1].items()


def test_batches_are_listed_with_their_ids_and_where_their_rows_ended(filled):
    told = json.loads(leads(filled, "batches", "--json").stdout)
    found = [one for one in told if one["source"] != "edits"]
    assert [one["source"] for one in found] == ["website_form", "stroyka_base"], "the newest first"
    assert [one["status"] for one in found] == ["loaded", "loaded"]
    assert all(one["rows"] <= sum(one[fate] for fate in FATES) for one in found)
    shown = leads(filled, "batches", "stroyka_base")
    assert found[1]["batch"] in shown.stdout and found[0]["batch"] not in shown.stdout
    assert leads(filled, "rejects", found[1]["batch"], "--out", "r.xlsx").returncode == (
        found[1]["quarantined"] > 0
    )
    assert leads(filled, "batches", "nobody").returncode == 2


def test_rejects_come_out_as_text_with_their_reason(filled, tmp_path):
    batch = one(filled, "SELECT public_id FROM batch WHERE public_id LIKE 'stroyka%'")
    got = leads(filled, "rejects", batch, "--out", str(tmp_path / "rejects.xlsx"))
    assert got.returncode == 1, got.stderr
    rows = list(openpyxl.load_workbook(tmp_path / "rejects.xlsx").active.iter_rows())
    heads = [cell.value for cell in rows[0]]
    assert heads[:2] == ["@reason", "@key"]
    assert len(rows) - 1 == one(filled, "SELECT count(*) FROM fate WHERE fate = 'quarantined' AND batch_id = 1")
    assert all(
        cell.data_type in ("s", "n") and (cell.value is None or cell.data_type == "s") for r in rows for cell in r
    )


def test_backup_and_restore_bring_everything_back(filled, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    assert leads(filled, "backup", str(archive)).returncode == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "Bring the keys back first" in leads(elsewhere, "restore", str(archive)).stderr
    shutil.copytree(filled / "keys", elsewhere / "keys", dirs_exist_ok=True)
    got = leads(elsewhere, "restore", str(archive))
    assert got.returncode == 0, got.stderr
    for table in ("contact", "lead", "consent_event", "delivery_item"):
        count = f"SELECT count(*) FROM {table}"
        assert one(elsewhere, count) == one(filled, count) > 0
    contact = one(filled, "SELECT public_id FROM contact ORDER BY id LIMIT 1")
    assert (
        leads(elsewhere, "why", contact).stdout.replace(str(elsewhere), "") == leads(filled, "why", contact).stdout
    )
    assert "Give --replace" in leads(elsewhere, "restore", str(archive)).stderr
