"""The tables in `flows/audit/data/`: what is suspicious, from where on, and in which words it is said."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """`flows/audit/data/<name>.toml`, read once per process."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
