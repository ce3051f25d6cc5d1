"""Towns and villages by their names: is this one, and in which region?

The table is `data/places.parquet`, made by `places.table.py`; a country's part is read when it is first asked for.
"""

from functools import cache
from pathlib import Path

PLACES = Path(__file__).parents[1] / "data" / "places.parquet"


@cache
def places(country: str) -> dict[str, str | None]:
    """Folded name of every known place of `country` (ISO) -> ISO 3166-2 code of its region, null where the name means
    places of several regions and none of them is the one meant."""
    # Not at the top: the commands that look one contact up never need it.
    import pyarrow.parquet as pq

    found = pq.read_table(PLACES, columns=["key", "region"], filters=[("country", "=", country)])
    return dict(zip(found["key"].to_pylist(), found["region"].to_pylist(), strict=True))
