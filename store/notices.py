"""Whom we owe a notice that we hold their data (GDPR Art. 14), derived from the ledger: light to import, for `status`.

A notice is owed for each lead that did not come from the person (`notice_due`). It was given when we told whoever has
the lead now of its source (`notice_sent` with a lead), or told the contact point later than that (without one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

# Statements that begin so ask `owed o`, the notices nobody gave yet: lead and contact (inside), contact point
# (subject, type), source, when its data was obtained and until when a month allows (UTC text).
OWED = """
    WITH said AS (
        SELECT e.seq, e.subject_id, e.lead_id, t.kind, t.type, t.source, t.source_kind, t.controller, t.obtained,
               t.valid_until, e.jurisdiction, l.contact_id
        FROM consent_terms t JOIN consent_event e ON e.terms_id = t.id LEFT JOIN lead l ON l.id = e.lead_id
        WHERE t.kind IN ('notice_due', 'notice_sent')
    ), told AS (
        SELECT DISTINCT contact_id, source, controller FROM said WHERE kind = 'notice_sent' AND contact_id IS NOT NULL
    ), point_told AS (
        SELECT subject_id, controller, max(seq) AS seq FROM said
        WHERE kind = 'notice_sent' AND lead_id IS NULL GROUP BY subject_id, controller
    ), owed AS (
        SELECT d.seq, d.subject_id, d.type, d.lead_id, d.contact_id, d.source, d.source_kind, d.controller, d.obtained,
               d.valid_until AS due, d.jurisdiction
        FROM said d LEFT JOIN point_told p ON p.subject_id = d.subject_id AND p.controller = d.controller
        WHERE d.kind = 'notice_due' AND d.contact_id IS NOT NULL AND (p.seq IS NULL OR p.seq < d.seq)
          AND (d.contact_id, d.source, d.controller) NOT IN (SELECT contact_id, source, controller FROM told)
    )"""
# Due is the month's end, or the first hand-over since we have the data, as in `owed` and docs/duties.md.
COUNT = f"""{OWED}, handed AS (
        SELECT i.contact_id, max(d.delivered_at) AS last FROM delivery_item i JOIN delivery d ON d.id = i.delivery_id
        WHERE d.delivered_at < :now GROUP BY i.contact_id
    )
    SELECT count(DISTINCT o.contact_id),
           count(DISTINCT CASE WHEN o.due < :now OR h.last >= o.obtained THEN o.contact_id END)
    FROM owed o LEFT JOIN handed h ON h.contact_id = o.contact_id"""
# What a notice calls what we hold of a person, and where it stands.
HELD = {
    "name": "coalesce(l.name_text, l.family_name, l.given_name)", "work": "coalesce(l.company, l.job, l.title)",
    "address": "coalesce(l.address, l.street, l.city, l.postcode, l.postal_address)", "birthday": "l.birthday",
    "registration": "l.registrations", "request": "l.request", "order": "coalesce(l.ordered_on, l.amount)",
    "other": "coalesce(l.attributes, l.tags, l.website)",
}  # fmt: skip


def count(connection: Connection, at: str) -> tuple[int, int]:
    """How many people are owed a notice, and how many of them were overdue at a moment (UTC): see COUNT."""
    owed, overdue = connection.execute(text(COUNT), {"now": at}).one()
    return int(owed), int(overdue)


def owed(connection: Connection) -> pd.DataFrame:
    """Per contact and source what is owed: contact, source, source_kind, obtained, due (the month's end; both the
    first), handed (the first hand-over since then in which the gate let somebody contact them)."""
    from leads import schema
    from store.queries import frame

    columns = ("contact", "source", "source_kind", "obtained", "due", "handed")
    return frame(
        connection,
        f"""{OWED}, handed AS (
                SELECT i.contact_id, d.delivered_at FROM delivery_item i JOIN delivery d ON d.id = i.delivery_id
            ), by_source AS (
                SELECT contact_id, source, min(source_kind) AS source_kind, min(obtained) AS obtained, min(due) AS due
                FROM owed GROUP BY contact_id, source
            )
            SELECT c.public_id, o.source, o.source_kind, o.obtained, o.due,
                   (SELECT min(h.delivered_at) FROM handed h
                    WHERE h.contact_id = o.contact_id AND h.delivered_at >= o.obtained)
            FROM by_source o JOIN contact c ON c.id = o.contact_id ORDER BY o.due, c.public_id, o.source""",
        dict.fromkeys(columns, schema.TEXT),
    )


def deadlines(connection: Connection) -> pd.DataFrame:
    """Of each contact that is owed a notice the earliest end of a month: contact, due."""
    from leads import schema
    from store.queries import frame

    return frame(
        connection,
        f"{OWED} SELECT c.public_id, min(o.due) FROM owed o JOIN contact c ON c.id = o.contact_id GROUP BY c.public_id",
        {"contact": schema.TEXT, "due": schema.TEXT},
    )


def leads_owed(connection: Connection, told: pd.DataFrame) -> pd.DataFrame:
    """What is owed to these contacts of these sources (contact, source): with lead_id (public), lead (inside), value
    and type of the contact point, source_kind, obtained, jurisdiction."""
    from leads import schema
    from store import subjects
    from store.queries import about

    columns = dict.fromkeys(
        ("contact", "source", "source_kind", "lead_id", "type", "obtained", "jurisdiction"), schema.TEXT
    )
    found = about(
        connection, told[["contact", "source"]].drop_duplicates(),
        f"""{OWED} SELECT a.contact, a.source, o.source_kind, l.public_id, o.type, o.obtained, o.jurisdiction, l.id,
                   o.subject_id
            FROM asked a CROSS JOIN contact c CROSS JOIN owed o CROSS JOIN lead l
            WHERE c.public_id = a.contact AND o.contact_id = c.id AND o.source = a.source AND l.id = o.lead_id
            ORDER BY o.seq""",
        columns | {"lead": schema.INT, "subject": schema.INT},
    )  # fmt: skip
    values = subjects.values(connection, found[["subject"]])
    return found.merge(values[["subject", "value"]], on="subject").drop(columns="subject")


def people(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """What a letter to these contacts (column `contact`) needs: contact, addressee, language, country, address,
    categories (`|`-list of what we hold of them), restricted (since when they wait for erasure)."""
    from leads import schema
    from leads.sets import query
    from store.queries import about

    tests = {name: f"count({cells}) > 0" for name, cells in HELD.items()}
    for type_ in ("phone", "email", "messenger"):
        tests[type_] = f"EXISTS (SELECT 1 FROM contact_point p WHERE p.contact_id = c.id AND p.type = '{type_}')"
    held = " || ".join(f"CASE WHEN {test} THEN '{name}|' ELSE '' END" for name, test in tests.items())
    found = about(
        connection, contacts[["contact"]].drop_duplicates(),
        f"""SELECT a.contact, CASE WHEN c.kind = 'person' THEN c.given_name END,
                   CASE WHEN c.kind = 'person' THEN c.family_name END, coalesce(c.name_text, c.company),
                   c.language, c.country, c.postal_address, c.address, c.postcode, c.city, {held},
                   (SELECT min(e.asked_at) FROM erasure e WHERE e.public_id = a.contact AND e.finished_at IS NULL)
            FROM asked a CROSS JOIN contact c CROSS JOIN lead l
            WHERE c.public_id = a.contact AND l.contact_id = c.id
            GROUP BY a.contact, c.id ORDER BY a.contact""",
        dict.fromkeys(("contact", "given", "family", "otherwise", "language", "country", "postal", "street", "postcode",
                       "city", "categories", "restricted"), schema.TEXT),
    )  # fmt: skip
    # Put together here, for the store may have names sealed.
    return query(
        """SELECT contact, coalesce(coalesce(given || ' ', '') || family, otherwise) AS addressee, language, country,
                  CASE WHEN coalesce(postal, street) IS NOT NULL THEN
                  concat_ws(', ', coalesce(postal, street), concat_ws(' ', postcode, city), country) END AS address,
                  rtrim(categories, '|') AS categories, restricted
           FROM found ORDER BY contact""", found=found,
    )  # fmt: skip
