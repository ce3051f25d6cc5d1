"""May this contact point be used now, on this channel, for this purpose? Asked singly or in sets.

Both ways ask the same engine (`consent.engine`). Neither pandas nor the store is imported before `decide` runs,
for `leads may-contact` has to answer quickly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent.engine import Case, Law, permit
from consent.known import NOTHING, Known
from consent.periods import after
from consent.policy import Packs, periods
from consent.standing import ANY, GIVES, OWN_ACTORS, PROOFS, SPOKEN, Act, Event, Standing, standings
from consent.timing import timed
from consent.verdict import Verdict
from consent.zones import candidates
from leads.clock import parse, utc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ANY", "Event", "Known", "Question", "Verdict", "decide", "judge"]

# Denials, besides a standing itself, of which the person's own yes is the evidence.
EVIDENT = ("consent_old", "weak_proof", "promised_less")


@dataclass(frozen=True, slots=True)
class Question:
    """May a contact be made? `jurisdictions`: every ISO country whose law may apply; the strictest wins.

    `number` (E.164) and its `kind`, `country` and `region` (ISO 3166-2) of the postal address tell the time zone.
    `customer_at`, `enquired_at`: the last order and enquiry; `listed`: the registries that hold the point, `snapshots`:
    registry -> moment of our copy; `contacted`: when the person was contacted on this channel before; `promises`:
    (source, version of its text) -> how often it said we would come. Moments are ISO 8601 text.
    """

    channel: str
    purpose: str
    jurisdictions: tuple[str, ...]
    audience: str
    sources: tuple[str, ...] = ()
    number: str | None = None
    kind: str | None = None
    country: str | None = None
    region: str | None = None
    customer_at: str | None = None
    enquired_at: str | None = None
    listed: tuple[str, ...] = ()
    snapshots: tuple[tuple[str, str], ...] = ()
    contacted: tuple[str, ...] = ()
    promises: tuple[tuple[tuple[str, str | None], str], ...] = ()


def judge(
    question: Question, history: Sequence[Event], packs: Packs, at: str, *, enforce_hours: bool = True
) -> Verdict:
    """Answer one question.

    `history`: the events of the contact point in ledger order (by seq), of whatever contact, channel or purpose.
    `at`: the moment asked about, any ISO 8601 text. Raises ValueError when it is none. A no counts before its
    time too: to ask what was known in the past, give the history up to then.
    """
    at, promises = utc(parse(at)), dict(question.promises)
    snapshots = {name: utc(parse(moment)) for name, moment in question.snapshots}
    law = Law(packs, at, periods(packs, promises.values()), snapshots)
    case = _case(question, law)
    verdict, found = answer(
        case, standings(_acts(history, law, promises), question.channel, question.purpose), law
    )
    place = (question.number, question.kind, question.country, question.region, question.jurisdictions)
    zones = candidates(*place) if verdict.timing else ()
    verdict = timed(_ending(verdict, question, found, history), zones, at, enforce=enforce_hours)
    if found.position is None or verdict.reason not in (found.state, *EVIDENT):
        return verdict
    event = history[found.position]
    told = {"date": event.event_time[:10], "place": event.source_kind, "version": event.notice_version or ""}
    return verdict._replace(parameters={**verdict.parameters, **told}, evidence=event.event_id or None)


def answer(case: Case, choices: Sequence[Standing], law: Law) -> tuple[Verdict, Standing]:
    """The verdict on the newest yes that allows, else on the newest; with the standing it is about."""
    answers = [(permit(case, found, law), found) for found in choices]
    return next((one for one in answers if one[0].allowed), answers[0])


def decide(
    asked: pd.DataFrame, events: pd.DataFrame, packs: Packs, at: str, language: str,
    known: Known = NOTHING, *, enforce_hours: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Answer every row of `asked` (ASKED) in its order, as DECISIONS with reasons and mends in `language`.

    `events`: the ledger of at least the contact points asked about, HISTORY. With `enforce_hours` off an allow outside
    its hours stands, for those who will keep to the hours it names. The engine is asked once per distinct combination
    of what is asked and what the history says.
    Raises ConfigError for a language we do not write, ValueError when `at` is no moment.
    """
    from consent.sets import decisions

    return decisions(asked, events, packs, utc(parse(at)), language, known, enforce_hours=enforce_hours)


def _case(question: Question, law: Law) -> Case:
    starts = [utc(parse(moment)) for moment in question.contacted]
    return Case(
        question.channel,
        question.purpose,
        tuple(sorted(set(question.jurisdictions))),
        question.audience,
        tuple(sorted(set(question.sources))),
        question.region,
        _ages(question.customer_at, law.periods.relation, law.at),
        _ages(question.enquired_at, law.periods.relation, law.at),
        tuple(sorted(set(question.listed))),
        tuple(sum(start <= law.at < after(start, period) for start in starts) for period in law.periods.contact),
    )


def _ages(moment: str | None, periods: Sequence[str], at: str) -> str | None:
    """Of each period whether it is over since `moment`; None for a moment that there is not, or not yet."""
    if moment is None or utc(parse(moment)) > at:
        return None
    return "".join("01"[after(utc(parse(moment)), period) <= at] for period in periods)


def _acts(history: Sequence[Event], law: Law, promises: Mapping[tuple[str, str | None], str]) -> list[Act]:
    order = {time: i for i, time in enumerate(sorted({event.event_time for event in history}))}
    return [
        Act(
            kind=event.kind,
            channel=event.channel,
            purpose=event.purpose,
            own=event.actor in OWN_ACTORS,
            begun=event.event_time <= law.at,
            over=event.valid_until is not None and event.valid_until <= law.at,
            order=order[event.event_time],
            proof=PROOFS.get(event.method, SPOKEN),
            ages=(_ages(event.event_time, law.periods.consent, law.at) or "") if event.kind in GIVES else "",
            promise=promises.get((event.source, event.notice_version), "") if event.kind in GIVES else "",
        )
        for event in history
    ]


def _ending(verdict: Verdict, question: Question, found: Standing, history: Sequence[Event]) -> Verdict:
    """An allow with the whole of its `valid_until`: also what runs from the consent, the last order or enquiry."""
    if not verdict.allowed:
        return verdict
    yes = history[found.position] if found.position is not None and verdict.reason == "given" else None
    starts = {"customer": question.customer_at, "enquiry": question.enquired_at, "consent": yes and yes.event_time}
    ends = [after(utc(parse(start)), period) for what, period in verdict.ages if (start := starts[what])]
    ends += [end for end in (verdict.valid_until, yes and yes.valid_until) if end]
    return verdict._replace(valid_until=min(ends, default=None))
