"""How addresses are written where."""

import pytest

from enrich.folding import folded
from enrich.places.styles import NAMED, NUMBERED, apart, style_of
from enrich.tables import table


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("RU", None, "ru"),
        ("AT", "ru", "de"),
        (None, "hu", "hu"),
        ("RS", None, "bs"),
        (None, None, "en"),
        ("ZZ", "ro", "ro"),
    ],
)
def test_a_country_decides_and_else_a_language(country: str | None, language: str | None, name: str) -> None:
    assert style_of(country, language).name == name


def test_no_word_is_a_marker_of_two_kinds() -> None:
    # Деревня and дом are both д.; what follows decides.
    known = {("ru", "d")}
    for style, listed in table("address_words")["styles"].items():
        seen: dict[str, str] = {}
        for kind in (*NAMED, *NUMBERED, "skipped", "alone"):
            for word in listed[kind]:
                assert folded(word), word
                same = seen.setdefault(folded(word), kind) == kind
                assert same or (style, folded(word)) in known, (style, word)


def test_every_country_has_one_style_and_at_most_one_shape_of_postcode() -> None:
    for members in (table("address_words")["countries"], table("address_words")["postcodes"]):
        countries = [country for listed in members.values() for country in listed]
        assert len(countries) == len(set(countries))


@pytest.mark.parametrize(
    ("text", "style", "parted"),
    [
        ("ул.Ленина,д.5", "RU", "ул. Ленина,д. 5"),
        ("д5 кв7", "RU", "д 5 кв 7"),
        ("г.о. Самара", "RU", "г.о. Самара"),
        ("А.С.Пушкина", "RU", "А.С.Пушкина"),
        ("nr.5 bl.A2", "RO", "nr. 5 bl. A2"),
    ],
)
def test_markers_are_set_apart(text: str, style: str, parted: str) -> None:
    assert apart(text, style_of(style, None)) == parted
