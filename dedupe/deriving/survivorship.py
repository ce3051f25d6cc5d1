"""Which of its leads' claims a contact shows, field by field."""

import pandas as pd

from leads import schema
from leads.sets import query
from leads.source import CLAIM_FIELDS

# A person's correction wins, then the source trusted most, then what was stated last; of one file what stands first, so
# that a contact stays as it is when its next row comes; then the lead's id, so that the order in which leads arrived
# decides nothing.
RANK = "edited DESC, trust DESC, stated_at DESC, row, lead_id"
FIRST = "stated_at || lpad(row::VARCHAR, 19, '0') || lead_id"
# A full name before part of one: an initial must not hide what another lead spells out.
NAME_PLACE = """place + CASE WHEN edited THEN 0 ELSE 2::BIGINT << 40 END
                + CASE WHEN family_key IS NOT NULL AND length(given_key) > 1 THEN 0 ELSE 1::BIGINT << 40 END"""

# Fields that come from one lead together, by the one it must state: a contact never gets one lead's family name
# beside another's given name.
TOGETHER = {
    "name_text": (
        "name_text", "family_name", "given_name", "patronymic", "title", "gender", "family_key", "given_key",
    ),
    "company": ("company", "company_form", "company_key"),
    "region": ("region", "region_code"),
    "street": ("street", "house"),
}  # fmt: skip


def survive(claims: pd.DataFrame) -> pd.DataFrame:
    """CLAIMS of the live leads of some contacts -> CONTACTS, one row each."""
    taken = {field for fields in TOGETHER.values() for field in fields}
    alone = [field for field in CLAIM_FIELDS if field not in taken]
    # Most sources state a few fields only: what nobody states need not be looked through.
    silent = [field for field in alone if claims[field].isna().all()]
    groups = TOGETHER | {field: (field,) for field in alone if field not in silent}
    found = query(_sql(groups, silent), claims=claims.drop(columns=silent))
    return schema.check(schema.CONTACTS, found)


def _sql(groups: dict[str, tuple[str, ...]], silent: list[str]) -> str:
    """The statement over claims; `silent` fields, which have no column there, come out empty."""
    picks: list[str] = []
    won: list[str] = []
    shown = [f"NULL::VARCHAR AS {field}" for field in silent]
    for stated, fields in groups.items():
        place = "name_place" if stated == "name_text" else "place"
        packed = ", ".join(f"{field} := {field}" for field in (*fields, "lead_id"))
        picks.append(
            f"arg_min(struct_pack({packed}), CASE WHEN {stated} IS NOT NULL THEN {place} END) AS _{stated}"
        )
        shown += [f"_{stated}.{field} AS {field}" for field in fields]
        won += [
            f"'{field}', CASE WHEN _{stated}.{field} IS NOT NULL THEN nullif(_{stated}.lead_id, first_lead_id) END"
            for field in fields
            if field in CLAIM_FIELDS
        ]
    # The merge patch drops the fields that nobody stated. Most contacts have one lead, and then nothing is left.
    return f"""
        WITH placed AS (SELECT *, row_number() OVER (PARTITION BY contact ORDER BY {RANK}) AS place FROM claims),
        ranked AS (SELECT *, {NAME_PLACE} AS name_place FROM placed),
        picked AS (
            SELECT contact, {", ".join(picks)},
                   CASE WHEN bool_or(kind = 'person') THEN 'person' ELSE 'organisation' END AS kind,
                   array_to_string(list_sort(list_distinct(flatten(
                     list(string_split(tags, '|')) FILTER (tags IS NOT NULL)))), '|') AS tags,
                   arg_min(lead_id, {FIRST}) AS first_lead_id,
                   min(stated_at) AS first_seen, max(stated_at) AS last_seen
            FROM ranked GROUP BY contact)
        SELECT contact, kind, {", ".join(shown)}, nullif(tags, '') AS tags,
               json_merge_patch('{{}}', json_object({", ".join(won)}))::VARCHAR AS claims,
               first_lead_id, first_seen, last_seen
        FROM picked ORDER BY contact"""
