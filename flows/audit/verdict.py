"""Buy, bargain, or leave it: the verdict on a base, with every reason for it, by the limits in `data/audit.toml`."""

from typing import Any

from flows.audit.figures import share
from flows.audit.tables import table
from leads.source import Source

LEAST = 3  # of anything, to be more than chance
VERDICTS = ("buy", "bargain", "do_not_buy")


def price(figures: dict[str, Any], source: Source) -> dict[str, Any] | None:
    """`paid` for the base, and that `per_usable` lead and `per_new` contact; `fair`: what the new ones would cost at
    the price that was asked for every record. Amounts in `currency`; None where no price is known."""
    if source.price is None:
        return None
    records, new = figures["rows"]["records"], figures["people"]["new"]
    usable = figures["people"]["usable"]
    paid = source.price.amount * (records if source.price.per == "row" else 1)
    return {
        "paid": round(paid, 2),
        "currency": source.price.currency,
        "per": source.price.per,
        "per_usable": round(paid / usable, 2) if usable else None,
        "per_new": round(paid / new, 2) if new else None,
        "fair": round(paid * new / records, 2) if records else 0.0,
    }


def judge(figures: dict[str, Any], source: Source) -> dict[str, Any]:
    """`verdict` (one of VERDICTS) and its `reasons`: `key`, `gravity` (a verdict), `share` and `count`, gravest first.

    A base without one grave reason is to be bought; of those that speak for it, the two main ones are named.
    """
    measured = _measured(figures)
    limits = table("audit")["limits"]
    reasons: list[dict[str, Any]] = [
        {"key": key, "gravity": gravity, "share": part, "count": count}
        for key, (part, count) in measured.items()
        if (gravity := _gravity(part, count, limits[key]))
    ]
    reasons += _of_consent(figures, source)
    reasons.sort(key=lambda reason: (-VERDICTS.index(reason["gravity"]), -reason["share"]))
    verdict = reasons[0]["gravity"] if reasons else "buy"
    people = figures["people"]
    good = {"new": people["new"], "readable": figures["rows"]["readable"]} if verdict == "buy" else {}
    whole = figures["rows"]["records"]
    reasons += [{"key": k, "gravity": "buy", "share": share(n, whole), "count": n} for k, n in good.items()]
    return {"verdict": verdict, "reasons": reasons}


def _measured(figures: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """What has a limit: its share, and how many there are."""
    records, people, fates = figures["rows"]["records"], figures["people"], figures["fates"]
    emails, phones, consent = figures["emails"], figures["phones"], figures["consent"]
    unknown = sum(answer["leads"] for answer in consent["answers"] if answer["becomes"] == "unknown")
    counts = {
        "unusable": (fates["quarantined"], records),
        "known": (people["known"], records),
        "inside": (people["inside"], records),
        "suppressed": (people["suppressed"], records),
        "refused": (consent["refused"], records),
        "not_understood": (unknown, consent["answered"]),
        "disposable": (emails["disposable"], emails["stated"]),
        "misspelt": (emails["misspelt"], emails["stated"]),
        "repaired": (phones["repaired"], phones["stated"]),
    }
    measured = {key: (share(n, whole), n) for key, (n, whole) in counts.items()}
    if not records:
        measured["unusable"] = (1.0, 0)
    return measured | {p["pattern"]: (p["share"], p["found"]) for p in figures["patterns"]}


def _gravity(part: float, count: int, limit: dict[str, float]) -> str | None:
    """What a share of so much means; at the limit itself, or with too few to tell, it is nothing yet."""
    if count < limit.get("least", LEAST):
        return None
    if part > limit["do_not_buy"]:
        return "do_not_buy"
    return "bargain" if part > limit["bargain"] else None


def _of_consent(figures: dict[str, Any], source: Source) -> list[dict[str, Any]]:
    """A base that cannot show who agreed to what and when is no base to call private persons from."""
    consent = figures["consent"]
    proven = share(consent["proven"], consent["leads"])
    if proven >= table("audit")["limits"]["proven"]["enough"]:
        return []
    gravity = "do_not_buy" if source.audience == "consumer" else "bargain"
    return [{"key": "unproven", "gravity": gravity, "share": round(1 - proven, 4),
             "count": consent["leads"] - consent["proven"]}]  # fmt: skip
