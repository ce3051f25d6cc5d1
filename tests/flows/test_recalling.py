"""Who says no while a batch is made is in no file; who says so later is recalled from whoever has it."""

import csv
import threading
import time
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from consent import acts
from consent.acts import Said
from flows import decisions, erasing, handover, registry, stages
from flows.recalling import recall
from leads import clock
from leads.errors import StoreError
from leads.settings import settings
from store import handed, recalls, runs
from store.backup import backup, restore
from store.engine import reading, writing

HEAD = ("name", "phone", "email", "messenger", "yes", "at")
NAMES = ("Анна Примерова", "Олег Образцов", "Инна Пробная", "Пётр Типовой")
MAILS = [f"person{n}@example.com" for n in range(4)]
PHONES = [f"+7916123450{n}" for n in range(4)]
ROWS = [(name, phone, mail, "", "yes") for name, phone, mail in zip(NAMES, PHONES, MAILS, strict=True)]


@pytest.fixture
def place(visitors):
    return visitors


@pytest.fixture
def ingest(store, place, home):
    def take(rows=ROWS, at="2026-11-01T10:00:00Z"):
        with (home / "people.csv").open("w", newline="") as out:
            csv.writer(out).writerows([HEAD, *((*row, at) for row in rows)])
        run = runs.start_run(store, "ingest", "people", None)
        return stages.ingest(store, settings(), stages.configured("people"), run)

    return take


@pytest.fixture
def deliver(store, place):
    return lambda: handover.deliver(store, place)


def ask(store, sql: str, **given) -> list[tuple]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(text(sql), given)]


def said(channel="any", kind="withdrawn", at=None) -> Said:
    return Said(kind, channel, "any", at or clock.now(), "officer", None)


def withdraw(store, *points, **how) -> None:
    acts.withdraw(store, points, said(**how), "us")


def phone(n: int) -> tuple[str, str]:
    return "phone", PHONES[n]


def mail(n: int) -> tuple[str, str]:
    return "email", MAILS[n]


def crowd(size: int) -> list[tuple[str, ...]]:
    """People who are alike in nothing."""
    given = ("Анна", "Олег", "Инна", "Пётр", "Зоя", "Юрий", "Ольга", "Глеб", "Вера", "Илья", "Нина", "Марк")
    family = ("Ясень", "Дубко", "Вяз", "Липень", "Клён", "Бук", "Сосно", "Тис", "Ольхо", "Граб", "Рябко", "Туй")
    return [(f"{given[n]} {family[n]}", f"+79161{n:02}4{n:02}7", f"{chr(97 + n) * 5}@example.com", "", "yes")
            for n in range(size)]  # fmt: skip


def open_recalls(store) -> list[dict]:
    with reading(store) as connection:
        return recalls.listing(connection)


