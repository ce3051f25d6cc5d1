"""From records to clusters: shared values, candidates, scores, average linkage. Knows no store and no file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from dedupe.candidates import blocking, shared
from dedupe.deciding import clusters
from dedupe.evidence.kinds import Evidence, prepared
from dedupe.scoring import reasons, scores
from dedupe.scoring.comparisons import comparisons
from dedupe.scoring.weights import Model
from leads import schema
from leads.sets import opened, query

# A group is joined while the mean weight (log2 of the odds) of its pairs is above the first; where nothing but names
# is one's own, and namesakes cannot be told by a birthday, above the second.
STOP, NAMES_ALONE = -1.0, 0.7
# Of records that are alike in all evidence so many are compared; the others go with the first, if the second does.
COPIES = 20
# At least so many pairs come of each record, as a rule.
PAIRS = 10
# Weights of pairs in doubt: between them a person decides better.
DOUBT = (-3.0, 4.3)


@dataclass(frozen=True)
class Matched:
    """`clusters`, one row per record in its order: `cluster` (number of its first record, from 1), `score` (probability
    of the record's best link in the cluster, null for one alone), `reason` (what agrees on that link).

    `doubtful`: pairs that are not sure: `l`, `r` (numbers of records), `score`, `joined`, `vetoed`, `reason`.
    """

    clusters: pd.DataFrame
    doubtful: pd.DataFrame
    candidates: blocking.Candidates
    shared: int
    model: Model | None


def match(
    records: pd.DataFrame,
    evidence: Sequence[Evidence],
    *,
    mailboxes: frozenset[str] = frozenset(),
    model: Model | None = None,
) -> Matched:
    """Cluster `records`, of which `evidence` names the columns that count; other columns are not looked at.

    `mailboxes` are local parts of e-mails that are nobody's own (`info`). Without a `model` one is learnt from the
    records themselves. The same records in the same order make the same clusters.
    """
    copies = _copies(records, evidence)
    compared = copies.index[copies["number"] <= COPIES]
    if len(compared) < len(records):
        few = match(records.loc[records.index[compared]], evidence, mailboxes=mailboxes, model=model)
        return _with_copies(few, copies, compared)
    with opened(PAIRS * len(records)) as duck:
        duck.register("given", prepared(records, evidence))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        common = shared.part_shared(duck, evidence, mailboxes)
        candidates = blocking.candidates(duck, evidence)
        if not candidates.pairs:
            return Matched(_alone(len(records)), reasons.nothing(), candidates, common, model)
        of = comparisons(evidence)
        model = scores.score(duck, of, model)
        found = _clustered(duck, len(records), NAMES_ALONE if model.forbidding else STOP)
        duck.register("found", pa.table({"id": np.arange(1, len(records) + 1), "cluster": found + 1}))
        return Matched(reasons.best_links(duck, of), reasons.doubtful(duck, of, DOUBT), candidates, common, model)


def _clustered(duck: duckdb.DuckDBPyConnection, records: int, stop: float) -> np.ndarray:
    pairs = duck.sql("SELECT l - 1 AS l, r - 1 AS r, weight, vetoed FROM scored ORDER BY l, r").fetchnumpy()
    forbidden = np.asarray(pairs["vetoed"], bool)
    return clusters.clusters(
        records, np.asarray(pairs["l"]), np.asarray(pairs["r"]), np.asarray(pairs["weight"]), forbidden, stop
    )


def _copies(records: pd.DataFrame, evidence: Sequence[Evidence]) -> pd.DataFrame:
    """`first`: the place of the first record with the same evidence, `number` which of its copies this is, from 1."""
    alike = records[[one.column for one in evidence]].set_axis(
        [f"e{place}" for place in range(len(evidence))], axis=1
    )
    return query(
        f"SELECT * EXCLUDE (id) FROM ({copies(list(alike.columns))}) ORDER BY id",
        records=alike.assign(id=range(len(records))),
    )


def copies(columns: Sequence[str]) -> str:
    """SQL over `records` for id, first (id) and number of each; alike are those with the same in all of `columns`."""
    listed = ", ".join(columns) or "NULL"
    return f"""SELECT id, min(id) OVER (PARTITION BY alike) AS first,
                      CASE WHEN alike[1] IS NULL THEN 1  -- nothing is stated
                           ELSE row_number() OVER (PARTITION BY alike ORDER BY id) END AS number
               FROM (SELECT id, [coalesce({listed}, NULL, NULL), {listed}] AS alike FROM records)"""


def _with_copies(few: Matched, copies: pd.DataFrame, compared: pd.Index) -> Matched:
    """The result for all records, where `few` is that of the `compared` ones."""
    places = compared.to_numpy()
    table = few.clusters.assign(cluster=places[few.clusters["cluster"].to_numpy() - 1] + 1).set_index(places)
    second = copies[copies["number"] == 2].reset_index().set_index("first")["index"]
    first = copies["first"].to_numpy()
    follows = (
        table["cluster"].reindex(second.reindex(first).to_numpy()).to_numpy()
        == table["cluster"].reindex(first).to_numpy()
    )
    whole = table.reindex(np.where(follows, first, -1))
    whole.index = copies.index
    whole["cluster"] = whole["cluster"].fillna(pd.Series(copies.index + 1, dtype=schema.INT)).astype(schema.INT)
    whole.loc[places] = table
    doubtful = few.doubtful.assign(**{side: places[few.doubtful[side].to_numpy() - 1] + 1 for side in "lr"})
    return replace(few, clusters=whole, doubtful=doubtful)


def _alone(records: int) -> pd.DataFrame:
    nothing = pd.array([None] * records, dtype=schema.TEXT)
    score = pd.array([None] * records, dtype=pd.ArrowDtype(pa.float64()))
    return pd.DataFrame(
        {"cluster": pd.array(range(1, records + 1), dtype=schema.INT), "score": score, "reason": nothing}
    )
