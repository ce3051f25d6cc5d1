"""The number of issue 3: of the columns of real exports and tables, 97 of 100 go where they belong, and no column of
phones or e-mails is missed. `building`, `second` and `third` have been learned from; `heldout` and `fourth` have not."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sources.columns import recognise

CORPUS = Path(__file__).parents[1] / "data" / "headers"
# Parts that the words were collected from, and parts that nobody looked at while collecting.
LEARNED, BLIND = ("building", "second", "third"), ("heldout", "fourth")
RIGHT = {**dict.fromkeys(LEARNED, 0.98), **dict.fromkeys(BLIND, 0.97)}


def _rows(part: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted((CORPUS / part).glob("*.toml"))
    return [(file.stem, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]


def _field(target: str) -> str:
    return target.partition(":")[0]


def score(part: str) -> tuple[int, int, list[str], list[str]]:
    """(columns right, columns, wrong ones, missed phones and e-mails), by file and header."""
    right, columns, wrong, missed = 0, 0, [], []
    for name, row in _rows(part):
        guesses = recognise(row["headers"], row["sample"], row["language"])
        assert len(guesses) == len(row["targets"]), name
        for guess, truth in zip(guesses, row["targets"], strict=True):
            allowed = truth if isinstance(truth, list) else [truth]
            columns += 1
            if guess.target in allowed:
                right += 1
                continue
            wrong.append(f"{name}: {guess.header} is {guess.target or 'an attribute'}, not {allowed}")
            fields = {_field(target) for target in allowed}
            if fields <= {"phone", "email"} and _field(guess.target) not in fields:
                missed.append(f"{name}: {guess.header}")
    return right, columns, wrong, missed


def test_the_corpus_is_large_enough_and_speaks_every_language() -> None:
    rows = [*_rows("building"), *_rows("heldout")]
    spoken = {row["language"] for _, row in rows}
    found = Counter(file.parent.name for file in CORPUS.glob("*/*.toml"))
    assert len(rows) >= 60
    # A part is measured only if it is named above, and the blind ones are no handful.
    assert set(found) <= set(RIGHT)
    assert sum(found[part] for part in BLIND) >= 20
    assert spoken >= {"ru", "en", "de", "hu", "ro"}
    assert spoken & {"bs", "hr", "sr"}


@pytest.mark.parametrize("part", RIGHT)
def test_columns_go_where_they_belong(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    if not (CORPUS / part).is_dir():
        pytest.skip(f"no part {part} yet")
    right, columns, wrong, missed = score(part)
    with capsys.disabled():
        print(
            f"\n{part}: {right} of {columns} columns right ({right / columns:.2%}), {len(missed)} contact points missed"
        )
    # Of a blind part no column is shown: who sees it learns from it.
    shown = "\n".join(wrong) if part in LEARNED else f"{len(wrong)} wrong"
    assert not missed, f"missed {len(missed)} contact points"
    assert right / columns >= RIGHT[part], shown
