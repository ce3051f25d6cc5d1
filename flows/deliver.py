"""Hand a fresh batch over to sales."""

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows import handover, reports
from flows.choices import SegmentName
from flows.unquoted import unquoted
from leads.errors import LeadsError
from leads.settings import settings
from store import runs
from store.engine import open_store

EVERYBODY = SegmentName("all")


@task(cache_policy=NO_CACHE)
@unquoted
def segment() -> dict[str, int]:
    """Find anew which contacts each segment holds."""
    found = handover.segment(open_store(settings().database_url), settings())
    return dict(zip(found["segment"], found["contacts"].astype(int), strict=True))


@task(cache_policy=NO_CACHE)
@unquoted
def hand_over(chosen: str) -> dict[str, Any]:
    """Ask the gate, assign owners, write the files, record the delivery; returns `files` (paths) and `digest`."""
    handed = handover.deliver(open_store(settings().database_url), settings(), chosen)
    create_markdown_artifact(reports.delivery_markdown(handed), key="delivery")
    return {"files": [str(path) for path in handed.files], "digest": reports.records(handed.digest)}


@flow(name="deliver", persist_result=False)
@unquoted
def deliver(segment_name: SegmentName = EVERYBODY) -> dict[str, Any]:
    """Give sales the contacts that are due, with owner, reason to call and permission.

    Args:
        segment_name: Only the contacts of this segment; `all` takes everybody.
    """
    engine = open_store(settings().database_url)
    run_id = runs.start_run(engine, "deliver", None, flow_run.id)
    try:
        segment()
        handed = hand_over(segment_name.value)
    except BaseException as error:
        runs.finish_run(engine, run_id, str(error) if isinstance(error, LeadsError) else type(error).__name__)
        raise
    runs.finish_run(engine, run_id)
    return handed
