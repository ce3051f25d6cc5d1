"""`leads resolve` as a person runs it: the difference first, then applied, through the flow."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from flows import stages
from flows.alike import resolving
from leads.cli import app
from leads.errors import LeadsError
from leads.settings import reload
from store import runs
from store.engine import open_store, reading

COLUMNS = {"Name": "full_name", "Phone": "phone", "Born": "birthday"}
ROOT = Path(__file__).parents[3]
ROWS = ["Anna Musterstein;0151 10000001;2.1.1980", "Anna Mustersteim;0151 10000002;2.1.1980"]


@pytest.fixture(scope="module")
def home(tmp_path_factory, begun, garden):
    """A home whose two leads came before leads were compared."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("home")
        patch.setenv("LEADS_HOME", str(place))
        patch.delenv("LEADS_STORE_URL", raising=False)
        patch.setenv("LEADS_LIKENESS", "false")
        (place / "config" / "sources").mkdir(parents=True)
        config = garden(pull={"file": "none.csv"}, columns=COLUMNS, assertions={"min": 0})
        (place / "config" / "sources" / "garden.toml").write_text(config)
        (place / "base.csv").write_text("\n".join(["Name;Phone;Born", *ROWS, ""]))
        store = begun(reload().database_url)
        source = stages.configured("garden", str(place / "base.csv"))
        stages.ingest(store, reload(), source, runs.start_run(store, "ingest", "garden", None))
        patch.delenv("LEADS_LIKENESS")
        reload()
        yield place
        store.dispose()
    reload()


def ask(home, sql):
    store = open_store(reload().database_url)
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


# Commands as they come, each with its streams in files: the flow starts a Prefect server, which takes 12 s and lives as
# long as its process.
SHELL = """
import json, os, sys
from leads.cli import main
answers = os.fdopen(os.dup(1), "w")
for place, line in enumerate(sys.stdin):
    sys.argv, code = ["leads", *json.loads(line)], 0
    said = [open(f"{place}.{stream}", "w+") for stream in ("out", "err")]
    for number, file in enumerate(said, start=1):
        os.dup2(file.fileno(), number)
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    answers.write(json.dumps([code, *(file.seek(0) or file.read() for file in said)]) + "\\n")
    answers.flush()
"""


@pytest.fixture
def run(home, tmp_path):
    """A function that runs `leads` with some words, in a process of its own; what it gives is `Ran`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADS_", "PREFECT_"))}
    with subprocess.Popen(
        [sys.executable, "-c", SHELL], env={**kept, "LEADS_HOME": str(home), "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as shell:  # fmt: skip

        def one(*words: str) -> Ran:
            shell.stdin.write(json.dumps(words) + "\n")
            shell.stdin.flush()
            return Ran(*json.loads(shell.stdout.readline()))

        yield one
        shell.stdin.close()


def test_help_has_examples():
    shown = " ".join(CliRunner().invoke(app, ["resolve", "--help"]).output.split())
    assert "leads resolve --apply" in shown and "leads resolve --train --apply" in shown


def test_the_difference_is_shown_then_applied_and_the_run_is_on_record(home, run):
    shown = run("resolve")
    assert shown.returncode == 1, "a difference that was not applied needs a person"
    assert "2 contacts, 1 then: 1 joins, 0 splits" in shown.stderr
    assert "Nothing was changed" in shown.stderr and "Muster" not in shown.stdout + shown.stderr
    assert ask(home, "SELECT count(*) FROM contact") == [(2,)]

    done = run("resolve", "--apply", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["before"], said["after"], said["applied"], said["models"]) == (2, 1, True, {})
    assert "cases" not in said and "group" not in said, "numbers alone"
    assert ask(home, "SELECT count(*) FROM contact") == [(1,)]
    assert ask(home, "SELECT flow, error FROM run WHERE flow = 'resolve'") == [("resolve", None)] * 2


def test_too_few_leads_teach_nothing(home):
    with pytest.raises(LeadsError, match="too few leads"):
        resolving.train(open_store(reload().database_url))
