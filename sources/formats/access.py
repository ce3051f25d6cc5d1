"""Access databases (.mdb, .accdb): each table a person made is a table."""

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow
from access_parser import AccessParser  # type: ignore[import-untyped]

from sources.formats import pack
from sources.formats.found import Found, Given, Refused, bounded


def tables(given: Given) -> list[Found]:
    """The tables by name. Raises Refused for a database that is damaged or protected by a password."""
    logging.getLogger("access_parser").setLevel(logging.CRITICAL + 1)  # it prints pages of the file
    try:
        database = AccessParser(str(given.path))
        names = [name for name in database.catalog if not name.startswith(("MSys", "~"))]
    except Exception as error:  # the reader trusts every offset in the file
        raise Refused(f"it is damaged or protected by a password ({type(error).__name__})") from None
    return [Found(name, partial(_batches, database, name), named=True) for name in names]


def _batches(database: Any, name: str) -> Iterator[pyarrow.RecordBatch]:
    try:
        columns = {str(header): list(cells) for header, cells in database.parse_table(name).items()}
    except Exception as error:
        raise Refused(f"a table is damaged ({type(error).__name__})") from None
    heights = {len(cells) for cells in columns.values()}
    if len(heights) > 1:  # the reader skips what it cannot read, and the cells below move up
        raise Refused("a table is damaged (its columns are of unequal length)")
    height = heights.pop() if heights else 0
    bounded(height, len(columns))
    if columns:
        yield from pack.rows(_rows(columns), len(columns))


def _rows(columns: dict[str, list[Any]]) -> Iterator[tuple[Any, ...]]:
    yield tuple(columns)
    yield from zip(*columns.values(), strict=True)
