import pytest

from leads.pull import RESERVED
from sources import headers


def test_header_row_is_the_first_with_half_of_the_expected() -> None:
    rows = [["List of visitors"], ["", ""], ["Name", "phone\nnumber", "x"], ["Name", "Phone number", "E-mail"]]
    assert headers.find(rows, ["name", "Phone number", "E-mail", "Firm"]) == 2
    assert headers.find(rows, ["name", "Phone number", "E-mail"]) == 2
    assert headers.find(rows, ["Firm", "Town"]) is None


def test_without_expectation_the_first_row_with_text_is_the_header() -> None:
    assert headers.find([["", " "], ["a", ""]], []) == 1
    assert headers.find([[""]], []) is None


def test_header_is_not_looked_for_beyond_thirty_rows() -> None:
    rows = [["x"]] * headers.HEADER_ROWS + [["phone"]]
    assert headers.find(rows, ["phone"]) is None
    assert headers.find(rows[1:], ["phone"]) == headers.HEADER_ROWS - 1


def test_names_are_unique_and_never_reserved() -> None:
    named = headers.named(["\ufeffTel", "Tel", "", "Tel (2)", "@key", " Tel "])
    assert named == ["Tel", "Tel (2)", "column 3", "Tel (2) (2)", "@key (2)", "Tel (3)"]
    assert not set(named) & set(RESERVED)


@pytest.mark.parametrize("other", ["E-MAIL", " e-mail\n", "\ufeffE-mail", "E-mail\u00a0"])
def test_headers_are_compared_without_case_and_blanks(other: str) -> None:
    assert headers.folded(other) == headers.folded("E-mail")


RECORDS = [
    ["ООО «Пример»", "8 (900) 000-12-34", "info@example.com", "Тверь"],
    ["ООО «Тест»", "8 900 0001235", "a@example.com", "Клин"],
]


def test_a_header_in_the_middle_below_a_preamble():
    rows = [
        ["Отчёт за май", "", "", ""],
        [],
        ["", "Составил отдел закупок", "", ""],
        ["Компания", "Тел.", "E-mail", "Город"],
        *RECORDS,
    ]
    assert headers.locate(rows, []) == headers.Header(3, 1, ["Компания", "Тел.", "E-mail", "Город"])


def test_two_header_rows_are_put_together():
    rows = [["База", "", "", ""], ["Компания", "Контакты", "", "Город"], ["", "Телефон", "Почта", ""], *RECORDS]
    wanted = headers.Header(1, 2, ["Компания", "Контакты Телефон", "Контакты Почта", "Город"])
    assert headers.locate(rows, []) == wanted
    assert headers.locate(rows, ["Компания", "Контакты Телефон", "Контакты Почта"]) == wanted


def test_a_row_that_numbers_the_columns_belongs_to_the_header():
    rows = [["Компания", "Тел.", "E-mail", "Город"], ["1", "2", "3", "4"], *RECORDS]
    assert headers.locate(rows, []) == headers.Header(0, 2, ["Компания", "Тел.", "E-mail", "Город"])


def test_a_table_without_a_header():
    wanted = headers.Header(0, 0, ["column 1", "column 2", "column 3", "column 4"])
    assert headers.locate(RECORDS, []) == wanted
    assert headers.locate(RECORDS, ["column 2", "column 3"]) == wanted


def test_headers_of_unknown_words_are_headers_still():
    assert headers.locate([["a", "b", "c"], ["1", "2", "3"]], []) == headers.Header(0, 1, ["a", "b", "c"])


def test_what_is_expected_decides_alone():
    rows = [["Компания", "Тел."], ["x", "y"]]
    assert headers.locate(rows, ["Firm", "Town"]) is None
    assert headers.locate(rows, ["Тел.", "Город"]) == headers.Header(0, 1, ["Компания", "Тел."])
    assert headers.locate([["", " "], []], []) is None
