"""What the gate has to be told besides a question and the ledger: registries, earlier contacts, promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Known:
    """For a set of questions: LISTED, CONTACTED and PROMISED frames, and registry -> moment of its copy (UTC).

    What is left out is taken as nobody listed, nobody contacted and nothing promised; a registry without a copy denies
    where a rule requires it.
    """

    snapshots: Mapping[str, str] = field(default_factory=dict)
    listed: pd.DataFrame | None = None
    contacted: pd.DataFrame | None = None
    promised: pd.DataFrame | None = None


NOTHING = Known()
