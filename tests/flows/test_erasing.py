"""A person is erased and cannot come back: by no source, in no spelling, by no backup."""

from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from sqlalchemy import text

from consent.acts import Said
from flows import erasing, received, stages
from flows.marks import Marks
from store import erasure, landing, runs, trail
from store.backup import backup, restore
from store.engine import reading
from store.verify import verify

PHONE, MAIL, OFFICE = "+4915112345678", "marker.person@gmail.com", "+493012345678"
COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "Site": "website", "Id": "external_id"}
HEAD = "Name,Phone,Mail,Site,Id\n"
BASE = HEAD + (
    "Zacharias Markerperson,0151 12345678;030 12345678,Marker.Person@gmail.com,,7\n"
    "Bert Probemann,030 12345678,bert@example.com,,8\n"
    "Zacharias Markerperson,,markerperson@gmail.com,,9\n"
    "Only Markerperson,123,,marker.person@gmail.com,10\n"
)
BROUGHT = {"file": "x.csv", "brought_by": "anna", "lawful_origin": "collected by the employee at fairs in 2025"}
ASK = Said("withdrawn", "any", "any", "2026-06-01T00:00:00.000000Z", "officer", None)
PHONES = (
    "+4915112345678", "+49 151 12345678", "0151 12345678", "0151/12345678", "(0151) 123 456 78", "0049 151 12345678",
    "0049-151-12345678", "+49(0)151 12345678", "0151.1234.5678", "０１５１ １２３４５６７８", "tel:+4915112345678",
    "15112345678.0", "Mobil: 0151 12345678", "0151 12345678;0151 99999999",
)  # fmt: skip
MAILS = (
    "marker.person@gmail.com", "MARKER.PERSON@GMAIL.COM", "markerperson@gmail.com", "m.a.rkerperson@gmail.com",
    "marker.person+shop@gmail.com", "marker.person@googlemail.com", "mailto:marker.person@gmail.com",
    "Zacharias <marker.person@gmail.com>", " marker.person@gmail.com ", "marker.person @ gmail.com",
    "other@example.com; marker.person@gmail.com",
)  # fmt: skip


@pytest.fixture
def place(configured, home):
    (home / "base.csv").write_text(BASE)
    return configured(columns=COLUMNS, pull={"file": str(home / "base.csv")})


@pytest.fixture
def ingest(store, place, home):
    def take(csv: str = BASE, path: Path | None = None) -> dict[str, int]:
        path = path or home / "base.csv"
        path.write_text(csv)
        run = runs.start_run(store, "ingest", "garden", None)
        received.note(store, run, path, received.digest(path))
        counted = stages.ingest(store, place, stages.configured("garden", str(path)), run)
        return {fate: count for fate, count in counted.items() if count}

    return take


def who(store, *point: str) -> list[str]:
    with reading(store) as connection:
        return trail.contacts_with(connection, *point)


def count(store, table: str) -> int:
    with reading(store) as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def the_one(store) -> str:
    return next(one for one in who(store, "phone", PHONE))


def traces(home: Path) -> list[str]:
    """Files of the home and of the store, besides the sources' own and backups, in which the marker can be read."""
    names = (b"arkerperson", b"arker.Person", b"arker.person", PHONE.encode(), b"15112345678", b"151 12345678")
    found = []
    for file in home.parent.rglob("*"):
        if file.is_file() and file.name not in ("base.csv", "elsewhere.csv") and "backups" not in file.parts:
            data = file.read_bytes()
            if file.suffix == ".parquet":
                data = repr(pyarrow.parquet.read_table(file).to_pylist()).encode()
            found += [file.name] if any(name in data for name in names) else []
    return found


