"""Workbooks (XLSX, XLS, ODS) as text, read in a process of their own.

A crafted workbook of a few kilobytes can ask for gigabytes or make the reader abort, so it is read by
`python -m sources.workbook` under a memory limit and a time limit, into one Arrow file per sheet.
"""

import datetime
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import python_calamine as calamine

from leads.errors import SourceError

MEMORY = 3 << 30  # bytes of address space
SECONDS = 300
UNPACKED = 256 << 20  # bytes a workbook may hold when unpacked
RATIO = 100  # times it may grow when unpacked
MEMBERS = 2_000
CELLS = 20_000_000
ROWS = 50_000  # of one record batch
WHOLE = 1e15  # beyond this a float no longer holds every whole number

REFUSED = 3  # exit code: refused with a reason on standard error


def sheets(path: Path, sheet: str, folder: Path) -> list[tuple[str, Path]]:
    """Read `path` into `folder`: (name, Arrow file) of the visible sheets that have cells, or of `sheet` alone.

    The columns of the files are named by position and all text: whole numbers without `.0`, dates in ISO
    form, text as it stands, an empty cell null. Raises SourceError when the workbook cannot be read within
    the limits.
    """
    # The child finds our packages where we found them, in a checkout as well as installed.
    paths = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
    command = [sys.executable, "-P", "-m", "sources.workbook", str(path), str(folder), sheet]
    try:
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _unreadable(path, f"it took more than {SECONDS} s") from None
    if done.returncode == REFUSED:
        raise _unreadable(path, done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise _unreadable(path, f"it broke the reader, or needs more than {MEMORY >> 30} GiB")
    return [(name, folder / file) for name, file in json.loads(done.stdout)]


def _unreadable(path: Path, why: str) -> SourceError:
    return SourceError(
        "the workbook cannot be read", where=path.name, why=why,
        do="Open it in a spreadsheet program and save the table as CSV",
    )  # fmt: skip


class _Refused(Exception):
    """Why a workbook is not read; the text holds no cell."""


def _main(path: Path, folder: Path, sheet: str) -> None:
    _limit_memory()
    try:
        _weigh(path)
        with calamine.CalamineWorkbook.from_path(path) as book:
            written = [
                (name, _write(book.get_sheet_by_name(name), folder / f"{i}.arrow"))
                for i, name in enumerate(_chosen(book, sheet))
            ]
        sys.stdout.write(json.dumps([(name, file.name) for name, file in written if file]))
    except _Refused as error:
        sys.exit(_say(str(error)))
    except calamine.PasswordError:
        sys.exit(_say("it is protected by a password"))
    except (calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        sys.exit(_say(f"it is damaged or no workbook ({type(error).__name__})"))
    except MemoryError:
        sys.exit(_say(f"it needs more than {MEMORY >> 30} GiB"))


def _say(why: str) -> int:
    sys.stderr.write(f"\n{why}\n")
    return REFUSED


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _weigh(path: Path) -> None:
    """Refuse what unpacks to far more than its size; older binary workbooks are not packed."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > MEMBERS or size > UNPACKED or size > max(RATIO * path.stat().st_size, 1 << 20):
        raise _Refused(f"it unpacks to {size >> 20} MiB in {len(members)} parts, more than is read")


def _chosen(book: Any, sheet: str) -> list[str]:
    tables = [m for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
    if sheet:
        if sheet not in [m.name for m in tables]:
            raise _Refused(f"it has no sheet '{sheet}'; its sheets: {', '.join(m.name for m in tables)}")
        return [sheet]
    return [m.name for m in tables if m.visible == calamine.SheetVisibleEnum.Visible]


def _write(sheet: Any, file: Path) -> Path | None:
    if sheet.end is None:
        return None
    height, width = (last + 1 for last in sheet.end)
    if height * width > CELLS:
        raise _Refused(f"a sheet spans {height} rows of {width} columns")
    schema = pyarrow.schema([(str(i), pyarrow.string()) for i in range(width)])
    with pyarrow.OSFile(str(file), "wb") as sink, pyarrow.ipc.new_file(sink, schema) as writer:
        for rows in _chunks(sheet.iter_rows()):
            columns = [pyarrow.array(map(_text, column), pyarrow.string()) for column in zip(*rows, strict=True)]
            writer.write_batch(pyarrow.record_batch(columns, schema=schema))
    return file


def _chunks(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while chunk := list(islice(rows, ROWS)):
        yield chunk


def _text(value: Any) -> str | None:
    """A cell as text: what was there, as far as the workbook still knows it."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return None if value is None else str(value)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
