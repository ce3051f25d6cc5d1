"""How common a value is: from the kept counts of what leads stated, and a cautious share where little is known yet."""

import pandas as pd

from dedupe.evidence.readings import EVIDENCE, rated
from leads import schema
from leads.sets import key, query

# What has not been counted yet counts as if so many leads had been seen, of which this share stated the value.
BEFORE = 2_000
SHARES = {
    "family": 5e-4, "given": 2e-2, "patronymic": 2e-2, "date": 4e-5, "firm": 1e-4, "word": 5e-2, "code": 2e-2,
}  # fmt: skip
COLUMN = "'term ' || {kind} || ' ' || name || chr(0)"


def terms(readings: pd.DataFrame) -> pd.DataFrame:
    """The values of READINGS by which leads are told apart: kind, name (of the column), value, `key` (64-bit) of the
    value and `whole` of the column, `n` leads that state it.
    """
    parts = "\nUNION ALL ".join(
        f"SELECT kind, '{one.column}' AS name, {one.column} AS value FROM readings WHERE kind = '{kind}'"
        for kind in EVIDENCE
        for one in rated(kind)
    )
    column = COLUMN.format(kind="kind")
    return query(
        f"""SELECT kind, name, value, {key(f"{column} || value")} AS key, {key(column)} AS whole, n
            FROM (SELECT kind, name, value, count(*) AS n FROM ({parts}) WHERE value IS NOT NULL GROUP BY ALL)
            ORDER BY ALL""",
        readings=readings,
    )


def counts(stated: pd.DataFrame) -> pd.DataFrame:
    """What `terms` add to the kept counts: key, n, sorted by key."""
    return query(
        """SELECT key, sum(n)::BIGINT AS n FROM (SELECT key, n FROM stated UNION ALL SELECT whole, n FROM stated)
           GROUP BY key ORDER BY key""",
        stated=stated,
    )


def shares(asked: pd.DataFrame, added: pd.DataFrame, kept: pd.DataFrame, kind: str) -> pd.DataFrame:
    """How common the values of `asked` (terms) are: name, value, share; of people or of organisations (`kind`).

    `kept` are the counts (key, n) of the store, `added` those of leads that are not counted there yet.
    """
    before = pd.DataFrame(
        {
            "name": schema.texts(one.column for one in rated(kind)),
            "share": [SHARES[one.kind] for one in rated(kind)],
        }
    )
    return query(
        f"""WITH counted AS (SELECT key, sum(n) AS n FROM (SELECT key, n FROM kept UNION ALL SELECT key, n FROM added)
                             GROUP BY key)
            SELECT a.name, a.value,
                   (greatest(coalesce(c.n, 0), 1) + b.share * {BEFORE}) / (coalesce(w.n, 0) + {BEFORE}) AS share
            FROM asked a JOIN before b USING (name) LEFT JOIN counted c ON c.key = a.key
            LEFT JOIN counted w ON w.key = a.whole WHERE a.kind = '{kind}' ORDER BY 1, 2""",
        asked=asked, added=added, kept=kept, before=before,
    )  # fmt: skip
