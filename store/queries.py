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
from leads.sets import key, query
from leads.source import CLAIM_FIELDS
from store import at_rest
from store.bulk import stage

# A contact's points as the store shows them, all of them text.
SHOWN = ("contact", "type", "value", "display", "kind", "label", "region", "lead_id")


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
    found = at_rest.opened(connection, pyarrow.table(dict(zip(types, arrays, strict=True))))
    return found.to_pandas(types_mapper=pd.ArrowDtype)


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


def known_versions(connection: Connection, source_id: int, leads: pd.DataFrame) -> pd.DataFrame:
    """The stored leads of the records of these (columns `record_key`, `record`).

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
        leads[["record_key", "record"]].drop_duplicates(),
        """SELECT l.record_key, l.part, l.public_id, c.public_id, l.superseded_by IS NULL,
                  c.kind, c.family_key, c.given_key, c.company_key
           FROM asked a CROSS JOIN lead l CROSS JOIN contact c
           WHERE l.record = a.record AND l.source_id = :source AND l.record_key = a.record_key
             AND c.id = l.contact_id ORDER BY l.id""",
        columns,
        source=source_id,
    )


def recorded(source_id: int, leads: pd.DataFrame) -> pd.DataFrame:
    """The leads with `record`: the 64-bit key of source and `record_key`, by which a source's leads are found."""
    found = query(
        f"SELECT {key(f'{source_id} || chr(0) || record_key')} AS record FROM stated ORDER BY n",
        stated=leads[["record_key"]].assign(n=range(len(leads))),
    )
    return leads.assign(record=found["record"].array)


