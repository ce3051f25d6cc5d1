"""The tables in `enrich/data/`: what language and law decide, kept out of the code."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """`enrich/data/<name>.toml`, read once per process."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
