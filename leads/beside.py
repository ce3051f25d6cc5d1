"""Work in processes beside this one, in order: for work that holds the interpreter, as normalising does.

Each is a plain child on two pipes and not one of multiprocessing, whose workers import the caller's main module again
(seconds, under Prefect) or inherit its open files and locks, and outlive a caller that is killed. This one has nothing
of the caller's, and ends when nobody reads its output.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Answer = Callable[[], R]
Child = subprocess.Popen[bytes]


@contextlib.contextmanager
def worker(work: Callable[[T], R]) -> Iterator[Callable[[T], Answer[R]]]:
    """A function that begins `work` of an item in a process, and gives a function that waits for its result.

    Results are waited for in the order of the items, and of one item before the next is begun where items are large.
    `work` and what it takes and gives are pickled; it is a function of a module, or a `partial` of one. What a process
    cannot do is done here: it may have been killed, or the item itself is at fault, and then the error is raised here.
    """
    with _child(work) as child:

        def begin(item: T) -> Answer[R]:
            _send(child, item)
            return partial(_answer, work, child, item)

        yield begin


@contextlib.contextmanager
def each(work: Callable[[T], R], items: Iterable[T], *, processes: int) -> Iterator[Iterator[R]]:
    """`work` of each of `items`, in their order, begun now; `processes` of them are made while one is used."""
    left = iter(items)
    with contextlib.ExitStack() as opened:
        workers = [opened.enter_context(worker(work)) for _ in range(processes)]
        yield _answers(deque((begin, begin(item)) for begin, item in zip(workers, left, strict=False)), left)


def _answers(begun: deque[tuple[Callable[[T], Answer[R]], Answer[R]]], left: Iterator[T]) -> Iterator[R]:
    while begun:
        begin, answer = begun.popleft()
        result = answer()
        # It has the next item to work at before its last result is used.
        begun.extend((begin, begin(item)) for item in islice(left, 1))
        yield result


@contextlib.contextmanager
def _child(work: Callable[[T], R]) -> Iterator[Child]:
    child = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
    )
    try:
        _send(child, work)
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            # What a killed process has not read cannot be flushed any more.
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


def _send(child: Child, item: object) -> None:
    assert child.stdin
    with contextlib.suppress(OSError):
        pickle.dump(item, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        child.stdin.flush()


def _answer(work: Callable[[T], R], child: Child, item: T) -> R:
    assert child.stdout
    try:
        return pickle.load(child.stdout)  # type: ignore[no-any-return]  # noqa: S301 (our own child's)
    except (EOFError, OSError, pickle.UnpicklingError):
        return work(item)


def main() -> None:
    """Do the work that the first message on the input names with each of those that follow."""
    with os.fdopen(os.dup(1), "wb") as out, contextlib.suppress(EOFError):
        # Nothing else may write there: a library may think that it talks to a person, and draw its progress.
        os.dup2(2, 1)
        work = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent's)
        while True:
            pickle.dump(work(pickle.load(sys.stdin.buffer)), out, protocol=pickle.HIGHEST_PROTOCOL)  # noqa: S301
            out.flush()
