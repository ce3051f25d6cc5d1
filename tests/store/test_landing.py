import hashlib
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import clock, schema
from leads.errors import LeadsError, SourceError, StoreError
from leads.pull import KEY, NOTE, TIME, URI, Receipt
from store import landing

Rows = list[dict[str, str | None]]


def pull(*frames: Rows, receipt: Receipt = Receipt(), order: int = 1) -> Generator[pd.DataFrame, None, Receipt]:  # noqa: B008
    """Frames of rows as dicts; every frame has the headers its own rows name, sorted or (-1) the other way."""
    for rows in frames:
        headers = sorted({name for row in rows for name in row})[::order]
        yield pd.DataFrame({name: schema.texts([row.get(name) for row in rows]) for name in headers})
    return receipt


def land(url: str | Path, *frames: Rows, rows: int = 1000, **more: object) -> landing.Manifest:
    return landing.land(str(url), "base", pull(*frames, **more), part_rows=rows)  # type: ignore[arg-type]


def read(url: str | Path, manifest: landing.Manifest) -> pd.DataFrame:
    parts = [landing.read_part(str(url), manifest, no) for no in range(len(manifest.parts))]
    return pd.concat(parts, ignore_index=True) if parts else schema.empty(schema.LANDED)


def keys(url: str | Path, *frames: Rows, **more: object) -> list[str]:
    return list(read(url, land(url, *frames, **more))["record_key"])  # type: ignore[arg-type]


cells = st.none() | st.text(max_size=12)
headers = st.text(min_size=1, max_size=6).filter(lambda h: not h.startswith("@"))
frames = st.lists(headers, min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, cells)), max_size=6)
)


@settings(max_examples=50, deadline=None)
@given(pulled=st.lists(frames, max_size=4), rows=st.integers(1, 5))
def test_any_cells_under_any_headers_come_back(
    tmp_path_factory: pytest.TempPathFactory, pulled: list[Rows], rows: int
) -> None:
    folder = tmp_path_factory.mktemp("landing")
    manifest = land(folder, *pulled, rows=rows)
    assert landing.read_manifest(str(folder), manifest.batch) == manifest
    wanted = [row for frame in pulled for row in frame]
    assert manifest.rows == manifest.records == len(wanted) == sum(part["rows"] for part in manifest.parts)
    assert all(part["rows"] == rows for part in manifest.parts[:-1])
    found = landing.raw_rows(str(folder), manifest.batch, set(range(len(wanted))))
    assert found == {i: {k: v for k, v in row.items() if v is not None} for i, row in enumerate(wanted)}
    frame = read(folder, manifest)
    assert list(frame["row"]) == list(range(len(wanted)))
    assert frame["record_key"].is_unique


