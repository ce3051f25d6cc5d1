"""The answer of the gate, the reasons it can have, and what would mend a denial (words: `consent/data/words.toml`)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from consent.policy import Rule

UNREVIEWED = "not confirmed by counsel"
# Which of several denials is reported: the one that a salesperson can do least about.
GRAVITY = (
    "prohibited", "unknown_audience", "unknown_country", "no_rule", "refused_elsewhere", "registry_listed",
    "registry_unchecked", "registry_stale",
)  # fmt: skip
LIGHT = ("consent_old", "weak_proof", "too_often", "promised_less")
MENDS = {
    "refused": "wait_for_them",
    "withdrawn": "wait_for_them",
    "objected": "wait_for_them",
    "erased": "wait_for_them",
    "let_go": "wait_for_them",
    "restricted": "wait_for_them",
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


class Verdict(NamedTuple):
    """The answer, with everything needed to explain it and to repeat it later.

    An allow holds until `valid_until` (UTC, exclusive), within `hours` (local) in all of the time zones `zones`.
    """

    verdict: str
    rule: str
    pack: str
    statute: str
    review: str
    reason: str
    parameters: Mapping[str, str] = MappingProxyType({})
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


def deny(reason: str, rule: str, statute: str, review: str, **told: str) -> Verdict:
    """A denial for a reason of MENDS; `told` fills the words."""
    return Verdict("deny", rule, "", statute, review, reason=reason, parameters=told, mend=MENDS[reason])


def gravity(verdict: Verdict) -> int:
    """Denials before allows, and among denials the gravest first; equal ones stay in order."""
    if verdict.allowed:
        return len(GRAVITY) + 2 + (verdict.reason != "given")
    if verdict.reason in LIGHT:
        return len(GRAVITY) + 1
    return GRAVITY.index(verdict.reason) if verdict.reason in GRAVITY else len(GRAVITY)
