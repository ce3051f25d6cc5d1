"""Contacts become one, and come apart again: everything that hangs on them goes along, and every id resolves for ever.

An alias resolves to the contact that holds its lead. What stood with a contact before it was merged is kept beside its
alias (`carried`), so that it gets that back.
"""

import json
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text

from leads import schema
from store import contacts, queries
from store.bulk import analyse, insert, stage
from store.contacts import Contacts

# What hangs on a contact and does not follow from its leads: table -> what of a row must be known to give it back.
CARRIED = {
    "assignment": "id",
    "permission_decision": "id",
    "delivery_item": "reason, delivery_id, lead_id",
    "segment_membership": "segment, since",
}


def merge(connection: Connection, merges: pd.DataFrame, moment: str) -> None:
    """Move everything of the losers to the survivors (MERGES); the losers' ids become aliases that resolve for ever."""
    if merges.empty:
        return
    stage(connection, "merged", merges)
    connection.execute(
        text("""CREATE TEMPORARY TABLE moved AS
                SELECT l.id AS loser, s.id AS survivor, m.loser AS public_id, l.first_lead_id AS lead_id
                FROM merged m JOIN contact l ON l.public_id = m.loser JOIN contact s ON s.public_id = m.survivor""")
    )
    analyse(connection, "moved")
    aliases = _aliases(connection)
    for table in ("lead", "contact_alias", "assignment", "permission_decision"):
        connection.execute(
            text(f"UPDATE {table} SET contact_id = m.survivor FROM moved m WHERE {table}.contact_id = m.loser")
        )
    # One row for all of them: the earliest of the losers', unless the survivor has its own.
    for table, others in (
        ("segment_membership", "segment, since"),
        ("delivery_item", "reason, delivery_id, lead_id"),
    ):
        connection.execute(
            text(f"""INSERT INTO {table} (contact_id, {others})
                     SELECT m.survivor, {others.replace("lead_id", "t.lead_id")} FROM {table} t
                     JOIN moved m ON m.loser = t.contact_id WHERE true ORDER BY {others.split(", ")[1]}, m.loser
                     ON CONFLICT DO NOTHING""")
        )
    insert(connection, "contact_alias", aliases.assign(merged_at=moment), ["public_id"])
    for table in ("match_key", "contact_point", "segment_membership", "delivery_item"):
        connection.execute(text(f"DELETE FROM {table} WHERE contact_id IN (SELECT loser FROM moved)"))
    connection.execute(text("DELETE FROM contact WHERE id IN (SELECT loser FROM moved)"))
    connection.execute(text("DROP TABLE moved"))


def _aliases(connection: Connection) -> pd.DataFrame:
    """contact_alias of what is `moved`, with what each contact has of its own."""
    carried: dict[str, dict[str, list[Any]]] = {}
    for table, columns in CARRIED.items():
        shown = ", ".join(f"t.{column}" for column in columns.split(", "))
        for public_id, *row in connection.execute(
            text(f"""SELECT m.public_id, {shown} FROM moved m CROSS JOIN {table} t
                     WHERE t.contact_id = m.loser ORDER BY 1, 2""")
        ):
            carried.setdefault(public_id, {}).setdefault(table, []).append(row)
    found = queries.frame(
        connection,
        "SELECT public_id, survivor, lead_id FROM moved ORDER BY public_id",
        {"public_id": schema.TEXT, "contact_id": schema.INT, "lead_id": schema.TEXT},
    )
    own = (json.dumps(carried[one]) if one in carried else None for one in found["public_id"])
    return found.assign(carried=schema.texts(own))


def place(connection: Connection, placed: pd.DataFrame, made: Contacts, moment: str) -> None:
    """Give leads to contacts: `placed` has lead_id and contact, of all leads of all contacts that take part.

    A contact may be new, or one whose id is an alias until now; one that is left without a lead is merged into the
    contact that has its first lead now. `made` are the contacts of `placed`, derived.
    """
    before = _holders(connection, placed)
    revived = _revived(connection, placed)
    ids = contacts.numbered(connection, placed[["contact"]].drop_duplicates())
    contacts.write(connection, made, ids)
    stage(connection, "placed", placed.merge(ids[["contact", "contact_id"]], on="contact"))
    connection.execute(
        text("UPDATE lead SET contact_id = p.contact_id FROM placed p WHERE lead.public_id = p.lead_id")
    )
    gone = before[~before["contact"].isin(placed["contact"])]
    firsts = gone[gone["first"]].merge(placed, on="lead_id", suffixes=("_was", ""))
    merge(connection, firsts.rename(columns={"contact": "survivor", "contact_was": "loser"})[
        ["survivor", "loser", "lead_id"]], moment)  # fmt: skip
    stage(connection, "holders", before[["contact_id"]].drop_duplicates())
    _follow(connection)
    for public_id, carried in revived.items():
        _give_back(connection, public_id, carried)


def _holders(connection: Connection, placed: pd.DataFrame) -> pd.DataFrame:
    """lead_id, contact as it is until now, contact_id, and whether it is the contact's `first` lead."""
    return queries.about(
        connection,
        placed[["lead_id"]],
        """SELECT a.lead_id, c.public_id, c.id, c.first_lead_id = a.lead_id
           FROM asked a CROSS JOIN lead l CROSS JOIN contact c
           WHERE l.public_id = a.lead_id AND c.id = l.contact_id""",
        {"lead_id": schema.TEXT, "contact": schema.TEXT, "contact_id": schema.INT, "first": schema.BOOL},
    )