def test_nothing_is_left_and_the_colleague_stays(store, place, ingest, home):
    assert ingest(path=home / "taken.csv") == {"created": 2, "merged": 1, "quarantined": 1}
    contact = the_one(store)
    with reading(store) as connection:
        found = erasing.plan(connection, place, contact)
    assert (found.counts["leads"], found.counts["received_rows"], found.counts["set_aside_rows"]) == (2, 2, 1)
    assert [value for _, value in found.case.shared] == [OFFICE]
    assert erasing.erase(store, place, contact, (), ASK) == []
    assert who(store, "phone", PHONE) == [] and len(who(store, "phone", OFFICE)) == 1
    assert (count(store, "contact"), count(store, "lead"), count(store, "suppression")) == (1, 1, 2)
    assert traces(home) == [], (
        "neither the store's file, nor the landing, nor what was taken in tells of the person"
    )
    with reading(store) as connection:
        assert verify(connection, []).whole
        assert subjects_open(connection) == 1, "the colleague's"
        [batch] = connection.execute(text("SELECT public_id FROM batch")).scalars()
        told = [e["kind"] for e in trail.events(connection, [{"type": "phone", "value": PHONE}])]
        assert "erased" in told
        assert "erased" not in [
            e["kind"] for e in trail.events(connection, [{"type": "phone", "value": OFFICE}])
        ], "the switchboard is the colleague's too"
        registered = set(
            connection.execute(text("SELECT path FROM personal_file WHERE kind = 'landing'")).scalars()
        )
    manifest = landing.read_manifest(place.landing, batch)
    assert registered == {path for path, _ in landing.files(place.landing, manifest)}
    assert [stone["rows"] for stone in manifest.erased] == [3]
    assert stages.finish(store, manifest)["created"] == 2, "the accounting stays"
    assert list(landing.raw_rows(place.landing, batch, {0, 1})[1]) == ["Name", "Phone", "Mail", "Id"]


