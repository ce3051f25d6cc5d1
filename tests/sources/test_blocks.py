"""Reading in sets and reading with care give the same, whatever the text, the damage and the block."""

import csv
import io
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import blocks, encodings
from sources.dialect import Layout

HEADER = ["a", "b", "c"]
PIECES = st.sampled_from(
    ["x", "Ж", "ő", " ", ";", ",", '"', '""', "'", "\r\n", "\n", "\r", "1", "\ufeff", "😀", ""]
)
CELL = st.lists(PIECES, max_size=4).map("".join)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8)
DAMAGE = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["", '"', ";", "\n", "\r", "\0", 'x"y', "\n\n"])), max_size=3
)


def layout(**given: Any) -> Layout:
    return Layout(
        **({"encoding": "utf-8", "delimiter": ";", "newline": "\n", "header": 0, "cells": HEADER} | given)
    )


def read(file: Path, how: Layout, block: int = 1 << 22, *, careful: bool = False) -> list[list[str | None]]:
    parser = (lambda text, how: None) if careful else blocks.regular
    with patch.object(blocks, "BLOCK", block), patch.object(blocks, "regular", parser):
        rows = pyarrow.concat_tables(blocks.tables(file, how)).to_pylist()
    return [list(row.values()) for row in rows]


def written(
    rows: list[list[str]], quote: str = '"', delimiter: str = ";", quoting: Any = csv.QUOTE_MINIMAL
) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quotechar=quote, quoting=quoting).writerows(rows)
    return out.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    rows=ROWS,
    damage=DAMAGE,
    block=st.integers(1, 60),
    quote=st.sampled_from("\"'"),
    quoting=st.sampled_from([0, 1]),
)
def test_both_ways_of_reading_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], damage: list[tuple[int, str]], block: int,
    quote: str, quoting: int,
) -> None:  # fmt: skip
    text = written([HEADER, *rows], quote, quoting=quoting)
    for place, what in damage:
        at = len(written([HEADER], quote, quoting=quoting)) + place
        text = text[:at] + what + text[at + 1 :]
    file = tmp_path_factory.mktemp("blocks") / "base.csv"
    file.write_bytes(text.encode())
    how = layout(quote=quote)
    slowly = read(file, how, careful=True)
    assert read(file, how) == read(file, how, block) == slowly == read(file, how, block, careful=True)
    if not damage:
        assert [row[:3] for row in slowly] == [[cell or None for cell in row] for row in rows]


LINES = "1;2;3\r\n" * 50
REGULAR = {
    "plain": LINES, "quoted": '"1";"2";"3"\n' * 9, "doubled": '"a ""b""";"";""""\n', "quote within": 'Firm "X";2;a"\n', "newline within": '"a\r\nb";2;3\n',
    "no final newline": "1;2;3\n4;5;6", "mixed line ends": "1;2;3\n4;5;6\r\n7;8;9\n", "empty cells": ";;\n;;\n",
    "blank line": "1;2;3\n\n1;2;3\n",
}  # fmt: skip
IRREGULAR = {
    "short row": "1;2\n", "long row": "1;2;3;4\n", "NUL": "1;\0;3\n",
    "bare CR": "1;2;3\rx;y;z\n", "quote within": '"1";a"b;3\n', "text after quote": '"a"b;2;3\n', "open quote": '"a;2;3\n',
    "long cell": "x" * (csv.field_size_limit() + 1) + ";2;3\n", "byte order mark": "\ufeff1;2;3\n",
}  # fmt: skip


@pytest.mark.parametrize("name", REGULAR)
def test_an_ordinary_block_is_read_in_a_set(name: str, tmp_path: Path) -> None:
    assert blocks.regular(REGULAR[name], layout()) is not None
    (tmp_path / "base.csv").write_text("a;b;c\n" + REGULAR[name], newline="")
    assert read(tmp_path / "base.csv", layout()) == read(tmp_path / "base.csv", layout(), careful=True)


@pytest.mark.parametrize("name", IRREGULAR)
def test_any_other_is_left_to_the_careful_way(name: str) -> None:
    assert blocks.regular(IRREGULAR[name], layout()) is None


def test_a_block_ends_where_a_record_does() -> None:
    found = blocks.regular('1;2;3\n"a;\n4;5;6\n', layout())
    assert found is not None and found[0].num_rows == 1 and found[1] == '"a;\n4;5;6\n'


def test_an_open_quote_costs_its_line_also_in_a_large_file(tmp_path: Path) -> None:
    (tmp_path / "base.csv").write_text("a;b;c\n" + LINES * 2000 + '"1;2;3\n' + LINES * 2000, newline="")
    rows = read(tmp_path / "base.csv", layout(), 1 << 18)
    bad = [row for row in rows if row[3]]
    assert len(rows) == 200_001 and bad == [['"1;2;3', None, None, bad[0][3]]]


def test_line_limit_is_that_of_the_encodings() -> None:
    assert blocks.LINE == encodings.LINE == 1 << 20
