"""Groups of leads that are one already, the pairs between them, and what bonds between them say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from dedupe.deciding.apart import grouped
from dedupe.deciding.bonds import MOST_GROUPS, bonds
from dedupe.deciding.decided import Decided, components
from dedupe.scoring.likeness import Weighed
from leads import schema
from leads.sets import query

# Of a group so many leads are compared, and of a lead so many are shown to a person.
MEMBERS, SHOWN = 12, 3

ALL_IN_ALL = "all in all"


def weights(because: pd.Series) -> pd.Series:
    """What the groups weighed that LINKS of a model are `because` of."""
    return because.str.replace(f"^.*{ALL_IN_ALL} ", "", regex=True).astype(float)


def partial(because: pd.Series) -> pd.Series:
    """Whether the LINKS of a model that say so are of a name that is not full: whose lead it is may also depend on who
    else comes into question."""
    stated = [because.str.contains(f"{name} ", regex=False) for name in ("surname", "given name")]
    return because.str.contains("given name initial ", regex=False) | (stated[0] != stated[1])


def homes(edges: pd.DataFrame) -> pd.DataFrame:
    """Which contacts new leads are in by `edges` (member, hub) of exact keys: lead_id, contact."""
    nodes = pd.concat([edges["member"], edges["hub"]]).drop_duplicates(ignore_index=True)
    return query(
        """SELECT l.node[3:] AS lead_id, c.node[3:] AS contact FROM nodes l JOIN nodes c USING (part)
           WHERE starts_with(l.node, 'l:') AND starts_with(c.node, 'c:') ORDER BY ALL""",
        nodes=pd.DataFrame({"node": nodes, "part": components(nodes, edges)}),
    )


def groups(own: pd.Series, known: pd.DataFrame, ruled: pd.DataFrame, decided: Decided | None) -> pd.DataFrame:
    """Which leads exact keys hold for one: lead_id, node, contact, `grp` (a number), `new`.

    `own` are ids of new leads, `known` (lead_id, contact) leads of the store; `ruled` (lead_id, other_lead_id) joins
    them. What a model joined before is not one here: it is weighed again together with what comes. `node` is what edges
    name: a new lead, a contact, or the core of a contact that people `decided` about.
    """
    nodes = query(
        """SELECT lead_id, 'l:' || lead_id AS node, NULL::VARCHAR AS contact, true AS new FROM own
           UNION ALL SELECT k.lead_id, 'c:' || coalesce(o.core, k.contact), k.contact, false
           FROM known k LEFT JOIN cores o USING (lead_id) ORDER BY new DESC, lead_id""",
        own=own.to_frame("lead_id"), known=known[["lead_id", "contact"]],
        cores=decided.cores if decided else pd.DataFrame({name: schema.texts([]) for name in ("lead_id", "core")}),
    )  # fmt: skip
    edges = ruled.rename(columns={"lead_id": "member", "other_lead_id": "hub"})
    every = pd.concat([nodes["lead_id"], edges["member"], edges["hub"]]).drop_duplicates(ignore_index=True)
    numbers = pd.DataFrame({"lead_id": every, "part": components(every, edges)})
    return numbered(nodes.merge(numbers, on="lead_id"), "part").drop(columns="part")


def numbered(nodes: pd.DataFrame, part: str = "node") -> pd.DataFrame:
    """lead_id, node, `new`, and `grp`: a number of each `part`.

    It is the same in every store, for two groups that are equally near are taken in this order.
    """
    return query(
        f"""SELECT * EXCLUDE (first), dense_rank() OVER (ORDER BY first) AS grp
            FROM (SELECT *, min(lead_id) OVER (PARTITION BY {part}) AS first FROM nodes)
            ORDER BY new DESC, lead_id""",
        nodes=nodes,
    )


def across(pairs: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """`pairs` (lead_id, other_lead_id) of leads that are not one already; `of` are their `groups`."""
    return query(
        """SELECT DISTINCT p.lead_id, p.other_lead_id FROM pairs p JOIN grouped a USING (lead_id)
           JOIN grouped b ON b.lead_id = p.other_lead_id WHERE a.grp <> b.grp ORDER BY ALL""",
        pairs=pairs, grouped=of,
    )  # fmt: skip


def completed(near: pd.DataFrame, of: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """All pairs of leads between groups that hang together by the pairs `near`: what speaks against counts as well.

    Of more groups than MOST_GROUPS only the pairs that are near; they hang together by accident. Returns also how many
    groups that are.
    """
    ends = pd.concat([near["lead_id"], near["other_lead_id"]])
    parts = _hanging_together(across(near, of), of[of["lead_id"].isin(ends)])
    sizes = parts["part"].value_counts()
    found = query(
        f"""
        WITH sized AS (SELECT part FROM parts GROUP BY part HAVING count(*) <= {MOST_GROUPS}),
        members AS (
            SELECT part, grp, lead_id FROM grouped JOIN parts USING (grp) JOIN sized USING (part)
            QUALIFY row_number() OVER (PARTITION BY grp ORDER BY lead_id IN (SELECT lead_id FROM near_leads) DESC,
                                                                 lead_id) <= {MEMBERS})
        SELECT a.lead_id, b.lead_id AS other_lead_id FROM members a JOIN members b USING (part) WHERE a.grp < b.grp
        UNION SELECT lead_id, other_lead_id FROM near ORDER BY ALL""",
        near=near, parts=parts, grouped=of,
        near_leads=pd.concat([near["lead_id"], near["other_lead_id"]]).drop_duplicates().to_frame("lead_id"),
    )  # fmt: skip
    return found, int(sizes[sizes > MOST_GROUPS].sum())


def _hanging_together(pairs: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """grp, part: which groups hang together by `pairs` of their leads."""
    number = dict(zip(of["lead_id"], of["grp"], strict=True))
    left, right = (np.array([number[lead] for lead in pairs[end]], int) for end in ("lead_id", "other_lead_id"))
    size = int(of["grp"].max()) + 1 if len(of) else 0
    part = connected_components(
        coo_matrix((np.ones(len(left), np.int8), (left, right)), (size, size)), directed=False
    )[1]
    named = np.unique(np.concatenate([left, right]))
    return pd.DataFrame(
        {"grp": pd.array(named, dtype=schema.INT), "part": pd.array(part[named], dtype=schema.INT)}
    )


@dataclass(frozen=True)
class Linked:
    """What a model says of some groups: `edges` (member, hub and LINKS) of new leads, LINKS of those that may be one
    (`asked`: unsure) and of those that are (`same`), and the number of the group of each lead (`group`)."""

    edges: pd.DataFrame
    asked: pd.DataFrame
    same: pd.DataFrame
    group: dict[str, int]


def linked(weighed: Weighed, of: pd.DataFrame, rule: str) -> Linked:
    """Join those of the groups `of` that are one by the `weighed` pairs between them."""
    of = of[of["lead_id"].isin(pd.concat([weighed.pairs["lead_id"], weighed.pairs["other_lead_id"]]))]
    place = dict(zip(of["lead_id"], of[["grp", "new", "node"]].itertuples(index=False, name=None), strict=True))
    pairs = list(weighed.pairs[["lead_id", "other_lead_id"]].itertuples(index=False, name=None))
    ends = [(place[one][0], place[other][0]) for one, other in pairs]
    fresh = np.array([place[one][1] or place[other][1] for one, other in pairs], bool)
    rows, asked, same, said = [], [], [], weighed.pairs["said"].to_list()
    shown: dict[str, int] = {}
    found = bonds(weighed, ends, fresh)
    for bond in found:
        one, other = pairs[bond.place]
        if not place[one][1]:
            one, other = other, one
        why = f"{said[bond.place]}; at first {weighed.odds[0]:+.1f}, {ALL_IN_ALL} {bond.weight:+.1f}"
        if bond.joined:
            same.append((one, other, "same", rule, why))
            if fresh[bond.place]:
                rows.append((place[one][2], place[other][2], *same[-1]))
        elif fresh[bond.place] and (seen := shown.get(one, 0)) < SHOWN:
            shown[one] = seen + 1
            asked.append((one, other, "unsure", rule, why))
    links = list(schema.LINKS.columns)
    numbers = {group for both in ends for group in both}
    group, _ = grouped(numbers, [ends[bond.place] for bond in found if bond.joined], ())
    return Linked(
        _texts(rows, ["member", "hub", *links]), _texts(asked, links), _texts(same, links),
        {lead: group[number] for lead, (number, *_) in place.items()},
    )  # fmt: skip


def _texts(rows: Sequence[tuple[str, ...]], columns: list[str]) -> pd.DataFrame:
    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pd.DataFrame({name: schema.texts(cell) for name, cell in zip(columns, cells, strict=True)})