def candidates(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """Contacts that have one of the values of `keys` (key, type, value): CANDIDATES.

    Found by the 64-bit key, decided on the raw value.
    """
    found = about(
        connection,
        keys,
        """SELECT p.type, p.value, c.public_id, p.lead_id, c.kind, c.family_key, c.given_key, c.company_key,
                  c.birthday, c.gender, c.registrations
           FROM asked a CROSS JOIN match_key m CROSS JOIN contact_point p CROSS JOIN contact c
           WHERE m.key = a.key AND p.contact_id = m.contact_id AND p.type = a.type AND p.value = a.value
             AND c.id = m.contact_id""",
        schema.CANDIDATES,
    )
    return query("SELECT * FROM found ORDER BY contact, type, value", found=found)


def claims(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """CLAIMS of the leads of these contacts (public ids, column `contact`) and `live`: not superseded."""
    fields = ", ".join(f"l.{field}" for field in CLAIM_FIELDS)
    types = {name: column.dtype.type for name, column in schema.CLAIMS.columns.items()}
    return about(
        connection,
        contacts[["contact"]],
        f"""SELECT a.contact, l.public_id, l.kind, l.edited, s.trust, l.stated_at, l.row, {fields},
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


def shown_points(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """What the store shows as points of these contacts (public ids, column `contact`): SHOWN."""
    return about(
        connection,
        contacts[["contact"]],
        f"""SELECT a.contact, {", ".join(f"p.{name}" for name in SHOWN[1:])}
            FROM asked a CROSS JOIN contact c CROSS JOIN contact_point p
            WHERE c.public_id = a.contact AND p.contact_id = c.id""",
        dict.fromkeys(SHOWN, schema.TEXT),
    )


def decided_about(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """Those of the contacts (public ids, column `contact`) that a person's decision in force is about.

    With them those that they would be joined to without it. Nothing is looked up while nobody has decided anything.
    """
    found = contacts[["contact"]].head(0)
    if connection.execute(text("SELECT max(lead_id) FROM match_decision WHERE by_hand")).scalar() is None:
        return found
    new = _linked(connection, contacts, "d.by_hand AND d.revoked_at IS NULL", "c.public_id")
    while not new.empty:
        found = pd.concat([found, new], ignore_index=True)
        new = _linked(connection, new, "d.revoked_at IS NOT NULL AND d.retired_at IS NULL AND d.verdict = 'same'",
                      "k.public_id")  # fmt: skip
        new = new[~new["contact"].isin(found["contact"])]
    return found


def joined_by_model(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """Those of the contacts (public ids, column `contact`) that a model joined of several, in force or not.

    Nothing is looked up while leads were never compared.
    """
    if contacts.empty or connection.execute(text("SELECT max(key) FROM lead_key")).scalar() is None:
        return contacts[["contact"]].head(0)
    which = "d.rule LIKE 'likeness%' AND d.verdict = 'same' AND d.retired_at IS NULL"
    return _linked(connection, contacts, which, "c.public_id")


def _linked(connection: Connection, contacts: pd.DataFrame, which: str, shown: str) -> pd.DataFrame:
    """Contacts (`shown`: c the asked ones, k those at the other end) of the match decisions d of `contacts`."""
    ends = (("lead_id", "other_lead_id"), ("other_lead_id", "lead_id"))
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        " UNION ".join(
            f"""SELECT {shown} FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN match_decision d
                CROSS JOIN lead o CROSS JOIN contact k
                WHERE c.public_id = a.contact AND l.contact_id = c.id AND d.{one} = l.id AND {which}
                  AND o.id = d.{other} AND k.id = o.contact_id"""
            for one, other in ends
        )
        + " ORDER BY 1",
        {"contact": schema.TEXT},
    )


def decided_at(connection: Connection, moment: str) -> pd.DataFrame:
    """The contacts (column `contact`) that a person decided about at that moment."""
    return frame(
        connection,
        """SELECT DISTINCT c.public_id FROM match_decision d JOIN lead l ON l.id IN (d.lead_id, d.other_lead_id)
           JOIN contact c ON c.id = l.contact_id WHERE d.by_hand AND d.decided_at = :moment ORDER BY 1""",
        {"contact": schema.TEXT},
        moment=moment,
    )


def match_decisions(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """The match decisions about the leads of these contacts (public ids, column `contact`), oldest first, without
    those that a newer model has retired.

    Columns: id, lead_id, other_lead_id (public), contact, other_contact (whose they are), verdict, rule, by_hand,
    decided_at, revoked_at.
    """
    columns = {
        "id": schema.INT, "lead_id": schema.TEXT, "other_lead_id": schema.TEXT, "contact": schema.TEXT,
        "other_contact": schema.TEXT, "verdict": schema.TEXT, "rule": schema.TEXT, "by_hand": schema.BOOL,
        "decided_at": schema.TEXT, "revoked_at": schema.TEXT,
    }  # fmt: skip
    ends = (
        ("lead_id", "other_lead_id", "l.public_id, o.public_id, c.public_id, k.public_id"),
        ("other_lead_id", "lead_id", "o.public_id, l.public_id, k.public_id, c.public_id"),
    )
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        " UNION ".join(
            f"""SELECT d.id, {shown}, d.verdict, d.rule, d.by_hand, d.decided_at, d.revoked_at
                FROM asked a CROSS JOIN contact c CROSS JOIN lead l CROSS JOIN match_decision d
                CROSS JOIN lead o CROSS JOIN contact k
                WHERE c.public_id = a.contact AND l.contact_id = c.id AND d.{one} = l.id AND d.retired_at IS NULL
                  AND o.id = d.{other} AND k.id = o.contact_id"""
            for one, other, shown in ends
        )
        + " ORDER BY 1",
        columns,
    )


def holdings(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """lead_id and contact of all leads of these contacts (public ids, column `contact`), oldest first."""
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        """SELECT l.public_id, a.contact FROM asked a CROSS JOIN contact c CROSS JOIN lead l
           WHERE c.public_id = a.contact AND l.contact_id = c.id ORDER BY l.id""",
        {"lead_id": schema.TEXT, "contact": schema.TEXT},
    )


def contacts_of(connection: Connection, leads: pd.DataFrame) -> pd.DataFrame:
    """The contacts (public ids, column `contact`) that have these leads (column `lead_id`)."""
    return about(
        connection,
        leads[["lead_id"]],
        """SELECT DISTINCT c.public_id FROM asked a CROSS JOIN lead l CROSS JOIN contact c
           WHERE l.public_id = a.lead_id AND c.id = l.contact_id ORDER BY 1""",
        {"contact": schema.TEXT},
    )


def aliases(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """The ids that resolve to these contacts (column `contact`).

    Columns: contact, public_id, lead_id, merged_at; oldest first.
    """
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        """SELECT a.contact, k.public_id, k.lead_id, k.merged_at
           FROM asked a CROSS JOIN contact c CROSS JOIN contact_alias k
           WHERE c.public_id = a.contact AND k.contact_id = c.id ORDER BY k.public_id""",
        dict.fromkeys(("contact", "public_id", "lead_id", "merged_at"), schema.TEXT),
    )


def suppressions(connection: Connection, *, own_act: bool = False) -> pd.DataFrame:
    """The hashes of everything that must not come back: column `hash`. `own_act`: not even by an act of the person;
    whoever was only kept long enough may."""
    which = "WHERE reason <> 'retention'" if own_act else ""
    return frame(connection, f"SELECT hash FROM suppression {which} ORDER BY hash", {"hash": schema.TEXT})
