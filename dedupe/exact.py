"""Who is who by exact keys: the same phone or e-mail, and names that agree.

A value joins two leads only where their names say so, because the worst error is gluing two people together:

- people: same family and given name (transliterated, in either order) on the same value;
- organisations: same company name without its legal form on the same value;
- a person and an organisation: never;
- a lead that states no full name (none, only a family name, or an initial) joins a person only through a personal
  value that a single full name is known for, and through no more than one person; otherwise it stays apart, and
  where two people came into question that is recorded as `unsure`.

So a switchboard or an `info@` joins the organisation's leads, and people only with themselves.
"""

from dataclasses import dataclass, field

import duckdb
import pandas as pd
import pyarrow as pa

from dedupe.decided import Decided, components, obeyed
from leads import schema
from leads.sets import query

# Kinds of a value that more than one person answers.
SHARED_KINDS = ("role", "toll_free", "shared_cost", "premium_rate", "uan", "voicemail", "pager")
LINK = list(schema.LINKS.columns)


@dataclass(frozen=True)
class Resolution:
    """Which contact each lead is (ASSIGNED), the match decisions (LINKS), known contacts that are one (MERGES).

    `held_off` are those that would hold if a person had not said otherwise (LINKS).
    """

    assigned: pd.DataFrame
    links: pd.DataFrame
    merges: pd.DataFrame
    held_off: pd.DataFrame = field(default_factory=lambda: schema.empty(schema.LINKS))


@dataclass(frozen=True)
class Found:
    """What speaks for two being one: `edges` (member, hub, lead_id, other_lead_id, verdict, rule, because) between new
    leads `l:…` and known contacts or cores `c:…`, and `unsure` LINKS.
    """

    edges: pd.DataFrame
    unsure: pd.DataFrame


def resolve(
    leads: pd.DataFrame,
    points: pd.DataFrame,
    candidates: pd.DataFrame,
    versions: pd.DataFrame,
    decided: Decided | None = None,
) -> Resolution:
    """Resolve the LEADS of a chunk, with their usable POINTS, among themselves and with CANDIDATES.

    `versions` (as `dedupe.versions` gives them) names the leads that are a new version of a known record: they stay
    with its contact unless the person in the record has changed. Where people `decided` about candidates, CANDIDATES
    and versions name cores in the place of those contacts.
    """
    return settled(leads, points, found(leads, points, candidates, versions), decided)


def found(leads: pd.DataFrame, points: pd.DataFrame, candidates: pd.DataFrame, versions: pd.DataFrame) -> Found:
    """The edges that exact keys give; what the frames are is said in `resolve`."""
    with duckdb.connect() as duck:
        for name, frame in (
            ("leads", leads),
            ("points", points),
            ("candidates", candidates),
            ("versions", versions),
        ):
            duck.register(name, pa.Table.from_pandas(frame, preserve_index=False))
        duck.execute(MEMBERS)
        duck.execute(ATTACHED)
        duck.execute(EDGES)
        edges = schema.arrow(duck.sql("SELECT * FROM edges ORDER BY member, hub, rule").to_arrow_table())
        unsure = schema.arrow(duck.sql(UNSURE).to_arrow_table())
    return Found(edges, unsure)


def settled(leads: pd.DataFrame, points: pd.DataFrame, by: Found, decided: Decided | None = None) -> Resolution:
    """Which contact each of LEADS is by what was `found`; what people `decided` goes before."""
    edges, unsure = by.edges, by.unsure
    held_off = edges.head(0)
    if decided is not None:
        edges, held_off = obeyed(edges, leads, points, decided)
    assigned, merges = _components(leads, edges)
    return Resolution(
        schema.check(schema.ASSIGNED, assigned),
        schema.check(schema.LINKS, pd.concat([edges[LINK], unsure], ignore_index=True)),
        schema.check(schema.MERGES, merges),
        schema.check(schema.LINKS, held_off[LINK]),
    )


