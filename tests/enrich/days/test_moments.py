"""Dates and times as leads state them."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.days.moments import AMBIGUOUS, Moment, read_moment, read_moments
from leads import clock, schema


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-03", "2026-05-03T00:00:00.000000Z"),
        ("2026-05-03T14:10:00+02:00", "2026-05-03T12:10:00.000000Z"),
        ("2026-05-03 14:10:05", "2026-05-03T14:10:05.000000Z"),
        ("03.05.2026", "2026-05-03T00:00:00.000000Z"),
        ("3.5.2026 9:07", "2026-05-03T09:07:00.000000Z"),
        ("03.05.2026 г.", "2026-05-03T00:00:00.000000Z"),
        ("2026. 05. 03.", "2026-05-03T00:00:00.000000Z"),
        ("2026.05.03. 14:10", "2026-05-03T14:10:00.000000Z"),
        ("3 мая 2026 г., 14:10", "2026-05-03T14:10:00.000000Z"),
        ("May 3, 2026 2:10 PM", "2026-05-03T14:10:00.000000Z"),
        ("Sun May 03 2026 14:10:00 GMT+0300 (MSK)", "2026-05-03T11:10:00.000000Z"),
        ("3. Mai 2026 um 14:10 Uhr", "2026-05-03T14:10:00.000000Z"),
        ("13/05/2026", "2026-05-13T00:00:00.000000Z"),
        ("46145.5903", "2026-05-03T14:10:02.000000Z"),
        ("2026-05-03T14:10:05.123456789+00:00", "2026-05-03T14:10:05.123456Z"),
        ("20260503T1410", "2026-05-03T14:10:00.000000Z"),
        ("0001-01-01T00:00:00", None),
        (None, None),
        ("-", None),
    ],
)
def test_a_moment_is_understood(text: str | None, moment: str | None) -> None:
    assert read_moment(text) == Moment(moment)


@pytest.mark.parametrize(
    "text", ["31.02.2026", "вчера", "9999-12-31T23:00:00-14:00", "9" * 5_000, "25.05.2026 24:10"]
)
def test_what_is_not_understood_is_flagged_and_never_guessed(text: str) -> None:
    assert read_moment(text) == Moment(flag="stated_at not understood")


def test_day_and_month_of_unknown_order_are_not_guessed() -> None:
    assert read_moment("03/05/2026") == Moment(flag=AMBIGUOUS)
    assert read_moment("03/05/2026", "ro") == Moment("2026-05-03T00:00:00.000000Z")


@settings(deadline=None, max_examples=50)
@given(st.datetimes(min_value=datetime(1000, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.timezones()))
def test_iso_moments_are_those_of_the_clock(moment: datetime) -> None:
    text = moment.isoformat()
    assert read_moment(text).moment == clock.utc(clock.parse(text))


def test_a_column_is_read_row_by_row() -> None:
    read = read_moments(schema.texts(["03.05.2026", None, "soon"]))
    assert read["moment"].notna().tolist() == [True, False, False]
    assert read["flag"].notna().tolist() == [False, False, True]


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=70) | st.text(alphabet="0123456789.:-+ TZ", max_size=30))
def test_any_text_is_read(text: str) -> None:
    moment = read_moment(text).moment
    assert moment is None or len(moment) == 27
