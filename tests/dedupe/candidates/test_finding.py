"""Match keys: who is worth comparing with whom, and who is not."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dedupe.candidates import finding
from dedupe.scoring.comparisons import LEVELS
from leads import schema


def readings(*rows: dict[str, Any]) -> pd.DataFrame:
    """READINGS of people `l0`, `l1` …"""
    names = schema.READINGS.columns
    cells = [{"lead_id": f"l{i:03d}", "kind": "person", **row} for i, row in enumerate(rows)]
    return pd.DataFrame({name: schema.texts(cell.get(name) for cell in cells) for name in names})


def met(*rows: dict[str, Any]) -> set[tuple[str, str]]:
    found = finding.pairs(finding.keys(readings(*rows)), finding.nothing_held()).pairs
    return set(found[["lead_id", "other_lead_id"]].itertuples(index=False, name=None))


ANN = {"family": "smith", "given": "ann"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phone": "+49151"}, {"phone": "+49151"}),
        ({"phone": "+49151\n+49152"}, {"phone": "+49153\n+49152"}),
        ({"email": "a@example.com"}, {"email": "a@example.com"}),
        ({"profile": "telegram:ann"}, {"profile": "telegram:ann"}),
        ({"registrations": "DE-HRB:1|RU-INN:2"}, {"registrations": "RU-INN:2"}),
        ({**ANN, "city": "bonn"}, {"family": "ann", "given": "smith", "city": "bonn"}),
        ({**ANN, "father": "john"}, {**ANN, "father": "john"}),
        ({"family": "smith", "birthday": "19800102"}, {"family": "smythe", "birthday": "19800102"}),
        ({"given": "ann", "birthday": "19800102"}, {"given": "anne", "birthday": "19800102"}),
        ({"family": "smith", "company": "apex"}, {"family": "smithe", "company": "apexx"}),
        ({"given": "ann", "company": "apex"}, {"given": "ann", "company": "apex"}),
        ({"family": "smith", "domain": "apex.example"}, {"family": "smithe", "domain": "apex.example"}),
        ({"family": "smith", "phone": "+493012345678"}, {"family": "smith", "phone": "+492212345678"}),
        ({"family": "smith", "email": "ann7@example.com"}, {"family": "smithe", "email": "ann7@example.org"}),
    ],
)  # fmt: skip
def test_these_are_worth_comparing(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert met(one, other) == {("l000", "l001")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        (ANN, ANN),  # a name alone
        ({"family": "s", "given": "ann", "city": "bonn"}, {"family": "s", "given": "ann", "city": "bonn"}),
        ({**ANN, "city": "bonn"}, {**ANN, "city": "ulm"}),
        ({"phone": "+491", "kind": "organisation", "company": "apex"}, {"company": "apex", "family": "smith"}),
    ],
)
def test_these_are_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert met(one, other) == set()


def test_a_value_that_too_many_have_finds_nobody_and_is_told() -> None:
    found = finding.pairs(finding.keys(readings(*[{"phone": "+49151"}] * 51)), finding.nothing_held())
    assert found.pairs.empty and found.wide == {"+49151"}
    assert not finding.pairs(finding.keys(readings(*[{"phone": "+49151"}] * 50)), finding.nothing_held()).wide


def test_what_the_store_holds_counts_as_well() -> None:
    own = finding.keys(readings({"phone": "+49151"}, {"phone": "+49152"}))
    numbers = own["key"].to_list()
    held = pd.DataFrame({"key": [numbers[0]] * 50 + [numbers[1]] * 3, "lead": range(1, 54)}).astype(schema.INT)
    found = finding.pairs(own, held)
    with_few, value = own.loc[own["key"] == numbers[1], ["lead_id", "value"]].iloc[0]
    assert found.pairs[["lead_id", "lead"]].to_numpy().tolist() == [[with_few, lead] for lead in (51, 52, 53)]
    assert found.values.to_numpy().tolist() == [[value, lead] for lead in (51, 52, 53)]
    kept = finding.kept(own, held)
    assert kept["key"].tolist() == sorted(numbers), "one more of the wide key, to know that it is wide"
    held = pd.concat([held, pd.DataFrame({"key": [numbers[0]], "lead": [99]}).astype(schema.INT)])
    assert finding.kept(own, held)["key"].tolist() == [numbers[1]]


def test_of_a_crowd_a_lead_is_compared_with_so_many_and_that_is_told() -> None:
    many = readings(*[{"phone": "+49151", "email": f"a{i}@example.com"} for i in range(45)])
    found = finding.pairs(finding.keys(many), finding.nothing_held())
    assert found.crowded == 4  # the first ones have more than 40 behind them
    assert found.pairs.groupby("lead_id").size().max() == finding.MOST


def test_keys_are_the_same_in_every_release() -> None:
    assert finding.keys(readings({"phone": "+49151"}))["key"].tolist() == [1276823445661112997]


JON = {"family": "beispiel", "given": "jon", "root": "jonathan"}


@pytest.mark.parametrize(
    ("own", "known", "kept"),
    [
        ({"father": "ivan"}, {"father": "petr"}, 0),
        ({"father": "ivan"}, {"father": "iwan"}, 1),  # a slip
        ({"father": "ivan"}, {"father": "i"}, 1),
        ({"father": "ivan"}, {}, 1),
        ({}, {"father": "petr"}, 1),
        ({"father": "ivan", "phone": "+49151"}, {"father": "petr"}, 1),  # a phone of theirs: somebody looks at it
        ({}, {"family": "zufall"}, 0),
        ({}, {"family": "z"}, 1),
        ({}, {"family": None}, 1),
        ({}, {"family": "jon", "given": "beispiel"}, 1),  # swapped
        ({}, {"given": "xaver", "root": None}, 0),
        ({}, {"given": "tanny", "root": "jonathan\nanton"}, 1),  # a pet name
        ({}, {"family": "beisbiel"}, 1),
    ],
)
def test_those_whose_names_are_unlike_are_not_compared(
    own: dict[str, Any], known: dict[str, Any], kept: int
) -> None:
    same = {"birthday": "19800102", "company": "muster", "city": "bonn"}
    here, there = readings({**JON, **same, **own}), readings({**JON, **same, **known, "phone": own.get("phone")})
    keys = finding.keys(here)
    held = keys[["key"]].assign(lead=pd.array([7] * len(keys), dtype=schema.INT))
    found = finding.pairs(keys, held)
    assert len(found.pairs) == 1
    left = finding.without_strangers(found, here, there.assign(lead=pd.array([7], dtype=schema.INT)))
    assert (len(left.pairs), len(left.leads)) == (kept, kept)
    both = pd.concat([here, there.assign(lead_id=schema.texts(["other"]))], ignore_index=True)
    among = replace(found, pairs=found.pairs.assign(
        lead=pd.array([None], dtype=schema.INT), other_lead_id=schema.texts(["other"])))  # fmt: skip
    assert len(finding.without_strangers(among, both, there.head(0).assign(lead=7)).pairs) == kept


@pytest.mark.parametrize("name", ["family", "given", "patronymic"])
def test_unlike_names_are_those_of_the_last_level_of_the_comparison(name: str) -> None:
    """Candidates are found before they are scored: the limit stands in both places, and must be one."""
    *others, nearly, last = LEVELS[name]
    alike = nearly.sql.format(x="name").replace("name_l", "one").replace("name_r", "other")
    assert last.sql == "ELSE"
    assert finding.UNLIKE.format("one", "other").endswith(alike.replace(">=", "<"))
    looser = {"equal", "pet name", "swapped", "nearly equal", "initial", "alike"}
    assert {level.name for level in others} <= looser, "what else is alike must not be left out"
