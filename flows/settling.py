"""Which contact each lead is, settled anew for the few contacts that a person decides about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from dedupe.candidates.keys import match_keys
from dedupe.deciding.apart import grouped
from flows.cores import rederived
from leads import schema
from leads.sets import query
from store import merging, queries
from store.contacts import changed

Edge = tuple[str, str]


@dataclass(frozen=True)
class Decision:
    """A match decision between two leads, by public ids."""

    id: int
    lead: str
    other: str
    verdict: str
    rule: str
    by_hand: bool
    decided_at: str
    revoked_at: str | None

    @property
    def edge(self) -> Edge:
        """The two leads."""
        return self.lead, self.other


@dataclass(frozen=True)
class Case:
    """Some contacts: their leads, oldest first, with the contact each is; all decisions about them; and their aliases
    (public id -> lead) with when they became so."""

    held: dict[str, str]
    said: list[Decision]
    aliases: dict[str, str]
    merged_at: dict[str, str]

    @property
    def within(self) -> list[Decision]:
        """The decisions about two of the leads, oldest first."""
        return [d for d in self.said if d.lead in self.held and d.other in self.held]

    @property
    def joined(self) -> list[Decision]:
        """Those in force that join two leads."""
        return [d for d in self.within if d.verdict == "same" and not d.revoked_at]

    @property
    def parted(self) -> list[Decision]:
        """Those in force that keep two leads apart."""
        return [d for d in self.within if d.verdict == "different" and not d.revoked_at]

    def of(self, contact: str) -> list[str]:
        """The contact's leads, oldest first."""
        return [lead for lead, holder in self.held.items() if holder == contact]

    def first(self, contact: str, without: Iterable[str] = ()) -> str:
        """The lead that the contact's own id goes with: the oldest that was not another contact's first."""
        others = {*self.aliases.values(), *without}
        leads = self.of(contact)
        return next((lead for lead in leads if lead not in others), leads[0])


def opened(connection: Connection, contacts: Iterable[str]) -> Case:
    """The case of these contacts (public ids)."""
    asked = pd.DataFrame({"contact": schema.texts(sorted(set(contacts)))})
    said = queries.match_decisions(connection, asked).itertuples()
    former = queries.aliases(connection, asked)
    return Case(
        dict(queries.holdings(connection, asked).itertuples(index=False, name=None)),
        [Decision(d.id, d.lead_id, d.other_lead_id, d.verdict, d.rule, d.by_hand, d.decided_at,
                  None if pd.isna(d.revoked_at) else d.revoked_at) for d in said],
        dict(zip(former["public_id"], former["lead_id"], strict=True)),
        dict(zip(former["public_id"], former["merged_at"], strict=True)),
    )  # fmt: skip


def parts(leads: Iterable[str], edges: Sequence[Edge], apart: Iterable[Edge] = ()) -> list[list[str]]:
    """`leads` in the groups that `edges` join, the first edges first; groups and leads stay in their order."""
    nodes = list(leads)
    group, _ = grouped(nodes, edges, apart)
    found: dict[str, list[str]] = {}
    for lead in nodes:
        found.setdefault(group[lead], []).append(lead)
    return list(found.values())


def settle(
    connection: Connection, case: Case, groups: list[list[str]], moment: str, *, new: Sequence[list[str]] = ()
) -> list[str]:
    """Make each of `groups` (all leads of the case) a contact; returns their public ids.

    A group keeps the id of the oldest contact whose first lead it has, else an alias comes back to life, else (always
    for `new` ones) the id is a new one.
    """
    ids = _ids(case, groups, new)
    placed = pd.DataFrame(
        [(lead, contact) for group, contact in zip(groups, ids, strict=True) for lead in group],
        columns=["lead_id", "contact"], dtype=schema.TEXT,
    )  # fmt: skip
    known = pd.DataFrame({"contact": schema.texts(sorted(set(case.held.values())))})
    made = rederived(queries.claims(connection, known), queries.points(connection, known), placed)
    had = queries.shown_points(connection, known)
    merging.place(
        connection, placed, changed(connection, known, had, made.contacts, made.points, match_keys), moment
    )
    return ids


def _ids(case: Case, groups: list[list[str]], new: Sequence[list[str]]) -> list[str]:
    moved = {lead for group in new for lead in group}
    contacts = sorted(set(case.held.values()))
    anchors = {**{one: case.first(one, moved) for one in contacts}, **dict(sorted(case.aliases.items()))}
    ids = []
    for group in groups:
        own = [] if group in new else [one for one, lead in anchors.items() if lead in group]
        ids.append(own[0] if own else _drawn())
    return ids


def _drawn() -> str:
    return str(query("SELECT uuidv7()::VARCHAR AS id")["id"].iloc[0])
