"""The gate over whole frames: everything alike is asked once, in `consent.engine`, and joined back in DuckDB.

Rows become cases in two steps: `relevant` says of each law, channel, purpose and audience what can make a difference
there, and the SQL leaves out all else, so that a base of a million people is a few thousand cases.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa

from consent import words
from consent.engine import Case, Law
from consent.gate import EVIDENT, answer
from consent.known import Known
from consent.periods import length
from consent.policy import HOUSE, Packs, Rule, periods
from consent.standing import BLOCKS, GIVES, OWN_ACTORS, PART_OF, PROOFS, SPOKEN, STOPS, Act, Standing, standings
from consent.timing import timed
from consent.verdict import Verdict
from consent.zones import FIXED, Zones, candidates, geographic_codes, reaches
from leads import schema
from leads.sets import query

FIELD, RECORD = "\x1f", "\x1e"  # no kind, channel or purpose has them
DATE = "\x1a"  # stands in a text for the date of the evidence
ASKS = ("jurisdictions", "channel", "purpose", "audience", "source_kinds")
WHOLE = pa.int64()
LIMITS = {"consent": "event_time", "customer": "customer_at", "enquiry": "enquired_at"}
KINDS = {"t": WHOLE, "position": WHOLE, "agreed": pa.bool_()} | {
    f"{what}_{unit}": WHOLE for what in LIMITS for unit in ("months", "days")
}
SEPARATED = f"concat_ws(chr({ord(FIELD)}), "

# The events that can matter to each row, numbered from 0 in ledger order, each as text: see `standing.Act`.
ACTS = f"""
    SELECT n, row_number() OVER (PARTITION BY n ORDER BY seq) - 1 AS position, event_id, event_time,
        e.valid_until AS event_until, source_kind, e.notice_version,
        {SEPARATED}kind, e.channel, e.purpose, list_contains($own, actor), event_time <= $at,
            coalesce(e.valid_until <= $at, false), dense_rank() OVER (PARTITION BY n ORDER BY event_time),
            CASE {{proof}} ELSE $spoken END,
            CASE WHEN list_contains($gives, kind) THEN {{event_time}} ELSE '' END,
            CASE WHEN list_contains($gives, kind) THEN coalesce(frequency, '') ELSE '' END) AS act
    FROM (SELECT n, type, value, channel AS on_channel, purpose AS for_purpose, no_all
          FROM asked JOIN relevant USING ({", ".join(ASKS)})) a
    JOIN events e USING (type, value)
    LEFT JOIN promised ON promised.source = e.source AND promised.notice_version IS NOT DISTINCT FROM e.notice_version
    WHERE list_contains($telling, kind)
      AND ((e.channel IN (on_channel, 'any') OR e.channel = CASE on_channel {{part_of}} END)
           AND e.purpose IN (for_purpose, 'any') OR no_all AND list_contains($blocks, kind))
"""
# Each row's case as one text, and where its person may be.
LINES = f"""
    WITH histories AS (
        SELECT n, string_agg(act, chr({ord(RECORD)}) ORDER BY position) AS history FROM acts GROUP BY n
    ), counts AS (
        SELECT contact, channel, concat_ws(',', {{counts}}) AS recent
        FROM contacted SEMI JOIN asked USING (contact, channel) WHERE "at" <= $at GROUP BY contact, channel
    ), lists AS (
        SELECT type, value, list_sort(list(DISTINCT registry)) AS listed
        FROM listed SEMI JOIN asked USING (type, value) GROUP BY type, value
    ), numbers AS (
        SELECT *, CASE WHEN type = 'email' THEN '' ELSE split_part(value, '+', 2) END AS digits,
            list_contains($fixed, kind) OR kind = 'mobile' AND list_contains($geographic, left(digits, 2)) AS placed
        FROM asked
    )
    SELECT n, customer_at, enquired_at,
        {SEPARATED}jurisdictions, channel, purpose, audience,
            r.sources,
            CASE WHEN r.regions AND region_code IS NOT NULL THEN
                CASE WHEN list_contains($regions, region_code) THEN region_code ELSE '-' END ELSE '' END,
            CASE WHEN r.customer AND customer_at <= $at THEN concat('x', {{customer_at}}) ELSE '' END,
            CASE WHEN r.enquiry AND enquired_at <= $at THEN concat('x', {{enquired_at}}) ELSE '' END,
            coalesce(array_to_string(list_filter(listed, lambda x: list_contains(string_split(r.registries, '|'), x)),
                '|'), ''),
            CASE WHEN r.recent THEN coalesce(counts.recent, '') ELSE '' END,
            coalesce(history, '')) AS asks,
        {SEPARATED}left(digits, CASE WHEN placed THEN coalesce(c1.reach, c2.reach, c3.reach, 0)
                              ELSE length(coalesce(c1.code, c2.code, c3.code, '')) END),
            CASE WHEN placed THEN kind ELSE '' END, coalesce(country, ''), coalesce(region_code, ''),
            CASE WHEN digits = '' THEN jurisdictions ELSE '' END) AS place
    FROM numbers JOIN relevant r USING ({", ".join(ASKS)})
    LEFT JOIN histories USING (n) LEFT JOIN counts USING (contact, channel) LEFT JOIN lists USING (type, value)
    LEFT JOIN codes c1 ON c1.code = left(digits, 1) LEFT JOIN codes c2 ON c2.code = left(digits, 2)
    LEFT JOIN codes c3 ON c3.code = left(digits, 3)
