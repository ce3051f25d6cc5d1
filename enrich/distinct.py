"""The seam between frames and readers: distinct values in, columns out.

Every normaliser reads each distinct value once, however many rows state it, so a reader is a plain function of one
value and cannot see the neighbours of a row.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from leads import schema

Row = tuple[Any, ...]


def distinct(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[list[Row], np.ndarray]:
    """The distinct tuples of the `keys` columns, and for each row of `frame` which of them it has."""
    columns = [pa.array(frame[key]).dictionary_encode(null_encoding="encode") for key in keys]
    columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
    codes = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        indices = column.indices.to_numpy(zero_copy_only=False)
        # Made dense again after each column, so that the product of many columns cannot overflow.
        codes = np.unique(codes * max(len(column.dictionary), 1) + indices, return_inverse=True)[1]
    first = np.unique(codes, return_index=True)[1]
    return list(zip(*(column.take(pa.array(first)).to_pylist() for column in columns), strict=True)), codes


def read_distinct(
    frame: pd.DataFrame,
    keys: Sequence[str],
    fields: Sequence[str],
    read: Callable[[list[Row]], Sequence[Row]],
) -> pd.DataFrame:
    """What `read` makes of each distinct tuple of `keys`, as text columns `fields`, row by row of `frame`."""
    rows, codes = distinct(frame, keys)
    readings = read(rows)
    columns = [pa.array([reading[i] for reading in readings], pa.string()) for i in range(len(fields))]
    return schema.arrow(pa.table(columns, names=list(fields)).take(pa.array(codes)))


def read_each(
    frame: pd.DataFrame, keys: Sequence[str], fields: Sequence[str], read: Callable[..., Row]
) -> pd.DataFrame:
    """`read_distinct` with a reader of one tuple, given as arguments."""
    return read_distinct(frame, keys, fields, lambda rows: [read(*row) for row in rows])
