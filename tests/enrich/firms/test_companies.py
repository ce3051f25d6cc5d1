"""Companies and their legal forms."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.firms.companies import LONGEST, is_organisation, read_company, split_companies
from leads import schema


@pytest.mark.parametrize(
    ("text", "company", "form", "key"),
    [
        ("ООО «Ромашка»", "Ромашка", "ООО", "romashka"),
        ('ООО"Ромашка"', "Ромашка", "ООО", "romashka"),
        ('Общество с ограниченной ответственностью ТД "Весна"', "ТД Весна", "ООО", "tdvesna"),
        ("ПАО Пример", "Пример", "ПАО", "primer"),
        ("Пример, АО", "Пример", "АО", "primer"),
        ("ИП Примеров И. И.", "Примеров И. И.", "ИП", "primerovii"),
        ("Példa Építőipari Kft.", "Példa Építőipari", "Kft.", "peldaepitoipari"),
        ("PÉLDA KFT", "PÉLDA", "Kft.", "pelda"),
        ("Példa Zártkörűen Működő Részvénytársaság", "Példa", "Zrt.", "pelda"),
        ("Minta Bt.", "Minta", "Bt.", "minta"),
        ("Példa Péter e.v.", "Példa Péter", "e.v.", "peldapeter"),
        ("S.C. EXEMPLU S.R.L.", "EXEMPLU", "S.R.L.", "exemplu"),
        ("Exemplu SRL", "Exemplu", "S.R.L.", "exemplu"),
        ("Primjer d.o.o.", "Primjer", "d.o.o.", "primjer"),
        ("Primjer d. o. o.", "Primjer", "d.o.o.", "primjer"),
        ("Пример д.о.о.", "Пример", "d.o.o.", "primer"),
        ("j.d.o.o. Primjer", "Primjer", "j.d.o.o.", "primjer"),
        ("AD Primjer", "Primjer", "a.d.", "primjer"),
        ("Beispiel GmbH & Co. KG", "Beispiel", "GmbH & Co. KG", "beispiel"),
        ("Beispiel UG (haftungsbeschränkt)", "Beispiel", "UG", "beispiel"),
        ("Turnverein e.V.", "Turnverein", "e.V.", "turnverein"),
        ("Beispiel e. K.", "Beispiel", "e.K.", "beispiel"),
        ("Example, Inc.", "Example", "Inc.", "example"),
        ("Example Co., Ltd.", "Example", "Ltd", "example"),
        ("O'Neil's Garden plc", "O'Neil's Garden", "plc", "oneilsgarden"),
        ("Ромашка,ООО", "Ромашка", "ООО", "romashka"),
        ("«Ромашка» (ООО)", "Ромашка", "ООО", "romashka"),
        ("ип Примеров", "Примеров", "ИП", "primerov"),
        ("ФГБОУ ВО «Примерный университет»", "Примерный университет", "ФГБОУ ВО", "primernyyuniversitet"),
        ("ФГУП Пример", "Пример", "ФГУП", "primer"),
        ("ЧТУП Пример", "Пример", "ЧТУП", "primer"),
        ("ТОВ «Приклад»", "Приклад", "ТОВ", "priklad"),
        ("Пример ЕООД", "Пример", "ЕООД", "primer"),
        ("Példa Közhasznú Nonprofit Kft.", "Példa", "Nonprofit Kft.", "pelda"),
        ("Exemplu S.A.", "Exemplu", "S.A.", "exemplu"),
        ("Exemplu P.F.A.", "Exemplu", "P.F.A.", "exemplu"),
        ("Primjer d.o.o. Sarajevo", "Primjer Sarajevo", "d.o.o.", "primjersarajevo"),
        ("PRIMJER DOO BEOGRAD", "PRIMJER BEOGRAD", "d.o.o.", "primjerbeograd"),
        ("Филиал ООО Ромашка", "Филиал Ромашка", "ООО", "filialromashka"),
        ("ЈКП Пример", "Пример", "JKP", "primer"),
        ("Ana Primjer PR", "Ana Primjer", "PR", "anaprimjer"),
        ("Beispiel Handelsgesellschaft mbH", "Beispiel Handelsgesellschaft", "mbH", "beispielhandelsgesellschaft"),
        ("Beispiel GmbH & Co. OHG", "Beispiel", "GmbH & Co. OHG", "beispiel"),
        ("Beispiel eG", "Beispiel", "eG", "beispiel"),
        ("Beispiel e.U.", "Beispiel", "e.U.", "beispiel"),
        ("Example L.L.C.", "Example", "LLC", "example"),
        ("Przykład Sp. z o.o. Sp. k.", "Przykład", "Sp.k.", "przyklad"),
        ("Przykład Sp.k.", "Przykład", "Sp.k.", "przyklad"),
        ("СПК Пример", "Пример", "СПК", "primer"),
        ("Exemple SAS", "Exemple", "S.A.S.", "exemple"),
        # No forms: part of the name, or a word that only looks like one.
        ("Limited Example", "Limited Example", None, "limitedexample"),
        ("Пример ао", "Пример ао", None, "primerao"),
        ("ООО", "ООО", None, "ooo"),
        ("№ 1", "№ 1", None, "no1"),
    ],
)
def test_form_and_quotes_come_off(text: str, company: str, form: str | None, key: str) -> None:
    assert read_company(text) == (company, form, key)


@pytest.mark.parametrize("text", [None, "", "-", "нет", "n/a", '""', "«»"])
def test_an_empty_marker_is_no_company(text: str | None) -> None:
    assert read_company(text) == (None, None, None)


def test_one_company_in_two_alphabets_has_one_key() -> None:
    keys = {read_company(text).company_key for text in ("ООО «Пример Строй»", "PRIMER-STROY LLC", "Primer Stroy")}
    assert keys == {"primerstroy"}


def test_a_text_too_long_for_a_name_is_kept_without_a_key() -> None:
    text = "а" * (LONGEST + 1)
    assert read_company(text) == (text, None, None)


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("ООО Ромашка", True),
        ("Примерстрой ООО", True),
        ("АО Пример", True),
        ("Завод Пример", True),
        ("Hotel Exemplu", True),
        ("Аптека на углу", True),
        ("МБОУ СОШ № 1", True),
        ("Primjer d.o.o.", True),
        ("Domus Apotheke", True),
        ("Ana Bankov", False),
        ("Иванов НП", False),
        ("JP Example", False),
        ("Smith AB", False),
        ("Marko Centar Petrov", True),
        ("Beispiel AG", True),
        ("Иванов А. О.", False),
        ("Иванов А.Д.", False),
        ("Петров И.П.", False),
        ("Ionescu S.A.", False),
        ("Nagy Péter", False),
        ("Kovács Bence", False),
        ("Ag", False),
    ],
)
def test_an_organisation_in_a_name_column_is_seen(text: str, organisation: bool) -> None:
    assert is_organisation(text) is organisation


def test_a_frame_is_read_row_by_row() -> None:
    frame = pd.DataFrame(
        {"lead_id": schema.texts("abc"), "company": schema.texts(["Minta Kft.", None, "Minta Kft."])}
    )
    read = split_companies(frame)
    assert read["lead_id"].tolist() == ["a", "b", "c"]
    assert read["company"].tolist() == ["Minta", pd.NA, "Minta"]


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["ООО", "«", '"', "Kft.", "d.", "o.", "AG", "a", ","]), max_size=7).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    company = read_company(text)
    assert (company.company is None) <= (company.company_form is None)
    is_organisation(text)
