"""Who is joined by exact keys, and contradicts: kept apart, with whoever says the same, and a person is asked."""

import pandas as pd
import pytest

from dedupe.deciding.contradicting import FIELDS, SHOWN, parted
from leads import schema

EDGES = ["member", "hub", *schema.LINKS.columns]
Stated = dict[str, str]


def people(**stated: Stated) -> pd.DataFrame:
    rows = [{"name": name.replace("_", ":"), **facts} for name, facts in stated.items()]
    return pd.DataFrame({
        name: schema.texts(row.get(name) for row in rows) for name in ("name", "given_key", *FIELDS)
    })  # fmt: skip


def edges(*pairs: str, rule: str = "phone and name") -> pd.DataFrame:
    rows = [(one, hub, one[2:], hub[2:], "same", rule, None) for one, hub in (pair.split() for pair in pairs)]
    cells = zip(*rows, strict=True)
    return pd.DataFrame({name: schema.texts(cell) for name, cell in zip(EDGES, cells, strict=True)})


def kept(found: pd.DataFrame) -> list[str]:
    return [f"{one} {hub}" for one, hub in found[["member", "hub"]].itertuples(index=False, name=None)]


def born(day: str) -> Stated:
    return {"birthday": day}


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (born("1980-01-02"), born("1980-01-02"), True),
        (born("1980-01-02"), born("1981-01-02"), False),
        (born("1980-01-02"), born("--01-02"), True),
        (born("1980-01-02"), born("--01-03"), False),
        (born("1980-01-02"), {}, True),
        ({"gender": "f"}, {"gender": "m"}, False),
        ({"gender": "f", "given_key": "ann"}, {"gender": "m", "given_key": "ann"}, False),
        ({"gender": "f", "given_key": "ann"}, {"gender": "m", "given_key": "james"}, True),  # names turned round
        ({"registrations": "inn:1|kpp:2"}, {"registrations": "inn:1|kpp:3"}, False),  # two branches
        ({"registrations": "inn:1|inn:2"}, {"registrations": "inn:2"}, True),
        ({"registrations": "inn:1"}, {"registrations": "ogrn:2"}, True),
    ],
)
def test_two(one: Stated, other: Stated, together: bool) -> None:
    held, asked = parted(edges("l:a c:k"), people(l_a=one, c_k=other))
    assert kept(held) == (["l:a c:k"] if together else [])
    told = asked[["lead_id", "other_lead_id", "verdict", "rule"]].to_numpy().tolist()
    assert told == ([] if together else [["a", "k", "unsure", "phone, contradicting"]])


def test_no_third_one_brings_them_together() -> None:
    """Contact k says one birthday and n another: a new lead that says none goes with the first of them."""
    held, asked = parted(edges("l:a c:k", "l:a c:n"), people(c_k=born("1980-01-02"), c_n=born("1990-01-02")))
    assert kept(held) == ["l:a c:k"]
    assert asked["other_lead_id"].to_list() == ["n"]


def test_who_says_the_same_is_one() -> None:
    said = {"l_b": born("1990-01-02"), "l_c": born("1990-01-02"), "l_d": born("1970-01-02")}
    held, asked = parted(edges("l:b l:a", "l:c l:a", "l:d l:a"), people(l_a=born("1980-01-02"), **said))
    assert kept(held) == ["l:c l:b"]
    assert sorted(asked["lead_id"]) == ["b", "c", "d"]


def test_a_record_that_was_corrected_stays_one() -> None:
    by_record = edges("l:a c:k", rule="same record")
    held, asked = parted(by_record, people(l_a=born("1980-01-02"), c_k=born("1990-01-02")))
    assert kept(held) == ["l:a c:k"] and asked.empty


def test_what_contradicts_nobody_is_left_as_it_is() -> None:
    plain = edges("l:a c:k", "l:b l:a")
    held, asked = parted(plain, people(c_k={"gender": "f"}))
    pd.testing.assert_frame_equal(held, plain)
    assert asked.empty


def test_of_many_a_person_is_shown_a_few() -> None:
    many = [f"l:a c:k{number}" for number in range(40)]
    said = {f"c_k{number}": born(f"19{number + 10}-01-02") for number in range(40)}
    held, asked = parted(edges(*many), people(l_a=born("1980-06-02"), **said))
    assert held.empty and len(asked) == SHOWN
