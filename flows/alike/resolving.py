"""Everything that the store knows, compared anew: after a new model, or where leads came before there was one.

What exact keys joined stays; what a model joined is found again by the one in force. What people decided goes before.
First the difference is shown; it is applied some contacts at a time, each time in one transaction.
"""

import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from dedupe.candidates import finding, shared
from dedupe.deciding import bonds, pairing
from dedupe.deciding.apart import grouped
from dedupe.evidence import readings, terms
from dedupe.scoring import likeness, models
from flows.alike import anew
from flows.alike import likeness as found
from flows.alike.meeting import reading as read_as
from leads import clock, schema
from leads.errors import LeadsError
from store import likely
from store.engine import Store, loading, reading, writing

log = logging.getLogger("leads")
# Leads read, and pairs weighed, at once; contacts of one transaction.
LEADS, PAIRS, CONTACTS = 50_000, 200_000, 200
# Fewer leads teach nothing that the shipped model does not know.
ENOUGH = 2_000
SIZES = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 10**9))
Edge = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    """What resolving anew would change: contacts before and after, how many become one (`joins`) and come apart
    (`splits`), pairs for a person; `sizes`: by leads of a contact, how many before and after; `cases`: contacts that
    change together; `group`: of each lead, by the rules and models alone."""

    before: int
    after: int
    joins: int
    splits: int
    unsure: int
    sizes: dict[str, tuple[int, int]]
    cases: list[list[str]] = field(default_factory=list, repr=False)
    group: dict[str, str] = field(default_factory=dict, repr=False)

    def counts(self) -> dict[str, Any]:
        """What may be shown: numbers alone; `changes` is how many cases there are."""
        sizes = {name: list(both) for name, both in self.sizes.items()}
        return {"before": self.before, "after": self.after, "joins": self.joins, "splits": self.splits,
                "unsure": self.unsure, "sizes": sizes, "changes": len(self.cases)}  # fmt: skip


@dataclass(frozen=True)
class Everything:
    """All leads as they are compared: READINGS, match keys, and pairs worth comparing."""

    readings: pd.DataFrame
    keys: pd.DataFrame
    met: finding.Met

    @classmethod
    def of(cls, connection: Connection) -> "Everything":
        """Every lead of the store that is not superseded."""
        numbers = likely.everything(connection)
        parts = [
            read_as(*likely.stated(connection, numbers.iloc[start : start + LEADS]))
            for start in range(0, len(numbers), LEADS)
        ]
        read = pd.concat(parts, ignore_index=True) if parts else schema.empty(schema.READINGS)
        keys = finding.keys(read)
        return cls(read, keys, finding.pairs(keys, finding.nothing_held()))


def train(store: Store) -> dict[str, str]:
    """Learn models from the store's own leads and keep them: kind -> version. They are in force for what comes next.

    Raises LeadsError where too few leads have something in common.
    """
    with reading(store) as connection:
        every = Everything.of(connection)
    learnt = {}
    for kind, own in readings.by_kind(every.readings):
        pairs = every.met.pairs
        pairs = pairs[pairs["lead_id"].isin(own["lead_id"]) & pairs["other_lead_id"].isin(own["lead_id"])]
        if len(own) >= ENOUGH and len(pairs) >= ENOUGH:
            version = f"own {clock.now()[:19]}"
            common = shared.common(shared.held(every.readings), every.met.wide, kind)
            learnt[kind] = models.learnt(own, pairs, kind, version, common)
    if not learnt:
        raise LeadsError("too few leads have something in common to learn from", where="store",
                         do=f"At least {ENOUGH:,} of a kind are needed; the shipped model stays in force")  # fmt: skip
    with loading(store), writing(store) as connection:
        for kind, kept in learnt.items():
            likely.keep_model(connection, f"{kind} {kept.version}", kind, kept.model.saved(), kept.leads)
    return {kind: kept.version for kind, kept in learnt.items()}


def difference(store: Store) -> tuple[Difference, pd.DataFrame, Everything]:
    """What resolving anew would change, the LINKS that it found, and what it looked at."""
    with reading(store) as connection:
        every = Everything.of(connection)
        said, held = likely.decisions(connection), likely.partition(connection)
        links = _links(connection, every, said, held)
    joined = links[links["verdict"] == "same"]
    after = _desired(held, said, joined)
    found = _compared(held, after, int((links["verdict"] == "unsure").sum()))
    return replace(found, group=_said(held, said, joined)), links, every


def apply(store: Store, planned: Difference, links: pd.DataFrame, every: Everything) -> int:
    """Make it so, some contacts at a time; returns how many contacts changed."""
    with loading(store), writing(store) as connection:
        likely.rebuild(
            connection, finding.kept(every.keys, finding.nothing_held()),
            terms.counts(terms.terms(every.readings)),
        )  # fmt: skip
    said, changed = anew.Anew(planned.group, links, []), 0
    for contacts in _some(planned.cases):
        with loading(store), writing(store) as connection:
            changed += anew.settle(connection, contacts, said)
        log.info("resolved anew: %d contacts", changed)
    with loading(store), writing(store) as connection:
        anew.record(connection, links[links["verdict"] == "unsure"], clock.now())
    return changed


