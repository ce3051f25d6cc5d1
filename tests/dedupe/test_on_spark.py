"""Matching on Spark's own processes, beside DuckDB."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dedupe import matching, on_spark
from dedupe.engine import SparkTables
from dedupe.evidence.kinds import Evidence
from dedupe.scoring.weights import Model
from flows.bulk import session
from leads import schema
from leads.errors import ConfigError

pytestmark = pytest.mark.spark

EVIDENCE = (
    Evidence("given", "given", root="root"), Evidence("family", "family"), Evidence("firm", "name"),
    Evidence("born", "date"), Evidence("code", "code"), Evidence("town", "word"), Evidence("phones", "phone"),
    Evidence("mails", "email"),
)  # fmt: skip
GIVEN = {"robert": "robert", "bob": "robert", "anna": "", "ivan": "ivan", "vanya": "ivan", "sofia": "", "emil": ""}
LETTERS = "abdegiklmnoprstuvz"
INFO = frozenset({"info"})


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    try:
        session.needed()
    except ConfigError as error:
        pytest.skip(f"{error} (make test-spark brings it)")
    with session.opened("local[2]") as opened:
        yield opened


def people(count: int) -> pd.DataFrame:
    """Made up people, most of them there twice with slips; offices with one phone, letters of several alphabets."""
    chance = random.Random(11)

    def word(letters: int) -> str:
        return "".join(chance.choice(LETTERS) for _ in range(letters))

    rows: list[dict[str, str | None]] = []
    for number in range(count):
        office = number // 6
        person = {
            "given": chance.choice(list(GIVEN)), "family": word(7), "firm": f"werk {word(5)} nord",
            "born": f"19{40 + number % 50}0{1 + number % 9}1{number % 9}", "code": f"k{number:07d}",
            "town": ("kassel", "пермь", "győr")[number % 3],
            "phones": f"495{office:07d}\n916{number:07d}", "mails": f"ж{number}@firma{office}.example",
        }  # fmt: skip
        rows.append(dict(person))
        if number % 3:
            person["family"] = str(person["family"])[:-1] + chance.choice(LETTERS)
            person["mails"] = f"info@firma{office}.example\nж{number}x@firma{office}.example"
            person["phones"] = str(person["phones"]).split("\n")[chance.randrange(2)]
            for lost in chance.sample(("firm", "born", "code", "town"), 2):
                person[lost] = None
            rows.append(dict(person))
    chance.shuffle(rows)
    rows += [rows[0]] * 30  # more copies of one record than are compared
    frame = pd.DataFrame(rows, dtype=schema.TEXT)
    return frame.assign(root=frame["given"].map(GIVEN).replace("", None).astype(schema.TEXT))


def as_on_spark(spark: Any, folder: Path, records: pd.DataFrame, model: Model | None) -> on_spark.MatchedOnSpark:
    records.assign(id=range(1, len(records) + 1)).to_parquet(folder / "records.parquet")
    tables = SparkTables(spark, str(folder / "tables"))
    return on_spark.match(
        tables, spark.read.parquet(str(folder / "records.parquet")), EVIDENCE, mailboxes=INFO, model=model
    )


def test_a_model_trained_on_duckdb_makes_the_same_clusters_on_spark(spark: Any, tmp_path: Path) -> None:
    records = people(250)
    trained = matching.match(records, EVIDENCE, mailboxes=INFO).model
    assert trained
    model = Model.loaded(trained.saved())
    ours = matching.match(records, EVIDENCE, mailboxes=INFO, model=model)
    theirs = as_on_spark(spark, tmp_path, records, model)
    found = schema.arrow(theirs.clusters.orderBy("id").toArrow())
    assert found["cluster"].tolist() == ours.clusters["cluster"].tolist()
    assert found["score"].fillna(-1).tolist() == pytest.approx(ours.clusters["score"].fillna(-1).tolist())
    assert found["reason"].fillna("").tolist() == ours.clusters["reason"].fillna("").tolist()
    assert (theirs.candidates, theirs.shared) == (ours.candidates, ours.shared)
    sizes = found["cluster"].value_counts()
    assert (sizes == 2).sum() > 100 and sizes.max() == 32, "there was something to find"


def test_records_that_say_nothing_stay_alone(spark: Any, tmp_path: Path) -> None:
    nothing = people(2).head(3).assign(**{one.column: pd.array([None] * 3, schema.TEXT) for one in EVIDENCE})
    found = as_on_spark(spark, tmp_path, nothing.assign(root=nothing["given"]), None)
    assert [tuple(row)[:2] for row in found.clusters.orderBy("id").collect()] == [(1, 1), (2, 2), (3, 3)]
