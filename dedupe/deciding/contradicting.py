"""Leads that exact keys would join although what they state of themselves contradicts: only a person may."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from dedupe.deciding.decided import components
from leads import schema
from leads.sets import query

# Fields of people and organisations that contradict each other: two birthdays, two genders, two numbers in a register.
FIELDS = ("birthday", "gender", "registrations")
# Of one lead so many contacts are shown to a person.
SHOWN = 3
# A new version of a record may say otherwise: it was corrected.
CORRECTED = "same record"
Facts = dict[str, frozenset[str]]

# A gender that was read from a name contradicts one of the same given name only: `Andrey Tatjana` may be turned round.
# `--03-07` has no year: it contradicts another day only. Of one register some number must be the same.
_FACTS = """
SELECT name, what, said FROM (
    SELECT name, 'gender of ' || coalesce(given_key, '') AS what, gender AS said FROM people
    UNION ALL SELECT name, 'day', right(birthday, 5) FROM people
    UNION ALL SELECT name, 'birthday', birthday FROM people WHERE NOT starts_with(birthday, '-')
    UNION ALL SELECT name, split_part(number, ':', 1) || ':', split_part(number, ':', 2)
    FROM (SELECT name, unnest(string_split(registrations, '|')) AS number FROM people) WHERE contains(number, ':'))
WHERE said <> ''
"""


def parted(edges: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `edges` (member, hub and LINKS) that hold, and LINKS (unsure) in the place of those that would bring together
    what contradicts.

    `people` are all members and hubs: name, given_key and FIELDS. Known contacts and what stands first go before; those
    who contradict them and say the same of themselves are joined with each other.
    """
    facts, at_odds = _at_odds(edges, people)
    if not at_odds.any():
        return edges, schema.empty(schema.LINKS)
    asked = edges[at_odds].assign(first=edges["rule"] == CORRECTED, known=edges["hub"].str.startswith("c:"))
    asked = asked.sort_values(["first", "known"], ascending=False, kind="stable").drop(columns=["first", "known"])
    groups = _Groups(facts)
    holds = np.array([
        groups.joined(one, other, anyhow=rule == CORRECTED)
        for one, other, rule in asked[["member", "hub", "rule"]].itertuples(index=False, name=None)
    ], bool)  # fmt: skip
    refused = asked[~holds]
    alike = list(_alike(refused, groups))
    more = pd.DataFrame(alike, columns=list(edges.columns)).astype(edges.dtypes)
    kept = pd.concat([edges[~at_odds], asked[holds], more]).sort_values(
        ["member", "hub", "rule"], ignore_index=True
    )
    return kept, _asked(refused, groups)


def _at_odds(edges: pd.DataFrame, people: pd.DataFrame) -> tuple[dict[str, Facts], pd.Series]:
    """What everybody states in groups where something may contradict, and which edges are theirs."""
    nodes = pd.concat([edges["member"], edges["hub"]]).drop_duplicates(ignore_index=True)
    of = pd.DataFrame({"name": nodes, "part": components(nodes, edges)})
    found = query(
        f"""WITH facts AS (SELECT part, f.* FROM ({_FACTS}) f JOIN nodes USING (name))
            SELECT * FROM facts WHERE part IN (
                SELECT part FROM facts GROUP BY part, what HAVING count(DISTINCT said) > 1)
            ORDER BY ALL""",
        people=people, nodes=of,
    )  # fmt: skip
    facts: dict[str, Facts] = defaultdict(dict)
    for name, what, said in found[["name", "what", "said"]].itertuples(index=False, name=None):
        facts[name][what] = facts[name].get(what, frozenset()) | {said}
    odd = set(of.loc[of["part"].isin(found["part"]), "name"])
    return facts, edges["member"].isin(odd)


class _Groups:
    """Who is one so far, and what all of a group state."""

    def __init__(self, facts: dict[str, Facts]) -> None:
        self.facts = facts
        self._parent: dict[str, str] = {}
        self._stated: dict[str, Facts] = {}

    def root(self, name: str) -> str:
        while (above := self._parent.setdefault(name, name)) != name:
            self._parent[name] = self._parent[above]
            name = self._parent[name]
        return name

    def joined(self, one: str, other: str, *, anyhow: bool = False) -> bool:
        """Join the two groups, unless they contradict; returns whether they are one."""
        left, right = self.root(one), self.root(other)
        if left == right:
            return True
        mine, theirs = (self._stated.get(root, self.facts.get(root, {})) for root in (left, right))
        if not anyhow and any(not said & theirs[what] for what, said in mine.items() if what in theirs):
            return False
        self._parent[right] = left
        self._stated[left] = theirs | {what: said | theirs.get(what, frozenset()) for what, said in mine.items()}
        return True


def _alike(refused: pd.DataFrame, groups: _Groups) -> Iterator[tuple[str, ...]]:
    """Edges between leads that were refused by the same hub and state the same."""
    first: dict[object, tuple[str, str]] = {}
    for edge in refused.to_dict("records"):
        said = frozenset(groups.facts.get(edge["member"], {}).items())
        name, lead = first.setdefault((edge["hub"], said), (edge["member"], edge["lead_id"]))
        if name != edge["member"] and groups.joined(name, edge["member"]):
            yield tuple((edge | {"hub": name, "other_lead_id": lead}).values())


def _asked(refused: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    apart = [groups.root(one) != groups.root(other)
             for one, other in refused[["member", "hub"]].itertuples(index=False, name=None)]  # fmt: skip
    few = (
        refused[np.array(apart, bool)].drop_duplicates(["lead_id", "other_lead_id"]).groupby("member").head(SHOWN)
    )
    links = few[list(schema.LINKS.columns)].reset_index(drop=True)
    rules = links["rule"].str.replace(" and .*|, .*", ", contradicting", regex=True).astype(schema.TEXT)
    return links.assign(verdict=schema.texts(["unsure"] * len(links)), rule=rules)
