"""The seam between frames and readers: distinct values in, columns out.

Every normaliser reads each distinct value once, however many rows state it, so a reader sees values alone and cannot
see the neighbours of a row. A reader of one value is a plain function; a reader of many takes them as an Arrow batch.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from leads import schema

Row = tuple[Any, ...]


def distinct(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[pa.RecordBatch, np.ndarray]:
    """The distinct tuples of the `keys` columns, and for each row of `frame` which of them it has."""
    columns = [pa.array(frame[key]).dictionary_encode(null_encoding="encode") for key in keys]
    columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
    codes = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        indices = column.indices.to_numpy(zero_copy_only=False)
        # Made dense again after each column, so that the product of many columns cannot overflow.
        codes = pd.factorize(codes * max(len(column.dictionary), 1) + indices)[0]
    first = pa.array(np.flatnonzero(~pd.Series(codes).duplicated()))
    values = [column.dictionary.take(column.indices.take(first)) for column in columns]
    return pa.record_batch(values, names=list(keys)), codes


def read_distinct(
    frame: pd.DataFrame, keys: Sequence[str], read: Callable[[pa.RecordBatch], pa.RecordBatch]
) -> pd.DataFrame:
    """What `read` makes of the distinct tuples of `keys`, row by row of `frame`."""
    rows, codes = distinct(frame, keys)
    return schema.arrow(pa.Table.from_batches([read(rows).take(pa.array(codes))]))


def read_each(
    frame: pd.DataFrame, keys: Sequence[str], fields: Sequence[str], read: Callable[..., Row]
) -> pd.DataFrame:
    """`read_distinct` with a reader of one tuple, given as arguments, that answers with text `fields`."""
    return read_distinct(frame, keys, lambda rows: one_by_one(rows, fields, read))


def one_by_one(rows: pa.RecordBatch, fields: Sequence[str], read: Callable[..., Row]) -> pa.RecordBatch:
    """What `read` makes of each of `rows`, as text columns `fields`."""
    columns = [column.to_pylist() for column in rows.columns]
    readings = [read(*row) for row in zip(*columns, strict=True)]
    texts = [pa.array([reading[place] for reading in readings], pa.string()) for place in range(len(fields))]
    return pa.record_batch(texts, names=list(fields))
