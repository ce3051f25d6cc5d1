import pytest

from leads import schema
from sources.records import Headers, moment, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), ("", ""), (" a ", " a "), (True, "true"), (False, "false"), (3, "3"),
        ({"b": 1, "a": "ж"}, '{"a":"ж","b":1}'), ([1, None], "[1,null]"),
        ("half \ud800 pair", "half \ufffd pair"), ("whole \U0001f600 pair", "whole \U0001f600 pair"),
    ],
)  # fmt: skip
def test_text(value: object, expected: str | None) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2026-11-22T00:06:45.332538Z", "2026-11-22T00:06:45.332538Z"),
        ("2026-11-22T02:06:45+02:00", "2026-11-22T00:06:45.000000Z"),
        ("yesterday", None), ("", None), (None, None), ("0001-01-01T00:00:00+14:00", None),
    ],
)  # fmt: skip
def test_moment(stated: str | None, expected: str | None) -> None:
    assert moment(stated) == expected


def test_headers_grow_at_the_end_and_expected_ones_are_always_there() -> None:
    headers = Headers(["phone", "email"])
    first = headers.frame([{"name": "A", "email": "a@example.com"}])
    second = headers.frame([{"town": "B"}, {}])
    assert list(first) == ["phone", "email", "name"]
    assert list(second) == ["phone", "email", "name", "town"]
    assert second["town"].tolist()[0] == "B" and second["town"].isna().tolist() == [False, True]
    assert set(second.dtypes) == {schema.TEXT}
