"""`leads consent`: what a person sees of the ledger's proof."""

import json
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from consent import ledger
from leads import clock, schema
from leads.cli import app
from leads.settings import settings
from store import ledger as store_ledger
from store.engine import writing

run = CliRunner()


@pytest.fixture
def store(home: Path, begun):
    engine = begun(settings().database_url)
    terms, events = ledger.act(
        pd.DataFrame({"type": schema.texts(["email"]), "value": schema.texts(["canary-7f3a@example.com"])}), "withdrawn",
        channels=["any"], purposes=["any"], actor="subject", method="oral", evidence="a call", at=clock.now(),
        controller="us", source="calls", source_kind="act",
    )  # fmt: skip
    nobody = pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
    with writing(engine) as connection:
        store_ledger.append(connection, terms, events.assign(recorded_time=clock.now()), nobody)
    return engine


def test_a_whole_ledger(store) -> None:
    got = run.invoke(app, ["consent", "verify"])
    assert got.exit_code == 0, got.output
    assert "1 blocks, 1 events, 1 contact points" in got.stderr and "not anchored yet" in got.stdout
    assert "The ledger is whole" in got.stdout
    assert "Anchored block 1" in run.invoke(app, ["consent", "anchor"]).stderr
    assert "Nothing new" in run.invoke(app, ["consent", "anchor"]).stderr
    got = run.invoke(app, ["consent", "verify", "--json"])
    found = json.loads(got.stdout)
    assert (found["whole"], found["anchored"], found["broken"], found["lacking"]) == (True, 1, [], [])
    assert "canary" not in got.output


def test_a_changed_ledger_is_named_and_the_exit_code_is_1(store) -> None:
    with writing(store) as connection:
        connection.execute(text("DROP TRIGGER consent_event_no_update"))
        connection.execute(text("UPDATE consent_event SET jurisdiction = 'RU'"))
    got = run.invoke(app, ["consent", "verify"])
    assert got.exit_code == 1
    assert "BROKEN an event of block 1 was changed (1 to 1)" in got.stdout and "whole" not in got.stdout


def test_an_empty_store(home: Path, begun) -> None:
    begun(settings().database_url)
    assert run.invoke(app, ["consent", "verify"]).exit_code == 0
    assert not (home / "keys").exists(), "nothing was hashed, so no key was made"
