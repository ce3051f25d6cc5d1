"""A birthday and an id are one's own, a time stamp is not; without them names that differ are two people."""

import random

import duckdb
import pandas as pd
import pytest

from dedupe.candidates import blocking, shared
from dedupe.evidence.kinds import Evidence, prepared
from dedupe.scoring import scores, vetoes
from dedupe.scoring.comparisons import comparisons
from leads.schema import texts

EVIDENCE = [
    Evidence("given", "given"), Evidence("family", "family"), Evidence("born", "date"), Evidence("id", "code"),
    Evidence("stamp", "code"), Evidence("phone", "phone"),
]  # fmt: skip


def people(count: int, known: float) -> pd.DataFrame:
    """Each person twice, with the same id and birthday, and a time stamp of each record's own."""
    chance = random.Random(4)
    rows = []
    for _ in range(count):
        person = [
            "".join(chance.choices("abdeghiklmnoprstuv", k=7)), "".join(chance.choices("abdeghiklmnoprstuv", k=9)),
            f"{chance.randrange(1940, 2000)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}",
            f"{chance.randrange(10**7):07}",
        ]  # fmt: skip
        own = chance.random() < known
        phone = f"9{chance.randrange(10**9):09}"
        for _ in "12":
            stamp = f"{chance.randrange(10**6):06}"
            rows.append([*person[:2], *(person[2:] if own else (None, None)), stamp, phone])
    columns = zip(*rows, strict=True)
    return pd.DataFrame({one.column: texts(column) for one, column in zip(EVIDENCE, columns, strict=True)})


def found(frame: pd.DataFrame) -> tuple[set[int], list[int]]:
    of = comparisons(EVIDENCE)
    with duckdb.connect() as duck:
        duck.register("given", prepared(frame, EVIDENCE))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        shared.part_shared(duck, EVIDENCE, frozenset())
        blocking.candidates(duck, EVIDENCE)
        own = vetoes.own(duck, of, scores._patterns(duck, of))
        return own, vetoes.by_name(duck, of, own)


@pytest.mark.parametrize(("known", "forbidding"), [(1.0, []), (0.2, [0, 1])])
def test_a_birthday_and_an_id_are_ones_own_and_a_time_stamp_is_not(known: float, forbidding: list[int]) -> None:
    assert found(people(400, known)) == ({2, 3}, forbidding)


def test_two_fathers_are_two_people() -> None:
    """Namesakes at one switchboard: only what their fathers were called tells them apart."""
    evidence = [*EVIDENCE[:2], Evidence("father", "patronymic"), EVIDENCE[-1]]
    of = comparisons(evidence)
    with duckdb.connect() as duck:
        columns = {one.column: texts(["a", "b"]) for one in evidence}
        duck.register("given", prepared(pd.DataFrame(columns), evidence))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        assert vetoes.by_name(duck, of, set()) == [0, 1, 2]
