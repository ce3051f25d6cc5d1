import os
import signal
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from leads import beside


def power(base: int, exponent: int) -> tuple[int, int]:
    return base**exponent, os.getpid()


def dies(parent: int, number: int) -> int:
    """In its own process it is killed at 3; here it goes on."""
    if number == 3 and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 10


def fails(number: int) -> int:
    if number == 2:
        raise ValueError("not 2")
    return number


def large(size: int) -> bytes:
    print("a library that talks", "x" * size)
    return b"y" * size


def done(work: Callable[[Any], Any], items: Iterable[Any], *, processes: int = 2) -> list[Any]:
    with beside.each(work, items, processes=processes) as results:
        return list(results)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_results_come_in_order_from_other_processes(processes: int) -> None:
    found = done(partial(power, 2), iter(range(8)), processes=processes)
    assert [value for value, _ in found] == [2**n for n in range(8)]
    assert len({process for _, process in found} - {os.getpid()}) == processes


def test_no_items_no_results() -> None:
    assert done(large, []) == []


def test_fewer_items_than_processes() -> None:
    assert done(large, [1, 2], processes=4) == [b"y", b"yy"]


def test_a_killed_process_costs_nothing_but_time() -> None:
    assert done(partial(dies, os.getpid()), range(9)) == [n * 10 for n in range(9)]


def test_an_error_is_raised_here_at_its_place() -> None:
    with beside.each(fails, range(5), processes=2) as coming:
        assert [next(coming), next(coming)] == [0, 1]
        with pytest.raises(ValueError, match="not 2"):
            next(coming)


def test_more_than_a_pipe_holds_and_noise_on_the_output() -> None:
    sizes = [3_000_000, 10, 5_000_000, 1]
    assert [len(found) for found in done(large, sizes)] == sizes


def test_processes_end_when_nobody_wants_more() -> None:
    with beside.each(partial(power, 3), iter(range(1000)), processes=2) as coming:
        processes = {next(coming)[1] for _ in range(4)}
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_result_that_nobody_asked_for_is_not_taken_for_the_next() -> None:
    with beside.worker(fails) as begin:
        begin(0)
        asked = begin(1)
        begin(3)
        last = begin(4)
        assert (asked(), last()) == (1, 4)
