"""An audit says what the import would do, row for row, and leaves everything as it was."""

import csv
import hashlib
import json
import random
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from consent import suppression
from flows import ahead, stages
from flows.audit import audit, offered
from leads import clock, settings
from leads.errors import ConfigError, SourceError
from leads.source import Assertions
from store import runs
from store.engine import reading

HEADER = ["ФИО", "Телефон", "E-mail", "Согласие"]


def written(file: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, delimiter=";").writerows([header, *rows])
    return file


def person(number: int, *more: str) -> list[str]:
    """Somebody unlike the others: numbers far apart, names of letters."""
    chance = random.Random(number)
    letters = "".join(chance.choice("бвгдж") + chance.choice("аоиуе") for _ in range(5))
    return [f"Образцова {letters.title()}", f"+7916{(number + 1) * 7919 % 10**7:07d}", f"{'ivkmnoprst'[number % 10]}.obraz{letters.translate(LATIN)}@firma.ru", *more]  # fmt: skip


LATIN = str.maketrans("бвгджаоиуе", "bvgdzaoiue")


def judged(file: Path, **given) -> dict:
    return audit(settings.settings(), *offered(settings.settings(), file, **given)).figures


def found(figures: dict, pattern: str) -> int:
    return next(row["found"] for row in figures["patterns"] if row["pattern"] == pattern)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request, home, new_store, monkeypatch):
    """The client store that the settings name, on each database."""
    engine = new_store(request.param, migrated=True)
    monkeypatch.setenv("LEADS_STORE_URL", engine.url.render_as_string(hide_password=False))
    settings.reload()
    return engine


@pytest.fixture(scope="module")
def base(built) -> Path:
    """The demo's purchased base."""
    return built.folder / "stroyka_base.csv"


def half_of(base: Path, folder: Path):
    """Half of the base as another seller's: the store then knows some of the people."""
    half = folder / "half.csv"
    half.write_bytes(b"".join(base.read_bytes().splitlines(keepends=True)[:400]))
    source, _ = offered(settings.settings(), half, name="stroyka_base")
    return source.model_copy(update={"name": "half_base", "assertions": Assertions()})


def ingest(store, source) -> list[tuple]:
    """Import for real; returns row, part, fate, reason and record key of the batch."""
    stages.ingest(store, settings.settings(), source, runs.start_run(store, "ingest", source.name, None))
    return fates(store)


def fates(store) -> list[tuple]:
    with reading(store) as connection:
        rows = connection.execute(
            text("""SELECT row, part, fate, reason, record_key, lead_id FROM fate
                    WHERE batch_id = (SELECT max(id) FROM batch) ORDER BY row, part""")
        )
        return [tuple(row) for row in rows]


def listed(frame) -> list[tuple]:
    columns = ["row", "part", "fate", "reason", "record_key", "lead_id"]
    plain = frame[columns].astype(object)
    return [tuple(row) for row in plain.where(plain.notna(), None).itertuples(index=False)]


def test_the_import_ends_as_the_audit_said_row_for_row(store, base, tmp_path):
    """Over a store that knows some of the people, and for the same base again."""
    place = settings.settings()
    ingest(store, half_of(base, tmp_path))
    source, columns = offered(place, base, name="stroyka_base")
    for _ in range(2):
        said = audit(place, source, columns)
        done = ingest(store, source)
        assert listed(said.fates) == done
        assert len(done) == said.figures["rows"]["received"] == 890
    assert said.figures["fates"]["duplicate"] == said.figures["people"]["known"] == 828


@pytest.mark.sqlite_will_do
def test_a_file_without_a_source_ends_as_its_import_would(store, base):
    source, columns = offered(settings.settings(), base, region="ru", language="ru")
    assert {"phone", "email", "company", "consent"} <= {column.target for column in columns}
    said = audit(settings.settings(), source, columns)
    assert listed(said.fates) == ingest(store, source)


def test_columns_are_recognised_by_what_later_parts_of_a_file_show(home, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["ФИО", "Для связи"])
    book.active.append(["Образцова Анна", None])
    second = book.create_sheet("2")
    for row in (["ФИО", "Для связи", "Почта"], *([*person(n)[:2], person(n)[2]] for n in range(3))):
        second.append(row)
    book.save(tmp_path / "base.xlsx")
    _, columns = offered(settings.settings(), tmp_path / "base.xlsx", language="ru")
    assert {column.header: column.target for column in columns} == {
        "ФИО": "full_name", "Для связи": "phone", "Почта": "email"
    }  # fmt: skip


