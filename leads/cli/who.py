"""Match decisions in words."""

from typing import Any

THINGS = {"email": "e-mail"}
VERDICTS = {"same": "is the same as", "different": "is not", "unsure": "may be"}
RULES = {
    "same record": "a newer version of the same record",
    "edit": "a correction of this contact",
    "merge": "joined by hand",
    "unmerge": "taken apart by hand",
    "split": "split by hand",
    "review": "kept apart in a review",
}


def because(rule: str, said: str | None = None) -> str:
    """Why a decision was made: a rule's name in words, and what the person said."""
    if rule.startswith("likeness"):
        # What each piece of evidence weighed, in bits: log2 of how much likelier it is of one person than of two.
        return f"alike by the model {rule.removeprefix('likeness ')}" + (f": {said}" if said else "")
    words = RULES.get(rule) or RULES.get(rule.rstrip("0123456789 ")) or _of_values(rule)
    return f"{words}: {said}" if said else words


def _of_values(rule: str) -> str:
    thing = next((end for end in (" and name", " and company", ", name not full", ", several names", ", contradicting")
                  if rule.endswith(end)), None)  # fmt: skip
    if thing is None:
        return rule
    value = rule.removesuffix(thing)
    value = THINGS.get(value, value)
    return {
        " and name": f"the same {value} and name",
        " and company": f"the same {value} and company",
        ", name not full": f"the same {value}, and one name is not full",
        ", several names": f"the same {value}, which several people have",
        ", contradicting": f"the same {value}, but two birthdays, genders or registrations",
    }[thing]


def state(decision: dict[str, Any]) -> str:
    """Whether a decision is in force, and since when it is not."""
    return f"not in force since {decision['revoked_at'][:16]}" if decision["revoked_at"] else "in force"
