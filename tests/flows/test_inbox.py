"""The drop folder, end to end on both databases: what is taken, what is left, what is known, and what a kill leaves."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from flows import received, stages, taking, waiting
from flows.taking import take
from leads.errors import StoreError
from leads.settings import reload
from store import landing, runs
from store.engine import reading

HEAD = "Name;Phone\n"


def rows(first: int, count: int = 5) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = (f"Anna Muster{letters[i % 26]}{letters[i // 26]}stein" for i in range(first, first + count))
    return HEAD + "".join(f"{name};0151 1{first + i + 1:07d}\n" for i, name in enumerate(names))


@pytest.fixture
def place(configured):
    """A home with one source, and its drop folder."""
    found = configured(assertions={"min": 2})
    waiting.prepare(found)
    return found


@pytest.fixture
def folder(place) -> Path:
    return waiting.inbox(place) / "garden"


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def lying(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


def registered(store) -> set[Path]:
    return {Path(path) for (path,) in ask(store, "SELECT path FROM personal_file WHERE kind = 'file'")}


def test_a_file_is_taken_accounted_for_and_moved(store, place, folder):
    (folder / "base.csv").write_text(rows(0))
    (one,) = take(store, place, quiet=0.05)
    assert (one.source, one.file, one.outcome, one.error) == ("garden", "base.csv", "loaded", "")
    assert one.counted["created"] == sum(one.counted.values()) == 5
    assert ask(store, "SELECT public_id, status FROM batch") == [(one.batch, "loaded")]
    assert ask(store, "SELECT flow, source, status, error FROM run") == [("inbox", "garden", "done", None)]
    assert lying(folder) == {"done/base.csv"}
    assert registered(store) == {folder / "done" / "base.csv"}
    assert take(store, place, quiet=0.05) == []


def test_the_same_content_under_another_name_is_seen_and_loads_nothing(store, place, folder):
    (folder / "base.csv").write_text(rows(0))
    (first,) = take(store, place, quiet=0.05)
    (folder / "base of May.csv").write_text(rows(0))
    (folder / "base.csv").write_text(rows(0))
    again = take(store, place, quiet=0.05)
    assert [(one.outcome, one.batch, one.counted) for one in again] == [("seen", first.batch, {})] * 2
    assert ask(store, "SELECT count(*) FROM batch") == [(1,)]
    assert lying(folder) == {"done/base.csv", "done/base of May.csv", "done/base (2).csv"}
    assert registered(store) == {folder / name for name in lying(folder)}


@pytest.mark.sqlite_will_do
def test_another_content_under_a_known_name_is_loaded(store, place, folder):
    for first in (0, 10):
        (folder / "base.csv").write_text(rows(first))
        (one,) = take(store, place, quiet=0.05)
        assert (one.outcome, one.counted["created"]) == ("loaded", 5)
    assert lying(folder) == {"done/base.csv", "done/base (2).csv"}


@pytest.mark.sqlite_will_do
def test_the_same_content_of_another_source_is_its_own(store, place, folder, garden):
    (place.config_dir / "sources" / "nursery.toml").write_text(garden())
    waiting.prepare(place)
    for name in ("garden", "nursery"):
        (waiting.inbox(place) / name / "base.csv").write_text(rows(0))
    taken = take(store, place, quiet=0.05)
    assert [(one.source, one.outcome, one.counted["merged"]) for one in taken] == [
        ("garden", "loaded", 0), ("nursery", "loaded", 5)
    ]  # fmt: skip


@pytest.mark.sqlite_will_do
def test_one_source_can_be_asked_for_alone(store, place, folder, garden):
    (place.config_dir / "sources" / "nursery.toml").write_text(garden())
    waiting.prepare(place)
    for name in ("garden", "nursery"):
        (waiting.inbox(place) / name / "base.csv").write_text(rows(0))
    assert [one.source for one in take(store, place, "nursery", quiet=0.05)] == ["nursery"]
    assert lying(folder) == {"base.csv"}


def test_what_cannot_be_read_is_moved_with_the_reason_and_holds_up_nobody(store, place, folder):
    (folder / "a.csv").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    (folder / "few.csv").write_text(rows(0, 1))
    (folder / "good.csv").write_text(rows(0))
    taken = {one.file: one for one in take(store, place, quiet=0.05)}
    assert {name: one.outcome for name, one in taken.items()} == {
        "a.csv": "failed", "few.csv": "failed", "good.csv": "loaded"
    }  # fmt: skip
    assert lying(folder) == {
        "failed/a.csv", "failed/a.csv.txt", "failed/few.csv", "failed/few.csv.txt", "done/good.csv"
    }  # fmt: skip
    told = (folder / "failed" / "few.csv.txt").read_text()
    assert "1 records, at least 2 expected" in told
    assert len(told.splitlines()) == 1
    assert "Muster" not in told
    assert [status for (status,) in ask(store, "SELECT status FROM run ORDER BY id")].count("failed") == 2
    assert registered(store) == {folder / name for name in lying(folder) if not name.endswith(".txt")}


@pytest.mark.sqlite_will_do
def test_a_failed_file_that_comes_again_is_tried_again(store, place, folder, configured):
    (folder / "few.csv").write_text(rows(0, 1))
    assert [one.outcome for one in take(store, place, quiet=0.05)] == ["failed"]
    configured(assertions={"min": 1})
    (folder / "failed" / "few.csv").rename(folder / "few.csv")
    assert [one.outcome for one in take(store, place, quiet=0.05)] == ["loaded"]


@pytest.mark.sqlite_will_do
def test_a_fault_of_the_configuration_leaves_the_file_where_it_is(store, place, folder):
    config = place.config_dir / "sources" / "garden.toml"
    whole = config.read_text()
    config.write_text(whole + "\n[nonsense]\n")
    (folder / "base.csv").write_text(rows(0))
    (one,) = take(store, place, quiet=0.05)
    assert one.outcome == "waiting"
    assert "nonsense" in one.error
    assert lying(folder) == {"base.csv"}
    config.write_text(whole)
    assert [one.outcome for one in take(store, place, quiet=0.05)] == ["loaded"]


def test_a_store_that_does_not_answer_leaves_the_file_where_it_is(store, place, folder, monkeypatch):
    (folder / "base.csv").write_text(rows(0))

    def refused(*_: object) -> None:
        raise StoreError("the store cannot be written")

    with monkeypatch.context() as broken, pytest.raises(StoreError):
        broken.setattr(stages, "load_parts", refused)
        take(store, place, quiet=0.05)
    assert lying(folder) == {"base.csv"}
    (one,) = take(store, place, quiet=0.05)
    assert (one.outcome, one.counted["created"]) == ("loaded", 5), "the batch that was landed is loaded to its end"
    assert ask(store, "SELECT count(*) FROM batch") == [(1,)]


def test_what_a_taking_left_is_loaded_though_its_file_is_gone_and_what_others_left_is_not(
    store, place, folder, monkeypatch
):
    def refused(*_: object) -> None:
        raise StoreError("the store cannot be written")

    (folder / "base.csv").write_text(rows(0))
    with monkeypatch.context() as broken, pytest.raises(StoreError):
        broken.setattr(stages, "load_parts", refused)
        take(store, place, quiet=0.05)
    (folder / "base.csv").write_text(rows(10))
    run = runs.start_run(store, "ingest", "garden", None)
    others = stages.land(store, place, stages.configured("garden", str(folder / "base.csv")), run)
    (folder / "base.csv").unlink()
    assert received.unfinished(store, taking.FLOW, "garden")
    assert take(store, place, quiet=0.05) == []
    assert not received.unfinished(store, taking.FLOW, "garden")
    assert ask(store, "SELECT status FROM batch ORDER BY id") == [("loaded",), ("landed",)]
    assert list(runs.batches(store, "garden"))[-1] == others.batch
    assert ask(store, "SELECT count(*) FROM contact") == [(5,)]


def test_a_growing_file_stays_and_needs_nobody(store, place, folder, monkeypatch):
    (folder / "base.csv").write_text(rows(0))
    monkeypatch.setattr(taking, "settled", lambda *_: [])
    assert [(one.outcome, one.error) for one in take(store, place)] == [("growing", "")]
    assert lying(folder) == {"base.csv"}


@pytest.mark.sqlite_will_do
def test_the_oldest_file_is_taken_first(store, place, folder):
    for name, age in (("b.csv", 300), ("a.csv", 100), ("c.csv", 200)):
        (folder / name).write_text(rows(age))
        os.utime(folder / name, (1_700_000_000 - age, 1_700_000_000 - age))
    assert [one.file for one in take(store, place, quiet=0.05)] == ["b.csv", "c.csv", "a.csv"]


def test_two_takers_do_not_take_the_same_file(store, place, folder):
    (folder / "base.csv").write_text(rows(0))
    with taking._alone(folder) as alone:
        assert alone
        assert take(store, place, quiet=0.05) == []
    assert [one.outcome for one in take(store, place, quiet=0.05)] == ["loaded"]


# Kills itself in the call of a function, before or after its work; `calls` such calls are let through first.
TAKER = """
import importlib, os, signal, sys
from flows.taking import take
from leads.settings import settings
from store.engine import open_store
module, name, when, calls = *sys.argv[1:4], int(sys.argv[4])
module = importlib.import_module(module)
real = getattr(module, name)
def fatal(*given, **named):
    global calls
    calls -= 1
    if calls >= 0:
        return real(*given, **named)
    if when == "after":
        real(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, fatal)
