"""Who took whose data out, when, as what and for whom: on record before it leaves, and never changed."""

from __future__ import annotations

import getpass
import uuid
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["delivery", "push", "notices", "review", "rejects", "export", "backup", "subject"]
WHOLE = "whole"


class Taken(NamedTuple):
    """One file or push: what it is, as what (CSV, XLSX, JSON-LD, …), for whom (an owner, a system, a role), its
    name and SHA-256 where it is a file, the delivery or batch it is of, and the purpose it was allowed for."""

    kind: Kind
    form: str
    recipient: str
    file: str | None = None
    sha256: str | None = None
    reference: str | None = None
    purpose: str | None = None


def record(
    connection: Connection, taken: Taken, rows: pd.DataFrame, at: str, *, count: int | None = None, by: str = ""
) -> str:
    """Enter one hand-over; returns its id. To be done in the transaction that decides about it, before anything leaves.

    `rows`: contact (public id), sheet, row (as a spreadsheet numbers it; null: the whole file). `count`: people where
    they are no contacts (rejected rows). `by`: who ran it, their login name otherwise. `at` of what is based on
    permission decisions is their moment: by it a later no finds who was told what.
    """
    from store.bulk import insert

    public_id = str(uuid.uuid4())
    people = int(rows["contact"].nunique()) if count is None else count
    connection.execute(
        text("""INSERT INTO hand_over (public_id, at, kind, form, file, sha256, rows, recipient, ran_by,
                                       reference, purpose)
                VALUES (:id, :at, :kind, :form, :file, :sha256, :rows, :recipient, :by, :reference, :purpose)"""),
        {"id": public_id, "at": at, "rows": people, "by": by or actor(), **taken._asdict()},
    )  # fmt: skip
    first = rows.drop_duplicates(["contact", "sheet"]).assign(hand_over=public_id)
    insert(connection, "hand_over_row", first[["hand_over", "contact", "sheet", "row"]])
    return public_id


def actor() -> str:
    """Who runs this: the login name, or that there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "an account without a name"


def of_contact(connection: Connection, contact: str) -> list[dict[str, Any]]:
    """Every hand-over with a contact (public id) in it, under any id it had, oldest first; with a delivery's reason.

    Columns: hand_over, at, kind, form, file, recipient, ran_by, reference, purpose, sheet, row, reason.
    """
    found = connection.execute(
        text("""SELECT h.public_id AS hand_over, h.at, h.kind, h.form, h.file, h.recipient, h.ran_by,
                       h.reference, h.purpose, r.sheet, r.row,
                       (SELECT min(i.reason) FROM contact c JOIN delivery_item i ON i.contact_id = c.id
                        JOIN delivery d ON d.id = i.delivery_id
                        WHERE c.public_id = CAST(:id AS VARCHAR) AND d.public_id = h.reference
                          AND d.owner = h.recipient) AS reason
                FROM (SELECT CAST(:id AS VARCHAR) AS id UNION SELECT a.public_id FROM contact c
                      JOIN contact_alias a ON a.contact_id = c.id WHERE c.public_id = CAST(:id AS VARCHAR)) ids
                JOIN hand_over_row r ON r.contact = ids.id JOIN hand_over h ON h.public_id = r.hand_over
                ORDER BY h.at, h.form, h.public_id"""),
        {"id": contact},
    )
    return [dict(row) for row in found.mappings()]


def listing(connection: Connection, reference: str | None = None) -> list[dict[str, Any]]:
    """Every hand-over, newest first, or those of one delivery or batch, with how many of its rows are recalled (`open`:
    not seen to yet)."""
    found = connection.execute(
        text("""SELECT h.public_id AS hand_over, h.at, h.kind, h.form, h.file, h.sha256, h.rows, h.recipient, h.ran_by,
                       h.reference, h.purpose,
                       (SELECT count(DISTINCT contact) FROM recall r WHERE r.hand_over = h.public_id) AS recalled,
                       (SELECT count(DISTINCT contact) FROM recall r WHERE r.hand_over = h.public_id
                        AND r.done_at IS NULL) AS open
                FROM hand_over h WHERE CAST(:of AS VARCHAR) IS NULL OR h.reference = :of
                ORDER BY h.at DESC, h.recipient, h.form, h.public_id"""),
        {"of": reference},
    )
    return [dict(row) for row in found.mappings()]


def canary_points(connection: Connection) -> set[str]:
    """The addresses and numbers of every canary there was."""
    rows = connection.execute(text("SELECT email, phone FROM canary"))
    return {point for row in rows for point in row if point}


def record_canaries(connection: Connection, planted: pd.DataFrame, delivery: str, at: str) -> None:
    """Enter the canaries of a delivery: contact (the id it has there), owner, email, phone, row."""
    from store.bulk import insert

    rows = planted.rename(columns={"contact": "public_id"})
    insert(connection, "canary", rows.assign(delivery=delivery, planted_at=at))


def canary(connection: Connection, key: str) -> dict[str, Any] | None:
    """Whose batch a canary (by its address, number or contact id) was in: contact, owner, delivery, row, planted_at,
    ran_by, files; None for what is none."""
    found = connection.execute(
        text("""SELECT public_id AS contact, owner, delivery, "row", planted_at FROM canary
                WHERE public_id = :key OR email = :key OR phone = :key"""),
        {"key": key},
    ).mappings().one_or_none()  # fmt: skip
    if found is None:
        return None
    files = [one for one in listing(connection, found["delivery"]) if one["recipient"] == found["owner"]]
    return {**found, "ran_by": files[0]["ran_by"] if files else None, "files": [one["file"] for one in files]}
