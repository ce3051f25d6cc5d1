"""Phone numbers per second: a loop over `phonenumbers`, and `enrich.phones.columns`, on the same numbers in turns.

    python bench/phones.py [NUMBERS]

The numbers are spelled as sellers' bases spell them, in eight countries; one in ten is damaged or none at all. The
loop takes what phonenumbers has for each column: parse, is_valid_number, number_type, region_code_for_number and E.164.
Seconds are the process's own in one thread, so that others on the machine count less; and, where it says so, those of
the clock, on all its processors. The figures are of this machine; nothing here passes or fails.
"""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import phonenumbers
import pyarrow as pa

from enrich.phones import columns as phone_columns
from enrich.phones.cells import read_phones
from leads import schema

# {0} is the area or network, {1} what follows it, {2}-{4} its groups.
SPELLINGS = {
    "RU": (
        "+7{0}{1}", "8 ({0}) {2}-{3}-{4}", "8-{0}-{2}-{3}-{4}", "{0}{1}", "+7 {0} {2} {3} {4}", "8{0}{1}", "7{0}{1}",
        "+7({0}){2}-{3}-{4}", "+7\u00a0{0}\u00a0{2}-{3}-{4}", "({0}) {2}{3}{4}", "8.{0}.{2}.{3}.{4}", "'+7{0}{1}",
    ),
    "HU": (
        "+36 {0} {2} {3}{4}", "06 {0} {2} {3}{4}", "06{0}{1}", "+36{0}{1}", "({0}) {2}-{3}{4}",
        "0036 {0}/{1}", "06-{0}/{2}-{3}{4}",
    ),
    "RO": (
        "+40{0}{1}", "0{0} {2} {3} {4}", "0{0}{1}", "0040 {0} {1}", "+40 {0} {2} {3}{4}",
        "0{0}.{2}.{3}{4}", "(0{0}) {2}-{3}{4}",
    ),
    "DE": (
        "+49 {0} {1}", "0{0}/{1}", "0{0} {2}{3}{4}", "+49 (0){0} {1}", "0049{0}{1}",
        "(0{0}) {2} {3} {4}", "0{0} - {2} {3} {4}",
    ),
    "BA": (
        "+387 {0} {2} {3}{4}", "0{0}/{2}-{3}{4}", "0{0} {2} {3} {4}", "00387{0}{1}", "0{0}{1}",
        "+387{0}{1}", "+387 (0){0} {2}-{3}{4}",
    ),
    "HR": ("+385 {0} {2} {3}{4}", "0{0}/{2}-{3}{4}", "0{0} {2} {3}{4}", "00385 {0} {1}", "0{0}{1}", "+385{0}{1}"),
    "RS": ("+381 {0} {2} {3}{4}", "0{0}/{2}-{3}{4}", "0{0} {2} {3} {4}", "00381{0}{1}", "0{0}{1}", "+381{0}{1}"),
    "US": (
        "({0}) {2}-{3}{4}", "{0}-{2}-{3}{4}", "+1 {0} {2} {3}{4}", "1-{0}-{2}-{3}{4}", "{0}.{2}.{3}{4}",
        "+1{0}{1}", "{0}{1}",
    ),
}  # fmt: skip
AREAS = {
    "RU": ("903", "916", "921", "926", "985", "495", "812"),
    "HU": ("20", "30", "70", "1", "52"),
    "RO": ("722", "745", "766", "213"),
    "DE": ("30", "89", "1512", "171", "6221"),
    "BA": ("61", "62", "63", "33", "51"),
    "HR": ("91", "98", "99", "1", "21"),
    "RS": ("64", "63", "65", "11", "21"),
    "US": ("212", "415", "312", "206", "787"),
}
DIGITS = {"RU": 7, "HU": 7, "RO": 6, "DE": 7, "BA": 6, "HR": 7, "RS": 7, "US": 7}
# A digit lost or too many, a letter for a digit, a label, an extension, a spreadsheet, two numbers that met; and what
# else people write into such a column.
DAMAGES: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, chance: text[:-2],
    lambda text, chance: text[:-1],
    lambda text, chance: text + str(chance.randrange(10)),
    lambda text, chance: text.replace("0", "O", 1),
    lambda text, chance: f"tel. {text}",
    lambda text, chance: f"{text} доб. {chance.randrange(100)}",
    lambda text, chance: f"7.9{chance.randrange(10**4)}E+10",
    lambda text, chance: f"79{chance.randrange(10**9):09d}.0",
    lambda text, chance: str(chance.randrange(10**9)),
    lambda text, chance: text + text,
    lambda text, chance: f"{chance.choice(NAMES)} {chance.choice(NAMES)} {chance.choice(NAMES)}",
    lambda text, chance: (
        f"{chance.randrange(1, 29):02d}.{chance.randrange(1, 13):02d}.{chance.randrange(1950, 2010)}"
    ),
)
NAMES = ("нет", "позвонить", "Мария", "вечером", "nincs", "nema", "unbekannt", "keine", "n/a", "асдф", "Anna", "—")
# Rows of one chunk; the two take turns at it, because the machine's speed changes.
CHUNK = 100_000
COLUMNS = ("E.164", "valid", "type", "region", "extension")
Row = tuple[str | None, bool, str | None, str | None, str | None]
NOT_VALID: Row = (None, False, None, None, None)


