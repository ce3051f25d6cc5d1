"""Folded spellings."""

import pytest

from enrich.folding import folded, name_key


@pytest.mark.parametrize(
    ("text", "key"),
    [("«Ромашка» № 5", "romashkano5"), ("Straße", "strasse"), ("Łódź", "lodz"), ("D'Arcy", "darcy"), ("-", "")],
)
def test_folded(text: str, key: str) -> None:
    assert folded(text) == key


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["Смирнова", "Smirnova", "SMIRNOVA"], "smirnova"),
        (["Đorđević", "Ђорђевић", "Djordjevic", "Dordevic"], "dordevic"),
        (["Соловьёв", "Solov'ev", "Solovev"], "solovev"),
        (["Nagy-Kiss", "nagy kiss"], "nagykiss"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: list[str], key: str) -> None:
    assert {name_key(spelling) for spelling in spellings} == {key}
