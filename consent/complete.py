"""Has every lead the events it must have? Asked of the store, by what the sources are configured to mean."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pydantic import ValidationError
from sqlalchemy import Connection

from consent.ledger import CHANNELS_OF, NO_CONSENT, read_answer
from leads import schema
from leads.source import Source
from store.queries import frame

ANSWERS = ("given", "refused", "imported_claim")


def lacking(connection: Connection) -> list[dict[str, Any]]:
    """The sources of which leads lack an event: source, what (`notice` or `answer`), leads (how many), lead (the first,
    public id).

    A lead with a usable contact point that did not come from the person owes a notice; one whose answer the source's
    file knows has said it.
    """
    return [found for source_id, source in _sources(connection) for found in _of(connection, source_id, source)]


def _sources(connection: Connection) -> Iterator[tuple[int, Source]]:
    rows = frame(
        connection, "SELECT id, config FROM source ORDER BY id", {"id": schema.INT, "config": schema.TEXT}
    )
    for number, config in rows.itertuples(index=False):
        try:
            yield int(number), Source.model_validate_json(config)
        except ValidationError:  # written by another release; its next run writes it anew
            continue


def _of(connection: Connection, source_id: int, source: Source) -> Iterator[dict[str, Any]]:
    if not source.from_person:
        owed = _without(connection, source_id, ("notice_due",), tuple(CHANNELS_OF))
        if len(owed):
            yield {"source": source.name, "what": "notice", **_counted(owed)}
    asked = tuple(type_ for type_, possible in CHANNELS_OF.items() if {*possible} & {*source.consent.channels})
    if source.kind in NO_CONSENT or not asked:
        return
    silent = _without(connection, source_id, ANSWERS, asked)
    answered = silent[[read_answer(text or "", source) in ("yes", "no") for text in silent["consent"].fillna("")]]
    if len(answered):
        yield {"source": source.name, "what": "answer", **_counted(answered)}


def _counted(found: pd.DataFrame) -> dict[str, Any]:
    return {"leads": int(found["leads"].sum()), "lead": str(found["lead"].min())}


def _without(
    connection: Connection, source_id: int, kinds: tuple[str, ...], types: tuple[str, ...]
) -> pd.DataFrame:
    """Leads with a usable contact point of one of the types and no event of one of the kinds, per answer."""
    listed = ["', '".join(words) for words in (kinds, types)]
    return frame(
        connection,
        f"""SELECT l.consent, count(*), min(l.public_id) FROM lead l
            WHERE l.source_id = :source AND NOT l.edited
              AND EXISTS (SELECT 1 FROM lead_point p WHERE p.lead_id = l.id AND p.usable AND p.value IS NOT NULL
                          AND p.type IN ('{listed[1]}'))
              AND l.id NOT IN (SELECT e.lead_id FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id
                               WHERE t.kind IN ('{listed[0]}') AND e.lead_id IS NOT NULL)
            GROUP BY l.consent""",
        {"consent": schema.TEXT, "leads": schema.INT, "lead": schema.TEXT}, source=source_id,
    )  # fmt: skip
