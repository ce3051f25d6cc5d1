import csv
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from leads import outfile
from leads.errors import LeadsError

TEXTS = [
    "plain",
    "=1+1",
    'quoted "so", and',
    "two\nlines",
    "'0016",
    None,
    "",
    "Šč Ж 😀",
    "1e5",
    "https://example.com",
]


def parts() -> list[pyarrow.Table]:
    whole = pyarrow.table({"a text": TEXTS, "n": list(range(len(TEXTS))), "yes": [True, None] * (len(TEXTS) // 2)})
    empty = whole.slice(0, 0)
    return [whole.slice(0, 3), empty, pyarrow.concat_tables([whole.slice(3, 2), empty, whole.slice(5)])]


def written(file: Path) -> Path:
    with outfile.writing(file) as write:
        for part in parts():
            write(part)
    return file


def test_parquet_is_the_table(tmp_path: Path) -> None:
    found = pyarrow.parquet.read_table(written(tmp_path / "t.parquet"))
    assert found.equals(pyarrow.concat_tables(parts()))


def test_csv_holds_every_cell_as_it_is(tmp_path: Path) -> None:
    file = written(tmp_path / "t.CSV")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0] == ["a text", "n", "yes"]
    assert [row[0] for row in rows[1:]] == [text or "" for text in TEXTS]


def test_no_cell_of_a_sheet_is_calculated(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "t.xlsx")).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["a text", "n", "yes"]
    assert [row[0] for row in cells[1:]] == TEXTS
    assert [row[1] for row in cells[1:]] == list(range(len(TEXTS)))
    assert {cell.data_type for cell in sheet["A"][1:] if cell.value} == {"s"}


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.xlsx"])
def test_what_fails_leaves_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("as it was")

    def fail() -> None:
        with outfile.writing(tmp_path / name) as write:
            write(parts()[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "as it was"


@pytest.mark.parametrize(
    ("name", "table", "why"),
    [
        ("t.ods", {"a": [1]}, "no such kind of file"),
        ("gone/t.csv", {"a": [1]}, "cannot be written"),
        ("t.xlsx", {"a": ["x" * 40_000]}, "40,000 characters in a cell of row 1"),
        ("t.xlsx", {f"c{n}": [1] for n in range(16_385)}, "16,385 columns"),
        ("t.xlsx", {"a": [None] * 1_048_576}, "1,048,577 rows"),
    ],
)
def test_what_cannot_be_written_says_so(
    tmp_path: Path, name: str, table: dict[str, list[object]], why: str
) -> None:
    def write() -> None:
        with outfile.writing(tmp_path / name) as writer:
            writer(pyarrow.table(table))

    with pytest.raises(LeadsError, match=why):
        write()
    assert list(tmp_path.iterdir()) == []
