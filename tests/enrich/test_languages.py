"""Languages by tag and by name."""

import pytest

from enrich.languages import Language, read_language, read_languages
from leads import schema


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ru", "ru"), ("ru-RU", "ru"), ("hu_HU.UTF-8", "hu"), ("de-informal", "de"), ("SRP", "sr"), ("magyar", "hu"),
        ("Русский", "ru"), ("română", "ro"), ("fr", "fr"), (None, None), ("-", None),
    ],
)  # fmt: skip
def test_a_language_is_understood(text: str | None, code: str | None) -> None:
    assert read_language(text) == Language(code)


@pytest.mark.parametrize("text", ["Klingon", "по-всякому", "xyz", "r" * 5_000])
def test_what_is_not_understood_is_flagged(text: str) -> None:
    assert read_language(text) == Language(flag="language not understood")


def test_a_column_is_read_row_by_row() -> None:
    assert read_languages(schema.texts(["EN", None]))["language"].fillna("").tolist() == ["en", ""]
