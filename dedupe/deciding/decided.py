"""What people decided about known contacts, laid over what the leads alone say.

The rules of `dedupe.deciding.exact` see **cores**: leads that the rules held for one, whatever people said of them. So
a merge by hand does not take a name away by which a new lead is known, and when every decision is undone nothing is
left of it. Here the edges to cores become edges to contacts, and those that would join what was said to be apart do not
hold.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from dedupe.deciding.apart import grouped
from leads.sets import query


@dataclass(frozen=True)
class Decided:
    """Of the candidates that a person decided about.

    `cores`: core, lead_id, contact: which leads are one core, and whose they are now; `apart`: APART of the contacts;
    `values`: CANDIDATES by contact, as the store has them.
    """

    cores: pd.DataFrame
    apart: pd.DataFrame
    values: pd.DataFrame


def obeyed(
    edges: pd.DataFrame, leads: pd.DataFrame, points: pd.DataFrame, decided: Decided
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`edges` (member, hub, lead_id, other_lead_id, verdict, rule, because) as they hold, between leads and contacts,
    and those that do not hold.

    A lead that several contacts of a core may mean goes with the one that shares most of its values, else the oldest.
    """
    found = query(_TO_CONTACTS, edges=edges, points=points, cores=decided.cores, held=decided.values)
    found = found.sort_values(["member", "hub", "rule"], ignore_index=True)
    kept, astray = found[found["fits"]].drop(columns="fits"), found[~found["fits"]].drop(columns="fits")
    barred = _barred(kept, leads, points, decided)
    return kept[~barred], pd.concat([astray, kept[barred]], ignore_index=True)


# `chosen`: the one contact of a core that a lead goes with. Its own edge may name a lead of the core that is another
# contact's now: that edge does not fit, and one to a lead of the core that the chosen contact has
# stands in for it.
_TO_CONTACTS = """
WITH shared AS (
    SELECT 'l:' || p.lead_id AS member, h.contact, count(*) AS n
    FROM (SELECT * FROM points WHERE usable AND 'l:' || lead_id IN (SELECT member FROM edges)) p
    JOIN (SELECT * FROM held WHERE contact IN (SELECT contact FROM cores)) h USING (type, value) GROUP BY ALL),
to_core AS (SELECT DISTINCT e.*, o.contact FROM edges e JOIN cores o ON o.lead_id = e.other_lead_id
            WHERE e.hub = 'c:' || o.core),
contacts AS (SELECT 'c:' || core AS hub, contact, min(lead_id) AS lead_id FROM cores GROUP BY ALL),
possible AS (
    SELECT t.member, t.hub, c.contact, any_value(c.lead_id) AS lead_id, coalesce(any_value(s.n), 0) AS n,
           bool_or(t.rule = 'same record' AND t.contact = c.contact) AS own_record,
           bool_or(t.contact = c.contact) AS named
    FROM to_core t JOIN contacts c USING (hub) LEFT JOIN shared s ON s.member = t.member AND s.contact = c.contact
    GROUP BY ALL),
chosen AS (
    SELECT * FROM possible WHERE named OR n > 0
    QUALIFY row_number() OVER (PARTITION BY member, hub ORDER BY own_record DESC, n DESC, contact) = 1)
SELECT member, hub, lead_id, other_lead_id, verdict, rule, because, true AS fits FROM edges
WHERE hub NOT IN (SELECT hub FROM contacts)
UNION ALL
SELECT t.member, 'c:' || c.contact, t.lead_id, t.other_lead_id, t.verdict, t.rule, t.because, t.contact = c.contact
FROM to_core t JOIN chosen c USING (member, hub)
UNION ALL
SELECT t.member, 'c:' || c.contact, any_value(t.lead_id), c.lead_id, 'same', min(t.rule), any_value(t.because), true
FROM to_core t JOIN chosen c USING (member, hub) WHERE NOT c.named GROUP BY t.member, c.contact, c.lead_id
"""


def components(nodes: pd.Series, edges: pd.DataFrame) -> np.ndarray:
    """The number of each node's connected component; `edges` (member, hub) are between nodes."""
    left, right = (pc.index_in(pa.array(edges[end]), pa.array(nodes)).to_numpy() for end in ("member", "hub"))
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(nodes), len(nodes)))
    return connected_components(graph, directed=False)[1]


def _barred(edges: pd.DataFrame, leads: pd.DataFrame, points: pd.DataFrame, decided: Decided) -> np.ndarray:
    """Which edges would join contacts that are apart."""
    barred = np.zeros(len(edges), dtype=bool)
    apart = _apart(edges, decided)
    if apart.empty:
        return barred
    nodes = pd.concat([edges["member"], edges["hub"]]).drop_duplicates(ignore_index=True)
    component = dict(zip(nodes, components(nodes, edges), strict=True))
    at_odds = {component[one] for one, other in zip(apart["member"], apart["hub"], strict=True)
               if component[one] == component[other]}  # fmt: skip
    places = np.flatnonzero(edges["member"].map(component).isin(at_odds))
    order = query(_STRONGEST_FIRST, edges=edges.iloc[places].assign(place=places), leads=leads, points=points,
                  held=decided.values)["place"].to_list()  # fmt: skip
    pairs = edges[["member", "hub"]].to_numpy()
    _, holds = grouped(nodes, (tuple(pairs[place]) for place in order), apart.itertuples(index=False, name=None))
    barred[[place for place, held in zip(order, holds, strict=True) if not held]] = True
    return barred


def _apart(edges: pd.DataFrame, decided: Decided) -> pd.DataFrame:
    """Pairs of hubs (member, hub) that stay apart; contacts of one core are so because a person took it apart."""
    return query(
        """WITH pairs AS (SELECT contact, other FROM apart UNION
                          SELECT a.contact, b.contact FROM cores a JOIN cores b USING (core)
                          WHERE a.contact < b.contact)
           SELECT 'c:' || contact AS member, 'c:' || other AS hub FROM pairs
           WHERE 'c:' || contact IN (SELECT hub FROM edges) AND 'c:' || other IN (SELECT hub FROM edges)
           ORDER BY ALL""",
        apart=decided.apart, cores=decided.cores[["core", "contact"]].drop_duplicates(), edges=edges,
    )  # fmt: skip


_STRONGEST_FIRST = """
WITH shared AS (
    SELECT 'l:' || p.lead_id AS member, 'c:' || h.contact AS hub, count(*) AS n
    FROM (SELECT * FROM points WHERE usable AND 'l:' || lead_id IN (SELECT member FROM edges)) p
    JOIN (SELECT * FROM held WHERE 'c:' || contact IN (SELECT hub FROM edges)) h USING (type, value) GROUP BY ALL)
SELECT e.place FROM edges e LEFT JOIN shared s USING (member, hub) JOIN leads l ON 'l:' || l.lead_id = e.member
ORDER BY starts_with(e.hub, 'c:') DESC, e.rule = 'same record' DESC, s.n DESC NULLS LAST, e.hub, l.row, l.part, e.rule
"""
