"""Who is who by exact keys: the same phone or e-mail, and names that agree.

A value joins two leads only where their names say so, because the worst error is gluing two people together:

- people: same family and given name (transliterated, in either order) on the same value;
- organisations: same company name without its legal form on the same value;
- a person and an organisation: never;
- a lead that states no full name (none, only a family name, or an initial) joins a person only through a personal
  value that a single full name is known for, and through no more than one person; otherwise it stays apart, and
  where two people came into question that is recorded as `unsure`.

Two birthdays, two genders or two numbers in one register keep apart whatever else agrees; a person is asked
(`dedupe.deciding.contradicting`).

So a switchboard or an `info@` joins the organisation's leads, and people only with themselves.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dedupe.deciding import contradicting
from dedupe.deciding.decided import Decided, components, obeyed
from leads import schema
from leads.sets import opened, query, table

# Kinds of a value that more than one person answers.
SHARED_KINDS = ("role", "toll_free", "shared_cost", "premium_rate", "uan", "voicemail", "pager")
LINK = list(schema.LINKS.columns)
# Known contacts of one value without a full name that a new lead may join.
MOST_NAMELESS = 50


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

    `versions` (as `dedupe.deriving.versions` gives them) names the leads that are a new version of a known record: they
    stay with its contact unless the person in the record has changed. Where people `decided` about candidates,
    CANDIDATES and versions name cores in the place of those contacts.
    """
    return settled(leads, points, found(leads, points, candidates, versions), decided)


def found(leads: pd.DataFrame, points: pd.DataFrame, candidates: pd.DataFrame, versions: pd.DataFrame) -> Found:
    """The edges that exact keys give; what the frames are is said in `resolve`."""
    people, names = _people(leads, candidates, versions)
    with opened(len(leads)) as duck:
        for name, frame in (
            ("people", people),
            ("names", names),
            ("stated", _stated(leads, points, candidates, names)),
            ("leads", leads[["lead_id", "record_key", "part"]].assign(member=range(len(leads)))),
            ("versions", versions),
        ):
            duck.register(name, table(frame))
        duck.execute(MEMBERS)
        duck.execute(ATTACHED)
        duck.execute(EDGES)
        edges = schema.arrow(duck.sql(NAMED).to_arrow_table())
        unsure = schema.arrow(duck.sql(UNSURE).to_arrow_table())
    stated = people[["given_key", *contradicting.FIELDS]].assign(name=names["name"])
    edges, contradicted = contradicting.parted(edges, stated)
    return Found(edges, pd.concat([unsure, contradicted], ignore_index=True))


