"""Notices: owed from the load on, written to a file, recorded once, and not owed again for the same source."""

import csv
from shutil import copy, copytree

import openpyxl
import pytest
from sqlalchemy import text

from consent.acts import Said, withdraw
from flows import erasing, noticing, refreshing, retention, stages
from leads import clock
from leads.settings import SHIPPED_CONFIG
from store import cards, notices, quality, runs, trail
from store.engine import reading
from store.verify import verify

COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "Street": "address", "Id": "external_id"}
HEAD = "Name,Phone,Mail,Street,Id\n"
ANNA, BERT = "Anna Muster,0151 12345678,anna@example.com,Weg 1,1\n", "Bert Probe,0151 55555555,,,2\n"


@pytest.fixture
def place(configured, home):
    settings = configured(columns=COLUMNS, pull={"file": str(home / "base.csv")})
    copy(SHIPPED_CONFIG / "duties.toml", home / "config" / "duties.toml")
    return settings


@pytest.fixture
def ingest(store, place, home, garden):
    def take(rows: str, source: str = "garden") -> None:
        (home / "base.csv").write_text(HEAD + rows)
        file = home / "config" / "sources" / f"{source}.toml"
        if not file.exists():
            file.write_text(garden(title="Other", columns=COLUMNS, pull={"file": "x"}))
        run = runs.start_run(store, "ingest", source, None)
        stages.ingest(store, place, stages.configured(source, str(home / "base.csv")), run)

    return take


def states(store, place) -> dict[str, tuple[str, str]]:
    with reading(store) as connection:
        found = noticing.owed(connection, noticing.means(place)).queue
    return {row["addressee"]: (row["state"], row["sources"]) for row in found.to_dict("records")}


def due(store) -> tuple[int, int]:
    with reading(store) as connection:
        found = quality.totals(connection)
    return found["notices_due"], found["notices_overdue"]


def test_from_the_load_to_the_ledger_and_not_again(store, place, ingest, home):
    ingest(ANNA + BERT)
    assert states(store, place) == {"Anna Muster": ("to_send", "garden"), "Bert Probe": ("no_channel", "garden")}
    assert due(store) == (2, 0)
    file = home / "n.csv"
    found, before = noticing.write(store, place, file)
    assert before == [] and noticing.counted(found.queue, clock.now())["garden"]["to_send"] == 1
    (row,) = csv.DictReader(file.open(encoding="utf-8-sig"))
    assert (row["to"], row["channel"], row["language"]) == ("anna@example.com", "email", "de")
    assert (
        row["categories"] == "Anschrift, E-Mail-Adresse, Name, Telefonnummer" and file.stat().st_mode & 0o077 == 0
    )
    assert noticing.write(store, place, home / "again.csv")[1] == [str(file)], "written and not said to be sent"
    assert noticing.sent_file(store, place, file, clock.now(), "officer") == noticing.Sent(1, 1, 0)
    assert noticing.sent_file(store, place, file, clock.now(), "officer") == noticing.Sent(0, 0, 1)
    assert states(store, place) == {"Bert Probe": ("no_channel", "garden")}
    ingest(ANNA.replace("Weg 1", "Weg 2"))
    assert due(store) == (1, 0), "a new version of the record tells of the same source"
    ingest(ANNA, "other")
    assert states(store, place)["Anna Muster"] == ("to_send", "other"), "another source is another notice"
    with reading(store) as connection:
        said = [e for e in trail.events(connection, [{"type": "email", "value": "anna@example.com"}])
                if e["kind"] == "notice_sent"]  # fmt: skip
        assert verify(connection, []).whole
        assert dict(cards.cards(connection)[["name", "notice_due"]].itertuples(index=False)).keys() == {
            "Anna Muster", "Bert Probe"}  # fmt: skip
    assert [(e["method"], e["source"], e["notice_language"]) for e in said] == [("email", "garden", "de")]


def test_a_sheet_that_came_back_is_read_and_one_person_can_be_told(store, place, ingest, home):
    ingest(ANNA + BERT)
    noticing.write(store, place, home / "n.xlsx")
    sheet = openpyxl.load_workbook(home / "n.xlsx").active
    assert all(cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value is not None)
    with reading(store) as connection:
        bert = trail.contacts_with(connection, "phone", "+4915155555555")
    assert noticing.sent_to(store, place, bert, "2026-01-01T00:00:00.000000Z", "o").people == 0, (
        "before we had him"
    )
    assert noticing.sent_to(store, place, bert, clock.now(), "o") == noticing.Sent(1, 1, 0)
    assert noticing.sent_to(store, place, bert, clock.now(), "o") == noticing.Sent(0, 0, 1)
    assert noticing.sent_file(store, place, home / "n.xlsx", clock.now(), "o").people == 1
    assert due(store) == (0, 0)


