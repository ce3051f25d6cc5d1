"""`leads ingest` after a run that was killed: what was landed is loaded, and the same file is not pulled again."""

import pytest
from sqlalchemy import text

from flows import ingest, received, stages
from leads.settings import settings
from store import runs
from store.engine import reading

BASE = "Name;Phone\nAnna Musterstein;0151 10000001\nBert Probemann;0151 10000002\n"


class Killed(BaseException):
    """Ends a run as a kill does: nobody catches it."""


@pytest.fixture
def again(home, store, configured, monkeypatch):
    """Go through the batches that `leads ingest` would load now; returns what each came to."""
    place = configured(pull={"file": str(home / "base.csv")})
    (home / "base.csv").write_text(BASE)
    # As it is, without the task around it: that would ask for a Prefect server.
    monkeypatch.setattr(ingest, "pull", ingest.pull.fn)

    def run(file: str = "") -> list[dict[str, int]]:
        run_id = runs.start_run(store, "ingest", "garden", None)
        counted = []
        for batch in ingest._batches(store, "garden", file, run_id):
            manifest = stages.landing.read_manifest(place.landing, batch)
            stages.load_parts(store, place, stages.configured("garden", file), manifest)
            fates = stages.finish(store, manifest)
            counted.append({fate: count for fate, count in fates.items() if count})
        runs.finish_run(store, run_id)
        return counted

    return run


def kill(monkeypatch, run, module, name: str) -> None:
    def fatal(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(module, name, fatal)
        run()


@pytest.mark.parametrize(
    ("module", "name"), [(runs, "register_batch"), (stages, "load_parts"), (stages, "finish")],
    ids=["landed", "registered", "loaded"],
)  # fmt: skip
def test_what_was_landed_of_this_very_file_is_not_pulled_again(again, store, monkeypatch, module, name):
    kill(monkeypatch, again, module, name)
    assert again() == [{"created": 2}]
    with reading(store) as connection:
        assert connection.execute(text("SELECT count(*) FROM batch")).scalar() == 1
    assert again() == [{"duplicate": 2}], "asked for again, it is looked at again"


@pytest.mark.sqlite_will_do
def test_killed_in_its_pull_it_pulls_again_and_leaves_nothing(again, store, monkeypatch):
    kill(monkeypatch, again, stages, "begin_pull")
    assert again() == [{"created": 2}]


def test_another_file_is_pulled_beside_what_was_left(again, home, monkeypatch):
    kill(monkeypatch, again, stages, "load_parts")
    (home / "more.csv").write_text(BASE + "Clara Beispiel;0151 10000003\n")
    assert again(str(home / "more.csv")) == [{"created": 2}, {"created": 1, "duplicate": 2}]


@pytest.mark.sqlite_will_do
def test_a_changed_file_is_pulled_beside_what_was_left(again, home, monkeypatch):
    kill(monkeypatch, again, stages, "load_parts")
    (home / "base.csv").write_text(BASE + "Clara Beispiel;0151 10000003\n")
    assert again() == [{"created": 2}, {"created": 1, "duplicate": 2}]


def test_what_is_read_is_registered_as_a_personal_file(again, store, home):
    again()
    with reading(store) as connection:
        found = connection.execute(text("SELECT path, sha256 FROM personal_file WHERE kind = 'file'")).one()
    assert tuple(found) == (str(home / "base.csv"), received.digest(home / "base.csv"))


def test_a_source_without_a_file_has_none(home):
    source = stages.configured("website_form")
    assert settings().home == home
    assert received.file_of(source) is None
