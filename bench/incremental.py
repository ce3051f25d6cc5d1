"""A few new leads into small and large stores, and the same leads in one chunk and in many.

    python bench/incremental.py [CONTACTS …] [--orders LEADS]

First 1,000 leads, half of them misspelt records of people who are there, into stores of so many contacts (10,000 and
100,000 unless said) that the normal load made: seconds, and the ratio to the smallest. Then the same leads (20,000 of
the labelled set in ../shared/data/er, or where $ER_SETS says; else generated ones) in 1, 10 and 100 chunks and in
another order: how many pairs of leads come out the same, of all pairs there are, and of those that either joins. The
figures are of this machine; nothing here passes or fails.
"""

import argparse
import csv
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NEW, RATIO, SAME = 1_000, 2.0, 0.999
SETS = Path(os.environ.get("ER_SETS", Path(__file__).parent.parent.parent / "shared" / "data" / "er"))
HEADERS = ("Id", "Name", "Phone", "Mail", "Firm", "City")
COLUMNS = ("external_id", "full_name", "phone", "email", "company", "city")
LATIN = ("sales", "anna", "ivanov", "petr", "mail", "me", "contact", "olga")
LETTERS = "абвгдеиклмнопрстуя"
GIVEN = (
    "Иван",
    "Пётр",
    "Сергей",
    "Андрей",
    "Анна",
    "Мария",
    "Ольга",
    "Елена",
    "Дмитрий",
    "Николай",
    "Юлия",
    "Вера",
)
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
file = "none.csv"
[columns]
""" + "".join(f'"{header}" = "{field}"\n' for header, field in zip(HEADERS, COLUMNS, strict=True))
Row = tuple[str, ...]


def person(number: int) -> Row:
    """A made-up person; the same number is the same one."""
    own = random.Random(number)
    family = "".join(own.choice(LETTERS) for _ in range(6)).title() + own.choice(("ов", "ин", "енко", "ский"))
    firm, city = f"ООО «Фирма {own.randrange(20_000)}»", f"Город {own.randrange(300)}"
    email = f"{own.choice(LATIN)}{own.randrange(10**6)}@mail{number % 5000}.example.com"
    return f"{own.choice(GIVEN)} {family}", f"+79{own.randrange(10**9):09d}", email, firm, city


def newcomers(known: int, chance: random.Random, strangers: int = 2_000_000) -> list[Row]:
    """Half strangers, half people who are there: misspelt, with some of what is known of them."""
    rows = []
    for number in range(NEW):
        name, phone, email, firm, city = person(chance.randrange(known) if number % 2 else strangers + number)
        place = chance.randrange(len(name) - 4, len(name) - 1)
        name = name[:place] + chance.choice(LETTERS) + name[place + 1 :] if number % 2 else name
        point = (phone, "") if chance.random() < 0.5 else ("", email)
        rows.append((name, *point, firm, city if chance.random() < 0.7 else ""))
    return rows


class Store:
    """A store of its own, into which rows are loaded the normal way."""

    def __init__(self, folder: Path) -> None:
        from leads.settings import reload
        from store.engine import open_store
        from store.migrate import migrate

        (folder / "config" / "sources").mkdir(parents=True)
        (folder / "config" / "sources" / "bench.toml").write_text(SOURCE, encoding="utf-8")
        os.environ["LEADS_HOME"] = str(folder)
        self.folder, self.place = folder, reload()
        self.engine = open_store(self.place.database_url)
        migrate(self.engine)

    def take(self, rows: Iterable[Row]) -> float:
        """Load a batch; returns the seconds from pull to commit."""
        from flows import stages
        from store import runs

        file = self.folder / "base.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(HEADERS)
            table.writerows(rows)
        source = stages.configured("bench", str(file))
        started = time.perf_counter()
        stages.ingest(self.engine, self.place, source, runs.start_run(self.engine, "ingest", "bench", None))
        return time.perf_counter() - started

    def ask(self, sql: str) -> list[Any]:
        """Rows of a statement."""
        from sqlalchemy import text

        from store.engine import reading

        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(text(sql))]


def growing(sizes: Sequence[int], folder: Path) -> None:
    """Seconds of 1,000 leads into stores of several sizes."""
    first = None
    for size in sizes:
        store = Store(folder / str(size))
        built = store.take((str(number), *person(number)) for number in range(size))
        chance = random.Random(11)
        seconds = []
        for again in range(3):
            rows = newcomers(size, chance, 2_000_000 + again * NEW)
            seconds.append(store.take((f"n{again}-{number}", *row) for number, row in enumerate(rows)))
        joined, unsure = store.ask("SELECT sum(joined), sum(unsure) FROM compared WHERE batch_id > 1")[0]
        contacts = store.ask("SELECT count(*) FROM contact")[0][0]
        best = min(seconds)
        first = first or best
        each = ", ".join(f"{taken:.2f}" for taken in seconds)
        print(f"{NEW:,} leads into {contacts:>9,} contacts: {best:6.2f} s (of {each}), ratio {best / first:.2f}; "
              f"{joined} joined, {unsure} for a person; built in {built:.0f} s", flush=True)  # fmt: skip
    print(f"to hold: ratio {RATIO}")


def labelled(count: int) -> list[Row]:
    """Rows of the labelled set, or generated ones where it is not there."""
    file = SETS / "synth_leads" / "leads_50k_persons.parquet"
    if not file.is_file():
        chance = random.Random(3)
        rows = [person(number) for number in range(count // 2)]
        return [(str(number), *row) for number, row in enumerate([*rows, *newcomers(count // 2, chance)])]
    import pandas as pd

    frame = pd.read_parquet(file).head(count)
    cells = frame[["rec_id", "raw_name", "phone", "email", "company_raw", "city_raw"]].astype(object)
    return list(cells.where(cells.notna(), "").astype(str).itertuples(index=False, name=None))


def orders(count: int, folder: Path) -> None:
    """The same leads in 1, 10 and 100 chunks, as they come and shuffled."""
    rows = labelled(count)
    shuffled = random.Random(5).sample(rows, len(rows))
    once = None
    for name, of, chunks in (("1 chunk", rows, 1), ("10 chunks", rows, 10), ("10 chunks, shuffled", shuffled, 10),
                             ("100 chunks, shuffled", shuffled, 100)):  # fmt: skip
        os.environ["LEADS_CHUNK_ROWS"] = str(-(-len(of) // chunks))
        store = Store(folder / name.replace(" ", "_"))
        seconds = store.take(of)
        found = dict(store.ask("SELECT external_id, contact_id FROM lead"))
        once = once or found
        one, other, both = (_pairs(side) for side in (once.values(), found.values(), zip_of(once, found)))
        every = len(found) * (len(found) - 1) // 2
        alike = 1 - (one + other - 2 * both) / every
        print(f"{name:<22} {seconds:6.1f} s  {other:,} pairs joined; the same: {alike:.6f} of all pairs, "
              f"{both / (one + other - both):.4f} of those that either joins", flush=True)  # fmt: skip
    print(f"to hold: {SAME}")


def zip_of(one: dict[str, int], other: dict[str, int]) -> Iterable[tuple[int, int]]:
    """Both contacts of each lead."""
    return ((one[lead], other[lead]) for lead in one)


def _pairs(groups: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("contacts", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--orders", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.contacts != [0]:
            growing(asked.contacts, Path(name))
        if asked.orders:
            orders(asked.orders, Path(name))


if __name__ == "__main__":
    main()
