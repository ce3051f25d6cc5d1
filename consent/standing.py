"""What does a person want of a channel and purpose? Read from the history of a contact point, and from nothing else."""

from collections.abc import Sequence
from typing import NamedTuple

ANY = "any"
GIVES = frozenset({"given", "renewed"})
# In no ledger, and over when it is: somebody behind the contact point waits for erasure (GDPR 18).
RESTRICTED = "restricted"
BLOCKS = frozenset({"refused", "withdrawn", "objected", "erased", RESTRICTED})
STOPS = BLOCKS | {"expired", "invalidated"}
# Where an erasure leaves who did not ask for it: their time with us was over.
LET_GO = "let_go"
# A consent is the act of the person, or of who decides for them; whoever else reports one only claims it.
OWN_ACTORS = frozenset({"subject", "guardian"})
# A no to the wider channel is one to the narrower, and not the other way round.
PART_OF = {"robocall": "call"}
# What an act left behind besides our own note of it; a method that is not here left nothing (spoken, imported).
PROOFS = {"double opt-in": "confirmed"} | dict.fromkeys(
    ("checkbox", "paper", "signature", "form", "reply", "one-click", "button"), "written"
)
SPOKEN = "any"
STRENGTH = {"any": 0, "written": 1, "confirmed": 2}


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
    method: str = ""
    source: str = ""


class Act(NamedTuple):
    """An event with nothing left in it that tells one person from another: equal histories are judged once.

    `order` ranks the acts of one contact point by the time they were done. `ages` says of each period of the law in
    turn whether the act is that old (`1`) or not (`0`). `proof` is what it left behind, `promise` how often we said we
    would come.
    """

    kind: str
    channel: str
    purpose: str
    own: bool
    begun: bool
    over: bool
    order: int
    proof: str = SPOKEN
    ages: str = ""
    promise: str = ""


class Standing(NamedTuple):
    """What the person wants, and the position in the history of the event that says so.

    `proof`, `ages` and `promise` are those of a yes. `no_elsewhere`: a no to another channel or purpose is in force.
    """

    state: str
    position: int | None = None
    proof: str = SPOKEN
    ages: str = ""
    promise: str = ""
    no_elsewhere: bool = False


def standings(acts: Sequence[Act], channel: str, purpose: str) -> list[Standing]:
    """What the ledger says the person wants of a channel and purpose: each yes in force, newest first, or one answer.

    A no reaches every channel and purpose it names or leaves open (`any`); a yes only those it names, for
    consent is specific (GDPR 4(11)). A yes lifts a no only if it was both recorded and given after it: a form
    loaded late, or a clock that is wrong, cannot bring back who has withdrawn.
    """
    wide = {channel, ANY, PART_OF.get(channel, ANY)}
    said = [(i, act) for i, act in enumerate(acts) if act.channel in wide and act.purpose in (purpose, ANY)]
    stops = [(i, act) for i, act in said if act.kind in STOPS]
    gifts = [
        (i, act) for i, act in said
        if act.kind in GIVES and act.own and act.begun and (act.channel, act.purpose) == (channel, purpose)
    ]  # fmt: skip
    elsewhere = [(i, act) for i, act in enumerate(acts) if act.kind in BLOCKS]
    alive = [(i, act) for i, act in reversed(gifts) if not act.over and _lifts(i, act, stops)]
    if alive:
        return [Standing("given", i, a.proof, a.ages, a.promise, not _lifts(i, a, elsewhere)) for i, a in alive]
    return [_without_a_yes(said, stops, gifts)._replace(no_elsewhere=bool(elsewhere))]


def _lifts(place: int, yes: Act, stops: Sequence[tuple[int, Act]]) -> bool:
    return all(place > i and yes.order > stop.order for i, stop in stops)


def _without_a_yes(
    said: Sequence[tuple[int, Act]], stops: Sequence[tuple[int, Act]], gifts: Sequence[tuple[int, Act]]
) -> Standing:
    for i, act in reversed(stops):
        if act.kind in BLOCKS:
            return Standing(LET_GO if act.kind == "erased" and not act.own else act.kind, i)
    if stops:
        return Standing(stops[-1][1].kind, stops[-1][0])
    if gifts:
        return Standing("expired", gifts[-1][0])
    claims = [i for i, act in said if act.kind == "imported_claim" or (act.kind in GIVES and not act.own)]
    return Standing("claim_only", claims[-1]) if claims else Standing("no_consent")
