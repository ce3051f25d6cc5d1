"""Everything the store knows about one contact, for a person who asks. Plain rows, no pandas: it has to be quick."""

import hashlib
import json
from itertools import product
from typing import Any

from sqlalchemy import Connection, text

from leads.keys import peppers, require
from leads.source import CLAIM_FIELDS
from store import at_rest

KEYS, SEEN = ("family_key", "given_key", "company_key"), ("first_lead_id", "first_seen", "last_seen")


def contacts_with(connection: Connection, type_: str, value: str) -> list[str]:
    """Public ids of the contacts that have this contact point (canonical value)."""
    stored, key = at_rest.point(connection, value, _key(type_, value))
    return list(
        connection.execute(
            text("""SELECT c.public_id FROM match_key m CROSS JOIN contact_point p CROSS JOIN contact c
                    WHERE m.key = :key AND p.contact_id = m.contact_id AND p.type = :type AND p.value = :value
                      AND c.id = m.contact_id ORDER BY c.id"""),
            {"key": key, "type": type_, "value": stored},
        ).scalars()
    )


def _key(type_: str, value: str) -> int:
    """The match key of one value, as `dedupe.candidates.keys` computes it for a frame of them."""
    half = hashlib.md5(f"{type_}\0{value}".encode(), usedforsecurity=False).digest()[8:]
    return int.from_bytes(half, "little", signed=True)


def resolve_id(connection: Connection, public_id: str) -> str | None:
    """The contact an id stands for now; a merged contact's id resolves to the one it became."""
    return connection.execute(
        text("""SELECT public_id FROM contact WHERE public_id = :id UNION ALL
                SELECT c.public_id FROM contact_alias a JOIN contact c ON c.id = a.contact_id
                WHERE a.public_id = :id"""),
        {"id": public_id},
    ).scalar()


def holder(connection: Connection, lead_id: str) -> str | None:
    """The contact (public id) of a lead (public id)."""
    return connection.execute(
        text("SELECT c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id WHERE l.public_id = :id"),
        {"id": lead_id},
    ).scalar()


