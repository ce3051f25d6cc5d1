"""What sealing personal columns costs: the same base into a store without and with it, in turns, and the two look-ups.

    python bench/at_rest.py [ROWS]

Processor seconds of the load (the likeness is left out: it costs the same in both), the store's size, and `leads why`'s
question of one phone. Ratios of one run; nothing here passes or fails.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from load import SOURCE, write_base

TURNS = 2


def loaded(home: Path, base: Path, sealed: bool) -> tuple[float, int, float]:
    """Processor seconds of the load, bytes of the store, milliseconds to find and show one contact."""
    from flows import stages
    from leads.settings import reload
    from store import runs, trail
    from store.engine import empty_log, open_store, reading
    from store.migrate import migrate

    os.environ |= {"LEADS_HOME": str(home), "LEADS_ENCRYPT_VALUES": str(sealed), "LEADS_LIKENESS": "false"}
    (home / "config" / "sources").mkdir(parents=True)
    (home / "config" / "sources" / "bench.toml").write_text(SOURCE.format(file=base), encoding="utf-8")
    place = reload()
    store = open_store(place.database_url)
    migrate(store)
    started = time.process_time()
    stages.ingest(store, place, stages.configured("bench"), runs.start_run(store, "ingest", "bench", None))
    took = time.process_time() - started
    empty_log(store)
    with reading(store) as connection:
        phone = trail.leads(connection, trail.resolve_id(connection, first(connection)) or "")[0]["points"][0][
            "value"
        ]
        asked = time.perf_counter()
        for _ in range(20):
            trail.contact(connection, trail.contacts_with(connection, "phone", phone)[0])
        shown = (time.perf_counter() - asked) / 20 * 1000
    store.dispose()
    return took, (home / "store.db").stat().st_size, shown


def first(connection) -> str:
    from sqlalchemy import text

    return connection.execute(text("SELECT public_id FROM contact ORDER BY id LIMIT 1")).scalar_one()


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_base(folder / "base.csv", rows)
        loaded(folder / "warm", folder / "base.csv", False)
        found = {
            sealed: [loaded(folder / f"{sealed}{turn}", folder / "base.csv", sealed) for turn in range(TURNS)]
            for sealed in (False, True)
        }
    best = {sealed: [min(cells) for cells in zip(*turns, strict=True)] for sealed, turns in found.items()}
    print(f"{rows:,} rows            plain     sealed   ratio")
    for place, what in enumerate(("load, s of the processor", "store, MB", "one contact by its phone, ms")):
        plain, sealed = (best[one][place] / (1e6 if place == 1 else 1) for one in (False, True))
        print(f"{what:<30} {plain:8.2f} {sealed:8.2f} {sealed / plain:6.2f}")


if __name__ == "__main__":
    main()
