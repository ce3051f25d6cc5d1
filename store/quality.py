"""Counts per source: what came, where it ended, what it is worth. No personal value, no pandas."""

import json
from typing import Any

from sqlalchemy import Connection, text

from store import at_rest, notices

# Kept apart from leads.schema, which would cost the commands that only look something up an import of pandas.
FATES = ("created", "merged", "duplicate", "superseded", "suppressed", "quarantined", "not_a_record")
# The contacts of a decision, in one order: several decisions may be about one pair (as `trail.unsure` tells them).
PAIRS = """SELECT CASE WHEN l.contact_id < o.contact_id THEN l.contact_id ELSE o.contact_id END AS one,
                  CASE WHEN l.contact_id < o.contact_id THEN o.contact_id ELSE l.contact_id END AS other
           FROM match_decision d JOIN lead l ON l.id = d.lead_id JOIN lead o ON o.id = d.other_lead_id"""


def per_source(connection: Connection) -> list[dict[str, Any]]:
    """One dict per source that has brought a batch, in the order in which they first came.

    source, kind, title, batches, rows, one count per fate (over all its batches), leads (live), contacts (that have a
    live lead of it), usable (share of records that became or joined a contact), price_per_usable (text or None),
    last_run (UTC) and last_status.
    """
    sources = connection.execute(
        text("""SELECT s.id, s.name AS source, s.kind, s.title, s.config, count(b.id) AS batches,
                       coalesce(sum(b.rows), 0) AS rows
                FROM source s JOIN batch b ON b.source_id = s.id GROUP BY s.id, s.name, s.kind, s.title, s.config
                ORDER BY s.id""")
    ).mappings()
    fates = _grouped(connection, """SELECT b.source_id, f.fate, count(*) FROM fate f
                                    JOIN batch b ON b.id = f.batch_id GROUP BY 1, 2""")  # fmt: skip
    leads = {
        source: (count, contacts)
        for source, count, contacts in connection.execute(
            text("""SELECT source_id, count(*), count(DISTINCT contact_id) FROM lead
                    WHERE superseded_by IS NULL GROUP BY source_id""")
        )
    }
    ended = {
        source: (status, finished)
        for source, status, finished in connection.execute(
            text("""SELECT source, status, coalesce(finished, started) FROM run WHERE id IN (
                        SELECT max(id) FROM run WHERE source IS NOT NULL GROUP BY source)""")
        )
    }
    found = []
    for row in sources:
        counts = dict.fromkeys(FATES, 0) | fates.get(row["id"], {})
        live, contacts = leads.get(row["id"], (0, 0))
        status, last = ended.get(row["source"], (None, None))
        found.append(
            {
                "source": row["source"], "kind": row["kind"], "title": row["title"], "batches": row["batches"],
                "rows": row["rows"], **counts, "leads": live, "contacts": contacts, "usable": _share(counts),
                "price_per_usable": _price(json.loads(row["config"]), counts, live),
                "last_run": last, "last_status": status,
            }
        )  # fmt: skip
    return found


def per_batch(connection: Connection, source: str | None = None, most: int = 20) -> list[dict[str, Any]]:
    """One dict per batch, of one source or of all, the newest first: source, batch, fetched_at (UTC), rows, declared
    (the source's own count), one count per fate, status (`landed`, `loaded`, `refused`, `history`)."""
    rows = connection.execute(
        text("""SELECT b.id, s.name AS source, b.public_id AS batch, b.fetched_at, b.rows, b.declared, b.status
                FROM batch b JOIN source s ON s.id = b.source_id
                WHERE s.name = :source OR CAST(:source AS VARCHAR) IS NULL ORDER BY b.id DESC LIMIT :most"""),
        {"source": source, "most": most},
    ).mappings().all()  # fmt: skip
    fates: dict[int, dict[str, int]] = {}
    for row in rows:
        counted = text("SELECT fate, count(*) FROM fate WHERE batch_id = :id GROUP BY fate")
        fates[row["id"]] = dict(connection.execute(counted, {"id": row["id"]}).tuples().all())
    told = [dict(row) | dict.fromkeys(FATES, 0) | fates[row["id"]] for row in rows]
    return [{name: cell for name, cell in one.items() if name != "id"} for one in told]


