"""A source's own id is a record's key only where it is one record's; on both databases, with the accounting."""

import pytest
from sqlalchemy import text

from flows import stages
from store import runs
from store.engine import reading

COLUMNS = {"Id": "external_id", "Name": "full_name", "Phone": "phone"}
# 7 is a firm's, on two of its people, one of them twice; 8 and 9 are records'; a dash is none.
BASE = """Id;Name;Phone
7;Anna Musterstein;0151 10000001
8;Clara Beispiel;0151 10000003
7;Bert Probemann;0151 10000002
9;Dora Vorlage;0151 10000004
-;Emil Exempel;0151 10000005
 7 ;Bert Probemann;0151 10000002
-;Frida Modell;0151 10000006
9;Dora Vorlage;0151 10000004
"""


@pytest.fixture
def ingest(home, store, configured, monkeypatch):
    monkeypatch.setenv("LEADS_CHUNK_ROWS", "2")

    def take(base: str) -> dict[str, int]:
        (home / "base.csv").write_text(base)
        place = configured(pull={"file": str(home / "base.csv")}, columns=COLUMNS)
        run = runs.start_run(store, "ingest", "garden", None)
        counted = stages.ingest(store, place, stages.configured("garden"), run)
        return {fate: count for fate, count in counted.items() if count}

    return take


def ask(store, sql: str) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_people_under_one_id_do_not_supersede_each_other(store, ingest):
    assert ingest(BASE) == {"created": 6, "merged": 1, "duplicate": 1}
    assert ask(store, "SELECT count(*) FROM lead WHERE superseded_by IS NOT NULL") == [(0,)]
    assert {name for (name,) in ask(store, "SELECT family_name FROM contact")} == {
        "Musterstein", "Beispiel", "Probemann", "Vorlage", "Exempel", "Modell"
    }  # fmt: skip
    assert ask(store, "SELECT external_id FROM lead WHERE family_name = 'Musterstein'") == [("7",)], "it is kept"


@pytest.mark.sqlite_will_do
def test_the_same_again_is_the_same(store, ingest):
    ingest(BASE)
    assert ingest(BASE) == {"duplicate": 8}


def test_an_id_of_one_record_still_tells_its_new_version(store, ingest):
    ingest(BASE)
    assert ingest(BASE.replace("0151 10000003", "0151 10000033")) == {"superseded": 1, "duplicate": 7}
    ((old, new),) = ask(
        store, "SELECT a.record_key, b.record_key FROM lead a JOIN lead b ON b.id = a.superseded_by"
    )
    assert old == new == "8"


@pytest.mark.sqlite_will_do
def test_a_log_line_says_so_once_and_names_nobody(ingest, caplog):
    ingest(BASE)
    said = [record.getMessage() for record in caplog.records if "different rows" in record.getMessage()]
    assert len(said) == 1
    assert "1 ids stand on several" in said[0]


def test_a_mended_row_goes_by_the_key_under_which_it_went_out(store, ingest):
    """In the file that comes back an id may stand alone that is shared in the base."""
    faulty = BASE.replace("7;Bert Probemann;0151 10000002\n9", "7;Bert Probemann;12\n9")
    assert ingest(faulty)["quarantined"] == 1
    ((key,),) = ask(store, "SELECT record_key FROM fate WHERE fate = 'quarantined'")
    assert key != "7"
    mended = f"@reason;@key;Id;Name;Phone\nno phone;{key};7;Bert Probemann;0151 10000022\n"
    assert sum(ingest(mended).values()) == 1
    assert ask(store, f"SELECT count(*) FROM lead WHERE record_key = '{key}'") == [(1,)]
    assert ingest(mended) == {"duplicate": 1}
