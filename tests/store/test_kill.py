"""`kill -9` at any point of a load loses and doubles nothing (promise P2)."""

import signal
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from flows import stages
from leads import schema
from leads.pull import KEY, Receipt
from leads.settings import Settings
from leads.source import Source
from store import landing, runs

COLUMNS = {"Phone": "phone", "Mail": "email", "Name": "full_name", "City": "city"}
# Loads the parts of a batch, and kills itself at the given call of what a chunk's transaction is made of.
LOADER = """
import os, signal, sys
from flows import stages
from leads.settings import settings
from leads.source import Source
from store import contacts, engine, landing, load, merging
which, left = sys.argv[3], int(sys.argv[4])
def fatal(real):
    def call(*given, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call
if which == "insert":
    for module in (load, contacts, merging):
        module.insert = fatal(module.insert)
else:
    load.is_loaded = fatal(load.is_loaded)
source = Source.model_validate_json(sys.argv[1])
manifest = landing.read_manifest(settings().landing, sys.argv[2])
store = engine.open_store(settings().database_url)
stages.load_parts(store, settings(), source, manifest)
"""


def _pull() -> Generator[pd.DataFrame, None, Receipt]:
    """Three parts: people, the same with other points, and versions of the first that show them to be the same."""
    for no, city in enumerate(("Bonn", "Köln", "Bonn am Rhein")):
        people = [(i, f"Anna Muster{chr(97 + i % 20)}stein") for i in range(30)]
        yield pd.DataFrame(
            {
                KEY: schema.texts([f"k{i}" if no != 1 else f"other{i}" for i, _ in people]),
                "Phone": schema.texts([f"+49 1511 {7919 * (i + 1) + 1000 * (no == 1):07d}" for i, _ in people]),
                "Mail": schema.texts([f"u{i}@example.com" if no else None for i, _ in people]),
                "Name": schema.texts([name for _, name in people]),
                "City": schema.texts([city for _ in people]),
            }
        )
    return Receipt(90)


@dataclass
class Landed:
    """A batch as it was landed, and what loading it without a disturbance came to."""

    landing_url: str
    source: Source
    manifest: landing.Manifest
    counted: dict[str, int]
    people: Any


@pytest.fixture(scope="module")
def landed(
    tmp_path_factory: pytest.TempPathFactory,
    make_source: Callable[..., Source],
    canonical: Callable[[Engine], Any],
    begun: Callable[[str], Engine],
) -> Landed:
    home = tmp_path_factory.mktemp("undisturbed")
    place, source = Settings(home=home), make_source(columns=COLUMNS)
    manifest = landing.land(place.landing, source.name, _pull(), part_rows=30)
    store = begun(f"sqlite:///{home / 'store.db'}")
    _register(store, place, source, manifest)
    counted = _load(store, place, source, manifest)
    people = canonical(store)
    assert counted["superseded"] == len(people["contact_alias"]) == 30, "versions and merges take part"
    return Landed(place.landing, source, manifest, counted, people)


def _register(store: Engine, place: Settings, source: Source, manifest: landing.Manifest) -> None:
    runs.register_batch(store, source, manifest, place.landing, runs.start_run(store, "ingest", source.name, None))


def _load(store: Engine, place: Settings, source: Source, manifest: landing.Manifest) -> dict[str, int]:
    stages.load_parts(store, place, source, manifest)
    return stages.finish(store, manifest)


@pytest.mark.parametrize(("which", "calls"), [("insert", 4), ("insert", 13), ("insert", 17), ("committed", 4)])
def test_a_killed_load_goes_on_as_if_nothing_had_been(
    store: Engine, home: Path, landed: Landed, canonical: Callable[[Engine], Any], everything: Callable[[Engine], Any],
    forks: Any, monkeypatch: pytest.MonkeyPatch, which: str, calls: int,
) -> None:  # fmt: skip
    place = Settings(
        home=home, store_url=store.url.render_as_string(hide_password=False), landing_url=landed.landing_url
    )
    _register(store, place, landed.source, landed.manifest)
    monkeypatch.setenv("LEADS_STORE_URL", place.store_url)
    monkeypatch.setenv("LEADS_LANDING_URL", landed.landing_url)
    given = landed.source.model_dump_json(), landed.manifest.batch, which, calls
    assert forks.run(LOADER, *given) == -signal.SIGKILL
    left = everything(store)
    assert len(left["fate"]) == 30 * len(left["chunk"]) < 90, "a chunk is there as a whole or not at all"
    assert _load(store, place, landed.source, landed.manifest) == landed.counted
    assert canonical(store) == landed.people
