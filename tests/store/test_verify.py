"""Whoever changes the ledger is found out: by the chain, or by what was anchored outside."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from leads import schema
from leads.errors import StoreError
from leads.settings import Settings
from store import chain, entries, ledger, subjects
from store.anchors import anchor, anchors
from store.engine import open_store, reading, writing
from store.verify import Found, verify

TABLES = ("event", "block", "key", "subject", "scope", "terms")


@pytest.fixture
def place(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def filled(store: Engine, say: Callable[..., int], place: Settings) -> Engine:
    """A ledger of four blocks, anchored after the third."""
    say(store, of_lead=1, **{f"e{n}": "given" for n in range(5)})
    say(store, of_lead=2, of_type="phone", e1="withdrawn", e9="given")
    say(store, of_lead=3, e1="objected")
    assert anchor(store, place)
    say(store, of_lead=4, e7="given", e8="given")
    return store


def checked(store: Engine, place: Settings) -> Found:
    with reading(store) as connection:
        return verify(connection, anchors(place))


def unguarded(connection: Connection) -> None:
    """What the owner of a database can do: take the guards away."""
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE consent_{table} DISABLE TRIGGER ALL"))
        return
    for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))


def change(store: Engine, *statements: str) -> None:
    with writing(store) as connection:
        unguarded(connection)
        for statement in statements:
            connection.execute(text(statement))


def test_a_ledger_as_it_was_written(filled: Engine, place: Settings) -> None:
    told: list[str] = []
    with reading(filled) as connection:
        found = verify(connection, anchors(place), told.append)
    assert (found.blocks, found.events, found.subjects, found.closed, found.anchored) == (4, 10, 9, 0, 3)
    assert found.whole
    assert found.notes == ["blocks 4 to 4 are not anchored yet: leads consent anchor"]
    assert told == ["10 events", "9 contact points"]


def test_an_empty_ledger(store: Engine, place: Settings) -> None:
    assert checked(store, place) == Found()
    assert anchor(store, place) is None


ATTACKS = [
    ("UPDATE consent_event SET lead_id = 9 WHERE seq = 6", "an event of block 2 was changed (6 to 7)"),
    ("UPDATE consent_event SET lead_id = NULL WHERE seq = 6", "an event of block 2 was changed (6 to 7)"),
    ("UPDATE consent_event SET jurisdiction = 'RU' WHERE seq = 8", "an event of block 3 was changed (8 to 8)"),
    ("UPDATE consent_event SET event_time = '2001' WHERE seq = 8", "an event of block 3 was changed"),
    ("UPDATE consent_event SET subject_id = subject_id % 5 + 1 WHERE seq = 8", "an event of block 3 was changed"),
    ("UPDATE consent_event SET terms_id = 1 WHERE seq = 8", "an event of block 3 was changed"),
    ("UPDATE consent_event SET seq = 20 WHERE seq = 10", "block 4 has 1 events of 2 (9 to 10)"),
    ("DELETE FROM consent_event WHERE seq = 6", "block 2 has 1 events of 2 (6 to 7)"),
    ("DELETE FROM consent_event WHERE seq = 10", "block 4 has 1 events of 2 (9 to 10)"),
    ("DELETE FROM consent_event", "block 1 has 0 events of 5"),
    ("INSERT INTO consent_event SELECT 11, block_no, subject_id, terms_id, lead_id, row, jurisdiction, event_time "
     "FROM consent_event WHERE seq = 1", "event 11 and those after it belong to no block"),
    ("UPDATE consent_block SET recorded_time = 'y' WHERE no = 2", "block 2 was changed"),
    ("UPDATE consent_block SET events = 1, last_seq = 6 WHERE no = 2", "block 2 was changed"),
    ("DELETE FROM consent_block WHERE no = 2", "block 2 is missing"),
    ("UPDATE consent_terms SET kind = 'given' WHERE kind = 'objected'", "terms 4 were changed"),
    ("UPDATE consent_scope SET channel = 'sms' WHERE terms_id = 4", "terms 4 were changed"),
    ("INSERT INTO consent_scope VALUES (4, 'sms', 'x')", "terms 4 were changed"),
    ("UPDATE consent_subject SET commitment = sealed WHERE id = 2", "an event of block 1 was changed"),
    ("UPDATE consent_subject SET sealed = (SELECT sealed FROM consent_subject WHERE id = 3) WHERE id = 2",
     "the contact point of subject 2 was changed"),
    ("UPDATE consent_key SET lookup = 1 WHERE subject_id = 2", "the contact point of subject 2 was changed"),
    ("UPDATE consent_key SET proof = 1 WHERE subject_id = 2", "the contact point of subject 2 was changed"),
    ("UPDATE consent_key SET pepper = 9 WHERE subject_id = 2", "the contact point of subject 2 was changed"),
    ("UPDATE consent_key SET block_no = 2 WHERE subject_id = 2", "the contact point of subject 2 was changed"),
    ("DELETE FROM consent_key WHERE subject_id = 2", "the contact point of subject 2 was changed"),
    ("UPDATE consent_key SET secret = NULL WHERE subject_id = 2", "the key of subject 2 is gone, and nobody erased"),
    ("UPDATE consent_head SET seq = 9", "the head names block 4"),
    ("UPDATE consent_head SET subjects = 4", "the head names contact point 4"),
    ("DELETE FROM consent_head", "the ledger has no head, and 10 events"),
]  # fmt: skip


class Undo(Exception):
    """Take the transaction back."""


def test_a_change_is_found_and_named(filled: Engine, place: Settings) -> None:
    for attack, says in ATTACKS:
        with contextlib.suppress(Undo), writing(filled) as connection:
            unguarded(connection)
            connection.execute(text(attack))
            found = verify(connection, anchors(place))
            assert any(line.startswith(says) for line in found.broken), (attack, found.broken)
            raise Undo
    assert checked(filled, place).whole


def test_a_cut_tail_is_whole_but_for_the_anchor(filled: Engine, place: Settings) -> None:
    change(
        filled,
        "DELETE FROM consent_event WHERE seq >= 8",
        "DELETE FROM consent_block WHERE no >= 3",
        "DELETE FROM consent_key WHERE subject_id > 7",
        "DELETE FROM consent_subject WHERE id > 7",
        "UPDATE consent_head SET block_no = 2, seq = 7, subjects = 7, hash = (SELECT hash FROM consent_block WHERE no = 2)",
    )
    assert [line[:23] for line in checked(filled, place).broken] == ["block 3 was anchored on"]
    with reading(filled) as connection:
        assert verify(connection, []).whole


def emptied(connection: Connection) -> None:
    unguarded(connection)
    for table in TABLES:
        connection.execute(text(f"DELETE FROM consent_{table}"))


@pytest.mark.parametrize("same", [True, False])
def test_a_ledger_written_anew_is_another(
    filled: Engine, place: Settings, say: Callable[..., int], same: bool
) -> None:
    with writing(filled) as connection:
        emptied(connection)
        connection.execute(text("DELETE FROM consent_head"))
        if same:
            own = anchors(place)[0].ledger
            connection.execute(
                text("""INSERT INTO consent_head (id, ledger, block_no, seq, subjects, hash, keys)
                        VALUES (1, :ledger, 0, 0, 0, :hash, '')"""),
                {"ledger": own, "hash": chain.genesis(own)},
            )
    say(filled, of_lead=1, **{f"e{n}": "given" for n in range(5)})
    say(filled, of_lead=2, of_type="phone", e9="given")
    say(filled, of_lead=3, e6="given")
    with reading(filled) as connection:
        assert verify(connection, []).whole
    says = "block 3 is another than was anchored" if same else "an anchor of"
    assert [line[: len(says)] for line in checked(filled, place).broken] == [says]
    assert anchor(filled, place)
    assert not checked(filled, place).whole, "an anchor of its own makes nothing good"


@pytest.fixture
def copied(new_store: Callable[[str], Engine]) -> Iterator[Callable[[Engine], Engine]]:
    """A second database with all that the first one holds, as whoever keeps an old copy has it."""
    made: list[tuple[Engine, str]] = []

    def copy(store: Engine) -> Engine:
        store.dispose()
        if store.dialect.name == "sqlite":
            other = new_store("sqlite")
            for log in ("", "-wal"):
                file = Path(f"{store.url.database}{log}")
                if file.exists():
                    shutil.copy(file, f"{other.url.database}{log}")
            return other
        name = f"{store.url.database}_fork"
        administer(store, f'CREATE DATABASE "{name}" TEMPLATE "{store.url.database}"')
        made.append((open_store(store.url.set(database=name).render_as_string(hide_password=False)), name))
        return made[-1][0]

    yield copy
    for other, name in made:
        other.dispose()
        administer(other, f'DROP DATABASE "{name}" WITH (FORCE)')


def administer(store: Engine, statement: str) -> None:
    engine = create_engine(store.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_fork_is_another(
    store: Engine, place: Settings, say: Callable[..., int], copied: Callable[[Engine], Engine]
) -> None:
    say(store, of_lead=1, e1="given")
    fork = copied(store)
    assert checked(fork, place).whole, "nothing is anchored yet"
    say(store, of_lead=2, e1="withdrawn")
    assert anchor(store, place)
    assert checked(fork, place).broken[0].startswith("block 2 was anchored on")
    say(fork, of_lead=2, e1="given")
    with reading(fork) as connection:
        assert verify(connection, []).whole, "it is whole in itself"
    assert checked(fork, place).broken[0].startswith("block 2 is another than was anchored")
    assert checked(store, place).whole


def test_two_writers_cannot_fork_it(filled: Engine, place: Settings) -> None:
    with pytest.raises(StoreError, match="append-only"), writing(filled) as connection:
        head = entries.take(connection)
        events = pd.DataFrame({
            "subject_id": [1], "commitment": [b""], "terms_id": [1], "digest": [b""], "lead_id": [1], "row": [1],
            "jurisdiction": ["DE"], "event_time": ["x"], "recorded_time": ["x"],
        })  # fmt: skip
        entries.enter(connection, head, events, b"")
        entries.enter(connection, head._replace(seq=head.seq + 1), events, b"")
    assert checked(filled, place).whole


def test_who_is_erased_cannot_be_read_and_the_ledger_is_whole(
    filled: Engine, place: Settings, say: Callable[..., int], told: Callable[[Engine], list[dict[str, Any]]]
) -> None:
    asked = pd.DataFrame({"type": schema.texts(["x"]), "value": schema.texts(["e1"])})
    say(filled, of_lead=None, e1="erased")
    with writing(filled) as connection:
        point = subjects.looked_up(asked.assign(n=0), entries.keys.peppers()[0])
        [subject] = subjects.known(connection, point)["subject_id"]
        before = connection.execute(
            text("SELECT sealed FROM consent_subject WHERE id = :id"), {"id": subject}
        ).scalar()
        subjects.forget(connection, [int(subject)])
    found = checked(filled, place)
    assert (found.whole, found.closed) == (True, 1)
    with reading(filled) as connection:
        gone = pd.DataFrame({"subject": pd.array([subject], dtype=schema.INT)})
        assert subjects.values(connection, gone).empty
        secret = connection.execute(
            text("SELECT secret FROM consent_key WHERE subject_id = :id"), {"id": subject}
        ).scalar()
        after = connection.execute(
            text("SELECT sealed FROM consent_subject WHERE id = :id"), {"id": subject}
        ).scalar()
        said = entries_about(connection, asked)
    assert secret is None and after == before
    assert said == ["given", "objected", "erased"], (
        "that somebody said no is still found by who asks with the value"
    )
    assert {row["value"] for row in told(filled) if row["subject_id"] == subject} == {None}


def entries_about(connection: Connection, points: pd.DataFrame) -> list[str]:
    return ledger.history(connection, points)["kind"].to_list()


def test_no_value_stands_in_the_ledger(filled: Engine, say: Callable[..., int], place: Settings) -> None:
    marker = "canary-7f3a@example.com"
    say(filled, of_type="email", **{marker: "given"})
    anchor(filled, place)
    with reading(filled) as connection:
        for table in (*TABLES, "head", "history"):
            for row in connection.execute(text(f"SELECT * FROM consent_{table}")):
                assert marker[:11].encode() not in b"|".join(
                    bytes(c) if isinstance(c, (bytes, memoryview)) else str(c).encode() for c in row
                )
    assert marker not in place.anchor_file.read_text()


def test_a_lost_key_is_said_before_anything_is_believed(
    filled: Engine, place: Settings, say: Callable[..., int]
) -> None:
    (place.home / "keys" / "pepper-1").unlink()
    with pytest.raises(StoreError, match="of the consent ledger is not here"):
        say(filled, e1="given")
    with pytest.raises(StoreError, match="of the consent ledger is not here"):
        checked(filled, place)


def test_a_newer_pepper_finds_who_was_entered_with_the_old_one(
    filled: Engine, place: Settings, say: Callable[..., int]
) -> None:
    (place.home / "keys" / "pepper-2").write_text("f" * 64)
    (place.home / "keys" / "master-2").write_text("e" * 64)
    with reading(filled) as connection:
        asked = pd.DataFrame({"type": schema.texts(["x"]), "value": schema.texts(["e1"])})
        assert entries_about(connection, asked) == ["given", "objected"]
    assert say(filled, of_lead=7, e1="renewed", e77="given") == 2
    with reading(filled) as connection:
        peppers = dict(connection.execute(text("SELECT subject_id, pepper FROM consent_key")).tuples().all())
        assert entries_about(connection, asked) == ["given", "objected", "renewed"]
    moved = sorted(subject for subject, version in peppers.items() if version == 2)
    assert moved[0] in range(1, 6) and moved[1:] == [10], "what came back has moved, and what is new begins there"
    assert checked(filled, place).whole


def test_an_anchor_file_that_was_written_into(filled: Engine, place: Settings) -> None:
    with place.anchor_file.open("a") as out:
        out.write('{"ledger": "x"}\n')
    with pytest.raises(StoreError, match="line 2 is no anchor"):
        checked(filled, place)
