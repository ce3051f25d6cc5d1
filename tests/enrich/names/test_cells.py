"""Names of people, and what is no name."""

import json
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.names.cells import LONGEST, Name, read_gender, read_name, split_names
from leads import schema

BAD_INPUTS = Path(__file__).parents[3].parent / "shared" / "data" / "bad-inputs"
needs_bad_inputs = pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="../shared/data/bad-inputs is not here")


def read(text: str, language: str) -> tuple[str | None, str | None, str | None]:
    return read_name(text, None, None, None, language)[1:4]


@pytest.mark.parametrize(
    ("text", "language", "family", "given_name", "father"),
    [
        ("Иванов Иван Иванович", "ru", "Иванов", "Иван", "Иванович"),
        ("Иван Иванович Иванов", "ru", "Иванов", "Иван", "Иванович"),
        ("Иванов, Иван Иванович", "ru", "Иванов", "Иван", "Иванович"),
        ("Смирнова Анна Ильинична", "ru", "Смирнова", "Анна", "Ильинична"),
        ("Петров Пётр Ильич", "ru", "Петров", "Пётр", "Ильич"),
        ("Иван Иванов", "ru", "Иванов", "Иван", None),
        ("Иванов Иван", "ru", "Иванов", "Иван", None),
        ("Иван Иванович", "ru", None, "Иван", "Иванович"),
        ("Иванов И. И.", "ru", "Иванов", "И.", "И."),
        ("И.И.Иванов", "ru", "Иванов", "И.", "И."),
        ("ИВАНОВ ИВАН", "ru", "Иванов", "Иван", None),
        ("иванов иван иванович", "ru", "Иванов", "Иван", "Иванович"),
        ("САЛТЫКОВА-ПРИМЕРОВА АННА", "ru", "Салтыкова-Примерова", "Анна", None),
        ("Примеров Аскар Мамед оглы", "ru", "Примеров", "Аскар", "Мамед оглы"),
        ("г-н Иванов Иван", "ru", "Иванов", "Иван", None),
        ("Иванов Иван Иванович, к.т.н.", "ru", "Иванов", "Иван", "Иванович"),
        ("Иванова (Петрова) Анна", "ru", "Иванова", "Анна", None),
        ("Иван Иванов, директор", "ru", "Иванов", "Иван", None),
        ("Ivanov Ivan Ivanovich", "en", "Ivanov", "Ivan", "Ivanovich"),
        ("Anna Petrovna Smirnova", "ru", "Smirnova", "Anna", "Petrovna"),
        ("IVANOV Ivan", "en", "Ivanov", "Ivan", None),
        ("Анна", "ru", None, "Анна", None),
        ("Иванов", "ru", "Иванов", None, None),
        ("Nagy Péter", "hu", "Nagy", "Péter", None),
        ("Péter Nagy", "hu", "Nagy", "Péter", None),
        ("László Béla", "hu", "László", "Béla", None),
        ("NAGY PÉTER", "hu", "Nagy", "Péter", None),
        ("Kovács Jánosné", "hu", "Kovács", "Jánosné", None),
        ("Nagyné Kiss Anna", "hu", "Nagyné Kiss", "Anna", None),
        ("Dr. Szabó Péter Károly", "hu", "Szabó", "Péter Károly", None),
        ("Tóth", "hu", "Tóth", None, None),
        ("Ana Maria Popescu", "ro", "Popescu", "Ana Maria", None),
        ("Popescu Ana Maria", "ro", "Popescu", "Ana Maria", None),
        ("D-na Elena Ionescu", "ro", "Ionescu", "Elena", None),
        ("Petar Đorđević", "sr", "Đorđević", "Petar", None),
        ("Ђорђевић Петар", "sr", "Ђорђевић", "Петар", None),
        ("Hodžić Amra, dipl. ing.", "bs", "Hodžić", "Amra", None),
        ("Mr sc. Ivana Marić Kovač", "hr", "Marić Kovač", "Ivana", None),
        ("Prof. Dr. med. Anna von der Heide", "de", "von der Heide", "Anna", None),
        ("VON DER HEIDE, ANNA", "de", "von der Heide", "Anna", None),
        ("Hans-Peter Müller", "de", "Müller", "Hans-Peter", None),
        ("Müller, Hans-Peter", "de", "Müller", "Hans-Peter", None),
        ("Dipl.-Ing. Karl Otto Schmidt", "de", "Schmidt", "Karl Otto", None),
        ("John A. Smith", "en", "Smith", "John A.", None),
        ("J. R. Smith", "en", "Smith", "J. R.", None),
        ("Smith, John, PhD", "en", "Smith", "John", None),
        ("JOHN O'NEIL", "en", "O'Neil", "John", None),
        ("Anna K.", "en", "K.", "Anna", None),
        ("De Vries Jan", "en", "De Vries", "Jan", None),
        ("ИвановИванИванович", "ru", "Иванов", "Иван", "Иванович"),
        ("иВАНОВ иВАН", "ru", "Иванов", "Иван", None),
        ('"Иванов Иван"', "ru", "Иванов", "Иван", None),
        ("(Anna)", "en", None, "Anna", None),
        ("MCDONALD JAMES", "en", "McDonald", "James", None),
        ("ronald o'neil", "en", "O'Neil", "Ronald", None),
    ],
)
def test_a_name_is_told_apart(
    text: str, language: str, family: str | None, given_name: str | None, father: str | None
) -> None:
    assert read(text, language) == (family, given_name, father)


