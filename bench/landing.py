"""A base of 1,000,000 rows and 12 columns as windows-1251 CSV, read, mapped and landed: seconds and peak memory.

    python bench/landing.py [ROWS]

Beside it, in the same run, the floor: what the csv module needs to go through the same file, keeping nothing. The
figures are of this machine; nothing here passes or fails.
"""

import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOLD = {1_000_000: (15, 1024)}  # rows: seconds, MB
HEADER = (
    "№", "ФИО", "Телефон", "E-mail", "Компания", "Должность", "Город", "Адрес", "Индекс", "Сайт", "Дата", "Согласие",
)  # fmt: skip
COLUMNS = {
    "ФИО": "full_name", "Телефон": "phone", "E-mail": "email", "Компания": "company", "Должность": "job",
    "Город": "city", "Адрес": "address", "Индекс": "postcode", "Сайт": "website", "Согласие": "consent",
}  # fmt: skip


def write_base(file: Path, rows: int) -> None:
    """As sellers make them: some cells are quoted, some empty, and every hundredth row is there twice."""
    chance = random.Random(7)
    with file.open("w", encoding="cp1251", newline="") as out:
        table = csv.writer(out, delimiter=";")
        table.writerow(HEADER)
        for number in range(rows):
            n = number - (number % 100 == 99)
            table.writerow([
                n, f"Примеров{n % 977} Иван Петрович",
                f"8 (916) {n // 10000 % 1000:03}-{n // 100 % 100:02}-{n % 100:02}",
                f"user{n}@mail{n % 5000}.example.com" if n % 5 else "", f'ООО "Фирма {n % 20000}"',
                "менеджер по продажам", f"Город {n % 300}", f"ул. Примерная, д. {n % 200}; кв. {n % 90}",
                100000 + n % 900000, f"www.firm{n % 20000}.example", f"{n % 28 + 1:02}.05.2024",
                "да" if n % 2 else chance.choice(("нет", "")) if n == number else "нет",
            ])  # fmt: skip


def floor(file: Path) -> float:
    """Seconds in which the csv module goes through the file."""
    started = time.perf_counter()
    with file.open(encoding="cp1251", newline="") as opened:
        for _ in csv.reader(opened, delimiter=";"):
            pass
    return time.perf_counter() - started


def land(file: Path, folder: Path) -> None:
    """Read, land and map the base, in a process of its own; prints the seconds of each and the peak memory."""
    from leads.source import Source
    from sources import delimited
    from sources.mapping import state
    from store import landing

    source = Source.model_validate({
        "name": "bench", "title": "Bench", "kind": "purchased_base", "owner": "bench", "licence": "none",
        "legal_basis": "none", "from_person": False, "region": "RU", "language": "ru", "columns": COLUMNS,
    })  # fmt: skip
    started = time.perf_counter()
    if "--read" in sys.argv:
        rows = sum(len(frame) for frame in delimited.frames(file, "", "", source))
        print(
            f"read alone: {rows:,} rows in {time.perf_counter() - started:.2f} s, CPU {time.process_time():.2f} s"
        )
        return
    manifest = landing.land(str(folder), "bench", delimited.frames(file, "", "", source), part_rows=20_000)
    landed, busy = time.perf_counter(), time.process_time()
    leads = 0
    for no in range(len(manifest.parts)):
        leads += len(state(landing.read_part(str(folder), manifest, no), manifest.headers, source))
    mapped = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"read and landed: {manifest.rows:,} rows in {landed - started:.2f} s, CPU {busy:.2f} s")
    print(f"mapped: {leads:,} leads in {mapped - landed:.2f} s, CPU {time.process_time() - busy:.2f} s")
    print(f"all {mapped - started:.2f} s, CPU with the imports {time.process_time():.2f} s, peak {peak:.0f} MB")


def main() -> None:
    if "--child" in sys.argv:
        land(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / "base.csv"
        write_base(base, rows)
        print(f"{rows:,} rows, {base.stat().st_size / 1e6:.0f} MB; floor: csv module {floor(base):.2f} s")
        for more in ([], ["--read"]):
            command = [sys.executable, __file__, str(base), name + "/landing", "--child", *more]
            subprocess.run(command, check=True)
    if rows in HOLD:
        seconds, memory = HOLD[rows]
        print(f"to hold: {seconds} s, {memory} MB")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
