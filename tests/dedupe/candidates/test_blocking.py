"""Candidates: who shares something rare, or two things; nothing is left out silently, and the number is bounded."""

import duckdb
import pandas as pd
import pytest

from dedupe.candidates import blocking, shared
from dedupe.evidence.kinds import Evidence, prepared
from leads.schema import texts

EVIDENCE = [
    Evidence("given", "given"), Evidence("family", "family"), Evidence("city", "word"), Evidence("born", "date"),
    Evidence("phone", "phone"), Evidence("address", "text"),
]  # fmt: skip
Row = dict[str, str]


def found(
    rows: list[Row], evidence: list[Evidence] = EVIDENCE
) -> tuple[blocking.Candidates, set[tuple[int, int]]]:
    frame = pd.DataFrame({one.column: texts([row.get(one.column) for row in rows]) for one in evidence})
    with duckdb.connect() as duck:
        duck.register("given", prepared(frame, evidence))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        shared.part_shared(duck, evidence, frozenset())
        candidates = blocking.candidates(duck, evidence)
        return candidates, set(duck.sql("SELECT l, r FROM pairs").fetchall())


OTHERS: list[Row] = [
    {"given": f"g{n}x", "family": f"f{n}y", "city": f"c{n % 40}", "born": f"19{10 + n % 90}0101"}
    for n in range(200)
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phone": "4951234567"}, {"phone": "4951234567"}),
        ({"given": "anna", "family": "meier"}, {"given": "ana", "family": "meyer"}),
        ({"family": "schulz", "born": "19850307"}, {"family": "shulz", "born": "19850307"}),
        ({"given": "anna", "born": "19850307"}, {"given": "anna", "born": "19850308"}),
        ({"address": "rosenweg 7 ulm"}, {"address": "ulm rosenweg 9"}),
    ],
)
def test_records_that_share_enough_are_compared(one: Row, other: Row) -> None:
    assert (1, 2) in found([one, other, *OTHERS])[1]


def test_records_that_share_nothing_are_not() -> None:
    assert (1, 2) not in found(
        [{"given": "anna", "family": "meier"}, {"given": "boris", "family": "popov"}, *OTHERS]
    )[1]


def test_a_pair_stands_once_and_the_smaller_number_first() -> None:
    candidates, pairs = found([{"given": "anna", "family": "meier", "phone": "4951234567"}] * 3)
    assert pairs == {(1, 2), (1, 3), (2, 3)}
    assert candidates.pairs == 3


def test_a_large_block_is_left_out_and_reported() -> None:
    many = blocking.LARGEST_BLOCK + 1
    rows = [{"given": f"{'abcdefghij'[n % 10]}ka", "family": f"f{n}", "phone": "4951234567"} for n in range(many)]
    candidates, _ = found(rows)
    assert candidates.capped["phone (shared)"] == 1


def test_the_pairs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "PAIRS_ANYWAY", 0)
    monkeypatch.setattr(blocking, "PAIRS_PER_RECORD", 2)
    rows = [
        {"given": "anna", "family": "meier", "city": f"c{n % 9}", "born": f"19{n % 70 + 10}0101"}
        for n in range(400)
    ]
    candidates, pairs = found(rows)
    assert len(pairs) <= 2 * 400 * (blocking.SAME_AGAIN + 1) + blocking.WIDEST * 400
    assert candidates.skipped


def test_nothing_to_compare_by_makes_no_pairs() -> None:
    assert found([{}, {}])[1] == set()
    assert found([{}, {}], [])[1] == set()
