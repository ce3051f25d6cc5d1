"""Matching on Spark beside DuckDB: the base of `switchboards.py`, one model, clusters compared record by record.

    python bench/on_spark.py [PEOPLE] [MASTER]

Needs pyspark and Java (`make test-spark` installs the first into .venv-spark; run this with its python), and says so
where they are not there. The figures are of this machine; nothing here passes or fails.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from switchboards import scores, write_base

from dedupe import matching, on_spark
from dedupe.engine import SparkTables
from enrich.tables import table
from flows import evidence
from flows.bulk import session
from leads import schema
from leads.errors import ConfigError


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    master = sys.argv[2] if len(sys.argv) > 2 else "local[2]"
    try:
        session.needed()
    except ConfigError as error:
        print(f"Not measured: {error}")
        return
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), people, master)


def compare(folder: Path, people: int, master: str) -> None:
    truth = write_base(folder / "base.csv", people)
    records, compared = evidence.read(pd.read_csv(folder / "base.csv", dtype=schema.TEXT), "ru", {})
    mailboxes = frozenset(table("role_mailboxes")["words"])
    model = matching.match(records, compared, mailboxes=mailboxes).model
    started = time.perf_counter()
    ours = matching.match(records, compared, mailboxes=mailboxes, model=model)
    print(f"{len(truth):,} records, {ours.candidates.pairs:,} pairs compared, the model given")
    told("DuckDB", started, peak("self"))
    records.assign(id=range(1, len(records) + 1)).to_parquet(folder / "records.parquet")
    started = time.perf_counter()
    with session.opened(master) as spark:
        told("Spark's start", started, "")
        started = time.perf_counter()
        tables = SparkTables(spark, str(folder / "tables"))
        read = spark.read.parquet(str(folder / "records.parquet"))
        found = on_spark.match(tables, read, compared, mailboxes=mailboxes, model=model)
        theirs = schema.arrow(found.clusters.orderBy("id").toArrow())
        told(f"Spark, {master}", started, f"Java {peak(java(spark))}")
    differ = {name: int((ours.clusters[name].fillna(nothing) != theirs[name].fillna(nothing)).sum())
              for name, nothing in (("cluster", -1), ("score", -1.0), ("reason", ""))}  # fmt: skip
    precision, recall, _ = scores(theirs["cluster"], ours.clusters["cluster"])
    print(f"records that differ: {differ}; Spark's pairs against DuckDB's: precision {precision}, recall {recall}")


def told(label: str, started: float, memory: str) -> None:
    print(f"{label:<18} {time.perf_counter() - started:8.1f} s  {memory}")


def java(spark: Any) -> str:
    return str(spark.sparkContext._gateway.proc.pid)


def peak(process: str) -> str:
    """The most memory that a process had, where the system says it."""
    if process == "self":
        return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB"
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next(
        (f"{int(line.split()[1]) / 2**20:.1f} GB" for line in lines if line.startswith("VmHWM")), "unknown"
    )


if __name__ == "__main__":
    main()
