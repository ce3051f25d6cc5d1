"""Entering into the consent ledger: its head is taken first, so that whoever appends waits for who does already.

On PostgreSQL everything goes through functions of the ledger's owner, for nobody else may write its tables.
"""

import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd
import pyarrow
from sqlalchemy import Connection, bindparam, text

from leads import keys, schema, sets
from store import chain, sealing
from store.bulk import fill

BYTES = pd.ArrowDtype(pyarrow.binary())
# What an event's leaf is made of, in the order of `chain.leaves`, and what its row holds.
LEAF = ("seq", "subject_id", "commitment", "digest", "lead_id", "row", "jurisdiction", "event_time")
ROW = ("seq", "block_no", "subject_id", "terms_id", "lead_id", "row", "jurisdiction", "event_time")


class Head(NamedTuple):
    """Where the ledger ends (`consent_head`)."""

    ledger: str
    block_no: int
    seq: int
    subjects: int
    hash: bytes
    keys: str


def take(connection: Connection) -> Head:
    """The head, held until the caller's transaction ends. Raises StoreError when a key of the ledger is lost."""
    ledger = uuid.uuid4().hex
    new = Head(ledger, 0, 0, 0, chain.genesis(ledger), "")
    if connection.dialect.name == "postgresql":
        row = connection.execute(text("SELECT * FROM consent_take(:ledger, :hash)"), new._asdict())
    else:
        # The transaction is the only one that writes.
        row = connection.execute(text("SELECT * FROM consent_head WHERE id = 1"))
    found = row.mappings().one_or_none()
    if found is None:
        append_rows(connection, "consent_head", {"id": [1], **{name: [c] for name, c in new._asdict().items()}})
        return new
    keys.require(found["keys"], "pepper", "master")
    return Head(*(found[name] for name in Head._fields))


def check_keys(connection: Connection, *kinds: keys.Kind) -> None:
    """Raise StoreError when a key of these kinds that the ledger was written with is lost."""
    keys.require(connection.execute(text("SELECT keys FROM consent_head WHERE id = 1")).scalar() or "", *kinds)


def enter(connection: Connection, head: Head, said: pd.DataFrame, salt: bytes) -> None:
    """Write events as the next blocks of the ledger, one for each moment at which they were recorded.

    `said`, in the order of the ledger: subject_id, commitment, terms_id, digest, lead_id, row, jurisdiction,
    event_time, recorded_time; `seq` where they have one already. New subjects were sealed for the first block, with
    `salt`.
    """
    numbers = range(head.seq + 1, head.seq + 1 + len(said))
    own = [name for name in (*LEAF, *ROW, "recorded_time") if name in said]
    rows = {"seq": list(numbers), **columns(said[list(dict.fromkeys(own))])}
    ends = [len(list(same)) for _, same in groupby(rows["recorded_time"])]
    rows["block_no"] = [head.block_no + 1 + no for no, count in enumerate(ends) for _ in range(count)]
    blocks, start = [], 0
    for no, count in enumerate(ends):
        part = slice(start, start + count)
        leaves = chain.leaves(zip(*(rows[name][part] for name in LEAF), strict=True))
        block = chain.Block(
            head.block_no + 1, rows["seq"][start], rows["seq"][start + count - 1], count, chain.root(leaves),
            head.hash, rows["recorded_time"][start], keys.masters()[0].version, salt if no == 0 else sealing.new_salt(),
        )  # fmt: skip
        blocks.append((*block, block.hash))
        head = head._replace(block_no=block.no, seq=block.last_seq, hash=block.hash)
        start += count
    append_rows(connection, "consent_event", {name: rows[name] for name in ROW})
    names = (*chain.Block._fields, "hash")
    append_rows(connection, "consent_block", dict(zip(names, map(list, zip(*blocks, strict=True)), strict=True)))
    used = {*head.keys.split(), *keys.names(keys.peppers()[0], keys.masters()[0])}
    _move_head(connection, head._replace(keys=" ".join(sorted(used))))


def columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The frame's columns as Python's own values, for the drivers and the hashes."""
    table = sets.table(frame)
    return {name: column.to_pylist() for name, column in zip(table.column_names, table.columns, strict=True)}


def one_array(column: pd.Series) -> pyarrow.Array:
    """The column as one Arrow array: after a filter or a concatenation pandas holds several."""
    array = pyarrow.array(column)
    return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array


def _move_head(connection: Connection, head: Head) -> None:
    if connection.dialect.name == "postgresql":
        sql = "SELECT consent_move_head(:block_no, :seq, :subjects, :hash, :keys)"
    else:
        sql = """UPDATE consent_head
                 SET block_no = :block_no, seq = :seq, subjects = :subjects, hash = :hash, keys = :keys"""
    connection.execute(text(sql), head._asdict())


def terms(connection: Connection, said: pd.DataFrame) -> pd.DataFrame:
    """Enter TERMS that are not there yet; returns terms (as numbered in `said`), type, terms_id, digest."""
    apart = [_apart(row) for row in said.to_dict("records")]
    digests = [chain.terms_digest(*one) for one in apart]
    asked = text("SELECT digest, id FROM consent_terms WHERE digest IN :digests")
    known = dict(
        connection.execute(asked.bindparams(bindparam("digests", digests, expanding=True))).tuples().all()
    )
    number = connection.execute(text("SELECT coalesce(max(id), 0) FROM consent_terms")).scalar_one()
    for digest, (plain, scopes) in zip(digests, apart, strict=True):
        if digest in known:
            continue
        number += 1
        known[digest] = number
        append_rows(connection, "consent_terms", {"id": [number], "digest": [digest], **plain})
        append_rows(connection, "consent_scope", {
            "terms_id": [number] * len(scopes), "channel": [c for c, _ in scopes], "purpose": [p for _, p in scopes],
        })  # fmt: skip
    return said[["terms", "type"]].assign(
        terms_id=pd.array([known[digest] for digest in digests], dtype=schema.INT),
        digest=pd.array(digests, dtype=BYTES),
    )


def _apart(said: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The terms as they are stored, and the channels and purposes they speak of."""
    scopes = {(c, p) for c in said["channels"].split("|") for p in said["purposes"].split("|")}
    left_out = ("terms", "channels", "purposes")
    return {n: None if pd.isna(cell) else cell for n, cell in said.items() if n not in left_out}, sorted(scopes)


def append_rows(connection: Connection, table: str, columns: Mapping[str, Sequence[Any] | Any]) -> None:
    """Add rows to a table of the ledger, column by column; a column that is no list holds for one row."""
    cells = {name: cell if isinstance(cell, list) else [cell] for name, cell in columns.items()}
    if connection.dialect.name == "postgresql":
        given = ", ".join(f'"{name}" => :{name}' for name in cells)
        connection.execute(text(f"SELECT {table}_append({given})"), cells)
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    fill(raw, f"{table} ({', '.join(cells)})", list(cells.values()))
