"""Dates and times as leads state them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.moments import Moment, read_moment, read_moments
from leads import schema


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
        (None, None),
        ("-", None),
    ],
)
def test_a_moment_is_understood(text: str | None, moment: str | None) -> None:
    assert read_moment(text) == Moment(moment)


@pytest.mark.parametrize("text", ["03/05/2026", "31.02.2026", "вчера", "0001-01-01T00:00:00+14:00", "9" * 5_000])
def test_what_is_not_understood_is_flagged_and_never_guessed(text: str) -> None:
    assert read_moment(text) == Moment(flag="stated_at not understood")


def test_a_column_is_read_row_by_row() -> None:
    read = read_moments(schema.texts(["03.05.2026", None, "soon"]))
    assert read["moment"].notna().tolist() == [True, False, False]
    assert read["flag"].notna().tolist() == [False, False, True]


@given(st.text(max_size=70) | st.text(alphabet="0123456789.:-+ TZ", max_size=30))
def test_any_text_is_read(text: str) -> None:
    moment = read_moment(text).moment
    assert moment is None or len(moment) == 27