@settings(max_examples=30, deadline=None)
@given(pulled=frames, cut=st.integers(0, 6))
def test_keys_do_not_depend_on_how_the_rows_came(
    tmp_path_factory: pytest.TempPathFactory, pulled: Rows, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("landing")
    once = keys(folder, pulled)
    assert keys(folder, pulled[:cut], pulled[cut:]) == once, "cut into frames elsewhere"
    assert keys(folder, pulled, order=-1) == once, "columns in another order"
    wider: Rows = [{**row, "an added column": None, "another": ""} for row in pulled]
    assert keys(folder, wider) == once, "empty columns added"


@settings(max_examples=40, deadline=None)
@given(pulled=st.lists(frames, max_size=4))
def test_keys_are_those_of_every_release(tmp_path_factory: pytest.TempPathFactory, pulled: list[Rows]) -> None:
    """By the rule written out: what it gives must never change, or every base would be a new one."""
    times: Counter[str] = Counter()
    expected = []
    for rows in pulled:
        for row in rows:
            text = "".join(
                f"{hashlib.sha256(header.encode()).hexdigest()[:8]}:{len(cell)}:{cell}"
                for header, cell in sorted(row.items()) if cell
            )  # fmt: skip
            content = hashlib.sha256(text.encode()).hexdigest()[:32]
            times[content] += 1
            expected.append((content, f"{content}-{times[content]}"))
    folder = tmp_path_factory.mktemp("landing")
    manifest = land(folder, *pulled)
    frame = read(folder, manifest)
    assert list(zip(frame["content"], frame["record_key"], strict=True)) == expected
    assert manifest.sha256 == hashlib.sha256("".join(content for content, _ in expected).encode()).hexdigest()


def test_the_same_content_counts_up_across_frames(tmp_path: Path) -> None:
    first, second, third = keys(tmp_path, [{"a": "x"}, {"a": "x"}], [{"a": "x"}])
    assert [key.rpartition("-")[2] for key in (first, second, third)] == ["1", "2", "3"]
    assert len({key.rpartition("-")[0] for key in (first, second, third)}) == 1
    assert keys(tmp_path, [{"a": "y"}, {"a": "x"}])[1] == first, "a base with one more line is not a new base"


def test_cells_do_not_run_together(tmp_path: Path) -> None:
    pairs: list[Rows] = [
        [{"a": "xy", "b": ""}],
        [{"a": "x", "b": "y"}],
        [{"a": "", "b": "xy"}],
        [{"a": "x1:y", "b": ""}],
    ]
    assert all(keys(tmp_path, one) != keys(tmp_path, other) for one, other in pairwise(pairs))


def test_what_the_source_says_of_a_row(tmp_path: Path) -> None:
    moment = "2026-01-02T03:04:05.000000Z"
    manifest = land(
        tmp_path, [{KEY: "k1", TIME: moment, URI: "page/1", "a": "x"}, {KEY: "", "a": "x"}, {KEY: None, "a": "x"},
                   {NOTE: "blank", "a": None}], receipt=Receipt(5, "next"),
    )  # fmt: skip
    frame = read(tmp_path, manifest)
    assert (manifest.declared, manifest.cursor, manifest.rows, manifest.records) == (5, "next", 4, 3)
    assert frame.loc[0, ["record_key", "occurred_at", "source_uri"]].tolist() == ["k1", moment, "page/1"]
    assert frame.loc[1, "record_key"].endswith("-1") and frame.loc[2, "record_key"].endswith("-2"), (
        "no id is no key"
    )
    assert frame["note"].fillna("").tolist() == ["", "", "", "blank"]
    assert manifest.headers == ["a"]


def test_a_batch_without_rows(tmp_path: Path) -> None:
    manifest = land(tmp_path)
    assert (manifest.rows, manifest.parts) == (0, [])
    assert landing.read_manifest(str(tmp_path), manifest.batch) == manifest
    assert land(tmp_path, []).parts == []


def test_a_pull_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    def fails() -> Generator[pd.DataFrame, None, Receipt]:
        yield pd.DataFrame({"a": schema.texts(["x"] * 10)})
        raise SourceError("the source hung up")

    with pytest.raises(SourceError, match="hung up"):
        landing.land(str(tmp_path), "base", fails(), part_rows=2)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "base").iterdir()) == []


def test_what_the_pull_cannot_read_is_not_the_landings_fault(tmp_path: Path) -> None:
    def fails() -> Generator[pd.DataFrame, None, Receipt]:
        raise FileNotFoundError("base.csv")
        yield

    with pytest.raises(FileNotFoundError):
        landing.land(str(tmp_path), "base", fails(), part_rows=2)


def test_a_landing_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="landing cannot be written"):
        land(tmp_path / "file", [{"a": "x"}])


def test_a_tampered_part_is_refused(tmp_path: Path) -> None:
    manifest = land(tmp_path, [{"a": "secret"}], [{"a": "x"}], rows=1)
    part = tmp_path / "base" / manifest.batch / "part-00000.parquet"
    part.write_bytes((tmp_path / "base" / manifest.batch / "part-00001.parquet").read_bytes())
    with pytest.raises(SourceError, match="SHA-256 differs") as error:
        landing.read_part(str(tmp_path), manifest, 0)
    assert "secret" not in str(error.value)
    assert landing.read_part(str(tmp_path), manifest, 1)["f0"].tolist() == ["x"]


def test_an_unknown_batch(tmp_path: Path) -> None:
    with pytest.raises(LeadsError, match="there is no batch"):
        landing.read_manifest(str(tmp_path), "base-20260101000000-abcdef")


def test_a_url_that_is_not_understood() -> None:
    with pytest.raises(StoreError, match="LEADS_LANDING_URL"):
        land("nosuch://bucket/landing", [{"a": "x"}])


def test_another_file_system() -> None:
    url = "memory://leads/landing"
    manifest = land(url, [{"a": "x"}, {"a": None}], rows=1)
    assert landing.read_manifest(url, manifest.batch) == manifest
    assert read(url, manifest)["f0"].fillna("").tolist() == ["x", ""]
    assert landing.raw_rows(url, manifest.batch, {0}) == {0: {"a": "x"}}
    fs = fsspec.filesystem("memory")
    assert sorted(Path(path).name for path in fs.find("leads/landing")) == [
        "manifest.json", "part-00000.parquet", "part-00001.parquet",
    ]  # fmt: skip
    assert dict(landing.files(url, manifest)).keys() == {
        path for path in fs.find("leads/landing") if path.endswith(".parquet")
    }


