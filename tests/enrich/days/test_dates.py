"""Plain days as leads state them, in every language's spelling."""

import importlib
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.days.dates import FAR, NO_YEAR, proven_order, read_days
from enrich.days.written import AMBIGUOUS, NOT_A_DATE
from enrich.tables import table
from leads import schema


def read(text: str | None, language: str | None = None, order: str | None = None) -> tuple[str | None, str | None]:
    row = read_days(schema.texts([text]), schema.texts([language]), order).astype(object).iloc[0]
    return tuple(None if pd.isna(value) else value for value in row)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("07.03.1985", "ru"), ("7.3.1985", "de"), ("07.03.1985.", "bs"), ("7. 3. 1985.", "hr"), ("07.03.85", "ro"),
        ("07.03.1985", "en"), ("07/03/1985", "ro"), ("07-03-1985", "de"), ("07 03 1985", "ru"), ("7/3/85", "sr"),
        ("1985. 03. 07.", "hu"), ("1985.03.07", "hu"), ("1985/03/07", "en"), ("1985-3-7", "en"), ("85.03.07.", "hu"),
        ("85-03-07", None), ("19850307", None), ("07031985", "ru"), ("31113", "ru"), ("31113.0", None),
        ("31113,25", "de"), ("1985-03-07 00:00:00", None), ("1985-03-07T14:10:00+02:00", None),
        ("07.03.1985 0:00", "ru"), ("7.3.1985, 14:10:05", "ru"), ("03/07/1985 2:10 PM", "hu-no"),
        ("7 марта 1985 г.", "ru"), ("7 март 1985", None), ("7 МАРТА 1985 года", "ru"), ("7-мар-1985", "ru"),
        ("четверг, 7 марта 1985", "ru"), ("07 марта 85", "ru"), ("7 березня 1985 р.", "uk"),
        ("7. März 1985", "de"), ("7. Maerz 1985", "de"), ("Donnerstag, 7. März 1985", "de"), ("7.Mrz.1985", "de"),
        ("1985. március 7.", "hu"), ("1985. marcius 7", "hu"), ("1985. márc. 7-én", "hu"), ("1985.III.7.", "hu"),
        ("7 martie 1985", "ro"), ("7-mar-1985", "ro"), ("7 mar. 1985", "ro"),
        ("7. ožujka 1985.", "hr"), ("7. ozujka 1985", "hr"), ("7. marta 1985. godine", "bs"), ("7. март 1985", "sr"),
        ("7. марта 1985. г.", "sr"), ("7. III 1985.", "bs"),
        ("7 March 1985", "en"), ("March 7, 1985", "en"), ("Mar 7th, 1985", "en"), ("7th of March 1985", "en"),
        ("Thu Mar 07 1985", "en"), ("07-Mar-85", "en"),
        ("۰۷.۰۳.۱۹۸۵", "ru"), ("０７．０３．１９８５", "ru"), ("٠٧/٠٣/١٩٨٥", "de"), ("07.03.1985\u200e", "ru"),
        ("07\u00a0марта\u00a01985", "ru"), ("\u202e07.03.1985", "ru"),
    ],
)  # fmt: skip
def test_reads_a_day(text: str, language: str | None) -> None:
    if language == "hu-no":
        assert read(text, None, "month") == ("1985-03-07", None)
    else:
        assert read(text, language) == ("1985-03-07", None)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("13/07/2026", "en", "2026-07-13"),
        ("07/13/2026", "en", "2026-07-13"),
        ("07/13/2026", "ru", "2026-07-13"),
        ("07/07/2026", "en", "2026-07-07"),
        ("1. listopada 2026.", "hr", "2026-10-01"),
        ("1 листопада 2026", "uk", "2026-11-01"),
        ("29.02.2024", "ru", "2024-02-29"),
        ("29.02.00", "ru", "2000-02-29"),
        ("07.03.68", "ru", "2068-03-07"),
        ("07.03.69", "ru", "1969-03-07"),
    ],
)
def test_reads_what_is_certain(text: str, language: str, day: str) -> None:
    assert read(text, language) == (day, None)


