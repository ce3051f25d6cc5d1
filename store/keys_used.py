"""What of the store was made with which key. Counts alone; no pandas."""

from sqlalchemy import Connection, text

from store import at_rest

# What is counted -> of a kind of key, by its version or its id.
BY_VERSION = {
    ("pepper", "ledger_points"): "SELECT pepper, count(*) FROM consent_key GROUP BY pepper",
    ("master", "ledger_blocks"): "SELECT master, count(*) FROM consent_block GROUP BY master",
}
BY_ID = {
    ("pepper", "suppressions"): "SELECT substr(hash, 1, 8), count(*) FROM suppression GROUP BY 1",
    ("pepper", "registry_copies"): "SELECT key_id, count(*) FROM registry_copy GROUP BY key_id",
}


def used(
    connection: Connection,
) -> tuple[dict[tuple[str, int], dict[str, int]], dict[tuple[str, str], dict[str, int]]]:
    """(kind, version) -> what, and how many, is known by the version of its key; (kind, id) -> the same of ids.

    `ledger_points`: contact points of the ledger found by a pepper; `ledger_blocks`: blocks whose secrets a master key
    wraps; `suppressions`; `registry_copies`; `data_key`: 1 where a master key wraps the store's data key.
    """
    versions: dict[tuple[str, int], dict[str, int]] = {}
    for (kind, what), sql in BY_VERSION.items():
        for version, count in connection.execute(text(sql)):
            versions.setdefault((kind, version), {})[what] = count
    ids: dict[tuple[str, str], dict[str, int]] = {}
    for (kind, what), sql in BY_ID.items():
        for id_, count in connection.execute(text(sql)):
            ids.setdefault((kind, id_), {})[what] = count
    if master := at_rest.master_of(connection):
        ids.setdefault(("master", master), {})["data_key"] = 1
    return versions, ids
