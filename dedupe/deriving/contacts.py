"""Contacts follow from their leads: what a chunk's touched contacts are made of, from the store and the chunk."""

from dataclasses import dataclass

import pandas as pd

from dedupe.deciding.exact import Resolution
from dedupe.deriving.survivorship import survive
from leads import schema
from leads.sets import query
from leads.source import CLAIM_FIELDS


@dataclass(frozen=True)
class Derived:
    """CONTACTS, and the points (contact, type, value, display, kind, label, region, lead_id) of the touched ones."""

    contacts: pd.DataFrame
    points: pd.DataFrame


def touched(resolution: Resolution, versions: pd.DataFrame) -> pd.DataFrame:
    """Known contacts that a chunk changes (column `contact`): joined by a lead, merged, or losing a lead."""
    return query(
        """SELECT DISTINCT contact FROM (
             SELECT contact FROM assigned UNION ALL SELECT survivor FROM merges UNION ALL SELECT loser FROM merges
             UNION ALL SELECT contact FROM versions WHERE state = 'version')
           WHERE contact IS NOT NULL AND contact NOT IN (SELECT contact FROM assigned WHERE created) ORDER BY 1""",
        assigned=resolution.assigned,
        merges=resolution.merges,
        versions=versions,
    )


def derive(
    known_claims: pd.DataFrame,
    known_points: pd.DataFrame,
    leads: pd.DataFrame,
    points: pd.DataFrame,
    resolution: Resolution,
    versions: pd.DataFrame,
    *,
    trust: int,
    received: str,
    edited: bool = False,
) -> Derived:
    """Contacts from the claims and points the store has of the touched ones, and those of the chunk's own leads.

    `known_claims` are CLAIMS with `live`, `known_points` their usable points (lead_id, type, value, display, kind,
    label, region) in the order in which they were stated. Superseded leads count no more, but a contact that is left
    without a live one is made of all of its old ones.
    """
    claims = query(
        f"""
        WITH stated AS (
            SELECT a.contact, l.lead_id, l.kind, {edited} AS edited, {trust}::BIGINT AS trust,
                   coalesce(l.occurred_at, '{received}') AS stated_at, l.row,
                   {", ".join(f"l.{f}" for f in CLAIM_FIELDS)},
                   l.tags, l.family_key, l.given_key, l.company_key, true AS live
            FROM leads l JOIN assigned a USING (lead_id)
            UNION ALL BY NAME
            SELECT k.* REPLACE (coalesce(m.survivor, k.contact) AS contact) FROM known k
            LEFT JOIN merges m ON m.loser = k.contact),
        marked AS (
            SELECT * REPLACE (live AND lead_id NOT IN (SELECT old_lead_id FROM gone) AS live) FROM stated)
        SELECT * EXCLUDE (live) FROM marked
        WHERE live OR contact NOT IN (SELECT contact FROM marked WHERE live)""",
        leads=leads,
        known=known_claims,
        assigned=resolution.assigned,
        merges=resolution.merges,
        gone=versions.loc[versions["state"] == "version", ["old_lead_id"]],
    )
    shown = query(
        """
        SELECT contact, type, value, unnest(arg_min(shown, place))
        FROM (
            SELECT lead_id, type, value, struct_pack(display, kind, label, region, lead_id) AS shown, no AS place
            FROM known
            UNION ALL
            SELECT p.lead_id, p.type, p.value, struct_pack(p.display, p.kind, p.label, p.region, p.lead_id),
                   row_number() OVER (ORDER BY l.row, l.part, p.slot)
            FROM points p JOIN leads l USING (lead_id) WHERE p.usable)
        JOIN claims USING (lead_id) GROUP BY contact, type, value ORDER BY contact, type, value""",
        leads=leads[["lead_id", "row", "part"]],
        points=points,
        known=known_points.assign(no=range(-len(known_points), 0)),
        claims=claims[["lead_id", "contact"]],
    )
    return Derived(survive(schema.check(schema.CLAIMS, claims)), shown)
