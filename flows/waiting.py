"""The drop folder: `inbox/<source>/` under the home, and what waits there.

Imports no pandas and no Prefect: `leads inbox` shows what waits at once.
"""

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from leads.clock import utc
from leads.errors import ConfigError
from leads.settings import Settings
from leads.source import Source, load_source, source_names

# Seconds in which neither size nor time of a file may have changed before it is taken.
QUIET = 10.0
DONE, FAILED = "done", "failed"
# Names that browsers, office programs and copying programs give to what is not finished.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp")
UNFINISHED_FRONT = (".", "~$", "~")
NOT_MEANT = ("thumbs.db", "desktop.ini")

Stamp = tuple[int, int, int]
State = Literal["ready", "growing", "no such source"]


@dataclass(frozen=True)
class Waiting:
    """One file that lies in the inbox."""

    source: str
    file: Path
    size: int
    since: str
    state: State


def inbox(place: Settings) -> Path:
    """The folder of the inbox."""
    return place.home / "inbox"


def prepare(place: Settings) -> None:
    """Make a folder for every configured source that reads a file."""
    for name in source_names(place.config_dir):
        try:
            source = load_source(place.config_dir, name)
        except ConfigError:
            continue
        if reads_file(source):
            (inbox(place) / name).mkdir(parents=True, exist_ok=True)


def reads_file(source: Source) -> bool:
    """Is the source a file, and not a provider or a site?"""
    return source.pull.get("format", "file") == "file" and bool(importlib.util.find_spec(f"sources.{source.kind}"))


def folders(place: Settings, source: str = "all") -> list[str]:
    """Names of the folders in the inbox, sorted: of one source, or of `all`."""
    root = inbox(place)
    names = [source] if source != "all" else [p.name for p in root.iterdir()] if root.is_dir() else []
    return sorted(n for n in names if not n.startswith(".") and (root / n).is_dir())


def files(folder: Path) -> list[Path]:
    """The files that lie in a source's folder under a finished name, the oldest first: a later export supersedes."""
    found = [(_stamp(path), path) for path in folder.iterdir() if _finished(path.name) and path.is_file()]
    return [path for stamp, path in sorted(found, key=lambda one: (one[0] or (), one[1].name)) if stamp]


def waiting(place: Settings, source: str = "all", quiet: float = QUIET) -> list[Waiting]:
    """What waits in the inbox: of one source, or of `all`."""
    known = source_names(place.config_dir)
    found = []
    for name in folders(place, source):
        for path in files(inbox(place) / name):
            stamp = _stamp(path)
            if stamp:
                state: State = "ready" if _rests(stamp, quiet) else "growing"
                since = utc(datetime.fromtimestamp(stamp[0] / 1e9, UTC))
                found.append(Waiting(name, path, stamp[2], since, state if name in known else "no such source"))
    return found


def stray(place: Settings) -> list[Path]:
    """Files that lie in the inbox itself: nobody said of which source they are."""
    root = inbox(place)
    return (
        [path for path in sorted(root.iterdir()) if path.is_file() and _finished(path.name)]
        if root.is_dir()
        else []
    )


def settled(paths: Sequence[Path], quiet: float = QUIET) -> list[Path]:
    """Those of `paths` whose size and times did not change for `quiet` seconds; waits for them where it must."""
    before = {path: _stamp(path) for path in paths}
    if not all(stamp and _rests(stamp, quiet) for stamp in before.values()):
        time.sleep(quiet)
    return [path for path, stamp in before.items() if stamp and _stamp(path) == stamp]


def free(folder: Path, name: str) -> Path:
    """A path in `folder` that nothing has yet: `name`, else with a number before its ending."""
    path, number = folder / name, 1
    while path.exists() or path.with_name(f"{path.name}.txt").exists():
        number += 1
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return path


def _finished(name: str) -> bool:
    lower = name.lower()
    return not (lower.startswith(UNFINISHED_FRONT) or lower.endswith(UNFINISHED) or lower in NOT_MEANT)


def _stamp(path: Path) -> Stamp | None:
    """When a file was last written, when anything of it changed, and its size; None when it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _rests(stamp: Stamp, quiet: float) -> bool:
    """Whether it is older than that by its own times. One from a clock that runs ahead is looked at twice instead."""
    return time.time() - max(stamp[:2]) / 1e9 >= quiet
