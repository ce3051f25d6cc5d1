import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from leads import schema
from leads.errors import StoreError
from store import engine, runs
from store.bulk import insert, stage
from store.engine import loading, open_store, reading, rehearsing, writing

PERSON = "+4915100000001"
HOLD = """
import sys, time
from store.engine import loading, open_store
with loading(open_store(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(60)
"""


def _point(store: Engine, value: str) -> None:
    """Suppress a hash: the smallest write there is."""
    with writing(store) as connection:
        connection.execute(
            text(
                "INSERT INTO suppression (hash, key_version, type, reason, added_at) VALUES (:v, 1, 'p', 'r', 't')"
            ),
            {"v": value},
        )


def _count(store: Engine) -> int:
    with reading(store) as connection:
        return int(connection.execute(text("SELECT count(*) FROM suppression")).scalar_one())


def _url(store: Engine) -> str:
    return store.url.render_as_string(hide_password=False)


def test_an_error_takes_everything_back(store: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(store) as connection:
        connection.execute(
            text(
                "INSERT INTO suppression (hash, key_version, type, reason, added_at) VALUES ('a', 1, 'p', 'r', 't')"
            )
        )
        raise ZeroDivisionError
    assert _count(store) == 0
    _point(store, "a")
    assert _count(store) == 1


def test_a_rehearsal_sees_its_own_writes_and_leaves_none(
    store: Engine, make_loader: Callable[..., Any], make_source: Callable[..., Any],
    everything: Callable[[Engine], Any],
) -> None:  # fmt: skip
    make_loader(store).take(make_source(), [{"key": "1", "phone": PERSON, "name": ("ann", "smith")}])
    before = everything(store)
    with rehearsing(store) as rehearsal:
        again = make_loader(rehearsal)
        again.numbers = iter([7, 8])
        first = again.take(make_source(), [{"key": "2", "phone": PERSON, "name": ("ann", "smith")}])
        second = again.take(make_source(), [{"key": "2", "phone": PERSON, "name": ("ann", "smith")}])
    assert [first["fate"].tolist(), second["fate"].tolist()] == [["merged"], ["duplicate"]]
    assert everything(store) == before


def test_a_rehearsal_that_fails_leaves_nothing_either(store: Engine) -> None:
    with pytest.raises(ZeroDivisionError), rehearsing(store) as rehearsal:
        with writing(rehearsal) as connection:
            connection.execute(text("DELETE FROM suppression"))
        raise ZeroDivisionError
    with loading(store):  # its turn has ended
        pass


def test_one_state_of_the_store_is_seen_throughout(store: Engine) -> None:
    with reading(store) as connection:
        before = connection.execute(text("SELECT count(*) FROM suppression")).scalar()
        _point(store, "b")
        assert connection.execute(text("SELECT count(*) FROM suppression")).scalar() == before
    assert _count(store) == 1


def test_a_second_loader_waits_and_says_for_whom(
    store: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(engine, "PATIENCE", 0.1)
    runs.start_run(store, "ingest", "garden", None)

    def second() -> None:
        with loading(open_store(_url(store))):
            order.append("second")

    with caplog.at_level(logging.WARNING, logger="leads"), loading(store):
        thread = threading.Thread(target=second)
        thread.start()
        deadline = time.monotonic() + 10
        while not caplog.messages and time.monotonic() < deadline:
            time.sleep(0.01)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    (said,) = caplog.messages
    assert "Waiting for its turn" in said
    assert "ingest garden" in said


def test_the_turn_of_a_killed_loader_ends(store: Engine) -> None:
    command = [sys.executable, "-c", HOLD, _url(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        os.kill(holder.pid, signal.SIGKILL)
        got = threading.Event()

        def take() -> None:
            with loading(store):
                got.set()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        assert got.wait(20)
        thread.join()


def test_a_turn_that_ends_in_an_error_is_given_on(store: Engine) -> None:
    with pytest.raises(ZeroDivisionError), loading(store):
        raise ZeroDivisionError
    with loading(open_store(_url(store))):
        pass


def _one_line(error: pytest.ExceptionInfo[StoreError]) -> str:
    line = str(error.value)
    assert "\n" not in line
    said = re.sub(r"^(postgresql|sqlite)\S*: ", "", line)
    assert not re.search(r"\d{7}|@|smith", said), said
    assert "secret" not in line
    return line


@pytest.mark.parametrize(
    "url",
    ["nonsense", "", "postgresql://ann:secret@host:port/leads", "nosuch://ann:secret@host/leads",
     "mysql+pymysql://ann:secret@host/leads"],
)  # fmt: skip
def test_a_wrong_url(url: str) -> None:
    with pytest.raises(StoreError) as error:
        open_store(url)
    _one_line(error)


def test_a_server_that_does_not_answer() -> None:
    store = open_store("postgresql://ann:secret@127.0.0.1:9/leads?connect_timeout=2")
    for using in (reading, writing, loading, rehearsing):
        with pytest.raises(StoreError) as error, using(store):
            pass
        assert "ann:***" in _one_line(error)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}")
    for using in (reading, writing):
        with pytest.raises(StoreError, match="cannot be opened or written") as error, using(store):
            pass
        _one_line(error)


def test_a_folder_that_cannot_be_made() -> None:
    with pytest.raises(StoreError, match="folder cannot be made"):
        open_store("sqlite:////dev/null/home/store.db")


def test_a_lock_file_that_cannot_be_made(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'home' / 'store.db'}")
    (tmp_path / "home").rmdir()
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written") as error, loading(store):
        pass
    _one_line(error)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"smith;+4915100000001\n" * 200)
    with pytest.raises(StoreError) as error, reading(open_store(f"sqlite:///{tmp_path / 'store.db'}")):
        pass
    _one_line(error)


def test_no_store_yet(bare: Engine) -> None:
    with pytest.raises(StoreError, match="no store here yet.*leads init") as error:
        _count(bare)
    _one_line(error)
    with pytest.raises(StoreError, match="no store here yet"), writing(bare) as connection:
        insert(connection, "suppression", pd.DataFrame({"hash": schema.texts(["x"])}))


def test_a_store_of_an_earlier_release(store: Engine) -> None:
    with pytest.raises(StoreError, match="earlier release.*leads init"), reading(store) as connection:
        connection.execute(text("SELECT nosuch FROM lead"))


def test_a_refused_write_names_the_constraint_and_no_value(store: Engine) -> None:
    _point(store, PERSON)
    with pytest.raises(StoreError, match=r"refused a write.*(suppression_pkey|suppression\.hash)") as error:
        _point(store, PERSON)
    _one_line(error)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_what_the_driver_itself_refuses_names_no_value(store: Engine) -> None:
    """A bulk write goes past SQLAlchemy, and PostgreSQL quotes what it cannot read."""
    with pytest.raises(StoreError) as error, writing(store) as connection:
        stage(connection, "odd", pd.DataFrame({"a": schema.texts([PERSON])}))
        if store.dialect.name == "postgresql":
            connection.execute(text("SELECT 'smith'::BIGINT"))
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("INSERT INTO odd SELECT 1, 2, 3")
    _one_line(error)


def test_sql_errors_hide_their_parameters(store: Engine) -> None:
    with store.connect() as connection:
        for _ in range(2):
            try:
                connection.execute(text("INSERT INTO suppression VALUES (:v, 1, 'p', 'r', 't')"), {"v": "smith"})
            except IntegrityError as error:
                assert "parameters hidden" in str(error)
                return
    pytest.fail("a second insert of the same hash went through")


def test_the_log_of_a_long_load_stays_short(
    new_store: Callable[..., Engine], make_loader: Callable[..., Any], make_source: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("store.engine.LOG_LIMIT", 800_000)
    store = new_store("sqlite", migrated=True)
    loader, log = make_loader(store), Path(f"{store.url.database}-wal")
    sizes = []
    for batch in range(8):
        loader.take(make_source(), [{"phone": f"+49{batch}{i:07d}", "name": ("ann", f"s{i}")} for i in range(300)])
        sizes.append(log.stat().st_size)
    assert max(sizes) < 2 * max(sizes[:2]), "the log is used again once it is long, it does not grow with the load"
