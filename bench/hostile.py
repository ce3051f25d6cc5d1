"""Bases that are made to hurt who-is-who, both ways: `leads dedupe`, and a load into an empty store.

    python bench/hostile.py [ROWS] [--only CASE …] [--way dedupe|load]

The cases are those of `CASES`: everybody has one phone, or one name and town, or an initial for a name; next to nothing
is stated; sources contradict each other. Each runs in a process of its own: processor seconds (its own and those of its
children, which other programs of the machine change less than the clock), memory of the largest process and of all that
are there at once at most, how many records became how many of one, how many the answer should be, and what was capped.
The figures are of this machine; nothing here passes or fails.
"""

import argparse
import csv
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

COLUMNS = {
    "Id": "external_id", "ФИО": "full_name", "Телефон": "phone", "E-mail": "email", "Компания": "company",
    "Город": "city", "ИНН": "registration",
}  # fmt: skip
LETTERS = "абвгдеиклмнопрстуя"
ENDINGS = ("ов", "ин", "енко", "ский")
GIVEN = (
    "Иван",
    "Пётр",
    "Сергей",
    "Андрей",
    "Дмитрий",
    "Николай",
    "Олег",
    "Виктор",
    "Павел",
    "Егор",
    "Лев",
    "Юрий",
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
file = "{file}"
[columns]
"""
OFFICE = "+74951234567"
Row = dict[str, str]
Answer = dict[str, Any]


def name(number: int) -> str:
    """A made-up full name; the same number has the same one."""
    own = random.Random(number)
    family = "".join(own.choice(LETTERS) for _ in range(6)).title() + own.choice(ENDINGS)
    return f"{own.choice(GIVEN)} {family}"


def mobile(number: int) -> str:
    """A phone of one's own."""
    return f"+7{9_001_000_000 + number}"


def registration(number: int) -> str:
    """The registration number (INN) of a firm, with its check digit."""
    digits = f"77{number:07d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return digits + str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)


def one_field(number: int) -> Row:
    """A row that states one thing only."""
    return (
        {"ФИО": name(number)}, {"Телефон": mobile(number)}, {"E-mail": f"user{number}@example.com"},
        {"Компания": f"ООО «Фирма {number}»"}, {"Город": f"Город {number % 300}"},
    )[number % 5]  # fmt: skip


def initials(number: int) -> Row:
    """One letter for a surname, one for a given name, and the town that all live in."""
    own = random.Random(number)
    letters = {"ФИО": f"{own.choice(LETTERS)} {own.choice(LETTERS)}".upper(), "Город": "Тверь"}
    return letters | ({"Телефон": mobile(number)} if number % 2 else {})


def firm(number: int) -> Row:
    """A firm with a name, a phone and a town."""
    return {"Компания": f"ООО «Фирма {number}»", "Телефон": mobile(number), "Город": "Тверь"}


@dataclass(frozen=True)
class Case:
    """`row` makes row `number` of `rows`; every second one is the second source's where there are `sources` two.

    `people`: of so many rows how many different ones a sensible answer finds, at most and at least.
    """

    row: Callable[[int], Row]
    people: Callable[[int], tuple[int, int]]
    columns: tuple[str, ...] = tuple(COLUMNS)
    sources: int = 1


def all_apart(rows: int) -> tuple[int, int]:
    """Nobody is anybody else."""
    return rows, rows


CASES: dict[str, Case] = {
    "one phone, one name": Case(lambda n: {"ФИО": "Иван Петров", "Телефон": OFFICE}, lambda rows: (1, 1)),
    "one phone, other names": Case(lambda n: {"ФИО": name(n), "Телефон": OFFICE}, all_apart),
    "one phone, nothing else": Case(lambda n: {"Телефон": OFFICE}, lambda rows: (1, rows), ("Телефон",)),
    "one field each": Case(one_field, all_apart),
    "nothing stated": Case(lambda n: {"Id": str(n)}, all_apart),
    "initials, one town": Case(initials, all_apart),
    "one name, one town": Case(
        lambda n: {"ФИО": "Иван Петров", "Город": "Тверь", "Телефон": mobile(n)}, all_apart,
    ),
    "one id": Case(lambda n: {"Id": "1", "ФИО": name(n), "Телефон": mobile(n)}, all_apart),
    # Of these two a person is to decide: a firm has one number in a register.
    "one firm, two numbers": Case(
        lambda n: firm(n // 2) | {"ИНН": registration(n)}, all_apart, sources=2,
    ),
    "two firms, one number": Case(
        lambda n: firm(n) | {"ИНН": registration(n // 2)}, all_apart, sources=2,
    ),
    "one person, two ids": Case(
        lambda n: {"Id": str(n), "ФИО": name(n // 2), "Телефон": mobile(n // 2)}, lambda rows: (rows // 2, rows // 2),
        sources=2,
    ),
    "two people, one id": Case(
        lambda n: {"Id": str(n // 2), "ФИО": name(n), "Телефон": mobile(n)}, all_apart, sources=2,
    ),
}  # fmt: skip


def write(case: Case, rows: int, folder: Path) -> None:
    """The rows of each source as a CSV, and all of them as one."""
    files = [folder / "base.csv", *(folder / f"base{source}.csv" for source in range(case.sources))]
    with ExitStack() as stack:
        tables = [
            csv.DictWriter(
                stack.enter_context(file.open("w", encoding="utf-8", newline="")), case.columns, "", delimiter=";"
            )
            for file in files
        ]
        for table in tables:
            table.writeheader()
        for number in range(rows):
            row = case.row(number)
            tables[0].writerow(row)
            tables[1 + number % case.sources].writerow(row)


def dedupe(case: Case, folder: Path) -> Answer:
    """What `leads dedupe` says of the rows."""
    from flows.deduped import dedupe_file, source_of
    from leads.settings import settings

    done = dedupe_file(source_of(settings(), folder / "base.csv", language="ru"), folder / "out.csv")
    left = {
        "blocks": sum(done.blocks_too_large.values()),
        "keys": len(done.keys_too_wide),
        "values": done.shared_values,
    }
    return {"contacts": done.clusters, "largest": done.largest, "set aside": 0, "unsure": done.doubtful,
            "left out": ", ".join(f"{count:,} {what}" for what, count in left.items() if count)}  # fmt: skip


def load(case: Case, folder: Path) -> Answer:
    """What a load of the rows makes of them, without Prefect."""
    from flows import stages
    from leads.settings import reload
    from store import runs
    from store.engine import open_store
    from store.migrate import migrate

    place, config = reload(), folder / "home" / "config" / "sources"
    config.mkdir(parents=True)
    engine = open_store(place.database_url)
    migrate(engine)
    mapped = "".join(f'"{header}" = "{COLUMNS[header]}"\n' for header in case.columns)
    for number in range(case.sources):
        source = f"bench{number}"
        described = SOURCE.format(file=folder / f"base{number}.csv") + mapped
        (config / f"{source}.toml").write_text(described, encoding="utf-8")
        stages.ingest(engine, place, stages.configured(source), runs.start_run(engine, "ingest", source, None))
    return held(engine)


def held(engine: Any) -> Answer:
    """What the store holds."""
    from sqlalchemy import text

    from store.engine import reading

    asked = {
        "contacts": "SELECT count(*) FROM contact",
        "largest": "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM lead GROUP BY contact_id) g",
        "set aside": "SELECT count(*) FROM fate WHERE fate = 'quarantined'",
        "unsure": "SELECT count(*) FROM match_decision WHERE verdict = 'unsure'",
        "left out": "SELECT coalesce(sum(crowded), 0) FROM compared",
    }
    with reading(engine) as connection:
        found = {what: connection.execute(text(sql)).scalar_one() for what, sql in asked.items()}
    return found | {"left out": f"{crowded:,} leads" if (crowded := found["left out"]) else ""}


WAYS: dict[str, Callable[[Case, Path], Answer]] = {"dedupe": dedupe, "load": load}


def one(named: str, way: str, folder: Path) -> None:
    """Run one case in this process, and print what it came to as JSON."""
    os.environ["LEADS_HOME"] = str(folder / "home")
    found = WAYS[way](CASES[named], folder)
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = {
        "seconds": sum(used.ru_utime + used.ru_stime for used in both),
        "MB": max(used.ru_maxrss for used in both) / 1024,
    }
    print(json.dumps(spent | found))


def told(named: str, way: str, rows: int, limit: int) -> str:
    """A line of the table."""
    case = CASES[named]
    with tempfile.TemporaryDirectory() as folder:
        write(case, rows, Path(folder))
        command = [sys.executable, __file__, "--one", named, "--way", way, "--folder", folder]
        bounded = partial(resource.setrlimit, resource.RLIMIT_CPU, (limit, limit + 5))
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bounded)
    if done.returncode:
        why = (
            f"stopped after {limit:,} s"
            if done.returncode == -signal.SIGXCPU
            else f"exit {done.returncode}: {done.stderr.strip()[-200:]}"
        )
        return f"{named:<24} {way:<7} {why}"
    found = json.loads(done.stdout)
    least, most = case.people(rows)
    of = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return (
        f"{named:<24} {way:<7} {found['seconds']:>8.1f} {found['MB']:>7,.0f} {found['contacts']:>10,} of {of:<14} "
        f"{found['largest']:>9,} {found['set aside']:>9,} {found['unsure']:>8,}  {found['left out']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--way", choices=WAYS, action="append")
    parser.add_argument("--limit", type=int, default=3_600, help="processor seconds of a case")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one, asked.way[0], asked.folder)
        return
    print(f"{asked.rows:,} rows")
    print(f"{'':<24} {'':<7} {'seconds':>8} {'MB':>7} {'contacts':>10} of {'people':<14} {'largest':>9} "
          f"{'set aside':>9} {'unsure':>8}  left out of the comparing")  # fmt: skip
    for named in asked.only:
        for way in asked.way or WAYS:
            print(told(named, way, asked.rows, asked.limit), flush=True)


if __name__ == "__main__":
    main()
