"""The landing: every batch as it was received, in Parquet parts with a manifest. Nobody else reads or writes it.

    <landing>/<source>/<batch>/part-00000.parquet …  manifest.json

Parts are written under a temporary name and renamed when all are there; the manifest comes last, and a folder without
one is no batch, also on an object store, where a rename is a copy. A part is what one write transaction of the load
takes; a batch without rows has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import duckdb
import fsspec
import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet

from leads import clock
from leads.errors import LeadsError, SourceError, StoreError
from store import unfinished

if TYPE_CHECKING:  # `leads why` reads one row of a batch, and pandas takes long to import
    import pandas as pd

    from leads.pull import Pull, Receipt

FIXED = ("row", "record_key", "content", "occurred_at", "source_uri", "note")


@dataclass(frozen=True)
class Manifest:
    """What a batch says about itself. `sha256` is over the content of all rows, in order.

    `returned`: the rows were quarantined before and come back mended. `erased` are tombstones: which part took the
    place of which (its SHA-256), when, and how many rows were emptied.
    """

    batch: str
    source: str
    headers: list[str]
    rows: int
    records: int
    declared: int | None
    cursor: str | None
    fetched_at: str
    sha256: str
    parts: list[dict[str, Any]]
    returned: bool = False
    erased: list[dict[str, Any]] = field(default_factory=list)


class _Writer:
    """Cuts a pull into parts; knows the headers seen so far and how often each content occurred."""

    def __init__(self, fs: Any, folder: str, part_rows: int) -> None:
        self.fs, self.folder, self.part_rows = fs, folder, part_rows
        self.headers: list[str] = []
        self.parts: list[dict[str, Any]] = []
        self.waiting: list[pyarrow.Table] = []
        self.rows = self.records = 0
        self.returned = False
        self.digest = hashlib.sha256()
        self.duck = duckdb.connect()
        # Without a key: an index costs more than all of the joins, and 16 bytes a row are kept, not 32.
        self.duck.execute("CREATE TABLE seen (number UHUGEINT)")

    def add(self, frame: pd.DataFrame) -> None:
        """Take one frame of the pull."""
        table = self._keyed(self._renamed(frame))
        self.rows += table.num_rows
        self.records += table.column("note").null_count
        self.waiting.append(table)
        while sum(t.num_rows for t in self.waiting) >= self.part_rows:
            self._flush(self.part_rows)

    def finish(self) -> None:
        """Write what is left."""
        if self.waiting and sum(t.num_rows for t in self.waiting):
            self._flush(self.part_rows)
        self.duck.close()

    def _renamed(self, frame: pd.DataFrame) -> pyarrow.Table:
        """Headers become positions (they are never identifiers); rows are numbered through the batch."""
        from leads.pull import KEY, NOTE, REASON, RESERVED, TIME, URI

        self.returned = self.returned or REASON in frame.columns
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
        own = [name for name in table.column_names if name not in RESERVED]
        self.headers += [name for name in own if name not in self.headers]
        count = table.num_rows
        nothing = pyarrow.nulls(count, pyarrow.string())

        def column(name: str) -> Any:
            return table.column(name).cast(pyarrow.string()) if name in table.column_names else nothing

        columns = {
            "row": pyarrow.arange(self.rows, self.rows + count),
            "key": column(KEY),
            "occurred_at": column(TIME),
            "source_uri": column(URI),
            "note": column(NOTE),
            **{f"f{i}": column(name) for i, name in enumerate(self.headers)},
        }
        return pyarrow.table(columns)

    def _keyed(self, table: pyarrow.Table) -> pyarrow.Table:
        """Add `content` (hash of the raw cells) and `record_key` (the provider's id, else content + occurrence).

        The hash is over (header, length, value) of the non-empty cells in the order of the headers' names, so
        that a moved or an added empty column changes nothing, and a base with one more line is not a new base.
        """
        cells = []
        for i in sorted(range(len(self.headers)), key=self.headers.__getitem__):
            tag = hashlib.sha256(self.headers[i].encode()).hexdigest()[:8]
            cells.append(f"CASE WHEN f{i} <> '' THEN '{tag}:' || length(f{i}) || ':' || f{i} ELSE '' END")
        raw = "concat('', " + ", ".join(cells or ["''"]) + ")"
        self.duck.register("received", table)
        # DuckDB keeps the order of the rows (preserve_insertion_order), so that nothing need be sorted here.
        contents = self.duck.sql(f"SELECT substr(sha256({raw}), 1, 32) AS content FROM received").to_arrow_table()
        self.duck.unregister("received")
        contents = contents.append_column("row", table["row"]).append_column("key", table["key"])
        self.digest.update("".join(contents["content"].to_pylist()).encode())
        keyed = table.drop_columns("key").add_column(1, "record_key", self._record_keys(contents))
        return keyed.add_column(2, "content", contents["content"])

    def _record_keys(self, contents: pyarrow.Table) -> pyarrow.ChunkedArray:
        """The provider's ids, else content and occurrence; remembers the contents that stand for themselves."""
        self.duck.register("contents", contents)
        # Few contents come again: only those are counted among what was seen.
        self.duck.execute("""CREATE OR REPLACE TEMP TABLE unnamed AS SELECT row, content,
                             ('0x' || content)::UHUGEINT AS number FROM contents WHERE coalesce(key, '') = ''""")
        keys = self.duck.sql("""
            WITH before AS (SELECT number, count(*) AS times FROM seen SEMI JOIN unnamed USING (number) GROUP BY 1),
                 own AS (SELECT row, coalesce(times, 0) + row_number() OVER (PARTITION BY number ORDER BY row) AS nth
                         FROM unnamed LEFT JOIN before USING (number))
            SELECT coalesce(nullif(c.key, ''), c.content || '-' || own.nth) AS record_key
            FROM contents c LEFT JOIN own USING (row) ORDER BY c.row""").to_arrow_table()
        self.duck.execute("INSERT INTO seen SELECT number FROM unnamed")
        self.duck.unregister("contents")
        return keys["record_key"]

    def _flush(self, rows: int) -> None:
        table = pyarrow.concat_tables(self.waiting, promote_options="default")
        part, rest = table.slice(0, rows), table.slice(rows)
        self.waiting = [rest] if rest.num_rows else []
        data = _packed(part)
        name = f"part-{len(self.parts):05d}.parquet"
        _put(self.fs, f"{self.folder}/{name}", data)
        self.parts.append({"file": name, "rows": part.num_rows, "sha256": hashlib.sha256(data).hexdigest()})


def land(url: str, source: str, pull: Pull, *, part_rows: int) -> Manifest:
    """Write what a pull gives as one batch below the landing at `url`; returns its manifest.

    A pull that fails leaves nothing behind, and what a killed one left is swept first. Raises what the pull raises,
    StoreError when the landing cannot be written.
    """
    sweep(url, source)
    fs, root = _open(url)
    fetched = clock.now()
    batch = f"{source}-{re.sub('[^0-9]', '', fetched)[:14]}-{secrets.token_hex(3)}"
    with _written(root):
        fs.makedirs(f"{root}/{source}", exist_ok=True)
    with unfinished.held(fs, f"{root}/{source}", batch):
        return _land(fs, f"{root}/{source}", source, batch, fetched, pull, part_rows)


def discard(url: str, batch: str) -> None:
    """Remove a batch that was refused before it was registered."""
    fs, root = _open(url)
    unfinished.remove(fs, f"{root}/{_source_of(batch)}/{batch}")


def sweep(url: str, source: str) -> None:
    """Remove what killed pulls of a source left in the landing: it is no batch, and it holds personal data."""
    fs, root = _open(url)
    unfinished.sweep(fs, f"{root}/{source}", clock.now())


def _land(fs: Any, place: str, source: str, batch: str, fetched: str, pull: Pull, part_rows: int) -> Manifest:
    folder, temporary = f"{place}/{batch}", f"{place}/.{batch}.part"
    try:
        writer = _Writer(fs, temporary, part_rows)
        receipt = _drain(pull, writer)
        writer.finish()
        manifest = Manifest(
            batch, source, writer.headers, writer.rows, writer.records, receipt.declared, receipt.cursor,
            fetched, writer.digest.hexdigest(), writer.parts, writer.returned,
        )  # fmt: skip
        data = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        _put(fs, f"{temporary}/.manifest", data)
        with _written(folder):
            fs.mv(temporary, folder, recursive=True)
            fs.mv(f"{folder}/.manifest", f"{folder}/manifest.json")
    except BaseException:
        unfinished.remove(fs, temporary)
        unfinished.remove(fs, folder)
        raise
    return manifest


def _drain(pull: Pull, writer: _Writer) -> Receipt:
    """Hand the frames to the writer in another thread: the pull goes on while one is hashed, packed and written."""
    with ThreadPoolExecutor(1) as beside:
        written: Future[None] | None = None
        while True:
            try:
                frame = next(pull)
            except StopIteration as end:
                receipt: Receipt = end.value
                break
            if written:
                written.result()
            written = beside.submit(writer.add, frame)
        if written:
            written.result()
    return receipt


def _packed(table: pyarrow.Table) -> bytes:
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _put(fs: Any, path: str, data: bytes) -> None:
    """Write a file, and have it on the disk before going on where the file system is a local one."""
    with _written(path):
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        with fs.open(path, "wb") as file:
            file.write(data)
            if unfinished.is_local(fs):
                file.flush()
                os.fsync(file.fileno())


@contextmanager
def _written(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            "the landing cannot be written", where=path, why=error.strerror or type(error).__name__,
            do="Check that the folder is writable and the disk has space",
        ) from None  # fmt: skip


def read_manifest(url: str, batch: str) -> Manifest:
    """The manifest of a batch; raises LeadsError when there is no such batch."""
    fs, root = _open(url)
    file = f"{root}/{_source_of(batch)}/{batch}/manifest.json"
    if not fs.exists(file):
        raise LeadsError(f"there is no batch '{batch}'", where=url,
                         do="`leads ingest` names it, and so does `leads why` of somebody in it")  # fmt: skip
    with fs.open(file, "r", encoding="utf-8") as opened:
        return Manifest(**json.load(opened))


def batches(url: str, source: str) -> list[str]:
    """The whole batches of a source that lie in the landing, oldest first."""
    fs, root = _open(url)
    folder = f"{root}/{source}"
    if not fs.exists(folder):
        return []
    names = (path.rstrip("/").rpartition("/")[2] for path in fs.ls(folder, detail=False))
    return sorted(n for n in names if not n.startswith(".") and fs.exists(f"{folder}/{n}/manifest.json"))


def read_part(url: str, manifest: Manifest, no: int) -> pd.DataFrame:
    """Part `no` of a batch as a LANDED frame, checked against the manifest's checksum."""
    from leads import schema

    return schema.check(schema.LANDED, schema.arrow(_table(url, manifest, no)))


def _table(url: str, manifest: Manifest, no: int) -> pyarrow.Table:
    fs, root = _open(url)
    part = manifest.parts[no]
    with fs.open(f"{root}/{manifest.source}/{manifest.batch}/{part['file']}", "rb") as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != part["sha256"]:
        raise SourceError(
            "the landed part is not what was landed", where=f"batch {manifest.batch}, {part['file']}",
            why="its SHA-256 differs", do="Restore the landing from a backup, or pull the source again",
        )  # fmt: skip
    # Not read_table: it imports pandas, and `leads why` has to be quick.
    return pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data)).read()


