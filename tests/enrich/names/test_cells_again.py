"""Names in columns of their own, and a name read again from the columns that a delivery writes it in."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich import text as text_lines
from enrich.names.cells import read_name
from leads import schema


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        (("Herr", "Anna", None), ("Herr", "Anna", None)),
        (("Mř", "Ūr", None), ("Mř", "Ūr", None)),
        (("Jr", "Anna", None), ("Jr", "Anna", None)),
        (("Dr. Herr", "Anna", None), ("Herr", "Anna", "Dr.")),
        (("(Blak)", "Anna", None), ("Blak", "Anna", None)),
        (("'Blak'", "Anna", None), ("Blak", "Anna", None)),
        (("born", "anna", None), ("Born", "Anna", None)),
        ((None, "Herr", None), (None, "Herr", None)),
        # A salutation in the column of given names, and a mark.
        (("Blak", "Frau", None), ("Blak", None, "Frau")),
        (("Blak", "Jr", None), ("Blak Jr", None, None)),
        (("Blak Anna", "Frau", None), ("Blak", "Anna", "Frau")),
        (("Dr.", "Anna", None), (None, "Anna", "Dr.")),
        (("van der Blak", None, None), ("van der Blak", None, None)),
        ((None, "Dr. Blakov", None), (None, "Blakov", "Dr.")),
    ],
)
def test_a_column_of_its_own_keeps_a_name_that_is_a_title_too(
    cells: tuple[str | None, ...], parts: tuple[str | None, ...]
) -> None:
    name = read_name(None, *cells, "de")
    assert (name.family_name, name.given_name, name.title) == parts


@pytest.mark.parametrize("full", ["Blakov", "Dr. Blakov", "BLAKOV"])
def test_a_full_name_that_is_one_column_again_leaves_it_there(full: str) -> None:
    assert read_name(full, None, "Blakov", None, "ru")[1:3] == (None, "Blakov")
    assert read_name(full, "Blakov", None, None, "ru").title == ("Dr." if full.startswith("Dr.") else None)
    assert read_name("Ann Blakov", None, "Blakov", None, "ru")[1:3] == ("Blakov", "Ann")


letters = st.text(st.characters(categories=["L"], include_characters=" -'’."), max_size=12)
SPECIAL = (
    "Иван Иванович ПЕТРОВ Anna Nagyné O'Neil И. Y. Li LI Herr Graf Dr. dr mr Ďł к.т.н. Jr JR. III ifj. мл. von VON la née né "
    "geb. оглы ( ' , & и ооо inc test İ"
)
words = st.one_of(
    letters, letters.map(str.title), letters.map(str.upper), letters.map(str.lower)
) | st.sampled_from(SPECIAL.split())
cells = st.lists(words, max_size=4).flatmap(lambda some: st.sampled_from([" ", "."]).map(lambda by: by.join(some)))
READ_AGAIN = ("family_name", "given_name", "patronymic", "family_key", "given_key", "flags")


def shown(text: str | None) -> str | None:
    return (text and text_lines.one_line(pd.Series([text], dtype=schema.TEXT)).fillna("")[0]) or None


@given(
    st.tuples(cells, st.none(), st.none(), st.none()) | st.tuples(st.none(), *[st.none() | cells] * 3),
    st.sampled_from(["ru", "hu", "de", "bs", "ro", ""]),
)
def test_a_name_read_again_from_its_parts_is_the_same(stated: tuple[str | None, ...], language: str) -> None:
    first = read_name(*map(shown, stated), language)
    if not first.flags:
        parts = map(shown, (first.family_name, first.given_name, first.patronymic))
        again = read_name(None, *parts, language)
        assert [getattr(again, of) for of in READ_AGAIN] == [getattr(first, of) for of in READ_AGAIN]
