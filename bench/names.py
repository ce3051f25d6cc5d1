"""Distinct full names per second: `split_names` in one thread, and how many of the corpora are read right.

    python bench/names.py [NAMES]

Names are made of the given names and surnames of tests/data/names in the orders, cases and titles that sellers' bases
have, one in twenty with a surname of its own; every name is another. Seconds are the process's own, so that others on
the machine count less. The figures are of this machine; nothing here passes or fails.
"""

import csv
import random
import resource
import sys
import time
from pathlib import Path

import pandas as pd

from enrich.names.cells import read_name, split_names
from leads import schema

CORPORA = Path(__file__).parents[1] / "tests" / "data" / "names"
LANGUAGES = ("ru", "uk", "en", "de", "hu", "ro", "hr", "sr", "bs")
# Those of the names that are timed.
SPOKEN = LANGUAGES[:-1]
# Rows of one chunk of a load.
CHUNK = 25_000
SYLLABLES = ("ба", "ве", "го", "ди", "за", "ку", "ло", "ми", "на", "пе", "ро", "са", "ту", "ха", "че", "ша")


def corpus(language: str) -> list[dict[str, str]]:
    with (CORPORA / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def made_names(count: int) -> list[tuple[str, str]]:
    """`count` different (text, language), four in five Russian."""
    chance = random.Random(11)
    rows = {language: [row for row in corpus(language) if row["given"]] for language in SPOKEN}
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        language = "ru" if chance.random() < 0.8 else chance.choice(SPOKEN)
        one, two, three = chance.choices(rows[language], k=3)
        family = one["family"]
        if language == "ru" and chance.random() < 0.05:
            family = "".join(chance.choices(SYLLABLES, k=4)).capitalize() + "нов"
        words = [family, two["given"], three["patronymic"]]
        order = chance.choice(((0, 1, 2), (0, 1, 2), (1, 2, 0), (0, 1), (1, 0)))
        text = " ".join(words[place] for place in order if words[place])
        text = chance.choice((str, str, str, str, str.upper, str.lower))(text)
        found[chance.choice(("",) * 30 + ("Dr. ", "г-н ")) + text, language] = None
    return list(found)


def cells_of(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    nothing = schema.texts([None] * len(pairs))
    columns = dict.fromkeys(("family_name", "given_name", "patronymic"), nothing)
    texts, languages = zip(*pairs, strict=True)
    return pd.DataFrame(
        {
            "lead_id": schema.texts(texts),
            "full_name": schema.texts(texts),
            "language": schema.texts(languages),
            **columns,
        }
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pairs = made_names(count)
    chunks = [cells_of(pairs[start : start + CHUNK]) for start in range(0, count, CHUNK)]
    del pairs
    started = time.process_time()
    split_names(chunks[0].head(1))
    print(f"the tables, once per process: {time.process_time() - started:.2f} s")
    started = time.process_time()
    named = sum(int(split_names(chunk)["family_key"].notna().sum()) for chunk in chunks)
    seconds = time.process_time() - started
    print(
        f"{count:,} distinct names in {seconds:.1f} s, {count / seconds:,.0f} names/s; {named:,} with a family name"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    for language in LANGUAGES:
        print(language, accuracy(language))


def accuracy(language: str) -> str:
    read = [(row, read_name(row["text"], None, None, None, language)) for row in corpus(language)]
    parts = sum(
        (row["family"], row["given"], row["patronymic"])
        == (name.family_name or "", name.given_name or "", name.patronymic or "")
        for row, name in read
    )
    stated = [(row["gender"], name.gender) for row, name in read if row["gender"]]
    answered = [told == answer for told, answer in stated if answer]
    return (
        f"{len(read)} names, parts right {parts / len(read):.1%}; gender told {len(answered) / len(stated):.1%}, "
        f"right where told {sum(answered) / len(answered):.1%}"
    )


if __name__ == "__main__":
    main()
