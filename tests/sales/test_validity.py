"""Until when and in which hours a permission holds, as a salesperson reads it."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import hours
from leads import schema
from leads.clock import parse, utc
from sales import validity
from sales.headings import Words
from sales.owners import Owner

WINTER, END = "2026-11-22T09:00:00.000000Z", "2026-12-22T10:30:00.000000Z"
FRENCH = "Mon-Fri 10:00-13:00,14:00-20:00"
OWNERS = {
    "away": Owner(name="Away", language="en", languages=("en",)),
    "moscow": Owner(name="Moscow", language="en", languages=("en",), timezone="Europe/Moscow"),
    "paris": Owner(name="Paris", language="en", languages=("en",), timezone="Europe/Paris"),
}


def said(owner="away", reader="en", valid_until=END, open_=FRENCH, zones="Europe/Paris", at=WINTER):
    row = dict(zip(validity.ASKED, (owner, reader, valid_until, open_, zones), strict=True))
    frame = pd.DataFrame([row]).astype(schema.TEXT)
    found = validity.words(pd.concat([frame, frame]), OWNERS, at)
    assert len(found) == 1, "each once"
    return tuple(found.loc[0, ["until", "when"]])


def test_the_end_is_said_on_the_readers_clock_or_in_utc():
    assert said()[0] == "2026-12-22 10:30 UTC"
    assert said("moscow")[0] == "2026-12-22 13:30, your time"
    assert said("moscow", valid_until="")[0] == "until they say no"


def test_hours_of_one_zone_are_theirs_and_on_another_clock_also_ours():
    theirs = "Mon–Fri 10:00–13:00, 14:00–20:00 on their clock (Europe/Paris)"
    assert said()[1] == said("paris")[1] == theirs
    assert said("moscow")[1] == f"{theirs}; on your clock: Mon–Fri 12:00–15:00, 16:00–22:00"


def test_hours_of_several_zones_are_those_that_all_have_open():
    zones = "Asia/Vladivostok|Europe/Kaliningrad|Europe/Moscow"
    open_ = "Mon-Sun 09:00-21:00"
    told = "Mon–Sun 09:00–21:00 in every time zone they may be in (3) at once"
    assert said("moscow", open_=open_, zones=zones)[1] == f"{told}; on your clock: Mon–Sun 10:00–14:00"
    assert said(open_=open_, zones=zones)[1] == f"{told}; in UTC: Mon–Sun 07:00–11:00"


def test_a_night_shift_of_the_other_side_begins_on_the_day_before():
    said_ = said("paris", open_="Mon 08:00-10:00", zones="Pacific/Auckland")[1]
    assert said_.endswith("on your clock: Sun 20:00–22:00")


def test_a_change_of_clocks_and_days_off_are_told_if_the_permission_lives_to_see_them():
    spring = "2027-06-01T00:00:00.000000Z"
    assert "until the clocks change on 2027-03-28" in said("moscow", valid_until=spring)[1]
    assert "clocks" not in said("moscow")[1]
    off = f"{FRENCH}, not 12-25 01-01 easter+1"
    assert said(open_=off, valid_until=spring)[1].endswith("; not on 2026-12-25, 2027-01-01, 2027-03-29")
    assert "not on" not in said(open_=off)[1]


def test_without_hours_any_will_do():
    assert said(open_="", zones="")[1] == "at any hour"


@pytest.mark.parametrize("reader", list(Words.model_fields))
def test_every_reader_is_told(reader):
    until, when = said("moscow", reader=reader)
    assert "2026-12-22 13:30" in until and "10:00–13:00" in when and "{" not in until + when
    assert reader == "en" or "Mon" not in when


ZONES = ["Europe/Paris", "Europe/Moscow", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "America/Lima"]
DAYS = st.lists(st.integers(0, 48), min_size=2, max_size=4, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(st.lists(DAYS, min_size=7, max_size=7), st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
       st.sampled_from(ZONES), st.integers(0, 7 * 48 - 1))  # fmt: skip
def test_what_is_open_on_our_clock_is_open_on_theirs(days, zones, mine, half_hour):
    week = hours.Week(
        tuple(tuple((a * 30, b * 30) for a, b in zip(d[::2], d[1::2], strict=False) if a < b) for d in days)
    )
    at = parse(WINTER)
    moved = hours.common(tuple(validity._moved(week, ahead) for ahead in validity._ahead(zones, mine, at)))
    moment = utc(at.replace(hour=0) + pd.Timedelta(minutes=30 * half_hour).to_pytimedelta())
    assert hours.is_open(moved, [mine], moment) == hours.is_open(week, zones, moment)
    assert hours.read(hours.written(week)) == week or not hours.written(week)
