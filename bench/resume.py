"""A base of a million rows is dropped into the inbox, and its taking killed again and again: does it go on?

    python bench/resume.py [ROWS]

Taken once without a disturbance; then in a new home, killed (SIGKILL) at each of POINTS in turn, each time going on
from the kill before, and at last let through. The store must then hold the same as the undisturbed one, from one batch,
with no row lost or doubled, and nothing may lie in the landing that the store does not know. Exit code 1 where not.
Seconds are those of the clock and, in brackets, of the processor, which other programs of the machine change less.
"""

import hashlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from load import write_base

ROOT = Path(__file__).parent.parent
SOURCE = """
title = "A bought base"
kind = "purchased_base"
owner = "sales"
licence = "example"
legal_basis = "consent, as claimed by the seller"
from_person = false
region = "RU"
language = "ru"

[columns]
"№" = "ignore"
"ФИО" = "full_name"
"Телефон" = "phone"
"E-mail" = "email"
"Компания" = "company"
"Город" = "city"
"Согласие" = "consent"

[consent]
given = ["да"]
refused = ["нет"]
"""
# Takes what waits; kills itself after (or before) the work of a function's `calls`-th call, where one is named.
TAKE = """
import importlib, os, signal, sys
from flows.taking import take
from leads.settings import settings
from store.engine import open_store
from store.migrate import migrate
def deadly(real, when, calls):
    def call(*given, **named):
        nonlocal calls
        calls -= 1
        if calls:
            return real(*given, **named)
        if when == "after":
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    return call
if sys.argv[1:]:
    module, name, when, calls = *sys.argv[1:4], int(sys.argv[4])
    module = importlib.import_module(module)
    setattr(module, name, deadly(getattr(module, name), when, calls))
engine = open_store(settings().database_url)
migrate(engine)
take(engine, settings(), quiet=0)
"""
# Where it is killed -> the function, before or after its work, and which call of it, as a share of the parts (None: the
# first).
POINTS = {
    "in the middle of the landing": ("store.landing", "_put", "after", 0.5),
    "landed, not registered": ("store.landing", "land", "after", None),
    "in the write transaction of a part": ("store.load", "load_chunk", "after", 0.3),
    "between two parts": ("flows.stages", "_load_part", "after", 0.4),
    "all parts loaded, the batch not closed": ("store.accounting", "account", "before", None),
    "the batch closed, the file not moved": ("store.runs", "finish_run", "before", None),
}
PART_ROWS = 20_000
# What the store says of people, without what differs from run to run; a contact goes by its smallest lead.
SAID = (
    "SELECT public_id, kind, name_text, company_key, city, flags FROM lead ORDER BY 1",
    """SELECT min(l.public_id), c.kind, c.name_text, c.company, c.city FROM contact c JOIN lead l ON l.contact_id = c.id
       GROUP BY c.id ORDER BY 1""",
    "SELECT type, value, count(*) FROM contact_point GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT fate, count(*) FROM fate GROUP BY 1 ORDER BY 1",
    "SELECT kind, channel, purpose, count(*) FROM consent_history GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
)


def new_home(folder: Path, base: Path) -> Path:
    """A home with one source, and the base in its inbox."""
    (folder / "config" / "sources").mkdir(parents=True)
    (folder / "config" / "sources" / "base.toml").write_text(SOURCE, encoding="utf-8")
    (folder / "inbox" / "base").mkdir(parents=True)
    os.link(base, folder / "inbox" / "base" / "base.csv")
    return folder


class Seconds(NamedTuple):
    """Of the clock, and of the processor."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.1f} s ({self.processor:.1f})"


def now() -> Seconds:
    """The present moment, and what all processes that ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(time.perf_counter(), used.ru_utime + used.ru_stime)


def since(then: Seconds) -> Seconds:
    """What has passed since then."""
    return Seconds(*(b - a for a, b in zip(then, now(), strict=True)))


def take(home: Path, *point: str) -> None:
    """Take what waits, in a process of its own that ends by itself, or is killed at a point."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADS_")}
    kept |= {"LEADS_HOME": str(home), "LEADS_CHUNK_ROWS": str(PART_ROWS)}
    # Without a script's file DuckDB takes itself to be talking to a person, and draws its progress.
    ended = subprocess.run([sys.executable, "-c", TAKE, *point], cwd=ROOT, env=kept, stdout=subprocess.DEVNULL)
    if ended.returncode != (-signal.SIGKILL if point else 0):
        sys.exit(f"the taking ended with exit code {ended.returncode}")


def ask(home: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the home's store; none where there is no such table yet."""
    store = sqlite3.connect(home / "store.db")
    try:
        return store.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        store.close()


def said(home: Path) -> str:
    """A digest of what the store says of people."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(home / "store.db")) as store:
        for sql in SAID:
            for row in store.execute(sql):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def counted(home: Path) -> str:
    """How far a taking had come: rows in landed parts, and rows whose part is committed."""
    parts = len(list((home / "landing").rglob("part-*")))
    rows = ask(home, "SELECT coalesce(sum(rows), 0), count(*) FROM chunk") or [(0, 0)]
    return f"{parts} parts landed, {rows[0][1]} loaded ({rows[0][0]:,} rows)"


def faults(home: Path, wanted: str, rows: int) -> list[str]:
    """What is not as it was without a disturbance."""
    batches = ask(home, "SELECT public_id, status FROM batch")
    ((fated, different),) = ask(home, "SELECT count(*), count(DISTINCT row) FROM fate")
    ((leads, ids),) = ask(home, "SELECT count(*), count(DISTINCT public_id) FROM lead")
    lying = {path.name for path in (home / "landing" / "base").iterdir()}
    left = [path.name for path in (home / "inbox" / "base").iterdir() if path.name[0] != "." and path.is_file()]
    tests = {
        f"{rows - different:,} rows lost": different != rows,
        f"{fated - different:,} rows doubled": fated != different,
        f"{leads - ids:,} leads doubled": leads != ids,
        "the store holds something else": said(home) != wanted,
        "more than one batch, or one that is not loaded": [status for _, status in batches] != ["loaded"],
        "the landing holds what the store does not know": lying != {str(batch) for batch, _ in batches},
        "the file was not moved": bool(left) or not (home / "inbox" / "base" / "done" / "base.csv").exists(),
        "a run is still called running": bool(ask(home, "SELECT 1 FROM run WHERE status = 'running'")),
    }
    return [fault for fault, found in tests.items() if found]


def main(rows: int) -> int:
    """Kill it at each point and go on; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.csv"
        write_base(base, rows)
        whole = new_home(Path(folder) / "whole", base)
        began = now()
        take(whole)
        print(f"{rows:,} rows without a disturbance: {since(began)}", flush=True)
        home, first = new_home(Path(folder) / "killed", base), now()
        for point, (module, name, when, share) in POINTS.items():
            calls = 1 if share is None else max(1, round(share * rows / PART_ROWS))
            began = now()
            take(home, module, name, when, str(calls))
            print(f"killed after {since(began)}, {point}: {counted(home)}", flush=True)
        began = now()
        take(home)
        print(f"done after {since(began)}; all takings together {since(first)}")
        found = faults(home, said(whole), rows)
        print("; ".join(found) or "no row lost or doubled, the store is equal")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000))
