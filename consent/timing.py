"""What the clock says to a permission: the hours of the rules, where the person is."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from consent import hours
from consent.policy import Rule
from consent.verdict import Verdict, deny
from leads.clock import parse


def together(rules: Sequence[Rule]) -> hours.Week:
    """The hours that all of these rules leave open."""
    return hours.common(tuple(rule.week for rule in rules if rule.week))


def timed(verdict: Verdict, zones: tuple[str, ...], at: str, *, enforce: bool = True) -> Verdict:
    """The verdict where the person is: an allow is denied outside its hours, or (`enforce` off) only says them.

    Where no moment of the week is open in every zone the person may be in, the answer is no in both cases.
    """
    if not verdict.allowed or not verdict.timing:
        return verdict
    first = hours.opens(together(verdict.timing), zones, at)
    if first == at or (first and not enforce):
        return verdict._replace(zones=zones)
    blamed = next(
        (r for r in verdict.timing if r.week and not hours.is_open(r.week, zones, at)), verdict.timing[0]
    )
    reason = "outside_hours" if first else "no_common_hour"
    denied = deny(reason, blamed.id, blamed.statute, verdict.review)
    told = {**verdict.parameters, "hours": verdict.hours, "zones": str(len(zones)), "opens": _local(first, zones)}
    return denied._replace(pack=verdict.pack, parameters=told, hours=verdict.hours, zones=zones)


def _local(moment: str | None, zones: Sequence[str]) -> str:
    """`2026-11-23 10:00 (Europe/Paris)`: where the person may be in several zones, in the first of them."""
    if moment is None:
        return ""
    return f"{parse(moment).astimezone(ZoneInfo(zones[0])):%Y-%m-%d %H:%M} ({zones[0]})"