def made_numbers(count: int) -> list[tuple[str, str]]:
    """`count` different (text, region)."""
    chance = random.Random(11)
    found: dict[tuple[str, str], None] = {}
    others = [region for region in SPELLINGS if region != "RU"]
    while len(found) < count:
        region = "RU" if chance.random() < 0.5 else chance.choice(others)
        digits = f"{chance.randrange(10 ** DIGITS[region]):0{DIGITS[region]}d}"
        text = chance.choice(SPELLINGS[region]).format(
            chance.choice(AREAS[region]), digits, digits[:3], digits[3:5], digits[5:]
        )
        if chance.random() < 0.1:
            text = chance.choice(DAMAGES)(text, chance)
        found[text, region] = None
    return list(found)


def by_phonenumbers(pairs: list[tuple[str, str]]) -> list[Row]:
    """The loop that everyone writes."""
    found: list[Row] = []
    for text, region in pairs:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            found.append(NOT_VALID)
            continue
        if phonenumbers.is_valid_number(number):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            kind = phonenumbers.number_type(number)
            found.append((e164, True, kind, phonenumbers.region_code_for_number(number), number.extension))
        else:
            found.append(NOT_VALID)
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pa.set_cpu_count(1)
    pairs = made_numbers(count)
    spent: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    differing = dict.fromkeys(COLUMNS, 0)
    valid = sure = repaired = 0
    started = time.process_time()
    phone_columns.read_numbers(batch(pairs[:CHUNK]))
    print(
        f"making the plans and reading {min(count, CHUNK):,} for the first time: {time.process_time() - started:.2f} s"
    )
    by_phonenumbers(pairs[:1_000])
    for start in range(0, count, CHUNK):
        theirs, ours, taken, seconds = compared(pairs[start : start + CHUNK])
        for name, second in zip(spent, seconds, strict=True):
            spent[name] += second
        sure += taken
        for known, number in zip(theirs, ours, strict=True):
            valid += number[1]
            if "repaired: " in (number[5] or ""):
                repaired += 1
            else:
                for column, a, b in zip(COLUMNS, known, number[:5], strict=True):
                    differing[column] += a != b
    for name, seconds in spent.items():
        loop = spent[WAYS[0 if "thread" in name or name == WAYS[0] else 1]]
        print(f"{name:<48} {seconds:7.2f} s {count / seconds:12,.0f} numbers/s   ratio {loop / seconds:5.1f}")
    print(f"taken as plain {sure / count:.1%}; valid {valid / count:.1%}; repaired {repaired / count:.1%}")
    print("differences where nothing was repaired: " + ", ".join(f"{name} {n:,}" for name, n in differing.items()))


WAYS = (
    "loop over phonenumbers, one thread",
    "loop over phonenumbers, by the clock",
    "read_numbers, one thread",
    "read_numbers, by the clock",
    "read_phones (cells to points), one thread",
    "read_phones (cells to points), by the clock",
)


def batch(pairs: list[tuple[str, str]]) -> pa.RecordBatch:
    texts, regions = (pa.array(column) for column in zip(*pairs, strict=True))
    return pa.record_batch([texts, regions], ["text", "region"])


def compared(pairs: list[tuple[str, str]]) -> tuple[list[Row], list[tuple[Any, ...]], int, list[float]]:
    """One chunk read each way: the loop's rows, ours with the flag behind, how many were plain, and the seconds."""
    both = batch(pairs)
    ids = schema.texts(f"lead{place}" for place in range(len(pairs)))
    cells = both.to_pandas(types_mapper=pd.ArrowDtype).assign(lead_id=ids)
    theirs, loop, loop_clock = timed(lambda: by_phonenumbers(pairs))
    phone_columns.THREADS = 1
    ours, one, _ = timed(lambda: phone_columns.read_numbers(both))
    _, whole, _ = timed(lambda: read_phones(cells))
    phone_columns.THREADS = 2
    _, _, one_clock = timed(lambda: phone_columns.read_numbers(both))
    _, _, whole_clock = timed(lambda: read_phones(cells))
    sure = phone_columns.read_plain(*both.columns)[1].sum()
    types = {name.lower(): kind for kind, name in TYPE_NAMES.items()}
    rows = [
        (value, value is not None, types.get(kind), region, ext, flag)
        for value, kind, region, ext, flag in zip(*(column.to_pylist() for column in ours.columns), strict=True)
    ]
    return theirs, rows, int(sure), [loop, loop_clock, one, one_clock, whole, whole_clock]


TYPE_NAMES = {kind: phonenumbers.PhoneNumberType.to_string(kind) for kind in phonenumbers.PhoneNumberType.values()}


def timed(read: Callable[[], Any]) -> tuple[Any, float, float]:
    """What `read` gives, the process's seconds and the clock's."""
    clock, started = time.perf_counter(), time.process_time()
    found = read()
    return found, time.process_time() - started, time.perf_counter() - clock


if __name__ == "__main__":
    main()
