"""What tests of the flows share: sources that lead to the store of the dialect, and the demo's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from leads import demo
from leads.home import copy_config
from leads.settings import Settings, reload

OWNERS = '[owners.team]\nname = "Team"\nlanguage = "en"\nlanguages = ["ru", "en"]\ntimezone = "Europe/Moscow"\n'


@pytest.fixture
def configured(
    home: Path, store: Engine, monkeypatch: pytest.MonkeyPatch, garden: Callable[..., str]
) -> Callable[..., Settings]:
    """Write the source `garden` with what is given; returns settings that lead to the store of the dialect."""

    def write(**stated: Any) -> Settings:
        (home / "config" / "sources").mkdir(parents=True, exist_ok=True)
        (home / "config" / "sources" / "garden.toml").write_text(garden(**stated))
        monkeypatch.setenv("LEADS_STORE_URL", store.url.render_as_string(hide_password=False))
        return reload()

    return write


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> demo.World:
    """The demo's files, which a test reads and leaves as they are."""
    return demo.build(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def world(home: Path, built: demo.World, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """How the demo's sources should end; they are served on loopback, in an empty home."""
    with demo.serve(built) as url:
        for name, value in demo.environment(built, url).items():
            monkeypatch.setenv(name, value)
        yield json.loads((built.folder / "truth.json").read_text())


@pytest.fixture
def visitors(home: Path, store: Engine, monkeypatch: pytest.MonkeyPatch, stand: Callable[..., str]) -> Settings:
    """Settings of a home with the packs, one owner, and the source `people` of who came to a stand (`people.csv`)."""
    copy_config(home)
    (home / "config" / "owners.toml").write_text(OWNERS)
    monkeypatch.setenv("LEADS_STORE_URL", store.url.render_as_string(hide_password=False))
    (home / "config" / "sources" / "people.toml").write_text(stand(
        pull={"format": "file", "file": str(home / "people.csv")}, assertions={"min": 0},
        columns={"name": "full_name", "phone": "phone", "email": "email", "messenger": "messenger", "yes": "consent",
                 "at": "stated_at"},
        consent={"text": "You may call and write to me.", "channels": ["call", "sms", "email", "messenger"],
                 "given": ["yes"], "refused": ["no"]},
    ))  # fmt: skip
    return reload()
