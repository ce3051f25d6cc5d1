"""The deployments that ops see in the Prefect UI, made from the configured sources.

`prefect.yaml` at the root is this for the shipped example sources; `leads up` writes one for the home it serves.
"""

from pathlib import Path
from typing import Any

import yaml

from leads.source import load_source, source_names

POOL = "leads"
# The inbox is looked into this often: each look is a process of its own on the worker's machine.
INBOX = {"cron": "*/10 * * * *", "timezone": "UTC", "slug": "scheduled"}
# What the law dates by the day: looked at each morning, before sales are.
DUTIES = {"cron": "15 4 * * *", "timezone": "UTC", "slug": "scheduled"}
# A slow run must not be overtaken by the next one of the same deployment.
ALONE = {"limit": 1, "collision_strategy": "CANCEL_NEW"}
HEAD = """# Made from config/sources/*.toml by `python -m flows.deployments`: schedules stand in the sources' own files.
# Run from the folder that holds flows/:  prefect deploy --all
"""


def render(config_dir: Path) -> str:
    """The text of a `prefect.yaml`: a scheduled deployment per source, one for the inbox and one for the duties, manual
    ones for `ingest`, `deliver` and `resolve`."""
    deployments = [_manual("ingest", "Collect leads from a source, or from all of them."),
                   _manual("deliver", "Hand the contacts that are due over to sales."),
                   _manual("resolve", "Compare all leads anew; show the difference, or apply it."),
                   _waiting(), _duties()]  # fmt: skip
    for name in source_names(config_dir):
        source = load_source(config_dir, name)
        if source.schedule:
            deployments.append(
                {
                    "name": name,
                    "description": f"Collect leads from: {source.title}",
                    "entrypoint": "flows/ingest.py:ingest",
                    "tags": [source.kind],
                    "parameters": {"source": name},
                    "work_pool": {"name": POOL},
                    "concurrency_limit": dict(ALONE),
                    "schedules": [
                        {"cron": source.schedule.cron, "timezone": source.schedule.timezone, "slug": "scheduled"}
                    ],
                }
            )
    # yaml quotes every string that another reader could take for a number, a time or a yes.
    return HEAD + yaml.safe_dump(
        {"name": "wellspring", "deployments": deployments}, sort_keys=False, allow_unicode=True
    )


def _manual(flow: str, description: str) -> dict[str, Any]:
    return {
        "name": f"{flow}_by_hand",
        "description": description,
        "entrypoint": f"flows/{flow}.py:{flow}",
        "work_pool": {"name": POOL},
        "schedules": [],
    }


def _waiting() -> dict[str, Any]:
    """Takes everything: a list of the waiting files would be as old as the deployment (decision 0009)."""
    return _manual("inbox", "Take everything that waits in the inbox.") | {
        "name": "waiting", "concurrency_limit": dict(ALONE), "schedules": [dict(INBOX)],
    }  # fmt: skip


def _duties() -> dict[str, Any]:
    return _manual("duties", "Mark consents that are over, end erasures nothing holds up, count what is due.") | {
        "name": "daily", "concurrency_limit": dict(ALONE), "schedules": [dict(DUTIES)],
    }  # fmt: skip


if __name__ == "__main__":
    root = Path(__file__).parent.parent
    (root / "prefect.yaml").write_text(render(root / "config"), encoding="utf-8")
