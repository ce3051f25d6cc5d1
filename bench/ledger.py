"""The consent ledger: events appended to a SQLite store per second, and seconds to verify them.

    python bench/ledger.py [EVENTS]

Everything is included that a load does for its events: keyed look-ups, sealing of each contact point, the hashes of the
chain, triggers, one commit with fsync per chunk. Two of three events are about a contact point that is new.
"""

import gc
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

CHUNK = 30_000


def chunk(first: int, count: int, recorded: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """TERMS, EVENTS and the leads' numbers of `count` events, as a bought base brings them."""
    from leads import schema

    said = {
        "controller": "us", "basis": "legitimate interest", "valid_until": "2026-12-22T09:00:00.000000Z",
        "actor": "broker", "method": "import", "notice_version": None, "notice_sha256": None, "notice_language": None,
        "source": "bench", "source_kind": "purchased_base", "collectors": "seller", "obtained": recorded,
        "evidence": "bench-20261122090000-000000",
    }  # fmt: skip
    kinds = (
        ("phone", "call|sms", "imported_claim"),
        ("email", "email", "imported_claim"),
        ("email", "any", "notice_due"),
    )
    terms = pd.DataFrame(
        [{"terms": n, "type": t, "channels": c, "purposes": "any" if c == "any" else "marketing", "kind": k, **said}
         for n, (t, c, k) in enumerate(kinds)]
    )  # fmt: skip
    terms = terms.astype({name: column.dtype.type for name, column in schema.TERMS.columns.items()})
    number = np.arange(first, first + count)
    lead = number // 3
    values = [
        f"+7916{n:07d}" if i % 3 == 0 else f"person{n}@mail{n % 5000}.example.com"
        for i, n in zip(number, lead, strict=True)
    ]
    events = pd.DataFrame({
        "lead_id": schema.texts(f"{n:032x}" for n in lead), "value": schema.texts(values),
        "terms": pd.array(number % 3, dtype=schema.INT), "jurisdiction": schema.texts(["RU"] * count),
        "event_time": schema.texts([None] * count), "row": pd.array(lead, dtype=schema.INT),
        "recorded_time": schema.texts([recorded] * count),
    })  # fmt: skip
    ids = events[["lead_id"]].assign(id=pd.array(lead + 1, dtype=schema.INT)).drop_duplicates()
    return terms, events, ids


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        os.environ["LEADS_HOME"] = name
        measure(Path(name), total)


def measure(home: Path, total: int) -> None:
    from leads import clock
    from leads.settings import settings
    from store import ledger
    from store.anchors import anchor, anchors
    from store.engine import open_store, reading, writing
    from store.migrate import migrate
    from store.verify import verify

    store = open_store(f"sqlite:///{home / 'store.db'}")
    migrate(store)
    gc.disable()  # as the load does
    spent, slowest, recorded, busy = 0.0, 0.0, clock.now(), 0.0
    for first in range(0, total, CHUNK):
        frames = chunk(first, min(CHUNK, total - first), recorded)
        started, used = time.perf_counter(), time.process_time()
        with writing(store) as connection:
            ledger.append(connection, *frames)
        took = time.perf_counter() - started
        spent, slowest, busy = spent + took, max(slowest, took), busy + time.process_time() - used
    size = sum(file.stat().st_size for file in home.glob("store.db*")) / 1e6
    print(
        f"append {total:,} events: {spent:.1f} s, {total / spent:,.0f} events/s; slowest chunk {slowest:.2f} s; "
        f"{busy:.1f} s of processor"
    )
    print(f"{size:.0f} MB, {size * 1e6 / total:.0f} bytes an event")
    place = settings()
    anchor(store, place)
    started, used = time.perf_counter(), time.process_time()
    with reading(store) as connection:
        found = verify(connection, anchors(place))
    took = time.perf_counter() - started
    assert found.whole and found.events == total, found
    print(
        f"verify {found.events:,} events and {found.subjects:,} contact points: {took:.1f} s; "
        f"{time.process_time() - used:.1f} s of processor"
    )
    print("to hold: 80,000 events/s, 15 s for 1,000,000")


if __name__ == "__main__":
    main()
