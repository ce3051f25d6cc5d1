"""Landed parts normalised on Spark: each part goes through the stages of any load, one part for one worker."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from enrich.normalise import normalise
from enrich.quality import unusable
from flows import records
from flows.bulk.people import EVIDENCE, people
from leads import schema
from leads.sets import query
from leads.settings import Settings
from leads.source import Source
from store import landing
from store.landing import Manifest

POINT = {name: column.dtype.type.pyarrow_dtype for name, column in schema.POINTS.columns.items()}
# What people are compared by, and LEADS has under no such name.
OWN = [name for name in ("root", *(one.column for one in EVIDENCE)) if name not in schema.LEADS.columns]
COLUMNS = pa.schema(
    {
        "no": pa.int64(),
        **{name: column.dtype.type.pyarrow_dtype for name, column in schema.LEADS.columns.items()},
        "points": pa.list_(pa.struct(POINT)),
        "compared": pa.bool_(),
        **{name: pa.string() for name in OWN},
    }
)


def normalised(spark: Any, place: Settings, source: Source, manifest: Manifest) -> Any:
    """A frame of Spark's with a row for each lead of a landed batch: the part's `no`, LEADS, its `points` (POINTS as a
    list), whether it is `compared` (a person with a usable point), and the columns of `people.EVIDENCE`.

    The landing must be where the workers reach it.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    parts = len(manifest.parts)
    numbers = spark.range(0, parts, 1, max(parts, 1))
    return numbers.mapInArrow(partial(_parts, place, source, manifest), from_arrow_schema(COLUMNS))


def _parts(
    place: Settings, source: Source, manifest: Manifest, numbers: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for some in numbers:
        for no in some["id"].to_pylist():
            landed = landing.read_part(place.landing, manifest, no)
            stated = records.stated(place, source, manifest, landed)
            read = _read(no, *normalise(stated, region=source.region, language=source.language))
            # mapInPandas would do the same, but pyspark 4.3 goes through lists value by value, and fails at pandas' NA.
            yield from pa.Table.from_pandas(read, COLUMNS, preserve_index=False).to_batches()


def _read(no: int, leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    usable = leads[~leads["lead_id"].isin(unusable(leads, points)["lead_id"])].drop_duplicates("lead_id")
    own = query(
        f"""SELECT lead_id, list(struct_pack({", ".join(POINT)}) ORDER BY place) AS points
            FROM points GROUP BY lead_id""",
        points=points.assign(place=range(len(points))),
    )
    found = query(
        f"""SELECT {no} AS no, l.*, p.points, {", ".join(f"w.{name}" for name in OWN)},
                   w.lead_id IS NOT NULL AND row_number() OVER (PARTITION BY l.lead_id ORDER BY row, part) = 1
                     AS compared
            FROM leads l LEFT JOIN points p USING (lead_id) LEFT JOIN people w USING (lead_id) ORDER BY row, part""",
        leads=leads, points=own, people=people(usable, points),
    )  # fmt: skip
    return found[COLUMNS.names]


def frames(leads: pa.Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """LEADS and POINTS of one part as `normalised` gave them."""
    ordered = leads.sort_by([("row", "ascending"), ("part", "ascending")])
    stated = schema.arrow(ordered.select(list(schema.LEADS.columns)))
    listed = ordered["points"].combine_chunks().flatten()
    points = schema.arrow(pa.Table.from_struct_array(listed).cast(pa.schema(POINT)))
    again = points.duplicated(["lead_id", "type", "slot"]).to_numpy()
    return schema.check(schema.LEADS, stated), schema.check(schema.POINTS, points[~again].reset_index(drop=True))
