import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from leads import schema
from leads.errors import LeadsError
from leads.pull import Receipt
from leads.settings import Settings
from leads.source import Source
from store import landing, runs
from store.backup import backup, restore
from store.engine import reading, writing
from store.migrate import migrate, revision, revisions

ANN, BOB = ("ann", "smith"), ("bob", "smith")
P1, P2, P3 = "+491510001", "+491510002", "+491510003"


def suppress(store: Engine, hash_: str) -> None:
    with writing(store) as connection:
        connection.execute(
            text("""INSERT INTO suppression (hash, key_version, type, reason, added_at)
                    VALUES (:h, 1, 'phone', 'erased', 't')"""), {"h": hash_}
        )  # fmt: skip


@pytest.fixture
def place(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def fill(
    make_loader: Callable[..., Any], make_source: Callable[..., Source], place: Settings, say: Callable[..., int]
) -> Callable[[Engine], None]:
    """A store with people, a merge, versions, events and a landed batch; keys, configuration and a delivery beside."""

    def build(store: Engine) -> None:
        loader = make_loader(store)
        loader.take(
            make_source(), [{"phone": P1, "name": ANN, "tags": "ü|\n"}, {"key": "r", "phone": P2, "name": ANN}]
        )
        loader.take(make_source(), [{"phone": [P1, P2], "name": ANN}, {"key": "r", "phone": P3, "name": BOB}])
        say(store, e1="given", e2="withdrawn")
        suppress(store, "h1")

        def pull() -> Any:
            yield pd.DataFrame({"a": schema.texts(["x", None])})
            return Receipt()

        manifest = landing.land(place.landing, "base", pull(), part_rows=10)
        runs.register_batch(store, make_source(), manifest, place.landing, runs.start_run(store, "f", None, None))
        for folder, content in (("keys", "1"), ("config", "owners.toml"), ("deliveries", "2026.xlsx")):
            (place.home / folder).mkdir(exist_ok=True)
            (place.home / folder / content).write_text(folder)

    return build


PAIRS = [
    ("sqlite", "sqlite"),
    *(pytest.param(*pair, marks=pytest.mark.postgres)
      for pair in (("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql"))),
]  # fmt: skip


@pytest.mark.parametrize(("made_on", "brought_to"), PAIRS)
def test_a_backup_brings_everything_back(
    new_store: Callable[..., Engine], fill: Callable[[Engine], None], place: Settings, tmp_path: Path,
    everything: Callable[[Engine], Any], make_loader: Callable[..., Any], make_source: Callable[..., Source],
    say: Callable[..., int], told: Callable[[Engine], list[dict[str, Any]]], made_on: str, brought_to: str,
) -> None:  # fmt: skip
    first, second = new_store(made_on, migrated=True), new_store(brought_to)
    fill(first)
    before = everything(first)
    file = backup(first, place)
    assert file.parent == place.home / "backups"
    assert oct(file.stat().st_mode)[-3:] == "600"
    elsewhere = Settings(home=tmp_path / "elsewhere")
    shutil.copytree(place.home / "keys", elsewhere.home / "keys")
    assert restore(second, elsewhere, file) == 0
    after = everything(second)
    moved = {row[0] for row in after.pop("personal_file")}
    assert {path.replace(str(elsewhere.home), str(place.home)) for path in moved} == {
        row[0] for row in before.pop("personal_file")
    }
    assert after == before
    assert all(Path(path).is_file() for path in moved), "the register names the files where they are now"
    assert (elsewhere.home / "config" / "owners.toml").read_text() == "config"
    assert (elsewhere.home / "deliveries" / "2026.xlsx").read_text() == "deliveries"
    assert not (elsewhere.home / "backups").exists()
    assert told(second) == told(first)
    _goes_on(second, make_loader(second), make_source(), say, told)


def _goes_on(
    store: Engine, loader: Any, source: Source, say: Callable[..., int], told: Callable[..., Any]
) -> None:
    """Ids are counted on from where they were, and the ledger is guarded as before."""
    loader.numbers = iter([100])
    last = told(store)[-1]["seq"]
    fates = loader.take(
        source, [{"phone": P1, "name": ANN, "tags": "ü|\n"}, {"key": "r", "phone": P1, "name": BOB}]
    )
    assert fates["fate"].tolist() == ["duplicate", "superseded"]
    say(store, e9="given")
    assert [(row["seq"], row["value"]) for row in told(store)][-1] == (last + 1, "e9")
    with pytest.raises(LeadsError, match="append-only"), writing(store) as connection:
        connection.execute(text("DELETE FROM consent_event"))


def test_who_said_no_since_the_backup_stays_so(
    store: Engine, fill: Callable[[Engine], None], place: Settings, say: Callable[..., int],
    told: Callable[[Engine], list[dict[str, Any]]],
) -> None:  # fmt: skip
    fill(store)
    file = backup(store, place)
    say(store, e3="given", e4="withdrawn", e5="objected", e6="erased", e7="refused")
    suppress(store, "h2")
    assert restore(store, place, file, replace=True) == 5
    with reading(store) as connection:
        hashes = connection.execute(text("SELECT hash FROM suppression ORDER BY 1")).scalars().all()
    assert {row["value"]: row["kind"] for row in told(store)} == {
        "e1": "given",
        "e2": "withdrawn",
        "e4": "withdrawn",
        "e5": "objected",
        "e6": "erased",
        "e7": "refused",
    }
    assert hashes == ["h1", "h2"]
    assert restore(store, place, file, replace=True) == 5, "and through the next restore too"


def test_a_store_with_contacts_is_not_overwritten(
    store: Engine, fill: Callable[[Engine], None], place: Settings, everything: Callable[[Engine], Any]
) -> None:
    fill(store)
    file, before = backup(store, place), everything(store)
    with pytest.raises(LeadsError, match="holds 2 contacts.*--replace"):
        restore(store, place, file)
    assert everything(store) == before


@pytest.fixture
def made(new_store: Callable[..., Engine], fill: Callable[[Engine], None], place: Settings) -> tuple[Engine, Path]:
    store = new_store("sqlite", migrated=True)
    fill(store)
    return store, backup(store, place)


def _refused(store: Engine, place: Settings, file: Path, match: str, everything: Callable[[Engine], Any]) -> None:
    before, files = (
        everything(store),
        {p: p.read_bytes() for p in place.home.rglob("*") if p.is_file() and p != file},
    )
    with pytest.raises(LeadsError, match=match) as error:
        restore(store, place, file, replace=True)
    assert "\n" not in str(error.value)
    assert everything(store) == before
    after = {p: p.read_bytes() for p in place.home.rglob("*") if p.is_file() and p != file}
    assert {p: b for p, b in after.items() if p.suffix != ".loading"} == {
        p: b for p, b in files.items() if p.suffix != ".loading"
    }


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_a_cut_archive(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any], share: float
) -> None:
    store, file = made
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    _refused(store, place, file, "cut short|no backup", everything)


