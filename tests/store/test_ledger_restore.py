"""The ledger across a backup: whole wherever it is brought to, and what people said since is not taken back."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, text

from leads import schema
from leads.settings import Settings
from store import ledger, subjects
from store.anchors import anchor, anchors
from store.backup import backup, restore
from store.engine import reading, writing
from store.verify import Found, verify

PAIRS = [
    pytest.param("sqlite", "postgresql", marks=pytest.mark.postgres),
    pytest.param("postgresql", "sqlite", marks=pytest.mark.postgres),
]


@pytest.fixture
def place(home: Path) -> Settings:
    return Settings(home=home)


def checked(store: Engine, place: Settings) -> Found:
    with reading(store) as connection:
        return verify(connection, anchors(place))


def kinds_of(store: Engine, value: str) -> list[str]:
    with reading(store) as connection:
        points = pd.DataFrame({"type": schema.texts(["x"]), "value": schema.texts([value])})
        return ledger.history(connection, points)["kind"].to_list()


def erase(store: Engine, say: Callable[..., int], value: str) -> None:
    say(store, **{value: "erased"})
    points = pd.DataFrame({"type": schema.texts(["x"]), "value": schema.texts([value])})
    with writing(store) as connection:
        assert ledger.forget(connection, points) == 1


@pytest.mark.parametrize(("made_on", "brought_to"), PAIRS)
def test_it_is_whole_in_another_database(
    new_store: Callable[..., Engine], place: Settings, tmp_path: Path, say: Callable[..., int],
    told: Callable[[Engine], list[dict[str, Any]]], made_on: str, brought_to: str,
) -> None:  # fmt: skip
    first, second = new_store(made_on, migrated=True), new_store(brought_to)
    say(first, of_lead=1, e1="given", e2="given")
    say(first, of_lead=2, e1="withdrawn")
    erase(first, say, "e2")
    anchor(first, place)
    file = backup(first, place)
    elsewhere = Settings(home=tmp_path / "elsewhere")
    shutil.copytree(place.home / "keys", elsewhere.home / "keys")
    restore(second, elsewhere, file)
    assert told(second) == told(first)
    # Against the anchors that were made before, and its own.
    assert (checked(second, place).broken, checked(second, place).anchored) == ([], 3)
    assert (checked(second, elsewhere).broken, checked(second, elsewhere).anchored) == ([], 3)
    assert say(second, of_lead=3, e3="given") == 1
    assert checked(second, elsewhere).whole


def test_who_was_erased_since_the_backup_stays_erased(
    store: Engine, place: Settings, say: Callable[..., int], told: Callable[[Engine], list[dict[str, Any]]]
) -> None:
    say(store, of_lead=1, known="given", other="given")
    anchor(store, place)
    file = backup(store, place)
    say(store, of_lead=2, later="given", other="withdrawn")
    for value in ("known", "later"):
        erase(store, say, value)
    anchor(store, place)
    assert restore(store, place, file, replace=True) == 3
    found = checked(store, place)
    assert (found.broken, found.closed) == ([], 2)
    assert found.notes == ["1 anchors are of before a backup was restored, and of what it did not hold"]
    assert {row["value"] for row in told(store)} == {"other", None}
    assert kinds_of(store, "known") == ["given", "erased"]
    assert kinds_of(store, "later") == ["erased"]
    assert kinds_of(store, "other") == ["given", "withdrawn"]
    with reading(store) as connection:
        secrets = connection.execute(text("SELECT count(secret) FROM consent_key")).scalar_one()
    assert secrets == 1
    assert restore(store, place, file, replace=True) == 3, "and through the next restore too"
    assert checked(store, place).whole


def test_a_backup_without_a_ledger(store: Engine, place: Settings, say: Callable[..., int]) -> None:
    file = backup(store, place)
    say(store, of_lead=1, e1="given")
    anchor(store, place)
    restore(store, place, file, replace=True)
    assert checked(store, place).whole
    say(store, of_lead=1, e1="given")
    anchor(store, place)
    assert (checked(store, place).broken, checked(store, place).anchored) == ([], 1)


def test_what_was_drawn_under_another_key_is_drawn_anew(
    store: Engine, place: Settings, say: Callable[..., int]
) -> None:
    """A pepper that came while a chunk was on its way, or that another process had."""
    say(store, of_lead=1, e1="given")
    real = ledger.append

    def append(connection: Connection, terms: pd.DataFrame, events: pd.DataFrame, leads: pd.DataFrame) -> int:
        drawn = subjects.drawn(ledger.points_of(terms, events))
        foreign = drawn.assign(lookup=1, proof=2, pepper="another").astype(drawn.dtypes)
        return real(connection, terms, events, leads, foreign)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ledger, "append", append)
        assert say(store, of_lead=2, e1="withdrawn") == 1
    assert kinds_of(store, "e1") == ["given", "withdrawn"]
    assert checked(store, place).whole