@pytest.mark.parametrize(
    "spellings",
    [
        ["Анна Смирнова", "Anna Smirnova", "СМИРНОВА АННА", "smirnova anna", "Смирнова, Анна"],
        ["Петар Ђорђевић", "Petar Đorđević", "Petar Djordjevic", "Dordevic Petar"],
        ["Kovács Péter", "Peter Kovacs", "Dr. KOVÁCS Péter"],
        ["John Smith", "John A. Smith", "Smith John", "Mr John Smith"],
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: list[str]) -> None:
    keys = {read_name(text, None, None, None, "en")[4:6] for text in spellings}
    assert len(keys) == 1
    assert all(key and key.isascii() and key.isalpha() and key.islower() for key in keys.pop())


def test_an_initial_is_the_key_of_a_given_name() -> None:
    assert read_name("Щукин Щ.", None, None, None, "ru").given_key == "s"


def test_father_and_son_have_two_keys_and_are_shown_as_two() -> None:
    texts = ("Kovács Béla", "ifj. Kovács Béla", "Kovács Béla Jr", "id. Kovács Béla", "JOHN SMITH JR.", "Béla III")
    names = [read_name(text, None, None, None, "hu") for text in texts]
    assert [name.family_name for name in names] == [
        "Kovács",
        "ifj. Kovács",
        "Kovács Jr",
        "id. Kovács",
        "Smith jr.",
        None,
    ]
    assert [name.given_name for name in names] == ["Béla", "Béla", "Béla", "Béla", "John", "Béla III"]
    assert [name.family_key for name in names] == ["kovak", "kovak", "kovak", "kovak", "smit", None]
    assert [name.given_key for name in names] == ["bela", "belajr", "belajr", "belasr", "iohnjr", "belaiii"]
    assert read_name(None, "ifj. Kovács", "Béla", None, "hu")[1:6] == (
        "ifj. Kovács",
        "Béla",
        None,
        "kovak",
        "belajr",
    )
    assert read_name(None, "Kovács", "Béla Jr.", None, "hu")[1:6] == (
        "Kovács Jr.",
        "Béla",
        None,
        "kovak",
        "belajr",
    )
    assert read_name("St. Miller Anna", None, None, None, "en").given_key == "ana"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("тест", "junk name"),
        ("Тест Тестов", "junk name"),
        ("test user", "junk name"),
        ("asdf", "junk name"),
        ("qwerty", "junk name"),
        ("фывфыв", "junk name"),
        ("-", "junk name"),
        ("нет", "junk name"),
        ("12345", "junk name"),
        ("ааааа", "junk name"),
        ("+7 916 123-45-67", "junk name"),
        ("ann@example.com", "junk name"),
        ("<script>alert(1)</script>", "junk name"),
        ("ООО «Ромашка»", "name is an organisation"),
        ("Завод Пример", "name is an organisation"),
        ("Beispiel GmbH", "name is an organisation"),
        ("Иван и Мария", "several people"),
        ("Anna & Peter Müller", "several people"),
        ("x " * LONGEST, "name too long"),
    ],
)
def test_what_is_no_name_is_kept_as_text_with_a_flag(text: str, flag: str) -> None:
    assert read_name(text, None, None, None, "ru") == Name(name_text=text.strip(), flags=flag)