def _grouped(connection: Connection, sql: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for key, name, count in connection.execute(text(sql)):
        found.setdefault(key, {})[name] = count
    return found


def _share(counts: dict[str, int]) -> float | None:
    records = sum(counts.values()) - counts["not_a_record"]
    usable = records - counts["quarantined"] - counts["suppressed"]
    return round(usable / records, 4) if records else None


def _price(config: dict[str, Any], counts: dict[str, int], live: int) -> str | None:
    """What one usable lead of the source cost: the base's price, or that of its rows, over its live leads."""
    price = config.get("price")
    if not price or not live:
        return None
    records = sum(counts.values()) - counts["not_a_record"] - counts["duplicate"]
    paid = price["amount"] * (records if price["per"] == "row" else 1)
    return f"{paid / live:.2f} {price['currency']}"


def totals(connection: Connection) -> dict[str, int]:
    """What the store holds, and what is due: counts."""
    from leads import clock

    counts = {
        "contacts": "SELECT count(*) FROM contact",
        "people": "SELECT count(*) FROM contact WHERE kind = 'person'",
        "organisations": "SELECT count(*) FROM contact WHERE kind = 'organisation'",
        "contact_points": "SELECT count(*) FROM contact_point",
        "leads": "SELECT count(*) FROM lead",
        "ledger_events": "SELECT count(*) FROM consent_event",
        "suppressed": "SELECT count(*) FROM suppression",
        "delivered_contacts": "SELECT count(DISTINCT contact_id) FROM delivery_item",
        "hand_overs": "SELECT count(*) FROM hand_over",
        "rows_to_recall": """SELECT count(*) FROM (SELECT DISTINCT h.reference, h.recipient, r.contact FROM recall r
            JOIN hand_over h ON h.public_id = r.hand_over WHERE r.done_at IS NULL) AS o""",
        "pairs_to_review": f"""SELECT count(*) FROM (
            {PAIRS} WHERE d.verdict = 'unsure' AND d.revoked_at IS NULL AND l.contact_id <> o.contact_id
            EXCEPT {PAIRS} WHERE d.by_hand AND d.verdict = 'different' AND d.revoked_at IS NULL) AS pairs""",
        "leads_not_compared_with_all_that_are_alike": "SELECT coalesce(sum(crowded), 0) FROM compared",
        "quarantined_rows": "SELECT count(*) FROM fate WHERE fate = 'quarantined'",
    }
    found = {name: connection.execute(text(sql)).scalar_one() for name, sql in counts.items()}
    due, overdue = notices.count(connection, clock.now())
    return found | {"notices_due": due, "notices_overdue": overdue}


def segments(connection: Connection) -> dict[str, int]:
    """Segment -> how many contacts it holds."""
    rows = connection.execute(text("SELECT segment, count(*) FROM segment_membership GROUP BY segment"))
    return dict(rows.tuples().all())


def examples(connection: Connection) -> tuple[str, str]:
    """A phone of the contact with the most leads, and an e-mail that a person themselves consented to."""
    phone = connection.execute(
        text("""SELECT min(p.value) FROM contact_point p WHERE p.type = 'phone' AND p.contact_id = (
                    SELECT l.contact_id FROM lead l JOIN contact_point q ON q.contact_id = l.contact_id
                    WHERE q.type = 'phone' GROUP BY l.contact_id
                    ORDER BY count(DISTINCT l.source_id) DESC, l.contact_id LIMIT 1)""")
    ).scalar()
    email = connection.execute(
        text("""SELECT p.value FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id
                JOIN lead_point p ON p.lead_id = e.lead_id AND p.type = t.type AND p.usable
                WHERE t.kind = 'given' AND t.type = 'email' ORDER BY e.seq LIMIT 1""")
    ).scalar()
    phone, email = at_rest.texts(connection, [phone, email])
    return str(phone), str(email)
