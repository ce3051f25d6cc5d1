"""A file or a text with people's data that a command gives to somebody: on record, and registered for erasure."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from flows import received
from leads import clock, schema
from store import handed
from store.engine import Store, writing
from store.handed import Taken


def note(
    store: Store, taken: Taken, path: Path | None, reference: str,
    people: Iterable[tuple[str, int | None]] = (), *, count: int | None = None, by: str = "",
) -> None:  # fmt: skip
    """Enter what was taken out: `people` as (contact, its row as a spreadsheet numbers it; None: the whole), or only
    how many (`count`) where they are no contacts.

    A file at `path` gets its name and digest here, and is registered under `reference`, by which erasure finds it.
    """
    listed = pd.DataFrame([(who, handed.WHOLE, row) for who, row in people], columns=["contact", "sheet", "row"])
    rows = listed.astype({"contact": schema.TEXT, "sheet": schema.TEXT, "row": schema.INT})
    if path:
        taken = taken._replace(file=path.name, sha256=received.digest(path))
    with writing(store) as connection:
        handed.record(connection, taken, rows, clock.now(), count=count, by=by)
    if path:
        received.register(store, taken.kind, reference, path.absolute(), str(taken.sha256))
