"""A source through all stages on Spark: landed here, normalised and matched by the workers, loaded part by part."""

import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from dedupe import on_spark
from dedupe.engine import SparkTables
from dedupe.scoring.weights import Model
from enrich.tables import table
from flows import stages
from flows.bulk import session
from flows.bulk.loaded import load_parts, write_together
from flows.bulk.normalised import normalised
from flows.bulk.people import EVIDENCE
from leads import schema
from leads.errors import ConfigError, LeadsError, SourceError
from leads.settings import Settings
from leads.source import Source
from store import landing, runs
from store.engine import open_store
from store.landing import Manifest

log = logging.getLogger("leads")


@dataclass(frozen=True)
class People:
    """Who is who in a batch: `matched`, a frame of Spark's (id, no, lead_id, cluster, score, reason), and by what."""

    matched: Any
    model: Model | None
    candidates: int


def bulk_load(place: Settings, source: Source, *, master: str, model: Model | None = None) -> dict[str, int]:
    """Pull a source, and take it through every stage into the store, PostgreSQL; returns its accounting (P1).

    A batch that an interrupted run left is loaded first. Raises ConfigError where Spark cannot run or the store is not
    PostgreSQL, SourceError for a source that cannot be read.
    """
    store = open_store(place.database_url)
    if store.dialect.name != "postgresql":
        raise ConfigError("workers load side by side into PostgreSQL alone", where="LEADS_STORE_URL",
                          do="Use postgresql://, or leads ingest")  # fmt: skip
    session.needed()
    # The model has weighed all of the batch; a second one would join beside it, part by part.
    place = place.model_copy(update={"likeness": False})
    run = runs.start_run(store, "bulk", source.name, None)
    try:
        counted: Counter[str] = Counter()
        for batch in stages.left_over(store, place, source.name, run):
            counted.update(_load(place, source, landing.read_manifest(place.landing, batch), master, model))
        counted.update(_load(place, source, stages.land(store, place, source, run), master, model))
    except BaseException as error:
        runs.finish_run(store, run, str(error) if isinstance(error, LeadsError) else type(error).__name__)
        raise
    runs.finish_run(store, run)
    return dict(counted)


def bulk_match(
    place: Settings, source: Source, to: Path, *, master: str, model: Model | None = None
) -> dict[str, int]:
    """Write the normalised leads of a source as Parquet to `to`/leads, each with `cluster_id` (the lead's id that its
    cluster goes by), `match_score` and `match_reason`, and the model to `to`/model.json. Nothing goes into the store.
    """
    if to.exists():
        raise LeadsError("is there already", where=str(to), do="Choose another --out")
    with _working_folder(place) as work, session.opened(master) as spark:
        there = place.model_copy(update={"landing_url": f"{work}/landing"})
        pull = stages.begin_pull(source, None)
        manifest = landing.land(there.landing, source.name, pull, part_rows=place.chunk_rows)
        if not manifest.records:
            raise SourceError("holds no records", where=source.title, do="Check that this is the right file")
        leads, found = _matched(spark, there, source, manifest, work, model)
        leads.createOrReplaceTempView("leads")
        found.matched.createOrReplaceTempView("found")
        spark.sql(
            f"""SELECT {", ".join(f"l.{name}" for name in schema.LEADS.columns)}, l.points,
                       coalesce(h.lead_id, l.lead_id) AS cluster_id, f.score AS match_score, f.reason AS match_reason
                FROM leads l LEFT JOIN found f ON f.lead_id = l.lead_id AND f.no = l.no
                LEFT JOIN found h ON h.id = f.cluster"""
        ).write.parquet(f"{to}/leads")
        if found.model:
            (to / "model.json").write_text(found.model.saved(), encoding="utf-8")
        clusters = spark.read.parquet(f"{to}/leads").select("cluster_id").distinct().count()
        return {
            "rows": manifest.rows,
            "leads": leads.count(),
            "clusters": clusters,
            "candidates": found.candidates,
        }


def _load(place: Settings, source: Source, manifest: Manifest, master: str, model: Model | None) -> dict[str, int]:
    if not manifest.records:
        store = open_store(place.database_url)
        stages.load_parts(store, place, source, manifest)
        return stages.finish(store, manifest)
    with _working_folder(place) as work, session.opened(master) as spark:
        _, found = _matched(spark, place, source, manifest, work, model)
        write_together(found.matched, f"{work}/together")
        name = hashlib.sha256(found.model.saved().encode()).hexdigest()[:8] if found.model else "none"
        return load_parts(spark, place, source, manifest, work, name)


def _matched(
    spark: Any, place: Settings, source: Source, manifest: Manifest, work: str, model: Model | None
) -> tuple[Any, People]:
    """The leads of a batch as `normalised` gives them, kept by part in `work`/leads, and who is who among them."""
    normalised(spark, place, source, manifest).write.partitionBy("no").parquet(f"{work}/leads")
    leads = spark.read.parquet(f"{work}/leads")
    log.info("%s: %d leads normalised", source.name, leads.count())
    tables = SparkTables(spark, f"{work}/tables")
    people = _numbered(tables, leads)
    found = on_spark.match(
        tables, people, EVIDENCE, mailboxes=frozenset(table("role_mailboxes")["words"]), model=model
    )
    log.info("%s: %d pairs compared", source.name, found.candidates.pairs)
    ids = people.select("id", "no", "lead_id")
    return leads, People(ids.join(found.clusters, "id"), found.model, found.candidates.pairs)


def _numbered(tables: SparkTables, leads: Any) -> Any:
    """The compared leads with an `id` from 1, in the order of their rows."""
    leads.createOrReplaceTempView("leads")
    frame = tables.spark.sql(
        """WITH few AS (SELECT * FROM leads WHERE compared),
                before AS (SELECT no, sum(n) OVER (ORDER BY no) - n AS n
                           FROM (SELECT no, count(*) AS n FROM few GROUP BY no))
           SELECT f.*, b.n + row_number() OVER (PARTITION BY f.no ORDER BY f.row, f.part) AS id
           FROM few f JOIN before b ON b.no = f.no"""
    )
    tables.keep("people", frame)
    return tables.table("people")


@contextmanager
def _working_folder(place: Settings) -> Iterator[str]:
    """A folder for what stands between the stages, under the home; personal, so nothing of it stays.

    One run at a time: what a killed one left is removed by the next.
    """
    place.home.mkdir(parents=True, exist_ok=True)
    folder = place.home / "bulk"
    with FileLock(f"{folder}.lock"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield str(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
