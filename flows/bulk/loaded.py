"""Normalised and matched parts into the store, each by the worker that has it, as any load takes them.

What must know the store (suppressions, earlier versions, exact keys, the no of a person) is asked in the loader's turn,
so parts are written one after the other, in whatever order workers come; what comes before runs side by side.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from flows import ahead, records, stages
from flows.bulk.normalised import COLUMNS, frames
from flows.contacts import deriving
from leads import schema
from leads.sets import query
from leads.settings import Settings
from leads.source import Source
from store import landing, load, queries, runs
from store.bulk import stage
from store.engine import open_store, reading
from store.landing import Manifest

TOGETHER = pa.schema({"cluster": pa.int64(), "lead_id": pa.string(), "reason": pa.string(), "here": pa.bool_()})


def write_together(matched: Any, to: str) -> None:
    """Who is one with whom, as Parquet by part: of the clusters of several leads those of the part (`here`), and of
    every other part its first one.

    `matched` is a frame of Spark's with lead_id, no, id, cluster and reason.
    """
    matched.createOrReplaceTempView("matched_leads")
    found = matched.sparkSession.sql(
        """WITH several AS (SELECT m.* FROM matched_leads m JOIN (SELECT cluster FROM matched_leads GROUP BY cluster
                            HAVING count(*) > 1) c ON c.cluster = m.cluster),
                firsts AS (SELECT cluster, no, min_by(lead_id, id) AS lead_id FROM several GROUP BY cluster, no)
           SELECT no, cluster, lead_id, reason, true AS here FROM several
           UNION ALL
           SELECT a.no, a.cluster, b.lead_id, NULL, false
           FROM firsts a JOIN firsts b ON a.cluster = b.cluster AND a.no <> b.no"""
    )
    found.write.partitionBy("no").parquet(to)


def load_parts(
    spark: Any, place: Settings, source: Source, manifest: Manifest, prepared: str, model: str
) -> dict[str, int]:
    """Have the workers load the parts of a batch that are not in the store yet; returns the accounting (P1).

    `prepared` has `leads` and `together` by part; `model` is named in the match decisions.
    """
    store = open_store(place.database_url)
    batch_id, _ = runs.batch_ids(store, manifest.batch)
    with reading(store) as connection:
        left = [no for no in range(len(manifest.parts)) if not load.is_loaded(connection, batch_id, no)]
    if left:
        work = partial(_load, place, source, manifest, prepared, model)
        numbers = spark.createDataFrame([(no,) for no in left], "no long").repartition(len(left), "no")
        numbers.mapInPandas(work, "no long").collect()
    return stages.finish(store, manifest)


def _load(
    place: Settings, source: Source, manifest: Manifest, prepared: str, model: str, numbers: Iterable[pd.DataFrame]
) -> Iterator[pd.DataFrame]:
    store = open_store(place.database_url)
    batch_id, source_id = runs.batch_ids(store, manifest.batch)
    for some in numbers:
        for no in map(int, some["no"]):
            part = _frames(place, source, manifest, prepared, no)
            together = schema.arrow(_read(f"{prepared}/together", no, TOGETHER))
            with deriving(store, aside=False) as derive:
                stages.load_part(
                    store,
                    source,
                    manifest,
                    part,
                    no,
                    batch_id,
                    source_id,
                    derive,
                    further=partial(edges, together, model),
                )
        yield some
    store.dispose()


def _frames(place: Settings, source: Source, manifest: Manifest, prepared: str, no: int) -> ahead.Frames:
    landed = landing.read_part(place.landing, manifest, no)
    stated = records.stated(place, source, manifest, landed)
    wanted = pa.schema([COLUMNS.field(name) for name in ("points", *schema.LEADS.columns)])
    leads, points = frames(_read(f"{prepared}/leads", no, wanted))
    return ahead.read(place, source, manifest, landed, stated, leads, points)


def _read(folder: str, no: int, columns: pa.Schema) -> pa.Table:
    """One part of what Spark wrote by part; it writes nothing for a part that has no rows."""
    files = sorted(Path(folder, f"no={no}").glob("*.parquet"))
    tables = [pq.read_table(file, partitioning=None, columns=columns.names).cast(columns) for file in files]
    return pa.concat_tables(tables or [columns.empty_table()])


def edges(together: pd.DataFrame, model: str, connection: Connection, leads: pd.DataFrame) -> pd.DataFrame:
    """The edges that the clusters say: each lead of the part with the first of its cluster here, and that with the
    contacts that leads of the cluster are in the store already.

    Contacts that a person decided about are left out: there the exact keys alone count, under the decisions.
    """
    held = _held(connection, together)
    return query(
        """WITH placed AS (SELECT cluster, lead_id, reason,
                                  row_number() OVER (PARTITION BY cluster ORDER BY row, part) AS n
                           FROM together JOIN leads USING (lead_id) WHERE here),
           first AS (SELECT * FROM placed WHERE n = 1),
           joined AS (SELECT p.lead_id, f.lead_id AS other_lead_id, 'l:' || f.lead_id AS hub, p.reason AS because
                      FROM placed p JOIN first f USING (cluster) WHERE p.n > 1
                      UNION ALL
                      SELECT f.lead_id, min(h.lead_id), 'c:' || h.contact, f.reason
                      FROM first f JOIN together t USING (cluster) JOIN held h ON h.lead_id = t.lead_id
                      GROUP BY f.lead_id, h.contact, f.reason)
           SELECT 'l:' || lead_id AS member, hub, lead_id, other_lead_id, 'same' AS verdict, ? AS rule, because
           FROM joined ORDER BY ALL""",
        [f"model {model}"], together=together, leads=leads[["lead_id", "row", "part"]], held=held,
    )  # fmt: skip


def _held(connection: Connection, together: pd.DataFrame) -> pd.DataFrame:
    """lead_id and contact of those leads that are in the store, without contacts that a person decided about."""
    stage(connection, "together", together[["lead_id"]].drop_duplicates())
    held = queries.frame(
        connection,
        """SELECT l.public_id, c.public_id FROM together t JOIN lead l ON l.public_id = t.lead_id
           JOIN contact c ON c.id = l.contact_id ORDER BY l.public_id""",
        {"lead_id": schema.TEXT, "contact": schema.TEXT},
    )
    touched = queries.decided_about(connection, held[["contact"]].drop_duplicates())
    return held[~held["contact"].isin(touched["contact"])]
