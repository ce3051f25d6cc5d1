"""The weights are learnt from pairs that nobody has labelled, and begin with the shipped ones."""

import math

import numpy as np
import pandas as pd
import pytest

from dedupe.evidence.kinds import Evidence, Kind
from dedupe.scoring.comparisons import LEVELS, Comparison, comparisons
from dedupe.scoring.settings import settings
from dedupe.scoring.weights import Model, learnt, shareable

# Few enough that every pair is a candidate.
RECORDS, PAIRS = 317, 50_000
KINDS: tuple[Kind, ...] = ("given", "family", "date", "word")


def compared(*kinds: Kind) -> list[Comparison]:
    return comparisons([Evidence(kind, kind) for kind in kinds])


def drawn(of: list[Comparison], shares: list[np.ndarray], count: int, seed: int) -> np.ndarray:
    """Levels of `count` pairs, by the shares of each comparison's levels from the most equal to the most different."""
    chance = np.random.default_rng(seed)
    return np.array(
        [
            len(one.levels) - 1 - chance.choice(len(one.levels), count, p=share)
            for one, share in zip(of, shares, strict=True)
        ]
    ).T


def shares(of: list[Comparison], equal: float, different: float) -> list[np.ndarray]:
    found = []
    for one in of:
        rest = (1 - equal - different) / (len(one.levels) - 2)
        found.append(np.array([equal, *[rest] * (len(one.levels) - 2), different]))
    return found


def patterns(of: list[Comparison], levels: np.ndarray, random: np.ndarray) -> pd.DataFrame:
    columns = [f"gamma_e{one.place}" for one in of]
    frame = pd.concat([pd.DataFrame(levels, columns=columns), pd.DataFrame(random, columns=columns)])
    frame.insert(0, "random", [False] * len(levels) + [True] * len(random))
    return frame.value_counts(sort=False).reset_index(name="n").sort_values(["random", *columns])


@pytest.fixture(scope="module")
def model() -> Model:
    of = compared(*KINDS)
    same, strange = shares(of, 0.7, 0.2), shares(of, 0.02, 0.9)
    candidates = np.vstack([drawn(of, same, 10_000, 1), drawn(of, strange, 40_000, 2)])
    # Among random pairs are as many of the same as among all.
    random = np.vstack([drawn(of, same, 8_000, 5), drawn(of, strange, 32_000, 3)])
    return learnt(patterns(of, candidates, random), of, {2}, (), RECORDS, PAIRS)


def test_what_same_and_random_pairs_look_like_is_found_without_labels(model: Model) -> None:
    for m, u in zip(model.m, model.u, strict=True):
        assert m[0] == pytest.approx(0.7, abs=0.03)
        assert m[-1] == pytest.approx(0.2, abs=0.03)
        assert u[0] == pytest.approx(0.02, abs=0.005)


def test_how_many_are_the_same_is_found(model: Model) -> None:
    assert model.same * RECORDS * (RECORDS - 1) / 2 == pytest.approx(10_000, rel=0.05)


def test_no_two_levels_of_a_comparison_have_one_weight(model: Model) -> None:
    for number, m in enumerate(model.m):
        bits = sorted([0.0, *(model.bits(number, level) for level in range(len(m)))])
        assert min(np.diff(bits)) > 1e-9


def test_without_pairs_the_shipped_weights_stay() -> None:
    of = compared(*KINDS)
    nothing = pd.DataFrame({"random": [False], **{f"gamma_e{one.place}": [-1] for one in of}, "n": [1]})
    model = learnt(nothing, of, set(), (), 10, 1)
    for m, u, one in zip(model.m, model.u, of, strict=True):
        assert m == pytest.approx([level.m / sum(each.m for each in one.levels) for level in one.levels], rel=1e-6)
        assert u == pytest.approx([level.u / sum(each.u for each in one.levels) for level in one.levels], rel=1e-6)


def test_where_names_forbid_it_colleagues_are_learnt_as_related_and_not_as_the_same() -> None:
    of = compared("given", "family", "word")
    same, strange = shares(of, 0.8, 0.05), shares(of, 0.01, 0.95)
    colleagues = [*strange[:2], same[2]]
    candidates = np.vstack(
        [drawn(of, same, 5_000, 1), drawn(of, colleagues, 20_000, 2), drawn(of, strange, 20_000, 4)]
    )
    seen = patterns(of, candidates, drawn(of, strange, 40_000, 3))
    model = learnt(seen, of, set(), (0, 1), RECORDS, 45_000)
    assert model.m[0][-1] < 0.01
    assert model.same < 1.2 * 5_000 / (RECORDS**2 / 2)
    assert model.r[2][0] > 0.5
    assert model.r[0] == pytest.approx(model.u[0])


def test_what_one_has_to_himself_is_not_shared_by_related_records() -> None:
    of = compared("given", "family", "date", "phone", "word", "code")
    assert shareable(of, {2}) == [False, False, False, True, True, True]
    assert shareable(compared("name", "text"), set()) == [False, True]
    # A firm's name stands beside people as something they share.
    assert shareable(compared("given", "name"), set()) == [False, True]


def test_a_model_comes_back_as_it_was_saved(model: Model) -> None:
    assert Model.loaded(model.saved()) == model


@pytest.mark.parametrize("kind", LEVELS)
def test_the_shipped_weights_are_shares_and_fall_with_the_level(kind: Kind) -> None:
    levels = LEVELS[kind]
    assert sum(level.m for level in levels) == pytest.approx(1, abs=0.15)
    assert sum(level.u for level in levels) == pytest.approx(1, abs=0.15)
    assert math.log2(levels[0].m / levels[0].u) > 3
    assert math.log2(levels[-1].m / levels[-1].u) < -1


def test_splink_gets_a_level_for_what_is_missing_and_frequencies(model: Model) -> None:
    told = settings(compared(*KINDS), model)
    assert all(one["comparison_levels"][0]["is_null_level"] for one in told["comparisons"])
    assert told["comparisons"][0]["comparison_levels"][1]["tf_adjustment_column"] == "e0"
    assert told["probability_two_random_records_match"] == model.same
