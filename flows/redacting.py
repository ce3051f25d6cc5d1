"""A person taken out of the files that are registered: what we wrote is written anew, what was taken in is removed."""

import csv
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Connection, text

from flows import received
from flows.marks import Marks
from store.engine import Store, reading, writing

log = logging.getLogger("leads")
OURS = ("delivery", "rejects", "review", "notice", "refresh")
COPY = "subject"
GONE = "(erased)"


def files(connection: Connection, batches: set[str], ids: Collection[str]) -> list[tuple[str, str]]:
    """(path, kind) of the files that may hold the person: all that we wrote, the copies made for them, and those that
    these batches were read from."""
    rows = connection.execute(
        text("""SELECT p.path, p.kind, coalesce(b.public_id, p.reference) AS reference FROM personal_file p
                LEFT JOIN batch b ON p.kind = 'file' AND CAST(b.run_id AS VARCHAR) = p.reference ORDER BY p.path""")
    )
    named = {"file": batches, COPY: ids}
    return [(row.path, row.kind) for row in rows if row.kind in OURS or row.reference in named.get(row.kind, ())]


def redact(store: Store, home: Path, batches: set[str], marks: Marks) -> list[str]:
    """Take the person out of them; returns the paths of those that a person has to see to.

    A file of ours keeps its lines, those of the person emptied. One that was taken in goes, for its content is in the
    landing, and stays known by its checksum; one outside of the home is not ours to remove.
    """
    with reading(store) as connection:
        found = files(connection, batches, marks.ids)
    left = []
    for name, kind in found:
        path = Path(name)
        if not path.is_file():
            continue
        if kind == "file":
            if path.resolve().is_relative_to(home.resolve()):
                path.unlink()
            else:
                left.append(name)
        elif kind == COPY:
            path.unlink()
            with writing(store) as connection:
                connection.execute(text("DELETE FROM personal_file WHERE path = :path"), {"path": name})
        elif path.suffix.lower() not in WRITTEN:
            left.append(name)
        elif WRITTEN[path.suffix.lower()](path, marks):
            with writing(store) as connection:
                asked = {"sha": received.digest(path), "path": name}
                connection.execute(text("UPDATE personal_file SET sha256 = :sha WHERE path = :path"), asked)
    return left


def _sheets(path: Path, marks: Marks) -> bool:
    book = openpyxl.load_workbook(path)
    hits = [
        row for sheet in book.worksheets for row in sheet.iter_rows()
        if marks.in_any(None if cell.value is None else str(cell.value) for cell in row)
    ]  # fmt: skip
    for row in hits:
        for place, cell in enumerate(row):
            cell.value = None if place else GONE
    if hits:
        _anew(path, book.save)
    return bool(hits)


def _lines(path: Path, marks: Marks) -> bool:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    hits = [no for no, row in enumerate(rows) if marks.in_any(row)]
    for no in hits:
        rows[no] = [GONE, *[""] * (len(rows[no]) - 1)]

    def save(draft: Path) -> None:
        with draft.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)

    if hits:
        _anew(path, save)
    return bool(hits)


def _anew(path: Path, save: Callable[[Any], Any]) -> None:
    draft = path.with_name(f".{path.name}.part")
    save(draft)
    draft.chmod(path.stat().st_mode)
    draft.replace(path)


WRITTEN: dict[str, Callable[[Path, Marks], bool]] = {".xlsx": _sheets, ".csv": _lines}