"""
PLACES = "SELECT DISTINCT asks, place FROM lines SEMI JOIN timed USING (asks)"
# Which answer each row gets (k), what it is told by (t), its evidence, and the moment its permission ends.
FOUND = f"""
    SELECT l.n, k, t, event_id AS evidence, coalesce(left(event_time, 10), '') AS date,
        coalesce(source_kind, '') AS place, coalesce(notice_version, '') AS version,
        CASE WHEN verdict = 'allow' THEN least(until, CASE WHEN agreed THEN event_until END,
            {
    ", ".join(
        f"CASE WHEN {what}_months IS NOT NULL THEN strftime(CAST(left({moment}, 26) AS TIMESTAMP)"
        f" + to_months({what}_months) + to_days({what}_days), '%Y-%m-%dT%H:%M:%S.%fZ') END"
        for what, moment in LIMITS.items()
    )
}) END AS valid_until
    FROM lines l JOIN answers a ON a.asks = l.asks AND (a.place IS NULL OR a.place = l.place)
    LEFT JOIN acts e ON e.n = l.n AND e.position = a.position
"""
SAID = f"""
    SELECT verdict, rule, pack, replace(reason, '{DATE}', date) AS reason, evidence, mend, review, valid_until, hours,
        zones
    FROM found JOIN answers USING (k) JOIN texts USING (t, place, version) ORDER BY n
"""


def decisions(
    asked: pd.DataFrame,
    events: pd.DataFrame,
    packs: Packs,
    at: str,
    language: str,
    known: Known,
    *,
    enforce_hours: bool,
) -> pd.DataFrame:
    """`gate.decide` at a moment in the store's form."""
    words.known(language)
    schema.check(schema.ASKED, asked)
    if asked.empty:
        return schema.empty(schema.DECISIONS)
    asked = asked.reset_index(drop=True).assign(
        n=pd.RangeIndex(len(asked)), source_kinds=asked["source_kinds"].reset_index(drop=True).fillna("")
    )
    promised = schema.empty(schema.PROMISED) if known.promised is None else known.promised
    law = Law(packs, at, periods(packs, promised["frequency"].unique()), known.snapshots)
    relevant = _relevant(
        query(f"SELECT DISTINCT {', '.join(ASKS)} FROM asked", asked=asked), law, promises=bool(len(promised))
    )
    acts = _acts(asked, events, law, promised, relevant)
    lines = _lines(asked, acts, law, known, relevant)
    answers, told = _answers(lines, law, enforce=enforce_hours)
    found = query(FOUND, lines=lines, acts=acts, answers=answers)
    answers = answers.drop(columns=["asks", "place", "t"])
    said = query(SAID, found=found, answers=answers, texts=_texts(found, told, language))
    of_whom = asked[["contact", "type", "value", "channel", "purpose"]]
    return schema.check(schema.DECISIONS, pd.concat([of_whom, said], axis="columns"))


def _relevant(asks: pd.DataFrame, law: Law, *, promises: bool) -> pd.DataFrame:
    """Of each law, channel, purpose and audience, what can make a difference; lists are `|`-joined."""
    rows = []
    for jurisdictions, channel, purpose, audience, kinds in asks.itertuples(index=False, name=None):
        packs = [law.packs[name] for name in {*_split(jurisdictions), HOUSE} if name in law.packs]
        rules = [rule for pack in packs for rule in law.rules(pack, channel, purpose, audience)]
        related = {name for rule in rules for name in rule.relations}
        rows.append(
            {
                **dict(zip(ASKS, (jurisdictions, channel, purpose, audience, kinds), strict=True)),
                "sources": "|".join(_sources(kinds, rules)),
                "registries": "|".join(sorted({one.name for rule in rules for one in rule.registries})),
                "regions": any(rule.regions for rule in rules), "customer": "customer" in related,
                "enquiry": "enquiry" in related, "within": any(rule.within for rule in rules),
                "recent": promises or any(rule.cap for rule in rules),
                "no_all": any(rule.no_reaches_all for rule in rules),
            }
        )  # fmt: skip
    texts = {*ASKS, "sources", "registries"}
    found = pd.DataFrame(rows)
    return found.astype({name: schema.TEXT if name in texts else schema.BOOL for name in found})


