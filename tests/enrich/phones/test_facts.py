"""Networks and time zones."""

import pandas as pd
import phonenumbers
import pytest
from phonenumbers import carrier, timezone

from enrich.phones.facts import carriers, time_zones
from leads import schema

VALUES = (
    "+79161234567",
    "+79161234567",
    None,
    "+74232123456",
    "+12125550134",
    "+80012345678",
    "no number",
    "+36301234567",
)


def column(values: tuple[str | None, ...] = VALUES) -> pd.Series:
    return schema.texts(values).set_axis(range(10, 10 + len(values)))


def test_carriers_are_those_of_phonenumbers() -> None:
    found = carriers(column())
    known = [
        (carrier.name_for_number(phonenumbers.parse(value), "en") or None) if value and value[0] == "+" else None
        for value in VALUES
    ]
    assert found.astype(object).where(found.notna(), None).tolist() == known
    assert found[17] == "Magyar Telekom"
    assert found[[10, 12, 15, 16]].isna().all()
    assert found.dtype == schema.TEXT


def test_names_of_carriers_may_be_in_another_language() -> None:
    assert carriers(column(("+380501234567",)), "uk").tolist() == [
        carrier.name_for_number(phonenumbers.parse("+380501234567"), "uk")
    ]


def test_time_zones_are_a_set() -> None:
    found = time_zones(column())
    assert found.index.tolist() == list(range(10, 18))
    assert found[13] == "Asia/Vladivostok"
    assert set(found[10].split("|")) == set(timezone.time_zones_for_number(phonenumbers.parse(VALUES[0])))
    assert found[14] == "America/New_York"
    assert found[[12, 16]].isna().all()


@pytest.mark.parametrize("read", [carriers, time_zones])
def test_nothing_asked_is_nothing_known(read) -> None:  # type: ignore[no-untyped-def]
    assert read(schema.texts([])).empty
