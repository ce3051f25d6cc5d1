"""A base on Spark's own processes: two workers, real PostgreSQL."""

import csv
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, text

from dedupe.scoring.weights import Model
from flows import stages
from flows.bulk import session
from flows.bulk.run import bulk_load, bulk_match
from leads.errors import ConfigError
from leads.settings import Settings
from store import runs

HEADERS = ("Name", "Phone", "Mail", "Firm", "Town")
COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "Firm": "company", "Town": "city"}
GIVEN = ("Anna", "Karl", "Sofie", "Jonas", "Marta", "Emil", "Paula", "Ludwig")
FAMILY = (
    "Bergmann",
    "Ziegler",
    "Winkler",
    "Hoffmeister",
    "Adler",
    "Krause",
    "Lindner",
    "Vogt",
    "Sommer",
    "Brandt",
)


@pytest.fixture(autouse=True)
def spark_is_here() -> None:
    try:
        session.needed()
    except ConfigError as error:
        pytest.skip(f"{error} (make test-spark brings it)")


def write_base(file: Path, people: int) -> int:
    """Each person once as they are, and every third again with a slip in the name and another phone; returns how many
    are there twice. The second record stands far from the first."""
    chance = random.Random(7)
    first, again = [], []
    for number in range(people):
        given, family = (
            chance.choice(GIVEN),
            f"{chance.choice(FAMILY)}{chr(97 + number % 26)}{chr(97 + number // 26)}",
        )
        mail = f"p{number}@kunde{number}.example.com"
        row = [f"{given} {family}", f"+49151{number:08d}", mail, f"Werk {number % 40} GmbH", "Kassel"]
        first.append(row)
        if number % 3 == 0:
            slipped = family[:3] + family[4:]
            again.append([f"{given} {slipped}", f"+49160{number:08d}", mail, row[3], "Kassel"])
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([HEADERS, *first, ["Nobody", "", "", "", ""], *again])
    return len(again)


@pytest.fixture
def postgres(new_store: Callable[..., Engine]) -> Engine:
    return new_store("postgresql", migrated=True)


@pytest.fixture
def place(home: Path, postgres: Engine, monkeypatch: pytest.MonkeyPatch, garden: Callable[..., str]) -> Settings:
    from leads.settings import reload

    (home / "config" / "sources").mkdir(parents=True)
    (home / "config" / "sources" / "garden.toml").write_text(garden(columns=COLUMNS))
    monkeypatch.setenv("LEADS_STORE_URL", postgres.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LEADS_CHUNK_ROWS", "60")
    return reload()


def ask(store: Engine, sql: str) -> Any:
    with store.connect() as connection:
        return connection.execute(text(sql)).scalar()


@pytest.mark.spark
@pytest.mark.postgres
def test_parts_are_loaded_by_workers_and_a_person_of_two_parts_is_one_contact(
    place: Settings, postgres: Engine, tmp_path: Path
) -> None:
    twice = write_base(tmp_path / "base.csv", 150)
    source = stages.configured("garden", str(tmp_path / "base.csv"))
    written = bulk_match(place, source, tmp_path / "out", master="local[2]")
    table = pq.read_table(tmp_path / "out" / "leads")
    clusters = Counter(table["cluster_id"].to_pylist())
    assert written["rows"] == table.num_rows == 151 + twice
    assert Counter(clusters.values()) == {1: 151 - twice, 2: twice}
    assert ask(postgres, "SELECT count(*) FROM lead") == 0
    model = Model.loaded((tmp_path / "out" / "model.json").read_text())

    counted = bulk_load(place, source, master="local[2]", model=model)
    assert (counted["created"], counted["merged"], counted["quarantined"]) == (150, twice, 1)
    assert ask(postgres, "SELECT count(*) FROM chunk") == 4
    assert ask(postgres, "SELECT count(*) FROM contact") == 150
    assert ask(postgres, "SELECT count(*) FROM match_decision WHERE rule LIKE 'model %'") == twice
    assert not list(place.home.glob("bulk/*")), "nothing personal is left between the stages"
    assert list(runs.batches(postgres, "garden").values()) == ["loaded"]
