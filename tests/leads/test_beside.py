import os
import signal
from functools import partial

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


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_results_come_in_order_from_other_processes(processes: int) -> None:
    found = list(beside.results(partial(power, 2), iter(range(8)), processes=processes))
    assert [value for value, _ in found] == [2**n for n in range(8)]
    assert len({process for _, process in found} - {os.getpid()}) == processes


def test_no_items_no_results() -> None:
    assert list(beside.results(large, [], processes=2)) == []


def test_fewer_items_than_processes() -> None:
    assert list(beside.results(large, [1, 2], processes=4)) == [b"y", b"yy"]


def test_a_killed_process_costs_nothing_but_time() -> None:
    assert list(beside.results(partial(dies, os.getpid()), range(9), processes=2)) == [n * 10 for n in range(9)]


def test_an_error_is_raised_here_at_its_place() -> None:
    coming = beside.results(fails, range(5), processes=2)
    assert [next(coming), next(coming)] == [0, 1]
    with pytest.raises(ValueError, match="not 2"):
        next(coming)


def test_more_than_a_pipe_holds_and_noise_on_the_output() -> None:
    sizes = [3_000_000, 10, 5_000_000, 1]
    assert [len(found) for found in beside.results(large, sizes, processes=2)] == sizes


def test_processes_end_when_nobody_wants_more() -> None:
    coming = beside.results(partial(power, 3), iter(range(1000)), processes=2)
    processes = {next(coming)[1] for _ in range(4)}
    coming.close()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
