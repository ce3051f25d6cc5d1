"""Take what waits in the drop folder through every stage: each file a batch of its own, then moved aside.

Killed at any point, the next taking goes on: a landed batch is loaded to its end, and the file it came from is known
by its content and moved.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from flows import received, stages
from flows.waiting import DONE, FAILED, QUIET, files, folders, free, inbox, settled
from leads.errors import ConfigError, LeadsError, SourceError, SourceUnavailable, StoreError, fault
from leads.settings import Settings
from store import landing, runs

FLOW = "inbox"
log = logging.getLogger("leads")
Outcome = Literal["loaded", "seen", "failed", "waiting", "growing"]
Accounts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Taken:
    """What became of one file: its rows are in, were in already, could not be read, or it stays where it is."""

    source: str
    file: str
    outcome: Outcome
    batch: str = ""
    counted: dict[str, int] = field(default_factory=dict)
    error: str = ""


def take(
    store: Engine, place: Settings, source: str = "all", *, quiet: float = QUIET, flow_run: str | None = None
) -> list[Taken]:
    """Take every file that waits and has stopped growing: of one source, or of `all`.

    Raises StoreError; whatever else goes wrong with a file or a source's configuration stands in what is returned.
    """
    return [one for name in folders(place, source) for one in _take_folder(store, place, name, quiet, flow_run)]


def _take_folder(store: Engine, place: Settings, name: str, quiet: float, flow_run: str | None) -> Iterator[Taken]:
    folder = inbox(place) / name
    with _alone(folder) as alone:
        if not alone:
            return
        paths = files(folder)
        try:
            finished = _resume(store, place, name, flow_run)
        except StoreError:
            raise
        except LeadsError as error:
            yield from (_told(Taken(name, path.name, "waiting", error=str(error))) for path in paths)
            return
        rest = settled(paths, quiet)
        for path in paths:
            if path in rest:
                yield _told(_take_file(store, place, name, path, finished, flow_run))
            else:
                yield _told(Taken(name, path.name, "growing"))


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else takes from this folder now; the lock goes with the process that holds it."""
    lock = FileLock(folder / ".taking")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("%s: its inbox is being taken by another run", folder.name)
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _resume(store: Engine, place: Settings, name: str, flow_run: str | None) -> Accounts:
    """Load to its end what an interrupted taking landed; returns batch -> accounting. Raises ConfigError.

    What other flows landed is left to them: they may be at work on it.
    """
    stages.configured(name)
    landing.sweep(place.landing, name)
    dead, finished = received.interrupted(store, FLOW, name), Accounts()
    heir = received.without_batch(store, dead)
    if heir or received.landed(store, FLOW, name):
        run = heir or runs.start_run(store, FLOW, name, flow_run)
        _register_left_over(store, place, name, run)
        for batch in received.landed(store, FLOW, name):
            manifest = landing.read_manifest(place.landing, batch)
            stages.load_parts(store, place, stages.configured(name), manifest)
            finished[batch] = stages.finish(store, manifest)
            log.info("%s: %s, left by an interrupted run, is loaded", name, batch)
        runs.finish_run(store, run)
    for run in received.interrupted(store, FLOW, name):
        runs.finish_run(store, run, "the run was killed; what it landed is loaded")
    return finished


def _register_left_over(store: Engine, place: Settings, name: str, run: int) -> None:
    while True:
        try:
            stages.left_over(store, place, name, run)
            return
        except SourceError as error:  # refused and marked so: it is not left over any more
            log.warning("%s", error)


def _take_file(
    store: Engine, place: Settings, name: str, path: Path, finished: Accounts, flow_run: str | None
) -> Taken:  # fmt: skip
    sha256 = received.digest(path)
    if known := received.taken(store, name, sha256):
        run, batch = known
        _move(store, path, DONE, run, sha256)
        outcome: Outcome = "loaded" if batch in finished else "seen"
        return Taken(name, path.name, outcome, batch, finished.get(batch, {}))
    run = runs.start_run(store, FLOW, name, flow_run)
    received.note(store, run, path, sha256)
    try:
        manifest = stages.land(store, place, stages.configured(name, str(path)), run)
        stages.load_parts(store, place, stages.configured(name), manifest)
        counted = stages.finish(store, manifest)
    except Exception as error:
        return _not_taken(store, name, path, run, sha256, error)
    runs.finish_run(store, run)
    _move(store, path, DONE, run, sha256)
    return Taken(name, path.name, "loaded", manifest.batch, counted)


def _not_taken(store: Engine, name: str, path: Path, run: int, sha256: str, error: Exception) -> Taken:
    """Into `failed`, unless it is not the file that is at fault: then it stays, and comes again."""
    line = str(error if isinstance(error, LeadsError) else fault(error))
    runs.finish_run(store, run, line)
    if isinstance(error, StoreError):
        raise error
    if isinstance(error, ConfigError | SourceUnavailable):
        return Taken(name, path.name, "waiting", error=line)
    _move(store, path, FAILED, run, sha256, line)
    return Taken(name, path.name, "failed", error=line)


def _move(store: Engine, path: Path, to: str, run: int, sha256: str, why: str = "") -> None:
    """Move a file aside; wherever it lies when this is cut short, it stands in the register of personal files."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    target = free(folder, path.name)
    received.note(store, run, target, sha256)
    if why:
        target.with_name(f"{target.name}.txt").write_text(f"{why}\n", encoding="utf-8")
    path.rename(target)
    received.note(store, run, target, sha256, instead_of=path)


def _told(one: Taken) -> Taken:
    """Say it in the log as well."""
    why = f": {one.error}" if one.error else f", batch {one.batch}" if one.batch else ""
    log.log(logging.WARNING if one.error else logging.INFO, "%s: %s %s%s", one.source, one.file, one.outcome, why)
    return one
