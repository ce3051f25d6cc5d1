"""Names drawn from the lists of other packages, each with its right answer (tests/data/names/README.md)."""

import csv
from pathlib import Path

import pytest

from enrich.names.cells import Name, read_name

CORPORA = Path(__file__).parents[2] / "data" / "names"
# Share of names whose parts are all right, and of those whose gender is stated and answered at all.
PARTS = {
    "ru": 0.98, "uk": 0.98, "en": 0.99, "de": 0.98, "hu": 0.985, "ro": 0.98, "hr": 0.98, "sr": 0.985, "bs": 0.985,
}  # fmt: skip
GENDER = 0.97
ANSWERED = {
    "ru": 0.98, "uk": 0.96, "en": 0.78, "de": 0.8, "hu": 0.94, "ro": 0.94, "hr": 0.89, "sr": 0.9, "bs": 0.85,
}  # fmt: skip


@pytest.fixture(scope="module", params=PARTS)
def read(request: pytest.FixtureRequest) -> tuple[str, list[tuple[dict[str, str], Name]]]:
    with (CORPORA / f"{request.param}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return request.param, [(row, read_name(row["text"], None, None, None, request.param)) for row in rows]


def test_parts(read: tuple[str, list[tuple[dict[str, str], Name]]]) -> None:
    language, names = read
    assert len(names) >= 500
    right = [
        (row["family"], row["given"], row["patronymic"])
        == (name.family_name or "", name.given_name or "", name.patronymic or "")
        for row, name in names
    ]
    assert sum(right) / len(right) >= PARTS[language]


def test_titles(read: tuple[str, list[tuple[dict[str, str], Name]]]) -> None:
    wrong = [row["text"] for row, name in read[1] if (name.title or "") != row["title"]]
    assert wrong == []


def test_gender(read: tuple[str, list[tuple[dict[str, str], Name]]]) -> None:
    language, names = read
    stated = [(row["gender"], name.gender) for row, name in names if row["gender"]]
    answered = [(told, answer) for told, answer in stated if answer]
    assert sum(told == answer for told, answer in answered) / len(answered) >= GENDER
    assert len(answered) / len(stated) >= ANSWERED[language]


def test_hardly_a_name_is_taken_for_something_else(read: tuple[str, list[tuple[dict[str, str], Name]]]) -> None:
    flagged = [row["text"] for row, name in read[1] if name.flags]
    assert len(flagged) / len(read[1]) <= 0.005, flagged
