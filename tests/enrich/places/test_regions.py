"""Regions in six languages -> ISO 3166-2."""

import time

import pandas as pd
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.folding import folded
from enrich.places.regions import (
    NOT_UNDERSTOOD,
    read_region,
    read_regions,
    region_code,
    region_name,
    region_of_place,
)
from enrich.tables import table
from leads import schema


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("Московская область", "RU", "RU-MOS"), ("Московская обл.", "RU", "RU-MOS"), ("обл Московская", "RU", "RU-MOS"),
        ("Московская", "RU", "RU-MOS"), ("Moscow Oblast", "RU", "RU-MOS"), ("Moscow", "RU", "RU-MOW"),
        ("г. Москва", "RU", "RU-MOW"), ("Москва г", "RU", "RU-MOW"), ("СПб", "RU", "RU-SPE"),
        ("Башкортостан", "RU", "RU-BA"), ("Респ. Башкортостан", "RU", "RU-BA"), ("Алтай", "RU", "RU-AL"),
        ("Алтайский", "RU", "RU-ALT"), ("Красноярский край", "RU", "RU-KYA"), ("Саха /Якутия/ Респ", "RU", "RU-SA"),
        ("ХМАО-Югра", "RU", "RU-KHM"), ("Ханты-Мансийский Автономный округ - Югра АО", "RU", "RU-KHM"),
        ("Кемеровская область-Кузбасс", "RU", "RU-KEM"), ("Krasnodarskiy kray", "RU", "RU-KDA"),
        ("Нижегородская", "RU", "RU-NIZ"), ("Regiunea Moscova", "RU", "RU-MOS"),
        ("Pest megye", "HU", "HU-PE"), ("Pest vm.", "HU", "HU-PE"), ("Csongrád-Csanád", "HU", "HU-CS"),
        ("Budapest", "HU", "HU-BU"), ("Veszprém", "HU", "HU-VE"), ("Bács-Kiskun", "HU", "HU-BK"),
        ("jud. Cluj", "RO", "RO-CJ"), ("Județul Bistrița-Năsăud", "RO", "RO-BN"), ("CJ", "RO", "RO-CJ"),
        ("Kolozs megye", "RO", "RO-CJ"), ("Bucuresti", "RO", "RO-B"), ("Timis", "RO", "RO-TM"),
        ("Kanton Sarajevo", "BA", "BA-BIH"), ("Tuzlanski kanton", "BA", "BA-BIH"), ("Република Српска", "BA", "BA-SRP"),
        ("Brčko distrikt", "BA", "BA-BRC"), ("Splitsko-dalmatinska županija", "HR", "HR-17"),
        ("Splitsko-dalmatinska", "HR", "HR-17"), ("Zagrebačka županija", "HR", "HR-01"), ("Grad Zagreb", "HR", "HR-21"),
        ("Južnobački okrug", "RS", "RS-06"), ("Јужнобачки округ", "RS", "RS-06"), ("Beograd", "RS", "RS-00"),
        ("NRW", "DE", "DE-NW"), ("Bayern", "DE", "DE-BY"), ("Freistaat Sachsen", "DE", "DE-SN"),
        ("Бавария", "DE", "DE-BY"), ("Bajorország", "DE", "DE-BY"), ("Tirol", "AT", "AT-7"), ("Wien", "AT", "AT-9"),
        ("CA", "US", "US-CA"), ("US-CA", "US", "US-CA"), ("California", "US", "US-CA"), ("Kent", "GB", "GB-KEN"),
        # ISO 3166-2 has one code for these.
        ("Республика Крым", "RU", "UA-43"), ("Севастополь", "UA", "UA-40"),
    ],
)  # fmt: skip
def test_a_region_is_understood(text: str, country: str, code: str) -> None:
    assert read_region(text, country) == (code, None)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Атлантида", "RU"), ("Krasno", "RU"), ("Москва", "HU"), ("обл.", "RU"), ("x" * 1_000_000, "RU"), ("Pest", None),
        ("ca", "US"), ("\ud800", "RU"), ("Москва", "ZZ"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_flagged_and_never_guessed(text: str, country: str | None) -> None:
    started = time.process_time()
    assert read_region(text, country) == (None, NOT_UNDERSTOOD)
    assert time.process_time() - started < 0.5  # the names of a country are gathered once


@pytest.mark.parametrize("text", [None, "", "-", "нет"])
def test_nothing_stated_is_no_region(text: str | None) -> None:
    assert read_region(text, "RU") == (None, None)


def test_every_code_of_the_tables_is_one_of_iso() -> None:
    tables = table("regions")
    codes = {region.code for region in pycountry.subdivisions}
    for country, names in tables["names"].items():
        assert {local if "-" in local else f"{country}-{local}" for local in names} <= codes
    for country, divisions in tables["geonames"].items():
        if country != "same":
            assert {f"{country}-{local}" for local in divisions.values()} <= codes


@pytest.mark.parametrize("country", ["RU", "HU", "RO", "BA", "HR", "RS", "DE", "AT", "UA"])
def test_every_region_is_found_by_what_we_call_it(country: str) -> None:
    left_out = table("regions")["left_out"].get(country)
    for region in pycountry.subdivisions.get(country_code=country):
        if region.type != left_out:
            name = region_name(region.code)
            assert name
            assert region_code(name, country) == region.code


def test_no_name_of_our_table_means_two_regions() -> None:
    for country, regions in table("regions")["names"].items():
        seen: dict[str, str] = {}
        for local, names in regions.items():
            for name in names:
                assert seen.setdefault(folded(name), local) == local, (country, name)


def test_the_region_of_a_place_of_geonames() -> None:
    assert region_of_place("RU", "66", "Saint Petersburg") == "RU-SPE"
    assert region_of_place("US", "CA", "Los Angeles") == "US-CA"
    assert region_of_place("RS", "SE", "Belgrade") == "RS-00"
    assert region_of_place("RS", "SE", "Niš") is None


def test_a_frame_is_read_row_by_row() -> None:
    cells = pd.DataFrame(
        {"region": schema.texts(["Cluj", None, "?x"]), "country": schema.texts(["RO", "RO", "RO"])}
    )
    read = read_regions(cells)
    assert read["region_code"].fillna("").tolist() == ["RO-CJ", "", ""]
    assert read["flag"].notna().tolist() == [False, False, True]


@given(st.text(max_size=80), st.sampled_from(["RU", "HU", "US", "BA"]))
def test_any_text_is_read(text: str, country: str) -> None:
    code = read_region(text, country).region_code
    assert code is None or "-" in code
