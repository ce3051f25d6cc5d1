"""The whole way on the demo's sources, without Prefect, on both databases, held against the planted truth."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from flows import handover, stages
from leads.cli import sheet
from leads.errors import SourceError
from leads.settings import settings
from store import landing, runs, trail
from store.engine import reading

ORDER = json.loads("""["stroyka_base", "expo_visitors", "conference_attendees", "pretix_meetup", "website_form",
                       "company_directory"]""")


def ingest(store, name: str) -> dict[str, int]:
    return stages.ingest(store, settings(), stages.configured(name), runs.start_run(store, "ingest", name, None))


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


@pytest.mark.parametrize(
    "store",
    ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])],
    indirect=True,
)
def test_demo_ends_as_it_was_planned(store, world):
    counted = {name: ingest(store, name) for name in ORDER}
    assert counted == {name: world["sources"][name]["fates"] for name in ORDER}
    total = Counter()
    for fates in counted.values():
        total.update(fates)
    records = sum(total.values()) - total["not_a_record"]
    assert records >= 2000
    assert total["merged"] >= 0.25 * records
    assert_everybody_is_who_was_planned(store, world)
    assert_reasons(store, world)
    assert_nothing_that_must_never_come(store, world)
    assert_second_time_changes_nothing(store)
    assert_delivery(store, world)


def assert_everybody_is_who_was_planned(store, world):
    """No planned person is two contacts, and no contact is two persons."""
    rows = ask(
        store,
        """SELECT s.name, l.row, l.record_key, l.contact_id FROM lead l JOIN source s ON s.id = l.source_id""",
    )
    by_row = {(source, row): contact for source, row, _, contact in rows}
    by_key = {
        (source, key.removeprefix(os.environ["LEADS_DEMO_SITE"])): contact for source, _, key, contact in rows
    }
    contacts, entities = {}, {}
    for record in world["records"]:
        if record["fate"] not in ("created", "merged"):
            continue
        place = (record["source"], record["row"]) if "row" in record else (record["source"], record["key"])
        contact = (by_row if "row" in record else by_key)[place]
        contacts.setdefault(record["entity"], set()).add(contact)
        entities.setdefault(contact, set()).add(record["entity"])
    assert len(contacts) > 1500
    assert not [entity for entity, found in contacts.items() if len(found) > 1]
    assert not [found for found in entities.values() if len(found) > 1]


def assert_reasons(store, world):
    rows = ask(
        store,
        """SELECT s.name, f.reason, count(*) FROM fate f JOIN batch b ON b.id = f.batch_id
                         JOIN source s ON s.id = b.source_id WHERE f.reason IS NOT NULL GROUP BY s.name, f.reason""",
    )
    found: dict[str, dict[str, int]] = {}
    for source, reason, count in rows:
        found.setdefault(source, {})[reason] = count
    assert found == {name: s["reasons"] for name, s in world["sources"].items() if s["reasons"]}


def assert_nothing_that_must_never_come(store, world):
    """Faxes, contacts behind robots.txt, the directory's own address: in no lead and no contact."""
    known = {value for (value,) in ask(store, "SELECT value FROM lead_point WHERE value IS NOT NULL")}
    never = (
        set(world["never"])
        if isinstance(world["never"], list)
        else {v for vs in world["never"].values() for v in vs}
    )
    assert never
    assert not known & never


def assert_second_time_changes_nothing(store):
    def shown() -> list[list[tuple]]:
        tables = ("contact", "contact_point", "lead", "lead_point", "match_key", "match_decision", "consent_event")
        return [sorted(ask(store, f"SELECT * FROM {table}"), key=repr) for table in tables]

    before = shown()
    for name in ORDER:
        again = ingest(store, name)
        assert again["created"] == again["merged"] == again["superseded"] == 0
    assert shown() == before


def assert_delivery(store, world):
    """Nobody is delivered without a recorded allow (P5), and a second delivery has nothing new."""
    handover.segment(store, settings())
    handed = handover.deliver(store, settings())
    assert len(handed.files) == 8
    items = ask(store, "SELECT DISTINCT contact_id FROM delivery_item")
    assert len(items) > 300
    without = ask(
        store,
        """SELECT i.contact_id FROM delivery_item i WHERE NOT EXISTS (
        SELECT 1 FROM permission_decision p WHERE p.contact_id = i.contact_id AND p.verdict = 'allow')""",
    )
    assert without == []
    unowned = ask(
        store,
        """SELECT c.id FROM contact c WHERE NOT EXISTS (
        SELECT 1 FROM assignment a WHERE a.contact_id = c.id AND a.until IS NULL)""",
    )
    assert unowned == []
    assert handover.deliver(store, settings()).files == []
    assert ask(store, "SELECT DISTINCT contact_id FROM delivery_item") == items


