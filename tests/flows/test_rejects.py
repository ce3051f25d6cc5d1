"""Quarantined rows on their way out, mended, and back: through the commands, on both databases."""

import json

import openpyxl
import pytest
import typer
from sqlalchemy import text

from flows import received, stages
from leads.cli import keep, sheet
from leads.errors import LeadsError
from leads.settings import reload
from store import runs
from store.engine import reading

COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "City": "city"}
BASE = [
    ("Name", "Phone", "Mail", "City", "Note"),
    ("Anna Musterstein", "0151 10000001", "", "Bonn", ""),
    ("Bert Probemann", "", "", "Köln", "=1+1"),
    ("Clara Beispiel", "12", "", "Kiel", "00123"),
    ("Clara Beispiel", "12", "", "Kiel", "00123"),
    ("Dora Vorlage", "0151 10000004", "", "Ulm", ""),
]


@pytest.fixture
def place(home, configured):
    book = openpyxl.Workbook()
    book.active.title = "Kunden"
    for row in BASE:
        book.active.append(row)
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s"
    book.save(home / "base.xlsx")
    return configured(
        pull={"file": str(home / "base.xlsx"), "sheet": "Kunden"}, columns=COLUMNS, assertions={"min": 3}
    )


@pytest.fixture
def ingest(store, place):
    def take(file: str = "") -> dict[str, int]:
        run = runs.start_run(store, "ingest", "garden", None)
        counted = stages.ingest(store, place, stages.configured("garden", file), run)
        return {fate: count for fate, count in counted.items() if count}

    return take


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def export(store, file, sheet: str = "Kunden") -> list[tuple]:
    """What `leads rejects` writes for the newest batch, as rows of cells."""
    batch = ask(store, "SELECT public_id FROM batch ORDER BY id DESC LIMIT 1")[0][0]
    with pytest.raises(typer.Exit) as end:
        keep.rejects(batch, file, False)
    assert end.value.exit_code == 1
    return [tuple(row) for row in openpyxl.load_workbook(file)[sheet].iter_rows(values_only=True)]


def test_rows_go_out_as_they_came_and_come_back_mended_once(store, place, ingest, home):
    assert ingest() == {"created": 2, "quarantined": 3}
    file = home / "rejects.xlsx"
    head, *rows = export(store, file)
    assert head == ("@reason", "@key", *BASE[0]), "every column, also one that is empty in all rows"
    assert [tuple(cell or "" for cell in row[2:]) for row in rows] == BASE[2:5], "as they came"
    assert all(row[0] for row in rows)
    assert len({row[1] for row in rows}) == 3, "rows that are alike have keys of their own"
    assert ("rejects", str(file)) in ask(store, "SELECT kind, path FROM personal_file")
    book = openpyxl.load_workbook(file)
    for line, number in ((2, "0151 10000002"), (3, "0151 10000003")):
        book["Kunden"].cell(line, head.index("Phone") + 1, number)
    book.save(file)
    assert ingest(str(file)) == {"created": 2, "quarantined": 1}
    assert ingest(str(file)) == {"duplicate": 2, "quarantined": 1}
    assert ask(store, "SELECT count(*) FROM contact") == [(4,)]
    assert "created" not in ingest(), "the whole base again, still with its faults"
    assert ask(store, "SELECT count(*) FROM contact") == [(4,)]
    keys = ask(
        store, """SELECT record_key, count(DISTINCT fate) FROM fate WHERE fate IN ('quarantined', 'created')
                  GROUP BY 1 HAVING count(DISTINCT fate) = 2"""
    )  # fmt: skip
    assert len(keys) == 2, "the mended rows are known by the keys that went out"


@pytest.mark.sqlite_will_do
def test_what_is_still_at_fault_goes_round_again(store, place, ingest, home):
    ingest()
    first = export(store, home / "rejects.xlsx")
    ingest(str(home / "rejects.xlsx"))
    second = export(store, home / "again.xlsx")
    assert [row[1:] for row in second] == [row[1:] for row in first]


def test_rejects_written_over_a_file_that_was_taken_do_not_pass_for_taken(store, place, ingest, home):
    """The register knows a path by what lies there now."""
    ingest()
    file = home / "rejects.xlsx"
    export(store, file)
    run = runs.start_run(store, "ingest", "garden", None)
    received.note(store, run, file, received.digest(file))
    stages.ingest(store, place, stages.configured("garden", str(file)), run)
    assert received.taken(store, "garden", received.digest(file))
    export(store, file)
    assert ask(store, "SELECT kind FROM personal_file WHERE kind IN ('file', 'rejects')") == [("rejects",)]
    assert not received.taken(store, "garden", received.digest(file))


