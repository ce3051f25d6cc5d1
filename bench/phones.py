"""Distinct phone numbers per second: a loop over `phonenumbers`, and `enrich.phone_columns`, in one thread.

    python bench/phones.py [NUMBERS]

The numbers are spelled as sellers' bases spell them, four in five Russian, the others Hungarian, Romanian, German and
Bosnian; one in ten is damaged. The loop takes what phonenumbers has for each field: parse, is_valid_number,
number_type, region_code_for_number and E.164. Seconds are the process's own, so that others on the machine count
less. The figures are of this machine; nothing here passes or fails.
"""

import random
import sys
import time

import pandas as pd
import phonenumbers
import pyarrow as pa

from enrich import phone_columns
from enrich.phones import read_phones
from leads import schema

# {0} is the area or network, {1} what follows it, {2}-{4} its groups.
SPELLINGS = {
    "RU": ("+7{0}{1}", "8 ({0}) {2}-{3}-{4}", "8-{0}-{2}-{3}-{4}", "{0}{1}", "+7 {0} {2} {3} {4}", "8{0}{1}"),
    "HU": ("+36 {0} {2} {3}{4}", "06 {0} {2} {3}{4}", "06{0}{1}", "+36{0}{1}", "({0}) {2}-{3}{4}", "0036 {0}/{1}"),
    "RO": ("+40{0}{1}", "0{0} {2} {3} {4}", "0{0}{1}", "0040 {0} {1}", "+40 {0} {2} {3}{4}", "0{0}.{2}.{3}{4}"),
    "DE": ("+49 {0} {1}", "0{0}/{1}", "0{0} {2}{3}{4}", "+49 (0){0} {1}", "0049{0}{1}", "(0{0}) {2} {3} {4}"),
    "BA": ("+387 {0} {2} {3}{4}", "0{0}/{2}-{3}{4}", "0{0} {2} {3} {4}", "00387{0}{1}", "0{0}{1}", "+387{0}{1}"),
}
AREAS = {
    "RU": ("903", "916", "921", "926", "985", "495", "812"),
    "HU": ("20", "30", "70", "1", "52"),
    "RO": ("722", "745", "766", "213"),
    "DE": ("30", "89", "1512", "171", "6221"),
    "BA": ("61", "62", "63", "33", "51"),
}
DIGITS = {"RU": 7, "HU": 7, "RO": 6, "DE": 7, "BA": 6}
# A digit lost or too many, a letter for a digit, a label, an extension, a spreadsheet, two numbers that met.
DAMAGES = (
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
)


# Rows of one chunk of a load; the two take turns at it, because the machine's speed changes.
CHUNK = 25_000


def made_numbers(count: int) -> list[tuple[str, str]]:
    """`count` different (text, region)."""
    chance = random.Random(11)
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        region = "RU" if chance.random() < 0.8 else chance.choice(("HU", "RO", "DE", "BA"))
        digits = f"{chance.randrange(10 ** DIGITS[region]):0{DIGITS[region]}d}"
        text = chance.choice(SPELLINGS[region]).format(
            chance.choice(AREAS[region]), digits, digits[:3], digits[3:5], digits[5:]
        )
        if chance.random() < 0.1:
            text = chance.choice(DAMAGES)(text, chance)
        found[text, region] = None
    return list(found)


def by_phonenumbers(pairs: list[tuple[str, str]]) -> list[tuple[str, int, str | None] | None]:
    """The loop that everyone writes."""
    found: list[tuple[str, int, str | None] | None] = []
    for text, region in pairs:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            found.append(None)
            continue
        if phonenumbers.is_valid_number(number):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            kind = phonenumbers.number_type(number)
            found.append((e164, kind, phonenumbers.region_code_for_number(number)))
        else:
            found.append(None)
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    pa.set_cpu_count(1)
    pairs = made_numbers(count)
    spent = dict.fromkeys(
        ("loop over phonenumbers", "read_numbers", "read_plain", "read_phones (cells to points)"), 0.0
    )
    valid = plain = differing = 0
    compared(pairs[:CHUNK])  # the metadata are loaded when they are first asked for
    for start in range(0, count, CHUNK):
        theirs, ours, taken, seconds = compared(pairs[start : start + CHUNK])
        for name, second in zip(spent, seconds, strict=True):
            spent[name] += second
        valid += sum(value is not None for value in ours)
        plain += taken
        differing += sum(
            known is not None and known[0] != value for known, value in zip(theirs, ours, strict=True)
        )
    loop = spent["loop over phonenumbers"]
    for name, seconds in spent.items():
        print(f"{name:<30} {seconds:7.2f} s {count / seconds:12,.0f} numbers/s   ratio {loop / seconds:5.1f}")
    print(f"taken as plain {plain / count:.1%}; valid {valid / count:.1%}")
    print(f"valid to phonenumbers and other here (decimals, letters for digits): {differing:,}")


def compared(pairs):
    """One chunk read each way: numbers of the loop, values of ours, how many were plain, and the seconds of each."""
    texts, regions = (pa.array(column) for column in zip(*pairs, strict=True))
    batch = pa.record_batch([texts, regions], ["text", "region"])
    ids = schema.texts(f"lead{place}" for place in range(len(pairs)))
    cells = batch.to_pandas(types_mapper=pd.ArrowDtype).assign(lead_id=ids)
    theirs, loop = timed(lambda: by_phonenumbers(pairs))
    ours, all_ways = timed(lambda: phone_columns.read_numbers(batch))
    plain, one_way = timed(lambda: phone_columns.read_plain(texts, regions))
    _, whole = timed(lambda: read_phones(cells))
    return theirs, ours["value"].to_pylist(), len(plain), (loop, all_ways, one_way, whole)


def timed(read):
    started = time.process_time()
    found = read()
    return found, time.process_time() - started


if __name__ == "__main__":
    main()
