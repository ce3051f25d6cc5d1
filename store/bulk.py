"""Frames into the store: a staging table, then one set-based statement.

SQLite is written through Python's own `sqlite3` only (the raw connection of the same SQLAlchemy transaction): a
second copy of the library in the process would not see its locks. PostgreSQL takes COPY on the same connection.
"""

import io
import sqlite3
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import Connection, text

from leads import sets
from store import at_rest

TYPES = {
    "string": "TEXT",
    "int64": "BIGINT",
    "int32": "BIGINT",
    "bool": "BOOLEAN",
    "double": "DOUBLE PRECISION",
    "binary": "BYTEA",
}

# Rows a statement: SQLite takes 32,766 parameters.
AT_ONCE = 100


def stage(connection: Connection, name: str, frame: pd.DataFrame) -> None:
    """Put `frame` into the temporary table `name` (replaced when it is there), column by column.

    A NUL character, which PostgreSQL cannot hold, becomes U+FFFD in both stores. What values are looked up by is sealed
    where the store's are.
    """
    _fill(connection, name, at_rest.stored(connection, name, _storable(frame), asked=True))
    analyse(connection, name)


def _fill(connection: Connection, name: str, table: pyarrow.Table) -> None:
    columns = ", ".join(f'"{field.name}" {_type(field.type)}' for field in table.schema)
    connection.execute(text(f"DROP TABLE IF EXISTS {_temporary(connection, name)}"))
    connection.execute(text(f"CREATE TEMPORARY TABLE {name} ({columns})"))
    if not table.num_rows:
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    if connection.dialect.name == "sqlite":
        fill(raw, f"temp.{name}", [column.to_pylist() for column in table.columns])
        return
    for i, field in enumerate(table.schema):
        if _type(field.type) == "BYTEA":
            texts = [None if cell is None else f"\\x{cell.hex()}" for cell in table.column(i).to_pylist()]
            table = table.set_column(i, field.name, pyarrow.array(texts, pyarrow.string()))
    buffer = io.BytesIO()
    # Of a table with an empty chunk in it, write_csv writes whatever stands in memory (pyarrow 25).
    pyarrow.csv.write_csv(
        table.combine_chunks(), buffer, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    )
    with raw.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
        copy.write(buffer.getvalue())


def fill(raw: sqlite3.Connection, into: str, columns: Sequence[list[Any]]) -> None:
    """Insert rows, given column by column, `into` a table of SQLite: a hundred of them a statement.

    A statement costs as much as some cells, and a trigger as much for a statement as for a row. Measured, 20,000 rows:
    of one column 2 ms and not 9, of 19 columns 40 ms and not 57.
    """
    width, rows = len(columns), len(columns[0])
    cells: list[Any] = [None] * (rows * width)
    for place, column in enumerate(columns):
        cells[place::width] = column
    marks, whole = f"({', '.join('?' * width)})", rows // AT_ONCE * AT_ONCE
    for count, start, end in ((AT_ONCE, 0, whole * width), (1, whole * width, len(cells))):
        together = (cells[at : at + count * width] for at in range(start, end, count * width))
        raw.executemany(f"INSERT INTO {into} VALUES {', '.join([marks] * count)}", together)


def insert(
    connection: Connection, table: str, frame: pd.DataFrame, keys: Sequence[str] = (), *,
    update: bool = False, lasting: Sequence[str] = (), as_stored: bool = False,
) -> int:  # fmt: skip
    """Insert `frame` into `table`, sorted by `keys`; returns how many rows were new or changed.

    A row whose `keys` are there already is left alone, or with `update` takes the frame's other columns where they
    differ: a row written as it was is a page written for nothing. So is an index of columns that are `lasting`: what
    is there of these stays. `as_stored`: as a store has it.
    """
    if frame.empty:
        return 0
    cells = _storable(frame)
    if not as_stored:
        cells = at_rest.stored(connection, table, cells)
    if keys:
        cells = cells.take(pc.sort_indices(cells, [(key, "ascending") for key in keys]))
    constant = _constant(cells)
    _fill(connection, "staged", cells.drop_columns(list(constant)))
    conflict = ""
    if keys:
        others = [c for c in frame.columns if c not in (*keys, *lasting)]
        change = ", ".join(f'"{c}" = excluded."{c}"' for c in others)
        differs = " OR ".join(f'"{table}"."{c}" IS DISTINCT FROM excluded."{c}"' for c in others)
        action = f"UPDATE SET {change} WHERE {differs}" if update and others else "NOTHING"
        conflict = f"ON CONFLICT ({', '.join(keys)}) DO {action}"
    names = ", ".join(f'"{name}"' for name in cells.column_names)
    values = ", ".join(
        f'CAST(:{field.name} AS {_type(field.type)}) AS "{field.name}"'
        if field.name in constant
        else f'"{field.name}"'
        for field in cells.schema
    )
    # "WHERE true": SQLite would read ON CONFLICT after a bare SELECT as a join condition.
    result = connection.execute(
        text(f'INSERT INTO "{table}" ({names}) SELECT {values} FROM staged WHERE true {conflict}'),
        constant,
    )
    connection.execute(text(f"DROP TABLE {_temporary(connection, 'staged')}"))
    return result.rowcount


def _constant(table: pyarrow.Table) -> dict[str, Any]:
    """The columns that say the same in every row, as one value each: they need not be written row by row.

    Half of a chunk's cells are such (the source, the batch, fields that nobody states). One column always varies.
    """
    found: dict[str, Any] = {}
    for name in table.column_names if table.num_rows > 1 else ():
        column = table.column(name)
        same = column.null_count == 0 and pc.all(pc.equal(column, column[0])).as_py()
        if (same or column.null_count == len(column)) and len(found) < table.num_columns - 1:
            found[name] = column[0].as_py()
    return found


def next_id(connection: Connection, table: str) -> int:
    """The next surrogate key of `table` (`lead` or `contact`), never one of an erased row: the ledger and aliases name
    them for ever. The loader's lock keeps it ours."""
    highest = f'SELECT max(id) AS id FROM "{table}" UNION ALL SELECT max(last_{table}) FROM erasure'
    return int(connection.execute(text(f"SELECT coalesce(max(id), 0) + 1 FROM ({highest}) ids")).scalar_one())


def _temporary(connection: Connection, name: str) -> str:
    return f"temp.{name}" if connection.dialect.name == "sqlite" else f"pg_temp.{name}"


def analyse(connection: Connection, name: str) -> None:
    """Tell the planner how few rows a temporary table has: else it may go through all the store and look up here."""
    connection.execute(text(f"ANALYZE {_temporary(connection, name)}"))


def _storable(frame: pd.DataFrame) -> pyarrow.Table:
    table = sets.table(frame)
    for i, field in enumerate(table.schema):
        if TYPES.get(_name(field.type)) == "TEXT" and pc.any(pc.match_substring(table.column(i), "\0")).as_py():
            table = table.set_column(
                i, field, pc.replace_substring(table.column(i), "\0", "\N{REPLACEMENT CHARACTER}")
            )
    return table


def _type(kind: pyarrow.DataType) -> str:
    return TYPES[_name(kind)]


def _name(kind: pyarrow.DataType) -> str:
    return "string" if pyarrow.types.is_large_string(kind) else str(kind)