def written(files: list[Path]) -> str:
    """All that stands in the files, on every sheet."""
    cells = []
    for file in files:
        if file.suffix == ".csv":
            cells.append(file.read_text(encoding="utf-8-sig"))
            continue
        for sheet in openpyxl.load_workbook(file).worksheets:
            cells += [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    return "\n".join(cells)


def row_of(files: list[Path], contact: str) -> tuple[int, int]:
    """In which row of the CSV and of the workbook's first sheet a contact stands, as a spreadsheet counts."""
    workbook, table = sorted(files, key=lambda file: file.suffix, reverse=True)
    with table.open(encoding="utf-8-sig", newline="") as opened:
        lines = list(csv.reader(opened))
    sheet = openpyxl.load_workbook(workbook).worksheets[0]
    own = [no for no, row in enumerate(sheet.iter_rows(values_only=True), start=1) if contact in row]
    return next(no for no, row in enumerate(lines, start=1) if contact in row), own[0]


def contact_of(store, point: tuple[str, str]) -> str:
    [(found,)] = ask(store, """SELECT c.public_id FROM contact c JOIN contact_point p ON p.contact_id = c.id
                               WHERE p.type = :type AND p.value = :value""", type=point[0], value=point[1])  # fmt: skip
    return found


# Every delivered contact point has an allow on record, at the moment of its delivery.
WITHOUT_ALLOW = """SELECT r.contact FROM hand_over h JOIN hand_over_row r ON r.hand_over = h.public_id
    WHERE h.kind = 'delivery' AND r.sheet = 'batch' AND NOT EXISTS (
        SELECT 1 FROM permission_decision p JOIN contact c ON c.id = p.contact_id
        WHERE c.public_id = r.contact AND p.decided_at = h.at AND p.verdict = 'allow' AND p.ledger_seq IS NOT NULL)"""


def test_what_is_handed_over_is_on_record_with_its_rows_and_its_decisions(store, ingest, deliver):
    ingest()
    files = deliver().files
    with reading(store) as connection:
        taken = handed.listing(connection)
    assert [(one["kind"], one["form"], one["rows"], one["recipient"], one["file"], one["purpose"]) for one in taken] == [
        ("delivery", form, 4, "team", next(f.name for f in files if f.suffix == f".{form.lower()}"), "marketing")
        for form in ("CSV", "XLSX")
    ]  # fmt: skip
    assert all(len(one["sha256"]) == 64 and one["ran_by"] for one in taken)
    for n in range(4):
        contact = contact_of(store, phone(n))
        rows = ask(store, "SELECT row, sheet FROM hand_over_row WHERE contact = :id", id=contact)
        assert {(row, "batch") for row in row_of(files, contact)} == set(rows) and len(rows) == 2
    assert ask(store, WITHOUT_ALLOW) == []
    told = ask(store, """SELECT DISTINCT valid_until IS NOT NULL, zones IS NOT NULL, jurisdictions, audience, ledger_seq
                         FROM permission_decision WHERE verdict = 'allow' AND channel = 'call'""")  # fmt: skip
    [(ends,)] = ask(store, "SELECT seq FROM consent_head")
    assert [tuple(row) for row in told] == [(True, True, "RU", "consumer", ends)]


@pytest.mark.parametrize("change", ["UPDATE hand_over SET recipient = 'x'", "DELETE FROM hand_over_row"])
def test_what_was_handed_over_is_not_changed_afterwards(store, ingest, deliver, change):
    ingest(ROWS[:1])
    deliver()
    every = ("SELECT * FROM hand_over ORDER BY 1", "SELECT * FROM hand_over_row ORDER BY 1, 2")
    before = [ask(store, sql) for sql in every]
    with pytest.raises(StoreError, match="append-only"), writing(store) as connection:
        connection.execute(text(change))
    assert before == [ask(store, sql) for sql in every]


@pytest.mark.parametrize("unrelated", [False, True])
def test_who_withdraws_between_the_building_and_the_writing_is_in_no_file(
    store, ingest, deliver, monkeypatch, unrelated
):
    ingest()
    gone = contact_of(store, phone(1))
    write, turns = handover.sheets.write, []

    def meanwhile(*given):
        made = write(*given)
        turns.append(made)
        if len(turns) == 1:
            withdraw(store, *([("phone", "+79009999999")] if unrelated else [phone(1), mail(1)]))
        return made

    monkeypatch.setattr(handover.sheets, "write", meanwhile)
    files = deliver().files
    text_ = written(files)
    assert len(turns) == (1 if unrelated else 2), "somebody else's no does not cost a second batch"
    assert ((gone in text_), (MAILS[1] in text_)) == (True, unrelated), "the id stays, among the next steps"
    assert ask(store, "SELECT count(*) FROM delivery_item WHERE reason = 'first'") == [(4 if unrelated else 3,)]
    assert ask(store, WITHOUT_ALLOW) == []
    recall(store, settings())
    assert open_recalls(store) == []
    [(decided,)] = ask(store, "SELECT DISTINCT ledger_seq FROM permission_decision")
    assert ask(store, "SELECT seq FROM consent_head") == [(decided,)], "decided against the end of the ledger"


def test_nobody_says_no_between_the_answer_and_the_record(store, ingest, deliver, monkeypatch):
    """The no comes while the batch's transaction is open: it waits, and is recalled."""
    ingest()
    record, threads, order = handover.handover.record_decisions, [], []

    def meanwhile(*given):
        thread = threading.Thread(target=lambda: (withdraw(store, phone(2), mail(2)), order.append("no")))
        thread.start()
        threads.append(thread)
        time.sleep(0.3)
        record(*given)
        order.append("batch")

    monkeypatch.setattr(handover.handover, "record_decisions", meanwhile)
    files = deliver().files
    threads[0].join(30)
    assert order == ["batch", "no"] and MAILS[2] in written(files)
    assert recall(store, settings()) > 0
    assert {one["contact"] for one in open_recalls(store)} == {contact_of(store, phone(2))}


def test_a_race_leaves_nobody_in_a_file_without_a_recall(store, ingest, place):
    """Withdrawals at any moment of a hand-over: each person is kept out or recalled, and the others stay."""
    people = crowd(10)
    ingest(people)
    stop, gone = threading.Event(), []

    def no():
        for n in range(0, 10, 2):
            withdraw(store, ("phone", people[n][1]), ("email", people[n][2]))
            gone.append(people[n][2])
            if stop.wait(0.15):
                return

    thread = threading.Thread(target=no)
    thread.start()
    files = handover.deliver(store, place).files
    stop.set()
    thread.join(30)
    recall(store, place)
    text_, taken_back = written(files), {one["contact"] for one in open_recalls(store)}
    for _, number, address, *_ in people:
        inside, contact = address in text_, contact_of(store, ("phone", number))
        assert (inside and contact in taken_back) if address in gone and inside else inside or address in gone
        assert contact not in taken_back or address in gone
    assert ask(store, WITHOUT_ALLOW) == []


# When somebody says no, and to what: every combination, in one hand-over.
WHEN = ("before", "while it is made", "afterwards", "never")
WHAT = ("any", "call", "email")


def test_whenever_and_whatever_is_refused_nobody_is_left_in_a_file_unasked(store, ingest, place, monkeypatch):
    cases = {(when, what): n for n, (when, what) in enumerate((when, what) for when in WHEN for what in WHAT)}
    people = crowd(12)
    ingest(people)
    ids = [contact_of(store, ("phone", number)) for _, number, *_ in people]
    assert len(set(ids)) == len(people)

    def refuse(now: str) -> None:
        for (when, what), n in cases.items():
            if when == now:
                points = {"any": people[n][1:3], "call": people[n][1:2], "email": people[n][2:3]}[what]
                kinds = [("email" if "@" in one else "phone", one) for one in points]
                withdraw(store, *kinds, channel=what)

    write, turns = handover.sheets.write, []

    def meanwhile(*given):
        turns.append(write(*given))
        if len(turns) == 1:
            refuse("while it is made")
        return turns[-1]

    monkeypatch.setattr(handover.sheets, "write", meanwhile)
    refuse("before")
    files = handover.deliver(store, place).files
    refuse("afterwards")
    recall(store, place)
    text_, found = written(files), {one["contact"]: set(one["channels"]) for one in open_recalls(store)}
    for (when, what), n in cases.items():
        printed = {name for name, point in (("call", people[n][1]), ("email", people[n][2])) if point in text_}
        refused = {"call", "email"} if what == "any" else {what}
        if when in ("before", "while it is made"):
            assert not printed & (refused - {"call"}), (when, what)
            assert ids[n] not in found
        elif when == "afterwards":
            assert printed == {"call", "email"} and found[ids[n]] & {"call", "email"} == refused, (when, what)
        else:
            assert printed == {"call", "email"} and ids[n] not in found
        allowed = ask(store, """SELECT p.channel FROM permission_decision p JOIN contact c ON c.id = p.contact_id
                                WHERE c.public_id = :id AND p.verdict = 'allow'""", id=ids[n])  # fmt: skip
        told = {channel for (channel,) in allowed}
        assert told.isdisjoint(refused) or when in ("afterwards", "never"), (when, what)
        assert printed <= told | {"call"} and ("call" not in printed or told & {"call", "sms"})
    assert ask(store, WITHOUT_ALLOW) == [] and len(turns) == 2


def test_a_later_no_recalls_the_row_for_what_it_is_about(store, ingest, deliver):
    ingest()
    files = deliver().files
    gone = contact_of(store, phone(0))
    withdraw(store, phone(0), channel="sms", at="2026-11-20T10:00:00.000000Z")
    assert recall(store, settings()) == 1, "one person, in two files"
    [one] = open_recalls(store)
    assert one["row"] in row_of(files, gone) and sorted(one["files"]) == sorted(file.name for file in files)
    assert (one["contact"], one["channels"], one["sheet"], one["recipient"]) == (gone, ["sms"], "batch", "team")
    assert one["since"] == "2026-11-20T10:00:00.000000Z" and "2026-11-20" in one["why"]
    assert recall(store, settings()) == 0, "each once"
    withdraw(store, phone(0), mail(0))
    recall(store, settings())
    [one] = open_recalls(store)
    assert one["channels"] == ["call", "email", "sms"], "one line for the row, whatever came when"
    assert one["since"][:10] == "2026-11-20" and one["why"].count("; ") == 1
    with writing(store) as connection:
        assert recalls.done(connection, one["reference"], "team", "head of sales") == 1
    assert open_recalls(store) == []
    withdraw(store, phone(0), kind="objected")
    recall(store, settings())
    assert open_recalls(store) == [], "seen to already"


def test_whoever_else_has_the_point_is_recalled_too_and_nobody_else(store, ingest, deliver):
    account = f"whatsapp: {PHONES[0]}"
    ingest([(NAMES[0], PHONES[0], MAILS[0], "", "yes"), (NAMES[1], PHONES[0], MAILS[1], "", "yes"),
            (NAMES[2], "", MAILS[2], account, "yes"), ROWS[3]])  # fmt: skip
    deliver()
    withdraw(store, phone(0))
    recall(store, settings())
    found = {one["contact"]: one["channels"] for one in open_recalls(store)}
    holders = [contact_of(store, mail(n)) for n in range(3)]
    assert set(found) == set(holders) and all("email" not in channels for channels in found.values())
    assert found[holders[2]] == ["messenger"], "the account that is this number"


def test_a_batch_with_a_refusal_in_it_recalls(store, ingest, deliver):
    ingest()
    deliver()
    ingest([(*ROWS[3][:4], "no")], at="2026-11-21T10:00:00Z")
    assert {one["contact"] for one in open_recalls(store)} == {contact_of(store, phone(3))}


def test_a_registry_recalls_whom_it_lists_even_who_agreed_where_it_beats_consent(store, ingest, deliver, home):
    ingest()
    deliver()
    file = home / "list.txt"
    file.write_text(f"{PHONES[1]}\n")
    registry.take(store, "own-stop-list", file, "2026-11-21T00:00:00.000000Z")
    [one] = open_recalls(store)
    assert one["contact"] == contact_of(store, phone(1)) and "call" in one["channels"]


def test_who_is_erased_is_named_by_row_and_id_alone(store, ingest, deliver, place):
    ingest()
    files = deliver().files
    gone = contact_of(store, mail(2))
    row, _ = row_of(files, gone)
    erasing.erase(store, place, gone, (), said())
    [one] = open_recalls(store)
    assert (one["contact"], one["row"], one["channels"]) == (gone, row, ["any"])
    kept = str(ask(store, "SELECT * FROM hand_over") + ask(store, "SELECT * FROM hand_over_row")
               + ask(store, "SELECT * FROM recall"))  # fmt: skip
    assert not any(word in kept for word in (MAILS[2], PHONES[2], "Пробная"))
    assert MAILS[2] not in written(files) and MAILS[1] in written(files), "the files we have are written anew"


@pytest.mark.sqlite_will_do
def test_who_was_handed_over_as_two_is_recalled_from_both_rows(store, ingest, deliver):
    ingest()
    deliver()
    one, other = contact_of(store, phone(0)), contact_of(store, phone(1))
    decisions.merge(store, one, other, decisions.Said("officer"), anyway=True)
    withdraw(store, phone(1), channel="call")
    recall(store, settings())
    assert other in {found["contact"] for found in open_recalls(store)}
    assert {tuple(found["channels"]) for found in open_recalls(store)} == {("call",)}


def test_only_time_recalls_nobody(store, ingest, deliver, monkeypatch):
    """Consent that grew old and caps that are full stand in the row itself, in its end."""
    ingest()
    deliver()
    withdraw(store, ("phone", "+79009999999"))
    monkeypatch.setattr(clock, "now", lambda: "2031-01-01T00:00:00.000000Z")
    recall(store, settings())
    assert open_recalls(store) == []


def test_deliveries_of_an_earlier_release_are_recalled_by_what_is_known_of_them(store, ingest, deliver):
    ingest()
    deliver()
    with writing(store) as connection:
        connection.execute(text("UPDATE permission_decision SET ledger_seq = NULL, audience = NULL"))
    withdraw(store, phone(0))
    recall(store, settings())
    [one] = open_recalls(store)
    assert (one["contact"], sorted(one["channels"])) == (contact_of(store, phone(0)), ["call", "sms"])
    with writing(store) as connection:
        connection.execute(text("DELETE FROM permission_decision"))
    withdraw(store, mail(1))
    recall(store, settings())
    assert {(one["contact"], *one["channels"]) for one in open_recalls(store)} >= {
        (contact_of(store, mail(1)), "any")
    }


def test_what_was_handed_over_after_a_backup_is_recalled_after_its_restore(store, ingest, deliver, place):
    ingest()
    archive = backup(store, place)
    files = deliver().files
    withdraw(store, phone(1))
    recall(store, place)
    before = open_recalls(store)
    restore(store, place, archive, replace=True)
    assert ask(store, "SELECT count(*) FROM delivery_item") == [(0,)] and len(before) == 1
    assert open_recalls(store) == before, "what is out there does not come back with a restore"
    withdraw(store, mail(3))
    recall(store, place)
    [one] = [one for one in open_recalls(store) if one["contact"] == contact_of(store, mail(3))]
    assert one["channels"] == ["any"] and one["row"] in row_of(files, one["contact"])
