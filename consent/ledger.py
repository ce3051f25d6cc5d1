"""What the leads of a chunk say about consent, as events for the append-only ledger (after ISO/IEC TS 27560).

A yes is `given` only where the person said it to us; what somebody else reports is an `imported_claim`. A no
counts whoever reports it: an import can add a refusal and never lifts one (promise P5).
"""

import hashlib
from calendar import monthrange
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from leads import schema
from leads.clock import parse, utc
from leads.sets import query
from leads.source import Source

Answer = Literal["yes", "no", "unknown", "none"]
Terms = dict[str, str | int | None]

# Kinds of source in which the record itself is the person's own act; a listing asks nobody anything.
OWN_ACT = frozenset({"web_form", "event"})
NO_CONSENT = frozenset({"listing"})
CHANNELS_OF = {
    "phone": ("call", "robocall", "sms", "messenger"), "email": ("email",), "messenger": ("messenger",),
}  # fmt: skip

# An act cannot have happened after we recorded it: a source's clock that runs ahead must not outlive a withdrawal.
# A notice is owed to the person, once for each lead: at the contact point by which it would be sent.
EVENTS_SQL = """
    WITH usable AS (
        SELECT lead_id, type, value, any_value(region) AS region,
            row_number() OVER (PARTITION BY lead_id ORDER BY type <> 'email', type, value) = 1 AS notified
        FROM points WHERE usable AND value IS NOT NULL GROUP BY lead_id, type, value
    )
    SELECT l.lead_id, u.value, t.terms, coalesce(u.region, l.country, $2) AS jurisdiction,
        CASE WHEN t.dated AND l.occurred_at < $1 THEN l.occurred_at END AS event_time, l.row
    FROM leads l
    JOIN usable u USING (lead_id)
    JOIN terms t ON u.type = t.type AND (u.notified AND t.answer IS NULL OR t.answer = l.answer)
    ORDER BY l.row, l.part, u.type DESC, u.value, t.terms
"""


def events(
    leads: pd.DataFrame, points: pd.DataFrame, source: Source, *, batch: str, recorded: str, controller: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a chunk adds to the ledger: its TERMS, and the EVENTS under them in the order of the rows.

    `leads`: LEADS, `points`: POINTS (only the usable ones count); `recorded`: when we obtained the batch, UTC;
    `controller`: who we are. An answer that the source's file does not know makes no event: `unknown_answers`.
    The same chunk gives the same frames.
    """
    schema.check(schema.LEADS, leads)
    schema.check(schema.POINTS, points)
    recorded = utc(parse(recorded))
    terms = _terms(source, batch=batch, recorded=recorded, controller=controller)
    if terms.empty:
        return schema.empty(schema.TERMS), schema.empty(schema.EVENTS)
    answered = leads[["lead_id", "row", "part", "occurred_at", "country"]].assign(answer=_answers(leads, source))
    made = query(EVENTS_SQL, [recorded, source.region], leads=answered, points=points, terms=terms)
    used = terms[terms["terms"].isin(made["terms"])]
    return schema.check(schema.TERMS, used[list(schema.TERMS.columns)]), schema.check(schema.EVENTS, made)


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
    read = schema.texts(read_answer("" if pd.isna(text) else text, source) for text in distinct)
    answers = leads[["consent"]].merge(distinct.to_frame().assign(answer=read.array), how="left", on="consent")
    return answers["answer"].set_axis(leads.index)


def read_answer(text: str, source: Source) -> Answer:
    """What the source's file says that an answer means; an empty text is none, or what its `empty` says."""
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


def _terms(source: Source, *, batch: str, recorded: str, controller: str) -> pd.DataFrame:
    """TERMS of everything an answer could make of a usable point, with the `answer` that does and whether it is
    `dated` by the person's own act."""
    shared: Terms = {
        "controller": controller, "obtained": recorded, "evidence": batch, "source": source.name,
        "source_kind": source.kind,
    }  # fmt: skip
    rows = [said | shared for said in _statements(source, recorded)]
    rows.sort(key=lambda row: [str(row[name]) for name in ("type", "kind")])
    for number, row in enumerate(rows):
        row["terms"] = number
    others = {"terms": schema.INT, "dated": schema.BOOL}
    columns = [*schema.TERMS.columns, "answer", "dated"]
    return pd.DataFrame(rows, columns=columns).astype({name: others.get(name, schema.TEXT) for name in columns})


def _statements(source: Source, recorded: str) -> list[Terms]:
    """What an answer makes of a usable point, on all channels and for all purposes the source asks about at once."""
    own = source.from_person and source.kind in OWN_ACT
    rows: list[Terms] = []
    for type_, possible in CHANNELS_OF.items():
        channels = [name for name in possible if name in source.consent.channels]
        if source.kind not in NO_CONSENT and channels and source.consent.purposes:
            place = {"type": type_, "channels": "|".join(channels), "purposes": "|".join(source.consent.purposes)}
            rows.append({**place, **_said("yes", source, own)})
            rows.append({**place, **_said("no", source, own)})
        if not source.from_person:
            rows.append({"type": type_, **_notice_due(source, recorded)})
    return rows


def _said(answer: Answer, source: Source, own: bool) -> Terms:
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


def _notice_due(source: Source, recorded: str) -> Terms:
    return {
        "channels": "any",
        "purposes": "any",
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


def act(
    points: pd.DataFrame, kind: str, *, channels: Sequence[str], purposes: Sequence[str], actor: str, method: str,
    evidence: str, at: str, controller: str, source: str, source_kind: str, basis: str = "consent",
    valid_until: str | None = None, collectors: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """One act about contact points (type, value) that no batch brought, as TERMS and EVENTS for `store.ledger.append`.

    A withdrawal by phone, a notice that was sent, an erasure. `kind`: one of `schema.EVENT_KINDS`; `channels` and
    `purposes`: those it names, or `any`; `evidence`: what shows it, without a personal value; `at`: when it was done.
    """
    at = utc(parse(at))
    said: Terms = {
        "kind": kind, "channels": "|".join(sorted(channels)), "purposes": "|".join(sorted(purposes)), "actor": actor,
        "method": method, "evidence": evidence, "obtained": at, "controller": controller, "source": source,
        "source_kind": source_kind, "basis": basis, "valid_until": valid_until, "collectors": collectors,
    }  # fmt: skip
    types = sorted(points["type"].unique())
    rows = [{"terms": number, "type": type_, **said} for number, type_ in enumerate(types)]
    columns = {name: column.dtype.type for name, column in schema.TERMS.columns.items()}
    made = points[["value"]].reset_index(drop=True).astype(schema.TEXT)
    numbers = pd.array([types.index(type_) for type_ in points["type"]], dtype=schema.INT)
    events = made.assign(
        lead_id=pd.array([None] * len(made), dtype=schema.TEXT), terms=numbers,
        row=pd.array([None] * len(made), dtype=schema.INT),
        **{name: pd.array([None] * len(made), dtype=schema.TEXT) for name in ("jurisdiction", "event_time")},
    )  # fmt: skip
    terms = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    return schema.check(schema.TERMS, terms), schema.check(schema.EVENTS, events[list(schema.EVENTS.columns)])