# One row per member (new lead `l:…` or known contact `c:…`) and value. `label` is the identity a member claims:
# a person's two names in alphabetical order, or a company; null for a person without a full name. That a record
# came in several versions counts as a value that they share.
MEMBERS = f"""
CREATE TEMP TABLE people AS
SELECT 'l:' || lead_id AS member, false AS known, row * 1000 + part AS place, kind,
       family_key, given_key, company_key FROM leads
UNION ALL BY NAME
SELECT 'c:' || contact AS member, true AS known, 0 AS place, kind, family_key, given_key, company_key
FROM candidates
UNION ALL BY NAME
SELECT 'c:' || contact AS member, true AS known, 0 AS place, kind, family_key, given_key, company_key
FROM versions WHERE contact IS NOT NULL;

CREATE TEMP TABLE identity AS
SELECT member, any_value(known) AS known, min(place) AS place,
       CASE WHEN any_value(kind) = 'organisation' THEN 'o:' || coalesce(any_value(company_key), '')
            WHEN length(any_value(family_key)) > 1 AND length(any_value(given_key)) > 1
            THEN 'p:' || least(any_value(family_key), any_value(given_key)) || ' '
                 || greatest(any_value(family_key), any_value(given_key)) END AS label,
       any_value(family_key) AS family_key, any_value(given_key) AS given_key
FROM people GROUP BY member;

CREATE TEMP TABLE records AS
WITH chunk AS (SELECT lead_id, record_key || chr(0) || part AS record FROM leads)
SELECT c.lead_id, c.record, v.old_lead_id, v.contact
FROM chunk c LEFT JOIN versions v ON v.lead_id = c.lead_id AND v.state = 'version'
WHERE c.record IN (SELECT record FROM chunk JOIN versions USING (lead_id) WHERE state = 'version');

CREATE TEMP TABLE members AS
SELECT i.*, v.type, v.value, v.shared, v.stated_by
FROM identity i JOIN (
    SELECT 'l:' || lead_id AS member, type, value, lead_id AS stated_by,
           coalesce(kind IN {SHARED_KINDS}, false) AS shared
    FROM points WHERE usable
    UNION ALL SELECT 'c:' || contact, type, value, lead_id, false FROM candidates
    UNION ALL SELECT 'l:' || lead_id, 'record', record, lead_id, false FROM records
    UNION ALL SELECT 'c:' || contact, 'record', record, old_lead_id, false FROM records WHERE contact IS NOT NULL
) v USING (member);
"""

# What is known of each value: how many people with a full name, and whether it is one that many answer.
# Then the people without a full name that exactly one person can be meant by. All such versions of one record are
# one unit, with the contact that holds it: they go together or not at all, and to nobody their parts of a name
# speak against. What the record itself says of the name comes before what a phone or an e-mail says.
ATTACHED = """
CREATE TEMP TABLE vals AS
SELECT type, value, bool_or(shared) AS shared, count(DISTINCT label) FILTER (label LIKE 'p:%') AS names,
       min(label) FILTER (label LIKE 'p:%') AS name
FROM members GROUP BY type, value;

CREATE TEMP TABLE units AS
WITH held AS (SELECT record, 'c:' || max(contact) AS holder FROM records GROUP BY record)
SELECT i.member, coalesce(h.holder, 'r:' || h.record, i.member) AS unit, i.family_key, i.given_key
FROM identity i LEFT JOIN records r ON i.member = 'l:' || r.lead_id LEFT JOIN held h ON h.record = r.record
WHERE i.label IS NULL;

CREATE TEMP TABLE possible AS
WITH parts AS (
    SELECT unit, list(DISTINCT family_key) FILTER (family_key IS NOT NULL) AS families,
           list(DISTINCT given_key) FILTER (given_key IS NOT NULL) AS givens
    FROM units GROUP BY unit),
asked AS (
    SELECT DISTINCT u.unit, m.member, m.type, m.value, v.name, string_split(v.name[3:], ' ') AS words
    FROM members m JOIN units u USING (member) JOIN vals v USING (type, value)
    WHERE v.names = 1 AND NOT v.shared)
SELECT a.* EXCLUDE (words) FROM asked a JOIN parts p USING (unit)
WHERE len(list_filter(coalesce(p.families, []), lambda f: NOT list_has_all(a.words, string_split(f, ' ')))) = 0
  AND len(list_filter(coalesce(p.givens, []), lambda g: NOT CASE
          WHEN length(g) = 1 THEN len(list_filter(a.words, lambda w: starts_with(w, g))) > 0
          ELSE list_has_all(a.words, string_split(g, ' ')) END)) = 0;

CREATE TEMP TABLE attached AS
SELECT unit, coalesce(min(name) FILTER (type = 'record'), min(name)) AS name FROM possible GROUP BY unit
HAVING coalesce(nullif(count(DISTINCT name) FILTER (type = 'record'), 0), count(DISTINCT name)) = 1;
"""

