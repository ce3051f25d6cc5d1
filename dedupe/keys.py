"""Match keys: under which values a lead can be found again, as 64-bit integers for an indexed join."""

import pandas as pd

from leads.sets import query

# The lower half of MD5, as a signed integer: the same number in every process and release (DuckDB's own hash
# is not promised to be). A key only finds candidates; equality is always decided on the raw value.
KEY_SQL = """CAST(CASE WHEN h > 9223372036854775807 THEN CAST(h AS HUGEINT) - 18446744073709551616
                  ELSE CAST(h AS HUGEINT) END AS BIGINT)"""


def match_keys(points: pd.DataFrame) -> pd.DataFrame:
    """Distinct values of usable points (columns `type`, `value`) with their `key`, sorted by key.

    Columns: key (64-bit), type, value.
    """
    return query(
        f"""SELECT {KEY_SQL} AS key, type, value
            FROM (SELECT DISTINCT type, value, md5_number_lower(type || chr(0) || value) AS h FROM points)
            ORDER BY key, type, value""",
        points=points[["type", "value"]],
    )
