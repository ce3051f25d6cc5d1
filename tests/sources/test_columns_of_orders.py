"""Columns of titles, sexes, registration numbers and orders: by their headers, and by their values against them."""

from pathlib import Path

import pytest

from enrich.normalise import normalise
from leads import schema
from leads.pull import RESERVED
from leads.source import Source
from sources import tables
from sources.columns import mapping, recognise
from sources.mapping import state

NAMES = ["Примерова Анна", "Образцов Борис", "Тестова Вера"]
PHONES = ["+7 900 000-12-34", "8 900 000 12 35", "89000001236"]
DAYS = ["05.01.2026", "06.02.2026 10:15", "07.03.2026"]
COINS = ["1200,00", "350,50", "99,90"]
COUNTS = ["3", "12", "7"]
SEXES = {"ru": "мужской женский мужской", "en": "Female Male Non-binary", "de": "männlich weiblich divers",
         "hu": "férfi nő férfi", "ro": "masculin feminin masculin", "hr": "Ž M Ž", "sr": "мушки женски мушки"}  # fmt: skip
FORMS = {"ru": "г-н г-жа д.м.н.", "en": "Mr. Ms. Dr.", "de": "Herr Frau Dr.", "hu": "Úr Hölgy Dr.", "ro": "Dl Dna Dr.",
         "hr": "gđa g. dr.", "sr": "гђа г. др"}  # fmt: skip


def found(header: str, values: list[str], language: str) -> str:
    """What a column becomes beside one of names and one of phones."""
    rows = [list(row) for row in zip(NAMES, PHONES, values, strict=True)]
    _, phones, guess = recognise(["column 1", "column 2", header], rows, language)
    assert phones.target == "phone" or language != "ru"
    return guess.target


@pytest.mark.parametrize(
    ("language", "headers"),
    [
        ("ru", "Пол|Пол (М/Ж)|Пол клиента"), ("en", "Gender|Sex|customer_gender"), ("de", "Geschlecht|Geschlecht (m/w/d)"),
        ("hu", "Nem|Neme"), ("ro", "Gen|Sex|Sexul"), ("hr", "Spol"), ("sr", "Pol|Пол"),
    ],
)  # fmt: skip
def test_sexes(language: str, headers: str) -> None:
    for header in headers.split("|"):
        assert found(header, SEXES[language].split(), language) == "gender"
        assert found(header, ["М", "Ж", "М"], language) == "gender"


@pytest.mark.parametrize(
    ("language", "header", "values"),
    [
        ("hu", "Nem", "igen nem igen"), ("ro", "Gen", "rock pop jazz"), ("ru", "Пол", "ламинат плитка паркет"),
        ("ru", "Пол ребенка", "М Ж М"), ("en", "T-shirt size", "M L S"), ("ru", "column 3", "М М М"),
    ],
)  # fmt: skip
def test_what_is_no_sex_of_the_person(language: str, header: str, values: str) -> None:
    assert found(header, values.split(), language) == ""


@pytest.mark.parametrize(
    ("language", "headers"),
    [
        ("ru", "Обращение|Учёная степень"), ("en", "Title|Salutation|Name Prefix"), ("de", "Anrede|Titel|Kunde Anrede"),
        ("hu", "Megszólítás|Titulus|Cím"), ("ro", "Titlu|Apelativ"), ("hr", "Naslov|Oslovljavanje"), ("sr", "Титула"),
    ],
)  # fmt: skip
def test_titles(language: str, headers: str) -> None:
    for header in [*headers.split("|"), "column 3", "Foo"]:
        assert found(header, FORMS[language].split(), language) == "title"


def test_a_title_that_is_none() -> None:
    assert found("Titel", ["Geschäftsführer", "Vertriebsleiter", "Einkäuferin"], "de") == "job"
    assert found("Обращение", ["Не работает сайт", "Когда доставят заказ?", "Прошу перезвонить"], "ru") != "title"
    headers = ["Anrede", "Titel", "Vorname", "Nachname", "Versand_Anrede"]
    guesses = recognise(headers, [["Frau", "Dr.", "Anna", "Muster", "Herr"]], "de")
    assert [guess.target for guess in guesses] == ["title", "title", "given_name", "family_name", ""]


