"""Consents that grow too old: when each ends, whom to ask again before, and the events that it is over.

When a yes ends is what its own entry says, or an age that a pack states for everybody it speaks of. What concerns only
some (a region, a kind of source) the gate decides, each time it is asked.
"""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from consent.duties import Duties
from consent.engine import Law
from consent.ledger import act
from consent.notices import FILE as NOTICES
from consent.notices import LANGUAGES, written_words
from consent.periods import length, shorter
from consent.policy import HOUSE, Packs, periods
from consent.standing import GIVES, OWN_ACTORS, PART_OF, STOPS
from leads import schema
from leads.sets import query

FILE = Path(__file__).parent / "data" / "renewals.toml"
ASKS = ("jurisdictions", "channel", "purpose", "audience")
STATED = "as stated with it"


def _texts(name: str, *columns: str) -> pa.DataFrameSchema:
    fields = {column.rstrip("?"): pa.Column(schema.TEXT, nullable=column.endswith("?")) for column in columns}
    return pa.DataFrameSchema(fields, name=name, strict=True)


# A yes in force, or one that has run out and is not marked so: when it was given, when it ends and by which rule.
ENDS = _texts("ENDS", "contact", "type", "value", "channel", "purpose", "given_at", "ends", "rule", "pack")
# Whom to ask again, one row a person; without a channel nothing they permit is left to ask by.
AGAIN = _texts("AGAIN", "contact", "given_at", "ends", "channels", "purposes", "channel?", "to?")
RENEWALS = _texts(
    "RENEWALS", "contact", "channel", "to", "addressee", "language", "agreed_on", "ends_on", "channels", "purposes",
    "link", "subject", "text",
)  # fmt: skip

ALIVE = """
    WITH yes AS (
        SELECT type, value, channel, purpose, seq, event_time, valid_until FROM events
        WHERE list_contains($gives, kind) AND list_contains($own, actor) AND event_time <= $at
    ), alive AS (
        SELECT * FROM yes y WHERE NOT EXISTS (
            SELECT 1 FROM events s WHERE s.type = y.type AND s.value = y.value AND list_contains($stops, s.kind)
              AND s.channel IN (y.channel, 'any', CASE y.channel {part_of} END) AND s.purpose IN (y.purpose, 'any')
              AND (s.seq > y.seq OR s.event_time >= y.event_time))
    ), ending AS (
        SELECT a.contact, y.type, y.value, y.channel, y.purpose, y.event_time AS given_at, g.rule, g.pack,
               CASE WHEN g.months IS NOT NULL THEN strftime(CAST(left(y.event_time, 26) AS TIMESTAMP)
                    + to_months(g.months) + to_days(g.days), '%Y-%m-%dT%H:%M:%S.%fZ') END AS aged, y.valid_until
        FROM asked a JOIN alive y USING (type, value, channel, purpose) JOIN ages g USING ({asks})
    )
    SELECT contact, type, value, channel, purpose, max(given_at) AS given_at, max(least(aged, valid_until)) AS ends,
           arg_max(CASE WHEN valid_until <= coalesce(aged, valid_until) THEN $stated ELSE rule END,
                   least(aged, valid_until)) AS rule,
           arg_max(CASE WHEN valid_until <= coalesce(aged, valid_until) THEN '' ELSE pack END,
                   least(aged, valid_until)) AS pack
    FROM ending GROUP BY ALL HAVING bool_and(least(aged, valid_until) IS NOT NULL)
    ORDER BY ends, contact, type, value, channel, purpose
"""
ASK = """
    WITH soon AS (
        SELECT * FROM ends WHERE ends > $at AND ends <= $until
    ), ways AS (
        SELECT d.contact, d.channel, d.value, list_position(['email', 'messenger', 'sms'], d.channel) AS rank
        FROM decisions d SEMI JOIN soon USING (contact, purpose)
        WHERE d.verdict = 'allow' AND d.channel IN ('email', 'messenger', 'sms')
    )
    SELECT s.contact, min(s.given_at) AS given_at, min(s.ends) AS ends,
           string_agg(DISTINCT s.channel, '|' ORDER BY s.channel) AS channels,
           string_agg(DISTINCT s.purpose, '|' ORDER BY s.purpose) AS purposes,
           any_value(w.channel) AS channel, any_value(w."to") AS "to"
    FROM soon s LEFT JOIN (SELECT contact, arg_min(channel, (rank, value)) AS channel,
                                  arg_min(value, (rank, value)) AS "to" FROM ways GROUP BY contact) w USING (contact)
    GROUP BY s.contact ORDER BY ends, s.contact
"""
WRITTEN = """
    WITH whose AS (
        SELECT a.*, coalesce(k.addressee, nobody.text) AS addressee, l.language
        FROM again a JOIN people k USING (contact)
        JOIN (SELECT contact, CASE WHEN list_contains($languages, language) THEN language ELSE $language END AS language
              FROM people) l USING (contact)
        JOIN words nobody ON nobody.key = 'nobody' AND nobody.language = l.language WHERE a.channel IS NOT NULL
    ), named AS (
        SELECT t.contact, t.part, string_agg(w.text, ', ' ORDER BY w.text) AS text
        FROM (SELECT contact, language, 'purpose' AS part, unnest(string_split(purposes, '|')) AS name FROM whose
              UNION ALL SELECT contact, language, 'channel', unnest(string_split(channels, '|')) FROM whose) t
        JOIN words w ON w.key = t.part || '.' || t.name AND w.language = t.language GROUP BY t.contact, t.part
    )
    SELECT w.contact, w.channel, w."to", w.addressee, w.language, left(w.given_at, 10) AS agreed_on,
           left(w.ends, 10) AS ends_on, c.text AS channels, p.text AS purposes,
           replace($link, '{contact}', w.contact) AS link, s.text AS subject,
           replace(replace(replace(replace(replace(replace(replace(b.text, '{date}', agreed_on), '{end}', ends_on),
               '{channels}', c.text), '{purposes}', p.text), '{link}', link), '{controller}', $controller),
               '{addressee}', w.addressee) AS text
    FROM whose w JOIN named c ON c.contact = w.contact AND c.part = 'channel'
    JOIN named p ON p.contact = w.contact AND p.part = 'purpose'
    JOIN words s ON s.key = 'subject' AND s.language = w.language
    JOIN words b ON b.key = 'body' AND b.language = w.language ORDER BY w.ends, w.contact
"""


