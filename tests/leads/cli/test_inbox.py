"""`leads inbox` without taking: what waits, as a person sees it, in a process of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leads.home import copy_config

ROOT = Path(__file__).parents[3]


@pytest.fixture
def leads(home):
    copy_config(home)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEADS_", "PREFECT_"))}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from leads.cli import main; main()", *arguments], cwd=home,
            env=kept | {"LEADS_HOME": str(home), "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_what_waits_is_shown_and_left_alone(leads, home):
    empty = leads("inbox")
    assert empty.returncode == 0, empty.stderr
    assert "Nothing waits" in empty.stderr
    (home / "inbox" / "stroyka_base" / "base.csv").write_text("12345")
    (one,) = json.loads(leads("inbox", "--json").stdout)
    assert (one["source"], one["file"], one["bytes"], one["state"]) == ("stroyka_base", "base.csv", 5, "growing")
    shown = leads("inbox").stdout
    assert "base.csv" in shown
    assert re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d ", shown), "to the minute"
    assert (home / "inbox" / "stroyka_base" / "base.csv").is_file()


def test_no_server_is_started_where_there_is_nothing_to_take(leads):
    got = leads("inbox", "--take")
    assert got.returncode == 0, got.stderr
    assert got.stderr.startswith("Nothing waits")


def test_what_nobody_will_ever_take_is_said(leads, home):
    (home / "inbox" / "nobody").mkdir(parents=True)
    (home / "inbox" / "nobody" / "base.csv").write_text("x")
    (home / "inbox" / "lost.csv").write_text("x")
    shown = leads("inbox")
    assert shown.returncode == 1
    assert "no such source" in shown.stdout
    assert "lost.csv" in shown.stderr
    assert "lost.csv" not in shown.stdout


def test_an_unknown_source_is_an_error_in_one_line(leads):
    got = leads("inbox", "--source", "nobody", "--take")
    assert got.returncode == 2
    assert "unknown source 'nobody'" in got.stderr
    assert len(got.stderr.strip().splitlines()) == 1
