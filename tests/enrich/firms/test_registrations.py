"""Registration numbers: what they are, and whether they can be."""

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.firms.registrations import LONGEST, NOT_UNDERSTOOD, NOT_VALID, read_numbers, read_registrations
from enrich.folding import folded
from enrich.tables import table
from leads import schema

# Numbers are those of python-stdnum's own documentation, or made up to fit.


@pytest.mark.parametrize(
    ("text", "country", "registrations"),
    [
        ("ИНН 1234567894 / КПП 123401001", "RU", "RU-INN:1234567894|RU-KPP:123401001"),
        ("ИНН/КПП: 1234567894/123401001", None, "RU-INN:1234567894|RU-KPP:123401001"),
        ("1234567894/123401001", "RU", "RU-INN:1234567894|RU-KPP:123401001"),
        ("1234567894 123401001", "RU", "RU-INN:1234567894|RU-KPP:123401001"),
        ("и.н.н.: 123456789047", None, "RU-INN:123456789047"),
        ("12 34 56 78 94", "RU", "RU-INN:1234567894"),
        ("1234567894.0", "RU", "RU-INN:1234567894"),
        ("ОГРН 1022200525819, ИНН 1234567894", None, "RU-INN:1234567894|RU-OGRN:1022200525819"),
        ("ИНН 1234567894 р/с 40702810900000000001 БИК 044525225", "RU", "RU-INN:1234567894"),
        ("Adószám: 12892312-2-42", None, "HU-ANUM:12892312"),
        ("12892312-2-42", "HU", "HU-ANUM:12892312"),
        ("HU12892312", None, "HU-ANUM:12892312"),
        ("Cg. 01-09-123456", "HU", "HU-CJSZ:0109123456"),
        ("CUI 18547290", None, "RO-CUI:18547290"),
        ("RO 18547290, J40/123/2001", None, "RO-CUI:18547290|RO-ONRC:J40/123/2001"),
        ("C.I.F.: RO18547290; Nr. Reg. Com. J12/123/2010", "RO", "RO-CUI:18547290|RO-ONRC:J12/123/2010"),
        ("18547290", "RO", "RO-CUI:18547290"),
        ("JIB: 4200000000005, PDV broj: 200000000005", "BA", "BA-JIB:4200000000005|BA-PDV:200000000005"),
        ("ЈИБ 4200000000005", None, "BA-JIB:4200000000005"),
        ("ПИБ: 101134702, МБ: 20000000", "RS", "RS-MB:20000000|RS-PIB:101134702"),
        ("101134702", "RS", "RS-PIB:101134702"),
        ("OIB: 33392005961", None, "HR-OIB:33392005961"),
        ("HR33392005961", None, "HR-OIB:33392005961"),
        ("USt-IdNr.: DE 136 695 976", None, "DE-VAT:136695976"),
        ("Amtsgericht Chemnitz, HRB 14011", "DE", "DE-HR:Chemnitz HRB 14011"),
        ("ЕИК 175074752", None, "BG-EIK:175074752"),
        ("ATU57194903", None, "AT-VAT:U57194903"),
        ("FR61 954 506 077", None, "FR-VAT:61954506077"),
        ("УНП 200988541", None, "BY-UNP:200988541"),
        ("ЄДРПОУ 32855961", None, "UA-EDRPOU:32855961"),
    ],
)  # fmt: skip
def test_a_number_is_what_its_label_its_letters_or_its_country_say(
    text: str, country: str | None, registrations: str
) -> None:
    assert read_numbers(text, country) == (registrations, None)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("ИНН 1234567895", None), ("1234567895", "RU"), ("ОГРН 1022500001328", None), ("HU12892313", None),
        ("OIB 33392005962", None), ("ПИБ 101134703", None), ("CUI 18547291", None), ("DE136695978", None),
        ("ИНН 12345", None),
    ],
)  # fmt: skip
def test_a_number_that_fails_its_check_is_left_out_and_flagged(text: str, country: str | None) -> None:
    assert read_numbers(text, country) == (None, NOT_VALID)


def test_a_bad_number_beside_a_good_one_leaves_the_good_one() -> None:
    assert read_numbers("ИНН 1234567894, ОГРН 1022500001328", None) == ("RU-INN:1234567894", NOT_VALID)


@pytest.mark.parametrize(
    ("text", "registrations"),
    [
        ("274062111", "RU-INN:0274062111"),
        ("ИНН 274062111", "RU-INN:0274062111"),
        # The check digit says otherwise: a KPP alone, and nothing at all.
        ("274062112", None),
    ],
)
def test_a_lost_zero_comes_back_only_where_the_check_digit_says_so(text: str, registrations: str | None) -> None:
    assert read_numbers(text, "RU").registrations == registrations


@pytest.mark.parametrize(
    "text", ["abc", "ИНН нет", "БИК 044525225", "тел. 84950000000", "1" * (LONGEST + 1), "12"]
)
def test_what_is_no_registration_is_flagged_and_never_guessed(text: str) -> None:
    assert read_numbers(text, "RU") == (None, NOT_UNDERSTOOD)


@pytest.mark.parametrize("text", [None, "", "-", "нет"])
def test_nothing_stated_is_no_registration(text: str | None) -> None:
    assert read_numbers(text, "RU") == (None, None)


def test_a_bare_number_without_a_country_is_not_guessed() -> None:
    assert read_numbers("1234567894", None) == (None, NOT_UNDERSTOOD)


def test_a_frame_is_read_row_by_row() -> None:
    cells = pd.DataFrame(
        {
            "lead_id": schema.texts("abc"),
            "text": schema.texts(["1234567894", None, "33392005961"]),
            "country": schema.texts(["RU", "RU", "HR"]),
        }
    )
    read = read_registrations(cells)
    assert read["lead_id"].tolist() == ["a", "b", "c"]
    assert read["registrations"].fillna("").tolist() == ["RU-INN:1234567894", "", "HR-OIB:33392005961"]


def test_every_label_has_one_meaning_within_a_country() -> None:
    seen: dict[tuple[str, str], str] = {}
    for kind in table("registrations")["kind"]:
        for label in kind["labels"]:
            assert seen.setdefault((kind["country"], folded(label)), kind["name"]) == kind["name"], label


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            ["ИНН", "/", "КПП", "1234567894", "RO", "J40/1/2001", "HRB", "12", " ", "-", ".", "U", "DE"]
        )
    ).map("".join),
    st.sampled_from([None, "RU", "RO", "DE", "ZZ"]),
)
def test_any_text_is_read(text: str, country: str | None) -> None:
    read = read_numbers(text, country)
    assert read.registrations is None or all(":" in number for number in read.registrations.split("|"))


@pytest.mark.parametrize(
    "text", ["1" * 1_000_000, "ИНН " * 250_000, "\ud800" * 200, "1\x00" * 200, "A.-" * 160, "1 " * 240]
)
def test_bad_input_is_read_in_time(text: str) -> None:
    read_numbers("ИНН 1234567894", "RU")
    started = time.process_time()
    read_numbers(text, "RU")
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize(
    ("lines", "registrations"),
    [
        ("КПП: 773601001\nИНН: 7707083893", "RU-INN:7707083893|RU-KPP:773601001"),
        ("ИНН КПП: 7707083893\nОГРН: 1027700132195", "RU-INN:7707083893|RU-OGRN:1027700132195"),
        ("ИНН\n7707083893", "RU-INN:7707083893"),
    ],
)
def test_a_label_is_that_of_its_own_line(lines: str, registrations: str) -> None:
    assert read_numbers(lines, "RU") == (registrations, None)
