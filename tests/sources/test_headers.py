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
