"""SQL over frames: one DuckDB statement in, one Arrow-backed frame out."""

from typing import Any

import duckdb
import pandas as pd
import pyarrow

from leads.schema import arrow


def query(sql: str, parameters: list[Any] | None = None, **frames: pd.DataFrame) -> pd.DataFrame:
    """Run `sql` in an in-memory DuckDB in which each keyword names a frame; returns the result as a frame.

    Row order is the statement's own: say ORDER BY where it matters.
    """
    with duckdb.connect() as connection:
        for name, frame in frames.items():
            connection.register(name, pyarrow.Table.from_pandas(frame, preserve_index=False))
        return arrow(connection.sql(sql, params=parameters or []).to_arrow_table())