def read_columns(url: str, manifest: Manifest, names: list[str]) -> Iterator[pd.DataFrame]:
    """Part by part some columns of LANDED, those of them that the part has, without reading the others."""
    from leads import schema

    fs, root = _open(url)
    for part in manifest.parts:
        with fs.open(f"{root}/{manifest.source}/{manifest.batch}/{part['file']}", "rb") as opened:
            file = pyarrow.parquet.ParquetFile(opened)
            yield schema.arrow(file.read([name for name in names if name in file.schema_arrow.names]))


def files(url: str, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """(path, SHA-256) of each file of a batch, for the register of personal files."""
    _, root = _open(url)
    for part in manifest.parts:
        yield f"{root}/{manifest.source}/{manifest.batch}/{part['file']}", part["sha256"]


def raw_rows(url: str, batch: str, rows: set[int], *, timed: bool = False) -> dict[int, dict[str, str]]:
    """Some rows as they were received: row -> header -> text, for `leads why` and `leads rejects`.

    `timed`: with what the source said apart from its columns of when the person acted, as `@time`.
    """
    manifest = read_manifest(url, batch)
    found: dict[int, dict[str, str]] = {}
    before = 0
    for no, part in enumerate(manifest.parts):
        wanted = sorted(row - before for row in rows if before <= row < before + part["rows"])
        before += part["rows"]
        if not wanted:
            continue
        whole = _table(url, manifest, no)
        # Slices, because `take` would import pandas to look at the list of places.
        table = pyarrow.concat_tables([whole.slice(place, 1) for place in wanted])
        names = [(f"f{i}", h) for i, h in enumerate(manifest.headers) if f"f{i}" in table.column_names]
        names += [("occurred_at", "@time")] if timed else []
        for cells in table.to_pylist():
            found[cells["row"]] = {header: cells[name] for name, header in names if cells[name] is not None}
    return found


def erase(url: str, batch: str, rows: set[int]) -> Manifest:
    """Empty some rows of a batch for ever: they keep their number and say that they were erased. Returns the manifest.

    A part is written anew beside the old one, the manifest turns to it, and the old one goes: killed in between, the
    same call ends it. Raises SourceError when a part is not what was landed.
    """
    manifest = read_manifest(url, batch)
    fs, root = _open(url)
    folder, parts, stones, before = (
        f"{root}/{manifest.source}/{batch}",
        list(manifest.parts),
        list(manifest.erased),
        0,
    )
    for no, part in enumerate(manifest.parts):
        own = {row for row in rows if before <= row < before + part["rows"]}
        before += part["rows"]
        table = _table(url, manifest, no) if own else None
        if table is None or (emptied := _emptied(table, own)).equals(table):
            continue
        name = f"{part['file'].split('.')[0]}.{len(stones) + 1}.parquet"
        data = _packed(emptied)
        _put(fs, f"{folder}/{name}", data)
        parts[no] = {"file": name, "rows": part["rows"], "sha256": hashlib.sha256(data).hexdigest()}
        stones.append({"part": name, "instead_of": part["sha256"], "rows": len(own), "at": clock.now()})
    if stones != manifest.erased:
        manifest = replace(manifest, parts=parts, erased=stones)
        _put(fs, f"{folder}/.manifest", json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())
        fs.mv(f"{folder}/.manifest", f"{folder}/manifest.json")
    named = {part["file"] for part in parts} | {"manifest.json"}
    for path in fs.ls(folder, detail=False):
        if path.rpartition("/")[2] not in named:
            fs.rm(path)
    return manifest


def _emptied(table: pyarrow.Table, rows: set[int]) -> pyarrow.Table:
    gone = pyarrow.array([row in rows for row in table["row"].to_pylist()])
    said = {"record_key": "erased", "content": "erased", "note": "erased"}
    for place, name in enumerate(table.column_names):
        if name != "row":
            column = pc.if_else(gone, pyarrow.scalar(said.get(name), pyarrow.string()), table[name].cast("string"))
            table = table.set_column(place, name, column)
    return table


def _source_of(batch: str) -> str:
    return batch.rsplit("-", 2)[0]


def _open(url: str) -> tuple[Any, str]:
    try:
        fs, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise StoreError(
            "the landing's URL is not understood", why=str(error), do="Check LEADS_LANDING_URL"
        ) from None
    return fs, root.rstrip("/")
