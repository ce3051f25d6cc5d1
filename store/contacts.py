"""Contacts as they were derived, into the store."""

from collections.abc import Callable
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
    """What is to be written of derived contacts: those that are new or other than before, their points that are, with
    the match keys of these, and the points that they have no more (`gone`: contact, type, value, key).
    """

    contacts: pd.DataFrame
    points: pd.DataFrame
    keys: pd.DataFrame
    gone: pd.DataFrame


def changed(
    connection: Connection,
    touched: pd.DataFrame,
    had: pd.DataFrame,
    contacts: pd.DataFrame,
    points: pd.DataFrame,
    keyed: Callable[[pd.DataFrame], pd.DataFrame],
) -> Contacts:
    """Of derived CONTACTS and all of their points what the store has not got as it is: most of a contact that is met
    again stays, and a row written as it was is a page written for nothing.

    `touched` (column `contact`): known contacts that these stand in place of, and which points they `had`
    (`queries.shown_points`); `keyed` gives the match keys of points.
    """
    shown = ", ".join(f"c.{name}" for name in schema.CONTACTS.columns if name != "contact")
    types = {name: column.dtype.type for name, column in schema.CONTACTS.columns.items()}
    before = queries.about(
        connection,
        touched[["contact"]],
        f"SELECT a.contact, {shown} FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact",
        {"contact": types.pop("contact"), **types},
    )
    other = "SELECT {0} FROM made EXCEPT SELECT {0} FROM had ORDER BY {1}"
    new = query(other.format(", ".join(queries.SHOWN), "contact, type, value"), made=points, had=had)
    gone = query("SELECT contact, type, value FROM had ANTI JOIN made USING (contact, type, value)",
                 had=had, made=points)  # fmt: skip
    return Contacts(
        query(other.format(", ".join(contacts.columns), "contact"), made=contacts, had=before),
        new,
        keyed(new),
        gone.merge(keyed(gone), on=["type", "value"]),
    )


def numbered(connection: Connection, touched: pd.DataFrame, created: pd.Series | None = None) -> pd.DataFrame:
    """contact (public id) -> contact_id, and whether it is `new`, of contacts (column `contact`, each once).

    `created`: which of them cannot be known, where that was said before, and need no looking up.
    """
    known = queries.about(
        connection,
        touched[["contact"]] if created is None else touched.loc[~created, ["contact"]],
        "SELECT a.contact, c.id FROM asked a CROSS JOIN contact c WHERE c.public_id = a.contact",
        {"contact": schema.TEXT, "contact_id": schema.INT},
    )
    new = touched.loc[~touched["contact"].isin(known["contact"]), ["contact"]]
    start = next_id(connection, "contact")
    new["contact_id"] = pd.array(np.arange(start, start + len(new)), dtype=schema.INT)
    return pd.concat([known.assign(new=False), new.assign(new=True)], ignore_index=True)


def write(connection: Connection, made: Contacts, ids: pd.DataFrame) -> None:
    """Write what is `changed` of contacts; `ids` are theirs as `numbered` gives them."""
    named = ids[["contact", "contact_id"]]
    rows = made.contacts.merge(named, on="contact").rename(columns={"contact": "public_id", "contact_id": "id"})
    insert(connection, "contact", rows, ["id"], update=True, lasting=["public_id"])
    if not made.gone.empty:
        stage(connection, "gone", made.gone.merge(named, on="contact"))
        for table, columns in (("match_key", "key, contact_id"), ("contact_point", "contact_id, type, value")):
            connection.execute(text(f"DELETE FROM {table} WHERE ({columns}) IN (SELECT {columns} FROM gone)"))
    points = made.points.merge(named, on="contact").drop(columns="contact")
    insert(connection, "contact_point", points, ["contact_id", "type", "value"], update=True)
    keyed = query("SELECT DISTINCT key, contact_id FROM points JOIN keys USING (type, value)",
                  points=points, keys=made.keys)  # fmt: skip
    insert(connection, "match_key", keyed, ["key", "contact_id"])