def test_a_file_of_a_source_that_is_no_file(store, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(
        "name;phone;email;city;country;question;consent\nAnna Smith;+442071234567;;;;;\nBob;none;;;;;\n",
        encoding="utf-8",
    )
    said = audit(settings.settings(), *offered(settings.settings(), file, name="website_form"))
    assert said.figures["rows"]["received"] == 2
    assert said.fates["fate"].tolist() == ["created", "quarantined"]


def everything(store) -> dict[str, list]:
    with reading(store) as connection:
        sqlite = store.dialect.name == "sqlite"
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'" if sqlite else
                 "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars().all()  # fmt: skip
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in names
        }


def tree(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        for file in sorted(folder.rglob("*"))
    }


def test_it_changes_nothing(store, base, home, tmp_path):
    ingest(store, half_of(base, tmp_path))
    before = everything(store)
    store.dispose()
    files = tree(home)
    figures = judged(base, name="stroyka_base")
    assert figures["people"]["known"] > 300
    assert tree(home) == files
    assert everything(store) == before
    assert len(before["lead"]) > 300


def test_without_a_store_a_throw_away_one_takes_its_part(home, tmp_path):
    home.rmdir()
    figures = judged(written(tmp_path / "base.csv", [person(n, "да") for n in range(20)]), language="ru")
    assert figures["people"] | {"suppressed": 0} == figures["people"]
    assert figures["people"]["new"] == figures["people"]["usable"] == 20
    assert not home.exists()


def test_what_the_store_knows_and_who_is_suppressed_is_counted(store, home, tmp_path):
    place = settings.settings()
    first = written(tmp_path / "first.csv", [person(n, "") for n in range(12)])
    ingest(store, offered(place, first, language="ru")[0].model_copy(update={"name": "first"}))
    with store.begin() as connection:
        for value in suppression.hashes("phone", [person(n)[1] for n in (30, 31, 32)]):
            connection.execute(
                text("""INSERT INTO suppression (hash, key_version, type, reason, added_at)
                        VALUES (:hash, 1, 'phone', 'objected', :at)"""),
                {"hash": value, "at": clock.now()},
            )
    rows = [person(n, "") for n in range(4, 36)]
    figures = judged(written(tmp_path / "second.csv", [*rows, *rows[20:25]]), language="ru")
    assert figures["people"] == {"contacts": 29, "new": 21, "known": 8, "inside": 5, "usable": 34, "suppressed": 3}
    assert figures["rows"]["records"] == 37
    reasons = {reason["key"]: reason["count"] for reason in figures["reasons"]}
    assert (reasons["known"], reasons["inside"], reasons["suppressed"]) == (8, 5, 3)


PROVEN = [*HEADER, "Текст согласия", "Дата согласия"]


def proven(number: int) -> list[str]:
    return person(number, "да", "Согласен получать предложения партнёров", f"2026-03-{number % 28 + 1:02d}")


def test_a_clean_new_base_with_proof_is_worth_buying(home, tmp_path):
    figures = judged(written(tmp_path / "base.csv", [proven(n) for n in range(60)], PROVEN), language="ru")
    assert figures["verdict"] == "buy", figures["reasons"]
    assert figures["consent"]["proven"] == figures["consent"]["timed"] == figures["consent"]["worded"] == 60
    assert {reason["gravity"] for reason in figures["reasons"]} == {"buy"}
    assert [row["found"] for row in figures["patterns"]] == [0] * 9


@pytest.mark.parametrize("lacking", [4, 5])
@pytest.mark.parametrize(("column", "verdict"), [("Компания", "bargain"), ("Заметки", "do_not_buy")])
def test_a_bare_yes_is_no_proof(home, tmp_path, lacking, column, verdict):
    """Without the time, or without the wording; of firms one may still bargain, of private persons not."""
    rows = [
        [*(cell if place != lacking else "" for place, cell in enumerate(proven(n))), "ООО Проба"]
        for n in range(60)
    ]
    figures = judged(written(tmp_path / "base.csv", rows, [*PROVEN, column]), language="ru")
    assert figures["consent"]["proven"] == 0
    assert figures["consent"]["answered"] == 60
    assert (figures["verdict"], [reason["key"] for reason in figures["reasons"]]) == (verdict, ["unproven"])


