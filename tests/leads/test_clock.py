from datetime import UTC, datetime, timedelta, timezone

import pytest

from leads.clock import now, parse, utc

EAST = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 22, 9, 14, 3, 120_000, UTC), "2026-11-22T09:14:03.120000Z"),
        (datetime(2026, 11, 22, 9, 14), "2026-11-22T09:14:00.000000Z"),
        (datetime(2026, 11, 22, 2, tzinfo=EAST), "2026-11-21T23:00:00.000000Z"),
        (datetime(26, 1, 2, tzinfo=UTC), "0026-01-02T00:00:00.000000Z"),
    ],
)
def test_every_moment_is_of_one_length_and_comes_back(moment: datetime, text: str) -> None:
    assert utc(moment) == text and len(text) == 27
    assert utc(parse(text)) == text


def test_text_order_is_time_order() -> None:
    assert utc(datetime(999, 1, 1)) < utc(datetime(1000, 1, 1)) < now()
