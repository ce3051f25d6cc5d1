import hashlib

import pandas as pd

from dedupe.candidates.keys import match_keys
from leads import schema


def points(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["type", "value"]).astype(schema.TEXT)


def test_a_key_is_the_lower_half_of_md5() -> None:
    """Spelt out, so that neither a library nor a release of ours can change it: stores hold these numbers."""
    found = match_keys(points(("phone", "+491510001"), ("email", "ü@example.com"), ("phone", "+491510001")))
    expected = {}
    for type_, value in (("phone", "+491510001"), ("email", "ü@example.com")):
        half = hashlib.md5(f"{type_}\0{value}".encode(), usedforsecurity=False).digest()[8:]
        expected[value] = int.from_bytes(half, "little", signed=True)
    assert dict(zip(found["value"], found["key"], strict=True)) == expected
    assert found["key"].is_monotonic_increasing
    assert found["key"].dtype == schema.INT


def test_keys_fill_the_signed_range() -> None:
    found = match_keys(points(*(("phone", f"+{i}") for i in range(200))))
    assert found["key"].is_unique
    assert 60 < int((found["key"] < 0).sum()) < 140
    assert match_keys(points()).empty
