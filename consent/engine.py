"""The one rule engine: what does the law make of what the person wants?

Whatever nobody allowed is denied, and of several jurisdictions, rules and lists the strictest decides. What the clock
has to say where the person is comes after it: `consent.timing`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from consent import hours
from consent.periods import after, length, shorter
from consent.policy import AUDIENCES, HOUSE, Mode, Pack, Packs, Periods, Registry, Rule
from consent.standing import BLOCKS, LET_GO, RESTRICTED, STRENGTH, Standing
from consent.timing import together
from consent.verdict import UNREVIEWED, Verdict, deny, gravity
from leads.clock import parse, utc

SAID_NO, DEFAULT_DENY, NO_PACK, PROMISE = "person-said-no", "default-deny", "none", "promise-at-consent"
# GDPR 7(3) and 21(3): a no is free, at any time, and final until the person says otherwise.
SAID_NO_STATUTE = "GDPR Art. 7(3), 21(3)"
# Whoever was let go of is nobody's contact until they turn to us; whoever waits for erasure is only stored.
FINAL = {LET_GO: ("kept-long-enough", "GDPR Art. 5(1)(e)"), RESTRICTED: ("waits-for-erasure", "GDPR Art. 18(2)")}
PROMISE_STATUTE = "GDPR Art. 4(11), 7(1)"
STRICTNESS: tuple[Mode, ...] = ("prohibited", "opt_in", "presumed", "opt_out", "limits")


class Case(NamedTuple):
    """What is asked, with nothing left in it that tells one person from another.

    `jurisdictions`: every ISO country whose law may apply. `customer`, `enquiry`: of each period a relation is asked
    about whether it is over (`1`), None where there is no such relation. `listed`: the registries that hold the contact
    point. `recent`: how often the person was contacted on the channel, within each period of a frequency.
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
    periods: Periods
    snapshots: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def days(self) -> dict[str, str]:
        """jurisdiction -> the date there."""
        moment = parse(self.at)
        return {name: moment.astimezone(pack.zone).date().isoformat() for name, pack in self.packs.items()}

    def rules(self, pack: Pack, channel: str, purpose: str, audience: str) -> tuple[Rule, ...]:
        """The rules of a pack that speak of such a contact and are in force, the strictest first."""
        key = (pack.jurisdiction, channel, purpose, audience)
        if key not in self._spoken:
            day = self.days[pack.jurisdiction]
            found = [r for r in pack.rules if r.speaks_of(channel, purpose, audience) and r.effective(day)]
            self._spoken[key] = tuple(sorted(found, key=lambda rule: STRICTNESS.index(rule.mode)))
        return self._spoken[key]

    def changes(self, pack: Pack, channel: str, purpose: str, audience: str) -> str | None:
        """The moment (UTC) at which the rules of a pack for such a contact change next."""
        key = (pack.jurisdiction, channel, purpose, audience)
        if key not in self._changes:
            spoken = [rule for rule in pack.rules if rule.speaks_of(channel, purpose, audience)]
            days = [day for rule in spoken for day in _first_days(rule) if day > self.days[pack.jurisdiction]]
            next_ = datetime.fromisoformat(min(days)).replace(tzinfo=pack.zone) if days else None
            self._changes[key] = utc(next_) if next_ else None
        return self._changes[key]

    @cached_property
    def _changes(self) -> dict[tuple[str, str, str, str], str | None]:
        return {}

    @cached_property
    def _spoken(self) -> dict[tuple[str, str, str, str], tuple[Rule, ...]]:
        return {}

    def consent_is_old(self, ages: str, period: str) -> bool:
        """Do the `ages` of a yes say that the period is over?"""
        return ages[self.periods.consent.index(period)] == "1"

    def relation_is_old(self, ages: str, period: str) -> bool:
        """Do the `ages` of an order or enquiry say that the period is over?"""
        return ages[self.periods.relation.index(period)] == "1"

    def count(self, recent: tuple[int, ...], frequency: str) -> tuple[int, bool]:
        """How many contacts were made within the period of `4/P30D`, and whether that is all there may be."""
        most, _, period = frequency.partition("/")
        made = recent[self.periods.contact.index(period)] if recent else 0
        return made, made >= int(most)


