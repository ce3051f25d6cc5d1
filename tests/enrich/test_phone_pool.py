"""Sharing numbers among processes changes nothing but the time."""

import os

import pytest

from enrich import phone_pool
from enrich.phone_reader import read_number

PAIRS = [(f"8 916 {n:03d}-{n % 100:02d}-{n % 97:02d}", "RU") for n in range(600)] + [("нет\n«»", "HU"), ("", "ZZ")]


@pytest.fixture
def reader():
    reader = phone_pool.Reader()
    yield reader
    reader.stop()


def test_another_process_reads_the_same(reader: phone_pool.Reader) -> None:
    reader.ask(PAIRS)
    assert reader.answer(len(PAIRS)) == [read_number(*pair) for pair in PAIRS]


def test_shares_come_back_in_order(reader: phone_pool.Reader) -> None:
    assert phone_pool._read_together(PAIRS, [reader]) == [read_number(*pair) for pair in PAIRS]
    assert reader.alive


def test_many_numbers_are_shared_where_there_are_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_pool, "SHARE_FROM", 100)
    assert phone_pool.read_numbers(PAIRS) == [read_number(*pair) for pair in PAIRS]
    assert all(reader.alive for reader in phone_pool._readers(os.getpid()))


def test_a_process_that_dies_costs_only_time(reader: phone_pool.Reader) -> None:
    reader.process.kill()
    reader.process.wait()
    assert phone_pool._read_together(PAIRS, [reader]) == [read_number(*pair) for pair in PAIRS]
    assert not reader.alive


def test_a_process_ends_with_its_input(reader: phone_pool.Reader) -> None:
    assert reader.process.stdin
    reader.process.stdin.close()
    assert reader.process.wait(timeout=20) == 0
