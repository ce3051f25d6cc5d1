"""Formats that name their own columns, read as a source."""

import json
from pathlib import Path
from typing import Any

import pytest

from leads.errors import SourceError
from leads.pull import NOTE
from sources import tables

COLUMNS = {"Имя": "full_name", "Телефон": "phone", "E-mail": "email", "Город": "city"}
ROW = ["Анна Примерова", "8 (916) 000-00-01", "anna@example.com", "Тверь"]


@pytest.fixture
def read(tmp_path: Path, make_source: Any, drain: Any) -> Any:
    def run(text: str) -> Any:
        file = tmp_path / "base.csv"
        file.write_text(text, encoding="utf-8")
        return drain(tables.read(make_source(columns=COLUMNS, pull={"file": str(file)})))[0]

    return run


def test_notes_of_a_format_are_kept(read: Any) -> None:
    record = json.dumps(dict(zip(COLUMNS, ROW, strict=True)))
    frame = read(f"{record}\nno record\n{record}\n{record[:40]}")
    assert frame[NOTE].fillna("").tolist() == [
        "", "unreadable: no JSON object on this line", "", "unreadable: the file ends within this row",
    ]  # fmt: skip
    assert frame["Телефон"].dropna().tolist() == [ROW[1]] * 2 and frame["Имя"][1] == "no record"


def test_one_known_column_is_enough(read: Any) -> None:
    assert read('[{"Имя": "Телефон"}, {"Имя": "E-mail"}]')["Имя"].tolist() == ["Телефон", "E-mail"]


def test_no_known_column(read: Any) -> None:
    with pytest.raises(SourceError, match="no header row") as caught:
        read('[{"name": "Anna"}]')
    assert "Anna" not in str(caught.value)
