"""Which Prefect server a flow reports to: the one `leads up` keeps, or a temporary one."""

import json
import os
import sys
from pathlib import Path

from leads.cli.show import say
from leads.settings import prefect_environment, settings


def server_file(home: Path) -> Path:
    """Where `leads up` notes the address of its server."""
    return home / "prefect" / "server.json"


def running_server(home: Path) -> str | None:
    """The API address of the server that `leads up` keeps for this home, if it answers."""
    import httpx

    try:
        url = str(json.loads(server_file(home).read_text())["api"])
        return url if httpx.get(f"{url}/health", timeout=2).is_success else None
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None


def ready_for_flows() -> None:
    """Prepare Prefect for flows in this process, and say what the person is waiting for."""
    home = settings().home
    # A failed flow is told in one line by us; Prefect would print a traceback.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    prefect_environment(home)
    if "prefect" in sys.modules or "PREFECT_API_URL" in os.environ:
        return
    url = running_server(home)
    if url:
        os.environ["PREFECT_API_URL"] = url
        say(f"Using the Prefect server at {url.removesuffix('/api')}")
    else:
        say("Starting a temporary Prefect server, some 10-20 s (`leads up` keeps one running) …")