def _sources(kinds: str, rules: Sequence[Rule]) -> list[str]:
    """The kinds of source that a rule names; `other` for the rest, where an exception wants all to be of a kind."""
    named = {kind for rule in rules for kind in rule.sources}
    of_all = any(rule.sources and rule.excepts for rule in rules)
    found = {kind if kind in named else "other" for kind in _split(kinds) if of_all or kind in named}
    return sorted(found)


def _acts(
    asked: pd.DataFrame, events: pd.DataFrame, law: Law, promised: pd.DataFrame, relevant: pd.DataFrame
) -> pd.DataFrame:
    """n, position and text of each event that can matter to a row, with what its evidence is told by."""
    sql = ACTS.format(
        proof=" ".join(f"WHEN method = '{method}' THEN '{left}'" for method, left in PROOFS.items()),
        part_of=" ".join(f"WHEN '{part}' THEN '{whole}'" for part, whole in PART_OF.items()),
        event_time=_ages("event_time", law.periods.consent),
    )
    told = {
        "at": law.at, "own": sorted(OWN_ACTORS), "gives": sorted(GIVES), "blocks": sorted(BLOCKS), "spoken": SPOKEN,
        "telling": sorted(STOPS | GIVES | {"imported_claim"}),
    }  # fmt: skip
    return query(sql, told, asked=asked, events=events, promised=promised, relevant=relevant)


def _lines(
    asked: pd.DataFrame, acts: pd.DataFrame, law: Law, known: Known, relevant: pd.DataFrame
) -> pd.DataFrame:
    """n, asks (a case, see `_case`), place (see `_zones`), customer_at and enquired_at of each row."""
    counts = [_count(*one) for one in zip(law.periods.contact, law.periods.fewest, strict=True)]
    sql = LINES.format(
        counts=", ".join(counts) or "''",
        **{
            moment: f"CASE WHEN r.within THEN {_ages(moment, law.periods.relation)} END"
            for moment in ("customer_at", "enquired_at")
        },
    )
    codes = pd.DataFrame(reaches().items(), columns=["code", "reach"]).astype(
        {"code": schema.TEXT, "reach": schema.INT}
    )
    told = {
        "at": law.at, "fixed": sorted(FIXED), "geographic": geographic_codes(),
        "regions": sorted({region for pack in law.packs.values() for rule in pack.rules for region in rule.regions}),
    }  # fmt: skip
    return query(
        sql, told, asked=asked, acts=acts, relevant=relevant, codes=codes,
        listed=schema.empty(schema.LISTED) if known.listed is None else known.listed,
        contacted=schema.empty(schema.CONTACTED) if known.contacted is None else known.contacted,
    )  # fmt: skip


def _count(period: str, fewest: int) -> str:
    """SQL that counts the contacts within a period, where they are so many that anybody minds."""
    made = f"count(*) FILTER ({_not_over('at', period)})"
    return f"CASE WHEN {made} >= {fewest} THEN {made} ELSE 0 END"


def _not_over(moment: str, period: str) -> str:
    months, days = length(period)
    return f"""CAST(left("{moment}", 26) AS TIMESTAMP) + to_months({months}) + to_days({days})
               > CAST(left($at, 26) AS TIMESTAMP)"""


def _ages(moment: str, found: Sequence[str]) -> str:
    """SQL that writes, of each period, whether it is over since `moment`."""
    each = (f"CASE WHEN {_not_over(moment, period)} THEN '0' ELSE '1' END" for period in found)
    return f"concat('', {', '.join(each)})" if found else "''"


Told = tuple[tuple[str, str], ...]  # what the words of an answer are filled with


