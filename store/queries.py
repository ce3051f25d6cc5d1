"""What the stages must know of the store, as frames.

Everything here reads inside the caller's connection; what to look up goes in as a staged frame (`about`), so that the
cost follows the chunk and not the store.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow
from sqlalchemy import Connection, text

from leads import schema
from leads.source import CLAIM_FIELDS
from store.bulk import stage


def frame(
    connection: Connection, sql: str, columns: pa.DataFrameSchema | Mapping[str, Any], **parameters: Any
) -> pd.DataFrame:
    """The answer to `sql` with the columns and types of a schema (or name -> pandas Arrow type), in that order."""
    types = (
        {name: column.dtype.type for name, column in columns.columns.items()}
        if isinstance(columns, pa.DataFrameSchema)
        else dict(columns)
    )
    # The driver's own tuples: SQLAlchemy's rows cost as much again, and nobody asks these for a name.
    with connection.execute(text(sql), parameters) as result:
        rows = result.cursor.fetchall()
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    # SQLite has no booleans: 0 and 1 come back.
    arrays = [
        pyarrow.array([None if v is None else bool(v) for v in cell] if dtype == schema.BOOL else list(cell),
                      dtype.pyarrow_dtype)
        for cell, dtype in zip(cells, types.values(), strict=True)
    ]  # fmt: skip
    return pyarrow.table(dict(zip(types, arrays, strict=True))).to_pandas(types_mapper=pd.ArrowDtype)


def about(
    connection: Connection,
    asked: pd.DataFrame,
    sql: str,
    columns: pa.DataFrameSchema | Mapping[str, Any],
    **parameters: Any,
) -> pd.DataFrame:
    """`frame` of a statement about the rows of `asked`, which it finds as the table `asked`.

    The statement begins with them and goes on by CROSS JOIN, for SQLite keeps to the order of that. Left to choose, it
    was seen to go through all leads of a source for each of a thousand records.
    """
    stage(connection, "asked", asked)
    return frame(connection, sql, columns, **parameters)


def known_versions(connection: Connection, source_id: int, record_keys: pd.DataFrame) -> pd.DataFrame:
    """The stored leads of these records (column `record_key`).

    Columns: record_key, part, lead_id, contact, live (not superseded), and the contact's kind, family_key, given_key,
    company_key.
    """
    columns = {
        "record_key": schema.TEXT, "part": schema.INT, "lead_id": schema.TEXT, "contact": schema.TEXT,
        "live": schema.BOOL, "kind": schema.TEXT,
        "family_key": schema.TEXT, "given_key": schema.TEXT, "company_key": schema.TEXT,
    }  # fmt: skip
    return about(
        connection,
        record_keys[["record_key"]].drop_duplicates(),
        """SELECT l.record_key, l.part, l.public_id, c.public_id, l.superseded_by IS NULL,
                  c.kind, c.family_key, c.given_key, c.company_key
           FROM asked a CROSS JOIN lead l CROSS JOIN contact c
           WHERE l.source_id = :source AND l.record_key = a.record_key AND c.id = l.contact_id ORDER BY l.id""",
        columns,
        source=source_id,
    )


def candidates(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """Contacts that have one of the values of `keys` (key, type, value): CANDIDATES.

    Found by the 64-bit key, decided on the raw value.
    """
    return about(
        connection,
        keys,
        """SELECT p.type, p.value, c.public_id, p.lead_id, c.kind, c.family_key, c.given_key, c.company_key
           FROM asked a CROSS JOIN match_key m CROSS JOIN contact_point p CROSS JOIN contact c
           WHERE m.key = a.key AND p.contact_id = m.contact_id AND p.type = a.type AND p.value = a.value
             AND c.id = m.contact_id ORDER BY c.public_id, p.type, p.value""",
        schema.CANDIDATES,
    )


def claims(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """CLAIMS of the leads of these contacts (public ids, column `contact`) and `live`: not superseded."""
    fields = ", ".join(f"l.{field}" for field in CLAIM_FIELDS)
    types = {name: column.dtype.type for name, column in schema.CLAIMS.columns.items()}
    return about(
        connection,
        contacts[["contact"]],
        f"""SELECT a.contact, l.public_id, l.kind, l.edited, s.trust, l.stated_at, {fields},
                   l.tags, l.family_key, l.given_key, l.company_key, l.superseded_by IS NULL
            FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN source s
            WHERE c.public_id = a.contact AND l.contact_id = c.id AND s.id = l.source_id""",
        types | {"live": schema.BOOL},
    )


def points(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """Usable points of the leads of these contacts, superseded ones too, in the order in which they were stated.

    Columns: type, value, display, kind, label, region, lead_id.
    """
    return about(
        connection,
        contacts[["contact"]],
        """SELECT p.type, p.value, p.display, p.kind, p.label, p.region, l.public_id
           FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN lead_point p
           WHERE c.public_id = a.contact AND l.contact_id = c.id AND p.lead_id = l.id AND p.usable
           ORDER BY l.id, p.slot""",
        dict.fromkeys(("type", "value", "display", "kind", "label", "region", "lead_id"), schema.TEXT),
    )


def suppressions(connection: Connection) -> pd.DataFrame:
    """The hashes of everything that must not come back: column `hash`."""
    return frame(connection, "SELECT hash FROM suppression ORDER BY hash", {"hash": schema.TEXT})
