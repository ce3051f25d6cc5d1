"""How long contacts are kept, and until when proof about them must be, as far as the store knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection


def put(connection: Connection, contact: str, until: str, because: str, by: str, at: str) -> None:
    """Hold proof about a contact (public id) until a day; it takes the place of what was said of it before."""
    connection.execute(
        text(
            """INSERT INTO hold (public_id, until, because, "by", at) VALUES (:id, :until, :because, :by, :at)"""
        ),
        {"id": contact, "until": until, "because": because, "by": by, "at": at},
    )


def put_by_hand(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """The newest hold about each of these contacts (column `contact`), also under an id it had: contact, until,
    because."""
    from leads import schema
    from store.queries import about

    return about(
        connection, contacts[["contact"]].drop_duplicates(),
        """SELECT a.contact, h.until, h.because FROM asked a CROSS JOIN contact c CROSS JOIN hold h
           WHERE c.public_id = a.contact AND h.id = (
               SELECT max(n.id) FROM hold n WHERE n.public_id = a.contact
               OR n.public_id IN (SELECT k.public_id FROM contact_alias k WHERE k.contact_id = c.id))
           ORDER BY a.contact""",
        dict.fromkeys(("contact", "until", "because"), schema.TEXT),
    )  # fmt: skip


def everybody(connection: Connection) -> pd.DataFrame:
    """Every contact that somebody put a hold on: column `contact`, as it is called now."""
    from leads import schema
    from store.queries import frame

    return frame(
        connection,
        """SELECT c.public_id FROM contact c WHERE c.public_id IN (SELECT public_id FROM hold) UNION
           SELECT c.public_id FROM contact_alias k JOIN contact c ON c.id = k.contact_id
           WHERE k.public_id IN (SELECT public_id FROM hold) ORDER BY 1""",
        {"contact": schema.TEXT},
    )


def sources(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """contact and source of each lead, once, of these contacts."""
    from leads import schema
    from store.queries import about

    return about(
        connection, contacts[["contact"]].drop_duplicates(),
        """SELECT DISTINCT a.contact, s.name FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN source s
           WHERE c.public_id = a.contact AND l.contact_id = c.id AND s.id = l.source_id ORDER BY 1, 2""",
        {"contact": schema.TEXT, "source": schema.TEXT},
    )  # fmt: skip


def people(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """What decides whose law these contacts are under: contact, country, audience (see `relations.audience`)."""
    from leads import schema
    from store import relations
    from store.queries import about

    traders = ", ".join(f"'{form}'" for form in relations.SOLE_TRADERS)
    return about(
        connection, contacts[["contact"]].drop_duplicates(),
        f"""SELECT a.contact, c.country,
                   CASE WHEN c.kind = 'person' AND count(CASE WHEN s.audience = 'consumer' THEN 1 END) > 0
                        THEN 'consumer'
                        WHEN c.company_form IN ({traders}) OR count(CASE WHEN s.audience = 'sole_trader' THEN 1 END) > 0
                        THEN 'sole_trader' ELSE 'business' END
            FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN source s
            WHERE c.public_id = a.contact AND l.contact_id = c.id AND s.id = l.source_id AND l.superseded_by IS NULL
            GROUP BY a.contact, c.id, c.country, c.kind, c.company_form ORDER BY a.contact""",
        dict.fromkeys(("contact", "country", "audience"), schema.TEXT),
    )  # fmt: skip


def kept(connection: Connection) -> pd.DataFrame:
    """What every contact is kept by: contact, country, audience, source, obtained (the newest batch), acted (when the
    person last turned to us there) and ordered (their last order); the last two only of sources that people came to."""
    from leads import schema
    from leads.sets import query
    from store import relations
    from store.queries import frame

    leads = frame(
        connection,
        """SELECT c.public_id, s.name, max(b.fetched_at), max(l.stated_at), max(l.ordered_on) FROM lead l
           JOIN contact c ON c.id = l.contact_id JOIN source s ON s.id = l.source_id JOIN batch b ON b.id = l.batch_id
           WHERE l.superseded_by IS NULL GROUP BY c.public_id, s.name""",
        dict.fromkeys(("contact", "source", "obtained", "stated", "ordered"), schema.TEXT),
    )
    own = sorted(name for name, one in relations.said(connection).items() if one.from_person)
    return query(
        """SELECT l.contact, p.country, p.audience, l.source, l.obtained,
                  CASE WHEN list_contains($own, l.source) THEN l.stated END AS acted,
                  CASE WHEN list_contains($own, l.source) THEN l.ordered || 'T00:00:00.000000Z' END AS ordered
           FROM leads l JOIN people p USING (contact) ORDER BY l.contact, l.source""",
        {"own": own}, leads=leads, people=people(connection, leads),
    )  # fmt: skip
