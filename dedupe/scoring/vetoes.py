"""What is one's own, and when names that differ are two people."""

from collections.abc import Collection, Sequence

import pandas as pd

from dedupe.engine import Engine
from dedupe.evidence.kinds import names
from dedupe.scoring.comparisons import Comparison

# An id is one person's own where it stands with hardly more records than a person has …
OWN = 4.0
# … and, like a birthday, where of those with the same names so many have the same: a time stamp is nearly unique too.
HOLDS = 0.2
# Of so many records a birthday or an id must be known for it to show how often one person's names differ.
KNOWN = 0.5


def own(duck: Engine, of: Sequence[Comparison], patterns: pd.DataFrame) -> set[int]:
    """Places of the comparisons of what one person has to himself: a birthday, an id.

    From table `records`, and `patterns` of levels among the candidates.
    """
    called = [f"gamma_e{place}" for place in names([one.evidence for one in of])]
    tops = {f"gamma_e{one.place}": len(one.levels) - 1 for one in of}
    named = patterns[~patterns["random"]]
    for column in called:
        named = named[named[column] == tops[column]]
    found = set()
    for one in of:
        column = f"gamma_e{one.place}"
        compared = named[named[column] >= 0]
        holds = compared.loc[compared[column] >= 2, "n"].sum() >= HOLDS * max(compared["n"].sum(), 1)
        if holds and (one.evidence.kind == "date" or (one.evidence.kind == "code" and _is_id(duck, one.place))):
            found.add(one.place)
    return found


def _is_id(duck: Engine, place: int) -> bool:
    sql = f"""SELECT coalesce(sum(n * n) / sum(n) <= {OWN}, false)
              FROM (SELECT count(*) AS n FROM records WHERE e{place} IS NOT NULL GROUP BY e{place})"""
    return bool(duck.sql(sql).fetchall()[0][0])


def by_name(duck: Engine, of: Sequence[Comparison], own: Collection[int]) -> list[int]:
    """Places of the names of which the most different level forbids that two records are one.

    Who share a phone, an address or a firm may be colleagues or a family; a birthday or an id that agrees shows that a
    name was misread. Where most records state one, how often that happens is learnt, and no name forbids anything.
    """
    stated = ", ".join([f"e{place}" for place in sorted(own)] + ["NULL", "NULL"])
    known = duck.sql(f"SELECT avg((coalesce({stated}) IS NOT NULL)::INT) FROM records").fetchall()[0][0] or 0.0
    if known >= KNOWN:
        return []
    return [*names([one.evidence for one in of]), *(one.place for one in of if one.evidence.kind == "patronymic")]
