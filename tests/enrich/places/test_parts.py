"""The words of one part of an address."""

import pytest

from enrich.places.parts import read_part
from enrich.places.reader import Piece
from enrich.places.styles import style_of


def kinds(text: str, country: str) -> list[tuple[str, str]]:
    return [tuple(piece) for piece in read_part(text, style_of(country, None), country)]


@pytest.mark.parametrize(
    ("text", "country", "pieces"),
    [
        ("г. Москва", "RU", [("city", "Москва")]),
        ("Москва г", "RU", [("city", "Москва")]),
        ("Московская обл.", "RU", [("region", "Московская обл.")]),
        ("Россия Московская обл.", "RU", [("name", "Россия"), ("region", "Московская обл.")]),
        ("Ленинский р-н", "RU", [("district", "Ленинский р-н")]),
        ("ул. Мира д. 5 корп. 2", "RU", [("street", "ул. Мира"), ("house", "5"), ("block", "корп. 2")]),
        ("101000 Москва", "RU", [("postcode", "101000"), ("place", "Москва")]),
        ("д. Ивановка", "RU", [("city", "Ивановка")]),
        ("д. 7", "RU", [("house", "7")]),
        ("1051 Budapest Fő utca 3.", "HU", [("postcode", "1051"), ("place", "Budapest"), ("street", "Fő utca"), ("number", "3")]),
        ("Springfield IL 62701", "US", [("place", "Springfield"), ("region", "IL"), ("postcode", "62701")]),
        ("London SW1A 2AA", "GB", [("place", "London"), ("postcode", "SW1A 2AA")]),
        ("43 000 Bjelovar", "HR", [("postcode", "43000"), ("place", "Bjelovar")]),
    ],
)  # fmt: skip
def test_words_are_told_apart(text: str, country: str, pieces: list[tuple[str, str]]) -> None:
    assert kinds(text, country) == pieces


def test_a_name_with_digits_is_read_with_its_own() -> None:
    assert kinds("1-я Речка", "RU") == [("name", "1-я Речка")]
    assert kinds("12 - 14", "RU") == [("number", "12-14")]


def test_the_same_words_with_other_digits_are_one_reading() -> None:
    style = style_of("RU", None)
    assert read_part("ул. Мира 5", style, "RU") == (Piece("street", "ул. Мира"), Piece("number", "5"))
    assert read_part("ул. Мира 6", style, "RU") == (Piece("street", "ул. Мира"), Piece("number", "6"))
