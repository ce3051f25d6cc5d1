"""What people write where they have nothing to say."""

import pytest

from enrich.markers import is_empty_marker, without_markers
from leads import schema


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "—", "---", ".", "?", "\u00a0", "\u200b", "\x00", "0", "нет", "Нет.", "Н/Д", "n/a", "N.A.", "NULL",
     "nincs", "nu are", "nema", "keine", "k. A.", "не указан", "(нет)"],
)  # fmt: skip
def test_an_empty_marker(text: str) -> None:
    assert is_empty_marker(text)


@pytest.mark.parametrize(
    "text", ["00", "@", "+", "a", "нет, звоните", "12", "nein danke", "нетто", "-" * 1_000, "n" * 100_000]
)
def test_something_said(text: str) -> None:
    assert not is_empty_marker(text)


def test_a_column_without_markers() -> None:
    assert without_markers(schema.texts(["Pécs", "-", None, "n/a"])).fillna("").tolist() == ["Pécs", "", "", ""]
