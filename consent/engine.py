"""The one rule engine: what does the person want, and what does the law make of it?

`standing` reads the history of a contact point, `permit` the policy packs. Whatever nobody allowed is denied.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from consent.policy import Mode, Pack, Packs, Rule

ANY = "any"
GIVES = frozenset({"given", "renewed"})
BLOCKS = frozenset({"refused", "withdrawn", "objected", "erased"})
STOPS = BLOCKS | {"expired", "invalidated"}
# A consent is the act of the person, or of who decides for them; whoever else reports one only claims it.
OWN_ACTORS = frozenset({"subject", "guardian"})
AUDIENCES = frozenset({"consumer", "business"})

UNREVIEWED = "not confirmed by counsel"
SAID_NO, DEFAULT_DENY, NO_PACK = "person-said-no", "default-deny", "none"
# GDPR 7(3) and 21(3): a no is free, at any time, and final until the person says otherwise.
SAID_NO_STATUTE = "GDPR Art. 7(3), 21(3)"
# Which of several denials is reported: the one that a salesperson can do least about.
GRAVITY = ("prohibited", "unknown_audience", "unknown_country", "no_rule", "registry_unchecked")
STRICTNESS: tuple[Mode, ...] = ("prohibited", "opt_in", "presumed", "opt_out")
MENDS = {
    "refused": "wait_for_them",
    "withdrawn": "wait_for_them",
    "objected": "wait_for_them",
    "erased": "wait_for_them",
    "claim_only": "notice_and_ask",
    "no_consent": "ask_when_they_come",
    "expired": "renew",
    "invalidated": "ask_when_they_come",
    "registry_unchecked": "check_registry",
    "prohibited": "other_channel",
    "unknown_country": "privacy_officer",
    "no_rule": "privacy_officer",
    "unknown_audience": "state_audience",
}


@dataclass(frozen=True, slots=True)
class Question:
    """May a contact be made? `jurisdictions`: every ISO country whose law may apply; the strictest wins."""

    channel: str
    purpose: str
    jurisdictions: tuple[str, ...]
    audience: str


class Event(NamedTuple):
    """A consent event as far as the gate reads it (columns of the ledger)."""

    event_id: str
    kind: str
    channel: str
    purpose: str
    event_time: str
    actor: str
    valid_until: str | None = None
    source_kind: str = ""
    notice_version: str | None = None


class Act(NamedTuple):
    """An event with nothing left in it that tells one person from another: equal histories are judged once.

    `order` ranks the acts of one contact point by the time they were done.
    """

    kind: str
    channel: str
    purpose: str
    own: bool
    begun: bool
    over: bool
    order: int


class Standing(NamedTuple):
    """What the person wants, and the position in the history of the event that says so."""

    state: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, with everything needed to explain it and to repeat it later."""

    verdict: str
    rule: str
    pack: str
    statute: str
    review: str
    reason: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    evidence: str | None = None
    mend: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the contact may be made."""
        return self.verdict == "allow"


def standing(acts: Sequence[Act], channel: str, purpose: str) -> Standing:
    """What the ledger says the person wants of a channel and purpose.

    A no reaches every channel and purpose it names or leaves open (`any`); a yes only those it names, for
    consent is specific (GDPR 4(11)). A yes lifts a no only if it was both recorded and given after it: a form
    loaded late, or a clock that is wrong, cannot bring back who has withdrawn.
    """
    said = [
        (i, act) for i, act in enumerate(acts)
        if act.channel in (channel, ANY) and act.purpose in (purpose, ANY)
    ]  # fmt: skip
    stops = [(i, act) for i, act in said if act.kind in STOPS]
    last_stop = max((i for i, _ in stops), default=-1)
    stopped_at = max((act.order for _, act in stops), default=-1)
    gifts = [
        (i, act) for i, act in said
        if act.kind in GIVES and act.own and act.begun and (act.channel, act.purpose) == (channel, purpose)
    ]  # fmt: skip
    alive = [i for i, act in gifts if not act.over and i > last_stop and act.order > stopped_at]
    if alive:
        return Standing("given", alive[-1])
    for i, act in reversed(stops):
        if act.kind in BLOCKS:
            return Standing(act.kind, i)
    if stops:
        return Standing(stops[-1][1].kind, stops[-1][0])
    if gifts:
        return Standing("expired", gifts[-1][0])
    claims = [i for i, act in said if act.kind == "imported_claim" or (act.kind in GIVES and not act.own)]
    return Standing("claim_only", claims[-1]) if claims else Standing("no_consent")


def permit(question: Question, state: str, packs: Packs, day: str) -> Verdict:
    """The verdict on a standing, without its evidence: the least permissive over all jurisdictions and rules.

    Every pack that took part is named in `pack`. `day`: YYYY-MM-DD in UTC, for the rules' effective dates.
    """
    jurisdictions = sorted(set(question.jurisdictions)) or [""]
    known = [packs[jurisdiction] for jurisdiction in jurisdictions if jurisdiction in packs]
    if state in BLOCKS:
        verdict = _deny(state, SAID_NO, SAID_NO_STATUTE, UNREVIEWED)
    elif question.audience not in AUDIENCES:
        verdict = _deny("unknown_audience", DEFAULT_DENY, "", UNREVIEWED)
    else:
        opinions = [v for each in jurisdictions for v in _opinions(question, state, packs.get(each), each, day)]
        verdict = min(opinions, key=_gravity)
        if any(opinion.review == UNREVIEWED for opinion in opinions):
            verdict = replace(verdict, review=UNREVIEWED)
    return replace(verdict, pack="|".join(pack.name for pack in known) or NO_PACK)


def _opinions(question: Question, state: str, pack: Pack | None, jurisdiction: str, day: str) -> Iterator[Verdict]:
    """What each rule of one jurisdiction says, the strictest first; one denial where none speaks."""
    named = {"country": jurisdiction or "?"}
    if pack is None:
        yield replace(_deny("unknown_country", DEFAULT_DENY, "", UNREVIEWED), parameters=named)
        return
    rules = [r for r in pack.rules if r.covers(question.channel, question.purpose, question.audience, day)]
    for rule in sorted(rules, key=lambda rule: STRICTNESS.index(rule.mode)):
        told = {**named, "registry": ", ".join(rule.registries)}
        yield replace(_opinion(rule, state, pack.review_of(rule)), parameters=told)
    if not rules:
        yield replace(_deny("no_rule", DEFAULT_DENY, "", pack.review), parameters=named)


def _opinion(rule: Rule, state: str, review: str) -> Verdict:
    """What one rule makes of a standing."""
    if rule.mode == "prohibited":
        return _deny("prohibited", rule.id, rule.statute, review)
    if state == "given":
        return Verdict("allow", rule.id, "", rule.statute, review, reason="given")
    if rule.mode != "opt_out":
        return _deny(state, rule.id, rule.statute, review)
    if rule.registries:
        # No copy of any registry is kept yet; the policy on an outdated copy is to deny, so on none as well.
        return _deny("registry_unchecked", rule.id, rule.statute, review)
    return Verdict("allow", rule.id, "", rule.statute, review, reason="opt_out")


def _deny(reason: str, rule: str, statute: str, review: str) -> Verdict:
    return Verdict("deny", rule, "", statute, review, reason=reason, mend=MENDS[reason])


def _gravity(verdict: Verdict) -> int:
    """Denials before allows, and among denials the gravest first; equal ones stay in order."""
    if verdict.allowed:
        return len(GRAVITY) + 1 + (verdict.reason == "opt_out")
    return GRAVITY.index(verdict.reason) if verdict.reason in GRAVITY else len(GRAVITY)
