"""What a kept model says of pairs: as Splink would, with what stands against them, and in words."""

import math
import random
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from dedupe.evidence import terms
from dedupe.evidence.kinds import prepared
from dedupe.evidence.readings import EVIDENCE, rated
from dedupe.scoring import likeness, models, scores
from dedupe.scoring.comparisons import comparisons
from leads import schema

GIVEN, FAMILY, CITIES = ("ann", "anne", "bob", "robert"), ("smith", "smithe", "jones", "meier"), ("bonn", "ulm")
ANN = {"given": "ann", "family": "smith"}


def readings(*rows: dict[str, Any], kind: str = "person") -> pd.DataFrame:
    cells = [{"lead_id": f"l{i:03d}", "kind": kind, **row} for i, row in enumerate(rows)]
    return pd.DataFrame({name: schema.texts(cell.get(name) for cell in cells) for name in schema.READINGS.columns})


def all_pairs(of: pd.DataFrame) -> pd.DataFrame:
    ids = of["lead_id"].to_list()
    pairs = [(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]]
    return pd.DataFrame(pairs, columns=["lead_id", "other_lead_id"], dtype=schema.TEXT)


def weighed(*rows: dict[str, Any], kind: str = "person", offices: tuple[str, ...] = ()) -> likeness.Weighed:
    of = readings(*rows, kind=kind)
    stated = terms.terms(of)
    shares = terms.shares(stated, terms.counts(stated), terms.counts(stated).head(0), kind)
    model = models.shipped(kind).among(0)
    return likeness.weigh(of, all_pairs(of), kind, model, shares, offices, -math.inf)


def somebody(chance: random.Random) -> dict[str, Any]:
    stated = {
        "given": chance.choice(GIVEN), "family": chance.choice(FAMILY), "city": chance.choice(CITIES),
        "birthday": f"19{chance.randrange(80, 83)}0102", "company": chance.choice(("apex tools", "apex", "rose garden")),
        "phone": f"+49151{chance.randrange(5):07d}", "email": f"a{chance.randrange(9)}@example.com",
    }  # fmt: skip
    return {name: value for name, value in stated.items() if chance.random() < 0.8}


def test_it_says_what_splink_says() -> None:
    chance = random.Random(3)
    of = readings(*[somebody(chance) for _ in range(40)])
    evidence = EVIDENCE["person"]
    compared, model = comparisons(evidence), models.shipped("person").model
    own = [of[one.column].dropna().value_counts(normalize=True) for one in rated("person")]
    shares = pd.concat(
        [pd.DataFrame({"name": one.column, "value": schema.texts(counts.index), "share": counts.to_numpy()})
         for one, counts in zip(rated("person"), own, strict=True)], ignore_index=True,
    )  # fmt: skip
    with duckdb.connect() as duck:
        duck.register("given", prepared(of, evidence))
        duck.execute("""CREATE TABLE records AS SELECT *, NULL::VARCHAR[] AS e8_c, NULL::VARCHAR[] AS e9_c,
                        NULL::VARCHAR[] AS e10_c FROM given""")
        duck.execute(
            "CREATE TABLE pairs AS SELECT a.id AS l, b.id AS r FROM records a JOIN records b ON a.id < b.id"
        )
        scores.score(duck, compared, model)
        scores.pieces(duck, compared, model, shares)
        theirs = duck.sql("SELECT * FROM scored ORDER BY l, r").df()
        ours = duck.sql("SELECT * FROM weighed ORDER BY l, r").df()
    bits, kin = (np.nansum(ours[[f"{s}{i}" for i in range(len(evidence))]].to_numpy(float), axis=1) for s in "bq")
    odds = tuple(math.log2(part / (1 - part)) for part in (model.same, model.related))
    assert likeness.weight(bits, kin, odds) == pytest.approx(theirs["weight"].to_numpy())  # type: ignore[arg-type]
    for one in compared:
        assert (ours[f"gamma_e{one.place}"] == theirs[f"gamma_e{one.place}"]).all()


