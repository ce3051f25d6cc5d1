"""What the leads of a chunk say about consent, as events for the append-only ledger (after ISO/IEC TS 27560).

A yes is `given` only where the person said it to us; what somebody else reports is an `imported_claim`. A no
counts whoever reports it: an import can add a refusal and never lifts one (promise P5).
"""

import hashlib
from calendar import monthrange
from typing import Literal

import pandas as pd

from leads import schema
from leads.clock import parse, utc
from leads.sets import query
from leads.source import Source

Answer = Literal["yes", "no", "unknown", "none"]

# Kinds of source in which the record itself is the person's own act; a listing asks nobody anything.
OWN_ACT = frozenset({"web_form", "event"})
NO_CONSENT = frozenset({"listing"})
CHANNELS_OF = {"phone": ("call", "sms", "messenger"), "email": ("email",)}

# An act cannot have happened after we recorded it: a source's clock that runs ahead must not outlive a withdrawal.
EVENTS_SQL = """
    WITH usable AS (
        SELECT lead_id, type, value, any_value(region) AS region
        FROM points WHERE usable AND value IS NOT NULL GROUP BY lead_id, type, value
    ), said AS (
        SELECT l.row, l.part, l.lead_id, u.type, u.value, s.channel, s.purpose, s.kind, s.basis, s.actor, s.method,
            s.notice_version, s.notice_sha256, s.notice_language, s.collectors, s.valid_until,
            CASE WHEN s.dated THEN least(coalesce(l.occurred_at, $1), $1) ELSE $1 END AS event_time,
            coalesce(u.region, l.country, $2) AS jurisdiction
        FROM leads l
        JOIN usable u USING (lead_id)
        JOIN statements s ON u.type = s.type AND (s.answer IS NULL OR s.answer IS NOT DISTINCT FROM l.answer)
    )
    SELECT left(sha256(concat_ws(chr(31), lead_id, type, value, channel, purpose, kind)), 32) AS event_id,
        lead_id, type, value, channel, purpose, kind, $3 AS controller, basis, jurisdiction, event_time,
        valid_until, actor, method, notice_version, notice_sha256, notice_language, $4 AS source,
        $5 AS source_kind, concat($6, '#', row) AS evidence_ref, collectors
    FROM said
    ORDER BY row, part, type DESC, value, kind, purpose, channel
"""


def events(
    leads: pd.DataFrame, points: pd.DataFrame, source: Source, *, batch: str, recorded: str, controller: str
) -> pd.DataFrame:
    """The EVENTS of a chunk, in the order of its rows; the same chunk gives the same events.

    `leads`: LEADS, `points`: POINTS (only the usable ones count); `recorded`: when we obtained the batch, UTC;
    `controller`: who we are. An answer that the source's file does not know makes no event: `unknown_answers`.
    """
    schema.check(schema.LEADS, leads)
    schema.check(schema.POINTS, points)
    recorded = utc(parse(recorded))
    statements = _statements(source, recorded)
    if not statements:
        return schema.empty(schema.EVENTS)
    answered = leads[["lead_id", "row", "part", "occurred_at", "country"]].assign(answer=_answers(leads, source))
    parameters = [recorded, source.region, controller, source.name, source.kind, batch]
    made = query(EVENTS_SQL, parameters, leads=answered, points=points, statements=_frame(statements))
    return schema.check(schema.EVENTS, made)


def unknown_answers(leads: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Answers that neither `given` nor `refused` of the source names: `leads` (how many) and `row` (the first).

    One row per distinct answer. The answer itself stands in the landing; a shifted column may hold a phone here.
    """
    asked = leads if source.kind not in NO_CONSENT else leads.head(0)
    unknown = asked[(_answers(asked, source) == "unknown").astype(bool)]
    found = unknown.groupby("consent")["row"].agg(leads="size", row="min").astype(schema.INT)
    return found.sort_values(["leads", "row"], ascending=[False, True]).reset_index(drop=True)


def notice_deadline(obtained: str) -> str:
    """One calendar month after `obtained` (UTC): the latest day to tell a person we hold their data.

    GDPR 14(3)(a); where the next month has no such day, its last day (Regulation 1182/71, Art. 3(2)(c)).
    """
    moment = parse(obtained)
    year, month = moment.year + moment.month // 12, moment.month % 12 + 1
    return utc(moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1])))


def _answers(leads: pd.DataFrame, source: Source) -> pd.Series:
    """`yes`, `no`, `unknown` or `none` for each lead, read once per distinct text."""
    distinct = leads["consent"].drop_duplicates()
    read = schema.texts(_read("" if pd.isna(text) else text, source) for text in distinct)
    answers = leads[["consent"]].merge(distinct.to_frame().assign(answer=read.array), how="left", on="consent")
    return answers["answer"].set_axis(leads.index)


def _read(text: str, source: Source) -> Answer:
    folded, consent = _fold(text), source.consent
    if folded in map(_fold, consent.refused):
        return "no"
    if folded in map(_fold, consent.given):
        return "yes"
    if folded:
        return "unknown"
    return "no" if consent.empty == "refused" else "none"


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _statements(source: Source, recorded: str) -> list[dict[str, str | bool | None]]:
    """What one answer makes of one usable point: a row per answer, type, channel and purpose."""
    own = source.from_person and source.kind in OWN_ACT
    rows: list[dict[str, str | bool | None]] = []
    for type_, possible in CHANNELS_OF.items():
        if source.kind not in NO_CONSENT:
            for channel in [name for name in possible if name in source.consent.channels]:
                for purpose in source.consent.purposes:
                    place = {"type": type_, "channel": channel, "purpose": purpose}
                    rows.append({**place, **_said("yes", source, own)})
                    rows.append({**place, **_said("no", source, own)})
        if not source.from_person:
            rows.append({"type": type_, **_notice_due(source, recorded)})
    return rows


def _said(answer: Answer, source: Source, own: bool) -> dict[str, str | bool | None]:
    """The event of one answer, with the wording the person saw (for a claim: is said to have seen)."""
    consent = source.consent
    yes = "given" if own else "imported_claim"
    return {
        "answer": answer,
        "dated": True,
        "kind": yes if answer == "yes" else "refused",
        "basis": "consent" if own else source.legal_basis,
        "actor": "subject" if own else ("operator" if source.from_person else "broker"),
        "method": consent.method if own else "import",
        "notice_version": consent.version or None,
        "notice_sha256": hashlib.sha256(consent.text.encode()).hexdigest() if consent.text else None,
        "notice_language": (consent.language or source.language) if consent.text else None,
        "collectors": None if own else "|".join(consent.collectors) or source.seller or None,
        "valid_until": None,
    }


def _notice_due(source: Source, recorded: str) -> dict[str, str | bool | None]:
    return {
        "channel": "any",
        "purpose": "any",
        "answer": None,
        "dated": False,
        "kind": "notice_due",
        "basis": source.legal_basis,
        "actor": "system",
        "method": "rule",
        "notice_version": None,
        "notice_sha256": None,
        "notice_language": None,
        "collectors": None,
        "valid_until": notice_deadline(recorded),
    }


def _frame(statements: list[dict[str, str | bool | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(statements)
    return frame.astype({name: schema.BOOL if name == "dated" else schema.TEXT for name in frame})
