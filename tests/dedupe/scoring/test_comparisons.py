"""The levels of names in words: what part of them two have in common."""

import duckdb
import pytest

from dedupe.evidence.kinds import Evidence
from dedupe.scoring.comparisons import comparisons


@pytest.fixture(scope="module")
def levels() -> dict[tuple[int, int, int], str]:
    """By words of the one, of the other, and in common: the level of two names that sound nothing alike."""
    (one,) = comparisons([Evidence("called", "name")])
    cases = " ".join(
        f"WHEN {level.sql} THEN '{level.name}'" if level.sql != "ELSE" else f"ELSE '{level.name}'"
        for level in one.levels
    )
    none = "NULL::VARCHAR[]"
    sql = f"""
        WITH sizes AS (SELECT l.n AS a, r.n AS b, c.n AS common FROM range(1, 9) l(n), range(1, 9) r(n), range(9) c(n)
                       WHERE c.n <= least(l.n, r.n)),
        pairs AS (SELECT *, 'qqqq' AS e0_l, 'zzzz' AS e0_r, 'q' AS e0_s_l, 'z' AS e0_s_r, {none} AS e0_k_l,
                         {none} AS e0_k_r, (1 << common) - 1 AS e0_b_l, (1 << common) - 1 AS e0_b_r,
                         list_transform(range(a), lambda i: '' || i) AS e0_w_l,
                         list_transform(range(b), lambda i: CASE WHEN i < common THEN '' ELSE 'x' END || i) AS e0_w_r
                  FROM sizes)
        SELECT a, b, common, CASE {cases} END FROM pairs"""
    return {(a, b, common): level for a, b, common, level in duckdb.sql(sql).fetchall()}


def test_nearly_all_words_are_all_of_the_fewer_or_six_of_ten(levels: dict[tuple[int, int, int], str]) -> None:
    for (a, b, common), level in levels.items():
        nearly = common >= 2 and (common == min(a, b) or 10 * common >= 6 * (a + b - common))
        assert (level == "nearly all words") == nearly, (a, b, common)


def test_half_of_the_words_are_nearly_equal(levels: dict[tuple[int, int, int], str]) -> None:
    for (a, b, common), level in levels.items():
        half = common >= 1 and 2 * common >= a + b - common
        assert (level in ("nearly equal", "nearly all words")) == (half or level == "nearly all words"), (
            a,
            b,
            common,
        )
    assert levels[2, 2, 1] == "some words"
    assert levels[1, 2, 1] == "nearly equal"
