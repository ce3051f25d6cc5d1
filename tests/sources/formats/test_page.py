from collections.abc import Callable
from typing import Any

import pytest

from leads.errors import SourceError

Read = Callable[..., dict[str, list[list[Any]]]]


def test_a_table(cells: Read) -> None:
    text = """<html><head><meta charset="utf-8"><style>td {}</style></head><body><table>
        <caption>База</caption>
        <thead><tr><th>Имя</th><th>Телефон</th></tr></thead>
        <tr><td>Анна&nbsp;&amp; Ко<script>x()</script></td><td><b>8 916</b><br>000<!-- no --></td></tr>
        <tr><td> </td><td><p>1</p><p>2</p></td></tr></table></body></html>"""
    assert cells(text) == {"База": [["Имя", "Телефон"], ["Анна & Ко", "8 916\n000"], [None, "1\n2"]]}


def test_spans_leave_their_value_in_the_first_cell(cells: Read) -> None:
    text = """<table><tr><td rowspan=2>a</td><td colspan="2">b</td></tr><tr><td>c</td><td>d</td></tr>
        <tr><td>e</td></tr></table>"""
    assert cells(text) == {"table 1": [["a", "b", None], [None, "c", "d"], ["e", None, None]]}


def test_a_table_within_a_cell_is_a_table_of_its_own(cells: Read) -> None:
    text = "<table><tr><td>a<table><tr><td>b</td></tr></table>c</td></tr></table>"
    assert cells(text) == {"table 1": [["ac"]], "table 2": [["b"]]}


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [("cp1251", "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>"), ("cp1251", ""),
     ("utf-16", ""), ("utf-8", '<?xml version="1.0" encoding="utf-8"?>'), ("koi8-r", "<meta charset=koi8-r>")],
)  # fmt: skip
def test_encodings(cells: Read, encoding: str, meta: str) -> None:
    text = f"{meta}<html><table><tr><td>Ёлка</td></tr></table></html>"
    assert cells(text.encode(encoding), "base.xls", code_page="cp1251") == {"table 1": [["Ёлка"]]}


@pytest.mark.parametrize(
    "text", ["<html><body>Sign in</body></html>", "<html>", "<!DOCTYPE html>\n", "<table></table>"]
)
def test_no_table(cells: Read, text: str) -> None:
    with pytest.raises(SourceError, match="is a web page"):
        cells(text)


def test_spans_that_ask_for_too_much(cells: Read) -> None:
    row = "<tr>" + '<td colspan="999999" rowspan="65000">x</td>' * 30 + "</tr>"
    with pytest.raises(SourceError, match="columns"):
        cells(f"<table>{row * 20}</table>")


def test_the_last_row_of_a_table_without_an_end_has_a_note(cells: Read) -> None:
    text = "<table><tr><td>a</td></tr></table><table><tr><td>b</td></tr><tr><td>7916"
    note = "unreadable: the file ends within this row"
    assert cells(text) == {"table 1": [["a"]], "table 2": [["b", None], ["7916", note]]}
