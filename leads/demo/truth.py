"""How every record of the demo's world should end, by the plan it was written from.

No part of the pipeline is asked. A record that is about nobody is `not_a_record`; one that states no readable
contact point is `quarantined`; the first of the others about somebody is `created`, the later ones are `merged`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leads.demo.people import Person
from leads.demo.story import Record

# As `leads.schema.FATES`, which costs an import of pandas.
FATES = ("created", "merged", "duplicate", "superseded", "suppressed", "quarantined", "not_a_record")


def fates(sources: Mapping[str, Sequence[Record]]) -> dict[str, list[str]]:
    """The fate of each record; `sources` by name, in the order they are ingested."""
    met: set[str] = set()
    ends: dict[str, list[str]] = {}
    for source, records in sources.items():
        ends[source] = [_fate(record, met) for record in records]
    return ends


def _fate(record: Record, met: set[str]) -> str:
    if record.note:
        return "not_a_record"
    if record.why or record.entity is None:
        return "quarantined"
    known = record.entity.id in met and not record.apart
    met.add(record.entity.id)
    return "merged" if known else "created"


def truth(sources: Mapping[str, Sequence[Record]], never: Iterable[str]) -> dict[str, Any]:
    """What `truth.json` says.

    `order` of the sources; per source what is `received`, the `fates` and the `reasons` by number; each of the
    `records` by `row` (0-based among the lines of the file without its header) or by the provider's `key` (for
    the directory the path of the page); the `entities` with the points that usable records state of them and the
    number of `contacts` they become; the `bridges`, where two contacts are of one person; and the values that must
    `never` be a contact point.
    """
    ends = fates(sources)
    return {
        "order": list(sources),
        "sources": {name: _counts(records, ends[name]) for name, records in sources.items()},
        "records": [
            _line(record, row, fate)
            for name, records in sources.items()
            for row, (record, fate) in enumerate(zip(records, ends[name], strict=True))
        ],
        "entities": _entities(sources, ends),
        "bridges": _bridges(sources),
        "never": list(never),
    }


def _counts(records: Sequence[Record], ends: Sequence[str]) -> dict[str, Any]:
    reasons = Counter(reason for record in records if (reason := record.note or record.why))
    return {
        "received": len(records),
        "fates": {fate: ends.count(fate) for fate in FATES},
        "reasons": dict(sorted(reasons.items())),
    }


def _line(record: Record, row: int, fate: str) -> dict[str, Any]:
    place: dict[str, Any] = {"key": record.key} if record.key else {"row": row}
    entity = record.entity.id if record.entity else None
    return {"source": record.source, **place, "entity": entity, "fate": fate, "why": record.note or record.why}


def _entities(sources: Mapping[str, Sequence[Record]], ends: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for name, records in sources.items():
        for record, fate in zip(records, ends[name], strict=True):
            if record.entity is not None:
                entity = found.setdefault(record.entity.id, _described(record))
                entity["contacts"] += fate == "created"
                entity["phones"] = sorted({*entity["phones"], *record.phones})
                entity["emails"] = sorted({*entity["emails"], *record.emails})
    return dict(sorted(found.items()))


def _described(record: Record) -> dict[str, Any]:
    entity = record.entity
    blank: dict[str, Any] = {"contacts": 0, "phones": [], "emails": []}
    if isinstance(entity, Person):
        return {"kind": "person", "family_name": entity.family, "given_name": entity.given, **blank}
    return {"kind": "organisation", "company": entity.name if entity else "", **blank}


def _bridges(sources: Mapping[str, Sequence[Record]]) -> list[dict[str, Any]]:
    every = [(record, row) for records in sources.values() for row, record in enumerate(records)]
    bridging = [record.entity.id for record, _ in every if record.apart and record.entity]
    ends = fates(sources)
    return [
        {
            "entity": id,
            "records": [
                _line(record, row, ends[record.source][row])
                for record, row in every
                if record.entity and record.entity.id == id
            ],
        }
        for id in bridging
    ]