@pytest.mark.parametrize(
    "text",
    [
        "qwer tyui",
        "йцук фыва",
        "ghjk",
        "Имя Фамилия",
        "A\x00nna Blak",
        "Anna\u202e Blak",
        "\ud800 Anna",
        "\x1b[0m",
        "N/A",
    ],
)
def test_junk_is_flagged(text: str) -> None:
    name = read_name(text, None, None, None, "ru")
    assert name == Name(name_text=" ".join(text.split()), flags="junk name")


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "а б " * 250_000, "(" * 1_000_000, "\x00" * 1_000_000, "А." * 500_000]
)
@pytest.mark.parametrize("place", range(6))
def test_a_long_text_is_flagged_at_once(text: str, place: int) -> None:
    cells: list[str | None] = [None, None, None, None, "ru", None]
    cells[place] = text
    read_name("Анна Петрова", None, None, None, "ru")  # the tables are loaded when they are first asked for
    started = time.process_time()
    name = read_name(*cells)
    assert time.process_time() - started < 0.05
    assert name.family_name is None
    assert name.flags == ("name too long" if place < 4 else None)


@pytest.mark.parametrize(
    "text", ["(" * 200, '"' * 199 + "a", "И." * 100, "а-" * 100, "ааааааааб" * 22, "a b " * 50]
)
def test_a_text_of_the_longest_length_is_read_at_once(text: str) -> None:
    read_name("Анна Петрова", None, None, None, "ru")  # the tables are loaded when they are first asked for
    started = time.process_time()
    read_name(text, None, None, None, "ru")
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize(
    ("text", "language", "title"),
    [
        ("Prof. Dr. med. Anna von der Heide", "de", "Prof. Dr. med."),
        ("Иванов Иван Иванович, к.т.н.", "ru", "к.т.н."),
        ("Dipl.-Ing. Karl Otto Schmidt", "de", "Dipl.-Ing."),
        ("Hodžić Amra, dipl. ing.", "bs", "dipl. ing."),
        ("Smith, John, PhD", "en", "PhD"),
        ("John Smith, M.D.", "en", "M.D."),
        ("Иван Иванов", "ru", None),
    ],
)
def test_titles_are_kept_apart(text: str, language: str, title: str | None) -> None:
    assert read_name(text, None, None, None, language).title == title


@pytest.mark.parametrize(
    ("text", "language", "gender"),
    [
        ("Иванова Анна Петровна", "ru", "female"),
        ("Smirnov Qux Petrovich", "en", "male"),
        ("Frau Qux Blak", "de", "female"),
        ("Kovács Jánosné", "hu", "female"),
        ("Kovács Andrea", "hu", "female"),
        ("Andrea Rossi", "it", "male"),
        ("Саша Иванова", "ru", "female"),
        ("Саша Ткаченко", "ru", None),
        ("Saša Kovač", "hr", None),
        ("Иванов И. И.", "ru", "male"),
        ("Анна Иванов", "ru", None),
        ("Щербина Иван", "ru", "male"),
        ("Qux Blak", "en", None),
    ],
)
def test_what_a_name_tells_of_the_gender(text: str, language: str, gender: str | None) -> None:
    assert read_name(text, None, None, None, language).gender == gender


@pytest.mark.parametrize(
    ("cell", "language", "gender"),
    [
        ("Ж", "ru", "female"), ("М", "ru", "male"), ("жен.", "ru", "female"), ("f", "de", "female"), ("F", "hu", "male"),
        ("N", "hu", "female"), ("férfi", "hu", "male"), ("muž", "hr", "male"), ("žena", "hr", "female"),
        ("feminin", "ro", "female"), ("Herr", "de", "male"), ("г-жа", "ru", "female"), ("Mrs.", "en", "female"),
        ("Frau Dr.", "de", "female"), ("Herr Prof. Dr.", "de", "male"), ("Frau Dipl.-Ing.", "de", "female"),
        ("Herrn Dr. med.", "de", "male"), ("Dr.", "de", None), ("Herr/Frau", "de", None), ("Herr und Frau", "de", None),
        ("gospođa mr.", "hr", "female"), ("г-н д-р", "ru", "male"),
        ("?", "ru", None), ("M/F", "en", None), ("", "ru", None), ("1", "ru", None),
    ],
)  # fmt: skip
def test_a_stated_gender(cell: str, language: str, gender: str | None) -> None:
    assert read_gender(cell, language) == gender
    assert read_name("Qux Blak", None, None, None, language, cell).gender == gender
    assert read_name(None, None, None, None, language, cell or None).gender == gender


def test_a_stated_gender_wins_and_one_not_understood_counts_for_nothing() -> None:
    assert read_name("Анна Смирнова", None, None, None, "ru", "М").gender == "male"
    assert read_name("Анна Смирнова", None, None, None, "ru", "?").gender == "female"


