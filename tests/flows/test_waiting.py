"""What lies in the drop folder, and what of it may be taken."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows import waiting
from leads.home import copy_config
from leads.settings import Settings


@pytest.fixture
def place(home) -> Settings:
    copy_config(home)
    found = Settings(home=home)
    waiting.prepare(found)
    return found


def aged(path: Path, content: str = "x") -> Path:
    """A file that was written long ago; when anything of it changed cannot be set, so tests ask for a short rest."""
    path.write_text(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_a_folder_is_made_for_every_source_that_reads_a_file(place):
    made = sorted(path.name for path in waiting.inbox(place).iterdir())
    assert made == ["conference_attendees", "expo_visitors", "stroyka_base"]


@pytest.mark.parametrize(
    "name",
    ["base.csv.part", "base.csv.crdownload", "~$base.xlsx", ".base.csv", ".~lock.base.ods#", "base.TMP", "Thumbs.db",
     "base.csv.filepart"],
)  # fmt: skip
def test_unfinished_names_do_not_wait(place, name):
    (waiting.inbox(place) / "stroyka_base" / name).write_text("x")
    assert waiting.waiting(place) == []


def test_what_waits_says_its_state(place):
    root = waiting.inbox(place)
    (root / "stroyka_base" / "base.csv").write_text("12345")
    (root / "stroyka_base" / "done").mkdir()
    (root / "stroyka_base" / "done" / "old.csv").write_text("x")
    (root / "nobody").mkdir()
    (root / "nobody" / "base.csv").write_text("x")
    (root / "lost.csv").write_text("x")
    time.sleep(0.05)
    found = {(one.source, one.file.name): one for one in waiting.waiting(place, quiet=0.01)}
    assert {key: one.state for key, one in found.items()} == {
        ("nobody", "base.csv"): "no such source", ("stroyka_base", "base.csv"): "ready"
    }  # fmt: skip
    assert found["stroyka_base", "base.csv"].size == 5
    assert {one.state for one in waiting.waiting(place, "stroyka_base", quiet=60)} == {"growing"}
    assert waiting.stray(place) == [root / "lost.csv"]


def test_a_growing_file_is_not_settled_and_one_at_rest_needs_no_wait(tmp_path, monkeypatch):
    still, growing = aged(tmp_path / "still.csv"), tmp_path / "growing.csv"
    growing.write_text("x")
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            with growing.open("a") as out:
                out.write("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert waiting.settled([still, growing], 0.3) == [still]
    finally:
        stop.set()
        writer.join()
    time.sleep(0.1)
    monkeypatch.setattr(waiting.time, "sleep", lambda _: pytest.fail("nothing to wait for"))
    assert waiting.settled([still, growing], 0.1) == [still, growing]


def test_a_file_from_a_clock_that_runs_ahead_is_taken_in_the_end(tmp_path):
    file = tmp_path / "base.csv"
    file.write_text("x")
    os.utime(file, (time.time() + 86_400,) * 2)
    assert waiting.settled([file], 0.05) == [file]


def test_a_copy_that_keeps_its_old_time_is_not_at_rest_while_it_grows(tmp_path):
    """`cp -p` and archive programs set the old time; that anything changed just now is still known."""
    file = aged(tmp_path / "base.csv")
    assert not waiting._rests(waiting._stamp(file), 5)


def test_a_file_that_goes_away_is_not_settled(tmp_path, monkeypatch):
    file = tmp_path / "base.csv"
    file.write_text("x")
    monkeypatch.setattr(waiting.time, "sleep", lambda _: file.unlink())
    assert waiting.settled([file], 5) == []


def test_looking_is_quick():
    """`leads inbox` shows what waits without the libraries that take long to import."""
    code = "import sys, flows.waiting; print([m for m in ('prefect', 'pandas', 'pandera', 'sqlmodel') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
