"""A bought base of 200,000 rows to contacts in SQLite: seconds per stage, peak memory, longest write transaction.

    [LEADS_LIKENESS=false] python bench/load.py [ROWS]

Beside it, in the same run, the floor: reading the same file, and writing as many rows with `executemany`. The
figures are ratios and seconds of this machine; nothing here passes or fails.
"""

import csv
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

from leads.settings import settings

# rows, with likeness or by exact keys alone: seconds, MB
HOLD = {(200_000, False): (40, 1536), (1_000_000, False): (120, 3072), (1_000_000, True): (300, 6144)}
FAMILY = (
    "Иванов",
    "Смирнов",
    "Кузнецов",
    "Попов",
    "Васильев",
    "Петров",
    "Соколов",
    "Михайлов",
    "Новиков",
    "Фёдоров",
)
GIVEN = ("Иван", "Пётр", "Сергей", "Андрей", "Алексей", "Дмитрий", "Николай", "Павел", "Олег", "Виктор")
SPELLINGS = ("+7{0}{1}", "8 ({0}) {2}-{3}-{4}", "8-{0}-{2}-{3}-{4}", "{0}{1}", "+7 {0} {2} {3} {4}", "8{0}{1}")


def write_base(file: Path, rows: int) -> None:
    """A windows-1251 CSV as sellers make them: a quarter of the people stand in it more than once."""
    chance = random.Random(7)
    with file.open("w", encoding="cp1251", newline="") as out:
        table = csv.writer(out, delimiter=";")
        table.writerow(["№", "ФИО", "Телефон", "E-mail", "Компания", "Город", "Согласие"])
        for number in range(rows):
            person = chance.randrange(rows * 3 // 4)
            own = random.Random(person)
            name = f"{own.choice(FAMILY)}{own.choice(('', 'ский'))} {own.choice(GIVEN)} {own.choice(GIVEN)}ович"
            digits = f"{own.randrange(10**7):07d}"
            phone = chance.choice(SPELLINGS).format(
                own.choice(("903", "916", "921", "926", "985")), digits, digits[:3], digits[3:5], digits[5:]
            )
            email = f"user{person}@mail{person % 5000}.example.com" if own.random() < 0.6 else ""
            company = f"ООО «Фирма {person % 20000}»" if own.random() < 0.5 else ""
            consent = chance.choice(("да", "нет", ""))
            table.writerow([number, name, phone, email, company, f"Город {person % 300}", consent])


def floor(file: Path, folder: Path) -> tuple[float, float]:
    """Seconds to read the file, and to write its cells into one SQLite table."""
    started = time.perf_counter()
    with file.open(encoding="cp1251", newline="") as opened:
        rows = list(csv.reader(opened, delimiter=";"))
    read = time.perf_counter() - started
    with sqlite3.connect(folder / "floor.db") as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE base (a, b, c, d, e, f, g)")
        started = time.perf_counter()
        store.executemany("INSERT INTO base VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        store.commit()
    return read, time.perf_counter() - started


SOURCE = """
title = "Bench base"
kind = "purchased_base"
owner = "bench"
licence = "made for the measurement"
legal_basis = "legitimate interest"
from_person = false
region = "RU"
language = "ru"
[pull]
file = "{file}"
[columns]
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


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / "base.csv"
        write_base(base, rows)
        read, written = floor(base, folder)
        os.environ["LEADS_HOME"] = str(folder / "home")
        config = folder / "home" / "config" / "sources"
        config.mkdir(parents=True)
        (config / "bench.toml").write_text(SOURCE.format(file=base), encoding="utf-8")
        spent, transactions, took, counted = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{rows:,} rows: {counted}")
    for stage, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"  {stage:<22} {seconds:7.2f} s")
    print(f"all                      {took:7.2f} s   {rows / took:,.0f} rows/s")
    print(f"floor: read {read:.2f} s + executemany {written:.2f} s; ratio {took / (read + written):.1f}")
    mean = sum(transactions) / len(transactions)
    print(f"write transactions: longest {max(transactions):.2f} s, mean {mean:.2f} s")
    print(f"peak memory {peak:.0f} MB, largest child {children:.0f} MB")
    if (asked := (rows, settings().likeness)) in HOLD:
        seconds, memory = HOLD[asked]
        print(f"to hold: {seconds} s, {memory} MB, about 2 s a transaction")


def run() -> tuple[dict[str, float], list[float], float, dict[str, int]]:
    """Ingest the base without Prefect; seconds per stage, of each load's transaction, of all, and the accounting."""
    from flows import stages
    from leads import beside
    from leads.settings import reload
    from store import engine as engine_module
    from store import load, runs
    from store.engine import open_store
    from store.migrate import migrate

    spent: dict[str, float] = defaultdict(float)
    transactions: list[float] = []

    def timed(stage: str, function):
        def call(*args, **kwargs):
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[stage] += time.perf_counter() - started

        return call

    for name in ("versions", "unusable"):
        setattr(stages, name, timed(name, getattr(stages, name)))
    for module, name in (
        (stages.landing, "land"), (beside, "_answer"), (stages.queries, "candidates"), (stages.exact, "found"),
        (stages.exact, "settled"), (stages.likeness, "joined"),
        (stages.queries, "known_versions"), (stages.accounting, "fates"), (load, "load_chunk"),
    ):  # fmt: skip
        setattr(module, name, timed(name, getattr(module, name)))
    writing = engine_module.writing

    @contextmanager
    def measured(store):
        started = time.perf_counter()
        with writing(store) as connection:
            yield connection
        transactions.append(time.perf_counter() - started)

    stages.writing = measured
    place = reload()
    engine = open_store(place.database_url)
    migrate(engine)
    started = time.perf_counter()
    source = stages.configured("bench")
    counted = stages.ingest(engine, place, source, runs.start_run(engine, "ingest", "bench", None))

    return dict(spent), transactions, time.perf_counter() - started, counted


if __name__ == "__main__":
    main()
