"""What the base can show of consent: proof per record, and what each answer would become in the ledger."""

from typing import Any

from flows.audit.collected import Collected
from flows.audit.tables import table

# Item-level proof: what the person agreed to and when, on the record itself. A bare yes is none. A wording is one in
# a column of its own, in the answer's cell, or (in a form of ours) in the source's file.
PROOF = """
    SELECT count(*) AS leads, count(*) FILTER (stated) AS answered, count(*) FILTER (stated AND timed) AS timed,
           count(*) FILTER (stated AND worded) AS worded,
           count(*) FILTER (stated AND timed AND worded AND NOT refused) AS proven,
           count(*) FILTER (refused) AS refused
    FROM (SELECT consent IS NOT NULL AS stated, timed OR occurred_at IS NOT NULL AS timed,
                 wording OR (length(consent) >= 20 AND consent LIKE '% % %')
                     OR (? AND b.kinds IS NOT NULL AND list_contains(b.kinds, 'given')) AS worded,
                 coalesce(list_contains(b.kinds, 'refused'), false) AS refused
          FROM lead l LEFT JOIN (SELECT lead_id, list(kind) AS kinds FROM became GROUP BY 1) b USING (lead_id))"""
# What an answer becomes is read off the events that it made; without a usable contact point there is none. An answer
# is shown if it is one, and not a phone, an address or a name out of a shifted column: those are rarely said twice.
ANSWERS = """
    WITH said AS (
        SELECT consent AS answer, count(*) AS leads, bool_or(unknown) AS unknown, min(b.kind) AS kind,
               bool_or(p.lead_id IS NOT NULL) AS reachable
        FROM lead l
        LEFT JOIN (SELECT lead_id, min(kind) AS kind FROM became GROUP BY 1) b USING (lead_id)
        LEFT JOIN (SELECT DISTINCT lead_id FROM point WHERE usable) p USING (lead_id)
        GROUP BY 1),
    judged AS (
        SELECT answer, leads,
               CASE WHEN kind IS NOT NULL THEN kind WHEN unknown THEN 'unknown'
                    WHEN reachable OR answer IS NULL THEN 'nothing' ELSE 'unreachable' END AS becomes,
               answer IS NULL OR NOT unknown OR (
                   length(answer) <= 40 AND NOT contains(answer, '@')
                   AND length(regexp_replace(answer, '[^\\p{Nd}]', '', 'g')) < 5
                   AND (leads > 1 OR list_contains($1::VARCHAR[], lower(answer)))) AS fit
        FROM said),
    placed AS (SELECT *, fit AND row_number() OVER (ORDER BY fit DESC, leads DESC, answer) <= 25 AS shown FROM judged)
    SELECT CASE WHEN shown THEN answer END AS answer, becomes, sum(leads)::BIGINT AS leads,
           count(*) FILTER (NOT shown) AS hidden
    FROM placed GROUP BY 1, 2, shown ORDER BY shown DESC, 3 DESC, 1"""


def consents(base: Collected) -> dict[str, Any]:
    """`leads`, `answered`, `timed`, `worded`, `proven` and `refused` (counts of leads), and `answers`.

    An answer `becomes` a kind of event, or there is none, and why: `unknown`, `unreachable` or `nothing`. It is None
    where it is empty, and where it is not shown (`hidden`: so many different ones).
    """
    found = base.row(PROOF, bool(base.source.consent.text))
    usual = [word.casefold() for words in table("audit")["answers"].values() for word in words]
    asked = "consent" in base.source.fields.values()
    return {**found, "answers": base.rows(ANSWERS, usual) if asked else []}
