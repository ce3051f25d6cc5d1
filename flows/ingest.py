"""Pull a source, and take what it brings through every stage into the store.

Tasks pass names and batch ids, never rows; only the network step is tried again.
"""

from collections.abc import Iterator
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.tasks import Task
from sqlalchemy import Engine

from flows import received, reports, stages
from flows.choices import SourceName
from flows.unquoted import unquoted
from leads.errors import LeadsError, SourceUnavailable
from leads.settings import settings
from leads.source import source_names
from store import landing, runs
from store.engine import open_store


async def _is_passing(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only what may go away by itself is tried again: a refused token stays refused."""
    try:
        await state.result(raise_on_failure=True)
    except SourceUnavailable:
        return True
    except Exception:
        return False
    return False


@task(retries=3, retry_delay_seconds=[2, 10, 30], retry_condition_fn=_is_passing, cache_policy=NO_CACHE)
@unquoted
def pull(source: str, run_id: int, file: str = "") -> str:
    """Pull the source and land it; returns the batch's id."""
    engine = open_store(settings().database_url)
    configured = stages.configured(source, file)
    path = received.file_of(configured)
    if path:
        received.note(engine, run_id, path.absolute(), received.digest(path))
    return stages.land(engine, settings(), configured, run_id).batch


@task(cache_policy=NO_CACHE)
@unquoted
def load(source: str, batch: str, file: str = "") -> int:
    """Take every part of the batch that is not in the store yet through the stages; returns the number of parts."""
    engine = open_store(settings().database_url)
    manifest = landing.read_manifest(settings().landing, batch)
    stages.load_parts(engine, settings(), stages.configured(source, file), manifest)
    return len(manifest.parts)


@task(cache_policy=NO_CACHE)
@unquoted
def account(batch: str) -> dict[str, int]:
    """Every row has its fate, or the run fails (P1); the counts go into an artifact."""
    engine = open_store(settings().database_url)
    counted = stages.finish(engine, landing.read_manifest(settings().landing, batch))
    create_markdown_artifact(reports.accounting_markdown(engine, batch), key="accounting")
    create_table_artifact(reports.quality_table(engine), key="quality-per-source")
    return counted


@task(cache_policy=NO_CACHE)
@unquoted
def rehearse(source: str, file: str = "") -> dict[str, int]:
    """Do all of it, and take it back."""
    return stages.rehearse(open_store(settings().database_url), settings(), stages.configured(source, file))


@flow(name="ingest", persist_result=False)
@unquoted
def ingest(source: SourceName, file: str = "", dry_run: bool = False) -> dict[str, dict[str, int]]:
    """Collect leads from one source, or from all of them, into the client store.

    Args:
        source: Which source to pull; `all` takes every configured one in turn.
        file: For a base or an attendee list: a file on the worker's machine; the configured one where this is empty.
        dry_run: Show the accounting, and change nothing.
    """
    names = source_names(settings().config_dir) if source.value == "all" else [source.value]
    return {name: rehearse(name, file) if dry_run else _one(name, file) for name in names}


def _one(source: str, file: str) -> dict[str, int]:
    """One source: first what an interrupted run left landed, then the new pull, unless that was this very file."""
    engine = open_store(settings().database_url)
    run_id = runs.start_run(engine, "ingest", source, flow_run.id)
    try:
        counted: dict[str, int] = {}
        for batch in _batches(engine, source, file, run_id):
            load(source, batch, file)
            for fate, count in account(batch).items():
                counted[fate] = counted.get(fate, 0) + count
    except BaseException as error:
        runs.finish_run(engine, run_id, str(error) if isinstance(error, LeadsError) else type(error).__name__)
        raise
    runs.finish_run(engine, run_id)
    return counted


def _batches(engine: Engine, source: str, file: str, run_id: int) -> Iterator[str]:
    """The batches to load, each landed when the one before it is loaded."""
    dead = received.without_batch(engine, received.interrupted(engine, "ingest", source, besides=run_id))
    left = stages.left_over(engine, settings(), source, dead or run_id)
    yield from left
    path = received.file_of(stages.configured(source, file)) if left else None
    known = received.taken(engine, source, received.digest(path)) if path else None
    if not known or known[1] not in left:
        yield pull(source, run_id, file)
