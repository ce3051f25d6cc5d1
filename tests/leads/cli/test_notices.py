"""`leads notices`: the queue, the file, and what was sent, as an officer types it."""

import json
from shutil import copytree

import pytest
from typer.testing import CliRunner

from flows import stages
from leads.cli import app
from leads.errors import LeadsError
from leads.settings import SHIPPED_CONFIG, settings
from store import runs

run = CliRunner()


@pytest.fixture
def store(home, begun, garden):
    engine = begun(settings().database_url)
    copytree(SHIPPED_CONFIG, home / "config", ignore=lambda *_: ["sources", "__pycache__"])
    (home / "config" / "sources").mkdir()
    base = garden(pull={"file": str(home / "base.csv")}, columns={"Name": "full_name", "Mail": "email"})
    (home / "config" / "sources" / "base.toml").write_text(base)
    (home / "base.csv").write_text("Name,Mail\nAnna Muster,a@example.com\nBert Probe,b@example.com\n")
    stages.ingest(engine, settings(), stages.configured("base"), runs.start_run(engine, "test", "base", None))
    return engine


def test_the_officers_way(store, home):
    got = run.invoke(app, ["notices", "--json"])
    told = json.loads(got.stdout)
    assert got.exit_code == 0 and told["counts"]["base"]["to_send"] == 2 and len(told["queue"]) == 2
    assert "example.com" not in got.output, "who it is stands in the file alone"
    file = home / "n.xlsx"
    assert run.invoke(app, ["notices", "--out", str(file)]).exit_code == 0 and file.exists()
    got = run.invoke(app, ["notices", "sent", "a@example.com", "--by", "o", "--json"])
    assert json.loads(got.stdout) == {"people": 1, "events": 1, "nothing_owed": 0}
    assert run.invoke(app, ["notices", "sent", "a@example.com", "--by", "o"]).exit_code == 1
    got = run.invoke(app, ["notices", "sent", str(file), "--by", "o", "--json"])
    assert json.loads(got.stdout) == {"people": 1, "events": 1, "nothing_owed": 1}
    assert "0" in run.invoke(app, ["notices"]).stdout


@pytest.mark.parametrize(("words", "why"), [
    (("sent", "no-such.xlsx"), "no such file"),
    (("sent", "a@example.com", "--at", "2099-01-01"), "future"),
    (("--out", "notices.pdf"), "mail merge"),
    (("sent", "nobody@example.com"), "no contact"),
])  # fmt: skip
def test_what_is_not_clear_changes_nothing(store, words, why):
    got = run.invoke(app, ["notices", *words])
    assert isinstance(got.exception, LeadsError) and why in str(got.exception)
    assert "a@example.com" not in str(got.exception)


def test_retention_and_holds(store, home):
    def call(*words: str) -> tuple[int, dict]:
        got = run.invoke(app, [*words, "--json"])
        assert got.exit_code in (0, 1), got.exception
        return got.exit_code, json.loads(got.stdout)

    assert call("retention") == (0, {"past": [], "applied": False})
    file = home / "config" / "sources" / "base.toml"
    file.write_text('until = "2020-01-01"\n' + file.read_text())
    code, held = call("hold", "a@example.com", "--until", "2098-12-31", "--because", "case 1", "--by", "o")
    assert (code, held["in_force"]) == (0, True) and call("hold")[1][0]["because"] == "case 1"
    code, asked = call("erase", "a@example.com", "--by", "o", "--dry-run")
    assert (code, asked["restricted"], asked["held_until"][:10]) == (1, False, "2098-12-31")
    assert call("erase", "a@example.com", "--by", "o")[1]["restricted"]
    code, found = call("retention")
    assert code == 1 and len(found["past"]) == 2 and found["applied"] is False
    code, found = call("retention", "--apply", "--by", "o")
    assert code == 1 and found["applied"] == {
        "erased": 1,
        "held": 1,
        "left": [str(home / "base.csv")][:0],
        "ended": 0,
    }
    assert (
        call("hold", "a@example.com", "--until", "2020-12-31", "--because", "over", "--by", "o")[1]["in_force"]
        is False
    )
    assert call("retention", "--apply", "--by", "o")[1]["applied"]["ended"] == 1
    assert "Nobody is past" in run.invoke(app, ["retention"]).output
    for words in (("hold", "a@example.com", "--until", "soon", "--because", "x"), ("hold", "b@example.com")):
        assert isinstance(run.invoke(app, list(words)).exception, LeadsError)
