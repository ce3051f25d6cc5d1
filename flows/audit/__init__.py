"""What a base is worth: it goes through the import as a rehearsal, and its figures are taken before that is undone."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError

from flows import stages
from flows.audit import consents, figures, patterns, verdict
from flows.audit.collected import Collected
from flows.audit.offer import Column, offered
from leads import schema
from leads.settings import Settings, reload
from leads.source import Source
from store import queries, runs
from store.engine import open_store, reading, rehearsing
from store.landing import Manifest
from store.migrate import migrate

__all__ = ["Audit", "Column", "audit", "offered"]

# Each row of the batch and where it ended; whether the lead is this batch's own, and whether its contact has leads
# of other batches: those were there before, for everything else of the rehearsal is this batch.
ENDED = """
    SELECT f.row, f.part, f.fate, f.reason, f.record_key, f.lead_id, l.contact_id, l.batch_id = b.id,
           EXISTS (SELECT 1 FROM lead o WHERE o.contact_id = l.contact_id AND o.batch_id <> b.id)
    FROM batch b JOIN fate f ON f.batch_id = b.id LEFT JOIN lead l ON l.public_id = f.lead_id
    WHERE b.public_id = :batch ORDER BY f.row, f.part"""
FATES = {
    "row": schema.INT, "part": schema.INT, "fate": schema.TEXT, "reason": schema.TEXT, "record_key": schema.TEXT,
    "lead_id": schema.TEXT, "contact_id": schema.INT, "own": schema.BOOL, "known": schema.BOOL,
}  # fmt: skip


@dataclass(frozen=True)
class Audit:
    """`figures`: what is printed, written as JSON and drawn (see `flows.audit.figures`). `fates`: FATE of every row."""

    figures: dict[str, Any]
    fates: pd.DataFrame


def audit(place: Settings, source: Source, columns: list[Column]) -> Audit:
    """Rehearse the import of `source` (as `offered` made it from a file) and say what it is worth.

    The store is left as it was; where there is none yet, a throw-away one takes its part. Raises what the import
    would raise, and nothing of the file's assertions: a sample has fewer rows than the base.
    """
    source = source.model_copy(update={"assertions": source.assertions.model_copy(update={"min": 0, "max": None})})
    with tempfile.TemporaryDirectory(prefix="leads-audit-") as folder, _store(place, Path(folder)) as engine:
        elsewhere = place.model_copy(update={"landing_url": f"{folder}/landing"})
        with closing(Collected(Path(folder), source)) as base:
            manifest, fates = _rehearsed(engine, elsewhere, source, base)
            found = _figures(base, manifest, columns)
    return Audit(found, fates[list(schema.FATE.columns)])


def _rehearsed(engine: Engine, place: Settings, source: Source, base: Collected) -> tuple[Manifest, pd.DataFrame]:
    """All stages of the import, their frames and outcome collected in `base`, and then taken back."""
    with rehearsing(engine) as store:
        manifest = stages.land(store, place, source, runs.start_run(store, "audit", source.name, None))
        stages.load_parts(store, place, source, manifest, base.add)
        stages.finish(store, manifest)
        with reading(store) as connection:
            fates = queries.frame(connection, ENDED, FATES, batch=manifest.batch)
    base.end(fates)
    return manifest, fates


def _figures(base: Collected, manifest: Manifest, columns: list[Column]) -> dict[str, Any]:
    found = figures.figures(base, manifest, columns)
    found["consent"] = consents.consents(base)
    found["patterns"] = patterns.patterns(base)
    found["price"] = verdict.price(found, base.source)
    return found | verdict.judge(found, base.source)


@contextmanager
def _store(place: Settings, folder: Path) -> Iterator[Engine]:
    """The client store; an empty one in `folder` where nobody has made it yet."""
    missing = _is_missing(place.database_url)
    engine = open_store(f"sqlite:///{folder / 'store.db'}" if missing else place.database_url)
    try:
        if missing:
            migrate(engine)
            with _throw_away_keys():
                yield engine
        else:
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _throw_away_keys() -> Iterator[None]:
    """A throw-away store has throw-away keys: in the environment, where processes beside this one find them too."""
    before = {name: os.environ.get(name) for name in ("LEADS_PEPPER", "LEADS_MASTER")}
    os.environ.update({name: f"9999:{secrets.token_hex(32)}" for name in before})
    reload()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        reload()


def _is_missing(url: str) -> bool:
    """Is there no file of this SQLite store? To open it would make one."""
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        return False  # open_store says what is wrong with it
    return target.get_backend_name() == "sqlite" and not Path(target.database or "").is_file()
