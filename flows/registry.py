"""A registry's file into the store: read as phones and e-mails, kept as keyed hashes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from sqlalchemy import Engine

from consent import registries
from enrich.emails.cells import read_emails
from enrich.phones.cells import read_phones
from flows.recalling import recall
from leads import schema
from leads.errors import LeadsError
from leads.sets import query
from leads.settings import settings
from store.engine import loading, writing

# One entry a line, whatever else is in it; a comma inside a number (`201,2345678`) is no separator.
LINES = """SELECT CASE WHEN regexp_full_match(line, '[\\d\\s,;\\t+()./-]+')
                  THEN regexp_replace(line, '[,;\\t]', '', 'g') ELSE line END AS text
           FROM read_csv($file, columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false,
                         auto_detect = false, strict_mode = false)
           WHERE trim(line) <> ''"""
COLUMN = (
    "SELECT {column} AS text FROM read_csv($file, all_varchar = true, header = true) WHERE trim({column}) <> ''"
)


@dataclass(frozen=True)
class Imported:
    """What an import came to: entries that came, stayed and went, and lines that are neither phone nor e-mail."""

    came: int
    stayed: int
    went: int
    unread: int


def take(engine: Engine, name: str, file: Path, as_of: str, *, region: str = "ZZ", column: str = "") -> Imported:
    """Make `file` the copy of registry `name` on the day `as_of` (UTC moment), whole or not at all.

    One entry a line, or in `column` of a table with headers; a bare number is read as one of `region`. Raises
    LeadsError where nothing in it can be read: an empty list would free everybody.
    """
    lines = _lines(file, column)
    points, unread = _read(lines, region)
    if points.empty:
        raise LeadsError(
            f"none of {len(lines)} lines is a phone or an e-mail", where=str(file),
            do="Name the country of bare numbers with --region, or the column with --column",
        )  # fmt: skip
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    with loading(engine), writing(engine) as connection:
        taken = registries.take(connection, name, points, as_of, sha256)
    recall(engine, settings(), wait=True)
    return Imported(taken.came, taken.stayed, taken.went, unread)


def _lines(file: Path, column: str) -> pd.DataFrame:
    """The entries as they stand in the file: `text`."""
    quoted = '"' + column.replace('"', '""') + '"'
    told: dict[str, Any] = {"file": str(file)}
    try:
        return query(COLUMN.format(column=quoted) if column else LINES, told)
    except duckdb.Error:  # its own text may quote the file
        raise LeadsError(
            f"the column '{column}' cannot be read" if column else "the file cannot be read as lines of text",
            where=str(file), do="Save it as UTF-8 text, one entry a line, or as CSV with headers",
        ) from None  # fmt: skip


def _read(lines: pd.DataFrame, region: str) -> tuple[pd.DataFrame, int]:
    """The contact points of the entries (type, value, each once), and how many entries are none."""
    if lines.empty:
        return pd.DataFrame({"type": schema.texts([]), "value": schema.texts([])}), 0
    cells = lines.assign(lead_id=pd.Series(range(len(lines))).astype(schema.TEXT))
    mail = cells["text"].str.contains("@", regex=False)
    read = [
        read_emails(cells[mail]),
        read_phones(cells[~mail].assign(region=pd.Series(region, cells.index[~mail], schema.TEXT))),
    ]
    found = pd.concat([one[["lead_id", "type", "value"]] for one in read if len(one)], ignore_index=True)
    found = found[found["value"].notna()]
    unread = len(lines) - found["lead_id"].nunique()
    return found[["type", "value"]].drop_duplicates(ignore_index=True), unread
