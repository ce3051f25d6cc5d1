"""Leads of the store that may be who a new lead is: found by match keys, with what they state; and the keeping of it.

Everything follows the chunk: a key leads to a bounded number of leads, a contact to a bounded number of its leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, text

from leads import clock, schema
from store.bulk import insert, stage
from store.queries import about, frame

# Of a contact's leads so many, the oldest that hold, are compared with what comes.
MATES = 12
STATED = (
    "kind", "family_key", "given_key", "patronymic", "birthday", "gender", "registrations", "company_key", "city",
    "street", "house", "domain",
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What the store keeps of a chunk that was compared: `keys` (key, lead_id), counts of `terms` (key, n), and what it
    came to (columns of `store.match.Compared`); `wide` is how many values find nobody, for too many leads have them."""

    keys: pd.DataFrame
    terms: pd.DataFrame
    report: dict[str, int]
    wide: int = 0


def held(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """The leads (numbers) that have one of `keys` (column `key`): key, lead, in no order."""
    asked = _numbered(keys)
    found = about(
        connection, asked, "SELECT a.n, k.lead_id FROM asked a CROSS JOIN lead_key k WHERE k.key = a.key",
        {"n": schema.INT, "lead": schema.INT},
    )  # fmt: skip
    return pd.DataFrame({"key": asked["key"].array.take(found["n"].to_numpy()), "lead": found["lead"].array})


def _numbered(keys: pd.DataFrame) -> pd.DataFrame:
    """The distinct `key`s with a number `n` by which they are known again: a key comes back as it is stored."""
    asked = keys[["key"]].drop_duplicates().reset_index(drop=True)
    return asked.assign(n=pd.array(range(len(asked)), dtype=schema.INT))


def stated(connection: Connection, leads: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What these leads (numbers, column `lead`) state, without superseded ones, and their usable points.

    Columns: lead, lead_id, contact (public ids) and STATED; lead_id, type, value, kind.
    """
    fields = ", ".join(f"l.{field}" for field in STATED)
    found = about(
        connection,
        leads[["lead"]].drop_duplicates(),
        f"""SELECT a.lead, l.public_id, c.public_id, {fields} FROM asked a CROSS JOIN lead l CROSS JOIN contact c
            WHERE l.id = a.lead AND l.superseded_by IS NULL AND c.id = l.contact_id ORDER BY a.lead""",
        {"lead": schema.INT, **dict.fromkeys(("lead_id", "contact", *STATED), schema.TEXT)},
    )
    points = frame(
        connection,
        """SELECT l.public_id, p.type, p.value, p.kind FROM asked a CROSS JOIN lead l CROSS JOIN lead_point p
           WHERE l.id = a.lead AND l.superseded_by IS NULL AND p.lead_id = l.id AND p.usable""",
        dict.fromkeys(("lead_id", "type", "value", "kind"), schema.TEXT),
    )
    return found, points


def holders(
    connection: Connection, leads: pd.DataFrame, offices: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who these leads (numbers, column `lead`) are, without superseded ones, and which of the values that they state
    are an office's, by their kinds `offices`.

    Columns: lead, lead_id, contact (public ids), kind, family; lead, value.
    """
    found = about(
        connection, leads[["lead"]].drop_duplicates(),
        """SELECT a.lead, l.public_id, c.public_id, l.kind, l.family_key
           FROM asked a CROSS JOIN lead l CROSS JOIN contact c
           WHERE l.id = a.lead AND l.superseded_by IS NULL AND c.id = l.contact_id ORDER BY a.lead""",
        {"lead": schema.INT, **dict.fromkeys(("lead_id", "contact", "kind", "family"), schema.TEXT)},
    )  # fmt: skip
    kinds = ", ".join(f"'{kind}'" for kind in offices)
    shared = frame(
        connection,
        f"""SELECT DISTINCT a.lead, p.value FROM asked a CROSS JOIN lead_point p
            WHERE p.lead_id = a.lead AND p.usable AND p.kind IN ({kinds})""",
        {"lead": schema.INT, "value": schema.TEXT},
    )
    return found, shared


def names(connection: Connection, leads: pd.DataFrame) -> pd.DataFrame:
    """What those of these leads (numbers, column `lead`) that are people are called: lead, family_key, given_key,
    patronymic."""
    return about(
        connection, leads[["lead"]].drop_duplicates(),
        """SELECT a.lead, l.family_key, l.given_key, l.patronymic FROM asked a CROSS JOIN lead l
           WHERE l.id = a.lead AND l.kind = 'person'""",
        {"lead": schema.INT, **dict.fromkeys(("family_key", "given_key", "patronymic"), schema.TEXT)},
    )  # fmt: skip


def mates(connection: Connection, contacts: pd.DataFrame) -> pd.DataFrame:
    """The leads (numbers, column `lead`) of these contacts (public ids, column `contact`), of each MATES at most."""
    return about(
        connection,
        contacts[["contact"]].drop_duplicates(),
        f"""SELECT l.id FROM asked a CROSS JOIN contact c CROSS JOIN lead l
            WHERE c.public_id = a.contact AND l.id IN (
                SELECT o.id FROM lead o WHERE o.contact_id = c.id AND o.superseded_by IS NULL
                ORDER BY o.id LIMIT {MATES})""",
        {"lead": schema.INT},
    )


def newest(connection: Connection) -> int:
    """The number of the newest match decision."""
    return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM match_decision")).scalar_one())


def weighed_since(connection: Connection, decision: int, batch_id: int) -> pd.DataFrame:
    """What a model decided about leads of the batch after a match decision (number): contact (public id), because."""
    return frame(
        connection,
        """SELECT c.public_id, d.because FROM match_decision d JOIN lead l ON l.id = d.lead_id
           JOIN contact c ON c.id = l.contact_id
           WHERE d.id > :decision AND d.rule LIKE 'likeness%' AND d.retired_at IS NULL AND l.batch_id = :batch
           ORDER BY d.id""",
        {"contact": schema.TEXT, "because": schema.TEXT},
        decision=decision, batch=batch_id,
    )  # fmt: skip


def counted(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """How many leads stated the values of these `keys` (column `key`): key, n."""
    asked = _numbered(keys)
    found = about(
        connection, asked, "SELECT a.n, t.n FROM asked a CROSS JOIN term_count t WHERE t.key = a.key",
        {"n": schema.INT, "count": schema.INT},
    )  # fmt: skip
    return asked.merge(found, on="n")[["key", "count"]].rename(columns={"count": "n"})


def keep(connection: Connection, kept: Kept, lead_ids: pd.DataFrame, batch_id: int, no: int) -> None:
    """Write what a chunk's comparing leaves; `lead_ids`: lead_id (public) -> id."""
    add(connection, kept.keys.merge(lead_ids, on="lead_id")[["key", "id"]], kept.terms)
    row = {"batch_id": batch_id, "no": no, **kept.report}
    connection.execute(
        text(f"INSERT INTO compared ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"), row
    )


def add(connection: Connection, keys: pd.DataFrame, terms: pd.DataFrame) -> None:
    """Write match keys (key, id of the lead), and add counts of values (key, n)."""
    insert(connection, "lead_key", keys.rename(columns={"id": "lead_id"}), ["key", "lead_id"])
    if len(terms):
        stage(connection, "counted", terms)
        connection.execute(
            text("""INSERT INTO term_count (key, n) SELECT key, n FROM counted WHERE true ORDER BY key
                    ON CONFLICT (key) DO UPDATE SET n = term_count.n + excluded.n""")
        )


def model(connection: Connection, kind: str) -> tuple[str, str, int] | None:
    """The newest model learnt from the store (version, JSON, leads it was learnt from); None where there is none."""
    found = connection.execute(
        text("""SELECT version, model, leads FROM match_model WHERE kind = :kind
                ORDER BY made_at DESC, version DESC LIMIT 1"""),
        {"kind": kind},
    ).first()
    return None if found is None else tuple(found)


def keep_model(connection: Connection, version: str, kind: str, json: str, leads: int) -> None:
    """Keep a model that was learnt from `leads` leads of the store; it is in force from now on."""
    connection.execute(
        text("""INSERT INTO match_model (version, kind, model, leads, made_at)
                VALUES (:version, :kind, :model, :leads, :at)"""),
        {"version": version, "kind": kind, "model": json, "leads": leads, "at": clock.now()},
    )


def everything(connection: Connection) -> pd.DataFrame:
    """The numbers of all leads that are not superseded (column `lead`)."""
    return frame(connection, "SELECT id FROM lead WHERE superseded_by IS NULL ORDER BY id", {"lead": schema.INT})


def partition(connection: Connection) -> pd.DataFrame:
    """Whose each lead is: lead_id, contact (public ids), the oldest first."""
    return frame(
        connection,
        "SELECT l.public_id, c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id ORDER BY l.id",
        {"lead_id": schema.TEXT, "contact": schema.TEXT},
    )


def decisions(connection: Connection) -> pd.DataFrame:
    """All match decisions but retired ones: lead_id, other_lead_id (public), verdict, `by_model`, by_hand, in_force."""
    return frame(
        connection,
        """SELECT l.public_id, o.public_id, d.verdict, d.rule LIKE 'likeness%', d.by_hand, d.revoked_at IS NULL
           FROM match_decision d JOIN lead l ON l.id = d.lead_id JOIN lead o ON o.id = d.other_lead_id
           WHERE d.retired_at IS NULL ORDER BY d.id""",
        {"lead_id": schema.TEXT, "other_lead_id": schema.TEXT, "verdict": schema.TEXT, "by_model": schema.BOOL,
         "by_hand": schema.BOOL, "in_force": schema.BOOL},
    )  # fmt: skip


def rebuild(connection: Connection, keys: pd.DataFrame, terms: pd.DataFrame) -> None:
    """Put these match keys (key, lead_id: public) and counts (key, n) in the place of all that are kept."""
    for table in ("lead_key", "term_count"):
        connection.execute(text(f"DELETE FROM {table}"))
    numbers = frame(connection, "SELECT public_id, id FROM lead", {"lead_id": schema.TEXT, "id": schema.INT})
    add(connection, keys.merge(numbers, on="lead_id")[["key", "id"]], terms)