def _answers(lines: pd.DataFrame, law: Law, *, enforce: bool) -> tuple[pd.DataFrame, list[Told]]:
    """The engine's answer to each case, or to each case in a place where the clock has a say; what `t` stands for."""
    ask = cache(lambda case, choices: answer(case, choices, law))
    wanted = cache(lambda told, channel, purpose: standings(_told(told), channel, purpose))
    verdicts: dict[str, tuple[Verdict, Standing]] = {}
    for asks in query("SELECT DISTINCT asks FROM lines", lines=lines)["asks"].tolist():
        case, history = _case(asks)
        choices = wanted(history, case.channel, case.purpose)
        nowhere = tuple(one._replace(position=None) for one in choices)
        verdict, found = ask(case, nowhere)
        verdicts[asks] = verdict, choices[nowhere.index(found)]
    clocked: dict[tuple[int, Zones], Verdict] = {}  # by the verdict itself: equal cases share one
    told: dict[Told, int] = {}
    said = [
        _row(*one, told) | {"asks": asks, "place": None} for asks, one in verdicts.items() if not one[0].timing
    ]
    by_clock = pd.DataFrame({"asks": schema.texts(asks for asks, one in verdicts.items() if one[0].timing)})
    places = query(PLACES, lines=lines, timed=by_clock)
    for asks, place in zip(places["asks"].tolist(), places["place"].tolist(), strict=True):
        verdict, found = verdicts[asks]
        key = (id(verdict), _zones(place))
        if key not in clocked:
            clocked[key] = timed(verdict, key[1], law.at, enforce=enforce)
        said.append(_row(clocked[key], found, told) | {"asks": asks, "place": place})
    return _frame(said), list(told)


def _case(asks: str) -> tuple[Case, str]:
    """What LINES wrote down: the case, and its history."""
    *told, history = asks.split(FIELD, 10)
    jurisdictions, channel, purpose, audience, sources, region, customer, enquiry, listed, recent = told
    return Case(
        channel, purpose, _split(jurisdictions), audience, _split(sources), region or None,
        customer[1:] if customer else None, enquiry[1:] if enquiry else None, _split(listed),
        tuple(map(int, recent.split(","))) if recent else (),
    ), history  # fmt: skip


def _told(history: str) -> tuple[Act, ...]:
    """The acts that ACTS wrote down."""
    records = [record.split(FIELD) for record in history.split(RECORD) if record]
    return tuple(
        Act(kind, channel, purpose, own == "true", begun == "true", over == "true", int(order), *rest)
        for kind, channel, purpose, own, begun, over, order, *rest in records
    )


@lru_cache(maxsize=10_000)
def _split(text: str) -> tuple[str, ...]:
    return tuple(sorted({name for name in text.split("|") if name}))


@cache
def _zones(place: str) -> Zones:
    """The zones of what LINES wrote down."""
    reach, kind, country, region, jurisdictions = place.split(FIELD)
    return candidates(
        f"+{reach}" if reach else None, kind or None, country or None, region or None, _split(jurisdictions)
    )


def _row(verdict: Verdict, found: Standing, told: dict[Told, int]) -> dict[str, Any]:
    """One answer as the columns of a frame; what it is told by is entered into `told`."""
    evident = found.position is not None and verdict.reason in (found.state, *EVIDENT)
    ends = dict(verdict.ages)
    filled = (("reason", verdict.reason), ("mend", verdict.mend or ""), *sorted(verdict.parameters.items()))
    return {
        "t": told.setdefault(filled, len(told)), "verdict": verdict.verdict, "rule": verdict.rule, "pack": verdict.pack,
        "review": verdict.review, "until": verdict.valid_until, "agreed": verdict.reason == "given",
        "hours": verdict.hours or None, "zones": "|".join(verdict.zones) or None,
        "position": found.position if evident else -1,
        **{f"{what}_{unit}": getattr(length(ends[what]), unit) if what in ends else None
           for what in LIMITS for unit in ("months", "days")},
    }  # fmt: skip


def _frame(said: Sequence[dict[str, Any]]) -> pd.DataFrame:
    columns = zip(*(one.values() for one in said), strict=True)
    table = pa.table(
        {name: pa.array(cells, KINDS.get(name, pa.string())) for name, cells in zip(said[0], columns, strict=True)}
    )
    return schema.arrow(table).assign(k=pd.RangeIndex(len(said)))


def _texts(found: pd.DataFrame, told: Sequence[Told], language: str) -> pd.DataFrame:
    """`reason` (with DATE in it) and `mend` in words, one row per distinct thing to say."""
    keys = query("SELECT DISTINCT t, place, version FROM found", found=found)
    said = [
        {**dict(told[t]), "place": place, "version": version, "date": DATE}
        for t, place, version in keys.itertuples(index=False, name=None)
    ]
    reasons = [words.reason(one["reason"], one, language) for one in said]
    mends = [words.mend(one["mend"], one, language) for one in said]
    return keys.assign(reason=schema.texts(reasons), mend=schema.texts(mends))
