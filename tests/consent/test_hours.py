"""Hours: what a week says, laid over others, and asked in several zones, also on the nights when clocks change."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.hours import ALWAYS, common, easter, is_open, opens, week, written
from leads.clock import parse, utc

OFFICE = week("Mon-Fri 10:00-13:00,14:00-20:00")
DAILY = week("Mon-Sun 08:00-21:00")


def at(text):
    return f"{text}:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 10:00-13:00,14:00-20:00",
        "Mon-Sat 09:00-21:00; Sun 12:00-21:00",
        "Wed 00:00-24:00",
        "Mon 09:00-10:00; Wed-Fri 09:00-10:00",
    ],
)
def test_hours_are_written_as_they_are_read(text):
    assert written(week(text)) == text


def test_holidays_are_written_behind():
    assert written(week("Mon-Fri 10:00-20:00", ("05-01", "easter+1"))) == "Mon-Fri 10:00-20:00, not 05-01 easter+1"


@pytest.mark.parametrize(
    "text",
    [
        "9-20",
        "Mon-Fri 9:00-20:00",
        "Mon-Fri 20:00-09:00",
        "Mon 09:00-12:00,11:00-13:00",
        "Mo 09:00-12:00",
        "Mon 09:00-24:30",
        "",
    ],
)
def test_what_is_not_written_so_is_refused(text):
    with pytest.raises(ValueError, match=r"hours are|a window|windows of a day"):
        week(text)


def test_a_holiday_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no holiday"):
        week("Mon 09:00-12:00", ("first of May",))


def test_laid_over_each_other_the_shorter_stays():
    texas, federal = week("Mon-Sat 09:00-21:00; Sun 12:00-21:00"), week("Mon-Sun 08:00-20:00", ("12-25",))
    assert written(common((texas, federal))) == "Mon-Sat 09:00-20:00; Sun 12:00-20:00, not 12-25"
    assert common(()) == ALWAYS
    assert written(common((week("Mon 09:00-10:00"), week("Tue 09:00-10:00")))) == ""


def test_easter_and_the_days_that_hang_on_it():
    """The dates of the almanac: Easter Sunday of 1961, 2008, 2024, 2027 and 2038."""
    days = {1961: (4, 2), 2008: (3, 23), 2024: (3, 31), 2027: (3, 28), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in days} == days
    monday = week("Mon-Sun 08:00-21:00", ("easter+1",))
    assert not is_open(monday, ["Europe/Paris"], at("2027-03-29T10:00"))
    assert is_open(monday, ["Europe/Paris"], at("2027-03-30T10:00"))
    assert date(2027, 3, 29).weekday() == 0


@pytest.mark.parametrize(
    ("moment", "zone", "open_"),
    [
        # In Paris the clocks went from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25.
        ("2026-03-28T07:00", "Europe/Paris", True),
        ("2026-03-29T06:00", "Europe/Paris", True),
        ("2026-03-29T05:59", "Europe/Paris", False),
        ("2026-10-24T06:00", "Europe/Paris", True),
        ("2026-10-25T06:00", "Europe/Paris", False),
        ("2026-10-25T07:00", "Europe/Paris", True),
        # Lord Howe Island moves by half an hour (2026-04-05 and 2026-10-04); Kathmandu is 5:45 ahead, all year.
        ("2026-04-03T21:00", "Australia/Lord_Howe", True),
        ("2026-04-05T21:29", "Australia/Lord_Howe", False),
        ("2026-04-05T21:30", "Australia/Lord_Howe", True),
        ("2026-10-03T21:30", "Australia/Lord_Howe", True),
        ("2026-07-01T02:14", "Asia/Kathmandu", False),
        ("2026-07-01T02:15", "Asia/Kathmandu", True),
    ],
)
def test_the_clock_on_the_wall_counts(moment, zone, open_):
    assert is_open(DAILY, [zone], at(moment)) is open_


def test_open_means_open_in_every_zone():
    coasts = ("America/Los_Angeles", "America/New_York")
    assert not is_open(DAILY, coasts, at("2026-11-23T15:59"))
    assert is_open(DAILY, coasts, at("2026-11-23T16:00"))
    assert not is_open(DAILY, coasts, at("2026-11-24T02:00"))
    assert not is_open(DAILY, (), at("2026-11-23T16:00"))


def test_when_it_opens_next():
    paris = ("Europe/Paris",)
    assert opens(OFFICE, paris, at("2026-11-23T12:30")) == at("2026-11-23T13:00")
    assert opens(OFFICE, paris, at("2026-11-23T13:30")) == at("2026-11-23T13:30")
    assert opens(OFFICE, paris, at("2026-11-20T19:00")) == at("2026-11-23T09:00")
    assert opens(OFFICE, ("Pacific/Guam", "Europe/Paris", "America/Los_Angeles"), at("2026-11-23T12:00")) is None
    assert opens(week("Mon 10:00-11:00", ("11-23",)), paris, at("2026-11-21T12:00")) == at("2026-11-30T09:00")


ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Asia/Kamchatka",
    "Pacific/Apia",
]
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31)).map(utc)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    moments,
    st.sampled_from([OFFICE, DAILY]),
)
def test_the_next_opening_is_open_and_the_first(zones, moment, hours):
    first = opens(hours, tuple(zones), moment)
    if first is None:
        return
    assert is_open(hours, zones, first)
    quarter = parse(moment).replace(minute=0, second=0, microsecond=0)
    while (quarter := quarter + timedelta(minutes=15)) < parse(first):
        assert utc(quarter) <= moment or not is_open(hours, zones, utc(quarter))