def test_a_delivery_is_the_first_contact(store, place, ingest):
    ingest(ANNA)
    with store.begin() as connection:
        connection.execute(text("INSERT INTO owner (id, name, active) VALUES ('o', 'O', true)"))
        connection.execute(
            text("""INSERT INTO delivery (id, public_id, owner, segment, delivered_at, rows, next_steps)
                    VALUES (1, 'd', 'o', 'all', :at, 1, 0), (2, 'e', 'o', 'all', '2026-01-01', 1, 0)"""),
            {"at": (at := clock.now())},
        )
        connection.execute(
            text("""INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id)
                    SELECT id, 'first', 1, 'l' FROM contact UNION ALL SELECT id, 'old', 2, 'l' FROM contact""")
        )
    with reading(store) as connection:
        (row,) = noticing.owed(connection, ("email",)).queue.to_dict("records")
    assert (row["due"], row["why"]) == (at, "contact")
    assert due(store) == (1, 1), "as in leads notices"


def test_who_is_erased_is_owed_nothing_and_goes_from_the_file(store, place, ingest, home):
    ingest(ANNA + BERT)
    noticing.write(store, place, home / "n.csv")
    with reading(store) as connection:
        (anna,) = trail.contacts_with(connection, "email", "anna@example.com")
    erasing.erase(store, place, anna, (), Said("withdrawn", "any", "any", clock.now(), "o", None))
    assert due(store) == (1, 0) and "Muster" not in (home / "n.csv").read_text()
    assert noticing.sent_file(store, place, home / "n.csv", clock.now(), "o").people == 0
    with reading(store) as connection:
        (bert,) = trail.contacts_with(connection, "phone", "+4915155555555")
    erasing.erase(store, place, bert, (), Said("withdrawn", "any", "any", clock.now(), "o", None))
    assert states(store, place) == {}, "with suppressions and nobody left to be told"


@pytest.mark.sqlite_will_do
def test_who_objected_is_left_out_and_counted(store, place, ingest):
    ingest(ANNA + BERT)
    said = Said("objected", "any", "any", clock.now(), "o", None)
    withdraw(store, [("phone", "+4915112345678")], said, place.controller)
    assert states(store, place)["Anna Muster"][0] == "objected"


def test_a_notice_to_the_point_itself_answers_what_was_owed_before_it(store, place, ingest):
    from consent.acts import enter
    from store.engine import writing

    ingest(ANNA)
    said = Said("withdrawn", "any", "any", clock.now(), "o", None)
    with writing(store) as connection:
        import pandas as pd

        from leads import schema

        points = pd.DataFrame({"type": ["email"], "value": ["anna@example.com"]}, dtype=schema.TEXT)
        enter(connection, points, said, "somebody else", "notice_sent")
    assert due(store) == (1, 0), "what another company sent is not our notice"
    with writing(store) as connection:
        enter(connection, points, said, place.controller, "notice_sent")
        assert notices.count(connection, clock.now()) == (0, 0)


@pytest.mark.sqlite_will_do
def test_a_home_of_before_the_duties_has_those_we_ship_and_is_told_so(store, place, ingest, home, caplog):
    ingest(ANNA)
    (home / "config" / "duties.toml").unlink()
    copytree(SHIPPED_CONFIG / "policy", home / "config" / "policy")
    with caplog.at_level("WARNING", "leads"):
        noticing.write(store, place, home / "n.csv")
        with reading(store) as connection:
            refreshing.ending(connection, place, clock.now())
            assert retention.past(connection, place, clock.now()).empty
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line for line in said if "is not there: what we ship counts" in line] == said[:1], "once"
    assert "example company" in said[1] and "Example Building Materials" in (home / "n.csv").read_text()
    own = (SHIPPED_CONFIG / "duties.toml").read_text().replace("Example Building Materials", "Our Own")
    (home / "config" / "duties.toml").write_text(own)
    caplog.clear()
    noticing.write(store, place, home / "n.csv")
    assert not caplog.records
