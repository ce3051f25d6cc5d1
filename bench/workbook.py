"""Read a workbook of ROWS rows of 12 columns into frames: seconds, and the peak memory of parent and child together.

    python -m bench.workbook [ROWS]

Holds at 1,000,000 rows: at most 90 s and 1.5 GB: `both_mib`, the most that the two hold at one moment (sampled on
Linux, where /proc tells); their own peaks are not at the same time.
"""

import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter

from leads.source import Source
from sources import tables

HEADERS = {
    "Фамилия": "family_name", "Имя": "given_name", "Телефон": "phone", "E-mail": "email", "Компания": "company",
    "Должность": "job", "Город": "city", "Адрес": "address", "Индекс": "postcode", "Сайт": "website",
    "Категория": "tags", "Заметка": "request",
}  # fmt: skip


def _write(file: Path, rows: int) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("База")
        sheet.write_row(0, 0, list(HEADERS))
        for i in range(1, rows + 1):
            sheet.write_row(i, 0, [
                f"Примеров{i}", "Иван", 79160000000 + i, f"p{i}@example.com", f"ООО Пример {i}", "менеджер",
                "Тверь", f"ул. Примерная, {i}", f"{i % 1000000:06}", f"www{i}.example", "выставка", f"заметка {i}",
            ])  # fmt: skip


def _source(file: Path) -> Source:
    return Source(
        name="bench", title="Bench", kind="purchased_base", owner="bench", licence="synthetic", legal_basis="none",
        from_person=False, region="RU", language="ru", columns=HEADERS, pull={"file": str(file)},
    )  # fmt: skip


@contextmanager
def _sampled() -> Iterator[list[int]]:
    """The most resident memory of this process and its children together so far, in MiB."""
    most, done = [0], threading.Event()

    def sample() -> None:
        while not done.wait(0.05):
            own = Path("/proc/self/task")
            children = [pid for task in own.iterdir() for pid in (task / "children").read_text().split()]
            most[0] = max(most[0], sum(map(_resident, ("self", *children))) >> 20)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def _resident(process: str) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0  # it has ended


def main(rows: int) -> None:
    """Print one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "base.xlsx"
        _write(file, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        with _sampled() as most:
            read = sum(len(frame) for frame in tables.read(_source(file)))
        seconds = time.perf_counter() - started
        assert read == rows, read
        own, child = (
            resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        size = file.stat().st_size >> 20
    print(json.dumps({
        "rows": rows, "file_mib": size, "seconds": round(seconds, 1), "parent_mib": own, "before_mib": before >> 10,
        "child_mib": child, "both_mib": most[0],
    }))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
