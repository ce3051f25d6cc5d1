"""What a contact is to us, as far as the gate asks: whose law it is under, and whether it ordered or enquired.

A relation counts only where the people themselves came to us: an order that a bought base tells of was somebody else's.
"""

import json
from typing import NamedTuple

from sqlalchemy import Connection, text

# Legal forms (as `enrich` writes them) under which a natural person trades: the law protects it as a person.
SOLE_TRADERS = ("ИП", "e.v.", "s.p.", "obrt", "preduzetnik", "e.K.", "P.F.A.", "Î.I.", "Î.F.")
# The kind of source in which every record is an enquiry; in any other, one that holds a request.
ENQUIRIES = ("web_form",)


class Situation(NamedTuple):
    """A contact as the gate has to know it; moments are UTC text, lists sorted."""

    audience: str
    source_regions: list[str]
    source_kinds: list[str]
    country: str | None
    region_code: str | None
    customer_at: str | None
    enquired_at: str | None


class Said(NamedTuple):
    """What a source's configuration says for the gate, as it was when last used."""

    from_person: bool
    version: str | None
    frequency: str | None


def said(connection: Connection) -> dict[str, Said]:
    """source -> did its people come to us, under which version of its text, and how often did we promise to come?"""
    rows = connection.execute(text("SELECT name, config FROM source ORDER BY name"))
    return {name: _said(config) for name, config in rows}


def _said(config: str) -> Said:
    told = json.loads(config)
    consent = told.get("consent", {})
    return Said(bool(told.get("from_person")), consent.get("version") or None, consent.get("frequency"))


def situation(connection: Connection, public_id: str, at: str) -> Situation:
    """What a contact is to us at a moment (UTC): its orders and enquiries up to then, and what else is known now.

    The audience is the stricter one: any source about consumers makes a person a consumer.
    """
    rows = connection.execute(
        text("""SELECT c.kind, c.company_form, c.country, c.region_code, s.config, s.kind AS source_kind,
                       s.audience, s.region, l.ordered_on, l.request, l.stated_at
                FROM contact c JOIN lead l ON l.contact_id = c.id AND l.superseded_by IS NULL
                JOIN source s ON s.id = l.source_id WHERE c.public_id = :id"""),
        {"id": public_id},
    ).all()
    own = [row for row in rows if row.stated_at <= at and _said(row.config).from_person]
    ordered = [f"{row.ordered_on}T00:00:00.000000Z" for row in own if row.ordered_on and row.ordered_on <= at[:10]]
    enquired = [row.stated_at for row in own if row.source_kind in ENQUIRIES or row.request is not None]
    return Situation(
        audience(rows[0].kind, rows[0].company_form, {row.audience for row in rows}) if rows else "business",
        sorted({row.region for row in rows}),
        sorted({row.source_kind for row in rows}),
        rows[0].country if rows else None,
        rows[0].region_code if rows else None,
        max(ordered, default=None),
        max(enquired, default=None),
    )


def audience(kind: str, company_form: str | None, stated: set[str]) -> str:
    """Whose law a contact is under; `stated` is what its sources say of their people."""
    if kind == "person" and "consumer" in stated:
        return "consumer"
    return "sole_trader" if "sole_trader" in stated or company_form in SOLE_TRADERS else "business"


def contacts_made(connection: Connection, public_id: str) -> list[tuple[str, str]]:
    """(channel, moment) of each hand-over of the contact in which the channel was allowed."""
    rows = connection.execute(
        text("""SELECT DISTINCT p.channel, d.delivered_at FROM contact c JOIN delivery_item i ON i.contact_id = c.id
                JOIN delivery d ON d.id = i.delivery_id JOIN permission_decision p ON p.contact_id = c.id
                 AND p.decided_at = d.delivered_at AND p.verdict = 'allow'
                WHERE c.public_id = :id ORDER BY d.delivered_at, p.channel"""),
        {"id": public_id},
    )
    return [(row.channel, row.delivered_at) for row in rows]
