"""A registry's file: what is read from it, what it comes to in the store, and what the gate learns of it."""

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from consent import registries
from flows import registry
from leads import schema
from leads.errors import LeadsError, StoreError
from store.engine import reading
from store.registries import copies, snapshots

FIRST, SECOND, THIRD = (f"2026-11-{day}T00:00:00.000000Z" for day in (10, 15, 20))


@pytest.fixture
def listing(tmp_path):
    def write(*lines: str) -> Path:
        file = tmp_path / "list.txt"
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return file

    return write


def points(*pairs):
    types, values = zip(*pairs, strict=True)
    return pd.DataFrame({"type": schema.texts(types), "value": schema.texts(values)})


def on_list(store, at, *pairs):
    with reading(store) as connection:
        found = registries.listed(connection, points(*pairs), at)
        for type_, value in pairs:
            alone = registries.listing(connection, type_, value, at)
            assert alone == list(found.loc[found["value"] == value, "registry"])
    return set(found["value"])


A, B = ("phone", "+442079460000"), ("phone", "+441614960000")


def test_entries_are_read_in_any_spelling_and_what_is_none_is_counted(home, store, listing):
    file = listing("020 7946 0000", "+44 161 496 0000", "(0)20 7946 0000", "Ann.Sample@Example.com", "rubbish", "")
    done = registry.take(store, "gb-tps", file, FIRST, region="GB")
    assert (done.came, done.stayed, done.went, done.unread) == (3, 0, 0, 1)
    mail = ("email", "ann.sample@example.com")
    assert on_list(store, FIRST, A, B, mail) == {A[1], B[1], mail[1]}


def test_an_area_code_behind_a_comma_is_part_of_the_number(home, store, listing):
    registry.take(store, "us-dnc", listing("201,2345678", "2125550100"), FIRST, region="US")
    assert on_list(store, FIRST, ("phone", "+12012345678"), ("phone", "+12125550100")) == {
        "+12012345678",
        "+12125550100",
    }


def test_a_column_of_a_table(home, store, listing):
    file = listing('id,"tel. no.",name', '1,"020 7946 0000",x', "2,,y")
    done = registry.take(store, "gb-tps", file, FIRST, region="GB", column="tel. no.")
    assert (done.came, done.unread) == (1, 0)
    with pytest.raises(LeadsError, match="column 'phone' cannot be read"):
        registry.take(store, "gb-tps", file, SECOND, region="GB", column="phone")


def test_a_copy_replaces_the_one_before_and_the_past_stays_known(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000", "0161 496 0000"), FIRST, region="GB")
    done = registry.take(store, "gb-tps", listing("0161 496 0000"), SECOND, region="GB")
    assert (done.came, done.stayed, done.went) == (0, 1, 1)
    registry.take(store, "gb-tps", listing("020 7946 0000", "0161 496 0000"), THIRD, region="GB")
    assert on_list(store, "2026-11-09T00:00:00.000000Z", A, B) == set()
    assert on_list(store, "2026-11-14T23:00:00.000000Z", A, B) == {A[1], B[1]}
    assert on_list(store, SECOND, A, B) == {B[1]}
    assert on_list(store, THIRD, A, B) == {A[1], B[1]}
    with reading(store) as connection:
        assert snapshots(connection, "2026-11-14T00:00:00.000000Z") == {"gb-tps": FIRST}
        [newest] = copies(connection)
        assert (newest.name, newest.as_of, newest.rows) == ("gb-tps", THIRD, 2)


def test_a_messenger_account_stands_where_its_number_does(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    account = ("messenger", "whatsapp:+442079460000")
    assert on_list(store, FIRST, account, ("messenger", "telegram:ann_sample")) == {account[1]}


def test_registries_do_not_mix(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    registry.take(store, "gb-ctps", listing("0161 496 0000"), FIRST, region="GB")
    with reading(store) as connection:
        assert registries.listing(connection, *A, THIRD) == ["gb-tps"]
        assert registries.listing(connection, *B, THIRD) == ["gb-ctps"]


@pytest.mark.parametrize("as_of", [FIRST, SECOND])
def test_an_older_copy_is_refused(home, store, listing, as_of):
    registry.take(store, "gb-tps", listing("020 7946 0000"), SECOND, region="GB")
    with pytest.raises(LeadsError, match="a copy of 2026-11-15 is there"):
        registry.take(store, "gb-tps", listing("0161 496 0000"), as_of, region="GB")


def test_a_list_without_an_entry_is_refused_for_it_would_free_everybody(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    for file in (listing(""), listing("020 7946 0000")):  # the second: no country says how to read it
        with pytest.raises(LeadsError, match="is a phone or an e-mail"):
            registry.take(store, "gb-tps", file, SECOND)
    assert on_list(store, SECOND, A) == {A[1]}


def test_the_store_keeps_no_number(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    with reading(store) as connection:
        rows = connection.execute(text("SELECT * FROM registry_entry")).all()
        assert "79460000" not in str(rows) + str(connection.execute(text("SELECT * FROM registry_copy")).all())


def test_a_lost_key_is_noticed_before_anybody_is_taken_for_free(home, store, listing, monkeypatch):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    for file in (home / "keys").glob("pepper-*"):
        file.unlink()
    with reading(store) as connection, pytest.raises(StoreError, match="cannot be recognised"):
        registries.listing(connection, *A, THIRD)


def test_a_second_key_recognises_what_the_first_one_hashed(home, store, listing):
    registry.take(store, "gb-tps", listing("020 7946 0000"), FIRST, region="GB")
    (home / "keys" / "pepper-2").write_text("f" * 64)
    assert on_list(store, THIRD, A) == {A[1]}
    registry.take(store, "gb-tps", listing("020 7946 0000"), SECOND, region="GB")
    assert on_list(store, THIRD, A) == {A[1]}
    assert on_list(store, FIRST, A) == {A[1]}
