"""What every kind of source gives: frames of records as received, and at the end a receipt.

A kind is a module in `sources/` or `spiders/` named like the `kind` of its source files, with

    def pull(source: Source, since: str | None) -> Pull

`since` is the cursor of the receipt of the last loaded batch. Frames have text columns only: the source's own
headers, as it writes them, and these reserved ones, each optional:

| column  | meaning |
| ------- | --- |
| `@key`  | the provider's own id of the record |
| `@time` | when the person acted (form sent, ticket ordered), in the store's UTC form |
| `@uri`  | page, request or `file#sheet` the record came from, without a personal value in it |
| `@note` | why the row is no record: `blank`, `header`, `totals`, `test order`, … |
| `@reason` | why the row was quarantined before, in a file that `leads rejects` wrote; not part of the record |
"""

from collections.abc import Generator
from dataclasses import dataclass

import pandas as pd

KEY, TIME, URI, NOTE, REASON = "@key", "@time", "@uri", "@note", "@reason"
RESERVED = (KEY, TIME, URI, NOTE, REASON)


@dataclass(frozen=True)
class Receipt:
    """What the source said about the pull as a whole: its own count, and where the next pull begins."""

    declared: int | None = None
    cursor: str | None = None


Pull = Generator[pd.DataFrame, None, Receipt]
