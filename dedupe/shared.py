"""Values that several people share: evidence of the company, never of one of them. Told value by value."""

from collections.abc import Sequence

import duckdb

from dedupe.evidence import LISTS, Evidence

# Of so many records a value is nobody's own, whatever they are called.
MOST_RECORDS = 50
# A switchboard: besides those called like most of its people, at least so many are called otherwise.
OTHERS = 2
# Names at least so alike (Jaro-Winkler) are one name with a slip in it.
ALIKE = 0.75


def part_shared(duck: duckdb.DuckDBPyConnection, evidence: Sequence[Evidence], mailboxes: frozenset[str]) -> int:
    """In table `records`, move shared values of lists from `e<i>` to `e<i>_c`; returns how many values are shared.

    Shared is a value that more than two unlike surnames have, that more than MOST_RECORDS records have, or an e-mail
    of one of the `mailboxes` (`info`, `sales`).
    """
    family = next((f"e{i}" for i, one in enumerate(evidence) if one.kind == "family"), "NULL::VARCHAR")
    count = 0
    for place, one in enumerate(evidence):
        if one.kind in LISTS:
            count += _part(duck, f"e{place}", family, mailboxes if one.kind == "email" else frozenset())
    return count


def _part(duck: duckdb.DuckDBPyConnection, column: str, family: str, mailboxes: frozenset[str]) -> int:
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE shared AS
        WITH held AS (SELECT unnest({column}) AS value, {family} AS family FROM records),
        counted AS (SELECT value, count(*) AS n FROM held GROUP BY value
                    HAVING count(*) > 1 OR split_part(value, '@', 1) IN (SELECT unnest(?))),
        called AS (SELECT value, family, count(*) AS n FROM held JOIN counted USING (value)
                   WHERE family IS NOT NULL AND counted.n BETWEEN 3 AND {MOST_RECORDS} GROUP BY value, family),
        usual AS (SELECT value, family FROM called
                  QUALIFY row_number() OVER (PARTITION BY value ORDER BY n DESC, family) = 1),
        unlike AS (SELECT value, count(*) AS others FROM called c JOIN usual u USING (value)
                   WHERE jaro_winkler_similarity(c.family, u.family) < {ALIKE} GROUP BY value)
        SELECT value FROM counted LEFT JOIN unlike USING (value)
        WHERE n > {MOST_RECORDS} OR coalesce(others, 0) >= {OTHERS} OR split_part(value, '@', 1) IN (SELECT unnest(?))
        """,
        [sorted(mailboxes), sorted(mailboxes)],
    )
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE records AS
        WITH of AS (
            SELECT id, list(value ORDER BY value) FILTER (s.value IS NULL) AS own,
                   list(value ORDER BY value) FILTER (s.value IS NOT NULL) AS common
            FROM (SELECT id, unnest({column}) AS value FROM records) h LEFT JOIN shared s USING (value) GROUP BY id)
        SELECT r.* REPLACE (of.own AS {column}), of.common AS {column}_c
        FROM records r LEFT JOIN of USING (id) ORDER BY id"""
    )
    return int(duck.sql("SELECT count(*) FROM shared").fetchall()[0][0])
