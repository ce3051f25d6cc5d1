"""What tells of a lead who it is, as `dedupe` compares it: one row per person of LEADS and POINTS."""

from collections.abc import Callable

import pandas as pd

from dedupe.evidence.kinds import Evidence
from dedupe.evidence.nicknames import roots
from enrich.folding import name_key
from flows.evidence import father, folded
from leads import schema
from leads.sets import query

NATIONAL = 10
EVIDENCE = (
    Evidence("given_key", "given", "given name", "root"),
    Evidence("family_key", "family", "family name"),
    Evidence("father", "patronymic", "patronymic"),
    Evidence("firm", "name", "company"),
    Evidence("born", "date", "birthday"),
    Evidence("town", "word", "city"),
    Evidence("phones", "phone", "phone"),
    Evidence("emails", "email", "e-mail"),
)


def people(leads: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """`lead_id` and the columns of EVIDENCE of the persons among LEADS, in their order, by their usable POINTS.

    Of a phone its last ten digits count. Organisations are not there: they are known by exact keys alone.
    """
    own = query(
        f"""SELECT lead_id, family_key, given_key, patronymic, company, city,
                   CASE WHEN length(birthday) = 10 THEN replace(birthday, '-', '') END AS born,
                   list_aggregate(list_sort(phones), 'string_agg', chr(10)) AS phones,
                   list_aggregate(list_sort(emails), 'string_agg', chr(10)) AS emails
            FROM leads LEFT JOIN (
                SELECT lead_id, list(DISTINCT right(value, {NATIONAL})) FILTER (type = 'phone') AS phones,
                       list(DISTINCT value) FILTER (type = 'email') AS emails
                FROM points WHERE usable GROUP BY lead_id) USING (lead_id)
            WHERE kind = 'person' ORDER BY row, part""",
        leads=leads, points=points,
    )  # fmt: skip
    pets = {key: "\n".join(names) for key, names in roots(name_key).items()}
    own["root"] = _each(own["given_key"], pets.get)
    own["father"] = _each(own["patronymic"], father)
    own["firm"], own["town"] = (_each(own[column], folded) for column in ("company", "city"))
    return own[["lead_id", "root", *(one.column for one in EVIDENCE)]]


def _each(texts: pd.Series, meaning: Callable[[str], str | None]) -> pd.Series:
    return texts.map({text: meaning(text) for text in texts.dropna().unique()}).astype(schema.TEXT)
