"""The casing of names."""

import pytest

from enrich.names.casing import cased


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("IVANOV", "Ivanov"),
        ("ivanov", "Ivanov"),
        ("МАРИЯ-АННА", "Мария-Анна"),
        ("ЁЛКИН", "Ёлкин"),
        ("O'NEIL", "O'Neil"),
        ("D’ARCY", "D’Arcy"),
        ("NATAL'YA", "Natal'ya"),
        ("MCDONALD", "McDonald"),
        ("mcdonald", "McDonald"),
        ("И.", "И."),
        ("VON", "Von"),
        ("AN", "An"),
        ("iVANOV", "Ivanov"),
        ("გიორგი", "გიორგი"),
        ("ǆEMAL", "ǅemal"),
        ("İLHAM", "İlham"),
        ("ALİ", "Ali"),
        ("ŉAMA", "ŉama"),
    ],
)
def test_a_name_typed_in_one_case(word: str, name: str) -> None:
    assert cased(word, shouted=True) == name


@pytest.mark.parametrize("word", ["McDonald", "De", "Al-Ahmad", "JP", "DeLuca", "d'Arc", "ivanOV"])
def test_mixed_case_is_left_as_it_is(word: str) -> None:
    assert cased(word, shouted=False) == word