@pytest.mark.parametrize(
    ("language", "headers", "values"),
    [
        ("ru", "ИНН|ИНН/КПП|ИНН организации|Реквизиты: ИНН|INN", "7707083893 500100732259 7728168971"),
        ("ru", "КПП|ОГРН|УНП|БИН/ИИН", "773601001 1027700132195 000140000001"),
        ("en", "VAT|VAT number|Tax ID|TaxNumber", "GB123456789 DE123456789 123456782"),
        ("de", "USt-IdNr.|UStID|Umsatzsteuer-ID|UID-Nummer|UID|EU-UStID", "DE123456789 ATU12345678 DE987654321"),
        ("hu", "Adószám|EU adószám|Partner adószáma", "12345678-2-41 23456789-1-09 HU12345678"),
        ("hu", "Cégjegyzékszám", "01-09-123456 09-06-000002 13-09-000111"),
        ("ro", "CUI|CIF|C.U.I.|Cod fiscal|cod_fiscal", "RO10000008 14399840 6859662"),
        ("ro", "Nr. Reg. Com.|Reg. Com.|J", "J40/1/2001 J12/234/2003 F22/3/2010"),
        ("bs", "JIB|ЈИБ|Identifikacioni broj|PDV broj", "4200000000001 4200000000002 4400000000003"),
        ("hr", "OIB|Porezni broj|PDV ID broj", "69435151530 94577403194 00000000001"),
        ("sr", "PIB|ПИБ|Матични број|MB", "101134702 100002284 101134703"),
    ],
)
def test_registration_numbers(language: str, headers: str, values: str) -> None:
    for header in headers.split("|"):
        assert found(header, values.split(), language) == "registration", header


@pytest.mark.parametrize(
    ("language", "header", "values"),
    [
        ("ru", "КПП", "АКПП|МКПП|АКПП"), ("ru", "БИК", "044525225|044525974|044525593"),
        ("ru", "Р/с", "40702810900000012345|40702810900000012346|40702810900000012347"),
        ("ru", "Паспорт", "4509 123456|4510 123456|4511 654321"), ("ru", "ОКВЭД", "46.73|43.31|47.52"),
        ("ru", "СНИЛС", "112-233-445 95|112-233-445 96|112-233-445 97"), ("ru", "ОКПО", "00032537|12345678|87654321"),
        ("ru", "ИНН банка", "7707083893|7728168971|7710140679"), ("en", "VAT", "20%|0%|5%"), ("en", "VAT", "yes|no|yes"),
        ("en", "VAT amount", "20.00|3.50|1200.00"), ("de", "IBAN", "DE02120300000000202051|DE02500105170137075030|x"),
        ("bs", "Matični broj", "0101980123456|0202980123456|0101980123457"), ("hr", "MB", "12 MB|15 MB|7 MB"),
        ("hu", "Adóazonosító jel", "8123456789|8234567890|8345678901"),
        ("hu", "Adószám", "8123456789|8234567890|8345678901"), ("en", "Company number", "05012345|05012346|05012347"),
    ],
)  # fmt: skip
def test_numbers_that_register_nobody(language: str, header: str, values: str) -> None:
    assert found(header, values.split("|"), language) == ""


@pytest.mark.parametrize(
    ("header", "values", "wanted"),
    [
        ("ИНН", ["500100732259", "773300012345", "771234567890"], "registration"),
        ("ИНН", ["+7 900 000-12-34", "8 (900) 000-12-35", "+79000001236"], "phone"),
        ("ИНН", ["79000001234", "89000001235", "79000001236"], "phone"),
        ("Телефон", ["7707083893", "500100732259", "7728168971"], "phone"),
        ("column 3", ["89000001234", "79000001235", "89000001236"], "phone"),
        ("Индекс", ["170000", "101000", "420000"], "postcode"),
        ("Дата рождения", ["05.01.1985", "06.02.1990", "07.03.1975"], "birthday"),
    ],
)
def test_no_phone_is_missed_for_a_number(header: str, values: list[str], wanted: str) -> None:
    assert found(header, values, "ru") == wanted


@pytest.mark.parametrize(
    ("language", "headers"),
    [
        ("ru", "Дата заказа|Последний заказ|Дата покупки|дата_последнего_заказа"), ("en", "Order Date|Last order|purchase-date"),
        ("de", "Bestelldatum|Letzte Bestellung|Kaufdatum"), ("hu", "Rendelés dátuma|Utolsó vásárlás"),
        ("ro", "Data comenzii|Ultima comandă"), ("hr", "Datum narudžbe|Zadnja kupnja"), ("sr", "Датум поруџбине"),
    ],
)  # fmt: skip
def test_days_of_orders(language: str, headers: str) -> None:
    for header in headers.split("|"):
        assert found(header, DAYS, language) == "ordered_on", header
        assert found(header, ["1001", "1002", "1003"], language) != "ordered_on", header


