"""The gate over whole frames: everything alike is asked once, in `consent.engine`, and joined back in DuckDB."""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from consent import words
from consent.engine import Case, Law, Verdict, timed
from consent.gate import EVIDENT, answer
from consent.known import Known
from consent.periods import length
from consent.policy import Packs, periods
from consent.standing import GIVES, OWN_ACTORS, PROOFS, SPOKEN, Act, Standing, standings
from consent.zones import FIXED, candidates, geographic_codes
from leads import schema
from leads.sets import query

FIELD, RECORD = "\x1f", "\x1e"  # no kind, channel or purpose has them
KEYS = (
    "jurisdictions", "audience", "channel", "purpose", "sources", "region", "customer", "enquiry", "listed", "recent",
    "history",
)  # fmt: skip
PLACE = ("reach", "line", "country", "region_code")
ABOUT = ("in_country", "registry", "count", "days", "hours", "zones_count", "opens")
TOLD = (*ABOUT, "conditions", "date", "place", "version")
LIMITS = {"consent": "event_time", "customer": "customer_at", "enquiry": "enquired_at"}

# Each row's question as text in which nothing tells one person from another: see `engine.Case` and `standing.Act`.
QUESTIONS = """
    WITH acts AS (
        SELECT type, value, seq, concat_ws(chr(31),
            kind, channel, purpose, list_contains($own, actor), event_time <= $at, coalesce(valid_until <= $at, false),
            dense_rank() OVER (PARTITION BY type, value ORDER BY event_time),
            CASE {proof} ELSE $spoken END,
            CASE WHEN list_contains($gives, kind) THEN {event_time} ELSE '' END,
            CASE WHEN list_contains($gives, kind) THEN coalesce(frequency, '') ELSE '' END) AS act
        FROM events SEMI JOIN asked USING (type, value)
        LEFT JOIN promised ON promised.source = events.source
            AND promised.notice_version IS NOT DISTINCT FROM events.notice_version
    ), histories AS (
        SELECT type, value, string_agg(act, chr(30) ORDER BY seq) AS history FROM acts GROUP BY type, value
    ), counts AS (
        SELECT contact, channel, concat_ws(',', {counts}) AS recent
        FROM contacted SEMI JOIN asked USING (contact, channel) WHERE "at" <= $at GROUP BY contact, channel
    ), lists AS (
        SELECT type, value, string_agg(DISTINCT registry, '|' ORDER BY registry) AS listed
        FROM listed SEMI JOIN asked USING (type, value) GROUP BY type, value
    ), numbers AS (
        SELECT *, CASE WHEN type = 'email' THEN '' ELSE split_part(value, '+', 2) END AS digits FROM asked
    )
    SELECT n, contact, type, value, channel, purpose, jurisdictions, audience, coalesce(source_kinds, '') AS sources,
        CASE WHEN region_code IS NULL THEN '' WHEN list_contains($regions, region_code) THEN region_code
             ELSE '-' END AS region,
        CASE WHEN customer_at <= $at THEN concat('x', {customer_at}) ELSE '' END AS customer,
        CASE WHEN enquired_at <= $at THEN concat('x', {enquired_at}) ELSE '' END AS enquiry,
        coalesce(listed, '') AS listed, coalesce(recent, '') AS recent, coalesce(history, '') AS history,
        customer_at, enquired_at, coalesce(kind, '') AS line, coalesce(country, '') AS country,
        coalesce(region_code, '') AS region_code,
        left(digits, CASE WHEN list_contains($fixed, kind)
                       OR kind = 'mobile' AND list_contains($geographic, left(digits, 2)) THEN 9 ELSE 3 END) AS reach
    FROM numbers LEFT JOIN histories USING (type, value) LEFT JOIN counts USING (contact, channel)
    LEFT JOIN lists USING (type, value)
"""
GROUPS = f"SELECT row_number() OVER () - 1 AS g, * FROM (SELECT DISTINCT {', '.join(KEYS)} FROM questions)"
ROWS = f"SELECT q.* EXCLUDE (history), g FROM questions q JOIN cases USING ({', '.join(KEYS)})"
PLACES = f"SELECT DISTINCT g, jurisdictions, {', '.join(PLACE)} FROM lines WHERE list_contains($timed, g)"
# The verdict of each row, from that of its group or, where the clock has a say, of its group and place.
FOUND = f"""
    WITH numbered AS (
        SELECT type, value, event_id, event_time, valid_until AS event_until, source_kind, notice_version,
            row_number() OVER (PARTITION BY type, value ORDER BY seq) - 1 AS position
        FROM events SEMI JOIN lines USING (type, value)
    ), answered AS (
        SELECT r.*, coalesce(p.k, u.k) AS k
        FROM lines r LEFT JOIN plain u USING (g) LEFT JOIN placed p USING (g, {", ".join(PLACE)})
    )
    SELECT n, contact, type, value, channel, purpose, verdict, rule, pack, review, reason_key, mend_key,
        {", ".join(ABOUT)}, conditions, event_id AS evidence, coalesce(left(event_time, 10), '') AS date,
        coalesce(source_kind, '') AS place, coalesce(notice_version, '') AS version, zones,
        CASE WHEN verdict = 'allow' THEN least(until, CASE WHEN reason_key = 'given' THEN event_until END,
            {
    ", ".join(
        f"CASE WHEN {what}_months IS NOT NULL THEN strftime({{later}}, '%Y-%m-%dT%H:%M:%S.%fZ') END".format(
            later=f"CAST(left({moment}, 26) AS TIMESTAMP) + to_months({what}_months) + to_days({what}_days)"
        )
        for what, moment in LIMITS.items()
    )
}) END AS valid_until
    FROM answered JOIN answers USING (k)
    LEFT JOIN numbered USING (type, value, position)
"""
SAID = f"""
    SELECT contact, type, value, channel, purpose, verdict, rule, pack, reason, evidence, mend, review, valid_until,
        nullif(hours, '') AS hours, nullif(zones, '') AS zones
    FROM found JOIN texts USING (reason_key, mend_key, {", ".join(TOLD)}) ORDER BY n
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
    promised = schema.empty(schema.PROMISED) if known.promised is None else known.promised
    law = Law(packs, at, periods(packs, set(promised["frequency"])), known.snapshots)
    questions = _questions(asked, events, law, known, promised)
    cases = query(GROUPS, questions=questions)
    lines = query(ROWS, questions=questions, cases=cases)
    verdicts = _verdicts(cases, law)
    frames = _placed(lines, verdicts, law, enforce=enforce_hours)
    found = query(FOUND, lines=lines, events=events, **frames)
    return schema.check(schema.DECISIONS, query(SAID, found=found, texts=_texts(found, language)))


def _questions(
    asked: pd.DataFrame, events: pd.DataFrame, law: Law, known: Known, promised: pd.DataFrame
) -> pd.DataFrame:
    """The rows of `asked`, numbered (n), with everything the engine is told."""
    counts = [f"count(*) FILTER ({_not_over('at', period)})" for period in law.periods]
    proof = [f"WHEN method = '{method}' THEN '{left}'" for method, left in PROOFS.items()]
    sql = QUESTIONS.format(
        proof=" ".join(proof),
        counts=", ".join(counts) or "''",
        **{moment: _ages(moment, law) for moment in ("event_time", "customer_at", "enquired_at")},
    )
    told = {
        "at": law.at, "own": sorted(OWN_ACTORS), "gives": sorted(GIVES), "fixed": sorted(FIXED), "spoken": SPOKEN,
        "geographic": geographic_codes(),
        "regions": sorted({region for pack in law.packs.values() for rule in pack.rules for region in rule.regions}),
    }  # fmt: skip
    return query(
        sql, told, asked=asked.assign(n=range(len(asked))), events=events, promised=promised,
        listed=schema.empty(schema.LISTED) if known.listed is None else known.listed,
        contacted=schema.empty(schema.CONTACTED) if known.contacted is None else known.contacted,
    )  # fmt: skip


def _not_over(moment: str, period: str) -> str:
    months, days = length(period)
    return f"""CAST(left("{moment}", 26) AS TIMESTAMP) + to_months({months}) + to_days({days})
               > CAST(left($at, 26) AS TIMESTAMP)"""


def _ages(moment: str, law: Law) -> str:
    """SQL that writes, of each period, whether it is over since `moment`; a moment to come is none ago."""
    each = (f"CASE WHEN {_not_over(moment, period)} THEN '0' ELSE '1' END" for period in law.periods)
    return f"concat({', '.join(each)})" if law.periods else "''"


@lru_cache(maxsize=10_000)
def _told(history: str) -> tuple[Act, ...]:
    """The acts that QUESTIONS wrote down."""
    records = [record.split(FIELD) for record in history.split(RECORD) if record]
    return tuple(
        Act(kind, channel, purpose, own == "true", begun == "true", over == "true", int(order), *rest)
        for kind, channel, purpose, own, begun, over, order, *rest in records
    )


def _verdicts(cases: pd.DataFrame, law: Law) -> list[tuple[Verdict, Standing]]:
    """The engine's answer to each group, by its number."""
    asked_once = cache(lambda case, choices: answer(case, choices, law))
    wanted = lru_cache(10_000)(
        lambda history, channel, purpose: tuple(standings(_told(history), channel, purpose))
    )
    found = []
    for row in cases[list(KEYS)].itertuples(index=False, name=None):
        *asks, history = row
        case = _case(asks)
        choices = wanted(history, case.channel, case.purpose)
        found.append(asked_once(case, choices))
    order = cases["g"].tolist()
    return [verdict for _, verdict in sorted(zip(order, found, strict=True), key=lambda one: one[0])]


