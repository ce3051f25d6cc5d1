"""The same matching on Spark: one statement after the other as `dedupe.matching` runs them, in Spark's SQL.

What no SQL says runs in Spark's workers on parts of the records: their sounds and words before (`evidence.prepared`),
average linkage at the end (`clusters.clusters`), which looks at one connected component at a time anyway.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dedupe.candidates import blocking, shared
from dedupe.deciding import clusters
from dedupe.engine import SparkTables, splink
from dedupe.evidence.kinds import RARE, Evidence, counted, prepared, too_common
from dedupe.matching import COPIES, NAMES_ALONE, STOP, copies
from dedupe.scoring import reasons, scores
from dedupe.scoring.comparisons import Comparison, comparisons
from dedupe.scoring.weights import Model
from leads.schema import arrow

# Compared pairs that one worker clusters at a time; a component is never cut, so that one may be larger.
PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True)
class MatchedOnSpark:
    """As `dedupe.matching.Matched`; `clusters` is a frame of Spark's with the `id` of each record."""

    clusters: Any
    candidates: blocking.Candidates
    shared: int
    model: Model | None


def match(
    tables: SparkTables,
    records: Any,
    evidence: Sequence[Evidence],
    *,
    mailboxes: frozenset[str] = frozenset(),
    model: Model | None = None,
) -> MatchedOnSpark:
    """Cluster `records`, a frame of Spark's with `id` (from 1, in their order) and the columns of the `evidence`.

    With the same model, the clusters that `dedupe.matching.match` makes of the same records in DuckDB. Without one it
    is learnt from the records, of pairs drawn by another hash. Tables of the same names are written over.
    """
    compared = _without_copies(tables, records, evidence)
    _prepare(tables, compared, evidence)
    common = shared.part_shared(tables, evidence, mailboxes)
    candidates = blocking.candidates(tables, evidence)
    if not candidates.pairs:
        alone = "SELECT id, id AS cluster, NULL::DOUBLE AS score, NULL::VARCHAR AS reason FROM copies"
        return MatchedOnSpark(tables.execute(f"CREATE TABLE matched AS {alone}").frame, candidates, common, model)
    of = comparisons(evidence)
    model = scores.score(tables, of, model)
    _cluster(tables, NAMES_ALONE if model.forbidding else STOP)
    return MatchedOnSpark(_with_copies(tables, of), candidates, common, model)


def _without_copies(tables: SparkTables, records: Any, evidence: Sequence[Evidence]) -> Any:
    """The records to compare; table `copies` has which of those that are alike each of all is."""
    columns = [one.column for one in evidence]
    roots = [one.root for one in evidence if one.root]
    tables.keep("records", records.select("id", *dict.fromkeys([*columns, *roots])))
    tables.execute(f"CREATE TABLE copies AS {copies(columns)}")
    few = f"SELECT r.* FROM records r JOIN copies c ON c.id = r.id WHERE c.number <= {COPIES}"
    return tables.execute(f"CREATE TABLE compared AS {few}").frame


def _prepare(tables: SparkTables, compared: Any, evidence: Sequence[Evidence]) -> None:
    """Table `records` as `evidence.prepared` makes it, of one part of them at a time."""
    from pyspark.sql.pandas.types import from_arrow_schema

    count = compared.count()
    counts = compared.mapInPandas(partial(_counted, evidence), "place int, value string, n long")
    often = counts.groupBy("place", "value").sum("n").toDF("place", "value", "n").where(f"n > {RARE * count}")
    common = too_common(arrow(often.toArrow()), count, evidence)
    nothing = pd.DataFrame({name: pd.Series([], dtype=object) for name in compared.columns})
    columns = from_arrow_schema(_with_ids(nothing, evidence, common).schema)
    tables.keep("records", compared.mapInArrow(partial(_prepared, evidence, common), columns))


def _counted(evidence: Sequence[Evidence], parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for part in parts:
        yield counted(part, evidence)


def _prepared(
    evidence: Sequence[Evidence], common: list[frozenset[str]], parts: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for part in parts:
        yield from _with_ids(arrow(pa.Table.from_batches([part])), evidence, common).to_batches()


def _with_ids(part: pd.DataFrame, evidence: Sequence[Evidence], common: list[frozenset[str]]) -> pa.Table:
    made = prepared(part, evidence, common)
    return made.set_column(0, "id", pa.array(part["id"], pa.int64()))


def _cluster(tables: SparkTables, stop: float) -> None:
    """Table `found`: id and cluster of each compared record."""
    from splink.clustering import cluster_pairwise_predictions_at_threshold as connected

    close = f"NOT vetoed AND weight >= {max(stop, 0.0)}"
    tables.execute(f"CREATE TABLE joining AS SELECT l AS id_l, r AS id_r FROM scored WHERE {close}")
    tables.execute("CREATE TABLE joined AS SELECT id_l AS id FROM joining UNION SELECT id_r FROM joining")
    api, _ = splink(tables, {"comparisons": []})
    found = connected(api.register("joined"), api.register("joining"), api, "id")
    tables.keep("components", found.as_spark_dataframe())
    inside = tables.execute(
        """CREATE TABLE inside AS SELECT a.cluster_id AS component, l, r, weight, vetoed FROM scored s
           JOIN components a ON a.id = s.l JOIN components b ON b.id = s.r WHERE a.cluster_id = b.cluster_id"""
    ).frame
    parts = inside.count() // PAIRS_AT_ONCE + tables.spark.sparkContext.defaultParallelism
    grouped = inside.groupBy((inside.component % parts).alias("part")).applyInArrow(
        lambda pairs: _linked(pairs, stop), "id long, cluster long"
    )
    tables.keep("linked", grouped)
    tables.execute(
        """CREATE TABLE found AS SELECT r.id, coalesce(c.cluster, r.id) AS cluster
           FROM records r LEFT JOIN linked c ON c.id = r.id"""
    )


def _linked(pairs: pa.Table, stop: float) -> pa.Table:
    """id, cluster of the records of whole components; numbered anew, in their order."""
    pairs = pairs.sort_by([("l", "ascending"), ("r", "ascending")])
    left, right, weight = (pairs[name].to_numpy() for name in ("l", "r", "weight"))
    ids = np.union1d(left, right)
    found = clusters.clusters(
        len(ids), np.searchsorted(ids, left), np.searchsorted(ids, right), weight, pairs["vetoed"].to_numpy(), stop
    )
    return pa.table({"id": ids, "cluster": ids[found]})


def _with_copies(tables: SparkTables, of: Sequence[Comparison]) -> Any:
    """Table `matched`: records that were not compared, for many are like them, go with the first if the second does."""
    tables.execute(f"CREATE TABLE best AS {reasons.links(of)}")
    follows = "f.cluster = s.cluster"
    return tables.execute(
        f"""CREATE TABLE matched AS
            WITH second AS (SELECT c.first, b.cluster FROM copies c JOIN best b ON b.id = c.id WHERE c.number = 2)
            SELECT c.id, coalesce(o.cluster, CASE WHEN {follows} THEN f.cluster END, c.id) AS cluster,
                   CASE WHEN o.id IS NOT NULL THEN o.score WHEN {follows} THEN f.score END AS score,
                   CASE WHEN o.id IS NOT NULL THEN o.reason WHEN {follows} THEN f.reason END AS reason
            FROM copies c LEFT JOIN best o ON o.id = c.id
            LEFT JOIN best f ON f.id = c.first AND c.number > {COPIES}
            LEFT JOIN second s ON s.first = c.first AND c.number > {COPIES}"""
    ).frame
