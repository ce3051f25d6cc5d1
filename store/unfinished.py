"""Landings that are being written, and what a killed pull left of one: it is no batch, and it holds personal data.

Beside the folder that a pull writes lies a lock, which the system takes back when the process ends, in whatever way: so
a landing whose owner is dead is known at once. An object store has no locks: there, what began a day ago is left over.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from leads import clock

# A batch, its unfinished folder, or its lock: the batch's name, and when it began.
_NAME = re.compile(r"^\.?(?P<batch>.+-(?P<began>\d{14})-[0-9a-f]+)(?:\.part|\.lock)?$")


@contextmanager
def held(fs: Any, folder: str, batch: str) -> Iterator[None]:
    """Hold the lock of `batch`, which this process is landing in `folder`."""
    if not is_local(fs):
        yield
        return
    file = _lock_file(folder, batch)
    try:
        with FileLock(file, timeout=0):
            yield
    finally:
        file.unlink(missing_ok=True)


def sweep(fs: Any, folder: str, moment: str) -> None:
    """Remove from a source's `folder` what pulls left that were killed before `moment` (UTC text)."""
    names = (
        [path.rstrip("/").rpartition("/")[2] for path in fs.ls(folder, detail=False)] if fs.exists(folder) else []
    )
    day_before = re.sub("[^0-9]", "", clock.utc(clock.parse(moment) - timedelta(days=1)))[:14]
    for batch, began in {(found["batch"], found["began"]) for found in map(_NAME.match, names) if found}:
        if is_local(fs) and _lock_file(folder, batch).exists():
            _sweep_if_dead(fs, folder, batch)
        elif began < day_before:
            _remove_unfinished(fs, folder, batch)


def is_local(fs: Any) -> bool:
    """Is it this machine's file system, with locks and a disk to wait for?"""
    return "file" in fs.protocol


def remove(fs: Any, path: str) -> None:
    """Remove a folder and all in it, if it is there."""
    if fs.exists(path):
        fs.rm(path, recursive=True)


def _sweep_if_dead(fs: Any, folder: str, batch: str) -> None:
    file = _lock_file(folder, batch)
    try:
        with FileLock(file, timeout=0):
            _remove_unfinished(fs, folder, batch)
    except Timeout:  # its owner is at work
        return
    file.unlink(missing_ok=True)


def _remove_unfinished(fs: Any, folder: str, batch: str) -> None:
    """All of the batch that is no batch; one that was finished in the meantime stays."""
    remove(fs, f"{folder}/.{batch}.part")
    if not fs.exists(f"{folder}/{batch}/manifest.json"):
        remove(fs, f"{folder}/{batch}")


def _lock_file(folder: str, batch: str) -> Path:
    return Path(folder) / f".{batch}.lock"