def test_initials_are_no_legal_form() -> None:
    assert read("Иванов А.О.", "ru") == ("Иванов", "А.", "О.")
    assert read("Петров И. П.", "ru") == ("Петров", "И.", "П.")


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        ((None, "Иванов", "Иван", "Иванович"), ("Иванов", "Иван", "Иванович")),
        ((None, "Иванов", "Иван Иванович", None), ("Иванов", "Иван", "Иванович")),
        ((None, None, "Иван Иванов", None), ("Иванов", "Иван", None)),
        ((None, "Иванов Иван", None, None), ("Иванов", "Иван", None)),
        ((None, "Роман", None, None), ("Роман", None, None)),
        ((None, None, "Иванов", None), (None, "Иванов", None)),
        (("Анна Смирнова", "Иванов", "Иван", None), ("Иванов", "Иван", None)),
        (("Анна Смирнова", None, "Анна", None), ("Смирнова", "Анна", None)),
        ((None, "MARTIN", "THOMAS", None), ("Martin", "Thomas", None)),
    ],
)
def test_own_columns_say_what_is_what(cells: tuple[str | None, ...], parts: tuple[str | None, ...]) -> None:
    assert read_name(*cells, "ru")[1:4] == parts


def test_a_frame_is_read_row_by_row() -> None:
    frame = pd.DataFrame(
        {
            "lead_id": schema.texts(["a", "b", "c"]),
            "full_name": schema.texts(["Nagy Péter", None, "Nagy Péter"]),
            **{cell: schema.texts([None] * 3) for cell in ("family_name", "given_name", "patronymic")},
            "language": schema.texts(["hu", "hu", "en"]),
        }
    )
    names = split_names(frame)
    assert names["lead_id"].tolist() == ["a", "b", "c"]
    assert names["gender"].tolist() == ["male", pd.NA, "male"]
    stated = frame.assign(gender=schema.texts(["f", "nő", "f"]))
    assert split_names(stated)["gender"].tolist() == ["male", "female", "female"]
    assert split_names(frame.head(0)).columns.tolist() == ["lead_id", *Name._fields]
    assert names["family_key"].tolist() == ["nagi", pd.NA, "nagi"]


@needs_bad_inputs
def test_payloads_in_names_stay_text() -> None:
    lines = (BAD_INPUTS / "own" / "xss-names.jsonl").read_text(encoding="utf-8").splitlines()
    for text in (json.loads(line)["name"] for line in lines):
        name = read_name(text, None, None, None, "en")
        assert name.name_text == " ".join(text.split())
        assert not set("<>{}$`") & set(f"{name.family_name}{name.given_name}{name.patronymic}")


@needs_bad_inputs
def test_legitimate_names_of_other_alphabets_are_kept() -> None:
    lines = (BAD_INPUTS / "own" / "unicode.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    legitimate = [case["text"] for case in cases if case["note"].startswith("legitimate")]
    assert len(legitimate) > 3
    for text in legitimate:
        name = read_name(text, None, None, None, "en")
        assert " ".join(filter(None, (name.given_name, name.family_name))) == text
        assert name.flags is None


any_words = st.text(max_size=12) | st.sampled_from(
    ["Иван", "Иванович", "von", "Dr.", "И.", "Nagy", "ООО", ",", "né", "оглы"]
)


@given(st.lists(any_words, max_size=6).map(" ".join), st.sampled_from(["ru", "hu", "de", ""]))
def test_any_text_is_read_and_no_letter_is_invented(text: str, language: str) -> None:
    name = read_name(text, None, None, None, language)
    assert name.name_text == (" ".join(text.split()) or None)
    parts = " ".join(filter(None, (name.family_name, name.given_name, name.patronymic)))
    cases = (text, text.lower(), text.title(), *map(str.title, text))
    assert set(parts.casefold()) <= set(" ".join(cases).casefold())
    assert (name.flags is None) or parts == ""


@pytest.mark.parametrize("language", ["en", "de", "hu", "ro", "hr", "", None])
def test_cyrillic_names_are_read_in_russian_where_the_language_has_no_such_letters(language: str | None) -> None:
    assert read_name("Примеров Елисей Фокич", None, None, None, language)[1:4] == ("Примеров", "Елисей", "Фокич")
    assert read_name(None, "Примеров", "Елисей Фокич", None, language)[1:4] == ("Примеров", "Елисей", "Фокич")
