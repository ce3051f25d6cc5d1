"""Given names and surnames."""

import pytest

from enrich.names.given import LIKELY_SURNAME, family_gender, given, is_given


@pytest.mark.parametrize(
    "word",
    ["Анна", "anna", "Hans-Peter", "Jánosné", "René", "Ştefan", "Ștefan", "Đorđe", "Djordje", "Ђорђе", "Sergey"],
)
def test_a_given_name(word: str) -> None:
    assert is_given(word)


@pytest.mark.parametrize("word", ["Иванов", "Nagyné", "né", "Anna-Kovács", "-", "x"])
def test_no_given_name(word: str) -> None:
    assert not is_given(word)


@pytest.mark.parametrize(
    ("word", "language", "gender"),
    [
        ("Andrea", "hu", "female"),
        ("Andrea", "it", "male"),
        ("Saša", "hr", None),
        ("Саша", "ru", None),
        ("Никита", "ru", "male"),
        ("Nikola", "sr", "male"),
        ("Никола", "sr", "male"),
        ("Mircea", "ro", "male"),
        ("Jánosné", "hu", "female"),
        ("Robin", "en", None),
        ("Zdravomira", "hr", "female"),
        ("Blaxx", "en", None),
    ],
)
def test_the_language_decides_the_gender_of_a_given_name(word: str, language: str, gender: str | None) -> None:
    assert given(word, language)[2] == gender


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("Blakov", "ru"),
        ("Blakić", "en"),
        ("Blakescu", "ro"),
        ("Blakenko", "en"),
        ("McBlak", "en"),
        ("Nagy", "hu"),
        ("Nagy", "de"),
        ("Blakașcu", "ro"),
        # A given name of others, a frequent surname here.
        ("Gherman", "ro"),
    ],
)
def test_a_surname_is_less_like_a_given_name(word: str, language: str) -> None:
    assert given(word, language)[1] <= LIKELY_SURNAME


@pytest.mark.parametrize(
    ("surname", "given_name", "language"),
    [
        # Both are either; people are more often called the one, and more often born the other.
        ("Sandu", "Ion", "ro"),
        ("Blak", "Stan", "ro"),
        ("Blak", "Blakenko", "hr"),
        ("Blakina", "Marko", "hr"),
        ("Marin", "Ana-Blakana", "hr"),
        ("Stan", "Ana-Blaka", "ro"),
    ],
)
def test_a_word_is_more_like_a_given_name_than_another(surname: str, given_name: str, language: str) -> None:
    assert given(given_name, language)[1] > given(surname, language)[1]


@pytest.mark.parametrize(
    ("word", "language", "gender"),
    [
        ("Блакова", "ru", "female"),
        ("Блаков", "ru", "male"),
        ("Блакина", "ru", "weak"),
        ("Блакенко", "ru", None),
        ("Blakova", "ru", "female"),
        ("Blakova", "cs", None),
        ("Блаков", "sr", None),
        ("Nagyné", "hu", "female"),
        ("NAGYNÉ", "hu", "female"),
        ("né", "hu", None),
    ],
)
def test_an_east_slavic_surname_tells_the_gender(word: str, language: str, gender: str | None) -> None:
    assert family_gender(word, language) == gender
