"""Take the files that wait in the drop folder, `inbox/<source>/` under the home, into the client store.

The form offers *everything waiting* and no list of files: Prefect keeps a form as it was when it was deployed.
"""

from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows import taking
from flows.choices import SourceName
from flows.reports import MOST_ROWS
from flows.unquoted import unquoted
from leads.settings import settings
from store.engine import open_store

EVERYTHING = SourceName("all")


@task(cache_policy=NO_CACHE)
@unquoted
def take(source: str, flow_run_id: str | None) -> list[dict[str, Any]]:
    """Take what waits of the source, or of all; returns what became of each file, and shows it as an artifact."""
    engine = open_store(settings().database_url)
    taken = [asdict(one) for one in taking.take(engine, settings(), source, flow_run=flow_run_id)]
    if taken:
        create_table_artifact([_row(one) for one in taken[:MOST_ROWS]], key="inbox")
    return taken


def _row(one: dict[str, Any]) -> dict[str, Any]:
    told = {key: one[key] for key in ("source", "file", "outcome", "batch", "error")}
    return told | {"rows": sum(one["counted"].values())}


@flow(name="inbox", persist_result=False)
@unquoted
def inbox(source: SourceName = EVERYTHING) -> list[dict[str, Any]]:
    """Take the files that wait in the inbox, and move each to done or failed.

    Args:
        source: Whose files; `all` takes everything that waits, also of a source that was added since the deployment.
    """
    return take(source.value, flow_run.id)
