"""`leads columns`: what is shown, corrected and remembered."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from leads import settings
from leads.cli import columns
from leads.errors import LeadsError
from leads.source import load_source, remembered_columns

SOURCE = """
title = "A base"
kind = "purchased_base"
owner = "purchasing@example.com"
licence = "contract 1"
legal_basis = "claimed"
from_person = false
region = "RU"
language = "ru"
[pull]
file = "{file}"
"""
BASE = "Компания;Контакты;;Место\n;Телефон;Почта;\nООО «Пример»;8 (900) 000-12-34;info@example.com;Тверь\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with one source that states no columns."""
    file = tmp_path / "base.csv"
    file.write_text(BASE, encoding="utf-8")
    folder = tmp_path / "config"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "base.toml").write_text(SOURCE.format(file=file), encoding="utf-8")
    monkeypatch.setenv("LEADS_CONFIG", str(folder))
    monkeypatch.setenv("LEADS_HOME", str(tmp_path))
    settings.reload()
    yield folder
    monkeypatch.undo()
    settings.reload()


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    columns.register(app)
    return CliRunner().invoke(app, ["columns", *arguments])


def fields(*arguments: str) -> dict[str, str]:
    shown = run(*arguments, "--json")
    return {column["header"]: column["field"] for column in json.loads(shown.stdout)["columns"]}


def test_the_columns_of_a_source_and_of_a_file(config: Path) -> None:
    wanted = {"Компания": "company", "Контакты Телефон": "phone", "Контакты Почта": "email", "Место": "city"}
    assert fields("base") == wanted
    assert fields(str(config.parent / "base.csv"), "--language", "ru") == wanted


def test_the_table_shows_values_and_how_sure_it_is(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = run("base")
    assert shown.exit_code == 0
    text = shown.output + capsys.readouterr().out
    assert "info@example.com" in text
    assert "99%" in text


def test_a_correction_is_remembered_and_read_with_the_source(config: Path) -> None:
    assert run("base", "--set", "Место=region", "--set", "Контакты Почта=email:work", "--save").exit_code == 0
    wanted = {
        "Компания": "company",
        "Контакты Телефон": "phone",
        "Контакты Почта": "email:work",
        "Место": "region",
    }
    assert remembered_columns(config, "base") == wanted
    assert load_source(config, "base").columns == wanted
    assert fields("base") == wanted
    assert run("base", "--set", "Место=", "--save").exit_code == 0
    assert "Место" not in load_source(config, "base").columns


def test_the_source_file_goes_before_what_was_remembered(config: Path) -> None:
    own = config / "sources" / "base.toml"
    own.write_text(
        own.read_text(encoding="utf-8") + '[columns]\n"место" = "region"\n"Компания" = "company"\n',
        encoding="utf-8",
    )
    assert run("base", "--save").exit_code == 0
    assert load_source(config, "base").columns["место"] == "region"
    assert "Место" not in load_source(config, "base").columns
    refused = run("base", "--set", "Место=city", "--save")
    assert isinstance(refused.exception, LeadsError)
    assert "is mapped in the source file" in str(refused.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "there is no such source or file"),
        (["base", "--set", "Нет такого=phone"], "the file has no such header"),
        (["base", "--set", "Место=fone"], "is no field"),
    ],
)
def test_what_cannot_be_done_says_why(config: Path, arguments: list[str], says: str) -> None:
    refused = run(*arguments)
    assert isinstance(refused.exception, LeadsError)
    assert says in str(refused.exception)


def test_only_a_source_is_remembered(config: Path) -> None:
    refused = run(str(config.parent / "base.csv"), "--save")
    assert "configured source" in str(refused.exception)
    assert not (config / "columns").exists()


def test_a_doubtful_column_needs_a_person(config: Path) -> None:
    (config.parent / "base.csv").write_text("Компания;Телефон\nООО «Пример»;позвонить завтра\n", encoding="utf-8")
    assert run("base").exit_code == 1


SAMPLE = Path(__file__).parents[2] / "data" / "formats" / "contacts.xls"


def test_of_several_tables_one_is_shown_and_the_others_are_named(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = json.loads(run(str(SAMPLE), "--language", "ru", "--json").stdout)
    assert (shown["tables"], shown["table"]) == (["Контакты", "Archiv", "Пусто", "Firmen"], "Контакты")
    assert fields(str(SAMPLE), "--table", "Firmen") == {"Firma": "company", "Telefon": "phone"}
    text = run(str(SAMPLE), "--table", "Archiv", "--language", "en").output + capsys.readouterr().out
    assert "The file has 4 tables: Контакты, Archiv, Пусто, Firmen." in text and "Old Example" in text


@pytest.mark.parametrize(
    ("what", "table", "says"),
    [(str(SAMPLE), "Kontakte", "it has: Контакты, Archiv, Пусто, Firmen"), ("base", "One", "is one table")],
)
def test_a_table_there_is_not_says_which_there_are(config: Path, what: str, table: str, says: str) -> None:
    refused = run(what, "--table", table)
    assert isinstance(refused.exception, LeadsError)
    assert says in str(refused.exception)


def test_the_table_that_the_source_names_is_shown(config: Path) -> None:
    own = config / "sources" / "base.toml"
    own.write_text(SOURCE.format(file=SAMPLE) + 'sheet = "Firmen"\n', encoding="utf-8")
    assert fields("base") == {"Firma": "company", "Telefon": "phone"}
    assert "Name" in fields("base", "--table", "Archiv")