def subjects_open(connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM consent_key WHERE secret IS NOT NULL")).scalar_one())


@pytest.mark.sqlite_will_do
def test_no_spelling_brings_the_person_back(store, place, ingest, home):
    ingest()
    erasing.erase(store, place, the_one(store), (), ASK)
    rows = [f"Zach Marker,{phone},,,p{n}\n" for n, phone in enumerate(PHONES)]
    rows += [f"Z. Markerperson,,{mail},,m{n}\n" for n, mail in enumerate(MAILS)]
    assert len(rows) >= 20
    counted = ingest(HEAD + "".join(rows))
    with reading(store) as connection:
        came = connection.execute(text("SELECT text FROM lead_point p JOIN lead l ON l.id = p.lead_id "
                                       "WHERE l.external_id <> '8'")).scalars().all()  # fmt: skip
    assert (counted, came) == ({"suppressed": len(rows)}, [])
    assert count(store, "contact") == 1
    # What was kept out lies in the landing as it was received: erased again, that goes as well.
    assert erasing.erase(store, place, None, [("phone", PHONE), ("email", "markerperson@gmail.com")], ASK) == []
    assert traces(home) == []
    assert count(store, "suppression") == 2


@pytest.mark.parametrize(
    ("kind", "pull"),
    [
        ("purchased_base", {"file": "x.csv"}), ("employee_base", BROUGHT),
        ("event", {"format": "file", "file": "x.csv"}), ("web_form", {"format": "typeform"}),
        ("listing", {"start": "https://directory.example/"}),
    ],
)  # fmt: skip
@pytest.mark.sqlite_will_do
def test_no_kind_of_source_does(store, place, ingest, garden, home, kind, pull):
    ingest()
    erasing.erase(store, place, the_one(store), (), ASK)
    (home / "config" / "sources" / "again.toml").write_text(garden(kind=kind, columns=COLUMNS, pull=pull))
    (home / "again.csv").write_text(HEAD + "Z M,0151 12345678,,,77\n,,marker.person@gmail.com,,78\n")
    source = stages.configured("again", str(home / "again.csv"))
    counted = stages.ingest(store, place, source, runs.start_run(store, "ingest", "again", None))
    assert {fate: n for fate, n in counted.items() if n} == {"suppressed": 2}


@pytest.mark.parametrize("stop", ["landing", "files", "store", "after"])
def test_killed_at_any_point_the_same_command_ends_it(store, place, ingest, home, monkeypatch, stop):
    class Killed(Exception): ...

    def die(*_a, **_k):
        raise Killed

    ingest(path=home / "taken.csv")
    contact = the_one(store)
    with monkeypatch.context() as patched:
        where = {"landing": (landing, "erase"), "files": (erasing.redacting, "redact"),
                 "store": (erasure, "remove"), "after": (erasing, "_flush")}[stop]  # fmt: skip
        patched.setattr(*where, die)
        with pytest.raises(Killed):
            erasing.erase(store, place, contact, (), ASK)
    assert ingest(HEAD + "Z M,0151 12345678,,,77\n") == {"suppressed": 1}, "suppressed before anything else"
    assert erasing.again(store, place, ASK) == (0 if stop == "after" else 1)
    assert erasing.again(store, place, ASK) == 0
    assert (count(store, "contact"), count(store, "lead")) == (1, 1)
    erasing.erase(store, place, None, [("phone", PHONE)], ASK)
    assert traces(home) == []
    with reading(store) as connection:
        kinds = [e["kind"] for e in trail.events(connection, [{"type": "phone", "value": PHONE}])]
    assert kinds.count("erased") == 1


def test_a_backup_from_before_does_not_bring_the_person_back(store, place, ingest, home):
    ingest()
    archive = backup(store, place)
    contact = the_one(store)
    erasing.erase(store, place, contact, (), ASK)
    restore(store, place, archive, replace=True)
    assert who(store, "phone", PHONE), "it is in the backup"
    assert erasing.again(store, place, ASK, restored=True) == 1
    assert who(store, "phone", PHONE) == [] and count(store, "contact") == 1
    assert traces(home) == []
    assert erasing.again(store, place, ASK, restored=True) == 0
    assert ingest(HEAD + "Z M,0151 12345678,,,77\n") == {"suppressed": 1}
    with reading(store) as connection:
        assert verify(connection, []).whole


def test_inner_ids_are_not_given_again(store, place, ingest, home):
    ingest(HEAD + "Zacharias Markerperson,0151 12345678,,,7\n")
    with reading(store) as connection:
        lead = connection.execute(text("SELECT max(id) FROM lead")).scalar_one()
    erasing.erase(store, place, the_one(store), (), ASK)
    ingest(HEAD + "Bert Probemann,0151 55555555,,,8\n")
    with reading(store) as connection:
        assert connection.execute(text("SELECT min(id) FROM lead")).scalar_one() == lead + 1


def test_a_shared_point_alone_suppresses_nobody(store, place, ingest, home):
    ingest(HEAD + "Zacharias Markerperson,030 12345678,,,7\nBert Probemann,030 12345678,,,8\n")
    one, other = who(store, "phone", OFFICE)
    erasing.erase(store, place, one, (), ASK)
    assert count(store, "suppression") == 0 and who(store, "phone", OFFICE) == [other]
    erasing.erase(store, place, other, (), ASK)
    assert count(store, "suppression") == 1, "the last one to have it had it alone"


def test_our_files_are_written_anew_and_others_are_named(store, place, ingest, home, tmp_path):
    outside = tmp_path / "elsewhere.csv"
    ingest(path=outside)
    contact = the_one(store)
    book = openpyxl.Workbook()
    book.active.append(["name", "phone", "contact"])
    book.active.append(["Zacharias", "+49 151 12345678", contact])
    book.active.append(["Bert", "+49 30 12345678", "another"])
    (home / "deliveries").mkdir()
    book.save(home / "deliveries" / "d.xlsx")
    lines = '"name","contact"\r\n{}"Bert","another"\r\n'
    (home / "deliveries" / "d.csv").write_text(
        lines.format(f'"Zacharias","{contact}"\r\n'), encoding="utf-8-sig", newline=""
    )
    for name in ("d.xlsx", "d.csv"):
        file = home / "deliveries" / name
        received.register(store, "delivery", "d", file, received.digest(file))
    assert erasing.erase(store, place, contact, (), ASK) == [str(outside)]
    rows = list(openpyxl.load_workbook(home / "deliveries" / "d.xlsx").active.iter_rows(values_only=True))
    assert rows[1:] == [("(erased)", None, None), ("Bert", "+49 30 12345678", "another")]
    written = (home / "deliveries" / "d.csv").read_bytes().decode("utf-8-sig")
    assert written == lines.format('"(erased)",""\r\n')
    with reading(store) as connection:
        rows = connection.execute(text("SELECT path, sha256 FROM personal_file WHERE kind = 'delivery'")).all()
    sums = {row.path: row.sha256 for row in rows}
    assert sums == {name: received.digest(Path(name)) for name in sums}
    assert traces(home) == []


def test_a_text_names_a_person_in_any_spelling_and_nobody_else():
    marks = Marks(
        ["c1"], [("phone", PHONE), ("email", "markerperson@gmail.com"), ("messenger", "telegram:marker_p")]
    )
    assert all(marks.name(phone) for phone in PHONES if "０" not in phone) and marks.name(
        "０１５１ １２３４５６７８"
    )
    assert all(marks.name(mail) for mail in MAILS) and marks.name("@Marker_P") and marks.name("c1")
    assert not any(
        marks.name(other) for other in ("0151 12345679", "person@gmail.com", "c12", "", "Marker Person")
    )
