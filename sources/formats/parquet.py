"""Parquet: one table; what is nested is flattened as in JSON."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from sources.formats import pack
from sources.formats.found import Found, Given, Refused, bounded
from sources.formats.notation import flat

_PLAIN = (pyarrow.types.is_string, pyarrow.types.is_large_string, pyarrow.types.is_integer)


def tables(given: Given) -> list[Found]:
    """The one table of the file. Raises Refused when it is damaged or spans too much."""
    return [Found(given.path.name, partial(_batches, given.path), named=True)]


def _batches(path: Path) -> Iterator[pyarrow.RecordBatch]:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            shape = file.schema_arrow
            bounded(file.metadata.num_rows, len(shape))
            if any(pyarrow.types.is_nested(kind) for kind in shape.types):
                yield from pack.records(_records(file))
                return
            yield pack.batch([pack.column([name]) for name in shape.names])
            for part in file.iter_batches(batch_size=max(1, min(pack.ROWS, pack.BATCH // max(len(shape), 1)))):
                yield pack.batch([_text(cells) for cells in part.columns])
    except (pyarrow.ArrowException, OSError) as error:
        raise Refused(f"it is damaged or protected ({type(error).__name__})") from None


def _records(file: Any) -> Iterator[dict[str, Any]]:
    for part in file.iter_batches(batch_size=1_000):
        yield from map(flat, part.to_pylist())


def _text(cells: pyarrow.Array) -> pyarrow.Array:
    if any(is_plain(cells.type) for is_plain in _PLAIN):
        return cells.cast(pyarrow.string())
    return pack.column(cells.to_pylist())
