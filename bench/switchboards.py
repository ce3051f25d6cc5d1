"""People who share a switchboard: pairwise precision and recall of `leads dedupe` on a base of firms.

    python bench/switchboards.py [PEOPLE]

The base is made up: firms of some twenty people, each with one number and one `info@` that most records of its people
state; half of the people are there more than once, under another spelling: in Latin letters, with initials, the family
name first, a slip of a key, another phone or e-mail of their own, none at all. In some firms two people have one
surname, in a few father and son one initial. Beside it, in the same run, what equal phones or e-mails join. The
figures are of this machine; nothing here passes or fails.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from anyascii import anyascii
from names import corpus

HOLD = {100_000: (0.995, 0.95)}  # people: precision, recall
PEOPLE_OF_A_FIRM = 20
HEADERS = ("ФИО", "Телефон", "E-mail", "Компания", "Должность", "Город")
JOBS = ("менеджер", "бухгалтер", "директор", "инженер", "снабжение", "юрист", "логист", "")
CITIES = ("Москва", "Тверь", "Казань", "Самара", "Пермь", "Тула", "Омск", "Уфа")
LETTERS = "абвгдеиклмнопрстуя"
# How many records a person has.
RECORDS = (1, 1, 1, 1, 1, 2, 2, 2, 3, 4)
Row = tuple[str, ...]


class Person:
    """One person of a firm, with a mobile number and a mailbox of their own."""

    def __init__(self, number: int, chance: random.Random, parts: dict[str, list[list[str]]]) -> None:
        self.gender = chance.choice(list(parts))
        self.family, self.given, self.father = (chance.choice(words) for words in parts[self.gender])
        self.mobile = f"+7916{number:07d}"
        self.job = chance.choice(JOBS)
        self.mailbox = f"{anyascii(self.given)[0]}.{anyascii(self.family)}{number}".lower().replace("'", "")


def write_base(file: Path, people: int) -> list[int]:
    """A CSV of the records of `people`; the person of each of its rows."""
    chance = random.Random(5)
    rows = [row for row in corpus("ru") if row["family"] and row["given"]]
    parts = {gender: _parts(row for row in rows if row["gender"] == gender) for gender in ("female", "male")}
    found: list[tuple[int, Row]] = []
    for firm in range(people // PEOPLE_OF_A_FIRM):
        staff = [Person(firm * PEOPLE_OF_A_FIRM + place, chance, parts) for place in range(PEOPLE_OF_A_FIRM)]
        if chance.random() < 0.3 and staff[0].gender == staff[1].gender:
            staff[1].family = staff[0].family
        switchboard, city = f"+7495{firm:07d}", chance.choice(CITIES)
        for place, person in enumerate(staff):
            number = firm * PEOPLE_OF_A_FIRM + place
            found += [
                (number, _record(person, again, firm, switchboard, city, chance))
                for again in range(chance.choice(RECORDS))
            ]
    chance.shuffle(found)
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(HEADERS)
        table.writerows(row for _, row in found)
    return [number for number, _ in found]


def _parts(rows: Iterable[dict[str, str]]) -> list[list[str]]:
    """Family names, given names and patronymics, without initials."""
    some = list(rows)
    return [
        [row[part] for row in some if len(row[part].strip(".")) > 1] for part in ("family", "given", "patronymic")
    ]


def _record(person: Person, again: int, firm: int, switchboard: str, city: str, chance: random.Random) -> Row:
    """The first record is as the firm's list has it, every further one as it came from elsewhere."""
    phones = [switchboard] if chance.random() < 0.8 else []
    phones += [person.mobile] if chance.random() < 0.6 else []
    own = f"{person.mailbox}@firma{firm}.example.com"
    email = chance.choices((own, f"info@firma{firm}.example.com", ""), (5, 3, 2))[0]
    name = f"{person.family} {person.given} {person.father}"
    if again:
        name = chance.choice((
            f"{person.given} {person.family}", f"{person.family} {person.given}", name.upper(), name,
            anyascii(f"{person.given} {person.family}"), _slip(f"{person.family} {person.given}", chance),
            f"{person.family} {person.given[0]}.{person.father[0]}.",
        ))  # fmt: skip
    company = (
        ""
        if chance.random() < 0.15
        else chance.choice(("ООО «Фирма-{}»", "Фирма-{}", 'ООО "ФИРМА-{}"')).format(firm)
    )
    return name, "; ".join(phones), email, company, person.job if chance.random() < 0.6 else "", city


def _slip(text: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(text) - 1)
    other = chance.choice(LETTERS)
    return chance.choice((text[:place] + other + text[place + 1 :], text[:place] + text[place + 1 :],
                          text[:place] + other + text[place:]))  # fmt: skip


def by_equal_points(rows: list[Row]) -> list[int]:
    """The first record that each is joined with by an equal phone or e-mail, and so on."""
    parent = list(range(len(rows)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = place = parent[parent[place]]
        return place

    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        for value in filter(None, (*row[1].split("; "), row[2])):
            parent[root(place)] = root(first.setdefault(value, place))
    return [root(place) for place in range(len(rows))]


def scores(found: Iterable[object], truth: Iterable[object]) -> tuple[float, float, int]:
    """Pairwise precision and recall, and the largest cluster."""
    both = list(zip(found, truth, strict=True))
    together, ours, true = Counter(both), Counter(f for f, _ in both), Counter(t for _, t in both)
    hits, said, there = (sum(n * (n - 1) // 2 for n in counted.values()) for counted in (together, ours, true))
    return hits / max(said, 1), hits / max(there, 1), max(ours.values())


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        base, out = Path(name) / "base.csv", Path(name) / "out.csv"
        truth = write_base(base, people)
        command = [
            sys.executable,
            "-c",
            "from leads.cli import main; main()",
            "dedupe",
            str(base),
            "--out",
            str(out),
        ]
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took = time.perf_counter() - started
        with out.open(encoding="utf-8-sig", newline="") as file:
            found = [row["cluster_id"] for row in csv.DictReader(file)]
        with base.open(encoding="utf-8", newline="") as file:
            plain = by_equal_points([tuple(row) for row in list(csv.reader(file))[1:]])
    print(f"{len(truth):,} records of {len(set(truth)):,} people; leads dedupe {took:.1f} s")
    for label, clusters in (("leads dedupe", found), ("equal phone or e-mail", plain)):
        precision, recall, largest = scores(clusters, truth)
        print(f"{label:<22} precision {precision:.4f}  recall {recall:.4f}  largest cluster {largest}")
    if people in HOLD:
        print(json.dumps({"to hold": dict(zip(("precision", "recall"), HOLD[people], strict=True))}))


if __name__ == "__main__":
    main()
