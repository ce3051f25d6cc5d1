"""Models that are kept: what each level of agreement is worth, learnt once, for leads that come one chunk at a time."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from dedupe.candidates import shared
from dedupe.evidence.kinds import names, prepared
from dedupe.evidence.readings import EVIDENCE
from dedupe.scoring import scores
from dedupe.scoring.comparisons import comparisons
from dedupe.scoring.weights import Model
from leads.sets import opened

DATA = Path(__file__).parent.parent / "data" / "models.json"
# In a smaller store two leads are not likelier one than in a store of so many: the same leads in one chunk or in many
# are to end as the same contacts, and a store begins small.
LEAST_LEADS = 100_000
# What one person has to himself, whether the leads that taught the model stated it or not.
OWN = ("birthday", "profile")


@dataclass(frozen=True)
class Kept:
    """A model, its version, and of how many leads it was learnt."""

    version: str
    leads: int
    model: Model

    def among(self, leads: int) -> Model:
        """The model for a store of so many leads: the more there are, the less likely any two of them are one."""
        scale = self.leads / max(leads, LEAST_LEADS)
        return replace(self.model, same=self.model.same * scale, related=self.model.related * scale)


def shipped(kind: str) -> Kept:
    """The model that begins: of people (`person`) or of organisations."""
    stated = json.loads(DATA.read_text(encoding="utf-8"))[kind]
    return Kept(stated["version"], stated["leads"], Model.loaded(json.dumps(stated["model"])))


def stated(kept: Kept) -> dict[str, object]:
    """A kept model as `dedupe/data/models.json` holds it."""
    return {"version": kept.version, "leads": kept.leads, "model": asdict(kept.model)}


def learnt(readings: pd.DataFrame, pairs: pd.DataFrame, kind: str, version: str, offices: Collection[str]) -> Kept:
    """A model learnt from `pairs` (lead_id, other_lead_id) that have something in common, of READINGS of one kind."""
    evidence = EVIDENCE[kind]
    of = comparisons(evidence)
    own = tuple(place for place, one in enumerate(evidence) if one.column in OWN)
    forbidding = (*names(evidence), *(place for place, one in enumerate(evidence) if one.kind == "patronymic"))
    with opened(max(len(readings), len(pairs))) as duck:
        duck.register("given", prepared(readings, evidence))
        duck.execute("CREATE TEMP TABLE records AS SELECT * FROM given")
        shared.part_shared(duck, evidence, frozenset(), offices)
        duck.register("leads", pa.table({"id": range(1, len(readings) + 1), "lead_id": readings["lead_id"]}))
        duck.register("wanted", pa.Table.from_pandas(pairs, preserve_index=False))
        duck.execute("""CREATE TEMP TABLE pairs AS SELECT DISTINCT least(a.id, b.id)::INTEGER AS l,
                               greatest(a.id, b.id)::INTEGER AS r
                        FROM wanted w JOIN leads a ON a.lead_id = w.lead_id
                        JOIN leads b ON b.lead_id = w.other_lead_id WHERE a.id <> b.id""")
        return Kept(version, len(readings), scores.taught(duck, of, own, forbidding))
