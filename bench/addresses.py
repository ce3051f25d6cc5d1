"""How many addresses a second are read, and how many parts of each rightly.

    python bench/addresses.py [ROWS]

First the addresses of tests/data/addresses against what was written down by hand, field by field: those the rules were
made with, and the third that was held out. Then ROWS rows (1,000,000) with 300 towns and 3 distinct addresses in 10
rows, in one thread. Seconds are the process's own. The figures are of this machine; nothing here passes or fails.
"""

import hashlib
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa

from enrich.places.addresses import CELLS, read_address, read_addresses
from enrich.places.gazetteer import places
from leads import schema

CORPUS = Path(__file__).parent.parent / "tests" / "data" / "addresses"
FIELDS = ("postcode", "region_code", "city", "street", "house")
TOWNS, DISTINCT = 300, 0.3
STREETS = {
    "RU": (
        "ул. {0}, д. {1}",
        "{0} ул., {1}",
        "пр-т {0}, д. {1}, корп. {2}",
        "ул. {0} {1}",
        "{0} пер., дом {1}, кв. {2}",
    ),
    "HU": ("{0} utca {1}.", "{0} u. {1}/{2}", "{0} tér {1}.", "{0} út {1}. II/{2}", "{0} krt. {1}"),
    "RO": ("Str. {0} nr. {1}", "Bd. {0} nr. {1}, bl. {2}, sc. 1, ap. 3", "Calea {0} {1}", "Str. {0}, nr. {1}"),
    "DE": ("{0}str. {1}", "{0}straße {1}a", "Am {0} {1}", "{0}weg {1}-{2}"),
    "BA": ("Ulica {0} {1}", "{0} bb", "{0} {1}", "Trg {0} {1}"),
}
WHOLE = {
    "RU": ("{p:06d}, г. {t}, {s}", "{t}, {s}", "Россия, {p:06d}, г. {t}, {s}", "г. {t} {s}"),
    "HU": ("{p:04d} {t}, {s}", "{t}, {s}", "H-{p:04d} {t}, {s}"),
    "RO": ("{s}, {p:06d} {t}", "{s}, {t}", "{t}, {s}, cod poștal {p:06d}"),
    "DE": ("{s}, {p:05d} {t}", "{p:05d} {t}, {s}", "{s}, D-{p:05d} {t}"),
    "BA": ("{s}, {p:05d} {t}", "{s}, {t}"),
}


def corpus() -> list[tuple[str, str, list[str | None]]]:
    """(language, line, cells) of every address; the cells are country, address and the five fields."""
    return [
        (path.stem, line, [cell or None for cell in line.split("|")])
        for path in sorted(CORPUS.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def held_out(line: str) -> bool:
    """Is the line of the third that the rules were not made with?"""
    return hashlib.sha256(line.encode()).digest()[0] % 3 == 0


def wrong_fields(cells: list[str | None]) -> list[tuple[str, str | None, str | None]]:
    """(field, expected, read) where an address is read otherwise than written down; region and house are compared
    without regard to how their words are spaced."""
    country, address, *truth = cells
    read = read_address(None, None, None, address, None, None, country)
    pairs = [(field, expected, getattr(read, field)) for field, expected in zip(FIELDS, truth, strict=True)]
    return [(field, expected, got) for field, expected, got in pairs if expected != got]


def scores(lines) -> tuple[Counter, Counter, int]:
    """Of (language, line, cells): lines right per (language, field), lines per language, and how many wrong values were
    given where none or another was right."""
    right, count, invented = Counter(), Counter(), 0
    for language, _, cells in lines:
        count[language] += 1
        wrong = wrong_fields(cells)
        right.update((language, field) for field in FIELDS if field not in {name for name, _, _ in wrong})
        invented += sum(got is not None for _, _, got in wrong)
    return right, count, invented


def made_rows(count: int) -> pd.DataFrame:
    """`count` rows of addresses in 300 towns, 3 distinct ones in 10 rows."""
    chance = random.Random(17)
    words = [
        "Lenina",
        "Petőfi",
        "Unirii",
        "Goethe",
        "Titova",
        "Мира",
        "Ленина",
        "Садовая",
        "Kossuth Lajos",
        "Eminescu",
    ]
    names = [
        f"{word} {chance.choice(words)}" if chance.random() < 0.3 else word for word in words for _ in range(60)
    ]
    towns = [
        (country, town.title())
        for country in STREETS
        for town in chance.sample(sorted(places(country)), TOWNS // len(STREETS))
    ]
    found = {}
    while len(found) < count * DISTINCT:
        country, town = chance.choice(towns)
        street = chance.choice(STREETS[country]).format(
            chance.choice(names), chance.randrange(1, 250), chance.randrange(1, 9)
        )
        whole = chance.choice(WHOLE[country]).format(t=town, s=street, p=chance.randrange(1000, 10_000))
        found[country, whole] = None
    distinct = list(found)
    rows = [chance.choice(distinct) for _ in range(count)]
    frame = pd.DataFrame({cell: schema.texts([None]).repeat(count).reset_index(drop=True) for cell in CELLS})
    frame["source_region"] = schema.texts(country for country, _ in rows)
    frame["address"] = schema.texts(address for _, address in rows)
    return frame.assign(lead_id=schema.texts(map(str, range(count))))


def report(name: str, lines) -> None:
    right, count, invented = scores(lines)
    print(f"{name}: {sum(count.values())} addresses, {invented} values wrong and not merely missing")
    for language in sorted(count):
        shares = "  ".join(f"{field} {right[language, field] / count[language]:6.1%}" for field in FIELDS)
        print(f"  {language}  {count[language]:3}  {shares}")
    total = sum(count.values()) * len(FIELDS)
    print(f"  parts right {sum(right.values()) / total:.1%}")


def main() -> None:
    lines = corpus()
    report("made with", [line for line in lines if not held_out(line[1])])
    report("held out", [line for line in lines if held_out(line[1])])
    pa.set_cpu_count(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    frame = made_rows(count)
    distinct = frame["address"].nunique()
    started = time.process_time()
    read = read_addresses(frame)
    spent = time.process_time() - started
    print(f"{count:,} rows, {distinct:,} addresses: {spent:.2f} s, {distinct / spent:,.0f} distinct addresses/s")
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, the frame's making included"
    )
    print("  ".join(f"{field} {read[field].notna().mean():.0%}" for field in FIELDS))


if __name__ == "__main__":
    main()
