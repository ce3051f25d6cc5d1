"""Promise P1: every row received, and every lead of a row, ends in exactly one fate."""

import pandas as pd
from sqlalchemy import Connection, text

from leads import schema
from leads.errors import AccountingError
from leads.schema import FATES
from leads.sets import query


def fates(
    landed: pd.DataFrame,
    stated: pd.DataFrame,
    unusable: pd.DataFrame,
    suppressed: pd.DataFrame,
    versions: pd.DataFrame,
    assigned: pd.DataFrame,
) -> pd.DataFrame:
    """The fate of each landed row and each lead: FATE.

    `unusable` (lead_id, reason), `suppressed` (lead_id), `versions` (row, part, lead_id, state), ASSIGNED.
    """
    found = query(
        """
        SELECT row, 0 AS part,
               CASE WHEN note LIKE 'unreadable%' THEN 'quarantined' ELSE 'not_a_record' END AS fate,
               note AS reason, record_key, NULL::VARCHAR AS lead_id
        FROM landed WHERE note IS NOT NULL
        UNION ALL
        SELECT s.row, s.part,
               CASE WHEN u.lead_id IS NOT NULL THEN 'quarantined'
                    WHEN p.lead_id IS NOT NULL THEN 'suppressed'
                    WHEN v.state = 'duplicate' THEN 'duplicate'
                    WHEN v.state = 'version' THEN 'superseded'
                    WHEN a.created THEN 'created'
                    WHEN NOT a.created THEN 'merged' END AS fate,
               u.reason, s.record_key, s.lead_id
        FROM stated s
        LEFT JOIN (SELECT lead_id, min(reason) AS reason FROM unusable GROUP BY 1) u USING (lead_id)
        LEFT JOIN (SELECT DISTINCT lead_id FROM suppressed) p USING (lead_id)
        LEFT JOIN versions v ON v.row = s.row AND v.part = s.part
        LEFT JOIN assigned a ON a.lead_id = s.lead_id
        ORDER BY row, part""",
        landed=landed[["row", "note", "record_key"]],
        stated=stated[["row", "part", "lead_id", "record_key"]],
        unusable=unusable,
        suppressed=suppressed,
        versions=versions[["row", "part", "state"]],
        assigned=assigned,
    )
    found["part"] = found["part"].astype(schema.INT)
    return schema.check(schema.FATE, found)


def account(connection: Connection, batch: str) -> dict[str, int]:
    """The accounting of a loaded batch: every fate -> how many; raises AccountingError when a row is missing."""
    row = connection.execute(text("SELECT id, rows FROM batch WHERE public_id = :batch"), {"batch": batch}).one()
    counted = dict.fromkeys(FATES, 0)
    counted |= dict(
        connection.execute(
            text("SELECT fate, count(*) FROM fate WHERE batch_id = :id GROUP BY fate"), {"id": row.id}
        )
        .tuples()
        .all()
    )
    fated = connection.execute(
        text("SELECT count(DISTINCT row) FROM fate WHERE batch_id = :id"), {"id": row.id}
    ).scalar_one()
    if fated != row.rows:
        raise AccountingError(
            f"{row.rows} rows received, {fated} accounted for", where=f"batch {batch}",
            do="Run `leads ingest` of this source again; what is loaded is recognised",
        )  # fmt: skip
    return counted


def reasons(connection: Connection, batch: str) -> dict[str, int]:
    """Why rows of a batch were quarantined or are no records: reason -> how many."""
    return dict(
        connection.execute(
            text("""SELECT f.reason, count(*) FROM fate f JOIN batch b ON b.id = f.batch_id
                    WHERE b.public_id = :batch AND f.reason IS NOT NULL GROUP BY f.reason ORDER BY 2 DESC, 1"""),
            {"batch": batch},
        )
        .tuples()
        .all()
    )
