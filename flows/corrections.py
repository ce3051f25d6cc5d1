"""A person's correction is a lead of its own, from the source `edits`: it wins, and it can be traced like any other."""

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine

from dedupe.deciding.exact import Resolution
from dedupe.deriving.versions import versions
from enrich.normalise import normalise
from flows.contacts import Joined, contacts
from leads import clock, schema
from leads.errors import LeadsError
from leads.pull import KEY, TIME, Pull, Receipt
from leads.settings import Settings
from leads.source import LABELLED, LABELS, Source
from sources.mapping import state
from store import accounting, landing, load, queries, runs, trail
from store.engine import loading, reading, writing

# Not `external_id`: it is the source's own. A label may stand behind a contact point: `phone:work`.
EDITABLE = (
    "phone", "email", "messenger", "telegram", "whatsapp", "viber", "skype", "vk",
    "full_name", "family_name", "given_name", "patronymic", "title", "gender", "birthday", "company", "registration",
    "job", "responsible",
    "country", "region", "city", "address", "postcode", "legal_address", "postal_address", "delivery_address",
    "website", "language", "tier",
)  # fmt: skip
LABELLED_POINTS = tuple(f"{field}:{label}" for field in LABELLED for label in LABELS)
NAMES = ("family_name", "given_name", "patronymic")
# What a contact shows as it was written, also where no gazetteer knows it.
KEPT_AS_TEXT = ("region not understood", "address not understood")


def correct(engine: Engine, place: Settings, contact: str, values: dict[str, str], by: str) -> str:
    """Record `values` (one of EDITABLE or LABELLED_POINTS -> text) as a lead of `contact`; returns the lead's id.

    Raises LeadsError, and changes nothing, when a value cannot be read.
    """
    with reading(engine) as connection:
        known = trail.contact(connection, contact)
        first_lead = str(known["first_lead_id"])
    moment = clock.now()
    values = _with_whole_name(values, known)
    source, stated_values = _edits(known, list(values)), values | {"edited by": by}
    manifest = landing.land(
        place.landing, source.name, _pull(f"{contact}:{moment}", stated_values, moment), part_rows=place.chunk_rows
    )
    landed = landing.read_part(place.landing, manifest, 0)
    stated = state(landed, manifest.headers, source)
    leads, points = normalise(stated, region=source.region, language=source.language)
    try:
        _refuse_unreadable(leads, points)
    except LeadsError:
        landing.discard(place.landing, manifest.batch)
        raise
    run_id = runs.start_run(engine, "edit", source.name, None)
    batch_id = runs.register_batch(engine, source, manifest, place.landing, run_id)
    _, source_id = runs.batch_ids(engine, manifest.batch)
    leads = queries.recorded(source_id, leads)
    with loading(engine):
        with reading(engine) as connection:
            chunk = _prepare(connection, source, manifest, landed, stated, leads, points, contact, first_lead)
        with writing(engine) as connection:
            load.load_chunk(
                connection, chunk, source_id=source_id, batch_id=batch_id, no=0, rows=1,
                received=moment, edited=True, actor=by,
            )  # fmt: skip
    runs.mark(engine, manifest.batch, "loaded")
    runs.finish_run(engine, run_id)
    return str(leads["lead_id"].iloc[0])


def _edits(contact: dict[str, Any], fields: list[str]) -> Source:
    """The source of edits, reading a bare number as the contact's country would."""
    return Source(
        name="edits", title="Corrections by our people", kind="edit", owner="whoever made the edit",
        licence="our own record", legal_basis="accuracy (GDPR 5(1)(d))", from_person=True, audience="business",
        region=contact["country"] or "ZZ", language=contact["language"] or "en", trust=100,
        columns={field: field for field in fields},
    )  # fmt: skip


def _with_whole_name(values: dict[str, str], contact: dict[str, Any]) -> dict[str, str]:
    """A name survives as a whole, so an edit of a part of it states the other parts too."""
    if not any(field in values for field in NAMES):
        return values
    return {field: contact[field] for field in NAMES if contact[field]} | values


def _pull(key: str, values: dict[str, str], moment: str) -> Pull:
    yield pd.DataFrame(
        {
            KEY: schema.texts([key]),
            TIME: schema.texts([moment]),
            **{k: schema.texts([v]) for k, v in values.items()},
        }
    )
    return Receipt(declared=1)


def _refuse_unreadable(leads: pd.DataFrame, points: pd.DataFrame) -> None:
    flags = leads["flags"].fillna("").str.split("|").explode()
    if wrong := [flag for flag in flags if flag.endswith("not understood") and flag not in KEPT_AS_TEXT]:
        raise LeadsError(wrong[0], do="Nothing was changed")
    bad = points[~points["usable"]]
    if len(bad):
        raise LeadsError(
            f"the {bad['type'].iloc[0]} cannot be used", why=str(bad["flag"].iloc[0]), do="Nothing was changed"
        )


def _prepare(
    connection: Connection, source: Source, manifest: landing.Manifest, landed: pd.DataFrame,
    stated: pd.DataFrame, leads: pd.DataFrame, points: pd.DataFrame, contact: str, first_lead: str,
) -> load.Prepared:  # fmt: skip
    """As `flows.stages` does for a chunk, but whose lead it is was said by a person."""
    lead = leads["lead_id"].iloc[0]
    seen = versions(leads, queries.known_versions(connection, -1, leads))
    assigned = pd.DataFrame(
        {"lead_id": schema.texts([lead]), "contact": schema.texts([contact]),
         "created": pd.array([False], dtype=schema.BOOL)}
    )  # fmt: skip
    links = pd.DataFrame({name: schema.texts([value]) for name, value in (
        ("lead_id", lead), ("other_lead_id", first_lead), ("verdict", "same"), ("rule", "edit"),
        ("because", None))})  # fmt: skip
    resolution = Resolution(assigned, links, schema.empty(schema.MERGES))
    made = contacts(
        connection, Joined(leads, points, resolution, seen, source.trust, manifest.fetched_at, edited=True)
    )
    nothing = pd.DataFrame({"lead_id": schema.texts([]), "reason": schema.texts([])})
    return load.Prepared(
        leads, points, assigned, links, resolution.merges, seen, schema.empty(schema.TERMS),
        schema.empty(schema.EVENTS), accounting.fates(landed, stated, nothing, nothing, seen, assigned),
        lambda: made,
    )  # fmt: skip