KILLED = """
import os, signal, sys
import pandas as pd
from leads import clock, schema
from leads.pull import Receipt
from store import landing
real, left = landing._put, int(sys.argv[2])
def put(*given):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    real(*given)
landing._put = put
def pull():
    for i in range(3):
        yield pd.DataFrame({"a": schema.texts([str(i)])})
    return Receipt()
landing.land(sys.argv[1], "base", pull(), part_rows=1)
"""


@pytest.mark.parametrize("writes", [0, 2, 3, 4])
def test_a_killed_pull_is_no_batch(tmp_path: Path, forks: Any, writes: int) -> None:
    """Three parts and a manifest: only when all four are written is there a batch."""
    assert forks.run(KILLED, tmp_path, writes) == (0 if writes == 4 else -signal.SIGKILL)
    whole = [path.parent for path in tmp_path.rglob("manifest.json")]
    assert len(whole) == (writes == 4)
    for folder in whole:
        assert not folder.name.startswith(".")
        assert (
            len(json.loads((folder / "manifest.json").read_text())["parts"])
            == len(list(folder.glob("part*")))
            == 3
        )
    assert land(tmp_path, [{"a": "x"}]).rows == 1, "and the next pull goes its way"
    left = {path.name for path in (tmp_path / "base").iterdir()}
    assert left == set(landing.batches(str(tmp_path), "base")), "which sweeps what the dead one left"
    assert len(left) == 1 + (writes == 4)


@pytest.mark.parametrize("when", ["renamed", "done"])
def test_killed_between_its_last_steps_it_is_a_whole_batch_or_swept(tmp_path: Path, when: str) -> None:
    manifest = land(tmp_path, [{"a": "x"}])
    folder = tmp_path / "base" / manifest.batch
    (tmp_path / "base" / f".{manifest.batch}.lock").touch()
    if when == "renamed":
        (folder / "manifest.json").rename(folder / ".manifest")
    landing.sweep(str(tmp_path), "base")
    assert [path.name for path in (tmp_path / "base").iterdir()] == ([manifest.batch] if when == "done" else [])


def test_a_pull_that_is_at_work_is_not_swept(tmp_path: Path) -> None:
    """Another one of the same source, in this process or in another, is begun and done while it runs."""
    other = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)], cwd=Path(__file__).parents[2],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert other.stdin and other.stdout
    other.stdout.readline()

    def beside() -> Generator[pd.DataFrame, None, Receipt]:
        yield pd.DataFrame({"a": schema.texts(["1"])})
        land(tmp_path, [{"a": "x"}])
        yield pd.DataFrame({"a": schema.texts(["2"])})
        return Receipt()

    assert landing.land(str(tmp_path), "base", beside(), part_rows=1).rows == 2
    other.communicate(b"go on")
    assert other.returncode == 0
    assert [path.name[0] for path in (tmp_path / "base").iterdir()] == ["b"] * 3
    assert len(landing.batches(str(tmp_path), "base")) == 3


SLOW = """
import sys
import pandas as pd
from leads import schema
from leads.pull import Receipt
from store import landing
def pull():
    yield pd.DataFrame({"a": schema.texts(["1"])})
    yield pd.DataFrame({"a": schema.texts(["2"])})
    print("begun", flush=True)
    sys.stdin.readline()
    return Receipt()
landing.land(sys.argv[1], "base", pull(), part_rows=1)
"""


def test_where_there_are_no_locks_it_is_swept_after_a_day(tmp_path: Path) -> None:
    kept = land(tmp_path, [{"a": "1"}])
    stamp = clock.now().replace("-", "").replace("T", "").replace(":", "")[:14]
    left = {name: tmp_path / "base" / name for name in (
        ".base-20200101000000-aaaaaa.part", "base-20200101000000-bbbbbb", f".base-{stamp}-cccccc.part",
    )}  # fmt: skip
    for folder in left.values():
        folder.mkdir()
        (folder / "part-00000.parquet").write_bytes(b"somebody")
    land(tmp_path, [{"a": "2"}])
    assert [folder.name for folder in left.values() if folder.exists()] == [f".base-{stamp}-cccccc.part"]
    assert kept.batch in landing.batches(str(tmp_path), "base")
