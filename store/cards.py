"""What sales and the gate must know of the store, as frames."""

import pandas as pd
from sqlalchemy import Connection

from leads import schema
from leads.sets import query
from store import ledger, notices, relations
from store.erasure import WAITING
from store.queries import about, frame

TOUCHES = dict.fromkeys(("contact", "lead_id", "source", "source_kind", "at"), schema.TEXT)


def cards(connection: Connection) -> pd.DataFrame:
    """Every contact as sales see it, whoever waits for erasure left out: CARDS.

    Audience and relation are those of `store.relations`.
    """
    plain = ("contact", "kind", "name", "given_name", "family_name", "company", "job", "country", "region", "city",
             "language", "tier", "tags", "first_seen", "last_seen", "region_code", "company_form")  # fmt: skip
    # What it is called is put together here: in the store it may be sealed.
    contacts = query(
        """SELECT * REPLACE (coalesce(CASE WHEN kind = 'person' AND family_name IS NOT NULL
                                 THEN coalesce(given_name || ' ', '') || family_name END, name, company) AS name)
           FROM stored ORDER BY contact""",
        stored=frame(
            connection,
            f"""SELECT public_id, kind, name_text, given_name, family_name, company, job, country, region, city,
                      language, tier, tags, first_seen, last_seen, region_code, company_form FROM contact
               WHERE id NOT IN (SELECT id FROM ({WAITING}) w)""",
            dict.fromkeys(plain, schema.TEXT),
        ),
    )
    leads = frame(
        connection,
        """SELECT c.public_id, s.name, s.kind, s.region, s.audience, l.stated_at, l.request, l.ordered_on
           FROM lead l JOIN contact c ON c.id = l.contact_id JOIN source s ON s.id = l.source_id
           WHERE l.superseded_by IS NULL""",
        dict.fromkeys(
            ("contact", "source", "source_kind", "source_region", "audience", "moment", "request", "ordered_on"),
            schema.TEXT,
        ),
    )
    own = sorted(name for name, one in relations.said(connection).items() if one.from_person)
    found = query(
        """SELECT c.*, string_agg(DISTINCT source, '|' ORDER BY source) AS sources,
                  string_agg(DISTINCT source_kind, '|' ORDER BY source_kind) AS source_kinds,
                  string_agg(DISTINCT source_region, '|' ORDER BY source_region) AS source_regions,
                  CASE WHEN any_value(c.kind) = 'person' AND bool_or(audience = 'consumer') THEN 'consumer'
                       WHEN bool_or(audience = 'sole_trader')
                         OR list_contains($forms, any_value(company_form)) THEN 'sole_trader'
                       ELSE 'business' END AS audience,
                  arg_max(request, moment) AS request, any_value(due) AS notice_due,
                  max(ordered_on || 'T00:00:00.000000Z') FILTER (list_contains($own, source)) AS customer_at,
                  max(moment) FILTER (list_contains($own, source)
                      AND (list_contains($enquiries, source_kind) OR request IS NOT NULL)) AS enquired_at
           FROM contacts c JOIN leads l USING (contact) LEFT JOIN notices n USING (contact)
           GROUP BY ALL ORDER BY contact""",
        {"own": own, "forms": list(relations.SOLE_TRADERS), "enquiries": list(relations.ENQUIRIES)},
        contacts=contacts,
        leads=leads,
        notices=notices.deadlines(connection),
    )
    return schema.check(schema.CARDS, found[list(schema.CARDS.columns)])


def card_points(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """CARD_POINTS of these contacts (column `contact`)."""
    found = about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        """SELECT a.contact, p.type, p.value, p.display, p.kind, p.region
           FROM asked a CROSS JOIN contact c CROSS JOIN contact_point p
           WHERE c.public_id = a.contact AND p.contact_id = c.id""",
        schema.CARD_POINTS,
    )
    return query("SELECT * FROM found ORDER BY contact, type, value", found=found)


def touches(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """Every live lead of these contacts (column `contact`), first and last touch included: TOUCHES."""
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        """SELECT a.contact, l.public_id, s.name, s.kind, l.stated_at
           FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN source s
           WHERE c.public_id = a.contact AND l.contact_id = c.id AND s.id = l.source_id AND l.superseded_by IS NULL
           ORDER BY l.id""",
        TOUCHES,
    )


def delivered(connection: Connection) -> pd.DataFrame:
    """What was handed over before: contact, reason."""
    return frame(
        connection,
        """SELECT c.public_id, d.reason FROM delivery_item d JOIN contact c ON c.id = d.contact_id""",
        {"contact": schema.TEXT, "reason": schema.TEXT},
    )


def assignments(connection: Connection) -> pd.DataFrame:
    """Who owns whom now: ASSIGNMENTS."""
    return frame(
        connection,
        """SELECT c.public_id, a.owner, a.why FROM assignment a JOIN contact c ON c.id = a.contact_id
           WHERE a.until IS NULL ORDER BY a.id""",
        schema.ASSIGNMENTS,
    ).drop_duplicates("contact")


def history(connection: Connection, points: pd.DataFrame) -> pd.DataFrame:
    """The ledger's events about these points (columns `type`, `value`), whoever shares them: HISTORY.

    What was said of a phone was said of the messenger account that is this number, and stands here under both.
    """
    asked = points[["type", "value"]].drop_duplicates()
    said_of = query(
        """SELECT type, value, type AS of_type, value AS of_value FROM asked UNION ALL
           SELECT type, value, 'phone', substr(value, position(':+' IN value) + 1) FROM asked
           WHERE type = 'messenger' AND contains(value, ':+')""",
        asked=asked,
    )
    points = query("SELECT DISTINCT of_type AS type, of_value AS value FROM said_of", said_of=said_of)
    return query(
        """SELECT h.* REPLACE (a.type AS type, a.value AS value) FROM said_of a
           JOIN said h ON h.type = a.of_type AND h.value = a.of_value ORDER BY seq, channel, purpose""",
        said_of=said_of, said=ledger.history(connection, points),
    )  # fmt: skip


def contacted(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """CONTACTED: when these contacts (column `contact`) were handed over, by each channel that was allowed then."""
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        """SELECT DISTINCT a.contact, p.channel, d.delivered_at
           FROM asked a CROSS JOIN contact c CROSS JOIN delivery_item i CROSS JOIN delivery d
           CROSS JOIN permission_decision p
           WHERE c.public_id = a.contact AND i.contact_id = c.id AND d.id = i.delivery_id AND p.contact_id = c.id
             AND p.decided_at = d.delivered_at AND p.verdict = 'allow'
           ORDER BY 1, 2, 3""",
        schema.CONTACTED,
    )


def promised(connection: Connection) -> pd.DataFrame:
    """PROMISED: how often each source said we would come, under the version of its text that is in use."""
    told = [
        (name, one.version, one.frequency) for name, one in relations.said(connection).items() if one.frequency
    ]
    columns = list(zip(*told, strict=True)) if told else [(), (), ()]
    return pd.DataFrame(
        {key: schema.texts(cells) for key, cells in zip(schema.PROMISED.columns, columns, strict=True)}
    )
