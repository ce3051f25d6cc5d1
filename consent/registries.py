"""Lists of people who said no, as copies of a day: imported whole, kept as keyed hashes, asked for a moment.

A copy replaces the one before, and what was on that one stays known for its time: an answer can be repeated later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from consent.suppression import hashes, peppers
from leads.clock import now
from leads.errors import LeadsError, StoreError
from store import registries as kept

if TYPE_CHECKING:
    import pandas as pd


def take(connection: Connection, name: str, points: pd.DataFrame, as_of: str, sha256: str) -> kept.Taken:
    """Make `points` (type, value, canonical) the copy of registry `name` on the day `as_of` (UTC moment).

    Raises LeadsError where a copy of that day or a later one is there, StoreError for entries made with a lost key.
    """
    from leads import schema

    newest = kept.snapshots(connection, "9999").get(name, "")
    if newest >= as_of:
        raise LeadsError(
            f"a copy of {newest[:10]} is there, and this one is of {as_of[:10]}", where=f"registry {name}",
            do="Import copies in the order of their days",
        )  # fmt: skip
    _no_key_lost(connection)
    made = [each for type_, found in points.groupby("type")["value"] for each in hashes(str(type_), found)]
    copy = {"name": name, "as_of": as_of, "key_id": peppers()[0].id, "sha256": sha256, "imported_at": now()}
    return kept.replace(connection, copy, schema.texts(made))


def listed(connection: Connection, points: pd.DataFrame, at: str) -> pd.DataFrame:
    """LISTED: which of these points (columns `type`, `value`) stood on which registry at `at` (UTC).

    An entry is of a phone or an e-mail; a messenger account that is a number stands where the number does.
    Raises StoreError where entries were made with a key that we do not have.
    """
    import pandas as pd

    from leads import schema

    asked = points[["type", "value"]].drop_duplicates()
    if asked.empty or not kept.snapshots(connection, at):
        return schema.empty(schema.LISTED)
    _no_key_lost(connection)
    pairs = list(zip(asked["type"], asked["value"], strict=True))
    rows = [(*pair, key.hash(*_entry(*pair))) for key in peppers() for pair in pairs]
    told = pd.DataFrame(rows, columns=["type", "value", "hash"]).astype(schema.TEXT)
    return schema.check(schema.LISTED, kept.listed(connection, told, at))


def listing(connection: Connection, type_: str, value: str, at: str) -> list[str]:
    """The registries on which one contact point stood at `at` (UTC); like `listed`, without a frame."""
    if not kept.snapshots(connection, at):
        return []
    _no_key_lost(connection)
    return kept.listing(connection, [key.hash(*_entry(type_, value)) for key in peppers()], at)


def _entry(type_: str, value: str) -> tuple[str, str]:
    """The contact point under which a registry would know this one."""
    _, number, digits = value.partition(":+")
    return ("phone", f"+{digits}") if type_ == "messenger" and number else (type_, value)


def _no_key_lost(connection: Connection) -> None:
    lost = kept.keys(connection) - {key.id for key in peppers()}
    if lost:
        raise StoreError(
            f"entries made with key {', '.join(sorted(lost))} cannot be recognised", where="registries",
            why="this key is neither in LEADS_PEPPER nor among the files in keys/",
            do="Restore the keys from the backup, or import the registries anew",
        )  # fmt: skip
