import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

Read = Callable[..., dict[str, list[list[Any]]]]


def test_what_a_column_becomes(cells: Read, tmp_path: Path) -> None:
    file = tmp_path / "base.dat"
    day = datetime.datetime(2026, 5, 3, 12, 30)
    pyarrow.parquet.write_table(
        pyarrow.table({
            "имя": ["Анна", None], "phone": [79161234567.0, float("nan")], "n": [1, 2], "at": [day, None],
            "day": [day.date(), None], "ok": [True, None], "word": pyarrow.array(["a", ""]).dictionary_encode(),
        }),
        file,
    )  # fmt: skip
    assert cells(file) == {
        "base.dat": [
            ["имя", "phone", "n", "at", "day", "ok", "word"],
            ["Анна", "79161234567", "1", "2026-05-03T12:30:00", "2026-05-03", "TRUE", "a"],
            [None, None, "2", None, None, None, None],
        ]
    }


def test_nested_columns_are_flattened(cells: Read, tmp_path: Path) -> None:
    file = tmp_path / "base.dat"
    pyarrow.parquet.write_table(pyarrow.table({"a": [{"b": "1", "c": [2, 3]}], "tags": [["x", "y"]]}), file)
    assert cells(file) == {"base.dat": [["a.b", "a.c", "tags"], ["1", "2\n3", "x\ny"]]}
