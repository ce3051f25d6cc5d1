from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import schema
from leads.errors import ConfigError, LeadsError
from leads.settings import SHIPPED_CONFIG
from sales.owners import Owner, assign, load_owners

MOMENT = "2026-05-01T00:00:00.000000Z"
few = settings(max_examples=40, deadline=None)


def cards(*people: tuple[str, str | None, str | None]) -> pd.DataFrame:
    """contact, language, country"""
    rows = [
        {
            "contact": contact, "language": language, "country": country, "kind": "person", "sources": "base",
            "source_kinds": "purchased_base", "source_regions": "RU", "audience": "consumer", "first_seen": MOMENT, "last_seen": MOMENT,
        }
        for contact, language, country in people
    ]  # fmt: skip
    return pd.DataFrame({c: schema.texts(row.get(c) for row in rows) for c in schema.CARDS.columns})


def held(*pairs: tuple[str, str]) -> pd.DataFrame:
    """ASSIGNMENTS of contact, owner"""
    rows = [(contact, owner, "anyone") for contact, owner in pairs]
    return pd.DataFrame(rows, columns=["contact", "owner", "why"]).astype(schema.TEXT)


def owner(**stated: Any) -> Owner:
    return Owner(**{"name": "Team", "language": "ru", "languages": ("ru",), "countries": ("RU",), **stated})


def owners_of(assigned: pd.DataFrame) -> dict[str, tuple[str, str]]:
    return {contact: (who, why) for contact, who, why in assigned.itertuples(index=False, name=None)}


def test_language_and_country_come_before_language_before_anyone() -> None:
    owners = {
        "moscow": owner(),
        "budapest": owner(languages=("hu", "en"), countries=("HU",)),
        "cluj": owner(languages=("ro", "hu"), countries=("RO",)),
    }
    people = [("c1", "hu", "HU"), ("c2", "hu", "RO"), ("c3", "ru", "KZ"), ("c4", "ro", "RO")]
    assert owners_of(assign(cards(*people), owners, held())) == {
        "c1": ("budapest", "language and country"),
        "c2": ("cluj", "language and country"),
        "c3": ("moscow", "language"),
        "c4": ("cluj", "language and country"),
    }
    strangers = assign(cards(("c1", "zh", "CN"), ("c2", None, "RU"), ("c3", "fr", None)), owners, held())
    assert set(strangers["why"]) == {"anyone"}
    assert set(strangers["owner"]) == set(owners)


def test_contacts_of_an_active_owner_stay_and_those_of_others_move() -> None:
    owners = {"old": owner(active=False), "new": owner(), "other": owner()}
    people = [(f"c{i}", "ru", "RU") for i in range(4)]
    assigned = assign(cards(*people), owners, held(("c0", "new"), ("c1", "old"), ("c2", "gone")))
    assert set(assigned["contact"]) == {"c1", "c2", "c3"}
    assert set(assigned["owner"]) == {"new", "other"}


def test_nobody_waiting_is_an_empty_frame() -> None:
    assigned = assign(cards(("c1", "ru", "RU")), {"a": owner()}, held(("c1", "a")))
    assert assigned.empty
    schema.check(schema.ASSIGNMENTS, assigned)


def test_a_newcomer_catches_up_without_being_given_everything() -> None:
    owners = {"old": owner(), "new": owner()}
    busy = held(*[(f"x{i}", "old") for i in range(500)])
    assigned = assign(cards(*[(f"c{i:03}", "ru", "RU") for i in range(100)]), owners, busy)
    assert Counter(assigned["owner"]) == {"new": 75, "old": 25}


def test_the_less_loaded_gets_the_next() -> None:
    owners = {"a": owner(), "b": owner(), "c": owner()}
    busy = held(("x1", "a"), ("x2", "c"))
    assert assign(cards(("c1", "ru", "RU")), owners, busy)["owner"].tolist() == ["b"]


def test_an_owner_bound_to_segments_gets_only_those() -> None:
    owners = {"wholesale": owner(segments=("wholesale",)), "retail": owner(segments=("retail",))}
    inside = pd.DataFrame({"segment": ["wholesale", "retail"], "contact": ["c1", "c2"]}).astype(schema.TEXT)
    assigned = assign(cards(("c1", "ru", "RU"), ("c2", "ru", "RU")), owners, held(), inside)
    assert assigned["owner"].tolist() == ["wholesale", "retail"]
    nowhere = assign(cards(("c9", "ru", "RU")), owners, held(), inside)
    assert len(nowhere) == 1, "a contact no owner is bound to is still given to somebody"
    with pytest.raises(LeadsError, match="segments"):
        assign(cards(("c1", "ru", "RU")), owners, held())


def test_no_active_owner_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no owner is active"):
        assign(cards(("c1", "ru", "RU")), {"a": owner(active=False)}, held())


TEAMS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 12)), min_size=1, max_size=6)


