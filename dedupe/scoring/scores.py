"""How alike two records are: Splink's Fellegi-Sunter model over our own pairs, where rare values count more."""

import math
from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from dedupe.engine import Engine, columns, splink
from dedupe.scoring import vetoes
from dedupe.scoring.comparisons import ELSE, Comparison, missing
from dedupe.scoring.settings import settings
from dedupe.scoring.weights import Model, learnt, shareable

# Pairs a model is learnt from: of the candidates, and at random.
SAMPLE, AT_RANDOM = 25_000, 40_000
# Two weights nearer than this are of one level.
TELLING = 5e-10


def score(duck: Engine, of: Sequence[Comparison], model: Model | None = None) -> Model:
    """Fill table `scored` from tables `records` and `pairs`; returns the model, learnt where none is given.

    `scored` has l, r, `weight` (log2 of the odds that they are one), `vetoed` where their names forbid it, and of each
    comparison its level `gamma_e<i>` (0 the most different, -1 missing) and its weight `mw_e<i>`.
    """
    model = model or _learn(duck, of)
    found = _predict(
        duck, settings(of, model), "SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM pairs"
    )
    levels = ", ".join(
        f"{_by_level(one, model, number, None)} AS gamma_e{one.place}" for number, one in enumerate(of)
    )
    weights = ", ".join(f"mw_e{one.place}" for one in of)
    conflict = " OR ".join(["false", *(f"gamma_e{place} = 0" for place in model.forbidding)])
    # Against the odds of being the same stand those of being related, and not only those of being strangers.
    duck.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored AS
            SELECT * EXCLUDE (related, odds), odds - log2(1 + 2 ** related) AS weight, {conflict} AS vetoed
            FROM (SELECT id_l AS l, id_r AS r, match_weight AS odds, {_related(of, model)} AS related, {levels},
                         {weights} FROM {found})"""
    )
    duck.execute(f"DROP TABLE {found}")
    return model


def _learn(duck: Engine, of: Sequence[Comparison]) -> Model:
    patterns = _patterns(duck, of)
    own = vetoes.own(duck, of, patterns)
    return learnt(patterns, of, own, vetoes.by_name(duck, of, own), *_sizes(duck))


def taught(duck: Engine, of: Sequence[Comparison], own: tuple[int, ...], forbidding: tuple[int, ...]) -> Model:
    """A model of tables `records` and `pairs`, where it is known what is one's `own` and what is `forbidding`."""
    records, pairs = _sizes(duck)
    return learnt(_patterns(duck, of), of, own, forbidding, records, pairs)


def _sizes(duck: Engine) -> tuple[int, int]:
    records, pairs = (
        int(duck.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0]) for name in ("records", "pairs")
    )
    return records, pairs


