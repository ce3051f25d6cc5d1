"""Countries in six languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.folding import folded
from enrich.places.countries import Country, read_countries, read_country
from enrich.tables import table
from leads import schema


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Россия", "RU"), ("РФ", "RU"), ("russian federation", "RU"), ("Oroszország", "RU"), ("RUS", "RU"),
        ("Magyarország", "HU"), ("magyarorszag", "HU"), ("Ungarn", "HU"), ("Мађарска", "HU"),
        ("România", "RO"), ("Румыния", "RO"), ("BiH", "BA"), ("Bosna i Hercegovina", "BA"), ("Hrvatska", "HR"),
        ("Србија", "RS"), ("Deutschland", "DE"), ("Njemačka", "DE"), ("U.S.A.", "US"), ("hu", "HU"), ("NG", "NG"),
        ("Вьетнам", "VN"), ("Куба", "CU"), ("Thailand", "TH"), ("Tajvan", "TW"), ("Kenija", "KE"), ("PHL", "PH"),
    ],
)  # fmt: skip
def test_a_country_is_understood(text: str, code: str) -> None:
    assert read_country(text) == Country(code)


@pytest.mark.parametrize("text", ["Атлантида", "ZZ", "Москва", "a" * 10_000])
def test_what_is_not_understood_is_flagged_and_never_guessed(text: str) -> None:
    assert read_country(text) == Country(flag="country not understood")


@pytest.mark.parametrize("text", [None, "-", "нет"])
def test_nothing_stated_is_no_country(text: str | None) -> None:
    assert read_country(text) == Country()


def test_no_spelling_means_two_countries() -> None:
    seen: dict[str, str] = {}
    for code, spellings in table("countries").items():
        for spelling in spellings:
            assert seen.setdefault(folded(spelling), code) == code, spelling


def test_a_column_is_read_row_by_row() -> None:
    read = read_countries(schema.texts(["Россия", None, "nowhere", "Россия"]))
    assert read["country"].fillna("").tolist() == ["RU", "", "", "RU"]
    assert read["flag"].notna().tolist() == [False, False, True, False]


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    country = read_country(text)
    assert country.country is None or len(country.country) == 2
