"""The consent ledger in the store: appended to, never changed; read whole in the view `consent_history`."""

import pandas as pd
from sqlalchemy import Connection

from leads import schema
from leads.sets import query
from store import queries
from store.bulk import insert, stage

# What a restore must never take back: whoever said no, or was erased, since the backup was made.
REFUSALS = ("refused", "withdrawn", "objected", "erased", "invalidated", "expired")
TERMS = {name: column.dtype.type for name, column in schema.TERMS.columns.items()}
EVENTS = {
    **{name: column.dtype.type for name, column in schema.EVENTS.columns.items()},
    "recorded_time": schema.TEXT,
}


def append(connection: Connection, terms: pd.DataFrame, events: pd.DataFrame, lead_ids: pd.DataFrame) -> int:
    """Add EVENTS (with `recorded_time`) under their TERMS; an event that is there already is left alone.

    `lead_ids`: lead_id (public) -> id, of the leads that are in the store. Returns how many events were new.
    """
    insert(connection, "consent_terms", terms.drop(columns="terms"), ["digest"])
    known = queries.about(
        connection,
        terms[["terms", "digest"]],
        "SELECT a.terms, t.id FROM asked a CROSS JOIN consent_terms t WHERE t.digest = a.digest",
        {"terms": schema.INT, "terms_id": schema.INT},
    )
    rows = query(
        """SELECT value, i.id AS lead_id, terms_id, jurisdiction, event_time, recorded_time, row
           FROM events JOIN known USING (terms) LEFT JOIN ids i USING (lead_id)""",
        events=events, known=known, ids=lead_ids[["lead_id", "id"]],
    )  # fmt: skip
    return insert(connection, "consent_event", rows, ["value", "lead_id", "terms_id"])


def refusals(connection: Connection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every no in the ledger, as TERMS and EVENTS with `recorded_time`, in its order."""
    kinds = ", ".join(f"'{kind}'" for kind in REFUSALS)
    said = ", ".join("id AS terms" if name == "terms" else name for name in TERMS)
    terms = queries.frame(connection, f"SELECT {said} FROM consent_terms WHERE kind IN ({kinds})", TERMS)
    events = queries.frame(
        connection,
        f"""SELECT l.public_id, e.value, e.terms_id, e.jurisdiction, e.event_time, e.row, e.recorded_time
            FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id LEFT JOIN lead l ON l.id = e.lead_id
            WHERE t.kind IN ({kinds}) ORDER BY e.seq""",
        EVENTS,
    )
    return terms, events


def replay(connection: Connection, terms: pd.DataFrame, events: pd.DataFrame) -> int:
    """Append what this store lacks of `refusals` of another; returns how many that was.

    An event is the same one when it was recorded at the same moment about the same. Its lead may not be here.
    """
    stage(connection, "said_before", query(
        "SELECT e.*, t.type, t.kind, t.channel, t.purpose FROM events e JOIN terms t USING (terms)",
        events=events, terms=terms,
    ))  # fmt: skip
    lost = queries.frame(
        connection,
        f"""SELECT {", ".join(f"s.{name}" for name in EVENTS)} FROM said_before s WHERE NOT EXISTS (
                SELECT 1 FROM consent_history h WHERE h.value = s.value AND h.type = s.type AND h.kind = s.kind
                AND h.channel = s.channel AND h.purpose = s.purpose AND h.recorded_time = s.recorded_time)""",
        EVENTS,
    )
    leads = queries.about(
        connection,
        lost[["lead_id"]].dropna().drop_duplicates(),
        "SELECT l.public_id, l.id FROM asked a CROSS JOIN lead l WHERE l.public_id = a.lead_id",
        {"lead_id": schema.TEXT, "id": schema.INT},
    )
    return append(connection, terms[terms["terms"].isin(lost["terms"])], lost, leads)
