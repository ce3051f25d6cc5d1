"""Keys that Prefect keeps: what a secret block holds."""

from typing import Any

from leads.settings import prefect_environment, settings


def read(name: str) -> Any:
    """The value of a Secret block, from the server that PREFECT_API_URL names, else from this home's own."""
    prefect_environment(settings().home)
    from prefect.blocks.system import Secret

    return Secret.load(name).get()  # type: ignore[union-attr]
