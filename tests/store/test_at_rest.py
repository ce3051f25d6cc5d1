"""Personal columns sealed: the same work with the same outcome, and nobody to read in what lies on the disk."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, String, inspect, text

from dedupe.candidates.keys import match_keys
from leads import schema
from leads.errors import StoreError
from leads.settings import Settings, reload
from leads.source import Source
from store import at_rest, cards, notices, queries, trail
from store.backup import backup, restore
from store.engine import reading, writing
from store.migrate import migrate

ANNA = {"key": "1", "id": "a" * 32, "name": ("Zephyrine", "Quillfeather"), "phone": "+4915123571113",
        "email": "zq@example.com", "birthday": "1971-03-17", "request": "azurite", "consent": "yes",
        "address": "Markerweg 77b", "city": "Quillstadt", "attributes": '{"Note": "xylograph"}'}  # fmt: skip
AGAIN = ANNA | {"key": "2", "id": "b" * 32, "email": "quill@example.com", "request": "xylograph"}
FIRM = {"key": "3", "id": "c" * 32, "company": "Xylograph GmbH", "phone": "+493023571119"}
NEWER = ANNA | {"id": "d" * 32, "phone": ["+4915123571113", "+4915123571118"], "request": None}
TRACES = (b"Zephyrine", b"uillfeather", b"2357111", b"zq@", b"quill@", b"1971-03-17", b"azurite", b"Markerweg", b"ylograph",
          b"Quillstadt")  # fmt: skip
# Columns of the sealed tables that stand there as they are, and why: ids, words of ours, and what many share.
OPEN = {
    "public_id", "record_key", "stated_at", "occurred_at", "source_uri", "kind", "flags", "claims", "first_lead_id",
    "first_seen", "last_seen", "type", "label", "region", "ext", "flag", "lead_id", "channel", "purpose", "verdict", "rule",
    "pack", "reason", "evidence", "review", "decided_at", "company_form", "country", "region_code", "language", "tier",
    "tags", "gender", "ordered_on", "amount", "currency", "valid_until", "hours", "zones", "jurisdictions", "audience",
    "source_kinds", "enquired_at", "customer_at",
}  # fmt: skip
KEY = at_rest.DataKey(secrets.token_bytes(32))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=70)),
    st.booleans(),
)
def test_what_is_sealed_can_be_opened(plain: list[str], found: bool) -> None:
    cells = KEY.seal(plain, found=found)
    assert KEY.open(cells) == plain
    assert all(cell.startswith(at_rest.SIGN) and cell.isascii() for cell in cells)
    assert len(set(cells)) == (len(set(plain)) if found else len(plain))


def test_equal_texts_are_equal_only_where_they_are_looked_up() -> None:
    assert KEY.seal(["a", "a"], found=True) == KEY.seal(["a"], found=True) * 2
    assert len({*KEY.seal(["a", "a"]), *KEY.seal(["a"])}) == 3
    other = at_rest.DataKey(secrets.token_bytes(32))
    assert other.seal(["a"], found=True) != KEY.seal(["a"], found=True)
    numbers = np.array([1, -1, 2**63 - 1, 1], np.int64)
    assert KEY.hidden(numbers)[0] == KEY.hidden(numbers)[3] and len({*KEY.hidden(numbers), *numbers}) == 6
    assert KEY.hidden(numbers[::-1])[0] == KEY.hidden(numbers)[0], "each by itself"
    assert other.hidden(numbers)[0] != KEY.hidden(numbers)[0]


@pytest.mark.parametrize("cell", ["\x02!", "\x02QUJD", "\x02" + "A" * 43, "\x02" + "/" * 44])
def test_a_cell_that_was_changed_is_said_and_not_shown(cell: str) -> None:
    with pytest.raises(StoreError, match="cannot be read") as caught:
        KEY.open([cell])
    assert cell[1:] not in str(caught.value)


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LEADS_ENCRYPT_VALUES", "true")
    return reload()


@pytest.fixture
def source(make_source: Callable[..., Source]) -> Source:
    return make_source()


@pytest.fixture
def filled(place: Settings, bare: Engine, make_loader: Callable[..., Any], source: Source) -> Engine:
    """A sealed store of each dialect in which a person was merged, met again under another address, and corrected."""
    migrate(bare)
    fill(bare, make_loader, source)
    return bare


def fill(store: Engine, make_loader: Callable[..., Any], source: Source) -> None:
    loader = make_loader(store, alike=True)
    for rows in ([ANNA, FIRM], [AGAIN], [NEWER], [FIRM]):
        loader.take(source, rows)


def said(store: Engine) -> dict[str, Any]:
    """What a store says of its people, without the ids that are drawn."""
    with reading(store) as connection:
        found = cards.cards(connection)
        points = cards.card_points(connection, found)
        claims = queries.claims(connection, found)
        known = [
            trail.contacts_with(connection, *row) for row in points[["type", "value"]].itertuples(index=False)
        ]
        facts = [{k: v for k, v in trail.contact(connection, one).items() if isinstance(v, str) and k in at_rest.FACTS}
                 for one in found["contact"]]  # fmt: skip
        stated = [(lead["name_text"], lead["request"], lead["attributes"], [p["text"] for p in lead["points"]])
                  for one in found["contact"] for lead in trail.leads(connection, one)]  # fmt: skip
        met = queries.candidates(connection, match_keys(points.assign(usable=True, lead_id="x")))
        letters = notices.people(connection, found)
    assert known == [[one] for one in points["contact"]]
    frames = [frame.drop(columns=["contact", "first_seen", "last_seen"], errors="ignore") for frame in
              (found, points, claims, met, letters)]  # fmt: skip
    rows = [sorted(map(repr, frame.to_dict("records"))) for frame in frames]
    return {"frames": rows, "facts": sorted(map(repr, facts)), "stated": sorted(map(repr, stated))}


def on_disk(store: Engine) -> bytes:
    """All that whoever takes the database has of it."""
    if store.dialect.name == "sqlite":
        file = Path(str(store.url.database))
        return b"".join(one.read_bytes() for one in file.parent.iterdir() if one.is_file())
    with reading(store) as connection:
        names = inspect(connection).get_table_names()
        rows = [row for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    return repr(rows).encode()


def test_the_same_as_without_and_nobody_to_read(
    filled: Engine, new_store: Callable[[str], Engine], make_loader: Callable[..., Any], source: Source,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LEADS_ENCRYPT_VALUES", "false")
    reload()
    plain = new_store(filled.dialect.name)
    migrate(plain)
    fill(plain, make_loader, source)
    assert said(filled) == said(plain)
    assert [trace for trace in TRACES if trace not in on_disk(plain)] == [], (
        "else it would not be seen here either"
    )
    assert [trace for trace in TRACES if trace in on_disk(filled)] == []
    keys = [hashes(store) for store in (filled, plain)]
    assert len(keys[0]) == len(keys[1]) and not keys[0] & keys[1], "hashes of phones tell phones"


def hashes(store: Engine) -> set[int]:
    with reading(store) as connection:
        return set(connection.execute(text("SELECT key FROM match_key UNION SELECT key FROM lead_key")).scalars())


def test_every_column_is_sealed_or_known_to_be_open(filled: Engine) -> None:
    with reading(filled) as connection:
        for table, sealed in at_rest.SEALED.items():
            columns = {c["name"] for c in inspect(connection).get_columns(table) if isinstance(c["type"], String)}
            assert columns - sealed <= OPEN, f"{table}: sealed or open?"
            assert sealed <= columns
            for name in sealed:
                cells = connection.execute(text(f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL")).scalars()
                assert all(cell.startswith(at_rest.SIGN) for cell in cells), (table, name)


def test_a_backup_is_sealed_as_well_and_comes_back(filled: Engine, place: Settings, home: Path) -> None:
    before = said(filled)
    archive = backup(filled, place)
    restore(filled, place, archive, replace=True)
    assert said(filled) == before
    assert [trace for trace in TRACES if trace in on_disk(filled)] == []


def test_a_plain_store_is_sealed_by_backup_and_restore(
    home: Path, bare: Engine, make_loader: Callable[..., Any], make_source: Callable[..., Source],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    migrate(bare)
    fill(bare, make_loader, make_source())
    before, archive = said(bare), backup(bare, Settings())
    monkeypatch.setenv("LEADS_ENCRYPT_VALUES", "true")
    place = reload()
    migrate(bare)
    assert "this store was made without" in caplog.text and said(bare) == before, "the store says what it is"
    restore(bare, place, archive, replace=True)
    assert said(bare) == before
    assert [trace for trace in TRACES if trace in on_disk(bare)] == []
    monkeypatch.setenv("LEADS_ENCRYPT_VALUES", "false")
    reload()
    make_loader(bare).take(make_source("later"), [ANNA | {"key": "9", "id": "9" * 32, "request": "azurite again"}])
    assert b"azurite" not in on_disk(bare), "once sealed, the setting does not open it"


def test_a_new_master_key_wraps_one_row_anew(filled: Engine, place: Settings, home: Path) -> None:
    before = said(filled)
    old = home / "keys" / "master-1"
    (home / "keys" / "master-2").write_text("f" * 64)
    assert said(filled) == before
    with writing(filled) as connection:
        assert at_rest.renew(connection) and not at_rest.renew(connection)
    kept = old.read_text()
    old.unlink()
    with reading(filled) as connection:
        assert cards.cards(connection)["family_name"].dropna().to_list() == ["Quillfeather"]
    old.write_text(kept)
    (home / "keys" / "master-2").unlink()
    at_rest._unwrapped.cache_clear()
    with (
        pytest.raises(StoreError, match=r"key master-\w+ of the store is not here"),
        reading(filled) as connection,
    ):
        cards.cards(connection)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    at_rest._unwrapped.cache_clear()
    yield
    at_rest._unwrapped.cache_clear()


def test_a_plain_store_is_asked_nothing(store: Engine, loader: Any, source: Source) -> None:
    """What begins with our sign and is not sealed is somebody's odd text: it is kept as it is."""
    odd = at_rest.SIGN + "odd"
    loader.take(source, [ANNA | {"request": odd}])
    with reading(store) as connection:
        assert of_all(connection) == [odd]


def of_all(connection: Connection) -> list[Any]:
    columns = {"request": schema.TEXT}
    found: pd.DataFrame = queries.frame(connection, "SELECT request FROM lead", columns)
    return found["request"].to_list()