@pytest.mark.parametrize(
    ("text", "language"),
    [("03/07/1985", "en"), ("03/07/1985", None), ("03-07-85", "en"), ("08-03-07", "de"), ("08.03.07", "hu")],
)
def test_ambiguous_days_are_not_guessed(text: str, language: str | None) -> None:
    assert read(text, language) == (None, AMBIGUOUS)


@pytest.mark.parametrize(
    "text",
    ["31.02.1985", "00.03.1985", "13.13.1985", "1985-13-02", "29.02.2023", "7 мартобря 1985", "вчера", "1985", "45",
     "+79161234567", "07.03.1985 25:00", "07.03.1985 - 09.03.1985", "07.03.1985 и позже", "1" * 1_000_000, "7.3.5"],
)  # fmt: skip
def test_what_is_no_day_is_flagged(text: str) -> None:
    assert read(text, "ru") == (None, NOT_A_DATE)


@pytest.mark.parametrize(
    ("text", "flag"),
    [("7 марта", NO_YEAR), ("07.03.", NO_YEAR), ("01.01.1700", FAR), ("01.01.2999", FAR), ("29.02.", NO_YEAR), (None, None), ("-", None),
     ("нет", None), ("0000-00-00", None), ("00.00.0000 00:00", None), ("01.01.0001 0:00:00", None)],
)  # fmt: skip
def test_a_day_that_is_not_one(text: str | None, flag: str | None) -> None:
    assert read(text, "ru") == (None, flag)


def test_a_column_may_prove_its_order() -> None:
    assert proven_order(schema.texts(["03/07/2026", "13/07/2026", "2026-07-13", None])) == "day"
    assert proven_order(schema.texts(["03/07/2026", "07/13/2026", "x"])) == "month"
    assert proven_order(schema.texts(["13/07/2026", "07/13/2026"])) is None
    assert proven_order(schema.texts(["03/07/2026", "07/07/2026", "31.31.2026"])) is None
    assert read("03/07/2026", "en", "day") == ("2026-07-03", None)
    assert read("03/07/2026", "ru", "month") == ("2026-03-07", None)


# How many of the twelve months CLDR's names of the language are written like.
@pytest.mark.parametrize("language", ["ru", "uk", "en", "de", "hu", "ro", "bs-Latn", "hr", "sr-Cyrl", "sr-Latn"])
def test_the_months_are_those_of_cldr(language: str) -> None:
    module = importlib.import_module(f"dateparser.data.date_translation_data.{language}")
    names = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
             "november", "december")  # fmt: skip
    for number, name in enumerate(names, start=1):
        words = [word for word in module.info[name] if word.isalpha() and len(word) > 2]
        assert words
        for word in words:
            assert read(f"17 {word} 2026") == (f"2026-{number:02d}-17", None), word


def test_a_spelling_has_one_month() -> None:
    seen: dict[str, int] = {}
    for names in table("months")["months"].values():
        assert len(names) == 12
        for number, words in enumerate(names):
            assert all(seen.setdefault(word, number) == number for word in words.split()), words


@settings(deadline=None, max_examples=50)
@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)), st.sampled_from(["ru", "hu", "en", "sr"])
)
def test_every_day_is_read_back(day: date, language: str) -> None:
    serial = (day - date(1899, 12, 30)).days
    spelled = [f"{day:%Y-%m-%d}", f"{day:%d.%m.%Y}", f"{day:%Y. %m. %d.}", f"{day:%d %B %Y}", f"{day:%b %d, %Y}"]
    spelled += [str(serial)] * (10_000 <= serial < 73_000)
    assert [read(text, language)[0] for text in spelled] == [day.isoformat()] * len(spelled)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=80) | st.text(alphabet="0123456789.-/ ,:TZмартай+", max_size=30))
def test_any_text_is_read_or_flagged(text: str) -> None:
    day, flag = read(text, "ru")
    assert day is None or (flag is None and date.fromisoformat(day) <= date.max)


def test_a_bad_neighbour_changes_nothing() -> None:
    good = ["07.03.1985", "7 марта 1985", "31113"]
    bad = ["\x00", "9" * 1_000_000, "\u202e" * 500, "7.3.\x00", "м" * 1_000_000]
    mixed = schema.texts([text for pair in zip(good, bad, strict=False) for text in pair])
    days = read_days(mixed, schema.texts(["ru"] * len(mixed)))["day"]
    assert days[::2].tolist() == ["1985-03-07"] * 3
