"""Records of an API as frames of text."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from leads import clock, schema


def text(value: Any) -> str | None:
    """A JSON value as text: as written, `true`/`false`, null as None, anything nested as compact JSON."""
    if value is None or isinstance(value, str):
        # Half of a surrogate pair is legal JSON and no text; Arrow and every database refuse it.
        return value and value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def moment(value: str | None) -> str | None:
    """An ISO 8601 moment in the store's form; None where it is none."""
    try:
        return clock.utc(clock.parse(value)) if value else None
    except (ValueError, OverflowError):
        return None


class Headers:
    """The headers met so far: those the source maps come first, new ones are added at the end.

    An API names a field only where somebody filled it in; a frame without a mapped header would look as if
    the form had lost its question.
    """

    def __init__(self, expected: Iterable[str]) -> None:
        self.names: dict[str, None] = dict.fromkeys(expected)

    def frame(self, records: Sequence[dict[str, str | None]]) -> pd.DataFrame:
        """The records as text columns; a field a record lacks is null."""
        for record in records:
            self.names |= dict.fromkeys(record)
        return pd.DataFrame({name: schema.texts(record.get(name) for record in records) for name in self.names})
