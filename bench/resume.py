"""A base of 200,000 rows is dropped into the inbox, and its taking killed at many points: does it go on?

    python bench/resume.py [ROWS [KILLS]]

Taken once without a disturbance, then again and again in a new home: killed (SIGKILL) after a part of the time that
took, and taken once more. Each time the store must hold the same as the undisturbed one, from one batch, and nothing
may lie in the landing that the store does not know. Exit code 1 where that is not so.
"""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
TAKE = """
from flows.taking import take
from leads.settings import settings
from store.engine import open_store
from store.migrate import migrate
engine = open_store(settings().database_url)
migrate(engine)
take(engine, settings(), quiet=0)
"""
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


def take(home: Path, kill_after: float | None = None) -> tuple[float, bool]:
    """Take what waits, in a process of its own; returns the seconds, and whether it was killed before its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADS_")}
    # Without a script's file DuckDB takes itself to be talking to a person, and draws its progress.
    child = subprocess.Popen(
        [sys.executable, "-c", TAKE], cwd=ROOT, env=kept | {"LEADS_HOME": str(home)}, stdout=subprocess.DEVNULL
    )
    started = time.perf_counter()
    try:
        child.wait(kill_after)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"the taking failed with exit code {child.returncode}")
    return time.perf_counter() - started, child.returncode != 0


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
    rows = [ask(home, sql) for sql in SAID]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def state(home: Path) -> str:
    """How far a killed taking had come."""
    parts = len(list((home / "landing").rglob("part-*")))
    chunks = len(ask(home, "SELECT 1 FROM chunk"))
    if chunks:
        return f"{chunks} of {parts} chunks loaded"
    landed = list((home / "landing").rglob("manifest.json"))
    return "landed" if landed else f"pulling, {parts} parts written" if parts else "pulling"


def faults(home: Path, wanted: str) -> list[str]:
    """What is not as it was without a disturbance."""
    batches = ask(home, "SELECT public_id, status FROM batch")
    known = {str(batch) for batch, _ in batches}
    lying = {path.name for path in (home / "landing" / "base").iterdir() if path.name[0] != "."}
    left = [path.name for path in (home / "inbox" / "base").iterdir() if path.name[0] != "." and path.is_file()]
    tests = {
        "the store holds something else": said(home) != wanted,
        "more than one batch, or one that is not loaded": [status for _, status in batches] != ["loaded"],
        "the landing holds what the store does not know": lying != known,
        "the file was not moved": bool(left) or not (home / "inbox" / "base" / "done" / "base.csv").exists(),
        "a run is still called running": bool(ask(home, "SELECT 1 FROM run WHERE status = 'running'")),
    }
    return [fault for fault, found in tests.items() if found]


def main(rows: int, kills: int) -> int:
    """Kill and go on; returns the exit code."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.csv"
        write_base(base, rows)
        whole = new_home(Path(folder) / "whole", base)
        seconds, _ = take(whole)
        wanted = said(whole)
        print(f"{rows:,} rows without a disturbance: {seconds:.1f} s")
        for number in range(1, kills + 1):
            home = new_home(Path(folder) / str(number), base)
            first, killed = take(home, seconds * number / (kills + 1))
            came = state(home) if killed else "not killed: it was done"
            second, _ = take(home)
            found = faults(home, wanted)
            wrong += bool(found)
            unswept = len([p for p in (home / "landing" / "base").iterdir() if p.name[0] == "."])
            print(f"killed after {first:5.1f} s ({came}), went on for {second:5.1f} s; "
                  f"{unswept} unfinished landings to sweep; {'; '.join(found) or 'equal'}", flush=True)  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*[*given, *(200_000, 7)[len(given) :]]))
