"""SQL over frames: one DuckDB statement in, one Arrow-backed frame out."""

import threading
from typing import Any

import duckdb
import pandas as pd
import pyarrow

from leads.schema import arrow

_mine = threading.local()


def _connection() -> duckdb.DuckDBPyConnection:
    """This thread's own in-memory database: opening one for every statement costs more than most statements."""
    if not hasattr(_mine, "connection"):
        _mine.connection = duckdb.connect()
    return _mine.connection  # type: ignore[no-any-return]


def query(sql: str, parameters: list[Any] | dict[str, Any] | None = None, **frames: pd.DataFrame) -> pd.DataFrame:
    """Run `sql` in DuckDB, in which each keyword names a frame; returns the result as a frame.

    Row order is the statement's own: say ORDER BY where it matters.
    """
    connection = _connection()
    for name, frame in frames.items():
        connection.register(name, pyarrow.Table.from_pandas(frame, preserve_index=False))
    try:
        return arrow(connection.sql(sql, params=parameters or []).to_arrow_table())
    finally:
        for name in frames:
            connection.unregister(name)


def key(expression: str) -> str:
    """SQL for a text's 64-bit key: an index of these is a third of one of texts, and equality is decided on the text.

    The lower half of MD5, as a signed integer: the same number in every process and release (DuckDB's own hash is not
    promised to be).
    """
    half = f"md5_number_lower({expression})"
    return f"""CAST(CASE WHEN {half} > 9223372036854775807 THEN CAST({half} AS HUGEINT) - 18446744073709551616
                    ELSE CAST({half} AS HUGEINT) END AS BIGINT)"""