def _links(connection: Connection, every: Everything, said: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """What the models in force say of groups that exact keys made."""
    group, _ = grouped(held["lead_id"], _ruled(said), ())
    nodes = pd.DataFrame({"lead_id": held["lead_id"], "node": schema.texts(group[one] for one in held["lead_id"])})
    of = pairing.numbered(nodes.assign(new=True))
    pairs = pairing.across(every.met.pairs[["lead_id", "other_lead_id"]], of)
    near = [one.pairs[["lead_id", "other_lead_id"]] for _, one in _weighed(connection, every, pairs, bonds.ASK)]
    links = [schema.empty(schema.LINKS)]
    if near:
        full, _ = pairing.completed(pd.concat(near, ignore_index=True), of)
        for rule, one in _whole(_weighed(connection, every, full, -math.inf)):
            linked = pairing.linked(one, of, rule)
            links += [linked.same, linked.asked]
    return pd.concat(links, ignore_index=True)


def _weighed(
    connection: Connection, every: Everything, pairs: pd.DataFrame, least: float
) -> Iterator[tuple[str, likeness.Weighed]]:
    counted = terms.counts(terms.terms(every.readings))
    for kind, own in readings.by_kind(every.readings):
        of_kind = pairs[pairs["lead_id"].isin(own["lead_id"]) & pairs["other_lead_id"].isin(own["lead_id"])]
        kept, leads = found.model_in_force(connection, kind)
        common = shared.common(shared.held(every.readings), every.met.wide, kind)
        for start in range(0, len(of_kind), PAIRS):
            some = of_kind.iloc[start : start + PAIRS]
            part = own[own["lead_id"].isin(pd.concat([some["lead_id"], some["other_lead_id"]]))]
            part = part.reset_index(drop=True)
            shares = terms.shares(terms.terms(part), counted.head(0), counted, kind)
            yield (
                f"likeness {kept.version}",
                likeness.weigh(part, some, kind, kept.among(leads), shares, common, least),
            )


def _whole(parts: Iterable[tuple[str, likeness.Weighed]]) -> Iterator[tuple[str, likeness.Weighed]]:
    """The parts of one rule together: groups are joined by all of their pairs."""
    by_rule: dict[str, list[likeness.Weighed]] = {}
    for rule, one in parts:
        # Of people and of organisations there is other evidence, under one version of what was shipped.
        by_rule.setdefault(f"{rule}\0{one.bits.shape[1]}", []).append(one)
    for rule, some in by_rule.items():
        yield rule.partition("\0")[0], likeness.joined(some)


def _ruled(said: pd.DataFrame) -> list[Edge]:
    """What exact keys joined, in force or not."""
    rules = said[(said["verdict"] == "same") & ~said["by_hand"] & ~said["by_model"]]
    return list(rules[["lead_id", "other_lead_id"]].itertuples(index=False, name=None))


def _said(held: pd.DataFrame, said: pd.DataFrame, joined: pd.DataFrame) -> dict[str, str]:
    """lead -> a lead of its group, by exact keys and what the models say now."""
    links = list(joined[["lead_id", "other_lead_id"]].itertuples(index=False, name=None))
    return grouped(held["lead_id"], _ruled(said) + links, ())[0]


def _desired(held: pd.DataFrame, said: pd.DataFrame, joined: pd.DataFrame) -> dict[str, str]:
    """lead -> a lead of its group: what is in force without the models, then what they say now."""
    force = said[said["in_force"]]
    stays = force[(force["verdict"] == "same") & ~force["by_model"]]
    apart = force[force["verdict"] == "different"]
    ends = ["lead_id", "other_lead_id"]
    edges = pd.concat([stays[ends], joined[ends]]).itertuples(index=False, name=None)
    group, _ = grouped(held["lead_id"], edges, apart[ends].itertuples(index=False, name=None))
    return group


def _compared(held: pd.DataFrame, after: dict[str, str], unsure: int) -> Difference:
    leads = held["lead_id"].to_list()
    now = dict(zip(leads, held["contact"], strict=True))
    # A contact and a group of leads hang together where they share a lead.
    both = {(now[lead], after[lead]) for lead in leads}
    splits, joins = (Counter(pair[side] for pair in both) for side in (0, 1))
    part, _ = grouped({f"c{one}" for one, _ in both} | {f"g{two}" for _, two in both},
                      [(f"c{one}", f"g{two}") for one, two in sorted(both)], ())  # fmt: skip
    cases: dict[str, list[str]] = {}
    for contact in dict.fromkeys(held["contact"]):
        cases.setdefault(part[f"c{contact}"], []).append(contact)
    changed = [
        some for some in cases.values()
        if len(some) > 1 or splits[some[0]] > 1
    ]  # fmt: skip
    sizes = [Counter(Counter(of.values()).values()) for of in (now, after)]
    return Difference(
        len(splits), len(joins), sum(n - 1 for n in joins.values()), sum(n - 1 for n in splits.values()), unsure,
        {_named(least, most): (_between(sizes[0], least, most), _between(sizes[1], least, most))
         for least, most in SIZES}, changed,
    )  # fmt: skip


def _named(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}" if most < 10**9 else f"{least} and more"


def _between(sizes: Counter[int], least: int, most: int) -> int:
    return sum(count for size, count in sizes.items() if least <= size <= most)


def _some(cases: list[list[str]]) -> Iterator[list[str]]:
    """Contacts of whole cases, some hundreds at a time."""
    taken: list[str] = []
    for case in cases:
        if taken and len(taken) + len(case) > CONTACTS:
            yield taken
            taken = []
        taken = taken + case
    if taken:
        yield taken
