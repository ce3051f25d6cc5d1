"""What a single word may be in a name."""

import pytest

from enrich.names import words as name_words
from enrich.names.words import KINDS, Lexicon, generation, lexicon, patronymic, tokens


@pytest.mark.parametrize(
    ("word", "gender"),
    [
        ("Иванович", "male"), ("ПЕТРОВНА", "female"), ("Андреевич", "male"), ("Юрьевна", "female"), ("Ильич", "male"),
        ("Никитична", "female"), ("Ivanovich", "male"), ("Petrovna", "female"), ("Петрівна", "female"),
        ("Іванавіч", "male"), ("Андрэеўна", "female"), ("Iwanowitsch", "male"),
    ],
)  # fmt: skip
def test_a_patronymic_tells_the_gender(word: str, gender: str) -> None:
    assert patronymic(word) == gender


@pytest.mark.parametrize("word", ["Петровић", "Marić", "Мицкевич-Пример", "Савич", "Овна", "Popovic", "Иванов"])
def test_no_patronymic(word: str) -> None:
    assert patronymic(word) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Иванов И.И.", ["Иванов", "И.", "И."]),
        ("Иванов Иван, к.т.н.", ["Иванов", "Иван", ",", "к.т.н."]),
        ("Dipl.-Ing. Anna O'Neil-Blak", ["Dipl.-Ing.", "Anna", "O'Neil-Blak"]),
        ('Anna (geb. Stein) "Nan" Blak', ["Anna", "(geb. Stein)", '"Nan"', "Blak"]),
        ("J.R. Smith, M.D.", ["J.", "R.", "Smith", ",", "M.D."]),
        ("к.т.н.Иванов", ["к.т.н.", "Иванов"]),
    ],
)
def test_the_words_of_a_name(text: str, words: list[str]) -> None:
    assert tokens(text) == words


@pytest.mark.parametrize(
    ("word", "mark"),
    [
        ("ifj.", "jr"),
        ("Jr", "jr"),
        ("мл.", "jr"),
        ("мл", ""),
        ("id.", "sr"),
        ("III", "iii"),
        ("Id", ""),
        ("Anna", ""),
    ],
)
def test_a_mark_of_a_generation(word: str, mark: str) -> None:
    assert generation(word) == mark


def test_mr_is_a_degree_in_croatian() -> None:
    assert KINDS[lexicon("hr")["mr."].kind] == KINDS[lexicon("hr")["Dr."].kind]
    assert KINDS[lexicon("en")["mr."].kind].gender == "male"


@pytest.mark.parametrize(
    ("word", "role", "case"),
    [
        ("b.a.", "title", "mixed"),
        ("Mř", "title", "mixed"),
        ("BLAK", "name", "upper"),
        ("bLAK", "name", "upper"),
        ("A-B", "name", "mixed"),
        ("Ŵ鿿", "name", "mixed"),
    ],
)
def test_what_a_word_may_be(word: str, role: str, case: str) -> None:
    kind = KINDS[lexicon("en")[word].kind]
    assert (kind.role, kind.case) == (role, case)
    assert KINDS[lexicon("en", names_only=True)[word].kind].role == "name"


def test_only_so_many_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_words, "MOST_WORDS", 3)
    words = Lexicon("en")
    assert [words[text].text for text in ("Ann", "Bob", "Cid", "Dan", "Ann")] == [
        "Ann",
        "Bob",
        "Cid",
        "Dan",
        "Ann",
    ]
    assert len(words) == 2
