"""`leads normalise` of a million rows: seconds, rows a second, peak memory, and where the time goes.

    python bench/normalise.py [ROWS]

The base is made up: five countries, phones in every spelling and one in ten damaged, e-mails, full names, companies
with their legal form, addresses, birthdays, orders and requests. Beside it, in the same run, the floor: reading
the same CSV and writing it as Parquet. The figures are of this machine; nothing passes or fails.
"""

import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
from names import corpus
from phones import AREAS, DIGITS, SPELLINGS

HOLD = {1_000_000: (60, 2048)}  # rows: seconds, MB
SHARES = {"RU": 60, "HU": 10, "RO": 10, "DE": 10, "BA": 10}
LANGUAGES = {"RU": "ru", "HU": "hu", "RO": "ro", "DE": "de", "BA": "hr"}
FAMILY_FIRST = ("RU", "HU")
PLACES = {
    "RU": ("Москва", "Санкт-Петербург", "Тверь", "Казань", "Самара"), "HU": ("Budapest", "Pécs", "Szeged", "Győr"),
    "RO": ("București", "Cluj-Napoca", "Iași", "Timișoara"), "DE": ("Berlin", "Hamburg", "München", "Köln"),
    "BA": ("Sarajevo", "Banja Luka", "Tuzla", "Mostar"),
}  # fmt: skip
STREETS = {
    "RU": "{p}, г. {c}, ул. Ленина, д. {n}, кв. {k}", "HU": "{p4} {c}, Petőfi Sándor utca {n}. {k}. em.",
    "RO": "Str. Mihai Eminescu, nr. {n}, ap. {k}, {p} {c}", "DE": "Hauptstr. {n}, {p5} {c}",
    "BA": "Maršala Tita {n}, {p5} {c}",
}  # fmt: skip
FORMS = {"RU": "ООО «{}»", "HU": "{} Kft.", "RO": "SC {} SRL", "DE": "{} GmbH & Co. KG", "BA": "{} d.o.o."}
DAYS = {"RU": "{2:02}.{1:02}.{0}", "HU": "{0}. {1:02}. {2:02}.", "RO": "{2}.{1}.{0}", "DE": "{2}.{1}.{0}",
        "BA": "{2}.{1}.{0}."}  # fmt: skip
ASKED = {
    "RU": ("Прошу перезвонить, сколько стоит доставка", "Не звоните мне", "Нужен счёт на {} штук"),
    "HU": ("Kérem hívjanak vissza", "Mennyibe kerül {} darab?", ""),
    "RO": ("Vă rog să mă sunați", "Cât costă {} bucăți?", ""),
    "DE": ("Bitte rufen Sie mich zurück", "Was kosten {} Stück?", ""),
    "BA": ("Molim nazovite me", "Koliko košta {} komada?", ""),
}  # fmt: skip
HEADERS = ("Name", "Phone", "E-mail", "Company", "Country", "City", "Address", "Birthday", "Order date", "Amount",
           "Message", "Tags")  # fmt: skip
FIELDS = ("full_name", "phone", "email", "company", "country", "city", "address", "birthday", "ordered_on", "amount",
          "request", "tags")  # fmt: skip


