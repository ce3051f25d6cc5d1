"""The home of an installation: the folder that holds its configuration, store, landing, keys and deliveries."""

import shutil
from pathlib import Path

from leads.settings import SHIPPED_CONFIG


def copy_config(home: Path) -> int:
    """Put the shipped example configuration into the home, unless it has one; returns how many files came."""
    target = home / "config"
    if target.is_dir():
        return 0
    shutil.copytree(SHIPPED_CONFIG, target, ignore=shutil.ignore_patterns("__pycache__", "prefect.yaml"))
    return sum(1 for file in target.rglob("*") if file.is_file())
