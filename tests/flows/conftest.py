"""What tests of the flows share: the bought base of some garden centres, and the demo's sources."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from leads import demo
from leads.home import copy_config
from leads.settings import Settings, reload

GARDEN = {
    "title": "Garden centres", "kind": "purchased_base", "owner": "sales", "licence": "Contract 1",
    "legal_basis": "legitimate interest", "from_person": False, "region": "DE", "language": "de",
    "columns": {"Name": "full_name", "Phone": "phone"},
}  # fmt: skip

VISITORS = """title = "Visitors"
kind = "event"
owner = "sales"
licence = "own"
legal_basis = "consent given at the stand"
from_person = true
region = "RU"
language = "ru"
[pull]
format = "file"
file = "{file}"
[columns]
name = "full_name"
phone = "phone"
email = "email"
messenger = "messenger"
yes = "consent"
at = "stated_at"
[consent]
text = "You may call and write to me."
channels = ["call", "sms", "email", "messenger"]
given = ["yes"]
refused = ["no"]
[assertions]
min = 0
"""
OWNERS = '[owners.team]\nname = "Team"\nlanguage = "en"\nlanguages = ["ru", "en"]\ntimezone = "Europe/Moscow"\n'


@pytest.fixture(scope="session")
def garden() -> Callable[..., str]:
    """The text of a source file; what is given (a table as a dict) is added, or goes before."""

    def made(**stated: Any) -> str:
        everything = GARDEN | stated
        tables = {key: value for key, value in everything.items() if isinstance(value, dict)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in everything.items() if key not in tables]
        for name, table in tables.items():
            lines += [f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
        return "\n".join([*lines, ""])

    return made


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


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """How the demo's sources should end; they are served on loopback, in an empty home."""
    built = demo.build(home / "demo")
    with demo.serve(built) as url:
        for name, value in demo.environment(built, url).items():
            monkeypatch.setenv(name, value)
        yield json.loads((home / "demo" / "truth.json").read_text())


@pytest.fixture
def visitors(home: Path, store: Engine, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home with the packs, one owner, and the source `people` of who came to a stand (`people.csv`)."""
    copy_config(home)
    (home / "config" / "owners.toml").write_text(OWNERS)
    monkeypatch.setenv("LEADS_STORE_URL", store.url.render_as_string(hide_password=False))
    (home / "config" / "sources" / "people.toml").write_text(VISITORS.format(file=home / "people.csv"))
    return reload()