def test_a_damaged_archive(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any]
) -> None:
    store, file = made
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = os.urandom(64)
    file.write_bytes(data)
    _refused(store, place, file, "cut short|no backup|lacks", everything)


def test_a_foreign_file(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any], tmp_path: Path
) -> None:
    store, _ = made
    foreign = tmp_path / "foreign.tar.gz"
    for content in (b"", b"smith;+491510001\n" * 1000):
        foreign.write_bytes(content)
        _refused(store, place, foreign, "no backup|cut short", everything)
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(__file__, "manifest.json")
    _refused(store, place, foreign, "cut short", everything)
    _refused(store, place, tmp_path / "nosuch.tar.gz", "no backup", everything)


def _changed(file: Path, change: Callable[[tarfile.TarInfo, bytes], tuple[str, bytes] | None]) -> Path:
    """The archive with its members as `change` makes them."""
    target = file.with_name("changed.tar.gz")
    with tarfile.open(file) as old, tarfile.open(target, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            made = change(member, content.read() if content else b"")
            if made is not None and content is not None:
                info = tarfile.TarInfo(made[0])
                info.size = len(made[1])
                new.addfile(info, io.BytesIO(made[1]))
    return target


@pytest.mark.parametrize(
    "path",
    ["landing/../../evil", "config/../keys/1", "deliveries/../store.db", "../evil", "landing/base/../../../evil"],
)
def test_a_path_that_leads_outside(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any], path: str
) -> None:
    store, file = made
    bad = _changed(file, lambda m, data: (path if m.name == "config/owners.toml" else m.name, data))
    _refused(store, place, bad, "no backup.*outside", everything)


def test_a_missing_table(made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any]) -> None:
    store, file = made
    bad = _changed(file, lambda m, data: None if m.name == "store/lead.parquet" else (m.name, data))
    _refused(store, place, bad, "lacks the table.*lead", everything)


@pytest.mark.parametrize(
    ("then", "now"), [(b'"format": 1', b'"format": 2'), (b'"revision": "0', b'"revision": "9')]
)
def test_a_backup_of_a_newer_release(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any], then: bytes, now: bytes
) -> None:
    store, file = made
    bad = _changed(file, lambda m, data: (m.name, data.replace(then, now) if m.name == "manifest.json" else data))
    _refused(store, place, bad, "not known.*Install the release", everything)


def test_without_the_keys_of_the_suppressions(
    made: tuple[Engine, Path], place: Settings, everything: Callable[[Engine], Any]
) -> None:
    store, file = made
    (place.home / "keys" / "1").unlink()
    _refused(store, place, file, "key.*1.*not here", everything)


def test_no_store_no_backup(bare: Engine, place: Settings) -> None:
    with pytest.raises(LeadsError, match="no store to back up"):
        backup(bare, place)


def test_a_backup_that_cannot_be_written(made: tuple[Engine, Path], place: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LeadsError, match="backup cannot be written"):
        backup(made[0], place, tmp_path / "file" / "backup.tar.gz")


def test_an_earlier_store_is_brought_up_to_date(
    new_store: Callable[..., Engine], place: Settings, say_earlier: Callable[..., dict[str, Any]],
    told: Callable[[Engine], list[dict[str, Any]]],
) -> None:  # fmt: skip
    old, new = new_store("sqlite"), new_store("sqlite")
    migrate(old, "0001")
    entry = say_earlier(old, "e1")
    restore(new, place, backup(old, place))
    [history] = told(new)
    assert {name: history[name] for name in entry} == entry | {"event_id": "1"}
    assert (revision(old), revision(new)) == ("0001", max(revisions()))
