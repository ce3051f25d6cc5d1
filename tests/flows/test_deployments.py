"""The deployments of the shipped sources."""

from collections import Counter
from pathlib import Path

import yaml

from flows.deployments import render

ROOT = Path(__file__).parents[2]


def test_each_deployment_has_a_name_of_its_own():
    names = Counter(one["name"] for one in yaml.safe_load(render(ROOT / "config"))["deployments"])
    assert {"ingest_by_hand", "deliver_by_hand", "resolve_by_hand", "waiting", "daily"} <= set(names)
    assert max(names.values()) == 1
