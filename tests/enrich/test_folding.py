"""Folded spellings."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.folding import folded, name_key

PAIRS = Path(__file__).parents[2].parent / "shared" / "data" / "er" / "wd_russian_name_pairs" / "wd_russian_20"
needs_pairs = pytest.mark.skipif(not PAIRS.is_file(), reason="../shared/data/er is not here")


@pytest.mark.parametrize(
    ("text", "key"),
    [("«Ромашка» № 5", "romashkano5"), ("Straße", "strasse"), ("Łódź", "lodz"), ("D'Arcy", "darcy"), ("-", "")],
)
def test_folded(text: str, key: str) -> None:
    assert folded(text) == key


@pytest.mark.parametrize(
    "spellings",
    [
        ["Щербакова", "Shcherbakova", "Ščerbakova", "Schtscherbakowa", "Scserbakova", "ЩЕРБАКОВА"],
        ["Сергей", "Sergey", "Sergei", "Sergej", "Szergej"],
        ["Юлия", "Yulia", "Julia", "Iuliia", "Yuliya", "Julija"],
        ["Đorđević", "Ђорђевић", "Djordjevic", "Dordevic"],
        ["Живковић", "Živković", "Zivkovic", "Zhivkovich"],
        ["Љиљана", "Ljiljana"],
        ["Müller", "Mueller", "Muller", "Мюллер"],
        ["Kőrösi", "Körösi", "Korosi"],
        ["Соловьёв", "Соловьев", "Solov'ev", "Solovev", "Soloviev", "Solovyov", "Solowjow"],
        ["Хрущёв", "Khrushchev", "Khrushchyov", "Hruščev"],
        ["Фёдор", "Федор", "Fedor", "Fyodor", "Fjodor"],
        ["Александр", "Aleksandr", "Alexandr", "Alexander", "Aleksandar"],
        ["Виктор", "Viktor", "Victor"],
        ["Цветков", "Tsvetkov", "Cvetkov", "Zwetkow"],
        ["Ковач", "Kovač", "Kovacs", "Kovács", "Kovac"],
        ["Достоевский", "Dostoevsky", "Dostoyevskiy", "Dostojewskij", "Dostoevskij"],
        ["Kowalska", "Ковальская", "Kovalskaya"],
        ["Григорий", "Grigory", "Grigoriy", "Grigorij", "Grigorii"],
        ["Șerban", "Şerban", "Serban"],
        ["Nagy-Kiss", "nagy kiss", "Nagy–Kiss"],
        ["Иванов", "Иванoв", "Ivаnov"],
        ["Анна", "Anna", "Ana"],
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_name_have_one_key(spellings: list[str]) -> None:
    assert len({name_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ["Иванов", "Иванова", "Ивановский"],
        ["Мария", "Марина", "Марта", "Мира"],
        ["Schmidt", "Schmitt", "Schmid", "Schulz"],
        ["Nagy", "Kis", "Tóth", "Szabó"],
        ["Marić", "Marković", "Martić", "Matić"],
        ["Popa", "Pop", "Popescu"],
        ["Саша", "Паша", "Маша", "Даша"],
    ],
    ids=lambda names: names[0],
)
def test_names_that_differ_have_keys_that_differ(names: list[str]) -> None:
    assert len({name_key(name) for name in names}) == len(names)


@needs_pairs
def test_most_names_of_wikidata_have_one_key_in_both_alphabets() -> None:
    """Names of all the world's languages: many sound differently from how the Slavic languages read them."""
    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    pairs = {(latin, cyrillic.replace(" ", "")) for latin, cyrillic, _ in rows}
    assert len(pairs) > 30_000
    equal = sum(name_key(latin) == name_key(cyrillic) for latin, cyrillic in pairs)
    assert equal / len(pairs) >= 0.58
    slavic = [pair for pair in pairs if pair[1].endswith(("ов", "ова", "ев", "ева", "ский", "ская", "енко", "ин"))]
    assert len(slavic) > 2000
    assert sum(name_key(latin) == name_key(cyrillic) for latin, cyrillic in slavic) / len(slavic) >= 0.72


@needs_pairs
def test_hardly_two_names_of_wikidata_share_a_key() -> None:
    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    names = sorted({cyrillic.replace(" ", "") for _, cyrillic, _ in rows})
    by_key = [list(group) for _, group in itertools.groupby(sorted(names, key=name_key), key=name_key)]
    assert sum(len(group) for group in by_key if len(group) > 1) / len(names) <= 0.08


@given(st.text(max_size=30))
def test_a_key_is_of_letters_and_stays_itself(text: str) -> None:
    key = name_key(text)
    assert key == "" or (key.isascii() and key.isalpha() and key.islower())
    assert name_key(text.casefold()) == key or not text.isascii()
