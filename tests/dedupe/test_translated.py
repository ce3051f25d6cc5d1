import pytest

pytest.importorskip("sqlglot")

from dedupe.evidence.kinds import Evidence
from dedupe.scoring.comparisons import comparisons
from dedupe.scoring.settings import settings
from dedupe.scoring.weights import Model
from dedupe.translated import parsed, spoken, translated


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT len(ids), length(name) FROM x", "SELECT ARRAY_SIZE(ids), LENGTH(name) FROM x"),
        (
            "SELECT list(v ORDER BY v) FILTER (v > 1) AS some FROM x",
            "SELECT NULLIF(ARRAY_SORT(COLLECT_LIST(v) FILTER(WHERE v > 1)), ARRAY()) AS some FROM x",
        ),
        ("SELECT phones[1] FROM x", "SELECT phones[0] FROM x"),
        ("SELECT hash(a, b) FROM x", "SELECT (XXHASH64(a, b) & 9223372036854775807) FROM x"),
        ("SELECT a // 2, 2 ** b FROM x", "SELECT a DIV 2, POWER(2, b) FROM x"),
        ("SELECT id, unnest(ids) AS r FROM x", "SELECT id, EXPLODE(ids) AS r FROM x"),
    ],
)
def test_it_means_the_same(ours: str, theirs: str) -> None:
    assert spoken(parsed(ours)) == theirs


def test_lists_stand_in_the_place_of_marks() -> None:
    said = spoken(parsed("SELECT list_contains(?, a), list_contains(?, b) FROM x", [["it's"], [1, 2]]))
    assert said == "SELECT ARRAY_CONTAINS(ARRAY('it\\'s'), a), ARRAY_CONTAINS(ARRAY(1, 2), b) FROM x"
    named = "SELECT a IN (SELECT unnest($some)) OR b IN (SELECT unnest($none)) FROM x"
    assert spoken(parsed(named, {"some": ["s"], "none": []})) == (
        "SELECT ARRAY_CONTAINS(ARRAY('s'), a) OR FALSE FROM x"
    )


def test_settings_stay_as_they_are_for_duckdb() -> None:
    of = comparisons([Evidence("given", "given"), Evidence("family", "family")])
    m, u = ([[getattr(level, side) for level in one.levels] for one in of] for side in "mu")
    ours = settings(of, Model(m, u, u, same=0.01, related=0.01))
    before = repr(ours)
    conditions = [
        level["sql_condition"] for one in translated(ours)["comparisons"] for level in one["comparison_levels"]
    ]
    assert repr(ours) == before
    assert any("DUCKDB_JARO_WINKLER" in condition for condition in conditions)
    assert not any("jaro_winkler_similarity" in condition for condition in conditions)
