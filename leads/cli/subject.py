"""`leads subject`: the copy of everything we hold of a person (GDPR Art. 15), and of nobody else."""

import json
from typing import TYPE_CHECKING, Any

from leads import clock
from leads.cli.trail import trails

if TYPE_CHECKING:
    from sqlalchemy import Connection

Row = dict[str, Any]
# Of a source's configuration what tells the person where we have them from, and by which right.
ORIGIN = ("owner", "licence", "seller", "legal_basis", "from_person")
CONTEXT = {
    "dpv": "https://w3id.org/dpv#", "pd": "https://w3id.org/dpv/pd#", "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#", "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#", "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#", "schema": "https://schema.org/", "ex": "urn:wellspring:",
    "conformsTo": {"@id": "dct:conformsTo", "@type": "@id"},
}  # fmt: skip
RECORD = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
# What an event makes of a consent, in DPV's words; the others are acts beside it.
STATUS = {
    "given": "ConsentGiven", "renewed": "RenewedConsentGiven", "refused": "ConsentRefused",
    "withdrawn": "ConsentWithdrawn", "expired": "ConsentExpired", "invalidated": "ConsentInvalidated",
    "imported_claim": "ConsentUnknown",
}  # fmt: skip
PURPOSE = {"marketing": "dpv:DirectMarketing", "service": "dpv:ServiceProvision"}
DATA = {"phone": "pd:TelephoneNumber", "email": "pd:EmailAddress"}


def gathered(connection: "Connection", contact: str, controller: str) -> Row:
    """All data, sources, recipients, events and decisions of a contact.

    Left out is what is somebody else's: events that another person's lead brought to a shared contact point, pairs with
    other people's leads, and the received row where somebody else stands in it (`withheld`).
    """
    from store import handed, trail

    found = trails(connection, [contact])[0]
    del found["contact"]["deliveries"]
    own = {lead["lead"] for lead in found["leads"]}
    alone = trail.alone_in_row(connection, contact)
    for lead in found["leads"]:
        lead["withheld"] = (lead["batch"], lead["row"]) not in alone
        if lead["withheld"]:
            lead["as_received"] = None
    received = {lead["lead"] for lead in found["leads"] if not lead["withheld"]}
    for fact in found["facts"]:
        if fact.get("lead") not in received:
            fact["original"] = None
    sources = [
        {"name": row["name"], "kind": row["kind"], "title": row["title"],
         **{name: json.loads(row["config"]).get(name) for name in ORIGIN}}
        for row in trail.sources(connection, sorted({lead["source"] for lead in found["leads"]}))
    ]  # fmt: skip
    return {
        "made_at": clock.now(), "controller": controller, **found, "sources": sources,
        "recipients": handed.of_contact(connection, contact),
        "match_decisions": [
            one for one in found["match_decisions"] if {one["lead_id"], one["other_lead_id"]} <= own
        ],
        "consent_events": [one for one in found["consent_events"] if one["lead_id"] in own | {None}],
        "permission_decisions": trail.permissions(connection, contact),
    }  # fmt: skip


def json_ld(found: Row) -> Row:
    """The copy as JSON-LD: the subject with its data, and a record for each consent event (DPV, ISO/IEC TS 27560)."""
    subject = f"ex:subject/{found['contact']['public_id']}"
    controller = {"@id": "ex:party/controller", "@type": "dpv:DataController", "dpv:hasName": found["controller"]}
    graph: list[Row] = [controller, _subject(subject, found)]
    graph += [
        {"@id": f"ex:source/{one['name']}", "@type": "dpv:DataSource", "dct:title": one["title"],
         "dct:type": one["kind"],
         "dct:provenance": one["seller"] or one["owner"], "dct:license": one["licence"],
         "dpv:hasLegalBasis": one["legal_basis"]} for one in found["sources"]
    ]  # fmt: skip
    graph += [
        {"@id": f"ex:hand-over/{one['hand_over']}", "@type": "dpv:Recipient", "dpv:hasName": one["recipient"],
         "dct:date": _moment(one["at"]), "dct:type": one["kind"], "dct:format": one["form"],
         "dct:description": one["reason"], "dpv:hasPurpose": one["purpose"], "ex:delivery": one["reference"]}
        for one in found["recipients"]
    ]  # fmt: skip
    graph += [_event(subject, one) for one in found["consent_events"]]
    graph += [
        {"@id": f"ex:decision/{no}", "@type": "prov:Activity", "dct:type": "permission decision",
         "prov:endedAtTime": _moment(one["decided_at"]), **{f"ex:{name}": cell for name, cell in one.items()}}
        for no, one in enumerate(found["permission_decisions"])
    ]  # fmt: skip
    return {"@context": CONTEXT, "dct:created": _moment(found["made_at"]), "@graph": graph}


