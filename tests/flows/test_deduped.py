"""`leads dedupe` on files: every row stays, and who is one has one `cluster_id`."""

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from leads.cli import app
from leads.settings import reload

HEADERS = ["Имя", "Фамилия", "Телефон", "E-mail", "Город", "cluster_id"]
ROWS = [
    ["Дмитрий", "Кацарос", "+7 916 123-45-67", "", "Тверь", "theirs"],
    ["Анна", "Мейер", "8 903 765-43-21", "anna.meier@mail.example", "Казань", ""],
    ["", "", "", "", "", ""],
    ["Дима", "Кацарос", "8 (916) 1234567", "", "", ""],
    ["Anna", "Meyer", "", "anna.meier@mail.example", "Казань", "=1+1"],
    ["Борис", "Лютиков", "8 903 111-22-33", "", "Тверь", ""],
    ["Вера", "Щербакова", "8 495 111-22-33", "info@firm.example", "Тверь", ""],
    ["Глеб", "Иванов", "8 495 111-22-33", "info@firm.example", "Тверь", ""],
    ["Зоя", "Мельник", "8 495 111-22-33", "info@firm.example", "Тверь", ""],
]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    file = tmp_path / "base.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADERS, *ROWS])
    return file


def run(*words: object) -> str:
    done = CliRunner().invoke(app, ["dedupe", *map(str, words), "--language", "ru"])
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
def test_every_row_stays_as_it_came_with_its_cluster_beside_it(base: Path, kind: str) -> None:
    to = base.with_name(f"clusters.{kind}")
    run(base, "--out", to)
    rows = table(to)
    assert [[row[header] for header in HEADERS] for row in rows] == ROWS
    assert [row["lead_cluster_id"] for row in rows] == ["1", "2", "", "1", "2", "6", "7", "8", "9"]


def test_a_cluster_has_a_score_and_reasons_and_one_alone_has_none(base: Path) -> None:
    to = base.with_name("clusters.csv")
    run(base, "--out", to)
    rows = table(to)
    assert float(rows[0]["match_score"]) > 0.9
    assert rows[0]["match_reason"] == "Имя pet name, Фамилия equal, Телефон equal"
    assert rows[5]["match_score"] == rows[5]["match_reason"] == ""
    assert rows[2]["match_score"] == ""


def test_the_same_file_makes_the_same_clusters(base: Path) -> None:
    once, again = base.with_name("1.csv"), base.with_name("2.csv")
    run(base, "--out", once)
    run(base, "--out", again)
    assert once.read_bytes() == again.read_bytes()


def test_a_switchboard_joins_nobody_and_is_counted(base: Path) -> None:
    said = json.loads(run(base, "--out", base.with_name("clusters.csv"), "--json"))
    assert (said["rows"], said["records"], said["clusters"], said["largest"], said["together"]) == (9, 8, 6, 2, 4)
    assert said["shared_values"] == 2
    assert said["columns"]["Телефон"] == "phone"


def test_pairs_in_doubt_stand_side_by_side(base: Path, tmp_path: Path) -> None:
    doubtful = tmp_path / "doubtful.csv"
    run(base, "--out", tmp_path / "clusters.csv", "--pairs", doubtful)
    pairs = table(doubtful)
    assert {"row_1", "row_2", "match_score", "joined", "match_reason", "Имя (1)", "Имя (2)"} <= set(pairs[0])
    assert ("2", "5") in {(pair["row_1"], pair["row_2"]) for pair in pairs}
    numbered = [[], *ROWS]
    for pair in pairs:
        assert all(
            numbered[int(pair[f"row_{side}"])][:2] == [pair[f"Имя ({side})"], pair[f"Фамилия ({side})"]]
            for side in "12"
        )


def test_a_file_whose_columns_tell_nothing_is_written_with_everybody_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("colour,size\nred,1\nred,1\nblue,2\n")
    to = tmp_path / "out.csv"
    run(file, "--out", to)
    assert [row["cluster_id"] for row in table(to)] == ["1", "2", "3"]


def test_parquet_is_read_with_all_its_rows(tmp_path: Path) -> None:
    file, to = tmp_path / "base.parquet", tmp_path / "out.csv"
    people = [row[:5] for row in ROWS if any(row)]
    pd.DataFrame(people, columns=HEADERS[:5]).replace("", None).to_parquet(file)
    run(file, "--out", to)
    assert [row["cluster_id"] for row in table(to)] == ["1", "2", "1", "2", "5", "6", "7", "8"]


def test_a_configured_source_says_what_its_columns_are(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "config" / "sources"
    sources.mkdir(parents=True)
    words = ["title = 'T'", "kind = 'purchased_base'", "owner = 'o'", "licence = 'l'", "legal_basis = 'none'"]
    (sources / "ours.toml").write_text(
        "\n".join([*words, "from_person = false", "region = 'RU'", "language = 'ru'", "[pull]", "file = 'none.csv'",
                   "[columns]", "'имя' = 'given_name'", "'Фамилия' = 'family_name'", "'Телефон' = 'ignore'"])
    )  # fmt: skip
    monkeypatch.setenv("LEADS_CONFIG", str(tmp_path / "config"))
    reload()
    try:
        said = json.loads(run(base, "--out", tmp_path / "out.csv", "--source", "ours", "--json"))
    finally:
        monkeypatch.undo()
        reload()
    assert said["columns"].get("Имя") == "given"
    assert "Телефон" not in said["columns"]


@pytest.mark.parametrize("count", [2, 300])
def test_a_row_over_and_over_is_one_although_no_column_tells_rows_apart(tmp_path: Path, count: int) -> None:
    file, to = tmp_path / "copies.csv", tmp_path / "clusters.csv"
    file.write_text("ФИО;Телефон;Город\n" + "Иван Петров;+7 916 123-45-67;Тверь\n" * count, encoding="utf-8")
    run(file, "--out", to)
    assert {row["cluster_id"] for row in table(to)} == {"1"}