def test_what_each_answer_becomes_and_none_that_may_be_personal_is_shown(home, tmp_path):
    said = ["да", "Да", "нет", "возможно", "возможно", "+79165550001", "x.tajna@firma.ru", "Тайнов Тайн", ""]
    rows = [person(n, answer) for n, answer in enumerate(said)]
    rows.append(["Безсвязный Пётр", "12", "", "нет"])
    figures = judged(written(tmp_path / "base.csv", rows), language="ru")
    answers = {
        (row["answer"], row["becomes"]): (row["leads"], row["hidden"]) for row in figures["consent"]["answers"]
    }
    assert answers == {
        ("да", "imported_claim"): (1, 0), ("Да", "imported_claim"): (1, 0), ("нет", "refused"): (2, 0),
        ("возможно", "unknown"): (2, 0), (None, "nothing"): (1, 0), (None, "unknown"): (3, 3),
    }  # fmt: skip
    assert sum(row["leads"] for row in figures["consent"]["answers"]) == 10
    assert figures["consent"]["refused"] == 1


def test_a_shifted_consent_column_is_not_printed(home, tmp_path):
    rows = [person(n, f"тайна {n // 2}") for n in range(60)]
    answers = judged(written(tmp_path / "base.csv", rows), language="ru")["consent"]["answers"]
    assert len(answers) == 26
    assert answers[-1] == {"answer": None, "becomes": "unknown", "leads": 10, "hidden": 5}


MADE_UP = [
    *[[f"Счётов {'абвгде'[n]}ван", f"+791655540{n:02d}", f"s{'abcdef'[n]}@firma.ru", ""] for n in range(6)],
    *[[f"Конторов {'абвгдежз'[n]}лег", "+74957770011", f"k{'abcdefgh'[n]}@firma.ru", ""] for n in range(8)],
    *[[f"Нумеров {'абвгдежзиклм'[n]}лья", "", f"user{n * 3}@firma{n % 2}.ru", ""] for n in range(12)],
    ["qwerty", "", "a.a@firma.ru", ""], ["Прст Вгдкж", "", "b.b@firma.ru", ""],
    ["Иван Петров", "+12125550134", "spamtrap@firma.ru", ""],
    ["Пётр Иванов", "+79031111111", "noemail@firma.ru", ""],
    ["Олег Сидоров", "", "o.s@host.example.com", ""], ["Павел Сидоров", "", "p.s@gmial.com", ""],
    ["Глеб Сидоров", "", "g.s@yopmail.com", ""], ["Яна Сидорова", "", "y.s@gnail.com", ""],
]  # fmt: skip


def test_what_was_made_up_is_found_and_counted(home, tmp_path):
    figures = judged(written(tmp_path / "base.csv", MADE_UP), language="ru")
    assert {row["pattern"]: row["found"] for row in figures["patterns"]} == {
        "sequential_phones": 6, "shared_phones": 8, "shared_emails": 0, "numbered_emails": 12, "generated_names": 2,
        "trap_emails": 1, "placeholder_emails": 2, "fiction_phones": 1, "placeholder_phones": 1,
    }  # fmt: skip
    assert figures["emails"]["misspelt_domains"] == [
        {"domain": "gmial.com", "meant": "gmail.com", "emails": 1},
        {"domain": "gnail.com", "meant": "gmail.com", "emails": 1},
    ]
    assert figures["emails"]["disposable"] == 1
    assert figures["phones"]["foreign"] == 0, "the American number is one of the films"
    assert figures["verdict"] == "do_not_buy"
    assert {"trap_emails", "sequential_phones"} <= {
        r["key"] for r in figures["reasons"] if r["gravity"] == "do_not_buy"
    }


def test_a_domain_of_its_own_right_is_not_taken_for_a_slip(home, tmp_path):
    rows = [[person(n)[0], "", f"{'abcdefgh'[n]}@email.ru", ""] for n in range(8)]
    assert judged(written(tmp_path / "base.csv", rows), language="ru")["emails"]["misspelt"] == 0


def test_kinds_of_phones_are_told_apart(home, tmp_path):
    numbers = [
        "8 916 555-44-01",
        "8 (495) 777-00-12",
        "+36 30 123 4567",
        "7,9165554403E+10",
        "12",
        "79165554404.0",
    ]
    rows = [[person(n)[0], number, "", ""] for n, number in enumerate(numbers)]
    figures = judged(written(tmp_path / "base.csv", rows), language="ru")
    phones = figures["phones"]
    assert (phones["mobile"], phones["landline"], phones["foreign"], phones["repaired"]) == (4, 1, 1, 2)
    assert (phones["stated"], phones["valid"], phones["different"]) == (6, 5, 5)
    assert figures["fates"]["quarantined"] == 1
    assert {"fate": "quarantined", "reason": "phone: too short", "rows": 1} in figures["set_aside"]