@few
@given(teams=TEAMS, count=st.integers(1, 120))
def test_within_a_group_loads_differ_by_at_most_one_per_capacity(teams: list[tuple[int, int]], count: int) -> None:
    owners = {f"t{i}": owner(capacity=capacity) for i, (capacity, _) in enumerate(teams)}
    busy = held(*[(f"x{i}.{n}", f"t{i}") for i, (_, load) in enumerate(teams) for n in range(load)])
    dealt = Counter(assign(cards(*[(f"c{n:03}", "ru", "RU") for n in range(count)]), owners, busy)["owner"])
    assert dealt.total() == count
    total = sum(capacity for capacity, _ in teams)
    for i, (capacity, load) in enumerate(teams):
        for j, (other_capacity, other_load) in enumerate(teams):
            at_limit = 2 * total * (dealt[f"t{j}"] + 1) > 3 * count * other_capacity
            if dealt[f"t{i}"] and not at_limit:
                before_last = Fraction(load + dealt[f"t{i}"] - 1, capacity)
                assert before_last <= Fraction(other_load + dealt[f"t{j}"], other_capacity)


@few
@given(capacities=st.lists(st.integers(1, 5), min_size=2, max_size=6), count=st.integers(1, 120))
def test_from_an_even_start_everybody_gets_the_fair_share(capacities: list[int], count: int) -> None:
    owners = {f"t{i}": owner(capacity=capacity) for i, capacity in enumerate(capacities)}
    dealt = Counter(assign(cards(*[(f"c{n:03}", "ru", "RU") for n in range(count)]), owners, held())["owner"])
    levels = [Fraction(dealt[f"t{i}"], capacity) for i, capacity in enumerate(capacities)]
    assert max(levels) - min(levels) <= Fraction(1, min(capacities))


PEOPLE = st.lists(
    st.tuples(st.sampled_from(["ru", "hu", "ro", "en", None]), st.sampled_from(["RU", "HU", "RO", None])),
    min_size=1,
    max_size=40,
)


@few
@given(people=PEOPLE, order=st.randoms(use_true_random=False), away=st.sets(st.sampled_from("abc"), max_size=2))
def test_order_of_rows_does_not_matter_and_the_inactive_get_nothing(
    people: list[tuple[str | None, str | None]], order: Any, away: set[str]
) -> None:
    owners = {
        "a": owner(languages=("ru", "en"), active="a" not in away),
        "b": owner(languages=("hu", "en"), countries=("HU",), capacity=2, active="b" not in away),
        "c": owner(languages=("ro", "hu"), countries=("RO", "HU"), active="c" not in away),
    }
    named = [(f"c{i:02}", *person) for i, person in enumerate(people)]
    assigned = assign(cards(*named), owners, held())
    assert assigned["contact"].tolist() == [contact for contact, _, _ in named]
    assert not away & set(assigned["owner"])
    order.shuffle(named)
    shuffled = dict(order.sample(sorted(owners.items()), k=len(owners)))
    pd.testing.assert_frame_equal(assign(cards(*named), shuffled, held()), assigned)


def test_the_shipped_owners_share_the_four_countries() -> None:
    owners = load_owners(SHIPPED_CONFIG)
    people = [("c1", "ru", "RU"), ("c2", "hu", "HU"), ("c3", "ro", "RO"), ("c4", "sr", "BA"), ("c5", "de", "DE")]
    assigned = owners_of(assign(cards(*people), owners, held()))
    assert [who for who, _ in assigned.values()] == [
        "team_moscow", "team_budapest", "team_cluj", "team_sarajevo", "team_budapest",
    ]  # fmt: skip
    assert {why for _, why in assigned.values()} == {"language and country"}


OWNER = "[owners.a1]\nname = 'A'\nlanguage = 'ru'\nlanguages = ['ru']\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (OWNER + "phone = 'x'", "owners.a1.phone"),
        (OWNER + "capacity = 0", "owners.a1.capacity"),
        (OWNER + "countries = ['Russia']", "owners.a1.countries.0"),
        (OWNER + "email = 'nobody'", "owners.a1.email"),
        (OWNER + "segments = ['no_such']", "owners.a1.segments"),
        (OWNER.replace("['ru']", "[]"), "owners.a1.languages"),
        (OWNER.replace("'ru'\n", "'xx'\n"), "owners.a1.language"),
        (OWNER.replace("a1", "'a/b'"), "owners.a/b"),
        ("", "owners"),
    ],
)
def test_what_is_not_understood_is_an_error_naming_the_key(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "owners.toml").write_text(text, encoding="utf-8")
    (tmp_path / "segments.toml").write_text("[segments.all]\ntitle = { en = 'All' }\nwhere = {}")
    with pytest.raises(ConfigError, match=r"owners\.toml: key") as error:
        load_owners(tmp_path)
    assert f"key '{key}" in str(error.value)