def _subject(subject: str, found: Row) -> Row:
    contact = found["contact"]
    return {
        "@id": subject, "@type": "dpv:DataSubject", "dct:identifier": contact["public_id"],
        "dpv:hasDataController": {"@id": "ex:party/controller"},
        "dpv:hasPersonalData": [
            {"@type": [DATA.get(fact["field"], "dpv:PersonalData")],
             "dct:title": fact["field"], "schema:value": fact["value"], "ex:asReceived": fact.get("original"),
             "dpv:hasDataSource": {"@id": f"ex:source/{fact['source']}"} if "source" in fact else None,
             "dct:date": _moment(fact["stated_at"]) if "stated_at" in fact else None}
            for fact in found["facts"]
        ],
        "ex:contact": {name: cell for name, cell in contact.items() if name != "public_id"},
        "ex:leads": found["leads"], "ex:matchDecisions": found["match_decisions"],
        "dpv:hasRecipient": [{"@id": f"ex:hand-over/{r['hand_over']}"} for r in found["recipients"]],
        "dpv:hasRight": [{"@id": f"eu-gdpr:{one}"} for one in ("A7-3", "A15", "A16", "A17", "A21")],
    }  # fmt: skip


def _event(subject: str, event: Row) -> Row:
    """One event of the ledger: a consent record where it is about consent, else an activity."""
    whole = {
        "@id": f"ex:event/{event['event_id']}/{event['channel']}/{event['purpose']}",
        "dct:identifier": event["event_id"], "dct:created": _moment(event["recorded_time"]),
        "dpv:hasDataSubject": {"@id": subject}, "dpv:hasDataController": {"@id": "ex:party/controller"},
        "dct:source": {"@id": f"ex:source/{event['source']}"}, "ex:evidence": event["evidence_ref"],
        "ex:channel": event["channel"], "ex:contactPoint": event["value"], "ex:actor": event["actor"],
    }  # fmt: skip
    if event["kind"] not in STATUS:
        return whole | {"@type": "prov:Activity", "dct:type": event["kind"], "prov:endedAtTime":
                        _moment(event["event_time"]), "dct:valid": event["valid_until"]}  # fmt: skip
    purpose = {"@type": "dpv:Purpose", "dct:description": event["purpose"]}
    if event["purpose"] in PURPOSE:
        purpose["skos:broader"] = {"@id": PURPOSE[event["purpose"]]}
    return whole | {
        "@type": "dpv:ConsentRecord", "conformsTo": RECORD,
        "dpv:hasJurisdiction": {"@id": f"loc:{event['jurisdiction']}"} if event["jurisdiction"] else None,
        "dpv:hasNotice": {"@type": "dpv:ConsentNotice", "dct:identifier": event["notice_version"],
                          "dct:language": event["notice_language"]} if event["notice_version"] else None,
        "dpv:hasProcess": [{"@type": "dpv:Process", "dpv:hasPurpose": purpose, "dpv:hasLegalBasis": event["basis"],
                            "dpv:hasPersonalData": {"@id": DATA.get(event["type"], "dpv:PersonalData")}}],
        "dpv:hasConsentStatus": [{"@type": [f"dpv:{STATUS[event['kind']]}"],
                                  "dpv:isIndicatedAtTime": _moment(event["event_time"]),
                                  "dpv:hasIndicationMethod": event["method"]}],
    }  # fmt: skip


def _moment(text: str) -> Row:
    return {"@value": text, "@type": "xsd:dateTime"}


def html(found: Row) -> str:
    """The copy as one page without script or anything from elsewhere; whatever a source said is escaped."""
    from leads.cli.report import PAGE

    return PAGE.get_template("subject.html").render(**found)