@pytest.mark.parametrize(
    ("language", "headers"),
    [
        ("ru", "Сумма заказа|Сумма заказа, руб.|Сумма покупок|Стоимость заказа"), ("en", "Order Total|Deal Amount|Grand Total"),
        ("de", "Bestellwert|Gesamtbetrag|Auftragssumme (€)"), ("hu", "Végösszeg|Rendelés összege"),
        ("ro", "Total comandă|Valoarea comenzii"), ("hr", "Iznos narudžbe|Ukupan iznos"), ("sr", "Износ поруџбине"),
    ],
)  # fmt: skip
def test_money_of_orders(language: str, headers: str) -> None:
    for header in headers.split("|"):
        assert found(header, COINS, language) == "amount", header
        assert found(header, ["наличные", "картой", "счёт"], language) == "", header


@pytest.mark.parametrize(
    ("language", "header"),
    [("ru", "Сумма"), ("en", "Total"), ("de", "Betrag"), ("hu", "Összeg"), ("ro", "Suma"), ("hr", "Ukupno")],
)
def test_a_sum_of_anything_is_money_if_it_is_written_so(language: str, header: str) -> None:
    rows = [[*row] for row in zip(NAMES, COINS, strict=True)]
    guess = recognise(["column 1", header], rows, language)[1]
    assert (guess.target, guess.confidence) == ("amount", 0.6)
    assert found(header, COUNTS, language) == ""


def test_sums_and_days_of_other_things() -> None:
    others = "Сумма просмотров|Сумма баллов|Средний чек|Сумма долга|Количество заказов|Цена"
    assert [found(header, COINS, "ru") for header in others.split("|")] == [""] * 6
    assert found("Дата", DAYS, "ru") == "stated_at"
    assert found("Дата доставки заказа", DAYS, "ru") == ""


def test_of_what_a_lead_has_one_the_surest_column_is_taken() -> None:
    headers = ["ФИО", "Сумма", "Сумма заказа", "Дата заказа", "Последний заказ"]
    rows = [["Примерова Анна", "10,00", "12,50", "05.01.2026", "06.02.2026"]]
    guesses = recognise(headers, rows, "ru")
    assert [guess.target for guess in guesses] == ["full_name", "", "amount", "ordered_on", ""]


def test_the_only_date_beside_a_consent_is_that_of_the_consent() -> None:
    rows = [["+7 900 000-12-34", "да", "05.01.2026"], ["+7 900 000-12-35", "нет", "06.02.2026"]]
    guesses = recognise(["Телефон", "Согласие", "Дата заказа"], rows, "ru")
    assert [guess.target for guess in guesses] == ["phone", "consent", "stated_at"]


def test_a_base_of_buyers_from_the_file_to_the_leads(tmp_path: Path) -> None:
    file = tmp_path / "buyers.csv"
    file.write_text(
        "ФИО;Пол;КПП;ИНН;Телефон;Дата заказа;Сумма заказа\r\n"
        "Примерова Анна Ивановна;ж;;500100732259;8 (900) 000-12-34;05.01.2026;1 200,50\r\n"
        "Образцов Борис Петрович;м;773601001;7707083893;89000001235;16.02.2026;350 руб.\r\n",
        encoding="cp1251",
    )
    options = {
        "name": "buyers", "title": "Buyers", "kind": "purchased_base", "owner": "nobody", "licence": "none",
        "legal_basis": "none", "from_person": False, "region": "RU", "language": "ru", "pull": {"file": str(file)},
    }  # fmt: skip
    frame = next(iter(tables.read(Source.model_validate(options))))
    headers = [name for name in frame.columns if name not in RESERVED]
    columns = mapping(recognise(headers, frame[headers].to_numpy().tolist(), "ru"))
    assert list(columns.values()) == [
        "full_name", "gender", "registration", "registration", "phone", "ordered_on", "amount"
    ]  # fmt: skip

    source = Source.model_validate({**options, "columns": columns})
    landed = frame[headers].set_axis([f"f{place}" for place in range(len(headers))], axis=1).assign(
        row=range(len(frame)), record_key=["1", "2"], content=["1", "2"], occurred_at=None, source_uri=None, note=None
    )  # fmt: skip
    texts = {name: schema.TEXT for name in landed.columns if name != "row"}
    leads, points = normalise(
        state(landed.astype({**texts, "row": schema.INT}), headers, source), region="RU", language="ru"
    )
    assert leads[["family_name", "gender", "registrations", "ordered_on", "amount", "currency"]].astype(object).where(
        lambda cell: cell.notna(), None
    ).to_numpy().tolist() == [
        ["Примерова", "female", "RU-INN:500100732259", "2026-01-05", "1200.50", None],
        ["Образцов", "male", "RU-INN:7707083893|RU-KPP:773601001", "2026-02-16", "350", "RUB"],
    ]  # fmt: skip
    assert points["value"].tolist() == ["+79000001234", "+79000001235"]
