"""Which word of a name is what."""

import pytest

from enrich.name_parts import is_given, parts, patronymic


@pytest.mark.parametrize(
    "word", ["Иванович", "ПЕТРОВНА", "Андреевич", "Юрьевна", "Ильич", "Никитична", "Ivanovich", "Petrovna"]
)
def test_a_patronymic(word: str) -> None:
    assert patronymic(word)


@pytest.mark.parametrize("word", ["Петровић", "Marić", "Мицкевич-Пример", "Савич", "Овна", "Popovic", "Иванов"])
def test_no_patronymic(word: str) -> None:
    assert not patronymic(word)


@pytest.mark.parametrize(
    "word", ["Анна", "anna", "Hans-Peter", "Jánosné", "René", "Ştefan", "Ștefan", "Đorđe", "Djordje"]
)
def test_a_given_name(word: str) -> None:
    assert is_given(word)


@pytest.mark.parametrize("word", ["Иванов", "Nagyné", "né", "Anna-Kovács", "-", "x"])
def test_no_given_name(word: str) -> None:
    assert not is_given(word)


@pytest.mark.parametrize(
    ("text", "language", "family", "given", "father"),
    [
        # The words tell, whatever the language.
        ("Kovač Ana", "hu", ["Kovač"], ["Ana"], []),
        ("Ana Kovač", "hu", ["Kovač"], ["Ana"], []),
        ("Щукин Ждан", "ru", ["Щукин"], ["Ждан"], []),
        ("Qux BLAK", "en", ["BLAK"], ["Qux"], []),
        # The words do not tell: the language's own order.
        ("Kiss Blak", "hu", ["Kiss"], ["Blak"], []),
        ("Kiss Blak", "en", ["Blak"], ["Kiss"], []),
        ("Thomas Peter", "de", ["Peter"], ["Thomas"], []),
        # A surname in -ович beside a given name.
        ("Иван Абрамович", "ru", [], ["Иван"], ["Абрамович"]),
        ("Ivan Abramovich", "en", ["Abramovich"], ["Ivan"], []),
        ("Анна Мария Ивановна Петрова", "ru", ["Петрова"], ["Анна", "Мария"], ["Ивановна"]),
        ("А. Б.", "ru", [], ["А.", "Б."], []),
    ],
)
def test_the_order_of_a_name(
    text: str, language: str, family: list[str], given: list[str], father: list[str]
) -> None:
    assert parts(text.split(), language) == (family, given, father)
