"""What the columns of a table are taken for: by values where they are clear, by headers where they are sure."""

import pandas as pd
import pytest

from enrich.folding import name_key
from flows.evidence import day, folded, read
from leads.schema import texts

PEOPLE = [
    ("Иван", "Петров"), ("Анна", "Сидорова"), ("Мария", "Кузнецова"), ("Пётр", "Смирнов"), ("Ольга", "Попова"),
    ("Олег", "Васильев"), ("Елена", "Новикова"), ("Павел", "Фёдоров"), ("Дима", "Соколов"), ("Ирина", "Морозова"),
]  # fmt: skip
TABLE = {
    "first name": [given for given, _ in PEOPLE] * 4,
    "surname": [family for _, family in PEOPLE] * 4,
    "ФИО": [f"{family} {given}" for given, family in PEOPLE] * 4,
    "dob": [f"19{60 + n % 40}-03-{1 + n % 28:02}" for n in range(40)],
    "e-mail": [f"user{n % 35}@mail.example" for n in range(40)],
    "mobile": [f"+7 916 123-45-{n % 35:02}" for n in range(40)],
    "work phone": [f"8 (495) 765-43-{n % 30:02}" if n % 2 else None for n in range(40)],
    "policy": [f"AB{100000 + n % 37}" for n in range(40)],
    "row number": [str(n) for n in range(40)],
    "channel": ["form", "base"] * 20,
    "created": [f"2026-01-{1 + n % 28:02}T10:00:00" for n in range(40)],
    "constant": ["x"] * 40,
    "empty": [None] * 40,
}


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: texts(column) for name, column in columns.items()})


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    _, evidence = read(frame(**TABLE), "ru", {})
    return {one.label: one.kind for one in evidence}


def test_fields_are_known_by_header_and_value(kinds: dict[str, str]) -> None:
    wanted = {"first name": "given", "surname": "family", "dob": "date", "e-mail": "email", "policy": "code"}
    assert {label: kinds.get(label) for label in wanted} == wanted


def test_several_columns_of_phones_are_one_evidence(kinds: dict[str, str]) -> None:
    assert kinds["mobile, work phone"] == "phone"
    records, evidence = read(frame(**TABLE), "ru", {})
    phones = records[next(one.column for one in evidence if one.kind == "phone")]
    assert phones[0] == "9161234500"
    assert phones[1] == "9161234501\n4957654301"


@pytest.mark.parametrize("header", ["row number", "channel", "created", "constant", "empty"])
def test_what_tells_nobody_apart_is_left_out(kinds: dict[str, str], header: str) -> None:
    assert not any(header in label for label in kinds)


def test_a_column_that_says_again_what_others_say_is_left_out(kinds: dict[str, str]) -> None:
    assert "ФИО" not in " ".join(kinds)


def test_whole_names_are_parted_where_there_are_no_parts() -> None:
    table = frame(ФИО=["Петров Иван Сергеевич", "Anna Sidorova", "Кузнецова М."] * 5)
    records, evidence = read(table, "ru", {})
    parts = {one.kind: records[one.column][0] for one in evidence}
    # Without the ending that all patronymics have.
    assert parts == {"given": "ivan", "family": "petrov", "patronymic": name_key("Серге")}


def test_pet_forms_stand_beside_the_given_name() -> None:
    records, evidence = read(frame(**TABLE), "ru", {})
    given = next(one for one in evidence if one.kind == "given")
    assert "dmitri" in records[given.root][8].split("\n")
    assert pd.isna(records[given.root].iloc[0]) or "ivan" in records[given.root].iloc[0]


def test_firms_lose_their_legal_form() -> None:
    firms = ["ООО «Ромашка»", "Ромашка", "АО Вектор", "Vector Trading Ltd", "ИП Лютик", "Лютик"]
    records, evidence = read(frame(company=firms), "ru", {})
    names = records[evidence[0].column]
    assert evidence[0].kind == "name"
    assert names[0] == names[1] == "romashka"


def test_what_a_source_file_says_of_a_column_goes_first() -> None:
    table = frame(x=["a1", "b2", "c3"] * 9, y=["Rosa", "Ida", "Eva"] * 9)
    assert {one.label: one.kind for one in read(table, "en", {"y": "family_name"})[1]}["y"] == "family"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("19850307", "19850307"), ("1985-03-07", "19850307"), ("7.3.1985", "19850307"), ("07/03/1985", "19850307"),
     ("1985-03-07T00:00:00", "19850307"), ("19451397", "19451397"), ("7783192", None), ("March", None), ("", None)],
)  # fmt: skip
def test_days_are_eight_digits_even_with_a_slip(text: str, digits: str | None) -> None:
    assert day(text) == digits


def test_texts_are_folded_across_alphabets() -> None:
    assert folded("ул. Ленина, д. 5") == "ul lenina d 5"
    assert folded(" –! ") is None