@pytest.mark.sqlite_will_do
def test_the_same_as_json_and_as_lines(store, place, ingest, capsys):
    ingest()
    batch = ask(store, "SELECT public_id FROM batch")[0][0]
    capsys.readouterr()
    for as_json in (True, False):
        with pytest.raises(typer.Exit):
            keep.rejects(batch, None, as_json)
        said = capsys.readouterr().out
        if as_json:
            assert [row["Name"] for row in json.loads(said)] == [row[0] for row in BASE[2:5]]
        else:
            assert len(said.splitlines()) == 3
            assert "Beispiel" not in said


def test_a_row_with_several_quarantined_people_goes_out_once():
    found = [{"row": 3, "part": part, "record_key": "k", "reason": why} for part, why in enumerate("aab")]
    assert keep._by_row(found) == {3: ("k", "a; b")}


def test_what_no_sheet_can_hold_is_said_and_not_cut(home):
    rows = [{"@key": "1", "Note": "x" * 32_767}, {"@key": "2", "Note": "x" * 32_768}]
    assert sheet.write(home / "rejects.xlsx", rows) == rows[1:]
    written = list(openpyxl.load_workbook(home / "rejects.xlsx").active.iter_rows(values_only=True))
    assert [(row[0], len(row[1])) for row in written[1:]] == [("1", 32_767)]


@pytest.mark.parametrize("name", ["rejects.csv", "rejects", "nowhere/rejects.xlsx"])
def test_a_file_that_cannot_be_written_says_so(home, name):
    with pytest.raises(LeadsError, match="cannot be written"):
        sheet.write(home / name, [{"@key": "1"}])


def test_a_long_list_is_written_whole(home):
    rows = [{"@key": str(i)} for i in range(2_000)]
    assert sheet.write(home / "rejects.xlsx", rows) == []
    assert openpyxl.load_workbook(home / "rejects.xlsx").active.max_row == 2_001


# Of each source that is no file: where its people's phones stand, and whether it says when they acted.
PROVIDERS = {
    "website_form": ("phone", True),
    "pretix_meetup": ("order.phone", True),
    "company_directory": ("phone", False),
}


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.sqlite_will_do
def test_mended_rows_of_a_provider_come_back_in_a_file_and_count_once(store, world, monkeypatch, home, name):
    monkeypatch.setenv("LEADS_STORE_URL", store.url.render_as_string(hide_password=False))
    place, (phone, timed) = reload(), PROVIDERS[name]

    def ingest(file: str = "") -> dict[str, int]:
        run = runs.start_run(store, "ingest", name, None)
        counted = stages.ingest(store, place, stages.configured(name, file), run)
        return {fate: count for fate, count in counted.items() if count and fate != "not_a_record"}

    first = ingest()
    file, cursor = home / "rejects.xlsx", runs.last_cursor(store, name)
    head, *rows = export(store, file, "rejects")
    assert head[:3] == (("@reason", "@key", "@time") if timed else ("@reason", "@key", head[2]))
    assert ingest(str(file)) == {"quarantined": len(rows) == first["quarantined"] and len(rows)}, "not mended yet"
    book = openpyxl.load_workbook(file)
    for line in range(len(rows)):
        book["rejects"].cell(line + 2, head.index(phone) + 1, f"+7 916 77{line:02d} 3{line:02d}")
    book.save(file)
    mended = ingest(str(file))
    assert mended.get("created", 0) + mended.get("merged", 0) == len(rows) == sum(mended.values())
    assert ingest(str(file)) == {"duplicate": len(rows)}
    assert runs.last_cursor(store, name) == cursor, "the next pull begins where the last one ended"
    again = ingest()
    assert again.keys() <= {"duplicate", "quarantined"}
    moments = ask(store, f"SELECT record_key, occurred_at FROM lead WHERE record_key IN "
                         f"({', '.join(repr(row[1]) for row in rows)})")  # fmt: skip
    assert len(moments) == len(rows)
    assert dict(moments) == {row[1]: row[2] if timed else None for row in rows}, (
        "when they acted, not when it was mended"
    )