def _revived(connection: Connection, placed: pd.DataFrame) -> dict[str, dict[str, list[Any]]]:
    """Which aliases become contacts again, and what each carried; their rows go."""
    found = queries.about(
        connection,
        placed[["contact"]].drop_duplicates(),
        """SELECT a.contact, coalesce(k.carried, '{}') FROM asked a CROSS JOIN contact_alias k
           WHERE k.public_id = a.contact""",
        {"contact": schema.TEXT, "carried": schema.TEXT},
    )
    connection.execute(text("DELETE FROM contact_alias WHERE public_id IN (SELECT contact FROM asked)"))
    return {one: json.loads(own) for one, own in found.itertuples(index=False)}


def _follow(connection: Connection) -> None:
    """Aliases of the `holders`, and what was handed over of them, go with the lead they name."""
    connection.execute(
        text("""UPDATE contact_alias SET contact_id = p.contact_id FROM placed p
                WHERE contact_alias.lead_id = p.lead_id AND contact_alias.contact_id <> p.contact_id
                  AND contact_alias.contact_id IN (SELECT contact_id FROM holders)""")
    )
    elsewhere = """FROM holders a CROSS JOIN delivery_item i CROSS JOIN placed p
                   WHERE i.contact_id = a.contact_id AND p.lead_id = i.lead_id AND p.contact_id <> i.contact_id"""
    connection.execute(
        text(f"""INSERT INTO delivery_item (contact_id, reason, delivery_id, lead_id)
                 SELECT p.contact_id, i.reason, i.delivery_id, i.lead_id {elsewhere} ON CONFLICT DO NOTHING""")
    )
    connection.execute(
        text("""DELETE FROM delivery_item WHERE contact_id IN (SELECT contact_id FROM holders) AND EXISTS (
                    SELECT 1 FROM placed p WHERE p.lead_id = delivery_item.lead_id
                    AND p.contact_id <> delivery_item.contact_id)""")
    )


def _give_back(connection: Connection, public_id: str, carried: dict[str, list[Any]]) -> None:
    """What the contact had before it was merged, as far as the `holders` have it."""
    contact_id = connection.execute(
        text("SELECT id FROM contact WHERE public_id = :id"), {"id": public_id}
    ).scalar_one()
    for table, columns in CARRIED.items():
        names = columns.split(", ")
        for row in carried.get(table, ()):
            values = {"contact_id": contact_id, **dict(zip(names, row, strict=True))}
            statement = (
                f"""UPDATE {table} SET contact_id = :contact_id
                    WHERE id = :id AND contact_id IN (SELECT contact_id FROM holders)"""
                if names == ["id"]
                else f"""INSERT INTO {table} (contact_id, {columns})
                         VALUES (:contact_id, {", ".join(f":{name}" for name in names)}) ON CONFLICT DO NOTHING"""
            )
            connection.execute(text(statement), values)


def record(connection: Connection, said: pd.DataFrame, lead_ids: pd.DataFrame) -> None:
    """Write match decisions: LINKS with actor, by_hand, because, decided_at and revoked_at.

    `lead_ids` (lead_id, id) are keys that are known already; those of other leads are looked up.
    """
    if said.empty:
        return
    others = pd.concat([said["lead_id"], said["other_lead_id"]]).drop_duplicates()
    others = others[~others.isin(lead_ids["lead_id"])].to_frame("lead_id")
    found = queries.about(
        connection,
        others,
        "SELECT a.lead_id, l.id FROM asked a CROSS JOIN lead l WHERE l.public_id = a.lead_id",
        {"lead_id": schema.TEXT, "id": schema.INT},
    )
    numbers = pd.concat([lead_ids[["lead_id", "id"]], found], ignore_index=True).set_index("lead_id")["id"]
    rows = said.assign(**{end: said[end].map(numbers).astype(schema.INT) for end in ("lead_id", "other_lead_id")})
    insert(connection, "match_decision", rows, ["lead_id", "other_lead_id", "rule"])


def revoke(connection: Connection, decisions: list[int], moment: str) -> None:
    """Put match decisions (by number) out of force; they stay on record."""
    _set_revoked(connection, decisions, moment)


def retire(connection: Connection, decisions: list[int], moment: str) -> None:
    """Put decisions of a model (by number) out of force for good: a newer one does not say so."""
    _set_revoked(connection, decisions, moment)
    if decisions:
        connection.execute(
            text("UPDATE match_decision SET retired_at = :at WHERE id IN (SELECT id FROM asked)"), {"at": moment}
        )


def renew(connection: Connection, links: pd.DataFrame, moment: str, revoked: str | None) -> None:
    """LINKS (same) of a model that it was unsure of, or that were retired, are said now: in force, or `revoked`."""
    if links.empty:
        return
    stage(connection, "renewed", links[["lead_id", "other_lead_id", "rule", "because"]])
    connection.execute(
        text("""UPDATE match_decision SET verdict = 'same', because = r.because, decided_at = :moment,
                       revoked_at = :revoked, retired_at = NULL
                FROM renewed r JOIN lead l ON l.public_id = r.lead_id JOIN lead o ON o.public_id = r.other_lead_id
                WHERE match_decision.lead_id = l.id AND match_decision.other_lead_id = o.id
                  AND match_decision.rule = r.rule AND NOT match_decision.by_hand
                  AND (match_decision.retired_at IS NOT NULL OR match_decision.verdict = 'unsure')"""),
        {"moment": moment, "revoked": revoked},
    )


def reinstate(connection: Connection, decisions: list[int]) -> None:
    """Put match decisions (by number) into force again."""
    _set_revoked(connection, decisions, None)


def _set_revoked(connection: Connection, decisions: list[int], moment: str | None) -> None:
    if decisions:
        stage(connection, "asked", pd.DataFrame({"id": pd.array(decisions, dtype=schema.INT)}))
        connection.execute(
            text("UPDATE match_decision SET revoked_at = :at WHERE id IN (SELECT id FROM asked)"), {"at": moment}
        )
