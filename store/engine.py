"""Opening the client store: SQLite (default) or PostgreSQL, with the same promises.

Imports neither pandas nor SQLModel, so that commands which only look something up start at once.
"""

import contextlib
import functools
import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from leads.errors import StoreError

log = logging.getLogger("leads")

# The store, or one connection to it on which everything happens that a rehearsal takes back at its end.
Store = Engine | Connection

# PostgreSQL's advisory lock of the loader: any constant will do, as long as every worker uses the same.
LOADER_LOCK = 0x6C65616473
# Left to itself a load of a million rows was seen to leave a write-ahead log of 1.5 GB. Moved into the file more often
# than every few chunks, the same pages are written again and again.
LOG_LIMIT = 448 * 1024 * 1024
# Seconds that one chunk of another load may take before it is said whom we wait for.
PATIENCE = 2.0


def open_store(url: str) -> Engine:
    """The engine of the store at `url`; raises StoreError when it cannot be opened.

    SQLite: WAL, synchronous=FULL, foreign keys on, and transactions that begin when we say so (pysqlite would
    begin them late). The write-ahead log is shortened by us, after a transaction and not as a part of its commit.
    Pages of 8 KiB: a lead is a wide row, and a load took a tenth longer on pages of 4 KiB. At most 600 MB of them are
    kept in memory: at a million leads, each chunk touches most pages of the indexes.
    """
    try:
        # hide_parameters: an error text must not carry a phone or a name (promise P7).
        target = make_url(url)
        if target.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(f"no store on {target.get_backend_name()}", do="Use sqlite:/// or postgresql://")
        if target.get_backend_name() == "postgresql":
            target = target.set(drivername="postgresql+psycopg")
        # The connection that was used last comes first: it has in memory what the next transaction reads.
        engine = create_engine(target, hide_parameters=True, pool_use_lifo=True)
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Their texts may quote the URL, and with it a password.
        raise StoreError("store URL is not understood", do="Check LEADS_STORE_URL") from None
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine)
    return engine


@functools.cache
def store_at(url: str) -> Engine:
    """`open_store`, once in a process that works beside the loader."""
    return open_store(url)


def _set_up_sqlite(engine: Engine) -> None:
    file = engine.url.database
    if file:
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "the store's folder cannot be made", where=file, why=error.strerror or "", do="Set LEADS_HOME"
            ) from None

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=60000", "page_size=8192", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
            "recursive_triggers=ON", "temp_store=MEMORY", "cache_size=-600000",
            "wal_autocheckpoint=0", "journal_size_limit=0",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")


@contextlib.contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A connection that sees one state of the store; raises StoreError when it cannot be read."""
    if isinstance(store, Connection):
        yield store
        return
    # PostgreSQL would otherwise show each statement what was committed in between.
    options = {} if store.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with _plainly(store), store.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """One write transaction: all of it, or nothing. Raises StoreError when the store cannot be written."""
    if isinstance(store, Connection):
        with store.begin_nested():
            yield store
        return
    with _plainly(store), store.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        yield connection
    shorten_log(store)


def shorten_log(engine: Engine) -> None:
    """Move SQLite's write-ahead log into the database file once it is long, beside whoever reads or writes.

    Nobody waits for it: the next chunk is resolved meanwhile. Of two at once, SQLite lets the second do nothing.
    """
    if engine.dialect.name == "sqlite":
        log_file = Path(f"{engine.url.database}-wal")
        if log_file.exists() and log_file.stat().st_size > LOG_LIMIT:
            threading.Thread(target=_checkpoint, args=(engine,), name="shorten-log").start()


def _checkpoint(engine: Engine) -> None:
    # A log that could not be shortened is only long: whatever stands in the way, the next write tries again.
    # Not on a connection of the pool, for the loader would take that one next, which has nothing in memory.
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(str(engine.url.database), timeout=60)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def empty_log(engine: Engine) -> None:
    """Move all of SQLite's write-ahead log into the file: what was deleted or changed stands in it until then."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A store on which everything can be done as always and nothing stays: for `--dry-run`."""
    options = {"begin": "IMMEDIATE"}
    with loading(engine), _plainly(engine), engine.connect().execution_options(**options) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@contextlib.contextmanager
def loading(engine: Store) -> Iterator[None]:
    """The loader's turn: resolving and loading of one chunk at a time, whoever runs it.

    A second loader waits, and says for whom when that takes longer than a chunk. SQLite: a lock file beside the store,
    released by the system when its process dies. PostgreSQL: an advisory lock, released when its session ends.
    """
    if isinstance(engine, Connection):
        yield  # a rehearsal holds the turn from its beginning
    elif engine.dialect.name == "sqlite":
        with _file_lock(engine):
            yield
    else:
        with _plainly(engine), engine.connect() as connection:
            connection.detach()  # closing it ends the session, so no pool can keep the lock
            with _said(engine):
                connection.execute(text("SELECT pg_advisory_lock(:k)"), {"k": LOADER_LOCK})
            connection.commit()
            yield


@contextlib.contextmanager
def _said(engine: Engine) -> Iterator[None]:
    """Say whom we wait for, once what is done here takes longer than a chunk."""
    patience = threading.Timer(PATIENCE, lambda: log.warning(_whom(engine)))
    patience.daemon = True
    patience.start()
    try:
        yield
    finally:
        patience.cancel()


def _whom(engine: Engine) -> str:
    """Who may have the turn: runs that have begun and not ended, the newest first; a rehearsal leaves no trace."""
    with contextlib.suppress(StoreError), reading(engine) as connection:
        found = connection.execute(
            text("SELECT flow, source, started FROM run WHERE status = 'running' ORDER BY id DESC LIMIT 3")
        ).all()
        if found:
            runs = ", ".join(f"{run.flow} {run.source or ''} (since {run.started[:16]}Z)" for run in found)
            return f"Waiting for its turn to write to the store; at work: {runs}"
    return "Waiting for its turn to write to the store: another load or audit is at work"


@contextlib.contextmanager
def _file_lock(engine: Engine) -> Iterator[None]:
    file = f"{engine.url.database}.loading"
    lock = FileLock(file)
    try:
        with _said(engine):
            lock.acquire()
    except OSError as error:
        raise StoreError(
            "the store cannot be written", where=file, why=error.strerror or "",
            do="Check the folder's permissions and free space",
        ) from None  # fmt: skip
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _plainly(engine: Engine) -> Iterator[None]:
    """What the database raises becomes a StoreError, also what its own driver raises in a bulk write."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _plain(engine, getattr(error, "orig", None) or error) from None
    except engine.dialect.loaded_dbapi.Error as error:
        raise _plain(engine, error) from None


def _plain(engine: Engine, error: BaseException) -> StoreError:
    """The error in one line, without values: only what the database says of itself."""
    where = engine.url.render_as_string(hide_password=True)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    # PostgreSQL puts values into the lines after the first, and those it cannot read (DataError) into the first.
    cause = "" if "DataError" in kinds else next(iter(str(error).splitlines()), "")
    if "no such table" in cause or "UndefinedTable" in kinds:
        return StoreError("there is no store here yet", where=where, do="Run `leads init`")
    if "no such column" in cause or "has no column" in cause or "UndefinedColumn" in kinds:
        return StoreError("the store is of an earlier release", where=where, do="Run `leads init` to upgrade it")
    if "OperationalError" in kinds:
        return StoreError(
            "the store cannot be opened or written", where=where, why=cause,
            do="Check that the server runs, the folder is writable and the disk has space",
        )  # fmt: skip
    return StoreError(f"the store refused a write ({type(error).__name__})", where=where, why=cause)
