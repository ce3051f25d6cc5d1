"""`leads dedupe` as a person runs it: what it prints, and what it refuses."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from leads.cli import dedupe
from leads.errors import LeadsError

PEOPLE = """first name,last name,phone,e-mail
Anna,Meier,+49 30 901820,anna@mail.example
Ana,Meier,+49 30 901820,anna@mail.example
Boris,Popov,+49 30 555111,
"""


def run(*words: object):
    app = typer.Typer()
    dedupe.register(app)
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    file = tmp_path / "base.csv"
    file.write_text(PEOPLE)
    return file


def test_it_says_what_it_compared_and_found(base: Path) -> None:
    done = run(base, "--out", base.with_name("out.csv"))
    assert done.exit_code == 0, done.output
    assert "first name" in done.output
    assert "3 records, 2 clusters; 2 records share one, the largest has 2." in done.output
    assert "Meier" not in done.output
    assert "anna@" not in done.output


def test_help_has_an_example() -> None:
    assert "Example: leads dedupe" in run("--help").output


@pytest.mark.parametrize("option", ["--out", "--pairs"])
def test_the_file_that_is_read_is_never_written(base: Path, option: str) -> None:
    words = {"--out": base.with_name("out.csv"), option: base}
    done = run(base, *(word for pair in words.items() for word in pair))
    assert isinstance(done.exception, LeadsError)
    assert base.read_text() == PEOPLE


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv", "--out", tmp_path / "out.csv")
    assert isinstance(done.exception, LeadsError)
    assert "there is no such file" in str(done.exception)


def test_a_kind_of_file_that_cannot_be_written_is_refused(base: Path) -> None:
    done = run(base, "--out", base.with_name("out.doc"))
    assert isinstance(done.exception, LeadsError)
    assert "no such kind of file" in str(done.exception)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("first name,last name\n")
    done = run(file, "--out", tmp_path / "out.csv")
    assert isinstance(done.exception, LeadsError)
    assert not (tmp_path / "out.csv").exists()
