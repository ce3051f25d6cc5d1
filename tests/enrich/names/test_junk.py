"""What people type instead of a name."""

import pytest

from enrich.names.junk import is_junk


@pytest.mark.parametrize(
    "word",
    [
        "тест",
        "asdf",
        "qwer",
        "poiuy",
        "фыва",
        "олдж",
        "йцук",
        "ячсм",
        "qwertz",
        "фівап",
        "ааааа",
        "олололол",
        "Имя",
        "unknown",
    ],
)
def test_junk(word: str) -> None:
    assert is_junk(word)


@pytest.mark.parametrize("word", ["Ли", "Tim", "Fred", "Anna", "Ана", "Оля", "Assad"])
def test_no_junk(word: str) -> None:
    assert not is_junk(word)
