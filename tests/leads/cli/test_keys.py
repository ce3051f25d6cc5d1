"""`leads keys`: which keys there are and what still needs them; a new pepper takes over what comes back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from consent import suppression
from flows import stages
from leads import keys
from leads.cli import app
from leads.errors import LeadsError
from leads.settings import reload
from store import erasure, runs
from store.engine import open_store, reading, writing
from store.migrate import migrate

run = CliRunner()
PHONE, OTHER = "+4915123571113", "+4915123571114"


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch, garden: Callable[..., str]) -> Engine:
    """Sealed, with one contact, and two phones that must not come back."""
    monkeypatch.setenv("LEADS_ENCRYPT_VALUES", "true")
    place = reload()
    (home / "config" / "sources").mkdir(parents=True)
    (home / "config" / "sources" / "base.toml").write_text(garden(pull={"file": str(home / "base.csv")}))
    engine = open_store(place.database_url)
    migrate(engine)
    with writing(engine) as connection:
        for value in (PHONE, OTHER):
            [hash_] = suppression.hashes("phone", [value])
            erasure.suppress(connection, "phone", hash_, 1, "2026-01-01T00:00:00.000000Z")
    ingest(engine, home, "Bert Probemann,0151 55555555\n")
    return engine


def ingest(engine: Engine, home: Path, rows: str) -> dict[str, int]:
    (home / "base.csv").write_text(f"Name,Phone\n{rows}")
    return stages.ingest(engine, reload(), stages.configured("base"), runs.start_run(engine, "test", "base", None))


def listed() -> tuple[dict[tuple[str, int], dict[str, int]], dict[str, Any], int]:
    got = run.invoke(app, ["keys", "list", "--json"])
    told = json.loads(got.stdout)
    return {(key["kind"], key["version"]): key["used"] for key in told["keys"]}, told, got.exit_code


def test_what_is_under_which_key_and_a_new_pepper_takes_over(store: Engine, home: Path) -> None:
    found, _, _ = listed()
    assert found[("pepper", 1)] == {"ledger_points": 1, "suppressions": 2}
    assert found[("master", 1)] == {"ledger_blocks": 1, "data_key": 1}
    got = run.invoke(app, ["keys", "rotate", "pepper", "--json"])
    assert json.loads(got.stdout)["version"] == 2
    assert ingest(store, home, "Anna Muster,0151 23571113\nBerta Probemann,0151 55555555\n")["suppressed"] == 1
    found, told, code = listed()
    assert found[("pepper", 2)] == {"ledger_points": 1, "suppressions": 1}, "what came back has moved"
    assert (found[("pepper", 1)], told["lost"], code) == ({"suppressions": 1}, [], 0)
    assert ingest(store, home, "Anna Muster,0151 23571113\nCarl Muster,0151 23571114\n")["suppressed"] == 2
    with reading(store) as connection:
        versions = connection.execute(text("SELECT key_version FROM suppression")).scalars().all()
    assert versions == [2, 2]


def test_a_new_master_key_wraps_the_key_of_data_key(store: Engine) -> None:
    got = run.invoke(app, ["keys", "rotate", "master"])
    assert "wrapped by it" in got.stderr
    found, _, _ = listed()
    assert found[("master", 2)] == {"data_key": 1} and found[("master", 1)] == {"ledger_blocks": 1}
    why = run.invoke(app, ["why", "+4915155555555"])
    assert why.exit_code == 0 and "Probemann" in why.stdout


def test_no_key_is_shown_and_a_lost_one_is_named(store: Engine, home: Path) -> None:
    secrets = [key.key.decode() for key in (*keys.peppers(), *keys.masters())]
    shown = [
        run.invoke(app, ["keys", *words]).output for words in (["list"], ["list", "--json"], ["rotate", "pepper"])
    ]
    secrets += [keys.peppers()[0].key.decode()]
    assert not [secret for secret in secrets for text_ in shown if secret in text_]
    lost = keys.peppers()[1].id
    (home / "keys" / "pepper-1").unlink()
    _, told, code = listed()
    assert code == 1 and f"pepper {lost}: 2 suppressions" in told["lost"]


def test_no_such_kind(home: Path) -> None:
    got = run.invoke(app, ["keys", "rotate", "salt"])
    assert isinstance(got.exception, LeadsError) and "pepper, master" in str(got.exception)
