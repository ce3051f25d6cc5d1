"""`leads why`: the trail of a contact, gathered and shown."""

import json
from typing import TYPE_CHECKING, Any

from rich.panel import Panel

from leads.cli import who
from leads.cli.show import out, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Which of a source's columns a field of the contact is read from, where the names differ.
READ_FROM = {
    "name_text": ("full_name", "family_name", "given_name", "patronymic"),
    "family_name": ("family_name", "full_name"),
    "given_name": ("given_name", "full_name"),
    "patronymic": ("patronymic", "full_name"),
    "company": ("company", "full_name"),
    "company_form": ("company", "full_name"),
    "messenger": ("messenger", "telegram", "whatsapp", "viber", "skype", "vk"),
    "title": ("title", "full_name", "family_name", "given_name"),
    "gender": ("gender", "title", "full_name", "family_name", "given_name", "patronymic"),
    "registrations": ("registration",),
    "domain": ("website", "email"),
    "country": ("country", "address"),
    "region": ("region", "address", "city"),
    "region_code": ("region", "address", "city"),
    "city": ("city", "address"),
    "postcode": ("postcode", "address"),
    "street": ("address",),
    "house": ("address",),
    "tags": ("tags", "request"),
}


def trails(connection: "Connection", contacts: list[str]) -> list[dict[str, Any]]:
    """For each contact: what it is, and for each value its source, batch, row, original text and time."""
    return [_trail(connection, contact) for contact in contacts]


def _trail(connection: "Connection", public_id: str) -> dict[str, Any]:
    from store import trail

    contact = trail.contact(connection, public_id)
    leads = trail.leads(connection, public_id)
    originals = _originals(leads)
    by_id = {lead["public_id"]: lead for lead in leads}
    claims = sorted(contact.pop("claims").items())
    facts = [_fact(field, contact[field], by_id.get(lead), originals) for field, lead in claims]
    facts += [
        _fact(point["type"], point["value"], by_id.get(point["lead_id"]), originals) for point in contact["points"]
    ]
    return {
        "contact": contact,
        "facts": facts,
        "leads": [_lead(lead, originals) for lead in leads],
        "match_decisions": trail.decisions(connection, list(by_id)),
        "consent_events": trail.events(connection, contact["points"]),
    }


def _originals(leads: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Lead id -> its row as received; without it where the landing is gone."""
    from store import landing

    found: dict[str, dict[str, str]] = {}
    for batch in {lead["batch"] for lead in leads}:
        own = [lead for lead in leads if lead["batch"] == batch]
        try:
            rows = landing.raw_rows(settings().landing, batch, {lead["row"] for lead in own})
        except LeadsError:
            continue
        found |= {lead["public_id"]: rows[lead["row"]] for lead in own if lead["row"] in rows}
    return found


def _fact(
    field: str, value: str, lead: dict[str, Any] | None, originals: dict[str, dict[str, str]]
) -> dict[str, Any]:
    if lead is None:
        return {"field": field, "value": value}
    return {
        "field": field, "value": value, "original": _original(field, value, lead, originals),
        "source": lead["source"], "batch": lead["batch"], "row": lead["row"], "stated_at": lead["stated_at"],
        "lead": lead["public_id"],
    }  # fmt: skip


def _original(
    field: str, value: str, lead: dict[str, Any], originals: dict[str, dict[str, str]]
) -> dict[str, str] | None:
    """The cells of the source that the value was read from: header -> text as received."""
    row = originals.get(lead["public_id"])
    if row is None:
        return None
    columns = json.loads(lead["source_config"])["columns"]
    wanted = READ_FROM.get(field, (field,))
    fields = {header: target.partition(":")[0] for header, target in columns.items()}
    return {header: row[header] for header, field in fields.items() if field in wanted and header in row}


def _lead(lead: dict[str, Any], originals: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "lead": lead["public_id"], "source": lead["source"], "source_kind": lead["source_kind"],
        "batch": lead["batch"], "row": lead["row"], "stated_at": lead["stated_at"], "fetched_at": lead["fetched_at"],
        "superseded_by": lead["superseded_by_lead"], "points": lead["points"], "flags": lead["flags"],
        "seen_again": lead["seen_again"], "as_received": originals.get(lead["public_id"]),
    }  # fmt: skip


def show(trail: dict[str, Any]) -> None:
    """The trail as a person reads it: who, each fact with where it came from, consent, who is who, who has it."""
    contact = trail["contact"]
    out.print(
        Panel(_who(contact), title=f"{contact['kind']} {contact['public_id']}", title_align="left", expand=False)
    )
    rows = [
        [f["field"].replace("_", " "), f["value"], f.get("source"), f"{f.get('batch', '')} row {f.get('row', '')}",
         "; ".join(f"{k}: {v}" for k, v in (f.get("original") or {}).items()), (f.get("stated_at") or "")[:16]]
        for f in trail["facts"]
    ]  # fmt: skip
    table("Facts, and where each came from", ["field", "value", "source", "batch", "as received", "stated"], rows)
    leads = [[d["lead"], d["source"], d["row"], d["stated_at"][:16], d["superseded_by"] or "", len(d["seen_again"])]
             for d in trail["leads"]]  # fmt: skip
    table(
        "Leads of this contact", ["lead", "source", "row", "stated", "superseded by", "seen again"], leads, ["row"]
    )
    if trail["match_decisions"]:
        rows = [[d["id"], d["lead_id"], who.VERDICTS[d["verdict"]], d["other_lead_id"],
                 who.because(d["rule"], d["because"]), d["actor"], d["decided_at"][:16], who.state(d)]
                for d in trail["match_decisions"]]  # fmt: skip
        heads = ["decision", "lead", "", "lead", "because", "by", "decided", ""]
        table("Match decisions", heads, rows, ["decision"])
    events = [[e["seq"], e["event_time"][:16], e["kind"], e["channel"], e["purpose"], e["value"], e["source"],
               e["notice_version"], e["evidence_ref"]] for e in trail["consent_events"]]  # fmt: skip
    heads = ["seq", "when", "event", "channel", "purpose", "contact point", "source", "wording", "evidence"]
    table("Consent ledger", heads, events, ["seq"])


def _who(contact: dict[str, Any]) -> str:
    name = " ".join(contact[part] for part in ("given_name", "patronymic", "family_name") if contact[part])
    lines = [name or contact["name_text"] or "", contact["company"] or ""]
    lines += [" · ".join(point["display"] for point in contact["points"])]
    owner = next((o["owner"] for o in contact["owners"] if o["until"] is None), None)
    lines += [
        f"owner: {owner}" if owner else "no owner yet",
        f"segments: {', '.join(contact['segments']) or 'none'}",
    ]
    lines += [f"formerly {merged['public_id']}" for merged in contact["merged_ids"]]
    return "\n".join(line for line in lines if line)
