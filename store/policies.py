"""The policy packs that decisions were recorded under: each written once, and found again by a moment."""

from collections.abc import Mapping

from sqlalchemy import Connection, text


def remember(connection: Connection, packs: Mapping[str, tuple[str, str]], at: str) -> int:
    """Keep packs (jurisdiction -> name, content) that are in use at a moment, and that others are not any more.

    Returns how many changed since they were asked about last; mostly none.
    """
    before = {one: name for one, (name, _) in _in_use(connection, at).items()}
    changed = {one: pack for one, pack in packs.items() if before.get(one) != pack[0]}
    changed |= {one: ("", "") for one, name in before.items() if name and one not in packs}
    if changed:
        connection.execute(
            text(
                "INSERT INTO policy_pack (jurisdiction, since, name, content) VALUES (:one, :at, :name, :content)"
            ),
            [{"one": one, "at": at, "name": name, "content": content} for one, (name, content) in changed.items()],
        )
    return len(changed)


def in_use(connection: Connection, at: str) -> dict[str, tuple[str, str]]:
    """The packs (jurisdiction -> name, content) in use at a moment; empty where none was recorded up to then."""
    return {one: pack for one, pack in _in_use(connection, at).items() if pack[0]}


def _in_use(connection: Connection, at: str) -> dict[str, tuple[str, str]]:
    found = connection.execute(
        text("""SELECT jurisdiction, name, content FROM policy_pack p WHERE since = (
                    SELECT max(since) FROM policy_pack o WHERE o.jurisdiction = p.jurisdiction AND o.since <= :at)
                ORDER BY jurisdiction"""), {"at": at},
    )  # fmt: skip
    return {one: (name, content) for one, name, content in found.tuples()}
