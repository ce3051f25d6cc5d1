"""The process in which files are read that are more than text: `python -m sources.formats.child`.

A crafted file of a few kilobytes can ask for gigabytes, run for hours or make a native reader abort. So every reader
runs here, under limits of memory and time that grow with the file, and answers with one Arrow file per table.
"""

import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow

from leads.errors import SourceError
from sources.formats import archive, kinds
from sources.formats.found import Found, Given, Refused, chosen

MEMORY, MEMORY_MOST = 400 << 20, 3 << 30  # bytes of data: for any file, and for the largest
MEMORY_GROWS = 24  # times the bytes of the file
SECONDS, SECONDS_PER_MIB = 18, 8
SMALL = 2 << 20  # bytes of a file that is given no more than any
WRITTEN = 8 << 30  # bytes of one file that is written

_READERS = {
    kinds.Kind.BINARY_BOOK: "book", kinds.Kind.PARQUET: "parquet", kinds.Kind.JSON: "notation",
    kinds.Kind.CARDS: "cards", kinds.Kind.DBF: "dbf", kinds.Kind.ACCESS: "access", kinds.Kind.PAGE: "page",
}  # fmt: skip

log = logging.getLogger("sources.formats.child")  # also where this module is the main one


@dataclass(frozen=True)
class Table:
    """One table that was read: an Arrow file of text columns, or a delimited text that was unpacked (`is_text`).

    The first row of a `named` one is the header.
    """

    name: str
    file: Path
    is_text: bool
    named: bool = False


def tables(given: Given, sheet: str, folder: Path) -> list[Table]:
    """Read `given` into `folder`: its tables that are not hidden and have cells, or those called `sheet`.

    The columns of an Arrow file are named by position and all text, the header is among its rows: whole numbers
    without `.0`, dates in ISO form, text as it stands, an empty cell null. A column `note` says why a row is no
    record. Raises SourceError when the file cannot be read within the limits.
    """
    answer = _asked(given, folder, {"sheet": sheet})
    return [Table(name, Path(file), *said) for name, file, *said in answer["tables"]]


def names(given: Given, folder: Path) -> list[str]:
    """The names of all tables in a file, also of hidden and empty ones; none of them is read. Raises SourceError."""
    found: list[str] = _asked(given, folder, {"sheet": None})["names"]
    return found


def _asked(given: Given, folder: Path, question: dict[str, Any]) -> dict[str, Any]:
    """What the process answers; its log lines are passed on. Raises SourceError."""
    asked = json.dumps({**asdict(given), "path": str(given.path), "folder": str(folder), **question})
    memory, seconds = _limits(given.path.stat().st_size)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "sources.formats.child", str(memory)], input=asked, env=_environment(folder),
            capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _unreadable(given.path, Refused(f"it took more than {seconds} s")) from None
    if done.returncode:
        broken = Refused(f"it broke the reader, or needs more than {memory >> 20} MiB")
        raise _unreadable(given.path, broken)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "why" in answer:
        raise _unreadable(given.path, Refused(answer["why"], answer["do"]))
    for line in answer["log"]:
        log.warning("%s: %s", given.path.name, line)
    return answer


def _limits(size: int) -> tuple[int, int]:
    """Bytes of memory and seconds that a file of `size` bytes may take."""
    more = max(0, size - SMALL)
    return min(MEMORY_MOST, MEMORY + MEMORY_GROWS * more), SECONDS + SECONDS_PER_MIB * more // (1 << 20)


def _environment(folder: Path) -> dict[str, str]:
    # The child finds our packages where we found them, in a checkout as well as installed.
    paths = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
    quiet = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    quiet["TMPDIR"] = str(folder)  # what a killed child leaves goes with the folder
    return {**os.environ, "PYTHONPATH": paths, **quiet}


def _unreadable(path: Path, refused: Refused) -> SourceError:
    return SourceError("the file cannot be read", where=path.name, why=str(refused), do=refused.do)


def _read(given: Given, level: int, folder: Path) -> list[Found]:
    """The tables of a file, or of the files packed in it."""
    kind = kinds.of(given.path)
    if kind is kinds.Kind.TEXT:
        return [Found(given.path.name, text=given.path)]
    inner = Path(tempfile.mkdtemp(dir=folder))
    if kind is kinds.Kind.GZIP:
        return archive.gzipped(given, inner, level, lambda member, deeper: _read(member, deeper, folder))
    name = _READERS.get(kind, "book")
    if kind is kinds.Kind.ZIP:
        book = importlib.import_module("sources.formats.book")
        if not book.is_book(given.path):
            return archive.zipped(given, inner, level, lambda member, deeper: _read(member, deeper, folder))
    found: list[Found] = importlib.import_module(f"sources.formats.{name}").tables(given)
    return found


def _write(table: Found, file: Path) -> Path | None:
    """The Arrow file of a table, or the text it is; None for a table without cells."""
    if table.batches is None:
        return table.text
    batches = iter(table.batches())
    first = next(batches, None)
    if first is None:
        return None
    with pyarrow.OSFile(str(file), "wb") as sink, pyarrow.ipc.new_file(sink, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
    return file


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    folder, sheet = Path(asked.pop("folder")), asked.pop("sheet")
    said = _Said()
    logging.getLogger("sources").addHandler(said)
    found = _read(Given(**{**asked, "path": Path(asked["path"])}), 0, folder)
    if sheet is None:
        return {"names": [table.name for table in found], "log": said.lines}
    wanted = chosen(found, sheet)
    if hidden := sum(table.hidden for table in found) - sum(table.hidden for table in wanted):
        log.warning("hidden sheets left out: %d", hidden)
    files = [(table, _write(table, folder / f"{i}.arrow")) for i, table in enumerate(wanted)]
    written = [(t.name, str(file), t.text is not None, t.named) for t, file in files if file]
    return {"tables": written, "log": said.lines}


class _Said(logging.Handler):
    """Keeps what the readers log, for the process that asked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, up to a number that says enough."""
        if len(self.lines) < 20:
            self.lines.append(record.getMessage())


def _limit(memory: int) -> None:
    if sys.platform != "win32":
        import resource

        for limit, size in (
            (resource.RLIMIT_DATA, memory),
            (resource.RLIMIT_FSIZE, WRITTEN),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(limit, (size, size))


def _main(memory: int) -> None:
    _limit(memory)
    asked = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # a reader that prints must not spoil the answer
    try:
        answer = _answer(asked)
    except Refused as error:
        answer = _refusal(error)
    except MemoryError:
        answer = _refusal(Refused(f"it needs more than {memory >> 20} MiB"))
    except RecursionError:
        answer = _refusal(Refused("it is nested too deep"))
    except BaseException as error:  # a panic of a native reader is no Exception
        answer = _refusal(Refused(f"it is damaged ({type(error).__name__})"))
    out.write(json.dumps(answer))


def _refusal(refused: Refused) -> dict[str, str]:
    return {"why": str(refused), "do": refused.do}


if __name__ == "__main__":
    _main(int(sys.argv[1]))