def write_base(file: Path, rows: int) -> None:
    """A UTF-8 CSV of people of five languages: most full names are different, made of some thousand parts."""
    chance = random.Random(3)
    parts = {region: _parts(language) for region, language in LANGUAGES.items()}
    regions = chance.choices(list(SHARES), list(SHARES.values()), k=rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(HEADERS)
        for number, region in enumerate(regions):
            table.writerow((_name(chance, parts[region], region), *_row(chance, region, number)))


def _parts(language: str) -> list[list[str]]:
    """The family names, given names and patronymics of a corpus."""
    rows = [row for row in corpus(language) if row["given"] and row["family"]]
    return [[row[part] for row in rows if row[part]] for part in ("family", "given", "patronymic")]


def _name(chance: random.Random, parts: list[list[str]], region: str) -> str:
    family, given, *father = (chance.choice(words) for words in parts if words)
    return " ".join((family, given, *father) if region in FAMILY_FIRST else (given, family))


def _row(chance: random.Random, region: str, number: int) -> tuple[str, ...]:
    digits = f"{chance.randrange(10 ** DIGITS[region]):0{DIGITS[region]}d}"
    phone = chance.choice(SPELLINGS[region]).format(
        chance.choice(AREAS[region]), digits, digits[:3], digits[3:5], digits[5:]
    )
    phone = phone[:-1] if chance.random() < 0.1 else phone
    email = f"user{number}@mail{number % 5000}.example.com" if chance.random() < 0.6 else ""
    company = FORMS[region].format(f"Firma {chance.randrange(200_000)}") if chance.random() < 0.5 else ""
    place, house = chance.choice(PLACES[region]), chance.randrange(1, 200)
    post = chance.randrange(10_000, 99_999)
    address = STREETS[region].format(
        p=f"{post}1", p4=post // 10, p5=post, c=place, n=house, k=chance.randrange(1, 99)
    )
    day = DAYS[region].format(chance.randrange(1950, 2006), chance.randrange(1, 13), chance.randrange(1, 29))
    ordered = DAYS[region].format(2026, chance.randrange(1, 11), chance.randrange(1, 29))
    amount = f"{chance.randrange(100, 99_999)},{chance.randrange(100):02}"
    asked = chance.choice(ASKED[region]).format(chance.randrange(10_000)) if chance.random() < 0.3 else ""
    return phone, email, company, region, place, address, day, ordered, amount, asked, "base|2026"


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


def floor(base: Path, folder: Path) -> float:
    """Seconds to read the CSV and write it as Parquet."""
    started = time.perf_counter()
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(base), folder / "floor.parquet", compression="zstd")
    return time.perf_counter() - started


def stages(folder: Path) -> dict[str, float]:
    """CPU seconds of each reader for one part of 25,000 rows, in this process."""
    from enrich import normalise as module
    from flows import normalised
    from flows import stages as way
    from store import landing

    spent: dict[str, float] = defaultdict(float)

    def timed(name, function):
        def call(*args, **kwargs):
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] += time.process_time() - started

        return call

    source = way.configured("bench")
    manifest = landing.land(
        str(folder / "land"), "bench", way.begin_pull(source, None), part_rows=normalised.PART_ROWS
    )
    normalised.read_part(
        str(folder / "land"), source, manifest, 0
    )  # tables are loaded when they are first asked for
    for name in [name for name in vars(module) if name.startswith(("read_", "split_"))]:
        setattr(module, name, timed(name, getattr(module, name)))
    normalised.normalise = timed("all of normalise", normalised.normalise)
    normalised.wide = timed("wide", normalised.wide)
    normalised.state = timed("state", normalised.state)
    timed("one part", normalised.read_part)(
        str(folder / "land"), source, manifest, min(1, len(manifest.parts) - 1)
    )
    return spent


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / "base.csv"
        write_base(base, rows)
        os.environ["LEADS_HOME"] = str(folder / "home")
        config = folder / "home" / "config" / "sources"
        config.mkdir(parents=True)
        columns = "".join(f'"{header}" = "{field}"\n' for header, field in zip(HEADERS, FIELDS, strict=True))
        (config / "bench.toml").write_text(SOURCE.format(file=base) + columns, encoding="utf-8")
        command = [sys.executable, "-c", "from leads.cli import main; main()", "normalise", str(base), "--out",
                   str(folder / "clean.parquet"), "--source", "bench", "--json"]  # fmt: skip
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Not before: a process starts with the memory of who started it, and the floor holds the whole file.
        least = floor(base, folder)
        spent = stages(folder)
    print(f"{rows:,} rows in {took:.1f} s, {rows / took:,.0f} rows/s; CPU {used.ru_utime + used.ru_stime:.1f} s")
    print(
        f"largest process {used.ru_maxrss / 1024:.0f} MB; floor (read, write) {least:.1f} s; ratio {took / least:.1f}"
    )
    print("CPU seconds of one part of 25,000 rows")
    for stage, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"  {stage:<20} {seconds:6.3f}")
    if rows in HOLD:
        print("to hold: {} s, {} MB".format(*HOLD[rows]))


if __name__ == "__main__":
    main()
