"""Columns by their headers, by their values, and by the program that wrote them."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.tables import table
from leads.source import FIELDS, LABELLED, LABELS
from sources import headwords
from sources.columns import mapping, recognise
from sources.values import says_nothing, shares

ROOT = Path(__file__).parents[2]
RU = ["Смирнова Анна Ивановна", "+7 900 000-12-34", "anna@example.com", "Тверь", "да"]


def targets(line: str, language: str, *rows: list[str]) -> list[str]:
    return [guess.target for guess in recognise(line.split("|"), rows, language)]


def test_german_abbreviations_of_a_list_of_exhibitors():
    assert targets("Vor- u. Zuname|Fa.|Werbung ok?", "de") == ["full_name", "company", "consent"]


@pytest.mark.parametrize(
    ("language", "headers", "wanted"),
    [
        ("ru", "№ п/п|Организация|Контактное лицо|Должность|Моб. тел.|Раб. телефон|Факс|Эл. почта|Сайт|Юр. адрес|Индекс|ИНН|Ответственный|Теги",
         "ignore company full_name job phone:mobile phone:work phone:fax email website legal_address postcode registration responsible tags"),
        ("ru", "Фамилия|Имя|Отчество|Дата рождения|Е-мейл|Телеграм|Вайбер|Страна|Область|Город|Адрес доставки|Почтовый адрес|Согласие на обработку|Комментарий",
         "family_name given_name patronymic birthday email telegram viber country region city delivery_address postal_address consent request"),
        ("en", "First Name|Last Name|Company|Job Title|Business Phone|Mobile|Home Phone|E-mail Address|Web Page|ZIP|City|State|Country|Newsletter",
         "given_name family_name company job phone:work phone:mobile phone:home email website postcode city region country consent"),
        ("de", "Vorname|Nachname|Firma|Funktion|Tel. gesch.|Handy|Telefax|E-Mail|Straße und Nr.|PLZ|Ort|Land|Geburtstag|Bemerkung",
         "given_name family_name company job phone:work phone:mobile phone:fax email address postcode city country birthday request"),
        ("hu", "Vezetéknév|Keresztnév|Cég|Beosztás|Mobil|Munkahelyi telefon|Fax|E-mail cím|Honlap|Irsz.|Település|Megye|Székhely|Hírlevél",
         "family_name given_name company job phone:mobile phone:work phone:fax email website postcode city region legal_address consent"),
        ("ro", "Nume|Prenume|Firmă|Funcția|Telefon mobil|Telefon serviciu|Fax|Adresă e-mail|Pagina web|Cod poștal|Localitate|Județ|Țara|Observații",
         "family_name given_name company job phone:mobile phone:work phone:fax email website postcode city region country request"),
        ("hr", "Prezime|Ime|Tvrtka|Radno mjesto|Mobitel|Telefon (posao)|Faks|E-pošta|Mrežna stranica|Poštanski broj|Mjesto|Županija|Država|Napomena",
         "family_name given_name company job phone:mobile phone:work phone:fax email website postcode city region country request"),
        ("sr", "Презиме|Име|Предузеће|Радно место|Мобилни телефон|Телефон|Факс|Е-пошта|Веб сајт|Поштански број|Место|Општина|Држава|Напомена",
         "family_name given_name company job phone:mobile phone phone:fax email website postcode city city country request"),
    ],
)  # fmt: skip
def test_headers_of_every_language(language: str, headers: str, wanted: str) -> None:
    assert targets(headers, language) == re.split(" ", wanted)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Општина", "opstina"), ("FirstName", "first_name"), ("Телефон 1", "ТЕЛЕФОН"), ("Gemeindeschlüssel", "GEMEINDESCHLUESSEL"), ("E-Mail", "е-мейл"), ("e mail", "E_MAIL")],
)  # fmt: skip
def test_spellings_of_one_header(one: str, other: str) -> None:
    assert headwords.words(one) == headwords.words(other)


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ("First Name|Phonetic First Name|E-mail 1 - Label|E-mail 1 - Value|Phone 2 - Value|Organization Title|Labels", ["given_name", "", "", "email", "phone", "job", "tags"]),
        ("Name|Given Name|Additional Name|Family Name|Yomi Name|Phone 1 - Type|Phone 1 - Value|Organization 1 - Name", ["full_name", "given_name", "patronymic", "family_name", "", "", "phone", "company"]),
        ("Title|First Name|Last Name|Business Phone|Home Street|Company Main Phone|E-mail Type|Pager", ["title", "given_name", "family_name", "phone:work", "address", "phone:main", "", "phone"]),
        ("Anrede|Vorname|Nachname|Telefon geschäftlich|Ort geschäftlich|Ort|Kategorien|E-Mail-Typ", ["title", "given_name", "family_name", "phone:work", "city", "", "tags", ""]),
        ("ID|Обращение|Имя|Рабочий телефон|Ответственный|Тип контакта|Источник", ["external_id", "title", "given_name", "phone:work", "responsible", "", ""]),
        ("ID|Ответственный|Теги|Дата создания|Рабочий телефон (контакт)|Кем создан", ["external_id", "responsible", "tags", "stated_at", "phone:work", ""]),
        ("Record ID|First Name|Last Name|Email|Contact owner|Associated Company", ["external_id", "given_name", "family_name", "email", "responsible", "company"]),
        ("ID|Название сделки|Стадия сделки|Сумма|Компания|Контакт|Ответственный|Дата закрытия", ["external_id", "", "", "amount", "company", "full_name", "responsible", ""]),
        ("ID|Название компании|Рабочий телефон|Ответственный|Реквизит: ИНН|Реквизит: КПП", ["external_id", "company", "phone:work", "responsible", "registration", "registration"]),
        ("ID|Ответственный|Теги|Дата создания|Бюджет", ["external_id", "responsible", "tags", "stated_at", "amount"]),
        ("Record ID|First Name|Last Name|Email|Salutation", ["external_id", "given_name", "family_name", "email", "title"]),
        ("Record ID|Deal Name|Deal Stage|Amount|Associated Contact|Close Date", ["external_id", "", "", "amount", "full_name", ""]),
        ("Обращение|Имя|Фамилия|Рабочий телефон|Домашний телефон|Адрес эл. почты|Пол", ["title", "given_name", "family_name", "phone:work", "phone:home", "email", "gender"]),
        ("FN|N|TEL;WORK|TEL;CELL|EMAIL;HOME|ADR;HOME|ORG|TITLE|UID|BDAY|CATEGORIES", ["full_name", "", "phone:work", "phone:mobile", "email:home", "address", "company", "job", "external_id", "birthday", "tags"]),
    ],
)  # fmt: skip
def test_exports_of_known_programs(headers: str, wanted: list[str]) -> None:
    assert targets(headers, "en") == wanted


def test_a_column_of_phones_is_phones_whatever_its_name() -> None:
    assert targets("Что-то|Ещё|Разное", "ru", RU[:3]) == ["full_name", "phone", "email"]


def test_a_table_without_headers_is_read_by_its_values() -> None:
    row = [*RU, "https://example.com", "ООО «Пример»", "@anna_example", "ул. Ленина, д. 5"]
    names = [f"column {place}" for place in range(1, len(row) + 1)]
    wanted = ["full_name", "phone", "email", "city", "", "website", "company", "telegram", "address"]
    assert [guess.target for guess in recognise(names, [row], "ru")] == wanted


def test_clear_values_overrule_a_header_and_the_confidence_says_so() -> None:
    swapped, plain = recognise(["Телефон", "Почта"], [["a@example.com", "b@example.com"]], "ru")
    assert (swapped.target, plain.target) == ("email", "email")
    assert "values" in swapped.why
    agreed = recognise(["Телефон"], [["+7 900 000-12-34"]], "ru")[0]
    doubted = recognise(["Телефон"], [["позвонить завтра"]], "ru")[0]
    assert doubted.target == agreed.target == "phone"
    assert doubted.confidence < 0.5 < agreed.confidence


def test_numbers_that_are_no_phones_stay_what_they_are() -> None:
    assert targets("ИНН|ОГРН|ID", "ru", ["9161234567", "1027700132195", "89161234567"]) == [
        "registration",
        "registration",
        "external_id",
    ]


def test_a_word_about_a_phone_is_no_phone() -> None:
    assert targets("Phone 1 - Type|Email status|IP address", "en", ["Work", "ok", "192.0.2.1"]) == ["", "", ""]
    assert targets("Phone type", "en", ["+44 20 7946 0018"]) == ["phone"]


def test_what_stands_in_brackets_says_less_than_what_stands_before_them() -> None:
    assert targets("Vorname (Adressattyp natürl. Person)|Bemerkung (Telefon)|Имя (телефон)", "de") == [
        "given_name", "request", "phone",
    ]  # fmt: skip


def test_a_column_under_a_title_is_what_it_is_called() -> None:
    assert targets("Место регистрации. Почтовый индекс|Услуга: Мойка", "ru") == ["postcode", ""]
    assert targets("Primarna adresa - grad", "bs") == ["city"]


def test_the_end_of_a_compound_says_what_it_is_unless_the_whole_is_known() -> None:
    headers = "Kontaktart Telefon|Zahlungsart|Schulbezeichnung|Szállítási díj"
    assert targets(headers, "de") == ["", "", "company", ""]


def test_names_and_places_of_things_are_not_those_of_the_person() -> None:
    headers = "Город мероприятия|Название курса|Телефон мероприятия|Emergency Contact Name|Place of Birth"
    assert targets(headers, "ru") == ["", "", "phone", "", ""]


def test_a_word_is_read_in_the_language_of_the_source_first() -> None:
    assert targets("Tier", "de") == [""]
    assert targets("Tier", "en") == ["tier"]


def test_values_rule_out_what_a_header_cannot_mean() -> None:
    rows = [["2026-03-14", "да", "3", "нет"], ["2026-04-02", "нет", "1", "да"]]
    assert targets("Город|Подтвердил почту|Участник|Телефон клиента", "ru", *rows) == ["", "", "", ""]


def test_names_of_another_service_are_no_telegram() -> None:
    assert targets("Instagram|Ник", "ru", ["@anna_example", "@anna_example"])[0] == ""


def test_our_own_people_are_no_contact_points() -> None:
    rows = [["manager@example.com", "admin@example.com"]]
    assert targets("Contact owner|Created by", "en", *rows) == ["responsible", ""]


def test_consent_is_never_guessed_from_answers() -> None:
    assert targets("Флаг", "ru", ["да"], ["нет"]) == [""]


def test_a_name_is_what_stands_beside_it() -> None:
    assert targets("Name|Vorname", "de") == ["family_name", "given_name"]
    assert targets("Name", "de", ["Muster GmbH"], ["Beispiel AG"]) == ["company"]
    assert targets("Имя", "ru", ["Анна"], ["Иван"]) == ["given_name"]
    assert targets("Имя", "ru", ["Анна Смирнова"], ["Иван Петров"]) == ["full_name"]


def test_the_mapping_leaves_attributes_out() -> None:
    assert mapping(recognise(["Тел.", "ОКВЭД"], [], "ru")) == {"Тел.": "phone"}


@settings(max_examples=60, deadline=None)
@given(
    headers=st.lists(st.text(max_size=30), max_size=8),
    rows=st.lists(st.lists(st.text(max_size=20) | st.none(), max_size=9), max_size=5),
    language=st.sampled_from(["ru", "en", "de", "hu", "ro", "bs", "hr", "sr", "xx"]),
)
def test_one_known_answer_for_each_column_of_anything(
    headers: list[str], rows: list[list[str | None]], language: str
) -> None:
    guesses = recognise(headers, rows, language)
    assert [guess.header for guess in guesses] == headers
    known = {"", "ignore", *FIELDS, *(f"{field}:{label}" for field in LABELLED for label in LABELS)}
    assert all(guess.target in known and 0 <= guess.confidence <= 1 and guess.why for guess in guesses)


def test_every_word_list_leads_to_a_field_or_is_settled() -> None:
    from sources.settled import SETTLE

    assert set(headwords.rank()) <= {*FIELDS, *SETTLE}
    assert set(headwords.read("headers")) - {"order"} == set(headwords.rank())
    assert set(headwords.read("labels")) == set(LABELS)


def test_the_wording_of_a_consent_is_not_the_answer():
    headers = ["Телефон", "Согласие", "Текст согласия"]
    rows = [["+79000000001", "да", "Я согласен получать предложения магазина по телефону"],
            ["+79000000002", "нет", "Я согласен получать предложения магазина по телефону"]]  # fmt: skip
    assert [guess.target for guess in recognise(headers, rows, "ru")] == ["phone", "consent", ""]


@pytest.mark.parametrize("language", ["ru", "en", "de", "hu", "ro", "bs"])
def test_our_own_deliveries_are_known(language):
    words = tomllib.loads((ROOT / "sales" / "data" / "headings.toml").read_text(encoding="utf-8"))["columns"]
    headers = [word[language] for word in words.values()]
    found = dict(zip(words, [guess.target for guess in recognise(headers, [], language)], strict=True))
    alike = (
        "family_name", "given_name", "company", "job", "phone", "email", "city", "region", "country", "language",
        "tier", "tags",
    )  # fmt: skip
    ours = dict(zip(alike, alike, strict=True)) | {
        "name": "full_name", "contact": "external_id", "other_phones": "phone", "other_phones_use": "ignore",
        "other_emails": "email", "messengers": "messenger",
    }  # fmt: skip
    assert {name: target for name, target in found.items() if target} == ours


@pytest.mark.parametrize("header", ["Моб.тел.", "Для связи", ""])
def test_cells_that_say_nothing_do_not_count_against_what_the_others_say(header):
    cells = ["-", "—", "n/a", "нет", "б/н", "8 916 123-45-67", "8 903 765-43-21"]
    guess = recognise([header], [[cell] for cell in cells], "ru")[0]
    assert guess.target == ("phone:mobile" if header == "Моб.тел." else "phone")
    assert guess.confidence > 0.9
    assert "-" not in guess.examples[:2]


def test_a_no_is_an_answer_all_the_same():
    assert shares(["да", "нет"], "ru")["yes_no"] == 1.0
    assert shares(["нет", "-"], "ru")["yes_no"] == 0.5


def test_what_says_nothing_is_what_a_reading_of_it_leaves_out():
    assert all(map(says_nothing, table("empty_markers")["words"]))
    assert not any(map(says_nothing, ("Нетто", "8 916 123-45-67", "Nema d.o.o.", "0")))
