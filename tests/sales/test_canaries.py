"""Canaries: one row that is nobody's in each batch of an owner, and like the others."""

import re

import pandas as pd
import pytest

from leads import schema
from leads.errors import ConfigError
from sales import canaries
from sales.delivery import DELIVERY_ROWS
from sales.owners import Canary, Owner, load_owners

SETTING = Canary(
    names=("Анна Примерова", "Олег Образцов"), domains=("mail.example.com",), phones=("+79000000001",)
)
OWNERS = {
    "a": Owner(name="A", language="ru", languages=("ru",), canary=SETTING),
    "b": Owner(name="B", language="ru", languages=("ru",)),
}


def batch(*rows, owner="a"):
    """name, phone, email and what else is given, one dict a row."""
    plain = dict.fromkeys(DELIVERY_ROWS.columns) | {
        "owner": owner, "reader": "ru", "reason": "Новый контакт — 40 m²", "channels": "e-mail", "next_step": "x",
        "permission": "e-mail: y", "valid_until": "z", "hours": "h", "sources": "s", "rule": "r", "pack": "p",
        "review": "v",
    }  # fmt: skip
    told = [
        {**plain, "contact": f"01a20263-059d-748f-9665-{i:012x}", "evidence": str(i), "name": "Иван Иванов",
         "given_name": "Иван", "family_name": "Иванов", **row} for i, row in enumerate(rows, start=11)
    ]  # fmt: skip
    return pd.DataFrame(told)[list(DELIVERY_ROWS.columns)].astype(schema.TEXT)


def test_it_is_like_the_row_it_is_modelled_on_and_of_nobody():
    rows = batch({"email": "i@example.com", "phone": "+79161230001", "city": "Тверь", "tags": "vip"})
    whole, planted = canaries.plant(rows, OWNERS, set())
    schema.check(DELIVERY_ROWS, whole)
    assert len(whole) == 2 and len(planted) == 1
    [row] = whole[whole["contact"].isin(planted["contact"])].to_dict("records")
    [own] = rows.to_dict("records")
    assert {name for name in row if pd.isna(row[name]) != pd.isna(own[name])} == set(), "filled where the other is"
    differs = {name for name in row if not pd.isna(row[name]) and row[name] != own[name]}
    assert differs == {"contact", "name", "given_name", "family_name", "phone", "email", "reason", "evidence"}
    assert re.fullmatch(r"(anna\.primerova|oleg\.obraztsov)\d{2}@mail\.example\.com", row["email"]), row["email"]
    assert re.fullmatch(r"01a20263-059d-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", row["contact"])
    assert row["phone"] == "+79000000001" and row["reason"] == "Новый контакт"


def test_addresses_and_numbers_are_used_once():
    rows, used = batch({"email": "i@example.com", "phone": "+79161230001"}, {"email": "k@example.com"}), set()
    for turn in range(60):
        _, planted = canaries.plant(rows, OWNERS, used)
        new = {planted["email"].iloc[0]} | set(planted["phone"].dropna())
        assert not new & used, turn
        used |= new
    assert len([one for one in used if "@" in one]) == 60 and "+79000000001" in used


def test_where_it_would_stand_out_there_is_none(caplog):
    for rows in (
        batch({"phone": "+79161230001"}),
        batch({"email": "i@example.com", "messengers": "Telegram: @x"}),
        batch({"email": "i@example.com", "phone": "+79161230001"}),
    ):
        whole, planted = canaries.plant(rows, OWNERS, {"+79000000001"})
        assert whole.equals(rows) and planted.empty
    assert caplog.text.count("owner a: no canary") == 3


def test_only_who_is_to_have_one_has_one_and_an_empty_batch_stays_empty():
    rows = pd.concat([batch({"email": "i@example.com"}), batch({"email": "k@example.com"}, owner="b")])
    whole, planted = canaries.plant(rows.reset_index(drop=True), OWNERS, set())
    assert list(planted["owner"]) == ["a"] and sorted(whole["owner"]) == ["a", "a", "b"]
    nobody, planted = canaries.plant(rows.head(0), OWNERS, set())
    assert nobody.empty and planted.empty


@pytest.mark.parametrize(("line", "why"), [
    ('names = ["Anna"]\ndomains = ["example.com"]', "one word only"), ('names = ["A B"]\ndomains = []', "at least 1"),
    ('names = ["A B"]\ndomains = ["example.com"]\nphones = ["0151 1"]', "match"),
])  # fmt: skip
def test_a_setting_that_cannot_work_is_refused(home, line, why):
    (home / "owners.toml").write_text(
        f'[owners.ab]\nname = "A"\nlanguage = "en"\nlanguages = ["en"]\n[owners.ab.canary]\n{line}\n'
    )
    with pytest.raises(ConfigError, match=why):
        load_owners(home)


def test_a_time_zone_is_one_that_there_is(home):
    (home / "owners.toml").write_text(
        '[owners.ab]\nname = "A"\nlanguage = "en"\nlanguages = ["en"]\ntimezone = "Europe/Budabest"\n'
    )
    with pytest.raises(ConfigError, match="no time zone has this name"):
        load_owners(home)
