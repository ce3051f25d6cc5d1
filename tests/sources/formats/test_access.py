"""A whole Access database is not here (no library writes one, and none small could be had freely): damaged ones are."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.errors import SourceError


@pytest.mark.parametrize("mark", [b"Standard ACE DB", b"Standard Jet DB"])
@pytest.mark.parametrize("rest", [b"", b"\0" * 50_000, b"\x02\x01" * 20_000, bytes(range(256)) * 100])
def test_a_damaged_database_is_refused(cells: Callable[..., Any], mark: bytes, rest: bytes) -> None:
    with pytest.raises(SourceError, match="it is damaged or protected by a password"):
        cells(b"\0\1\0\0" + mark + b"\0\1" + rest)