def test_rehearsal_says_the_same_and_leaves_nothing(store, world, home):
    said = stages.rehearse(store, settings(), stages.configured("expo_visitors"))
    assert said == world["sources"]["expo_visitors"]["fates"]
    assert ask(store, "SELECT count(*) FROM lead") == ask(store, "SELECT count(*) FROM batch") == [(0,)]
    assert not (home / "landing").exists()


def test_fewer_rows_than_asserted_load_nothing(store, world, tmp_path):
    source = stages.configured("stroyka_base")
    short = tmp_path / "short.csv"
    whole = Path(os.environ["LEADS_DEMO_DATA"], "stroyka_base.csv").read_bytes()
    short.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    source = source.model_copy(update={"pull": {**source.pull, "file": str(short)}})
    with pytest.raises(SourceError, match=r"batch stroyka_base-.*at least \d+ expected"):
        stages.ingest(store, settings(), source, runs.start_run(store, "ingest", source.name, None))
    assert ask(store, "SELECT count(*) FROM lead") == [(0,)]
    assert ask(store, "SELECT status FROM batch") == [("refused",)]


@pytest.mark.sqlite_will_do
def test_a_run_killed_before_its_assertions_does_not_slip_past_them(store, world, tmp_path, monkeypatch):
    source = stages.configured("stroyka_base")
    short = tmp_path / "short.csv"
    whole = Path(os.environ["LEADS_DEMO_DATA"], "stroyka_base.csv").read_bytes()
    short.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    source = source.model_copy(update={"pull": {**source.pull, "file": str(short)}})
    run = runs.start_run(store, "ingest", source.name, None)
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(stages, "_admit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        stages.land(store, settings(), source, run)
    assert ask(store, "SELECT status FROM batch") == [("landed",)]
    with pytest.raises(SourceError, match="expected"):
        stages.left_over(store, settings(), source.name, run)
    assert ask(store, "SELECT status FROM batch") == [("refused",)]
    assert stages.left_over(store, settings(), source.name, run) == []


def test_an_interrupted_run_goes_on_with_what_it_landed(store, world):
    """Killed after landing, before or after the batch was registered: the next run loads it first."""
    source = stages.configured("expo_visitors")
    place = settings()
    landed = stages.land(store, place, source, runs.start_run(store, "ingest", source.name, None))
    with store.begin() as connection:
        connection.execute(text("DELETE FROM personal_file"))
        connection.execute(text("DELETE FROM batch"))
    run = runs.start_run(store, "ingest", source.name, None)
    assert stages.left_over(store, place, source.name, run) == [landed.batch]
    stages.load_parts(store, place, source, landed)
    assert stages.finish(store, landed) == world["sources"]["expo_visitors"]["fates"]
    assert stages.left_over(store, place, source.name, run) == []


@pytest.mark.sqlite_will_do
def test_rejects_come_back_mended_and_count_once(store, world, home):
    source = stages.configured("stroyka_base")
    planned = world["sources"]["stroyka_base"]["fates"]
    landed = stages.land(store, settings(), source, runs.start_run(store, "ingest", source.name, None))
    stages.load_parts(store, settings(), source, landed)
    stages.finish(store, landed)
    rejected, columns = quarantined(store, landed.batch), {h for h, f in source.columns.items() if f == "phone"}
    assert len(rejected) == planned["quarantined"]
    for number, row in enumerate(rejected):
        row |= dict.fromkeys(columns, f"+7916555{number:04d}")
    sheet.write(home / "mended.xlsx", rejected)
    mended = source.model_copy(update={"pull": {"file": str(home / "mended.xlsx")}})

    def again() -> dict[str, int]:
        return stages.ingest(store, settings(), mended, runs.start_run(store, "ingest", source.name, None))

    first = again()
    assert first["created"] + first["merged"] == planned["quarantined"]
    assert again()["duplicate"] == planned["quarantined"]
    # The whole base again, still with its faults: what was mended is known by its record key.
    assert ingest(store, "stroyka_base")["created"] == 0


def quarantined(store, batch: str) -> list[dict[str, str]]:
    with reading(store) as connection:
        found = trail.rejects(connection, batch)
    raw = landing.raw_rows(settings().landing, batch, {row["row"] for row in found})
    return [{"@reason": row["reason"], "@key": row["record_key"], **raw[row["row"]]} for row in found]
