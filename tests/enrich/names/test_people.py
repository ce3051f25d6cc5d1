"""Several people in one name cell."""

import pytest

from enrich.names.people import people


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Anna & Paul Müller", "de", ["Anna Müller", "Paul Müller"]),
        ("Dr. Anna & Prof. Paul von der Heide", "de", ["Dr. Anna von der Heide", "Prof. Paul von der Heide"]),
        ("Ann and Paul Smith Jr.", "en", ["Ann Smith", "Paul Jr. Smith"]),
        ("Herr und Frau Müller", "de", ["Herr Müller", "Frau Müller"]),
        ("Иван и Мария Петровы", "ru", ["Иван Петров", "Мария Петрова"]),
        ("Анна, Мария и Иван Петровы", "ru", ["Анна Петрова", "Мария Петрова", "Иван Петров"]),
        ("Иван Сергеевич и Мария Достоевские", "ru", ["Иван Сергеевич Достоевский", "Мария Достоевская"]),
        ("Иван и Мария Петренко", "ru", ["Иван Петренко", "Мария Петренко"]),
        ("Анна Петрова и Иван Сидоров", "ru", ["Анна Петрова", "Иван Сидоров"]),
        ("Kovács Anna és Kovács Péter", "hu", ["Kovács Anna", "Kovács Péter"]),
        ("Kovács Anna és Péter", "hu", ["Kovács Anna", "Kovács Péter"]),
        ("Ion și Maria Popescu", "ro", ["Ion Popescu", "Maria Popescu"]),
        ("Образцов И.И., Примеров П.П.", "ru", ["Образцов И.И.", "Примеров П.П."]),
        ("И.И. Образцов; П. Примеров и С. С. Тестова", "ru", ["И.И. Образцов", "П. Примеров", "С. С. Тестова"]),
        (
            "Образцов Иван Иванович, Примерова Анна Петровна",
            "ru",
            ["Образцов Иван Иванович", "Примерова Анна Петровна"],
        ),
        ("Example A.\nSample B.", "en", ["Example A.", "Sample B."]),
        ("Anna Müller / Paul Schmidt", "de", ["Anna Müller", "Paul Schmidt"]),
    ],
)
def test_people_are_told_apart(text: str, language: str, found: list[str]) -> None:
    assert people(text, language) == found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Иван Иванов", "ru"),
        # Whose surname is Петрова, and what is Саша?
        ("Иван и Мария Петрова", "ru"),
        ("Анна и Саша Петровы", "ru"),
        ("Anna und Paul", "de"),
        ("Anna Müller & Söhne", "de"),
        ("Образцов, И.И.", "ru"),
        ("Образцов И.И. и партнёры", "ru"),
        ("Образцов И.И., директор", "ru"),
        ("Müller, Anna", "de"),
        ("van der Beispiel, Anna Maria", "de"),
        ("Ortega y Gasset", "es"),
        ("и", "ru"),
        ("", "ru"),
        ("& " * 500, "en"),
    ],
)
def test_what_is_not_certain_stays_whole(text: str, language: str) -> None:
    assert people(text, language) == [text]