def _people(
    leads: pd.DataFrame, candidates: pd.DataFrame, versions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Members by number, first the leads and then the known contacts: member, known, place and what names them; and
    beside it their `name` (`l:…`, `c:…`)."""
    shown = ["kind", "family_key", "given_key", "company_key", *contradicting.FIELDS]
    known = pd.concat([candidates, versions[versions["contact"].notna()]], ignore_index=True)
    known = known.drop_duplicates("contact").sort_values("contact")[["contact", *shown]]
    people = pd.concat([leads[shown], known[shown]], ignore_index=True)
    place = np.concatenate([leads["row"].to_numpy() * 1000 + leads["part"].to_numpy(), np.zeros(len(known), int)])
    people = people.assign(member=range(len(people)), known=np.arange(len(people)) >= len(leads), place=place)
    names = pd.concat(["l:" + leads["lead_id"], "c:" + known["contact"]], ignore_index=True)
    return people, pd.DataFrame({"member": people["member"], "name": names})


def _stated(
    leads: pd.DataFrame, points: pd.DataFrame, candidates: pd.DataFrame, names: pd.DataFrame
) -> pd.DataFrame:
    """Who has which value: member, `value_id`, type, stated_by, shared; no value that one alone has. Numbers are joined
    sooner than texts."""
    own = points[points["usable"]]
    both = pd.concat([own, candidates], ignore_index=True)
    whose = pd.concat(["l:" + own["lead_id"], "c:" + candidates["contact"]], ignore_index=True)
    value_id = pd.factorize(both["type"] + "\0" + both["value"])[0]
    stated = pd.DataFrame({
        "member": pd.factorize(pd.concat([names["name"], whose]))[0][len(names) :],
        "value_id": value_id,
        "type": both["type"],
        "stated_by": both["lead_id"],
        "shared": np.concatenate([own["kind"].isin(SHARED_KINDS), np.zeros(len(candidates), bool)]),
    })  # fmt: skip
    return stated[np.bincount(value_id)[value_id] > 1]


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


# `label` is the identity a member claims: a person's two names in alphabetical order, or a company; null for a person
# without a full name. That a record came in several versions counts as a value that they share.
MEMBERS = """
CREATE TEMP TABLE identity AS
SELECT member, known, place,
       CASE WHEN kind = 'organisation' THEN 'o:' || coalesce(company_key, '')
            WHEN length(family_key) > 1 AND length(given_key) > 1
            THEN 'p:' || least(family_key, given_key) || ' ' || greatest(family_key, given_key) END AS label,
       family_key, given_key
FROM people;

CREATE TEMP TABLE records AS
WITH chunk AS (SELECT member, lead_id, record_key || chr(0) || part AS record FROM leads),
again AS (SELECT * FROM versions WHERE state = 'version')
SELECT c.member, c.lead_id, -1 - dense_rank() OVER (ORDER BY c.record) AS value_id, v.old_lead_id,
       n.member AS holder
FROM chunk c LEFT JOIN again v USING (lead_id) LEFT JOIN names n ON n.name = 'c:' || v.contact
WHERE c.record IN (SELECT record FROM chunk JOIN again USING (lead_id));

CREATE TEMP TABLE members AS
SELECT i.*, v.type, v.value_id, v.shared, v.stated_by
FROM identity i JOIN (
    SELECT member, value_id, type, stated_by, shared FROM stated
    UNION ALL SELECT member, value_id, 'record', lead_id, false FROM records
    UNION ALL SELECT holder, value_id, 'record', old_lead_id, false FROM records WHERE holder IS NOT NULL
) v USING (member);
"""

# What is known of each value: how many people with a full name, and whether it is one that many answer.
# Then the people without a full name that exactly one person can be meant by. All such versions of one record are
# one unit, with the contact that holds it: they go together or not at all, and to nobody their parts of a name
# speak against. What the record itself says of the name comes before what a phone or an e-mail says.
ATTACHED = """
CREATE TEMP TABLE vals AS
SELECT value_id, bool_or(shared) AS shared, count(DISTINCT label) FILTER (label LIKE 'p:%') AS names,
       min(label) FILTER (label LIKE 'p:%') AS name
FROM members GROUP BY value_id;

CREATE TEMP TABLE units AS
WITH held AS (SELECT value_id, max(holder) AS holder FROM records GROUP BY value_id)
SELECT i.member, coalesce(h.holder, r.value_id, i.member) AS unit, i.family_key, i.given_key
FROM identity i LEFT JOIN records r USING (member) LEFT JOIN held h ON h.value_id = r.value_id
WHERE i.label IS NULL;

CREATE TEMP TABLE possible AS
WITH parts AS (
    SELECT unit, list(DISTINCT family_key) FILTER (family_key IS NOT NULL) AS families,
           list(DISTINCT given_key) FILTER (given_key IS NOT NULL) AS givens
    FROM units GROUP BY unit),
asked AS (
    SELECT DISTINCT u.unit, m.member, m.type, m.value_id, v.name, string_split(v.name[3:], ' ') AS words
    FROM members m JOIN units u USING (member) JOIN vals v USING (value_id)
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
# Known contacts without a full name that are many were kept apart: each new lead with each of them would be too much.
EDGES = f"""
CREATE TEMP TABLE grouped AS
SELECT * FROM (SELECT m.member, m.known, m.place, m.stated_by, m.type, m.value_id,
       CASE WHEN m.label IS NOT NULL THEN m.label
            WHEN a.name = v.name AND v.names = 1 AND NOT v.shared THEN a.name
            WHEN m.type = 'record' THEN CASE WHEN v.names = 0 THEN 'q:' END
            WHEN a.name IS NULL AND (v.names = 0 OR NOT v.shared AND v.names = 1)
            THEN 'q:' || coalesce(m.family_key, '') || ' ' || coalesce(m.given_key, '') END AS label,
       m.label IS NULL AS partial
FROM members m JOIN vals v USING (value_id) LEFT JOIN units u USING (member) LEFT JOIN attached a USING (unit))
WHERE label IS NOT NULL QUALIFY NOT partial
   OR count(*) FILTER (known AND partial) OVER (PARTITION BY value_id, label) <= {MOST_NAMELESS};

CREATE TEMP TABLE edges AS
WITH several AS (
    SELECT value_id, label, bool_or(known) AS any_known, arg_min(member, place) AS first FROM grouped
    GROUP BY value_id, label HAVING count(*) > 1)
SELECT DISTINCT m.member, h.member AS hub, m.stated_by AS lead_id, h.stated_by AS other_lead_id,
       CASE WHEN m.type = 'record' THEN 'same record'
            WHEN m.label LIKE 'o:%' THEN m.type || ' and company'
            WHEN m.partial OR h.partial THEN m.type || ', name not full' ELSE m.type || ' and name' END AS rule
FROM several s JOIN grouped h USING (value_id, label) JOIN grouped m USING (value_id, label)
WHERE (h.known OR NOT s.any_known AND h.member = s.first) AND NOT m.known AND m.member <> h.member;
"""

NAMED = """
SELECT m.name AS member, h.name AS hub, lead_id, other_lead_id, 'same' AS verdict, rule, NULL::VARCHAR AS because
FROM edges e JOIN names m USING (member) JOIN names h ON h.member = e.hub ORDER BY 1, 2, rule
"""

UNSURE = """
SELECT DISTINCT m.stated_by AS lead_id, h.stated_by AS other_lead_id, 'unsure' AS verdict,
       m.type || ', several names' AS rule, NULL::VARCHAR AS because
FROM possible p JOIN members m USING (member, value_id)
JOIN members h ON h.value_id = p.value_id AND h.label = p.name
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
