"""Why two records are one, in words: the evidence that spoke for it, and on which level it agreed."""

from collections.abc import Sequence

import pandas as pd

from dedupe.engine import Engine
from dedupe.scoring.comparisons import Comparison
from leads import schema
from leads.sets import query

# Evidence worth fewer bits is not named.
NAMED = 1.0
MOST_DOUBTFUL = 50_000
PROBABILITY = "1 / (1 + 2 ** -least(greatest(weight, -50), 50))"


def best_links(duck: Engine, of: Sequence[Comparison]) -> pd.DataFrame:
    """Of tables `scored` and `found` (id, cluster): cluster, score and reason of each record, by id."""
    return schema.arrow(duck.sql(f"SELECT * EXCLUDE (id) FROM ({links(of)}) ORDER BY id").to_arrow_table())


def links(of: Sequence[Comparison]) -> str:
    """SQL for id, cluster, score and reason of each record."""
    return f"""WITH linked AS (
                SELECT s.l, s.r, weight, {_words(of)} AS reason FROM scored s
                JOIN found a ON a.id = s.l JOIN found b ON b.id = s.r WHERE a.cluster = b.cluster),
            sides AS (SELECT l AS id, r AS other, weight, reason FROM linked
                      UNION ALL SELECT r, l, weight, reason FROM linked),
            best AS (SELECT id, weight, reason FROM sides
                     QUALIFY row_number() OVER (PARTITION BY id ORDER BY weight DESC, other) = 1)
            SELECT id, cluster, CASE WHEN weight IS NOT NULL THEN round({PROBABILITY}, 4) END AS score, reason
            FROM found LEFT JOIN best USING (id)"""


def doubtful(duck: Engine, of: Sequence[Comparison], between: tuple[float, float]) -> pd.DataFrame:
    """Pairs whose weight lies `between`, and those kept apart by a veto alone; the surest first, at most so many."""
    least, most = between
    found = duck.sql(
        f"""SELECT s.l, s.r, round({PROBABILITY}, 4) AS score, a.cluster = b.cluster AS joined, vetoed,
                   {_words(of)} AS reason
            FROM scored s JOIN found a ON a.id = s.l JOIN found b ON b.id = s.r
            WHERE weight BETWEEN {least} AND {most} OR weight > {most} AND a.cluster <> b.cluster
            ORDER BY weight DESC, s.l, s.r LIMIT {MOST_DOUBTFUL}"""
    )
    return schema.arrow(found.to_arrow_table())


def nothing() -> pd.DataFrame:
    """No pair in doubt."""
    return query(
        "SELECT 0 AS l, 0 AS r, 0.0::DOUBLE AS score, false AS joined, false AS vetoed, '' AS reason WHERE false"
    )


def _words(of: Sequence[Comparison]) -> str:
    """`surname equal, phone one digit apart`: an SQL text over the levels of a pair."""
    said = []
    for one in of:
        label = (one.evidence.label or one.evidence.column).replace("'", "''")
        cases = " ".join(
            f"WHEN {len(one.levels) - 1 - place} THEN '{label} {level.name}'"
            for place, level in enumerate(one.levels[:-1])
        )
        said.append(f"CASE WHEN mw_e{one.place} >= {NAMED} THEN CASE gamma_e{one.place} {cases} END END")
    return f"nullif(concat_ws(', ', {', '.join(said)}), '')"