class _Asked(NamedTuple):
    """A question on its way through the rules, which are those that concern it, by jurisdiction.

    `doubt`: what keeps the person's yes from counting, and the rule.
    """

    case: Case
    standing: Standing
    law: Law
    rules: Mapping[str, Sequence[Rule]] = MappingProxyType({})
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
    if standing.state in (*BLOCKS, LET_GO):
        verdict = deny(standing.state, *FINAL.get(standing.state, (SAID_NO, SAID_NO_STATUTE)), UNREVIEWED)
    elif case.audience not in AUDIENCES:
        verdict = deny("unknown_audience", DEFAULT_DENY, "", UNREVIEWED)
    else:
        verdict = _weighed(_Asked(case, standing, law), names, packs)
    return verdict._replace(pack="|".join(pack.name for pack in packs) or NO_PACK)


def _weighed(asked: _Asked, names: Sequence[str], packs: Sequence[Pack]) -> Verdict:
    """The strictest opinion; an allow with all that limits it."""
    case = asked.case
    spoken = {p.jurisdiction: asked.law.rules(p, case.channel, case.purpose, case.audience) for p in packs}
    concerning = {name: [rule for rule in rules if _concerns(rule, asked)] for name, rules in spoken.items()}
    limits = [rule for rules in concerning.values() for rule in rules if rule.mode == "limits"]
    doubt = next(((why, rule) for rule in limits if (why := _doubt(rule, asked))), None)
    asked = asked._replace(rules=concerning, doubt=doubt)
    opinions = [one for name in names for one in _of_country(asked, name)]
    if HOUSE in asked.law.packs:
        opinions += _of_pack(asked, asked.law.packs[HOUSE], HOUSE.lower())
    opinions += _promise(asked)
    verdict = min((one.verdict for one in opinions), key=gravity)
    if verdict.review != UNREVIEWED and any(one.verdict.review == UNREVIEWED for one in opinions):
        verdict = verdict._replace(review=UNREVIEWED)
    return (
        _limited(verdict, asked, packs, [one.rule for one in opinions if one.rule]) if verdict.allowed else verdict
    )


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
        if known is not None and not (rule.within and asked.law.relation_is_old(known, rule.within)):
            return name
    return None


def _doubt(rule: Rule, asked: _Asked) -> str:
    """Why a yes does not count under this rule; empty where it does, or there is none."""
    standing = asked.standing
    if standing.state != "given":
        return ""
    if rule.consent_age and asked.law.consent_is_old(standing.ages, rule.consent_age):
        return "consent_old"
    return "weak_proof" if STRENGTH[standing.proof] < STRENGTH[rule.proof] else ""


def _of_country(asked: _Asked, name: str) -> list[_Opinion]:
    """What each rule of one jurisdiction says, the strictest first; one denial where none speaks."""
    pack = asked.law.packs.get(name)
    if pack is None or name == HOUSE:
        return [_Opinion(deny("unknown_country", DEFAULT_DENY, "", UNREVIEWED, country=name or "?"))]
    found = _of_pack(asked, pack, name)
    if not any(one.rule and one.rule.mode != "limits" for one in found):
        found.append(_Opinion(deny("no_rule", DEFAULT_DENY, "", pack.review, country=name)))
    return found