take(open_store(settings().database_url), settings(), quiet=0.05)
"""
POINTS = [
    ("store.landing", "_put", "after", 1),  # in the middle of the landing
    ("store.landing", "land", "after", 0),  # landed, and not registered
    ("store.load", "load_chunk", "after", 1),  # loaded in part
    ("store.runs", "finish_run", "before", 0),  # loaded, and the file not moved
    ("flows.received", "note", "after", 1),  # its new place is noted, and it is not there
    ("flows.received", "note", "before", 2),  # moved, and the old place not taken back
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(map(str, point)))
def test_a_killed_taking_goes_on_and_takes_nothing_twice(store, place, folder, monkeypatch, forks, point):
    if store.dialect.name == "postgresql" and point[1] not in ("land", "load_chunk"):
        pytest.skip("the store takes no part in what differs here")
    monkeypatch.setenv("LEADS_CHUNK_ROWS", "3")
    (folder / "base.csv").write_text(rows(0))
    assert forks.run(TAKER, *point) == -signal.SIGKILL
    lay = {folder / name for name in lying(folder)}
    assert lay <= registered(store), "whatever lies there stands in the register"
    again = take(store, reload(), quiet=0.05)
    assert [one.outcome for one in again] in ([], ["loaded"], ["seen"])
    assert lying(folder) == {"done/base.csv"}
    assert ask(store, "SELECT status FROM batch") == [("loaded",)]
    assert ask(store, "SELECT fate, count(*) FROM fate GROUP BY 1") == [("created", 5)]
    assert landing.batches(place.landing, "garden") == list(runs.batches(store, "garden"))
    assert [path.name[0] for path in (place.home / "landing" / "garden").iterdir()] == ["g"], (
        "the unfinished is swept"
    )
    (folder / "once more.csv").write_text(rows(0))
    assert [one.outcome for one in take(store, place, quiet=0.05)] == ["seen"]
    assert ask(store, "SELECT count(*) FROM run WHERE status = 'running'") == [(0,)]