def _patterns(duck: Engine, of: Sequence[Comparison]) -> pd.DataFrame:
    """Combinations of levels (`gamma_e<i>`) and how often (`n`) candidates and `random` pairs have them."""
    count, _ = _sizes(duck)
    each, every = max(1, AT_RANDOM // count), max(1, count // AT_RANDOM)
    looked_at = f"""
        WITH few AS (SELECT l, r FROM pairs ORDER BY hash(l, r), l, r LIMIT {SAMPLE}),
        chosen AS (SELECT id AS a, 1 + hash(id, k) % {count} AS b
                   FROM records, (SELECT unnest(range({each})) AS k) WHERE id % {every} = 0)
        SELECT l, r, false AS random FROM few
        UNION ALL
        SELECT DISTINCT least(a, b)::INTEGER AS l, greatest(a, b)::INTEGER AS r, true FROM chosen WHERE a <> b"""
    levels = _levels(duck, of, f"({looked_at})", ["random"])
    return duck.sql(f"SELECT *, count(*) AS n FROM ({levels}) GROUP BY ALL ORDER BY ALL").df()


def _levels(duck: Engine, of: Sequence[Comparison], pairs: str, kept: Sequence[str]) -> str:
    """SQL for what is `kept` of `pairs` (l, r) of table `records`, and for their levels: the same as Splink's, without
    the texts that it would carry along."""
    sides = ", ".join(f"a.{c} AS {c}_l, b.{c} AS {c}_r" for c in columns(duck, "records") if c != "id")
    levels = [f"CASE WHEN {missing(one)} THEN -1 {_cases(one)} END AS gamma_e{one.place}" for one in of]
    return f"""SELECT {", ".join([*kept, *levels])}
               FROM (SELECT p.*, {sides} FROM {pairs} p JOIN records a ON a.id = p.l JOIN records b ON b.id = p.r)"""


def pieces(duck: duckdb.DuckDBPyConnection, of: Sequence[Comparison], model: Model, shares: pd.DataFrame) -> None:
    """Fill table `weighed` from tables `records` and `pairs`, with what each piece of evidence says of each pair.

    `shares` (name of the column, value, share) say how common values are. Of evidence i `b<i>` are the bits for being
    one, `q<i>` those for being related, null where it is missing on either side; `gamma_e<i>` its level. The same as
    Splink would say (a test holds them equal) without the second that it takes to begin, chunk after chunk.
    """
    may = shareable(of, model.own)
    rare = {one.place: _shares_of(duck, one, shares) for one in of if _exact(one) is not None}
    bits = [sql for number, one in enumerate(of) for sql in _bits(one, number, model, related=may[number])]
    joins = "".join(f" LEFT JOIN tf_of_{x} USING ({x})" for x in rare.values())
    levels = _levels(duck, of, "pairs", ["l", "r", *(f"{x}_l AS {x}" for x in rare.values())])
    duck.execute(
        f"""CREATE OR REPLACE TEMP TABLE weighed AS
            SELECT l, r, COLUMNS('^gamma_'), {", ".join(bits)} FROM ({levels}){joins}"""
    )


def _bits(one: Comparison, number: int, model: Model, *, related: bool) -> list[str]:
    """SQL of the bits of a comparison for being one, and for being related; rare values count more."""
    x, top, exact = f"e{one.place}", len(one.levels) - 1, _exact(one)
    rare = ""
    if exact is not None:
        usual = model.u[number][exact]
        rare = f" + CASE WHEN gamma_{x} = {top - exact} THEN log2({usual!r} / t_{x}) ELSE 0 END"
    same = [model.bits(number, place) for place in range(top + 1)]
    kin = [math.log2(r / u) for r, u in zip(model.r[number], model.u[number], strict=True)]
    by_kin = f"{_worth(x, kin)}{rare}" if related else f"CASE WHEN gamma_{x} >= 0 THEN 0.0 END"
    return [f"{_worth(x, same)}{rare} AS b{one.place}", f"{by_kin} AS q{one.place}"]


def _exact(one: Comparison) -> int | None:
    return next((place for place, level in enumerate(one.levels) if level.exact), None)


def _cases(one: Comparison) -> str:
    """SQL of the levels, the most equal with the highest number."""
    top = len(one.levels) - 1
    return " ".join(
        f"WHEN {level.sql} THEN {top - place}" if level.sql != ELSE else f"ELSE {top - place}"
        for place, level in enumerate(one.levels)
    )


def _worth(column: str, worth: list[float]) -> str:
    cases = " ".join(f"WHEN {len(worth) - 1 - place} THEN {bits!r}" for place, bits in enumerate(worth))
    return f"CASE gamma_{column} {cases} END"


def _shares_of(duck: duckdb.DuckDBPyConnection, one: Comparison, shares: pd.DataFrame) -> str:
    """Table `tf_of_e<i>` (e<i>, t_e<i>): how common its values are; returns the column."""
    column, own = f"e{one.place}", shares[shares["name"] == one.evidence.column]
    duck.register("own", pa.table({column: own["value"], f"t_{column}": own["share"]}))
    duck.execute(f"CREATE OR REPLACE TEMP TABLE tf_of_{column} AS SELECT * FROM own")
    return column


def _predict(duck: Engine, model: dict[str, Any], pairs: str) -> str:
    """Have Splink score `pairs` (join_key_l, join_key_r, match_key); returns the name of its table."""
    from splink import Linker

    api, model = splink(duck, model)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE asked AS {pairs}")
    linker = Linker(api.register("records"), model, log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(api.register("asked"))
    return str(linker.inference.predict(warning_mode="never").physical_name)


def _by_level(one: Comparison, model: Model, number: int, worth: list[float] | None) -> str:
    """SQL for the level of a comparison, or for what it is `worth`. A level is told by its weight: Splink gives
    either the weights, or the levels together with all texts that were compared.
    """
    cases = " ".join(
        f"WHEN abs(mw_e{one.place} - ({model.bits(number, place)!r})) < {TELLING} "
        f"THEN {worth[place] if worth else len(one.levels) - 1 - place}"
        for place in range(len(one.levels))
    )
    return f"CASE {cases} ELSE {0 if worth else -1} END"


def _related(of: Sequence[Comparison], model: Model) -> str:
    """SQL for the weight of being related as against being strangers."""
    terms = [repr(math.log2(model.related / (1 - model.related)))]
    for number, (one, may) in enumerate(zip(of, shareable(of, model.own), strict=True)):
        if may:
            worth = [math.log2(r / u) for r, u in zip(model.r[number], model.u[number], strict=True)]
            terms.append(_by_level(one, model, number, worth))
            if any(level.exact for level in one.levels):
                terms.append(f"mw_tf_adj_e{one.place}")
    return " + ".join(terms)
