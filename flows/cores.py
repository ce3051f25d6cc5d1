"""What exact keys must not see: of contacts that people decided about, or that a model joined, they get the cores, as
their leads alone would make them."""

import pandas as pd
from sqlalchemy import Connection

from dedupe.deciding.apart import grouped
from dedupe.deciding.contradicting import FIELDS
from dedupe.deciding.decided import Decided
from dedupe.deciding.exact import Resolution
from dedupe.deriving.contacts import Derived, derive
from leads import schema
from leads.sets import query
from store import queries

IDENTITY = ("kind", "family_key", "given_key", "company_key")


def beneath(
    connection: Connection, candidates: pd.DataFrame, versions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, Decided | None]:
    """CANDIDATES and versions with cores in the place of contacts that people or a model joined, and what was decided.

    Without such contacts all is as it was, and None.
    """
    asked = pd.concat([candidates["contact"], versions["contact"].dropna()]).drop_duplicates().to_frame("contact")
    by_hand = queries.decided_about(connection, asked)
    alike = queries.joined_by_model(connection, asked)
    touched = pd.concat([by_hand, alike]).drop_duplicates(ignore_index=True)
    if touched.empty:
        return candidates, versions, None
    claims, points = queries.claims(connection, touched), queries.points(connection, touched)
    decided = _decided(connection, touched, claims, candidates)
    cores = decided.cores
    made = rederived(claims, points, cores.rename(columns={"contact": "now", "core": "contact"}))
    return _as_cores(candidates, touched, made), _records(versions, cores, made), decided


def also(connection: Connection, decided: Decided | None, contacts: pd.DataFrame) -> Decided | None:
    """What people decided about more contacts (column `contact`), whose leads are known already."""
    touched = queries.decided_about(connection, contacts)
    if touched.empty:
        return decided
    more = _decided(connection, touched, queries.claims(connection, touched), schema.empty(schema.CANDIDATES))
    if decided is None:
        return more
    cores, pairs = (
        pd.concat(both, ignore_index=True).drop_duplicates(subset, ignore_index=True)
        for both, subset in (((decided.cores, more.cores), "lead_id"), ((decided.apart, more.apart), None))
    )
    return Decided(cores, pairs, decided.values)


def _decided(
    connection: Connection, touched: pd.DataFrame, claims: pd.DataFrame, candidates: pd.DataFrame
) -> Decided:
    said = queries.match_decisions(connection, touched)
    return Decided(_cores(claims, said), apart(said), candidates)


def rederived(claims: pd.DataFrame, points: pd.DataFrame, placed: pd.DataFrame) -> Derived:
    """Contacts as known leads make them (`claims` and `points` as `store.queries` gives them), given to other contacts:
    `placed` has lead_id and contact."""
    moved = claims.drop(columns="contact").merge(placed[["lead_id", "contact"]], on="lead_id")
    nothing = Resolution(*(schema.empty(frame) for frame in (schema.ASSIGNED, schema.LINKS, schema.MERGES)))
    versions = pd.DataFrame({"state": schema.texts([]), "old_lead_id": schema.texts([])})
    return derive(
        moved[claims.columns], points, schema.empty(schema.LEADS), schema.empty(schema.POINTS), nothing, versions,
        trust=0, received="",
    )  # fmt: skip


def apart(said: pd.DataFrame) -> pd.DataFrame:
    """APART of the match decisions `said` (as `queries.match_decisions` gives them)."""
    return schema.check(
        schema.APART,
        query(
            """SELECT DISTINCT least(contact, other_contact) AS contact, greatest(contact, other_contact) AS other
               FROM said WHERE verdict = 'different' AND by_hand AND revoked_at IS NULL ORDER BY ALL""",
            said=said,
        ),
    )


def _cores(claims: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """core, lead_id, contact: leads that exact keys joined, in force or not. A core goes by one of its leads."""
    rules = said[(said["verdict"] == "same") & ~said["by_hand"] & ~said["rule"].str.startswith("likeness")]
    edges = rules[["lead_id", "other_lead_id"]].itertuples(index=False, name=None)
    core, _ = grouped(claims["lead_id"], edges, ())
    return claims[["lead_id", "contact"]].assign(core=schema.texts(core[lead] for lead in claims["lead_id"]))


def _as_cores(candidates: pd.DataFrame, touched: pd.DataFrame, made: Derived) -> pd.DataFrame:
    cores = query(
        f"""SELECT p.type, p.value, p.contact, p.lead_id, {", ".join(f"c.{name}" for name in (*IDENTITY, *FIELDS))}
            FROM points p JOIN contacts c USING (contact)
            WHERE (p.type, p.value) IN (SELECT (type, value) FROM candidates) ORDER BY 3, 1, 2""",
        points=made.points, contacts=made.contacts, candidates=candidates,
    )  # fmt: skip
    others = candidates[~candidates["contact"].isin(touched["contact"])]
    return schema.check(schema.CANDIDATES, pd.concat([others, cores], ignore_index=True))


def _records(versions: pd.DataFrame, cores: pd.DataFrame, made: Derived) -> pd.DataFrame:
    shown = ", ".join(f"CASE WHEN o.core IS NULL THEN v.{name} ELSE c.{name} END AS {name}" for name in IDENTITY)
    return query(
        f"""SELECT v.* REPLACE (coalesce(o.core, v.contact) AS contact, {shown})
            FROM versions v LEFT JOIN cores o ON o.lead_id = v.old_lead_id AND v.contact IS NOT NULL
            LEFT JOIN contacts c ON c.contact = o.core ORDER BY v.row, v.part""",
        versions=versions, cores=cores, contacts=made.contacts,
    )  # fmt: skip
