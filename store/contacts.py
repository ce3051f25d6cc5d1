"""Contacts as they were derived, into the store."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from leads import schema
from leads.sets import query
from store import queries
from store.bulk import insert, next_id, stage


@dataclass(frozen=True)
class Contacts:
    """Contacts as they are now, with all of their points and their match keys."""

    contacts: pd.DataFrame
    points: pd.DataFrame
    keys: pd.DataFrame


def numbered(connection: Connection, touched: pd.DataFrame) -> pd.DataFrame:
    """contact (public id) -> contact_id, and whether it is `new`, of contacts (column `contact`, each once)."""
    known = queries.about(
        connection,
        touched[["contact"]],
        "SELECT a.contact, c.id FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact",
        {"contact": schema.TEXT, "contact_id": schema.INT},
    )
    new = touched.loc[~touched["contact"].isin(known["contact"]), ["contact"]]
    start = next_id(connection, "contact")
    new["contact_id"] = pd.array(np.arange(start, start + len(new)), dtype=schema.INT)
    return pd.concat([known.assign(new=False), new.assign(new=True)], ignore_index=True)


def write(connection: Connection, made: Contacts, ids: pd.DataFrame) -> None:
    """Write the derived contacts, and their points and match keys in place of those they had.

    `ids` are theirs as `numbered` gives them; what else stands there loses its points and keys.
    """
    named = ids[["contact", "contact_id"]]
    rows = made.contacts.merge(named, on="contact").rename(columns={"contact": "public_id", "contact_id": "id"})
    insert(connection, "contact", rows, ["id"], update=True)
    known = ids.loc[~ids["new"], ["contact_id"]]
    if not known.empty:
        stage(connection, "derived", known)
        for table in ("match_key", "contact_point"):
            connection.execute(text(f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM derived)"))
    points = made.points.merge(named, on="contact").drop(columns="contact")
    insert(connection, "contact_point", points, ["contact_id", "type", "value"])
    keyed = query("SELECT DISTINCT key, contact_id FROM points JOIN keys USING (type, value)",
                  points=points, keys=made.keys)  # fmt: skip
    insert(connection, "match_key", keyed, ["key", "contact_id"])