def _case(asks: Sequence[str]) -> Case:
    jurisdictions, audience, channel, purpose, sources, region, customer, enquiry, listed, recent = asks
    return Case(
        channel, purpose, _split(jurisdictions), audience, _split(sources), region or None,
        customer[1:] if customer else None, enquiry[1:] if enquiry else None, _split(listed),
        tuple(map(int, recent.split(","))) if recent else (),
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def _split(text: str) -> tuple[str, ...]:
    return tuple(sorted({name for name in text.split("|") if name}))


def _placed(
    lines: pd.DataFrame, verdicts: Sequence[tuple[Verdict, Standing]], law: Law, *, enforce: bool
) -> dict[str, pd.DataFrame]:
    """The answers by number (k), and which of them is each group's (`plain`), or each group's in a place (`placed`)."""
    by_clock = [g for g, (verdict, _) in enumerate(verdicts) if verdict.timing]
    places = query(PLACES, {"timed": by_clock}, lines=lines)
    answers: dict[tuple[Any, ...], int] = {}
    said: list[dict[str, Any]] = []

    def number(key: tuple[Any, ...], verdict: Verdict, found: Standing) -> int:
        if key not in answers:
            answers[key] = len(said)
            said.append(_row(verdict, found) | {"k": len(said)})
        return answers[key]

    clocked = []
    for g, *place in places[["g", *PLACE, "jurisdictions"]].itertuples(index=False, name=None):
        zones = _zones(*place)
        verdict, found = verdicts[g]
        if (g, zones) not in answers:
            verdict = timed(verdict, zones, law.at, enforce=enforce)
        clocked.append(number((g, zones), verdict, found))
    left = [(g, *one) for g, one in enumerate(verdicts) if not one[0].timing]
    plain = [(g, number((g,), verdict, found)) for g, verdict, found in left]
    return {
        "placed": places.assign(k=pd.array(clocked, dtype=schema.INT)),
        "plain": pd.DataFrame(plain, columns=["g", "k"]).astype(schema.INT),
        "answers": _frame(said),
    }


@lru_cache(maxsize=100_000)
def _zones(reach: str, line: str, country: str, region: str, jurisdictions: str) -> tuple[str, ...]:
    return candidates(
        f"+{reach}" if reach else None, line or None, country or None, region or None, _split(jurisdictions)
    )


def _row(verdict: Verdict, found: Standing) -> dict[str, Any]:
    """One answer as the columns of a frame."""
    evident = found.position is not None and verdict.reason in (found.state, *EVIDENT)
    told = verdict.parameters
    ends = dict(verdict.ages)
    return {
        "verdict": verdict.verdict, "rule": verdict.rule, "pack": verdict.pack, "review": verdict.review,
        "reason_key": verdict.reason, "mend_key": verdict.mend or "", "until": verdict.valid_until,
        "in_country": told.get("country", ""), "registry": told.get("registry", ""), "count": told.get("count", ""),
        "days": told.get("days", ""), "hours": verdict.hours, "zones": "|".join(verdict.zones),
        "zones_count": told.get("zones", ""), "opens": told.get("opens", ""),
        "conditions": told.get("conditions", ""), "position": found.position if evident else -1,
        **{f"{what}_{unit}": getattr(length(ends[what]), unit) if what in ends else None
           for what in LIMITS for unit in ("months", "days")},
    }  # fmt: skip


def _frame(said: Iterable[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(said)
    whole = {"k", "position", *(f"{what}_{unit}" for what in LIMITS for unit in ("months", "days"))}
    return frame.astype({name: schema.INT if name in whole else schema.TEXT for name in frame})


def _texts(found: pd.DataFrame, language: str) -> pd.DataFrame:
    """`reason` and `mend` in words, one row per distinct thing to say."""
    keys = found[["reason_key", "mend_key", *TOLD]].drop_duplicates().reset_index(drop=True)
    names = ["country" if name == "in_country" else "zones" if name == "zones_count" else name for name in TOLD]
    said = [dict(zip(names, key[2:], strict=True)) for key in keys.itertuples(index=False, name=None)]
    reasons = [words.reason(key, told, language) for key, told in zip(keys["reason_key"], said, strict=True)]
    mends = [words.mend(key, told, language) for key, told in zip(keys["mend_key"], said, strict=True)]
    return keys.assign(reason=schema.texts(reasons), mend=schema.texts(mends))