def ends(asked: pd.DataFrame, events: pd.DataFrame, packs: Packs, at: str) -> pd.DataFrame:
    """When the yes behind each row of ASKED ends (ENDS), of those that end at all; `events`: HISTORY of their points.

    Of several the one that ends last.
    """
    ages = _ages(asked[list(ASKS)].drop_duplicates(), Law(packs, at, periods(packs)))
    part_of = " ".join(f"WHEN '{part}' THEN '{whole}'" for part, whole in PART_OF.items())
    told = {"gives": sorted(GIVES), "own": sorted(OWN_ACTORS), "stops": sorted(STOPS), "at": at, "stated": STATED}
    sql = ALIVE.format(part_of=part_of, asks=", ".join(ASKS))
    return schema.check(ENDS, query(sql, told, asked=asked, events=events, ages=ages))


def _ages(asks: pd.DataFrame, law: Law) -> pd.DataFrame:
    """For each law, channel, purpose and audience the shortest age that is for everybody: ASKS, rule, pack, months,
    days; null where there is none."""
    rows = []
    for said in asks.itertuples(index=False, name=None):
        jurisdictions, channel, purpose, audience = said
        found = [
            (rule.consent_age, rule.id, pack.name)
            for name in (*jurisdictions.split("|"), HOUSE) if (pack := law.packs.get(name))
            for rule in law.rules(pack, channel, purpose, audience)
            if rule.consent_age and rule.mode == "limits" and not (rule.sources or rule.regions)
        ]  # fmt: skip
        best = next((one for one in found if all(shorter(one[0], other[0]) == one[0] for other in found)), None)
        age = length(best[0]) if best else (None, None)
        rows.append((*said, *(best[1:] if best else (None, None)), *age))
    frame = pd.DataFrame(rows, columns=[*ASKS, "rule", "pack", "months", "days"])
    return frame.astype({name: schema.INT if name in ("months", "days") else schema.TEXT for name in frame})


def again(found: pd.DataFrame, decisions: pd.DataFrame, at: str, until: str) -> pd.DataFrame:
    """Whom to ask again (AGAIN): whose yes ends after `at` and by `until`, by what the gate (DECISIONS) allows now."""
    return schema.check(AGAIN, query(ASK, {"at": at, "until": until}, ends=found, decisions=decisions))


def renewals(asking: pd.DataFrame, people: pd.DataFrame, duties: Duties, language: str) -> pd.DataFrame:
    """The letters to those who can be asked (RENEWALS). `people`: contact, addressee, language; `language`: for whoever
    speaks none of ours."""
    own = language if language in LANGUAGES else "en"
    told = {"languages": list(LANGUAGES), "language": own, "link": duties.refresh.link,
            "controller": duties.controller.name}  # fmt: skip
    words = pd.concat([written_words(NOTICES, ("nobody", "purpose")), written_words(FILE)], ignore_index=True)
    return schema.check(RENEWALS, query(WRITTEN, told, again=asking, people=people, words=words))


def lapsed(found: pd.DataFrame, at: str, controller: str) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """TERMS and EVENTS that these consents are over, dated when they ended; of a point that several have, once it is
    over for all of them."""
    over = query(
        """SELECT type, value, channel, purpose, max(ends) AS ends, arg_max(rule, ends) AS rule,
                  arg_max(pack, ends) AS pack
           FROM found GROUP BY ALL HAVING max(ends) <= $at ORDER BY type, value, channel, purpose""",
        {"at": at}, found=found,
    )  # fmt: skip
    made = []
    for (channel, purpose, rule, pack), part in over.groupby(["channel", "purpose", "rule", "pack"], sort=True):
        terms, events = act(
            part.reset_index(drop=True), "expired", channels=[channel], purposes=[purpose], actor="system",
            method="rule", evidence=" of ".join(filter(None, (rule, pack))), at=at, controller=controller,
            source="duties", source_kind="act",
        )  # fmt: skip
        made.append((terms, events.assign(event_time=part["ends"].array)))
    return made
