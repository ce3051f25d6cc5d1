"""SQL over frames: one DuckDB statement in, one Arrow-backed frame out."""

import threading
from typing import Any

import duckdb
import pandas as pd
import pyarrow

from leads.schema import arrow

# Fewer rows than this are gone through by one thread: the statement is over before another has its part of them, and
# beside it other processes are at work. A load of 300,000 rows took 31.5 s and not 34.
FEW = 100_000

_mine = threading.local()


def _connection(rows: int) -> duckdb.DuckDBPyConnection:
    """This thread's own in-memory database for so many rows: opening one for every statement costs more than most
    statements."""
    name = "few" if rows < FEW else "many"
    if not hasattr(_mine, name):
        setattr(_mine, name, opened(rows))
    return getattr(_mine, name)  # type: ignore[no-any-return]


def opened(rows: int) -> duckdb.DuckDBPyConnection:
    """A new in-memory database whose statements go through so many rows; whoever opens it closes it."""
    return duckdb.connect(config={"threads": 1} if rows < FEW else {})


def table(frame: pd.DataFrame) -> pyarrow.Table:
    """The frame in Arrow, without its index. Where all columns lie in Arrow already they are taken as they are, for
    pandas' way there takes a millisecond of a few rows; and no threads are wanted."""
    if frame.columns.is_unique and all(isinstance(kind, pd.ArrowDtype) for kind in frame.dtypes):
        return pyarrow.table({str(name): pyarrow.array(column.array) for name, column in frame.items()})
    return pyarrow.Table.from_pandas(frame, preserve_index=False, nthreads=1)


def query(sql: str, parameters: list[Any] | dict[str, Any] | None = None, **frames: pd.DataFrame) -> pd.DataFrame:
    """Run `sql` in DuckDB, in which each keyword names a frame; returns the result as a frame.

    Row order is the statement's own: say ORDER BY where it matters.
    """
    connection = _connection(max(map(len, frames.values()), default=0))
    for name, frame in frames.items():
        connection.register(name, table(frame))
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
