"""`leads registry`: a copy comes in, the list says how old the copies are."""

import json

import pytest
from typer.testing import CliRunner

from leads.cli import app
from leads.errors import LeadsError
from leads.settings import settings


@pytest.fixture
def run(home, begun):
    store = begun(settings().database_url)

    def call(*arguments, code=0):
        got = CliRunner().invoke(app, ["registry", *map(str, arguments)], catch_exceptions=False)
        assert got.exit_code == code, got.output
        return got.stdout

    yield call
    store.dispose()


@pytest.fixture
def tps(tmp_path):
    file = tmp_path / "tps.txt"
    file.write_text("020 7946 0000\n0161 496 0000\n")
    return file


def test_a_copy_comes_in_and_the_list_shows_it(run, tps):
    got = run("import", "gb-tps", tps, "--as-of", "2026-01-20", "--region", "GB", "--json")
    assert json.loads(got) == {
        "registry": "gb-tps", "as_of": "2026-01-20", "came": 2, "stayed": 0, "went": 0, "unread": 0,
    }  # fmt: skip
    listed = {row["registry"]: row for row in json.loads(run("list", "--json", code=1))}
    assert (listed["gb-tps"]["entries"], listed["gb-tps"]["state"]) == (2, "too old")
    assert listed["us-dnc"]["state"] == "missing: denies"
    assert listed["own-stop-list"]["state"] == "none"
    assert "National DNCL" in run("list", code=1)


def test_lines_that_are_no_number_are_told(run, tps):
    tps.write_text("020 7946 0000\nrubbish\n")
    got = run("import", "gb-tps", tps, "--as-of", "2026-01-20", "--region", "GB", "--json", code=1)
    assert (json.loads(got)["came"], json.loads(got)["unread"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tps", "FILE", "--as-of", "2026-01-20"), "no policy pack asks a registry 'tps'.*gb-tps"),
        (("gb-tps", "nowhere.txt", "--as-of", "2026-01-20"), "there is no such file"),
        (("gb-tps", "FILE", "--as-of", "20.1.2026"), "--as-of is no day"),
        (("gb-tps", "FILE", "--as-of", "2926-01-20"), "a day to come"),
        (("gb-tps", "FILE", "--as-of", "2026-01-20"), "none of 2 lines.*--region"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(run, tps, arguments, says):
    with pytest.raises(LeadsError, match=says):
        CliRunner().invoke(
            app,
            ["registry", "import", *(str(tps) if a == "FILE" else a for a in arguments)],
            catch_exceptions=False,
        )
    assert {row["entries"] for row in json.loads(run("list", "--json"))} == {None}