def test_names_that_differ_are_two_people() -> None:
    found = weighed({**ANN, "phone": "+49151"}, {"given": "bob", "family": "smith", "phone": "+49151"})
    assert found.pairs["vetoed"].tolist() == [True]


@pytest.mark.parametrize(
    ("one", "other", "barred"),
    [
        ({"birthday": "19800102"}, {"birthday": "19800103"}, True),
        ({"birthday": "19800102"}, {"birthday": "19800102"}, False),
        ({"birthday": "19800102"}, {}, False),
        ({"given": "maria", "root": "maria"}, {"given": "marina", "root": "marina"}, True),
        ({"given": "dima", "root": "dmitri\nvadim"}, {"given": "mitia", "root": "dmitri"}, False),
        ({"gender": "female"}, {"gender": "male"}, True),
        ({"registrations": "RU-INN:1"}, {"registrations": "RU-INN:2"}, True),
        ({"registrations": "RU-INN:1"}, {"registrations": "RU-INN:1|RU-INN:2"}, False),
        ({"registrations": "RU-INN:1"}, {"registrations": "RU-KPP:2"}, False),
    ],
)
def test_strong_identifiers_that_differ_are_for_a_person(one: Any, other: Any, barred: bool) -> None:
    assert weighed({**ANN, **one}, {**ANN, **other}).pairs["barred"].tolist() == [barred]


def test_branches_of_one_organisation_are_not_duplicates() -> None:
    firm = {"company": "apex", "phone": "+49301", "email": "info@apex.example"}
    found = weighed({**firm, "registrations": "RU-INN:1|RU-KPP:2"}, {**firm, "registrations": "RU-INN:1|RU-KPP:3"},
                    kind="organisation")  # fmt: skip
    assert found.pairs["barred"].tolist() == [True]


@pytest.mark.parametrize("name", [{"family": "smith"}, {"given": "ann"}, {"family": "smith", "given": "a"}, {}])
def test_who_states_no_full_name_is_told(name: dict[str, str]) -> None:
    assert weighed({**ANN, "phone": "+49151"}, {**name, "phone": "+49151"}).pairs["partial"].tolist() == [True]


def test_an_office_phone_speaks_for_the_firm() -> None:
    both = [{**ANN, "phone": "+49301"}, {"family": "smithe", "given": "ann", "phone": "+49301"}]
    assert weighed(*both).weight[0] > weighed(*both, offices=("+49301",)).weight[0] + 5


def test_a_missing_value_is_no_evidence_and_the_words_name_each_piece_with_its_bits() -> None:
    found = weighed({**ANN, "city": "bonn"}, ANN)
    assert np.isnan(found.bits).sum() == len(EVIDENCE["person"]) - 2
    [said] = found.pairs["said"]
    assert said.startswith("surname equal +") and "given name equal +" in said and "city" not in said
    assert "smith" not in said


def test_nobody_is_known_by_a_common_name_in_a_large_city() -> None:
    """Two namesakes in one city: one person where both are rare, two where many have the name."""
    rare = [{"given": "zoltana", "family": "feketeszarvas", "city": "kisfalu"}] * 2
    common = [{"given": "ivan", "family": "ivanov", "city": "moskva"}] * 2
    others = [{"given": "ivan" if i % 20 == 0 else f"g{i % 300}", "family": "ivanov" if i % 33 == 0 else f"family{i}",
               "city": "moskva" if i % 3 == 0 else f"city{i}"} for i in range(3_000)]  # fmt: skip
    of = readings(*rare, *common, *others)
    stated = terms.terms(of)
    shares = terms.shares(stated, terms.counts(stated), terms.counts(stated).head(0), "person")
    some = all_pairs(of.iloc[:4])
    found = likeness.weigh(of, some, "person", models.shipped("person").among(0), shares, (), -math.inf)
    weight = dict(zip(found.pairs[["lead_id", "other_lead_id"]].itertuples(index=False, name=None), found.weight,
                      strict=True))  # fmt: skip
    assert weight["l000", "l001"] > 3.0 > -1.0 > weight["l002", "l003"]
