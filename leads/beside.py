"""Work in processes beside this one, in order: for work that holds the interpreter, as normalising does.

Each is a plain child on two pipes and not one of multiprocessing, whose workers import the caller's main module again
(seconds, under Prefect) or inherit its open files and locks, and outlive a caller that is killed. This one has nothing
of the caller's, and ends when nobody reads its output.
"""

import contextlib
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Answer = Callable[[], R]
# Of the 20 steps there are: the loader, whom what is made here waits for, goes before where there are few processors,
# and what nobody else wants is still had whole.
NICENESS = 10


@dataclass
class Child:
    """A process, and what came from it: the parts of a pickle, or None for ever when it has ended.

    A thread takes them off the pipe as they come: a process that waits for a reader works at nothing.
    """

    process: subprocess.Popen[bytes]
    answers: SimpleQueue[list[bytearray] | None] = field(default_factory=SimpleQueue)
    begun: int = 0
    taken: int = 0


@contextlib.contextmanager
def worker(work: Callable[[T], R], *, gives_way: bool = False) -> Iterator[Callable[[T], Answer[R]]]:
    """A function that begins `work` of an item in a process, and gives a function that waits for its result.

    Results are waited for in the order of the items, where they are wanted. `work` and what it takes and gives are
    pickled; it is a function of a module, or a `partial` of one. What a process cannot do is done here: it may have
    been killed, or the item itself is at fault, and then the error is raised here. One that `gives_way` takes the time
    that others leave.
    """
    with _child(work, gives_way) as child:

        def begin(item: T) -> Answer[R]:
            _send(child, item)
            child.begun += 1
            return partial(_answer, work, child, item, child.begun)

        yield begin


@contextlib.contextmanager
def each(work: Callable[[T], R], items: Iterable[T], *, processes: int, ahead: int = 1) -> Iterator[Iterator[R]]:
    """`work` of each of `items`, in their order, begun now; while one is used each of `processes` makes the next ones,
    as many as `ahead`, in the time that others leave."""
    left = iter(items)
    with contextlib.ExitStack() as opened:
        workers = [opened.enter_context(worker(work, gives_way=True)) for _ in range(processes)] * ahead
        yield _answers(deque((begin, begin(item)) for begin, item in zip(workers, left, strict=False)), left)


def _answers(begun: deque[tuple[Callable[[T], Answer[R]], Answer[R]]], left: Iterator[T]) -> Iterator[R]:
    while begun:
        begin, answer = begun.popleft()
        result = answer()
        # It has the next item to work at before its last result is used.
        begun.extend((begin, begin(item)) for item in islice(left, 1))
        yield result


@contextlib.contextmanager
def _child(work: Callable[[T], R], gives_way: bool) -> Iterator[Child]:
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
    )
    child = Child(process)
    taking = threading.Thread(target=_take, args=(process.stdout, child.answers), name="answers", daemon=True)
    taking.start()
    try:
        _send(child, (work, NICENESS if gives_way else 0))
        yield child
    finally:
        process.kill()
        process.wait()
        taking.join()
        for pipe in (process.stdin, process.stdout):
            # What a killed process has not read cannot be flushed any more.
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _send(child: Child, item: object) -> None:
    assert child.process.stdin
    with contextlib.suppress(OSError):
        pickle.dump(item, child.process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        child.process.stdin.flush()


def _answer(work: Callable[[T], R], child: Child, item: T, number: int) -> R:
    # Whoever began an item need not have asked for its result.
    while child.taken < number:
        parts = child.answers.get()
        if parts is None:
            child.answers.put(None)
            return work(item)
        child.taken += 1
    assert parts is not None
    return pickle.loads(parts[0], buffers=parts[1:])  # type: ignore[no-any-return]  # noqa: S301 (our own child's)


def _take(out: IO[bytes], answers: SimpleQueue[list[bytearray] | None]) -> None:
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            parts = [bytearray(size) for size in pickle.load(out)]  # noqa: S301 (our own child's)
            if any(out.readinto(part) < len(part) for part in parts):  # type: ignore[attr-defined]
                break
            answers.put(parts)
    answers.put(None)


def main() -> None:
    """Do the work that the first message on the input names with each of those that follow."""
    with os.fdopen(os.dup(1), "wb") as out, contextlib.suppress(EOFError):
        # Nothing else may write there: a library may think that it talks to a person, and draw its progress.
        os.dup2(2, 1)
        work, niceness = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent's)
        os.nice(niceness)
        # As long as it lives it makes rows by the million and no cycle: to look for these took half of its time.
        gc.disable()
        while True:
            _give(out, work(pickle.load(sys.stdin.buffer)))  # noqa: S301


def _give(out: IO[bytes], result: object) -> None:
    """A pickle in its parts, sizes first: the columns of a frame go as they lie in memory, and are not copied."""
    beside: list[pickle.PickleBuffer] = []
    parts = [pickle.dumps(result, protocol=5, buffer_callback=beside.append)]
    parts += [buffer.raw() for buffer in beside]  # type: ignore[misc]
    pickle.dump([len(part) for part in parts], out, protocol=pickle.HIGHEST_PROTOCOL)
    for part in parts:
        out.write(part)
    out.flush()
