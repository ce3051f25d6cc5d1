"""Match keys: under which values a lead can be found again, as 64-bit integers for an indexed join."""

import pandas as pd

from leads.sets import key, query


def match_keys(points: pd.DataFrame) -> pd.DataFrame:
    """Distinct values of usable points (columns `type`, `value`) with their `key`, sorted by key.

    Columns: key (64-bit), type, value.
    """
    return query(
        f"""SELECT {key("type || chr(0) || value")} AS key, type, value
            FROM (SELECT DISTINCT type, value FROM points) ORDER BY key, type, value""",
        points=points[["type", "value"]],
    )
