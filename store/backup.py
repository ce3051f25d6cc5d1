"""Backup and restore: the store table by table, the landing, the deliveries and the configuration in one archive.

The tables are Parquet, so that a backup of SQLite can be restored into PostgreSQL. The keys of the suppression hashes
are not in the archive, only their ids: a backup that held them would undo the hashing.
"""

import contextlib
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import pandas as pd
import pyarrow
import pyarrow.parquet
import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Connection, Engine, Integer, MetaData, Table, inspect, select, text
from sqlalchemy.schema import DropTable

from leads import clock, schema
from leads.errors import LeadsError, StoreError
from leads.settings import Settings
from store import at_rest, ledger
from store.anchors import anchor
from store.bulk import insert, stage
from store.engine import empty_log, loading, reading, writing
from store.migrate import migrate, migrate_on, revision, revisions
from store.queries import frame

FORMAT = 1
ROWS = 50_000
FOLDERS = ("deliveries", "config")
# What is out there does not come back with a restore: these are kept as they are now, and their keys.
OUT = {
    "hand_over": ("public_id",), "hand_over_row": ("hand_over", "contact", "sheet"), "canary": ("public_id",),
    "recall": ("hand_over", "contact", "channel"),
}  # fmt: skip


def backup(engine: Engine, place: Settings, to: Path | None = None) -> Path:
    """Write the archive (`<home>/backups/leads-<time>.tar.gz` by default); returns its path.

    The store is read in one transaction. Raises StoreError when the archive cannot be written.
    """
    moment = clock.now()
    target = to or place.home / "backups" / f"leads-{moment[:19].replace(':', '')}.tar.gz"
    at_revision = revision(engine)
    if at_revision is None:
        raise StoreError("there is no store to back up", do="Run `leads init`")
    manifest: dict[str, Any] = {
        "format": FORMAT, "made": moment, "revision": at_revision, "tables": {},
        "keys": sorted(file.name for file in (place.home / "keys").glob("*")),
        "places": _places(place),
    }  # fmt: skip
    aside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(aside, "w:gz", compresslevel=3) as archive:
            with reading(engine) as connection:
                for table in _tables(connection):
                    manifest["tables"][table.name] = _add_table(archive, connection, table)
            _add_landing(archive, place.landing)
            for folder in FOLDERS:
                if (place.home / folder).is_dir():
                    archive.add(place.home / folder, folder, filter=_finished)
            _add(archive, "manifest.json", json.dumps(manifest, indent=1).encode())
        aside.chmod(0o600)
        aside.replace(target)
    except OSError as error:
        raise StoreError(
            "the backup cannot be written",
            where=str(target),
            why=error.strerror or "",
            do="Check space and rights",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
    return target


def _finished(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(member.name).name.startswith(".") else member


def _tables(connection: Connection) -> list[Table]:
    """The store's tables as they are, parents first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _add_table(archive: tarfile.TarFile, connection: Connection, table: Table) -> int:
    with tempfile.TemporaryFile() as file:
        count = 0
        arrow = pyarrow.schema([(c.name, _arrow_type(c.type)) for c in table.columns])
        with pyarrow.parquet.ParquetWriter(file, arrow, compression="zstd") as writer:
            query = select(table).order_by(*table.primary_key.columns)
            result = connection.execution_options(stream_results=True).execute(query)
            for rows in result.partitions(ROWS):
                cells = list(zip(*rows, strict=True))
                writer.write_table(
                    pyarrow.table(
                        [pyarrow.array(c, f.type) for c, f in zip(cells, arrow, strict=True)], schema=arrow
                    )
                )
                count += len(rows)
        info = tarfile.TarInfo(f"store/{table.name}.parquet")
        info.size = file.tell()
        file.seek(0)
        archive.addfile(info, file)
    return count


def _arrow_type(kind: Any) -> pyarrow.DataType:
    if isinstance(kind, Boolean):
        return pyarrow.bool_()
    if isinstance(kind, sa.LargeBinary):
        return pyarrow.binary()
    return pyarrow.int64() if isinstance(kind, (Integer, BigInteger)) else pyarrow.string()


def _add_landing(archive: tarfile.TarFile, url: str) -> None:
    fs, root = fsspec.core.url_to_fs(url)
    for path in sorted(fs.find(root)) if fs.exists(root) else ():
        name = path.removeprefix(root).lstrip("/")
        if not any(part.startswith(".") for part in name.split("/")):
            _add(archive, f"landing/{name}", fs.cat_file(path))


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def restore(engine: Engine, place: Settings, file: Path, *, replace: bool = False) -> int:
    """Bring a backup back, in one transaction; returns how many suppressions and refusals were replayed.

    Whoever was suppressed or said no since the backup stays so: that is replayed in the same transaction, before
    anything else can read the store. Raises LeadsError for a file that is no backup, a store that holds contacts
    already (without `replace`), or suppression keys that this installation does not have.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        here = {key.name for key in (place.home / "keys").glob("*")}
        given = [kind for kind in ("pepper", "master") if getattr(place, kind) or place.keys_block]
        lost = {name for name in set(manifest["keys"]) - here if name.partition("-")[0] not in given}
        if lost and any(map(manifest["tables"].get, ("suppression", "consent_key", "data_key"))):
            raise LeadsError(
                f"key(s) {', '.join(sorted(lost))} are not here", where=str(place.home / "keys"),
                why="without them nobody who was erased would be recognised", do="Bring the keys back first",
            )  # fmt: skip
        with loading(engine):
            kept = _kept(engine)
            if kept is not None and not replace and kept.contacts:
                raise LeadsError(
                    f"the store holds {kept.contacts} contacts", where="restore",
                    do="Give --replace to put the backup in their place",
                )  # fmt: skip
            with writing(engine) as connection:
                if place.encrypt_values and connection.dialect.name == "sqlite":
                    # Else what is dropped stays readable in the file.
                    connection.execute(text("PRAGMA secure_delete = ON"))
                _drop(connection)
                migrate_on(connection, manifest["revision"])
                sealed = bool(manifest["tables"].get("data_key"))
                if place.encrypt_values and not sealed and "data_key" in manifest["tables"]:
                    at_rest.begin(connection)
                for table in _tables(connection):
                    _load(connection, archive, table, as_stored=sealed)
                migrate_on(connection, "head")
                _move_files(connection, manifest["places"], _places(place))
                ends = connection.execute(text("SELECT max(no) FROM consent_block")).scalar() or 0
                replayed = kept.replay(connection) if kept else 0
        empty_log(engine)
        _bring_files(archive, place)
    anchor(engine, place, restored=ends)
    return replayed


class _Kept:
    """What the present store knows of people's refusals."""

    def __init__(self, connection: Connection) -> None:
        self.contacts = int(connection.execute(text("SELECT count(*) FROM contact")).scalar_one())
        types = {"hash": schema.TEXT, "key_version": schema.INT} | dict.fromkeys(
            ("type", "reason", "added_at"), schema.TEXT
        )
        self.suppressions = frame(connection, f"SELECT {', '.join(types)} FROM suppression", types)
        self.refusals = ledger.refusals(connection)
        ended = {"public_id": schema.TEXT, "asked_at": schema.TEXT, "by": schema.TEXT, "last_lead": schema.INT,
                 "last_contact": schema.INT, "reason": schema.TEXT}  # fmt: skip
        names = ", ".join(f'"{name}"' for name in ended)
        self.erasures = frame(connection, f"SELECT {names} FROM erasure", ended)
        self.out = {table: _whole(connection, table) for table in OUT}
        said = dict.fromkeys(("public_id", "until", "because", "by", "at"), schema.TEXT)
        held = ", ".join(f'h."{name}"' for name in said)
        self.holds = frame(connection, f"SELECT {held} FROM hold h ORDER BY h.id", said)

    def replay(self, connection: Connection) -> int:
        """Write what the restored store lacks of it; returns how much that was."""
        # Not ended here: whoever restores ends them, by the landing and the files that come back as well.
        insert(connection, "erasure", self.erasures, ["public_id"], update=True)
        for table, keys in OUT.items():
            _bring(connection, table, keys, self.out[table])
        known = frame(connection, "SELECT public_id, at FROM hold", {"public_id": schema.TEXT, "at": schema.TEXT})
        new = self.holds.merge(known, on=["public_id", "at"], how="left", indicator=True)
        insert(connection, "hold", new[new["_merge"] == "left_only"].drop(columns="_merge"))
        return insert(connection, "suppression", self.suppressions, ["hash"]) + ledger.replay(
            connection, self.refusals
        )


def _whole(connection: Connection, name: str) -> pd.DataFrame:
    """Every row of a table, as it is."""
    table = Table(name, MetaData(), autoload_with=connection)
    types = {
        column.name: schema.INT if isinstance(column.type, Integer) else schema.TEXT for column in table.columns
    }
    names = ", ".join(f'"{column}"' for column in types)
    return frame(connection, f"SELECT {names} FROM {name}", types)


def _bring(connection: Connection, table: str, keys: Sequence[str], rows: pd.DataFrame) -> None:
    """Write the rows that the restored table lacks; of a recall also who saw to it since."""
    if table == "recall":
        insert(connection, table, rows, keys, update=True)
        return
    stage(connection, "brought", rows)
    names = ", ".join(f'"{column}"' for column in rows.columns)
    same = " AND ".join(f't."{key}" = b."{key}"' for key in keys)
    connection.execute(
        text(f"""INSERT INTO {table} ({names}) SELECT {names} FROM brought b
                 WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE {same})""")
    )


def _kept(engine: Engine) -> _Kept | None:
    if revision(engine) is None:
        return None
    migrate(engine)  # an earlier release's ledger is read as ours
    with reading(engine) as connection:
        return _Kept(connection)


def _drop(connection: Connection) -> None:
    metadata = MetaData()
    metadata.reflect(connection)
    for view in inspect(connection).get_view_names():
        connection.execute(text(f"DROP VIEW {view}"))
    if connection.dialect.name == "postgresql":
        functions = connection.execute(
            text("""SELECT oid::regprocedure FROM pg_proc
                    WHERE starts_with(proname, 'consent_') AND pronamespace = current_schema()::regnamespace""")
        )
        for function in functions.scalars().all():
            connection.execute(text(f"DROP FUNCTION {function} CASCADE"))
    for table in reversed(metadata.sorted_tables):
        connection.execute(DropTable(table))


def _places(place: Settings) -> dict[str, str]:
    return {"landing": fsspec.core.url_to_fs(place.landing)[1].rstrip("/"), "home": str(place.home)}


def _move_files(connection: Connection, then: dict[str, str], now: dict[str, str]) -> None:
    """The register of personal files names where they are now, or erasure would not find them."""
    for name in ("landing", "home"):
        if then[name] != now[name]:
            connection.execute(
                text("""UPDATE personal_file SET path = :now || substr(path, :length + 1)
                        WHERE substr(path, 1, :length) = :then || '/'"""),
                {"now": now[name] + "/", "then": then[name], "length": len(then[name]) + 1},
            )


def _load(connection: Connection, archive: tarfile.TarFile, table: Table, *, as_stored: bool) -> None:
    member = archive.extractfile(f"store/{table.name}.parquet")
    assert member is not None, "checked by _manifest"
    parquet = pyarrow.parquet.ParquetFile(io.BytesIO(member.read()))
    for batch in parquet.iter_batches(ROWS):
        insert(connection, table.name, schema.arrow(pyarrow.Table.from_batches([batch])), as_stored=as_stored)
    if connection.dialect.name == "postgresql":
        for column in table.primary_key.columns:
            if isinstance(column.type, (Integer, BigInteger)) and len(table.primary_key.columns) == 1:
                connection.execute(
                    text(f"""SELECT setval(pg_get_serial_sequence('"{table.name}"', '{column.name}'),
                             (SELECT coalesce(max({column.name}), 0) + 1 FROM "{table.name}"), false)""")
                )


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, "r:gz")
    except FileNotFoundError:
        raise LeadsError("there is no backup", where=str(file), why="no such file", do="Check the path") from None
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise LeadsError("this is no backup", where=str(file), why=type(error).__name__,
                         do="Give a file that `leads backup` wrote") from None  # fmt: skip


def _manifest(archive: tarfile.TarFile, file: Path) -> dict[str, Any]:
    """What the archive says of itself, once it is sure that all of it can be read and is ours to unpack."""
    try:
        members = archive.getmembers()
        member = archive.extractfile("manifest.json")
        assert member is not None
        manifest: dict[str, Any] = json.loads(member.read())
    except (KeyError, EOFError, OSError, zlib.error, tarfile.TarError, ValueError):
        raise LeadsError("the backup is cut short", where=str(file), do="Take an earlier one") from None
    if manifest.get("format") != FORMAT or manifest["revision"] not in revisions():
        raise LeadsError(
            f"backup format {manifest.get('format')} of store {manifest.get('revision')} is not known",
            where=str(file), do="Install the release that made it",
        )  # fmt: skip
    plain = {member.name for member in members if member.isfile()}
    if lost := [name for name in manifest["tables"] if f"store/{name}.parquet" not in plain]:
        raise LeadsError(
            f"the backup lacks the table(s) {', '.join(lost)}", where=str(file), do="Take an earlier one"
        )
    if any(".." in PurePosixPath(m.name).parts or not (m.isfile() or m.isdir()) for m in members):
        raise LeadsError("this is no backup", where=str(file), why="it names a path outside of itself",
                         do="Give a file that `leads backup` wrote")  # fmt: skip
    return manifest


def _files(archive: tarfile.TarFile, folder: str) -> Iterator[tuple[str, bytes]]:
    for member in archive.getmembers():
        if member.isfile() and member.name.startswith(f"{folder}/"):
            content = archive.extractfile(member)
            assert content is not None
            yield member.name.removeprefix(f"{folder}/"), content.read()


def _bring_files(archive: tarfile.TarFile, place: Settings) -> None:
    fs, root = fsspec.core.url_to_fs(place.landing)
    for name, data in _files(archive, "landing"):
        fs.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
        fs.pipe_file(f"{root}/{name}", data)
    for folder in FOLDERS:
        for name, data in _files(archive, folder):
            target = place.home / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