def test_prices(home, tmp_path):
    file = written(tmp_path / "base.csv", [*[person(n, "") for n in range(6)], person(0, "x"), ["Нет Никого", "", "", ""]])  # fmt: skip
    whole = judged(file, language="ru", price={"amount": 80.0, "currency": "EUR", "per": "base"})["price"]
    assert whole == {
        "paid": 80.0,
        "currency": "EUR",
        "per": "base",
        "per_usable": 11.43,
        "per_new": 13.33,
        "fair": 60.0,
    }
    by_row = judged(file, language="ru", price={"amount": 2.0, "currency": "EUR", "per": "row"})["price"]
    assert (by_row["paid"], by_row["per_new"], by_row["fair"]) == (16.0, 2.67, 12.0)
    assert judged(file, language="ru")["price"] is None


def test_the_figures_name_nobody(home, tmp_path):
    rows = [*MADE_UP, *[person(n, f"+7916000{n:04d}") for n in range(40)]]
    printed = json.dumps(judged(written(tmp_path / "base.csv", rows), language="ru"), ensure_ascii=False)
    assert "Сидоров" not in printed
    assert [cell for row in rows for cell in row[1:] if cell and cell in printed] == []
    assert [row[0] for row in rows if row[0] in printed] == []


def test_words_and_countries_are_checked(home, tmp_path):
    file = written(tmp_path / "base.csv", [person(1, "")])
    for wrong in ({"region": "XQ"}, {"language": "xx"}, {"name": "nobody"}):
        with pytest.raises(ConfigError):
            offered(settings.settings(), file, **wrong)
    with pytest.raises(ConfigError, match="currency"):
        offered(settings.settings(), file, price={"amount": 1.0, "currency": "roubles", "per": "base"})


def test_a_table_of_something_else_is_refused(home, tmp_path):
    file = written(tmp_path / "other.csv", [["4", "2.5"], ["5", "3.5"]], ["zzqx", "wwvy"])
    with pytest.raises(SourceError, match="none of the 2 columns is understood"):
        offered(settings.settings(), file, language="en")


def test_bare_numbers_are_read_where_the_language_is_spoken(home, tmp_path):
    rows = [[person(n)[0], f"8 916 555-{n:02d}-44", "", ""] for n in range(10, 20)]
    file = written(tmp_path / "base.csv", rows)
    assert judged(file, language="ru")["phones"]["valid"] == 10
    assert judged(file, language="en")["phones"]["valid"] == 0
    assert judged(file, language="en", region="RU")["phones"]["valid"] == 10


def test_one_slip_in_a_small_sample_is_no_reason_but_one_trap_is(home, tmp_path):
    rows = [proven(n) for n in range(60)]
    rows[5][1], rows[7][2] = "+79031111111", "p.s@gmial.com"
    figures = judged(written(tmp_path / "base.csv", rows, PROVEN), language="ru")
    assert (found(figures, "placeholder_phones"), figures["emails"]["misspelt"]) == (1, 1)
    assert figures["verdict"] == "buy"
    rows[9][2] = "spam-trap@firma.ru"
    figures = judged(written(tmp_path / "base.csv", rows, PROVEN), language="ru")
    assert (figures["verdict"], figures["reasons"][0]["key"]) == ("do_not_buy", "trap_emails")


def test_answers_that_nobody_understands_are_a_reason(home, tmp_path):
    rows = [[*proven(n)[:3], "как договоримся", *proven(n)[4:]] for n in range(60)]
    header = [*HEADER, "Показанная формулировка", "Дата согласия"]
    figures = judged(written(tmp_path / "base.csv", rows, header), language="ru")
    reasons = {reason["key"]: reason["count"] for reason in figures["reasons"]}
    assert reasons.get("not_understood") == 60
    assert figures["verdict"] != "buy"


def test_each_part_is_normalised_once(home, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADS_CHUNK_ROWS", "2")
    settings.reload()
    made, part = [], ahead.part
    monkeypatch.setattr(ahead, "part", lambda *given: made.append(given[-1]) or part(*given))
    figures = judged(written(tmp_path / "base.csv", [person(i, "", "") for i in range(5)]), language="ru")
    assert figures["fates"]["created"] == 5
    assert made == [0, 1, 2]
