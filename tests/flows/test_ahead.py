import itertools
from collections.abc import Generator

import pandas as pd
import pytest

from flows import ahead
from leads import beside, schema
from leads.errors import LeadsError
from leads.pull import Receipt
from leads.settings import Settings
from leads.source import Source
from store import landing

COLUMNS = {"Phone": "phone", "Name": "full_name", "Yes": "consent"}


@pytest.fixture
def source() -> Source:
    return Source(
        name="base", title="A base", kind="purchased_base", owner="sales", licence="contract 1", region="DE",
        language="de", legal_basis="legitimate interest", from_person=False, columns=COLUMNS,
        consent={"given": ["ja"]},
    )  # fmt: skip


@pytest.fixture
def place(home) -> Settings:
    return Settings(home=home)


@pytest.fixture
def landed(place) -> landing.Manifest:
    """A batch of four parts."""

    def pull() -> Generator[pd.DataFrame, None, Receipt]:
        for part in range(4):
            yield pd.DataFrame({
                "Phone": schema.texts([f"0151 1{part}{i + 1:06d}" for i in range(5)]),
                "Name": schema.texts([f"Anna Muster{chr(97 + i)}stein" for i in range(5)]),
                "Yes": schema.texts(["ja"] * 5),
            })  # fmt: skip
        return Receipt(20)

    return landing.land(place.landing, "base", pull(), part_rows=5)


@pytest.fixture
def counted(monkeypatch) -> list[int]:
    """The parts that this process made itself."""
    made, read = [], landing.read_part

    def counting(url, manifest, no):
        made.append(no)
        return read(url, manifest, no)

    monkeypatch.setattr(landing, "read_part", counting)
    return made


def assert_equal(one: ahead.Frames, other: ahead.Frames) -> None:
    for name in ("landed", "stated", "leads", "points", "terms", "events"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_a_large_batch_is_made_ahead_and_equal(place, source, landed, counted, monkeypatch):
    monkeypatch.setattr(ahead, "FROM_ROWS", 1)
    found = list(ahead.parts(place, source, landed, [0, 2, 3]))
    assert counted == [0], "the others came from the process"
    monkeypatch.undo()
    for no, frames in zip([0, 2, 3], found, strict=True):
        assert len(frames.leads) == len(frames.points) == 5 and len(frames.events) == 10
        assert_equal(frames, ahead.part(place, source, landed, no))


def test_a_small_batch_starts_no_process(place, source, landed, counted):
    assert len(list(ahead.parts(place, source, landed, [1, 2]))) == 2
    assert counted == [1, 2]


def test_what_a_killed_process_left_is_made_here(place, source, landed, counted, monkeypatch):
    monkeypatch.setattr(ahead, "FROM_ROWS", 1)
    started, popen = [], beside.subprocess.Popen
    monkeypatch.setattr(beside.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    coming = ahead.parts(place, source, landed, [0, 1, 2, 3])
    next(coming)
    started[0].kill()
    assert len(list(coming)) == 3
    assert counted == [0, 1, 2, 3]


def test_the_process_ends_with_the_load(place, source, landed, monkeypatch):
    monkeypatch.setattr(ahead, "FROM_ROWS", 1)
    started, popen = [], beside.subprocess.Popen
    monkeypatch.setattr(beside.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    coming = ahead.parts(place, source, landed, [0, 1, 2, 3])
    next(itertools.islice(coming, 1, None))
    coming.close()
    assert started[0].poll() is not None


def test_a_part_at_fault_fails_here_with_its_own_error(place, source, landed, monkeypatch):
    monkeypatch.setattr(ahead, "FROM_ROWS", 1)
    folder = place.home / "landing" / "base" / landed.batch
    (folder / landed.parts[2]["file"]).write_bytes(b"not the part that was landed")
    coming = ahead.parts(place, source, landed, [0, 1, 2])
    assert len(next(coming).leads) == len(next(coming).leads) == 5
    with pytest.raises(LeadsError, match="is not what was landed"):
        next(coming)
