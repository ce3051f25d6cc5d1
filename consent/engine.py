"""The one rule engine: what does the law make of what the person wants?

`permit` reads the policy packs, `timed` the clock where the person is. Whatever nobody allowed is denied, and of
several jurisdictions, rules and lists the strictest decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from consent import hours
from consent.periods import after, length, shorter
from consent.policy import AUDIENCES, HOUSE, Mode, Pack, Packs, Registry, Rule
from consent.standing import BLOCKS, STRENGTH, Standing
from leads.clock import parse, utc

UNREVIEWED = "not confirmed by counsel"
SAID_NO, DEFAULT_DENY, NO_PACK, PROMISE = "person-said-no", "default-deny", "none", "promise-at-consent"
# GDPR 7(3) and 21(3): a no is free, at any time, and final until the person says otherwise.
SAID_NO_STATUTE = "GDPR Art. 7(3), 21(3)"
PROMISE_STATUTE = "GDPR Art. 4(11), 7(1)"
# Which of several denials is reported: the one that a salesperson can do least about.
GRAVITY = (
    "prohibited", "unknown_audience", "unknown_country", "no_rule", "refused_elsewhere", "registry_listed",
    "registry_unchecked", "registry_stale",
)  # fmt: skip
LIGHT = ("consent_old", "weak_proof", "too_often", "promised_less")
STRICTNESS: tuple[Mode, ...] = ("prohibited", "opt_in", "presumed", "opt_out", "limits")
MENDS = {
    "refused": "wait_for_them",
    "withdrawn": "wait_for_them",
    "objected": "wait_for_them",
    "erased": "wait_for_them",
    "refused_elsewhere": "wait_for_them",
    "claim_only": "notice_and_ask",
    "no_consent": "ask_when_they_come",
    "expired": "renew",
    "consent_old": "renew",
    "weak_proof": "ask_in_writing",
    "invalidated": "ask_when_they_come",
    "registry_listed": "ask_when_they_come",
    "registry_unchecked": "check_registry",
    "registry_stale": "check_registry",
    "too_often": "wait_awhile",
    "promised_less": "wait_awhile",
    "outside_hours": "wait_for_hours",
    "no_common_hour": "state_address",
    "prohibited": "other_channel",
    "unknown_country": "privacy_officer",
    "no_rule": "privacy_officer",
    "unknown_audience": "state_audience",
}


class Case(NamedTuple):
    """What is asked, with nothing left in it that tells one person from another.

    `jurisdictions`: every ISO country whose law may apply. `customer`, `enquiry`: the age of that relation as
    `Act.ages` writes it, None where there is none. `listed`: the registries that hold the contact point. `recent`: how
    often the person was contacted on the channel, within each period of the law.
    """

    channel: str
    purpose: str
    jurisdictions: tuple[str, ...]
    audience: str
    sources: tuple[str, ...] = ()
    region: str | None = None
    customer: str | None = None
    enquiry: str | None = None
    listed: tuple[str, ...] = ()
    recent: tuple[int, ...] = ()


@dataclass(frozen=True)
class Law:
    """The law as it stands at a moment (UTC): packs, the periods they ask about, and the copy of each registry."""

    packs: Packs
    at: str
    periods: tuple[str, ...]
    snapshots: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def days(self) -> dict[str, str]:
        """jurisdiction -> the date there."""
        moment = parse(self.at)
        return {name: moment.astimezone(pack.zone).date().isoformat() for name, pack in self.packs.items()}

    def old(self, ages: str, period: str) -> bool:
        """Do these `ages` say that the period is over?"""
        return ages[self.periods.index(period)] == "1"

    def count(self, recent: tuple[int, ...], frequency: str) -> tuple[int, bool]:
        """How many contacts were made within the period of `4/P30D`, and whether that is all there may be."""
        most, _, period = frequency.partition("/")
        made = recent[self.periods.index(period)] if recent else 0
        return made, made >= int(most)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, with everything needed to explain it and to repeat it later.

    An allow holds until `valid_until` (UTC, exclusive), within `hours` (local) in all of the time zones `zones`.
    """

    verdict: str
    rule: str
    pack: str
    statute: str
    review: str
    reason: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    evidence: str | None = None
    mend: str | None = None
    conditions: tuple[str, ...] = ()
    valid_until: str | None = None
    hours: str = ""
    zones: tuple[str, ...] = ()
    timing: tuple[Rule, ...] = ()
    ages: tuple[tuple[str, str], ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the contact may be made."""
        return self.verdict == "allow"


class _Asked(NamedTuple):
    """A question on its way through the rules; `doubt`: what keeps the person's yes from counting, and the rule."""

    case: Case
    standing: Standing
    law: Law
    doubt: tuple[str, Rule] | None = None


class _Opinion(NamedTuple):
    verdict: Verdict
    rule: Rule | None = None


def permit(case: Case, standing: Standing, law: Law) -> Verdict:
    """The verdict on a standing, without evidence and clock: the least permissive over all jurisdictions and rules.

    Every pack that took part is named in `pack`. Of `valid_until` the part that is the same for everybody is there;
    `ages` names the rest: how long after the consent, or the last order or enquiry, the permission ends.
    """
    names = sorted(set(case.jurisdictions)) or [""]
    packs = [law.packs[name] for name in (*names, HOUSE) if name in law.packs]
    if standing.state in BLOCKS:
        verdict = _deny(standing.state, SAID_NO, SAID_NO_STATUTE, UNREVIEWED)
    elif case.audience not in AUDIENCES:
        verdict = _deny("unknown_audience", DEFAULT_DENY, "", UNREVIEWED)
    else:
        verdict = _weighed(_Asked(case, standing, law), names, packs)
    return replace(verdict, pack="|".join(pack.name for pack in packs) or NO_PACK)


def _weighed(asked: _Asked, names: Sequence[str], packs: Sequence[Pack]) -> Verdict:
    """The strictest opinion; an allow with all that limits it."""
    rules = [rule for pack in packs for rule in _rules(asked, pack)]
    doubts = [(why, rule) for rule in rules if rule.mode == "limits" and (why := _doubt(rule, asked))]
    asked = asked._replace(doubt=doubts[0] if doubts else None)
    opinions = [one for name in names for one in _of_country(asked, name)]
    if HOUSE in asked.law.packs:
        opinions += _of_pack(asked, asked.law.packs[HOUSE], asked.law.packs[HOUSE].jurisdiction.lower())
    opinions += _promise(asked)
    verdict = min((one.verdict for one in opinions), key=_gravity)
    if any(one.verdict.review == UNREVIEWED for one in opinions):
        verdict = replace(verdict, review=UNREVIEWED)
    return (
        _limited(verdict, asked, packs, [one.rule for one in opinions if one.rule]) if verdict.allowed else verdict
    )


def _rules(asked: _Asked, pack: Pack) -> list[Rule]:
    """The rules of a pack that are in force and concern the case."""
    case, day = asked.case, asked.law.days[pack.jurisdiction]
    return [
        rule for rule in pack.rules
        if rule.speaks_of(case.channel, case.purpose, case.audience) and rule.effective(day) and _concerns(rule, asked)
    ]  # fmt: skip


def _concerns(rule: Rule, asked: _Asked) -> bool:
    case = asked.case
    if rule.regions and case.region and case.region not in rule.regions:
        return False
    if not rule.excepts:
        return not rule.sources or not set(rule.sources).isdisjoint(case.sources)
    if rule.sources and not (case.sources and set(case.sources) <= set(rule.sources)):
        return False
    return not rule.relations or _relation(rule, asked) is not None


def _relation(rule: Rule, asked: _Asked) -> str | None:
    """The relation for which an exception holds; None where there is none, or it is too long ago."""
    ages = {"customer": asked.case.customer, "enquiry": asked.case.enquiry}
    for name in rule.relations:
        known = ages[name]
        if known is not None and not (rule.within and asked.law.old(known, rule.within)):
            return name
    return None


def _doubt(rule: Rule, asked: _Asked) -> str:
    """Why a yes does not count under this rule; empty where it does, or there is none."""
    standing = asked.standing
    if standing.state != "given":
        return ""
    if rule.consent_age and asked.law.old(standing.ages, rule.consent_age):
        return "consent_old"
    return "weak_proof" if STRENGTH[standing.proof] < STRENGTH[rule.proof] else ""


def _of_country(asked: _Asked, name: str) -> Iterator[_Opinion]:
    """What each rule of one jurisdiction says, the strictest first; one denial where none speaks."""
    pack = asked.law.packs.get(name)
    if pack is None or name == HOUSE:
        yield _Opinion(
            replace(_deny("unknown_country", DEFAULT_DENY, "", UNREVIEWED), parameters={"country": name or "?"})
        )
        return
    found = list(_of_pack(asked, pack, name))
    yield from found
    if not any(one.rule and one.rule.mode != "limits" for one in found):
        yield _Opinion(replace(_deny("no_rule", DEFAULT_DENY, "", pack.review), parameters={"country": name}))


def _of_pack(asked: _Asked, pack: Pack, name: str) -> Iterator[_Opinion]:
    rules = sorted(_rules(asked, pack), key=lambda rule: STRICTNESS.index(rule.mode))
    for rule in rules:
        if rule.excepts:
            continue
        choices = [rule, *(other for other in rules if rule.id in other.excepts)]
        opinions = [(one, _opinion(one, asked, pack.review_of(one))) for one in choices]
        chosen = next(((one, said) for one, said in opinions if said is None or said.allowed), opinions[0])
        if chosen[1] is not None:
            yield _Opinion(replace(chosen[1], parameters={"country": name, **chosen[1].parameters}), chosen[0])


def _opinion(rule: Rule, asked: _Asked, review: str) -> Verdict | None:
    """What one rule makes of the case; None where it only limits, and its limits are kept."""
    doubt = (_doubt(rule, asked), rule) if _doubt(rule, asked) else asked.doubt
    agreed = asked.standing.state == "given" and not doubt
    if rule.mode == "prohibited":
        return _deny("prohibited", rule.id, rule.statute, review)
    if rule.mode in ("opt_in", "presumed") and not agreed:
        blamed = doubt[1] if doubt else rule
        return _deny(doubt[0] if doubt else asked.standing.state, blamed.id, blamed.statute, review)
    against, told = _against(rule, asked, agreed=agreed)
    if against:
        return replace(_deny(against, rule.id, rule.statute, review), parameters=told)
    if rule.mode == "limits":
        return None
    reason = "given" if agreed else (_relation(rule, asked) or "published") if rule.excepts else "opt_out"
    return Verdict("allow", rule.id, "", rule.statute, review, reason=reason)


def _against(rule: Rule, asked: _Asked, *, agreed: bool) -> tuple[str, dict[str, str]]:
    """What speaks against a contact that the person's own yes or silence permits; empty where nothing does."""
    if rule.no_reaches_all and asked.standing.no_elsewhere:
        return "refused_elsewhere", {}
    for registry in rule.registries:
        if (not agreed or registry.beats_consent) and (why := _registry(registry, asked)):
            return why, {"registry": registry.title}
    made, full = asked.law.count(asked.case.recent, rule.cap) if rule.cap else (0, False)
    return ("too_often", _often(made, rule.cap)) if rule.cap and full else ("", {})


def _registry(registry: Registry, asked: _Asked) -> str:
    """What a registry says against the contact; empty where it has nothing."""
    copied = asked.law.snapshots.get(registry.name)
    if copied is None:
        return "registry_unchecked" if registry.required else ""
    if registry.required and registry.max_age and after(copied, registry.max_age) <= asked.law.at:
        return "registry_stale"
    return "registry_listed" if registry.name in asked.case.listed else ""


def _promise(asked: _Asked) -> list[_Opinion]:
    """We said at consent how often we would come: more is beyond what was agreed to."""
    promise = asked.standing.promise
    if asked.standing.state != "given" or not promise:
        return []
    made, full = asked.law.count(asked.case.recent, promise)
    denied = _deny("promised_less", PROMISE, PROMISE_STATUTE, UNREVIEWED)
    return [_Opinion(replace(denied, parameters=_often(made, promise)))] if full else []


def _often(made: int, frequency: str) -> dict[str, str]:
    months, days = length(frequency.partition("/")[2])
    return {"count": str(made), "days": str(round(months * 30.4) + days)}


def _limited(verdict: Verdict, asked: _Asked, packs: Sequence[Pack], chosen: Sequence[Rule]) -> Verdict:
    """An allow with its conditions, hours and end."""
    rules = [rule for pack in packs for rule in _rules(asked, pack) if not rule.excepts or rule in chosen]
    agreed = asked.standing.state == "given" and asked.doubt is None
    timing = tuple(rule for rule in rules if rule.week and not (rule.hours_waived and agreed))
    ages: dict[str, str] = {}
    for rule in rules:
        what = "consent" if agreed else (_relation(rule, asked) or "")
        period = rule.consent_age if agreed else rule.within
        if what and period:
            ages[what] = shorter(ages.get(what, period), period)
    conditions = tuple(sorted({condition for rule in rules for condition in rule.conditions}))
    return replace(
        verdict,
        parameters={**verdict.parameters, "conditions": "|".join(conditions)},
        conditions=conditions,
        timing=timing,
        hours=hours.written(hours.common(rule.week for rule in timing if rule.week)) if timing else "",
        valid_until=min(_ends(asked, packs, rules, agreed), default=None),
        ages=tuple(sorted(ages.items())),
    )


def _ends(asked: _Asked, packs: Sequence[Pack], rules: Sequence[Rule], agreed: bool) -> Iterator[str]:
    """The moments at which the law, a registry's copy or our own patience ends."""
    case, law = asked.case, asked.law
    for pack in packs:
        if pack.ask_again:
            yield after(law.at, pack.ask_again)
        day = law.days[pack.jurisdiction]
        for rule in pack.rules:
            if rule.speaks_of(case.channel, case.purpose, case.audience):
                yield from (_midnight(change, pack) for change in _changes(rule) if change > day)
    for registry in (one for rule in rules for one in rule.registries if not agreed or one.beats_consent):
        if registry.max_age and registry.required and registry.name in law.snapshots:
            yield after(law.snapshots[registry.name], registry.max_age)


def _changes(rule: Rule) -> Iterator[str]:
    """The first days on which the rule holds, and holds no longer."""
    if rule.effective_from:
        yield rule.effective_from
    if rule.effective_to:
        yield (date.fromisoformat(rule.effective_to) + timedelta(days=1)).isoformat()


def _midnight(day: str, pack: Pack) -> str:
    return utc(datetime.fromisoformat(day).replace(tzinfo=pack.zone))


def timed(verdict: Verdict, zones: tuple[str, ...], at: str, *, enforce: bool = True) -> Verdict:
    """The verdict where the person is: an allow is denied outside its hours, or (`enforce` off) only says them.

    Where no moment of the week is open in every zone the person may be in, the answer is no in both cases.
    """
    if not verdict.allowed or not verdict.timing:
        return verdict
    first = hours.opens(hours.common(rule.week for rule in verdict.timing if rule.week), zones, at)
    if first == at or (first and not enforce):
        return replace(verdict, zones=zones)
    blamed = next(
        (r for r in verdict.timing if r.week and not hours.is_open(r.week, zones, at)), verdict.timing[0]
    )
    reason = "outside_hours" if first else "no_common_hour"
    denied = _deny(reason, blamed.id, blamed.statute, verdict.review)
    told = {**verdict.parameters, "hours": verdict.hours, "zones": str(len(zones)), "opens": _local(first, zones)}
    return replace(denied, pack=verdict.pack, parameters=told, hours=verdict.hours, zones=zones)


def _local(moment: str | None, zones: Sequence[str]) -> str:
    """`2026-11-23 10:00 (Europe/Paris)`: where the person may be in several zones, in the first of them."""
    if moment is None:
        return ""
    return f"{parse(moment).astimezone(ZoneInfo(zones[0])):%Y-%m-%d %H:%M} ({zones[0]})"


def _deny(reason: str, rule: str, statute: str, review: str) -> Verdict:
    return Verdict("deny", rule, "", statute, review, reason=reason, mend=MENDS[reason])


def _gravity(verdict: Verdict) -> int:
    """Denials before allows, and among denials the gravest first; equal ones stay in order."""
    if verdict.allowed:
        return len(GRAVITY) + 2 + (verdict.reason != "given")
    if verdict.reason in LIGHT:
        return len(GRAVITY) + 1
    return GRAVITY.index(verdict.reason) if verdict.reason in GRAVITY else len(GRAVITY)
