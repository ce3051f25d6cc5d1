"""Amounts of money as leads state them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.money.cells import AMBIGUOUS, NOT_AN_AMOUNT, SEVERAL, WHICH_CURRENCY, Amount, read_amount, read_amounts
from enrich.tables import table
from leads import schema


@pytest.mark.parametrize(
    ("text", "language", "amount", "currency"),
    [
        ("1 234,50 ₽", "ru", "1234.50", "RUB"), ("1\u00a0234,50 ₽", "ru", "1234.50", "RUB"),
        ("1.234,50 €", "de", "1234.50", "EUR"), ("$1,234.50", "en", "1234.50", "USD"),
        ("12 тыс. руб.", "ru", "12000", "RUB"), ("12 т.р.", "ru", "12000", "RUB"), ("1,5 млн", "ru", "1500000", None),
        ("1,234 млн руб", "ru", "1234000", "RUB"), ("250 000 Ft", "hu", "250000", "HUF"),
        ("250.000 Ft", "hu", "250000", "HUF"), ("250.000 Ft", "ru", "250000", "HUF"),
        ("1,5 millió Ft", "hu", "1500000", "HUF"), ("200 eFt", "hu", "200000", "HUF"),
        ("1.200,00 RSD", "sr", "1200.00", "RSD"), ("1.200 дин.", "sr", "1200", "RSD"), ("KM 35,50", "bs", "35.50", "BAM"),
        ("12,345", "en", "12345", None), ("12.345", "de", "12345", None), ("12.345,6", None, "12345.6", None),
        ("1,234,567", "ru", "1234567", None), ("1'234.50 CHF", "de", "1234.50", "CHF"), ("0,345", "ru", "0.345", None),
        ("-500", "ru", "-500", None), ("−500 руб", "ru", "-500", "RUB"), ("(1,234.50)", "en", "-1234.50", None),
        ("1.234,50-", "de", "-1234.50", None), ("100,- €", "de", "100", "EUR"), ("EUR 100,--", "de", "100", "EUR"),
        ("0", "ru", "0", None), ("-0,00", "ru", "0.00", None), ("007", "ru", "7", None), ("3000.0", "ru", "3000.0", None),
        ("100 руб. 50 коп.", "ru", "100.50", "RUB"), ("1500р", "ru", "1500", "RUB"), ("1500 RUB", "en", "1500", "RUB"),
        ("15к", "ru", "15000", None), ("2 mii lei", "ro", "2000", "RON"), ("1.500 lei", "ro", "1500", "RON"),
        ("Итого: 5 000 руб.", "ru", "5000", "RUB"), ("2,5 Mio. Euro", "de", "2500000", "EUR"), ("$1.5M", "en", "1500000", "USD"),
        ("۱۲۳۴", "ru", "1234", None), ("１２３４，５０", "ru", "1234.50", None), ("35,50\u200e KM", "hr", "35.50", "BAM"),
    ],
)  # fmt: skip
def test_reads_an_amount(text: str, language: str | None, amount: str, currency: str | None) -> None:
    assert read_amount(text, language) == Amount(amount, currency)


@pytest.mark.parametrize(
    ("text", "language"),
    [("12,345", "ru"), ("12.345", "ru"), ("12,345", "de"), ("12.345", "en"), ("12,345 ₽", None)],
)
def test_a_sign_before_three_digits_is_not_guessed(text: str, language: str | None) -> None:
    assert read_amount(text, language) == Amount(flag=AMBIGUOUS)


@pytest.mark.parametrize(
    "text",
    ["от 10 до 20 тыс.", "10-20 тыс. руб.", "10 000 – 20 000", "до 500 000 руб.", "~ 500 €", "ca. 500 €", "from $500",
     "500 € bis 700 €", "1000 руб - 2000 руб"],
)  # fmt: skip
def test_a_range_is_no_single_amount(text: str) -> None:
    assert read_amount(text, "ru") == Amount(flag=SEVERAL)


@pytest.mark.parametrize(
    "text",
    ["договорная", "10%", "12 месяцев", "1,23,45", "1 23 456", "12 345 67", "100 € 100 $", "€ 100 $", "07.03.1985",
     "5" * 16, "1.5E+06", "8 (916) 123-45-67", "1.000,00,00", "5" * 1_000_000, "100 руб/мес", "(100", "--5", "руб.", "1 000 тыс млн млрд"],
)  # fmt: skip
def test_what_is_no_amount_is_flagged(text: str) -> None:
    assert read_amount(text, "ru") == Amount(flag=NOT_AN_AMOUNT)


@pytest.mark.parametrize("text", [None, "", "-", "нет", "n/a"])
def test_nothing_is_no_amount(text: str | None) -> None:
    assert read_amount(text, "ru") == Amount()


def test_a_currency_of_several_countries_is_not_guessed() -> None:
    assert read_amount("500 kr", "en") == Amount("500", None, WHICH_CURRENCY)


def test_a_spelling_has_one_currency() -> None:
    words = [word for words in table("currencies")["currencies"].values() for word in words]
    assert len(words) == len(set(words))
    assert not set(words) & {word for words in table("currencies")["powers"].values() for word in words}


@settings(deadline=None, max_examples=60)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_every_amount_is_read_back(value: Decimal) -> None:
    english, plain = f"{value:,}", f"{value}"
    german = english.translate(str.maketrans(",.", ".,"))
    texts = [f"${english}", f"{german} €", f"{german.replace('.', ' ')} ₽", plain]
    read = read_amounts(schema.texts(texts), schema.texts(["en", "de", "ru", None]))
    assert [Decimal(amount) for amount in read["amount"]] == [value] * 4


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80) | st.text(alphabet="0123456789.,'- ()руб€$млнтыс", max_size=30))
def test_any_text_is_read_or_flagged(text: str) -> None:
    amount, _, flag = read_amount(text, "ru")
    assert amount is None or (Decimal(amount).is_finite() and flag in (None, WHICH_CURRENCY))