def _of_pack(asked: _Asked, pack: Pack, name: str) -> list[_Opinion]:
    """What the rules say; where one denies and an exception to it does not, the exception."""
    found = []
    rules = asked.rules[pack.jurisdiction]
    for rule in rules:
        if rule.excepts:
            continue
        said, chosen = _opinion(rule, asked, pack.review_of(rule), name), rule
        if said and not said.allowed:
            for other in (one for one in rules if rule.id in one.excepts):
                instead = _opinion(other, asked, pack.review_of(other), name)
                if instead and instead.allowed:
                    said, chosen = instead, other
                    break
        if said:
            found.append(_Opinion(said, chosen))
    return found


def _opinion(rule: Rule, asked: _Asked, review: str, country: str) -> Verdict | None:
    """What one rule makes of the case; None where it only limits, and its limits are kept."""
    own = _doubt(rule, asked)
    doubt = (own, rule) if own else asked.doubt
    agreed = asked.standing.state == "given" and not doubt
    if rule.mode == "prohibited":
        return deny("prohibited", rule.id, rule.statute, review, country=country)
    if rule.mode in ("opt_in", "presumed") and not agreed:
        blamed = doubt[1] if doubt else rule
        why = doubt[0] if doubt else asked.standing.state
        return deny(why, blamed.id, blamed.statute, review, country=country)
    against, told = _against(rule, asked, agreed=agreed)
    if against:
        return deny(against, rule.id, rule.statute, review, country=country, **told)
    if rule.mode == "limits":
        return None
    reason = "given" if agreed else (_relation(rule, asked) or "published") if rule.excepts else "opt_out"
    return Verdict("allow", rule.id, "", rule.statute, review, reason=reason, parameters={"country": country})


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
    denied = deny("promised_less", PROMISE, PROMISE_STATUTE, UNREVIEWED, **_often(made, promise))
    return [_Opinion(denied)] if full else []


def _often(made: int, frequency: str) -> dict[str, str]:
    months, days = length(frequency.partition("/")[2])
    return {"count": str(made), "days": str(round(months * 30.4) + days)}


def _limited(verdict: Verdict, asked: _Asked, packs: Sequence[Pack], chosen: Sequence[Rule]) -> Verdict:
    """An allow with its conditions, hours and end."""
    spoken = [rule for rules in asked.rules.values() for rule in rules]
    rules = [rule for rule in spoken if not rule.excepts or any(rule is one for one in chosen)]
    agreed = asked.standing.state == "given" and asked.doubt is None
    timing = tuple(rule for rule in rules if rule.week and not (rule.hours_waived and agreed))
    ages: dict[str, str] = {}
    for rule in rules:
        what = "consent" if agreed else (_relation(rule, asked) or "")
        period = rule.consent_age if agreed else rule.within
        if what and period:
            ages[what] = shorter(ages.get(what, period), period)
    conditions = tuple(sorted({condition for rule in rules for condition in rule.conditions}))
    return verdict._replace(
        parameters={**verdict.parameters, "conditions": "|".join(conditions)},
        conditions=conditions,
        timing=timing,
        hours=hours.written(together(timing)) if timing else "",
        valid_until=min(_ends(asked, packs, rules, agreed), default=None),
        ages=tuple(sorted(ages.items())),
    )


def _ends(asked: _Asked, packs: Sequence[Pack], rules: Sequence[Rule], agreed: bool) -> Iterator[str]:
    """The moments at which the law, a registry's copy or our own patience ends."""
    case, law = asked.case, asked.law
    for pack in packs:
        if pack.ask_again:
            yield after(law.at, pack.ask_again)
        if change := law.changes(pack, case.channel, case.purpose, case.audience):
            yield change
    for registry in (one for rule in rules for one in rule.registries if not agreed or one.beats_consent):
        if registry.max_age and registry.required and registry.name in law.snapshots:
            yield after(law.snapshots[registry.name], registry.max_age)


def _first_days(rule: Rule) -> Iterator[str]:
    """The first days on which the rule holds, and holds no longer."""
    if rule.effective_from:
        yield rule.effective_from
    if rule.effective_to:
        yield (date.fromisoformat(rule.effective_to) + timedelta(days=1)).isoformat()
