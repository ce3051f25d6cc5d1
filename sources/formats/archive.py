"""ZIP and GZIP: unpacked within limits that are counted while reading, never believed; each member as its own kind."""

import gzip
import logging
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from sources.formats.found import Found, Given, Refused

MEMBERS = 1_000
UNPACKED = 2 << 30  # bytes of all members
RATIO = 200  # times an archive may grow
SMALL = 64 << 20  # bytes that may come of any archive
NESTED = 2  # archives within archives
CHUNK = 1 << 20
_DOS = {"ru": "cp866", "sr": "cp866", "hu": "cp852", "ro": "cp852", "bs": "cp852", "hr": "cp852"}
_DAMAGE = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, OSError, ValueError, KeyError)

log = logging.getLogger(__name__)

Reader = Callable[[Given, int], list[Found]]


class Budget:
    """How many bytes may still be unpacked from an archive of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.left = min(UNPACKED, max(RATIO * size, SMALL))

    def copy(self, stream: IO[bytes] | gzip.GzipFile, file: Path) -> None:
        """Write the stream to `file`; raises Refused when it brings more than is left."""
        with file.open("wb") as out:
            while chunk := stream.read(CHUNK):
                self.left -= len(chunk)
                if self.left < 0:
                    raise Refused("it unpacks to far more than its size", "Unpack it, and name the file inside")
                out.write(chunk)


def zipped(given: Given, folder: Path, level: int, read: Reader) -> list[Found]:
    """The tables of all members, named `member` or `member#table`; what holds no table is left out, with a log line.

    Raises Refused for an archive that is damaged, protected or too large, and when no member holds a table.
    """
    with _unpacking(level), zipfile.ZipFile(given.path, metadata_encoding=_DOS.get(given.language)) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(m.filename)]
        if len(members) > MEMBERS:
            raise Refused(f"it holds {len(members)} files, more than are read")
        if any(member.flag_bits & 1 for member in members):
            raise Refused("it is protected by a password", "Unpack it, and name the file inside")
        budget, unpacked = Budget(given.path.stat().st_size), []
        for place, member in enumerate(members):
            file = folder / str(place) / _safe(member.filename)
            file.parent.mkdir()
            with archive.open(member) as stream:
                budget.copy(stream, file)
            unpacked.append((member.filename, file))
    _join_memos(unpacked)
    return _members(given, unpacked, level, read)


def gzipped(given: Given, folder: Path, level: int, read: Reader) -> list[Found]:
    """The tables of the one file in it; see `zipped`."""
    name = given.path.name
    file = folder / (_safe(name[:-3] if name.lower().endswith(".gz") else name))
    with _unpacking(level), gzip.open(given.path) as stream:
        Budget(given.path.stat().st_size).copy(stream, file)
    return read(replace(given, path=file), level + 1)


@contextmanager
def _unpacking(level: int) -> Iterator[None]:
    if level >= NESTED:
        raise Refused(f"archives are nested more than {NESTED} deep", "Unpack it, and name the file inside")
    try:
        yield
    except (NotImplementedError, RuntimeError) as error:
        raise Refused(f"its way of packing is not known ({type(error).__name__})", "Unpack it yourself") from None
    except _DAMAGE as error:
        raise Refused(f"it is cut or damaged ({type(error).__name__})", "Have it sent again") from None


def _members(given: Given, unpacked: list[tuple[str, Path]], level: int, read: Reader) -> list[Found]:
    found: list[Found] = []
    why = "it is empty"
    for name, file in unpacked:
        try:
            tables = read(replace(given, path=file), level + 1)
        except Refused as error:
            why = str(error)
            log.warning("a file in the archive is left out: %s", error)
            continue
        whole = len(tables) == 1 and tables[0].name == file.name
        found += [replace(table, name=name if whole else f"{name}#{table.name}") for table in tables]
    if not found:
        raise Refused(f"no file in the archive holds a table ({why})")
    return found


def _is_clutter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def _safe(name: str) -> str:
    """The last part of a member's name, of a length and of characters that any file system takes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(char if char.isprintable() and char not in '<>:"|?*' else "_" for char in last)
    return kept.strip(". ")[-60:] or "member"


def _join_memos(unpacked: list[tuple[str, Path]]) -> None:
    """Put the memo files of a DBF beside it, where they are looked for."""
    memos = [file for _, file in unpacked if file.suffix.lower() in (".dbt", ".fpt")]
    for _, file in unpacked:
        for memo in memos:
            if file.suffix.lower() == ".dbf" and memo.stem.lower() == file.stem.lower():
                shutil.copyfile(memo, file.with_suffix(memo.suffix))
