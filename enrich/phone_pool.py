"""Reading many phone numbers on more than one core.

Further processes read a share each, one for every core, and this one only waits: it may be a thread beside one that
loads, and what it read itself would stop the other. They are plain children on two pipes and not a
multiprocessing pool, whose workers import the caller's main module again (seconds, under Prefect) or inherit its
open files and locks, and outlive a caller that is killed. These have nothing of the caller's, and end when their
input does.
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path

from enrich.phone_reader import Number, read_number

# Below this the work takes about as long as handing it over.
SHARE_FROM = 5_000
_LOCK = threading.Lock()

Pair = tuple[str, str]


def read_numbers(pairs: Sequence[Pair]) -> list[Number]:
    """`read_number` of each (text, region), in order; the same result however many cores took part."""
    if len(pairs) < SHARE_FROM or not _LOCK.acquire(blocking=False):
        return _read(pairs)
    try:
        return _read_together(pairs, [reader for reader in _readers(os.getpid()) if reader.alive])
    finally:
        _LOCK.release()


def _read(pairs: Sequence[Pair]) -> list[Number]:
    return [read_number(text, region) for text, region in pairs]


def _read_together(pairs: Sequence[Pair], readers: Sequence["Reader"]) -> list[Number]:
    size = -(-len(pairs) // max(len(readers), 1))
    shares = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    for reader, share in zip(readers, shares, strict=False):
        reader.ask(share)
    numbers: list[Number] = []
    for reader, share in zip_longest(readers, shares):
        numbers += (reader and reader.answer(len(share))) or _read(share)
    return numbers


class Reader:
    """A process that reads numbers: one JSON line of pairs in, one of numbers out."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
            encoding="utf-8",
        )
        atexit.register(self.stop)

    @property
    def alive(self) -> bool:
        """Can it still be asked?"""
        return self.process.poll() is None

    def ask(self, pairs: Sequence[Pair]) -> None:
        """Hand over a share; a process that has died is noticed when it answers."""
        try:
            assert self.process.stdin
            self.process.stdin.write(json.dumps(pairs) + "\n")
            self.process.stdin.flush()
        except OSError:
            self.stop()

    def answer(self, count: int) -> list[Number] | None:
        """The numbers of the share, `count` of them, or None when the process failed at it."""
        try:
            assert self.process.stdout
            numbers = [Number(*fields) for fields in json.loads(self.process.stdout.readline())]
        except (OSError, ValueError):
            numbers = []
        if len(numbers) == count:
            return numbers
        self.stop()
        return None

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                with contextlib.suppress(OSError):
                    pipe.close()


@cache
def _readers(_pid: int) -> list[Reader]:
    """A process for each core, started once; a forked process starts its own."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        return [Reader() for _ in range(cores)] if cores > 1 else []
    except OSError:
        return []


def main() -> None:
    """Answer every line of pairs with a line of numbers until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_read(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
