"""Who is who, decided by a person: merge, unmerge, split, different; and taken back.

Each is a match decision that stays on record, and the contacts follow from it. What a person said is not one is not
joined again, by whatever comes later (`flows.cores`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from dedupe.deciding.conflicts import conflicts
from flows import settling
from flows.settling import Case, Edge
from leads import clock, schema
from leads.errors import LeadsError
from store import merging, queries, trail
from store.engine import Store, loading, writing


@dataclass(frozen=True)
class Said:
    """Who decided, and why; without a personal value."""

    by: str
    because: str | None = None


@dataclass(frozen=True)
class Done:
    """What a decision came to: the public ids of the contacts that it made or left, the older first, and when."""

    contacts: list[str]
    moment: str


def merge(store: Store, one: str, other: str, said: Said, *, anyway: bool = False) -> Done:
    """Two contacts (public ids) are one; the older one's id stays, the other's resolves to it.

    Raises LeadsError when they are one already, or when something speaks against it and nobody said `anyway`.
    """
    with loading(store), writing(store) as connection:
        if one == other:
            raise LeadsError("both are the same contact already", do="Nothing was changed")
        against = conflicts(trail.contact(connection, one), trail.contact(connection, other))
        if against and not anyway:
            raise LeadsError("these are hardly one", why="; ".join(against), do="Only --anyway joins them")
        case, moment = settling.opened(connection, (one, other)), clock.now()
        merging.revoke(connection, [d.id for d in case.parted], moment)
        pair = case.first(max(one, other)), case.first(min(one, other))
        _record(connection, case, "merge", [(*pair, "same")], said, moment)
        return Done(settling.settle(connection, case, [list(case.held)], moment), moment)


def different(store: Store, lead: str, other: str, said: Said) -> Done:
    """The contacts of two leads (public ids) are not one, and stay apart. Raises LeadsError when they are one now."""
    with loading(store), writing(store) as connection:
        one, two = (_holder(connection, asked) for asked in (lead, other))
        if one == two:
            raise LeadsError(
                "both are one contact by now", where=one, do="Take it apart: leads unmerge, leads split"
            )
        case, moment = settling.opened(connection, (one, two)), clock.now()
        _record(connection, case, "review", [(lead, other, "different")], said, moment)
        return Done(sorted((one, two)), moment)


def unmerge(store: Store, contact: str, taken_back: str | int, said: Said) -> Done:
    """Take a merge of `contact` back: the id of a contact that was merged into it, or the number of a match decision.

    The leads that were the other's go back under its id. Leads that came later go with the side that joined them, and
    stay where both did. Raises LeadsError when there is nothing to take back.
    """
    with loading(store), writing(store) as connection:
        case, moment = settling.opened(connection, [contact]), clock.now()
        ours, theirs, since = _sides(case, contact, taken_back)
        before = [d.edge for d in case.joined if d.decided_at < since]
        seeds = settling.parts(case.held, before, [(ours, theirs)])
        mine, others = (next({*group} for group in seeds if end in group) for end in (ours, theirs))
        later = [d.edge for d in case.joined if d.decided_at >= since]
        later.sort(key=lambda edge: 0 if mine.intersection(edge) else 1 if others.intersection(edge) else 2)
        groups = settling.parts(case.held, [*before, *later], [(ours, theirs)])
        left = next(group for group in groups if theirs in group)
        return _parted(connection, case, left, (theirs, ours), "unmerge", said, moment)


def split(store: Store, contact: str, leads: Iterable[str], said: Said) -> Done:
    """These leads of `contact` (public ids) become a contact of their own, under a new id.

    Raises LeadsError when they are not its leads, or all of them.
    """
    with loading(store), writing(store) as connection:
        case, moment = settling.opened(connection, [contact]), clock.now()
        asked = set(leads)
        named = [lead for lead in case.held if lead in asked]
        if missing := asked - set(named):
            raise LeadsError(f"{len(missing)} of them are no leads of this contact", where=f"contact {contact}",
                             do=f"`leads why {contact}` names its leads")  # fmt: skip
        rest = [lead for lead in case.held if lead not in asked]
        if not rest or not named:
            raise LeadsError("some of its leads have to stay, and some to go", where=f"contact {contact}")
        return _parted(connection, case, named, (named[0], rest[0]), "split", said, moment, new=True)


def undo(store: Store, moment: str) -> Done:
    """Take back what a person decided at `moment`: what it put out of force holds again, and the contacts follow.

    Raises LeadsError when no such decision is in force.
    """
    with loading(store), writing(store) as connection:
        about = queries.decided_about(connection, queries.decided_at(connection, moment))
        case, now = settling.opened(connection, about["contact"]), clock.now()
        gone = [d for d in case.within if d.by_hand and d.decided_at == moment and not d.revoked_at]
        if not gone:
            raise LeadsError("that decision is not in force any more", do="`leads why` shows what is")
        in_force = [d for d in case.within if d.revoked_at in (None, moment) and d not in gone]
        joins = [d for d in in_force if d.verdict == "same"]
        if any(d.verdict == "different" for d in gone):
            # What the rules found meanwhile, and could not join.
            joins += [d for d in case.within if d.verdict == "same" and not d.by_hand
                      and d.revoked_at not in (None, moment)]  # fmt: skip
        apart = [d for d in in_force if d.verdict == "different"]
        groups = settling.parts(case.held, [d.edge for d in joins], [d.edge for d in apart])
        place = {lead: no for no, group in enumerate(groups) for lead in group}
        holding, broken = (
            [d for d in joins if (place[d.lead] == place[d.other]) is holds] for holds in (True, False)
        )
        merging.revoke(connection, [d.id for d in (*gone, *broken) if not d.revoked_at], now)
        merging.reinstate(connection, [d.id for d in (*holding, *apart) if d.revoked_at])
        return Done(settling.settle(connection, case, groups, now), now)


def _parted(
    connection: Connection, case: Case, left: list[str], pair: Edge, rule: str, said: Said, moment: str,
    *, new: bool = False,
) -> Done:  # fmt: skip
    """Make the leads `left` a contact of their own; `pair`: one of them, and one that stays."""
    leaving = set(left)
    stay = [lead for lead in case.held if lead not in leaving]
    cut = [d.id for d in case.joined if (d.lead in leaving) != (d.other in leaving)]
    merging.revoke(connection, cut, moment)
    # What was joined through the others only stays together: a person took out what is named, and nothing else.
    sides = [settling.parts(side, _in(case, side)) for side in (stay, left)]
    bound = [(group[0], side[0][0], "same") for side in sides for group in side[1:]]
    _record(connection, case, rule, [(*pair, "different"), *bound], said, moment)
    ids = settling.settle(connection, case, [stay, left], moment, new=[left] if new else ())
    return Done(ids, moment)


def _in(case: Case, leads: list[str]) -> list[Edge]:
    inside = set(leads)
    return [d.edge for d in case.joined if d.lead in inside and d.other in inside]


def _sides(case: Case, contact: str, taken_back: str | int) -> tuple[str, str, str]:
    """A lead of each side, ours and theirs, and since when they are one."""
    if isinstance(taken_back, str):
        if case.aliases.get(taken_back) not in case.held:
            raise LeadsError("that id was not merged into this contact", where=f"contact {contact}",
                             do=f"`leads why {contact}` names those that were")  # fmt: skip
        return case.first(contact), case.aliases[taken_back], case.merged_at[taken_back]
    for decision in case.joined:
        if decision.id == taken_back:
            place = list(case.held)
            ours, theirs = sorted(decision.edge, key=place.index)
            return ours, theirs, decision.decided_at
    raise LeadsError(f"decision {taken_back} joins no leads of this contact", where=f"contact {contact}",
                     do=f"`leads unmerge {contact}` numbers those that do")  # fmt: skip


def _record(
    connection: Connection, case: Case, rule: str, said: list[tuple[str, str, str]], by: Said, moment: str
) -> None:
    """Write what a person said of pairs of leads (lead, other lead, verdict)."""
    rows = pd.DataFrame(said, columns=["lead_id", "other_lead_id", "verdict"], dtype=schema.TEXT)
    before = Counter((d.rule.partition(" ")[0], frozenset(d.edge)) for d in case.said)
    # Each saying is a decision of its own, also where a person said so of this pair before.
    again = [before[rule, frozenset((lead, other))] for lead, other, _ in said]
    named = [f"{rule} {count + 1}" if count else rule for count in again]
    rows = rows.assign(
        rule=schema.texts(named), actor=by.by, by_hand=True, because=schema.texts([by.because] * len(rows)),
        decided_at=moment,
    )  # fmt: skip
    merging.record(connection, rows, pd.DataFrame({"lead_id": schema.texts([]), "id": schema.texts([])}))


def _holder(connection: Connection, lead: str) -> str:
    found = trail.holder(connection, lead)
    if found is None:
        raise LeadsError("the store does not know such a lead", do="`leads why` names the leads of a contact")
    return found
