"""What the columns beside a column make of it: whose name, whose number, which day."""

import pytest

from sources.columns import recognise


def targets(line: str, language: str, *rows: list[str]) -> list[str]:
    return [guess.target for guess in recognise(line.split("|"), rows, language)]


@pytest.mark.parametrize(
    ("language", "headers", "wanted"),
    [
        # A relative is somebody else beside the person, and the person where the other one is a child.
        ("ru", "ФИО|Телефон|ФИО родителя", ["full_name", "phone", ""]),
        ("ru", "Имя ребенка|ФИО родителя|Телефон", ["", "full_name", "phone"]),
        ("ro", "Nume și prenume|Nume părinte|Telefon", ["full_name", "", "phone"]),
        ("hu", "Név|Anyja neve|Telefon", ["full_name", "", "phone"]),
        # Nobody else is named: a child, an employee, a receiver is the person.
        ("ru", "ФИО ребенка|Телефон", ["full_name", "phone"]),
        ("de", "Mitarbeiter|Telefon", ["full_name", "phone"]),
        # One party's name is in two columns.
        ("de", "Nachname|Vorname|AusbilderKontaktNachname|AusbilderKontaktVorname|PLZ", ["family_name", "given_name", "", "", "postcode"]),
        ("de", "Name1|Name2|Straße", ["full_name", "", "address"]),
    ],
)  # fmt: skip
def test_one_person_of_a_row_is_the_person(language: str, headers: str, wanted: list[str]) -> None:
    assert targets(headers, language) == wanted


def test_the_parent_is_the_person_where_only_a_learner_stands_beside() -> None:
    row = ["Anna Example", "anna@example.com", "Ben Example"]
    assert targets("Parent Name|Parent Email|Learner Name", "en", row) == ["full_name", "email", ""]


def test_the_owner_is_the_person_where_the_telephone_is_the_owners() -> None:
    row = ["Anna Example", "020 7946 0123", "Rex", "Dog"]
    assert targets("Owner Name|Owner Phone|Patient Name|Species", "en", row) == ["full_name", "phone", "", ""]
    assert targets("First Name|Last Name|Phone|Owner", "en")[-1] == "responsible"
    colleague = targets("First Name|Last Name|Email|Owner|Owner Email", "en")
    assert colleague == ["given_name", "family_name", "email", "responsible", "email"]


@pytest.mark.parametrize(
    ("language", "headers", "wanted"),
    [
        ("ro", "Nume|Data|Ora", ["full_name", "", ""]),
        ("ro", "Nume|Data|Total", ["full_name", "stated_at", ""]),
        ("bs", "Ime i prezime|Datum|Vrijeme", ["full_name", "", ""]),
        ("ru", "Имя|Дата|Время|Мастер", ["full_name", "", "", "full_name"]),
        ("ru", "Имя|Дата|Время", ["full_name", "stated_at", ""]),
    ],
)
def test_a_day_with_its_hour_beside_it_is_an_appointment(language: str, headers: str, wanted: list[str]) -> None:
    found = targets(headers, language)
    assert [field == "stated_at" for field in found] == [field == "stated_at" for field in wanted]


def test_a_moment_with_its_hour_in_it_is_no_appointment() -> None:
    row = ["Ana Exemplu", "14.03.2026 10:15", "2"]
    assert targets("Nume|Data|Ora", "ro", row)[1] == "stated_at"


def test_the_only_number_of_a_record_is_its_own() -> None:
    rows = [["Анна", "17", "А-1"], ["Борис", "18", "А-2"]]
    assert targets("Имя|Short ID|Номер договора", "ru", *rows)[1] == "external_id"
    assert targets("Имя|ID|Short ID", "ru", *rows)[1] == "external_id"
    same = [["Анна", "17", "А-1"], ["Борис", "17", "А-2"]]
    assert targets("Имя|Группа ID|Класс", "ru", *same)[1] == ""


@pytest.mark.parametrize(
    ("header", "language", "wanted"),
    [
        ("Комментарий психолога", "ru", ""),
        ("Комментарий", "ru", "request"),
        ("Описание детали", "ru", ""),
        ("Telefon (Faks)", "hr", "phone:fax"),
        ("homephone", "en", "phone:home"),
        ("Br. narudžbe", "hr", "external_id"),
    ],
)
def test_a_header_that_says_whose_or_of_what(header: str, language: str, wanted: str) -> None:
    assert targets(f"E-mail|{header}", language)[1] == wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ("Code|Typ|Bezeichnung|Ansprechpartner", ["", "", "company", "full_name"]),
        ("Vorname|Nachname|Bezeichnung", ["given_name", "family_name", ""]),
        ("Vorname|Nachname|Lieferant", ["given_name", "family_name", ""]),
        ("Lieferant|Ansprechpartner|Telefon", ["company", "full_name", "phone"]),
    ],
)
def test_a_designation_is_a_firms_where_the_row_has_no_other_name(headers: str, wanted: list[str]) -> None:
    values = {"Bezeichnung": "Musterbank", "Lieferant": "Musterbank", "Ansprechpartner": "Anna Beispiel"}
    row = [values.get(header, "") for header in headers.split("|")]
    found = targets(headers, "de", row)
    assert [target in ("company", "full_name") and target for target in found] == [
        target in ("company", "full_name") and target for target in wanted
    ]
