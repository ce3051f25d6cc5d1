"""How the command line talks."""

import io
import os
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console

from leads.cli import app, show

ROOT = Path(__file__).parents[3]
CONTACT = "0199c3d2-7f60-7c11-b0a1-2b1f5a9d8e01"
# A thread of Prefect's still holds the error, and with it the frames that it came through.
HELD = """
import threading
from concurrent.futures import Future
import duckdb
import leads.cli
def fail():
    held = duckdb.connect()
    held.sql("select 1")
    raise leads.cli.LeadsError("no such thing")
def app():
    found = Future()
    def work():
        try:
            fail()
        except leads.cli.LeadsError as error:
            found.set_exception(error)
            threading.Event().wait()
    threading.Thread(target=work, daemon=True).start()
    found.result()
leads.cli.app = app
leads.cli.main()
"""


def test_an_id_is_not_broken_where_the_terminal_is_narrow(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(show, "out", Console(file=written, width=60))
    show.table("Rows", ["contact", "why", "file"], [[CONTACT, "said no to everything", "of-a-batch.csv"]], (),
               ["contact", "file"])  # fmt: skip
    assert CONTACT in written.getvalue()
    assert "of-a-batch.csv" in written.getvalue()
    assert "said no to everything" not in written.getvalue(), "what is prose is broken instead"


def test_an_error_is_all_that_stands_on_stderr():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    got = subprocess.run(
        [sys.executable, "-c", HELD], env=environment, capture_output=True, text=True, check=False
    )
    assert (got.returncode, got.stderr) == (2, "leads: no such thing\n")


def test_every_command_and_every_group_has_an_example():
    def without(command: typer.core.TyperGroup, path: str) -> list[str]:
        found = [] if path == "leads" or "Example" in (command.epilog or "") else [path]
        subs = getattr(command, "commands", {})
        return found + [one for name, sub in subs.items() for one in without(sub, f"{path} {name}")]

    assert without(typer.main.get_command(app), "leads") == []
