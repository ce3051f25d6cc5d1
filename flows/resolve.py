"""Compare all leads of the store anew: after a new model, or where leads came before there was one."""

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows import reports
from flows.alike import resolving
from flows.unquoted import unquoted
from leads.errors import LeadsError
from leads.settings import settings
from store import runs
from store.engine import open_store


@task(cache_policy=NO_CACHE)
@unquoted
def learn() -> dict[str, str]:
    """Learn models from the store's own leads; kind -> version."""
    return resolving.train(open_store(settings().database_url))


@task(cache_policy=NO_CACHE, persist_result=False)
@unquoted
def compare(change: bool) -> dict[str, Any]:
    """Find what would be joined and what would come apart, and make it so where that is asked for."""
    store = open_store(settings().database_url)
    planned, links, every = resolving.difference(store)
    if change:
        resolving.apply(store, planned, links, every)
    create_markdown_artifact(reports.difference_markdown(planned, applied=change), key="resolve")
    return planned.counts()


@flow(name="resolve", persist_result=False)
@unquoted
def resolve(train: bool = False, apply: bool = False) -> dict[str, Any]:
    """Compare all leads of the store anew, and show what would be joined and what would come apart.

    Args:
        train: First learn how much each column tells, from the store's own leads.
        apply: Make it so; without it nothing but a model changes.
    """
    engine = open_store(settings().database_url)
    run_id = runs.start_run(engine, "resolve", None, flow_run.id)
    try:
        learnt = learn() if train else {}
        found = compare(apply)
    except BaseException as error:
        runs.finish_run(engine, run_id, str(error) if isinstance(error, LeadsError) else type(error).__name__)
        raise
    runs.finish_run(engine, run_id)
    return {**found, "models": learnt, "applied": apply}
