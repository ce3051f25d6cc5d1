"""A model in Splink's words."""

from collections.abc import Sequence
from typing import Any

from dedupe.scoring.comparisons import Comparison, missing
from dedupe.scoring.weights import Model


def settings(of: Sequence[Comparison], model: Model) -> dict[str, Any]:
    """Splink's settings for these comparisons, of each of which it then gives the weight."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "probability_two_random_records_match": model.same,
        "comparisons": [_comparison(one, number, model) for number, one in enumerate(of)],
    }


def _comparison(one: Comparison, number: int, model: Model) -> dict[str, Any]:
    x = f"e{one.place}"
    levels: list[dict[str, Any]] = [
        {"sql_condition": missing(one), "label_for_charts": "missing", "is_null_level": True}
    ]
    for level, m, u in zip(one.levels, model.m[number], model.u[number], strict=True):
        frequency = {"tf_adjustment_column": x} if level.exact else {}
        said = {"sql_condition": level.sql, "label_for_charts": level.name, "m_probability": m, "u_probability": u}
        levels.append(said | frequency)
    return {"output_column_name": x, "comparison_levels": levels}
