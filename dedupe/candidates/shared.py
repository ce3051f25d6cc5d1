"""Values that several people share: evidence of the company, never of one of them. Told value by value."""

from collections.abc import Collection, Sequence

import pandas as pd

from dedupe.engine import Engine
from dedupe.evidence.kinds import LISTS, Evidence
from leads.sets import query

# Of so many records a value is nobody's own, whatever they are called.
MOST_RECORDS = 50
# A switchboard: besides those called like most of its people, at least so many are called otherwise.
OTHERS = 2
# Names at least so alike (Jaro-Winkler) are one name with a slip in it.
ALIKE = 0.75


def part_shared(
    duck: Engine,
    evidence: Sequence[Evidence],
    mailboxes: frozenset[str],
    offices: Collection[str] = (),
) -> int:
    """In table `records`, move shared values of lists from `e<i>` to `e<i>_c`; returns how many values are shared.

    Shared is a value that more than two unlike surnames have, that more than MOST_RECORDS records have, an e-mail of
    one of the `mailboxes` (`info`, `sales`), or one that is known to be an office's (`offices`).
    """
    family = next((f"e{i}" for i, one in enumerate(evidence) if one.kind == "family"), "NULL::VARCHAR")
    lists = {f"e{place}": one.kind for place, one in enumerate(evidence) if one.kind in LISTS}
    if not lists:
        return 0
    for name, kind in lists.items():
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE shared_{name} AS {_SHARED.format(name=name, family=family)}",
            {"mailboxes": sorted(mailboxes) if kind == "email" else [], "offices": sorted(offices)},
        )
    parted = ", ".join(f"of_{name} AS ({_PARTED.format(name=name)})" for name in lists)
    shown = ", ".join(f"of_{name}.own AS {name}, of_{name}.common AS {name}_c" for name in lists)
    joins = " ".join(f"LEFT JOIN of_{name} USING (id)" for name in lists)
    duck.execute(
        f"""CREATE OR REPLACE TEMP TABLE records AS WITH {parted}
            SELECT r.* EXCLUDE ({", ".join(lists)}), {shown} FROM records r {joins} ORDER BY id"""
    )
    counts = " + ".join(f"(SELECT count(*) FROM shared_{name})" for name in lists)
    return int(duck.sql(f"SELECT {counts}").fetchall()[0][0])


_SHARED = f"""
    WITH held AS (SELECT unnest({{name}}) AS value, {{family}} AS family FROM records),
    counted AS (SELECT value, count(*) AS n FROM held GROUP BY value
                HAVING count(*) > 1 OR split_part(value, '@', 1) IN (SELECT unnest($mailboxes))
                  OR value IN (SELECT unnest($offices))),
    called AS (SELECT value, family, count(*) AS n FROM held JOIN counted USING (value)
               WHERE family IS NOT NULL AND counted.n BETWEEN 3 AND {MOST_RECORDS} GROUP BY value, family),
    usual AS (SELECT value, family FROM called
              QUALIFY row_number() OVER (PARTITION BY value ORDER BY n DESC, family) = 1),
    unlike AS (SELECT value, count(*) AS others FROM called c JOIN usual u USING (value)
               WHERE jaro_winkler_similarity(c.family, u.family) < {ALIKE} GROUP BY value)
    SELECT value FROM counted LEFT JOIN unlike USING (value)
    WHERE n > {MOST_RECORDS} OR coalesce(others, 0) >= {OTHERS}
       OR split_part(value, '@', 1) IN (SELECT unnest($mailboxes)) OR value IN (SELECT unnest($offices))"""
_PARTED = """
    SELECT id, list(value ORDER BY value) FILTER (s.value IS NULL) AS own,
           list(value ORDER BY value) FILTER (s.value IS NOT NULL) AS common
    FROM (SELECT id, unnest({name}) AS value FROM records) h LEFT JOIN shared_{name} s USING (value) GROUP BY id"""


def held(readings: pd.DataFrame) -> pd.DataFrame:
    """Who of READINGS states which phone, e-mail or profile: value, lead_id, kind, family, and whether it is an
    `office`'s."""
    return query(
        """SELECT value, lead_id, kind, family, coalesce(contains(chr(10) || offices || chr(10),
                                                                  chr(10) || value || chr(10)), false) AS office
           FROM (SELECT *, unnest(string_split(concat_ws(chr(10), phone, email, profile), chr(10))) AS value
                 FROM readings) WHERE value <> ''""",
        readings=readings[["lead_id", "kind", "family", "phone", "email", "profile", "offices"]],
    )


def common(held: pd.DataFrame, wide: Collection[str], kind: str) -> set[str]:
    """The values (`held`: who states which) that no person (`kind`) or no organisation has to itself.

    Those are the `wide` ones, which very many have; of people also offices', what organisations state, and what more
    than two unlike surnames have.
    """
    if kind != "person":
        return set(wide)
    found = query(
        f"""
        WITH called AS (SELECT value, family, count(*) AS n FROM held
                        WHERE family IS NOT NULL AND kind = 'person' GROUP BY value, family),
        usual AS (SELECT value, family FROM called
                  QUALIFY row_number() OVER (PARTITION BY value ORDER BY n DESC, family) = 1)
        SELECT value FROM called c JOIN usual u USING (value)
        WHERE jaro_winkler_similarity(c.family, u.family) < {ALIKE} GROUP BY value HAVING count(*) >= {OTHERS}
        UNION SELECT value FROM held WHERE office OR kind = 'organisation'""",
        held=held,
    )
    return {*found["value"], *wide}