# In each group of one value and one identity every new lead is joined to the known contacts, or to the first lead.
EDGES = """
CREATE TEMP TABLE grouped AS
SELECT m.member, m.known, m.place, m.stated_by, m.type, m.value,
       CASE WHEN m.label IS NOT NULL THEN m.label
            WHEN a.name = v.name AND v.names = 1 AND NOT v.shared THEN a.name
            WHEN m.type = 'record' THEN CASE WHEN v.names = 0 THEN 'q:' END
            WHEN a.name IS NULL AND (v.names = 0 OR NOT v.shared AND v.names = 1)
            THEN 'q:' || coalesce(m.family_key, '') || ' ' || coalesce(m.given_key, '') END AS label,
       m.label IS NULL AS partial
FROM members m JOIN vals v USING (type, value) LEFT JOIN units u USING (member) LEFT JOIN attached a USING (unit);

CREATE TEMP TABLE edges AS
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY type, value, label ORDER BY known DESC, place, member) AS rank,
           max(known) OVER (PARTITION BY type, value, label) AS any_known
    FROM grouped WHERE label IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY type, value, label) > 1
), hubs AS (SELECT * FROM ranked WHERE known OR NOT any_known AND rank = 1)
SELECT DISTINCT m.member, h.member AS hub, m.stated_by AS lead_id, h.stated_by AS other_lead_id, 'same' AS verdict,
       CASE WHEN m.type = 'record' THEN 'same record'
            WHEN m.label LIKE 'o:%' THEN m.type || ' and company'
            WHEN m.partial OR h.partial THEN m.type || ', name not full' ELSE m.type || ' and name' END AS rule,
       NULL::VARCHAR AS because
FROM ranked m JOIN hubs h USING (type, value, label) WHERE NOT m.known AND m.member <> h.member;
"""

UNSURE = """
SELECT DISTINCT m.stated_by AS lead_id, h.stated_by AS other_lead_id, 'unsure' AS verdict,
       m.type || ', several names' AS rule, NULL::VARCHAR AS because
FROM possible p JOIN members m USING (member, type, value)
JOIN members h ON h.type = p.type AND h.value = p.value AND h.label = p.name
WHERE NOT m.known AND p.unit NOT IN (SELECT unit FROM attached)
ORDER BY ALL
"""


def _components(leads: pd.DataFrame, edges: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts as connected components: the oldest known contact of a component is the one that stays."""
    ordered = leads[["lead_id", "row", "part"]].sort_values(["row", "part"])
    contacts = edges.loc[edges["hub"].str.startswith("c:"), "hub"].drop_duplicates().sort_values()
    names = pd.concat([contacts, "l:" + ordered["lead_id"]], ignore_index=True)
    nodes = pd.DataFrame({"node": names, "component": components(names, edges)})
    return _assigned(nodes), _merges(nodes, edges)


def _assigned(nodes: pd.DataFrame) -> pd.DataFrame:
    """Nodes come oldest first: known contacts by id, then leads by place; new ids are drawn in that order too."""
    return query(
        """WITH named AS (SELECT component, first(node ORDER BY place) AS head FROM nodes GROUP BY 1),
           fresh AS MATERIALIZED (SELECT uuidv7()::VARCHAR AS id FROM named WHERE head LIKE 'l:%'),
           created AS (SELECT n.component, f.id FROM (
                           SELECT component, row_number() OVER (ORDER BY place) AS no
                           FROM nodes JOIN named USING (component) WHERE node = head AND head LIKE 'l:%') n
                       JOIN (SELECT id, row_number() OVER (ORDER BY id) AS no FROM fresh) f USING (no))
           SELECT n.node[3:] AS lead_id, coalesce(c.id, m.head[3:]) AS contact, m.head = n.node AS created
           FROM nodes n JOIN named m USING (component) LEFT JOIN created c USING (component)
           WHERE n.node LIKE 'l:%' ORDER BY n.place""",
        nodes=nodes.assign(place=range(len(nodes))),
    )


def _merges(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    return query(
        """WITH known AS (
               SELECT component, node[3:] AS contact, min(node[3:]) OVER (PARTITION BY component) AS survivor
               FROM nodes WHERE node LIKE 'c:%')
           SELECT k.survivor, k.contact AS loser, min(e.lead_id) AS lead_id
           FROM known k JOIN edges e ON e.hub = 'c:' || k.contact
           WHERE k.contact <> k.survivor GROUP BY 1, 2 ORDER BY 1, 2""",
        nodes=nodes,
        edges=edges,
    )
