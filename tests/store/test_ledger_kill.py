"""`kill -9` while the ledger is appended to: what was acknowledged is there, and the chain is whole."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from leads.settings import Settings
from store.anchors import anchors
from store.engine import reading
from store.verify import verify

KILLS = 40
# Appends blocks of a few events for as long as it lives, and says after each commit how far the ledger reaches. It is
# forked from a process that has imported everything, so that it is at work when it is killed.
APPENDER = """
import os, random, signal, sys, time
import pandas as pd
from leads import schema
from leads.settings import settings
from store import anchors, engine, ledger
url, kills = sys.argv[1], int(sys.argv[2])
plain = {name: schema.texts(["x"] * 5) for name in schema.TERMS.columns}
terms = pd.DataFrame(plain).head(1).assign(terms=pd.array([0], dtype=schema.INT))
def events(first):
    count = range(first, first + 5)
    whole = {name: schema.texts(["x"] * 5) for name in (*schema.EVENTS.columns, "recorded_time")}
    numbers = pd.array(count, dtype=schema.INT)
    return pd.DataFrame(whole).assign(terms=pd.array([0] * 5, dtype=schema.INT), row=numbers,
                                      value=schema.texts(f"v{n % 40}" for n in count))
def work(out):
    store, nobody = engine.open_store(url), pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
    for round_ in range(10**6):
        with engine.writing(store) as connection:
            ledger.append(connection, terms, events(os.getpid() * 1000 + round_ * 5), nobody)
            last = connection.exec_driver_sql("SELECT max(seq) FROM consent_event").scalar_one()
        anchors.anchor(store, settings())
        os.write(out, f"{last}\\n".encode())
chance = random.Random(6)
for _ in range(kills):
    into, out = os.pipe()
    child = os.fork()
    if not child:
        work(out)
    os.close(out)
    said = os.read(into, 100)  # it is at work
    time.sleep(chance.random() / 10)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(into, "rb") as rest:
        print((said + rest.read()).split()[-1].decode(), flush=True)
"""


def test_forty_kills_lose_nothing(
    store: Engine, home: Path, told: Callable[[Engine], list[dict[str, Any]]]
) -> None:
    url = store.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", APPENDER, url, str(KILLS)], cwd=Path(__file__).parents[2], env=dict(os.environ),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    acknowledged = [int(line) for line in killed.stdout.split()]
    assert len(acknowledged) == KILLS and acknowledged == sorted(set(acknowledged))
    with reading(store) as connection:
        found = verify(connection, anchors(Settings(home=home)))
    assert found.whole, found.broken
    assert found.events >= acknowledged[-1] >= 5 * KILLS
    assert found.events == 5 * found.blocks, "a block is there as a whole or not at all"
    assert found.anchored >= acknowledged[-1] // 5
    seqs = [row["seq"] for row in told(store)]
    assert seqs == list(range(1, len(seqs) + 1))
