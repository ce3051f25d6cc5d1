"""Texts that break programs, through the whole way: every row accounted for, and every cell in the landing as it came."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from flows import stages
from leads.settings import settings
from leads.source import Source
from store import landing, runs

BAD = Path(__file__).parents[2] / "../shared/data/bad-inputs"
HEADERS = ("Name", "Phone", "E-mail", "City")


@pytest.fixture
def taken(home, tmp_path, begun):
    """A function that ingests rows of four cells as a base; returns the landed rows and the accounting."""
    store = begun(settings().database_url)

    def take(rows: list[tuple[str, str, str, str]]) -> tuple[pd.DataFrame, dict[str, int]]:
        file = tmp_path / "base.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, quoting=csv.QUOTE_ALL)
            table.writerows([HEADERS, *rows])
        source = Source(
            name="naughty", title="Naughty", kind="purchased_base", owner="test", licence="none", region="RU",
            legal_basis="legitimate interest", from_person=False, language="ru", pull={"file": str(file)},
            columns=dict(zip(HEADERS, ("full_name", "phone", "email", "city"), strict=True)),
        )  # fmt: skip
        counted = stages.ingest(store, settings(), source, runs.start_run(store, "ingest", "naughty", None))
        [batch] = landing.batches(settings().landing, "naughty")
        manifest = landing.read_manifest(settings().landing, batch)
        parts = [landing.read_part(settings().landing, manifest, no) for no in range(len(manifest.parts))]
        return pd.concat(parts, ignore_index=True), counted

    yield take
    store.dispose()


def lines(file: str) -> list[dict[str, str]]:
    path = BAD / "own" / file
    if not path.exists():
        pytest.skip("the shared data are not here")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_naughty_strings_come_back_as_they_went_in(taken):
    path = BAD / "blns" / "blns.json"
    if not path.exists():
        pytest.skip("the shared data are not here")
    texts = json.loads(path.read_text(encoding="utf-8"))
    rows = [(text, f"+7916{i + 1:07d}", "", text) for i, text in enumerate(texts)]
    landed, counted = taken(rows)
    assert sum(counted.values()) == len(landed) == len(texts) == 515
    assert landed["f0"].fillna("").tolist() == landed["f3"].fillna("").tolist() == texts
    assert counted["created"] + counted["merged"] == 515 - counted["quarantined"] - counted["not_a_record"] >= 500


@pytest.mark.parametrize(
    ("file", "key", "place"),
    [("phones.jsonl", "raw", 1), ("unicode.jsonl", "text", 2), ("xss-names.jsonl", "name", 0)],
)
def test_payloads_are_read_or_set_aside(taken, file, key, place):
    # A lone surrogate cannot stand in a file of UTF-8, and a file with NUL bytes is refused as no text.
    texts = [t for line in lines(file) if (t := line[key]).encode(errors="ignore").decode() == t and "\0" not in t]
    plain = ["Анна Примерова", "", "", "Тверь"]
    rows = [tuple(text if at == place else cell for at, cell in enumerate(plain)) for text in texts]
    landed, counted = taken(rows)
    assert sum(counted.values()) == len(texts)
    assert landed[f"f{place}"].fillna("").tolist() == texts
