"""Consents that grow too old: who is asked again and by what, and what is over is marked once."""

import csv
from shutil import copy, copytree

import pytest

from consent.acts import Said, withdraw
from consent.periods import after
from flows import refreshing, stages
from leads import clock
from leads.settings import SHIPPED_CONFIG
from store import runs, trail
from store.engine import reading
from store.verify import verify

COLUMNS = {"Name": "full_name", "Mail": "email", "Phone": "phone", "Yes": "consent", "When": "stated_at"}


def ago(period: str) -> str:
    """The day on which what lasts 24 months ends in `period` from today."""
    ends = after(clock.now(), period)
    return f"{int(ends[:4]) - 2}-{ends[5:10].replace('02-29', '02-28')}"


@pytest.fixture
def place(configured, home, store):
    settings = configured(
        kind="event", from_person=True, columns=COLUMNS, pull={"format": "file", "file": str(home / "fair.csv")},
        consent={"given": ["yes"], "version": "v1", "text": "I agree", "method": "double opt-in"},
    )  # fmt: skip
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    copy(SHIPPED_CONFIG / "duties.toml", home / "config" / "duties.toml")
    (home / "fair.csv").write_text(
        "Name,Mail,Phone,Yes,When\n"
        f"Soon Muster,soon@example.com,,yes,{ago('P30D')}\n"
        f"Late Muster,late@example.com,,yes,{ago('P300D')}\n"
        f"Over Muster,over@example.com,,yes,2020-05-01\n"
        f"Never Muster,never@example.com,,,{ago('P30D')}\n"
        f"Quiet Muster,quiet@example.com,,yes,{ago('P30D')}\n"
    )
    stages.ingest(store, settings, stages.configured("garden"), runs.start_run(store, "i", "garden", None))
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    withdraw(store, [("email", "quiet@example.com")], said, settings.controller)
    return settings


def kinds(store, mail: str) -> list[str]:
    with reading(store) as connection:
        return [one["kind"] for one in trail.events(connection, [{"type": "email", "value": mail}])]


def test_who_is_asked_again_and_what_is_over_is_marked_once(store, place, home):
    found = refreshing.write(store, place, home / "ask.csv")
    assert len(found.again) == 1 and len(found.ends) == 3
    (row,) = csv.DictReader((home / "ask.csv").open(encoding="utf-8-sig"))
    assert (row["to"], row["channel"], row["language"], row["ends_on"][:4]) == (
        "soon@example.com", "email", "de", after(clock.now(), "P30D")[:4],
    )  # fmt: skip
    assert row["agreed_on"] in row["text"] and "Soon Muster" in row["text"] and "{" not in row["text"]
    assert refreshing.expire(store, place) == 1
    assert refreshing.expire(store, place) == 0
    assert kinds(store, "over@example.com")[-1] == "expired" and "expired" not in kinds(store, "soon@example.com")
    with reading(store) as connection:
        assert verify(connection, []).whole
        assert len(refreshing.ending(connection, place, clock.now(), "P300D").again) == 2
        assert refreshing.ending(connection, place, clock.now(), "P7D").again.empty
