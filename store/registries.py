"""Copies of registries in the store. What one command asks of a single contact needs no pandas here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, text

if TYPE_CHECKING:
    import pandas as pd

# Who stood on the copy of each registry that was the newest at a moment: first the few copies, then by the primary key.
STOOD = """SELECT {what} FROM {asked}
           (SELECT name, max(as_of) AS as_of FROM registry_copy WHERE as_of <= :at GROUP BY name) copied
           CROSS JOIN registry_entry e
           WHERE e.name = copied.name AND {which}
             AND e.listed_from <= copied.as_of AND (e.listed_to IS NULL OR e.listed_to > copied.as_of)"""


class Taken(NamedTuple):
    """What an import came to: entries that came, stayed and went."""

    came: int
    stayed: int
    went: int


class Copy(NamedTuple):
    """The newest copy of a registry."""

    name: str
    as_of: str
    rows: int
    imported_at: str


def snapshots(connection: Connection, at: str) -> dict[str, str]:
    """registry -> day (UTC moment) of its copy that was the newest at `at`."""
    rows = connection.execute(
        text("SELECT name, max(as_of) FROM registry_copy WHERE as_of <= :at GROUP BY name ORDER BY name"),
        {"at": at},
    )
    return dict(rows.tuples().all())


def copies(connection: Connection) -> list[Copy]:
    """The newest copy of each registry, by name."""
    rows = connection.execute(
        text("""SELECT name, as_of, rows, imported_at FROM registry_copy c
                WHERE as_of = (SELECT max(as_of) FROM registry_copy n WHERE n.name = c.name) ORDER BY name""")
    )
    return [Copy(*row) for row in rows]


def replace(connection: Connection, copy: dict[str, str], hashes: pd.Series) -> Taken:
    """Make `hashes` what a registry lists from a copy on: name, as_of, key_id, sha256, imported_at.

    The caller saw that this is the newest copy of the registry.
    """
    import pandas as pd

    from leads import schema
    from store.bulk import insert, stage

    entries = pd.DataFrame({"hash": hashes.drop_duplicates()}).astype(schema.TEXT)
    stage(connection, "on_list", entries)
    told = {"name": copy["name"], "at": copy["as_of"]}
    went = connection.execute(
        text("""UPDATE registry_entry SET listed_to = :at WHERE name = :name AND listed_to IS NULL
                AND NOT EXISTS (SELECT 1 FROM on_list o WHERE o.hash = registry_entry.hash)"""),
        told,
    ).rowcount
    came = connection.execute(
        text("""INSERT INTO registry_entry (name, hash, listed_from)
                SELECT CAST(:name AS TEXT), hash, CAST(:at AS TEXT) FROM on_list WHERE NOT EXISTS (
                    SELECT 1 FROM registry_entry e WHERE e.name = :name AND e.hash = on_list.hash
                    AND e.listed_to IS NULL) ORDER BY hash"""),
        told,
    ).rowcount
    row = pd.DataFrame([{**copy, "rows": len(entries)}])
    types = {key: schema.INT if key == "rows" else schema.TEXT for key in row}
    insert(connection, "registry_copy", row.astype(types))
    return Taken(came, len(entries) - came, went)


def listed(connection: Connection, asked: pd.DataFrame, at: str) -> pd.DataFrame:
    """Of `asked` (type, value, hash): type, value and registry of what stood on one at `at`."""
    from leads import schema
    from store.queries import about

    sql = STOOD.format(
        what="DISTINCT a.type, a.value, e.name", asked="asked a CROSS JOIN", which="e.hash = a.hash"
    )
    return about(connection, asked, f"{sql} ORDER BY 1, 2, 3", schema.LISTED, at=at)


def listing(connection: Connection, hashes: list[str], at: str) -> list[str]:
    """The registries on which one of these hashes stood at `at`."""
    sql = STOOD.format(what="DISTINCT e.name", asked="", which="e.hash IN :hashes")
    rows = connection.execute(
        text(sql).bindparams(bindparam("hashes", expanding=True)), {"hashes": hashes, "at": at}
    )
    return sorted(rows.scalars())


def keys(connection: Connection) -> set[str]:
    """The ids of the keys (`consent.suppression`) with which the entries were hashed."""
    return set(connection.execute(text("SELECT DISTINCT key_id FROM registry_copy")).scalars())
