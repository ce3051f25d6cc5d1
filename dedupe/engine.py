"""Where the statements of matching run: in DuckDB, or translated on Spark, with the same tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from leads.schema import arrow
from leads.sets import query

# DuckDB's similarity in Spark's SQL. Not by its own name: Spark 4.3 has a function of that name, with other values.
SIMILARITY = "duckdb_jaro_winkler"
# Lists of texts or numbers, in their order or by name.
Parameters = Sequence[Sequence[str | int]] | Mapping[str, Sequence[str | int]]


class Answer:
    """The rows of a statement on Spark, fetched as DuckDB's are."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows, as tuples."""
        return [tuple(row) for row in self.frame.collect()]

    def to_arrow_table(self) -> pa.Table:
        """All rows, as an Arrow table."""
        return self.frame.toArrow()

    def df(self) -> pd.DataFrame:
        """All rows, as pandas."""
        return arrow(self.to_arrow_table())


class SparkTables:
    """Named tables on Spark, each a folder of Parquet in `folder`, which every executor must reach.

    Understands DuckDB's statements as matching writes them. Not lazy: a table that is made is on disk, so that a long
    chain of statements is not computed again from its beginning, and an executor that is lost loses nothing.
    """

    def __init__(self, spark: Any, folder: str) -> None:
        self.spark, self.folder = spark, folder
        self._parts: dict[str, list[str]] = {}
        self._written = 0
        spark.sparkContext.setCheckpointDir(f"{folder}/splink")
        spark.udf.register(SIMILARITY, _similarity_udf())

    def execute(self, statement: str, parameters: Parameters = ()) -> Answer:
        """Run one statement: a table made, dropped or added to (the answer is how many rows were), or a question."""
        from sqlglot import exp

        from dedupe.translated import parsed, spoken

        tree = parsed(statement, parameters)
        if isinstance(tree, exp.Create):
            return self.keep(tree.this.name, self.spark.sql(spoken(tree.expression)))
        if isinstance(tree, exp.Insert):
            return self._add(tree.this.name, spoken(tree.expression))
        if isinstance(tree, exp.Drop):
            self.spark.catalog.dropTempView(tree.args["tables"][0].name)
            return Answer(self.spark.range(0))
        return Answer(self.spark.sql(spoken(tree)))

    def sql(self, statement: str) -> Answer:
        """Ask a question."""
        return self.execute(statement)

    def keep(self, name: str, frame: Any) -> Answer:
        """Write a frame of Spark's as table `name`, in the place of the one of that name."""
        self._parts[name] = [self._write(name, frame)]
        return self._shown(name)

    def table(self, name: str) -> Any:
        """A kept table as a frame of Spark's."""
        return self.spark.read.parquet(*self._parts[name])

    def _add(self, name: str, sql: str) -> Answer:
        part = self._write(name, self.spark.sql(sql))
        self._parts[name].append(part)
        self._shown(name)
        return Answer(self.spark.read.parquet(part).selectExpr("count(*)"))

    def _write(self, name: str, frame: Any) -> str:
        self._written += 1
        part = f"{self.folder}/{name}-{self._written}"
        frame.write.parquet(part)
        return part

    def _shown(self, name: str) -> Answer:
        frame = self.table(name)
        frame.createOrReplaceTempView(name)
        return Answer(frame)


Engine = duckdb.DuckDBPyConnection | SparkTables


def columns(engine: Engine, name: str) -> list[str]:
    """The columns of table `name`, in their order."""
    if isinstance(engine, duckdb.DuckDBPyConnection):
        return engine.table(name).columns
    return list(engine.table(name).columns)


def splink(engine: Engine, settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Splink's backend for this engine, and its settings in the engine's SQL.

    Splink reads a model's conditions as SQL of its backend: as they stand, DuckDB's mean something else on Spark.
    """
    import splink as library

    if isinstance(engine, duckdb.DuckDBPyConnection):
        return library.DuckDBAPI(engine), settings
    from dedupe.translated import translated

    backend: Any = library.SparkAPI
    api = backend(spark_session=engine.spark, break_lineage_method="parquet", register_udfs_automatically=False)
    return api, translated(settings)


def _similarity_udf() -> Any:
    """DuckDB's own Jaro-Winkler in Spark's workers.

    The one in Splink's jar counts half transpositions, DuckDB's whole ones: of 200,000 random pairs of words they
    differed on 4,551, by up to .07, and a level's threshold lies between them often enough to change clusters.
    """
    from pyspark.sql.functions import arrow_udf

    return arrow_udf(_similarity, "double")


def _similarity(left: pa.Array, right: pa.Array) -> pa.Array:
    pairs = arrow(pa.table({"l": left, "r": right}))
    alike = query("SELECT jaro_winkler_similarity(l, r) AS alike FROM pairs", pairs=pairs)["alike"]
    return pa.array(alike, pa.float64())
