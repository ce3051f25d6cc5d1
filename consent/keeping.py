"""How long people are kept, and how long proof about them must be: what is past its time, and what holds it up."""

from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pa

from consent.duties import Keep, Proof
from consent.periods import length
from consent.standing import GIVES, OWN_ACTORS
from leads import schema
from leads.sets import query
from leads.source import Source


def _texts(name: str, *columns: str) -> pa.DataFrameSchema:
    fields = {column.rstrip("?"): pa.Column(schema.TEXT, nullable=column.endswith("?")) for column in columns}
    return pa.DataFrameSchema(fields, name=name, strict=True)


# What a contact is kept by, per source: when we got it, when the person last turned to us there, their last order.
KEPT = _texts("KEPT", "contact", "country?", "audience", "source", "obtained", "acted?", "ordered?")
# Whose time is over since `ended`, and why: `retention` or `contract` of the last source, or the `law` of a country
# (`by`: the source, or the statute).
PAST = _texts("PAST", "contact", "sources", "ended", "reason", "by")
# Until when proof about a contact must be kept, and why.
HELD = _texts("HELD", "contact", "until", "because")

LATER = """strftime(CAST(left({moment}, 26) AS TIMESTAMP) + to_months({months}) + to_days({days}),
                          '%Y-%m-%dT%H:%M:%S.%fZ')"""
TIME_OVER = f"""
    WITH last AS (
        SELECT contact, max(greatest(coalesce(acted, ''), coalesce(ordered, ''))) AS acted, max(ordered) AS ordered,
               max(obtained) AS obtained FROM kept GROUP BY contact
    ), ends AS (
        SELECT k.contact, k.source,
               CASE WHEN s.months IS NOT NULL THEN
                   {LATER.format(moment="greatest(k.obtained, l.acted)", months="s.months", days="s.days")} END AS kept,
               s.until
        FROM kept k JOIN last l USING (contact) LEFT JOIN sources s USING (source)
    ), by_source AS (
        SELECT contact, string_agg(source, '|' ORDER BY source) AS sources,
               bool_and(least(kept, until) IS NOT NULL) AS limited, max(least(kept, until)) AS ended,
               arg_max(source, least(kept, until)) AS source,
               arg_max(CASE WHEN until <= coalesce(kept, until) THEN 'contract' ELSE 'retention' END,
                       least(kept, until)) AS reason
        FROM ends GROUP BY contact
    ), by_law AS (
        SELECT k.contact, any_value(w.statute) AS statute,
               min({LATER.format(moment="greatest(l.obtained, l.acted)", months="w.months", days="w.days")}) AS ended
        FROM kept k JOIN last l USING (contact) JOIN laws w ON w.country = k.country AND w.audience = k.audience
        WHERE l.ordered IS NULL GROUP BY k.contact
    )
    SELECT b.contact, b.sources, CASE WHEN by_law.ended < coalesce(own, '9') THEN by_law.ended ELSE own END AS ended,
           CASE WHEN by_law.ended < coalesce(own, '9') THEN 'law' ELSE b.reason END AS reason,
           CASE WHEN by_law.ended < coalesce(own, '9') THEN by_law.statute ELSE b.source END AS by
    FROM (SELECT *, CASE WHEN limited THEN ended END AS own FROM by_source) b LEFT JOIN by_law USING (contact)
    WHERE least(own, by_law.ended) <= $at
    ORDER BY ended, b.contact
"""
HOLDS = f"""
    WITH used AS (
        SELECT contact, channel, max("at") AS used FROM contacted GROUP BY contact, channel
    ), given AS (
        SELECT p.contact, w.statute AS because,
               {
    LATER.format(moment="greatest(h.event_time, coalesce(u.used, h.event_time))", months="w.months", days="w.days")
} AS until
        FROM history h JOIN points p ON p.type = h.type AND p.value = h.value JOIN people k USING (contact)
        JOIN laws w ON w.country = coalesce(h.jurisdiction, k.country) AND w.audience = k.audience
             AND w.channel = h.channel
        LEFT JOIN used u ON u.contact = p.contact AND u.channel = h.channel
        WHERE list_contains($gives, h.kind) AND list_contains($own, h.actor)
    ), every AS (
        SELECT contact, until, because FROM given
        UNION ALL SELECT contact, until, because FROM by_hand
        UNION ALL SELECT o.contact, s.proof_until, 'source ' || source FROM of JOIN sources s USING (source)
             WHERE s.proof_until IS NOT NULL
    )
    SELECT contact, max(until) AS until, arg_max(because, until) AS because FROM every WHERE until > $at
    GROUP BY contact ORDER BY contact
""".replace("FROM of JOIN", "FROM of_sources o JOIN")


def past(kept: pd.DataFrame, sources: Sequence[Source], laws: Sequence[Keep], at: str) -> pd.DataFrame:
    """Whose time is over at a moment (UTC), of KEPT: PAST, the longest over first.

    A person is kept as long as one of their sources lets us, and no longer than their country's law does; for a source
    that states nothing, for ever. Each source runs from when we got the person or they last turned to us.
    """
    schema.check(KEPT, kept)
    stated = _laws([(law, (law.longest, "")) for law in laws])
    return schema.check(PAST, query(TIME_OVER, {"at": at}, kept=kept, sources=_sources(sources), laws=stated))


def held(
    people: pd.DataFrame, points: pd.DataFrame, history: pd.DataFrame, contacted: pd.DataFrame,
    by_hand: pd.DataFrame, of_sources: pd.DataFrame, sources: Sequence[Source], laws: Sequence[Proof], at: str,
) -> pd.DataFrame:  # fmt: skip
    """About whom proof must be kept after a moment (UTC), until when and why: HELD, the last reason to end.

    `people`: contact, country, audience; `points` CARD_POINTS, `history` HISTORY of them, `contacted` CONTACTED;
    `by_hand`: contact, until, because (what somebody said); `of_sources`: contact, source.
    """
    stated = _laws([(law, (law.period, channel)) for law in laws for channel in law.channels])
    found = query(
        HOLDS, {"at": at, "gives": sorted(GIVES), "own": sorted(OWN_ACTORS)}, people=people, points=points,
        history=history, contacted=contacted, by_hand=by_hand, of_sources=of_sources, sources=_sources(sources),
        laws=stated,
    )  # fmt: skip
    return schema.check(HELD, found)


def _sources(configured: Sequence[Source]) -> pd.DataFrame:
    """source, months and days of its retention, until and proof_until as moments at which that day is over."""
    rows = [
        (one.name, *(length(one.retention) if one.retention else (None, None)), _over(one.until),
         _over(one.proof_until))
        for one in configured
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=["source", "months", "days", "until", "proof_until"])
    return found.astype({name: schema.INT if name in ("months", "days") else schema.TEXT for name in found})


def _over(day: str | None) -> str | None:
    """The last moment of a day, in UTC."""
    return f"{day}T23:59:59.999999Z" if day else None


def _laws(stated: Sequence[tuple[Keep | Proof, tuple[str, str]]]) -> pd.DataFrame:
    """country, audience, channel, statute, months, days; one row for each audience."""
    rows = [
        (law.country, audience, channel, law.statute, *length(period))
        for law, (period, channel) in stated
        for audience in law.audiences
    ]
    found = pd.DataFrame(rows, columns=["country", "audience", "channel", "statute", "months", "days"])
    return found.astype({name: schema.INT if name in ("months", "days") else schema.TEXT for name in found})