def _rows(connection: Connection, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    rows = connection.execute(text(sql), parameters)
    names = list(rows.keys())
    cells = at_rest.texts(connection, [cell for row in rows for cell in row])
    return [dict(zip(names, cells[at : at + len(names)], strict=True)) for at in range(0, len(cells), len(names))]


def contact(connection: Connection, public_id: str) -> dict[str, Any]:
    """The contact's own values and the lead behind each, its earlier ids, points, owner and segments."""
    # Named one by one: in a store of an earlier release one is missing, and that is what is said then.
    shown = ", ".join(("id", "public_id", "kind", *CLAIM_FIELDS, "tags", *KEYS, "claims", *SEEN))
    found = _rows(connection, f"SELECT {shown} FROM contact WHERE public_id = :id", id=public_id)[0]
    inner = found.pop("id")
    elsewhere = json.loads(found["claims"])
    return {
        **found,
        "claims": {
            field: elsewhere.get(field, found["first_lead_id"])
            for field in CLAIM_FIELDS
            if found[field] is not None
        },
        "merged_ids": _rows(
            connection, "SELECT public_id, merged_at FROM contact_alias WHERE contact_id = :id", id=inner
        ),
        "points": _rows(
            connection,
            """SELECT type, value, display, kind, label, region, lead_id FROM contact_point
               WHERE contact_id = :id ORDER BY type DESC, value""",
            id=inner,
        ),
        "owners": _rows(
            connection,
            "SELECT owner, why, since, until FROM assignment WHERE contact_id = :id ORDER BY id",
            id=inner,
        ),
        "segments": list(
            connection.execute(
                text("SELECT segment FROM segment_membership WHERE contact_id = :id ORDER BY 1"), {"id": inner}
            ).scalars()
        ),
        "deliveries": _rows(
            connection,
            """SELECT d.public_id AS delivery, d.owner, d.delivered_at, i.reason FROM delivery_item i
               JOIN delivery d ON d.id = i.delivery_id WHERE i.contact_id = :id ORDER BY d.id""",
            id=inner,
        ),
    }


def leads(connection: Connection, public_id: str) -> list[dict[str, Any]]:
    """Every lead of the contact, superseded ones too: where it came from and what it stated, oldest first."""
    found = _rows(
        connection,
        """SELECT l.*, s.name AS source, s.kind AS source_kind, s.title AS source_title, s.config AS source_config,
                  b.public_id AS batch, b.fetched_at, n.public_id AS superseded_by_lead
           FROM lead l JOIN contact c ON c.id = l.contact_id JOIN source s ON s.id = l.source_id
           JOIN batch b ON b.id = l.batch_id LEFT JOIN lead n ON n.id = l.superseded_by
           WHERE c.public_id = :id ORDER BY l.stated_at, l.id""",
        id=public_id,
    )
    for lead in found:
        lead["points"] = _rows(
            connection,
            """SELECT type, text, value, kind, label, usable, flag FROM lead_point
               WHERE lead_id = :id ORDER BY type DESC, slot""",
            id=lead["id"],
        )
        lead["seen_again"] = _rows(
            connection,
            """SELECT b.public_id AS batch, f.row FROM fate f JOIN batch b ON b.id = f.batch_id
               WHERE f.lead_id = :id AND f.fate = 'duplicate' ORDER BY b.id, f.row""",
            id=lead["public_id"],
        )
    return found


def decisions(connection: Connection, lead_ids: list[str]) -> list[dict[str, Any]]:
    """The match decisions between or about these leads (public ids), also revoked ones, oldest first.

    Columns: id, lead_id, other_lead_id (public), contact, other_contact (whose they are), verdict, rule, actor,
    by_hand, because, decided_at, revoked_at.
    """
    found: dict[int, dict[str, Any]] = {}
    for lead_id in lead_ids:
        for end in ("lead_id", "other_lead_id"):
            rows = _rows(
                connection,
                f"""SELECT d.id, l.public_id AS lead_id, o.public_id AS other_lead_id, c.public_id AS contact,
                           k.public_id AS other_contact, d.verdict, d.rule, d.actor, d.by_hand, d.because, d.decided_at,
                           d.revoked_at
                    FROM lead asked CROSS JOIN match_decision d JOIN lead l ON l.id = d.lead_id
                    JOIN lead o ON o.id = d.other_lead_id JOIN contact c ON c.id = l.contact_id
                    JOIN contact k ON k.id = o.contact_id
                    WHERE asked.public_id = :id AND d.{end} = asked.id""",
                id=lead_id,
            )
            found |= {row["id"]: {**row, "by_hand": bool(row["by_hand"])} for row in rows}
    return [found[key] for key in sorted(found)]


def unsure(connection: Connection) -> list[dict[str, Any]]:
    """Pairs of contacts that may be one and nobody decided about, each once: what a person has to look at.

    Columns: id (of the first decision that says so), lead_id, other_lead_id, contact, other_contact, rules (of all).
    """
    apart = {
        frozenset(row)
        for row in connection.execute(
            text("""SELECT l.contact_id, o.contact_id FROM match_decision d JOIN lead l ON l.id = d.lead_id
                    JOIN lead o ON o.id = d.other_lead_id
                    WHERE d.by_hand AND d.revoked_at IS NULL AND d.verdict = 'different'""")
        )
    }
    rows = _rows(
        connection,
        """SELECT d.id, l.public_id AS lead_id, o.public_id AS other_lead_id, c.public_id AS contact,
                  k.public_id AS other_contact, d.rule, c.id AS one, k.id AS other
           FROM match_decision d JOIN lead l ON l.id = d.lead_id JOIN lead o ON o.id = d.other_lead_id
           JOIN contact c ON c.id = l.contact_id JOIN contact k ON k.id = o.contact_id
           WHERE d.verdict = 'unsure' AND d.revoked_at IS NULL AND c.id <> k.id ORDER BY d.id""",
    )
    found: dict[frozenset[int], dict[str, Any]] = {}
    for row in rows:
        pair = frozenset((row.pop("one"), row.pop("other")))
        if pair not in apart:
            rules = found.setdefault(pair, {**row, "rules": []})["rules"]
            rules += [] if row["rule"] in rules else [row["rule"]]
    return [{name: cell for name, cell in row.items() if name != "rule"} for row in found.values()]


def events(connection: Connection, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ledger's events about these points (`type`, `value`), in its order, whoever shares them.

    What was said of a phone was said of the messenger account that is this number. Raises StoreError when a key of the
    ledger is lost.
    """
    require(connection.execute(text("SELECT keys FROM consent_head WHERE id = 1")).scalar() or "", "pepper")
    asked = {(point["type"], point["value"]) for point in points}
    asked |= {
        ("phone", f"+{value.partition(':+')[2]}")
        for type_, value in asked
        if type_ == "messenger" and ":+" in value
    }
    found: list[dict[str, Any]] = []
    for (type_, value), pepper in product(asked, peppers()):
        lookup, proof = pepper.lookup(type_, value)
        rows = _rows(
            connection,
            """SELECT h.* FROM consent_key k CROSS JOIN consent_history h
               WHERE k.lookup = :lookup AND k.proof = :proof AND h.subject_id = k.subject_id""",
            lookup=lookup, proof=proof,
        )  # fmt: skip
        found += [{**row, "value": value} for row in rows]
    return sorted(found, key=lambda event: (event["seq"], event["channel"], event["purpose"]))


def source_regions(connection: Connection) -> list[str]:
    """The countries that the sources in the store are about, sorted."""
    return list(connection.execute(text("SELECT DISTINCT region FROM source ORDER BY region")).scalars())


def rejects(connection: Connection, batch: str) -> list[dict[str, Any]]:
    """The quarantined rows of a batch: row, record_key, reason."""
    return _rows(
        connection,
        """SELECT f.row, f.part, f.record_key, f.reason FROM fate f JOIN batch b ON b.id = f.batch_id
           WHERE b.public_id = :batch AND f.fate = 'quarantined' ORDER BY f.row, f.part""",
        batch=batch,
    )


def sources(connection: Connection, names: list[str]) -> list[dict[str, Any]]:
    """These sources, by name: name, kind, title, config (JSON, as last used)."""
    rows = _rows(connection, "SELECT name, kind, title, config FROM source ORDER BY name")
    return [row for row in rows if row["name"] in names]


def permissions(connection: Connection, public_id: str) -> list[dict[str, Any]]:
    """What the gate answered about a contact, oldest first."""
    return _rows(
        connection,
        """SELECT d.type, d.value, d.channel, d.purpose, d.verdict, d.rule, d.pack, d.reason, d.evidence, d.decided_at,
                  d.valid_until, d.hours, d.zones
           FROM permission_decision d JOIN contact c ON c.id = d.contact_id WHERE c.public_id = :id ORDER BY d.id""",
        id=public_id,
    )


def alone_in_row(connection: Connection, public_id: str) -> set[tuple[str, int]]:
    """The received rows (batch, row) of a contact's leads in which nobody else stands."""
    rows = _rows(
        connection,
        """SELECT DISTINCT b.public_id AS batch, l.row FROM lead l JOIN contact c ON c.id = l.contact_id
           JOIN batch b ON b.id = l.batch_id WHERE c.public_id = :id AND NOT EXISTS (
               SELECT 1 FROM fate f WHERE f.batch_id = l.batch_id AND f.row = l.row AND f.part <> l.part
               AND NOT EXISTS (SELECT 1 FROM lead o WHERE o.public_id = f.lead_id AND o.contact_id = l.contact_id))""",
        id=public_id,
    )
    return {(row["batch"], row["row"]) for row in rows}
