"""`leads normalise`: nothing of the file is lost, and what stands beside it is what an import would read."""

import csv
import json
import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from flows import ahead, normalised, stages
from flows.audit import offered
from leads.cli import app
from leads.settings import settings
from store import landing

HEADERS = ["Name", "Phone", "E-mail", "City", "row", "Note to self"]
ROWS = [
    ["Anna Kiss", "06 20 123 4567, 06 1 234 5678", "ANNA@example.com", "Pécs", "7", "=1+1"],
    ["", "", "", "", "", ""],
    ["Nagy Béla", "30/12", "no mail", "", "x", "two\nlines"],
    ["Иванов И.И., Петрова А.А.", "+7 916 123-45-67", "", "Тверь", "", ""],
    ["asdf", "123", "", "", "", "'0016"],
]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    file = tmp_path / "base.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADERS, *ROWS])
    return file


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["normalise", *map(str, words), "--region", "HU", "--language", "hu"])
    assert done.exit_code == 0, done.output
    return done.stdout


def table(file: Path) -> list[dict[str, str]]:
    if file.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(file).active
        assert sheet is not None
        names, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
        return [{str(n): "" if c is None else str(c) for n, c in zip(names, row, strict=True)} for row in rows]
    if file.suffix == ".parquet":
        frame = pd.read_parquet(file, dtype_backend="pyarrow")
        return [{n: "" if pd.isna(c) else str(c) for n, c in row.items()} for row in frame.to_dict("records")]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_every_row_stays_as_it_came_with_its_reading_beside_it(base: Path, kind: str) -> None:
    to = base.with_name(f"clean.{kind}")
    run(base, "--out", to)
    rows = table(to)
    by_row = {row["lead_row"]: row for row in rows}
    assert [[by_row[str(n)][header] for header in HEADERS] for n in range(len(ROWS))] == ROWS
    assert [row["lead_row"] for row in rows] == ["0", "1", "2", "3", "3", "4"]
    assert [row["note"] for row in rows] == ["", "blank", "", "", "", ""]
    first, _, second, ivanov, petrova, junk = rows
    assert (first["phone_e164"], first["phone2_e164"]) == ("+36201234567", "+3612345678")
    assert (first["email_key"], first["family_name"]) == ("anna@example.com", "Kiss")
    assert (second["family_name"], second["email_flag"]) == ("Nagy", "no @")
    assert (ivanov["part"], ivanov["family_name"]) == ("0", "Иванов")
    assert (petrova["part"], petrova["family_name"], petrova["phone_e164"]) == ("1", "Петрова", "+79161234567")
    assert (junk["phone_usable"].lower(), junk["flags"]) == ("false", "junk name")


def test_what_was_done_as_json(base: Path) -> None:
    answer = json.loads(run(base, "--out", base.with_name("c.csv"), "--json"))
    assert answer["columns"]["Phone"] == "phone"
    assert (answer["rows"], answer["leads"], answer["phones"], answer["emails"]) == (5, 5, 3, 1)


def test_a_large_file_is_read_as_an_import_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several parts, by other processes: the same readings, in the order of the rows."""
    monkeypatch.setattr(normalised, "FROM_ROWS", 1)
    monkeypatch.setattr(normalised, "PART_ROWS", 400)
    chance, file, to = random.Random(5), tmp_path / "base.csv", tmp_path / "clean.parquet"
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["Имя", "Телефон", "Почта"])
        for n in range(1500):
            phone = chance.choice(["8 (916) {}-{}", "+7916{}{}", "916{}{}.0", "{}{}"]).format(
                100 + n % 900, 1000 + n
            )
            lines.writerow([f"Иванов Иван {n}ович", phone, f"user{n}@example.com" if n % 3 else ""])
    source, _ = offered(settings(), file, region="RU", language="ru")
    counted = normalised.normalise_file(source, to)
    found = pd.read_parquet(to, dtype_backend="pyarrow")
    assert counted["rows"] == len(found) == 1500
    assert found["row"].tolist() == list(range(1500))
    manifest = landing.land(str(tmp_path / "land"), "x", stages.begin_pull(source, None), part_rows=10_000)
    place = settings().model_copy(update={"landing_url": str(tmp_path / "land")})
    whole = ahead.part(place, source, manifest, 0)
    phones = whole.points[whole.points["type"] == "phone"]
    assert found["phone_e164"].dropna().tolist() == phones["value"].dropna().tolist()
    assert found["family_name"].tolist() == whole.leads["family_name"].tolist()


@pytest.mark.parametrize(
    ("name", "why"), [("base.csv", "this is the file that is read"), ("x.doc", "no such kind")]
)
def test_a_bad_out_is_refused_in_one_line(base: Path, name: str, why: str) -> None:
    done = CliRunner().invoke(app, ["normalise", str(base), "--out", str(base.with_name(name))])
    assert why in str(done.exception)
    assert table(base)[0]["Name"] == "Anna Kiss"
