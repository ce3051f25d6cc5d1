"""The casing of names."""

import pytest

from enrich.casing import is_shouted, repaired

LOW = frozenset({"von", "der", "al"})


@pytest.mark.parametrize(
    ("words", "cased"),
    [
        (["IVANOV"], ["Ivanov"]),
        (["ivanov"], ["Ivanov"]),
        (["МАРИЯ-АННА"], ["Мария-Анна"]),
        (["O'NEIL", "D’ARCY", "NATAL'YA"], ["O'Neil", "D’Arcy", "Natal'ya"]),
        (["VON", "DER", "HEIDE"], ["von", "der", "Heide"]),
        (["VON"], ["Von"]),
        (["И.", "ЩУКИН"], ["И.", "Щукин"]),
        (["AN"], ["An"]),
        (["გიორგი"], ["გიორგი"]),
    ],
)
def test_a_name_typed_in_one_case(words: list[str], cased: list[str]) -> None:
    assert repaired(words, LOW, shouted=True) == cased


@pytest.mark.parametrize("words", [["McDonald"], ["De", "Vries"], ["von", "Heide"], ["Al-Ahmad"], ["JP", "Smith"]])
def test_mixed_case_is_left_as_it_is(words: list[str]) -> None:
    assert repaired(words, LOW, shouted=False) == words


def test_a_name_is_shouted_when_no_letter_is_small() -> None:
    assert is_shouted(["IVANOV", "I."])
    assert not is_shouted(["IVANOV", "Ivan"])
