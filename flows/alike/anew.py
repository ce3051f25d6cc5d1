"""Contacts settled anew by what the rules and the models say of their leads now, whatever they said before.

What a model joined comes apart where it would not say so any more; what people decided goes before.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from dedupe.deciding.pairing import Linked
from flows import settling
from flows.alike.around import ENDS, Around
from leads import clock, schema
from store import merging, queries


@dataclass(frozen=True)
class Anew:
    """What is said of some leads: the `group` of each without people's decisions, the LINKS (same) that make it, and
    `pairs` of leads whose contacts do not say so yet."""

    group: Mapping[str, Hashable]
    links: pd.DataFrame
    pairs: list[tuple[str, str]]

    def some(self, count: int) -> Iterator["Anew"]:
        """So many pairs at a time."""
        for start in range(0, len(self.pairs), count):
            yield replace(self, pairs=self.pairs[start : start + count])


def needed(linked: Sequence[Linked], said: Around, stated: pd.DataFrame) -> Anew | None:
    """What of the `linked` groups the edges of new leads do not bring about: what comes apart, and leads of the store
    (`stated`) that become one without a new one."""
    group = {lead: number for one in linked for lead, number in one.group.items()}
    links = pd.concat([one.same for one in linked], ignore_index=True)
    contact = dict(zip(stated["lead_id"], stated["contact"], strict=True))
    gone = [
        (one, other) for one, other in said.joined[ENDS].itertuples(index=False, name=None)
        if one in group and other in group and group[one] != group[other]
    ]  # fmt: skip
    come = [
        (one, other) for one, other in links[ENDS].itertuples(index=False, name=None)
        if one in contact and other in contact and contact[one] != contact[other]
    ]  # fmt: skip
    return Anew(group, links, gone + come) if gone or come else None


def contacts(connection: Connection, said: Anew) -> list[str]:
    """The contacts (public ids) of its pairs of leads, as they are now."""
    asked = pd.DataFrame({"lead_id": schema.texts(sorted({lead for both in said.pairs for lead in both}))})
    return queries.contacts_of(connection, asked)["contact"].to_list()


def settle(connection: Connection, of: Iterable[str], said: Anew) -> int:
    """Make contacts what is `said` of their leads; returns how many there were.

    What came since it was said stays where it is.
    """
    some = list(of)
    case, moment = settling.opened(connection, some), clock.now()
    made = [
        d for d in case.within if d.verdict == "same" and d.rule.startswith("likeness") and _falls(d, said.group)
    ]
    merging.retire(connection, [d.id for d in made], moment)
    joined = said.links[(said.links["verdict"] == "same") & said.links["lead_id"].isin(case.held)
                        & said.links["other_lead_id"].isin(case.held)]  # fmt: skip
    pairs = list(joined[ENDS].itertuples(index=False, name=None))
    retired = {d.id for d in made}
    edges = [d.edge for d in case.joined if d.id not in retired] + pairs
    groups = settling.parts(case.held, edges, [d.edge for d in case.parted])
    place = {lead: no for no, group in enumerate(groups) for lead in group}
    holds = np.array([place[one] == place[other] for one, other in pairs], bool)
    record(connection, joined[holds], moment)
    record(connection, joined[~holds], moment, revoked=moment)
    settling.settle(connection, case, groups, moment)
    return len(some)


def _falls(made: settling.Decision, group: Mapping[str, Hashable]) -> bool:
    return made.lead in group and made.other in group and group[made.lead] != group[made.other]


def record(connection: Connection, links: pd.DataFrame, moment: str, revoked: str | None = None) -> None:
    """Keep LINKS of a model as match decisions, also where it said otherwise before."""
    rows = links.assign(
        actor="likeness", by_hand=False, decided_at=moment, revoked_at=schema.texts([revoked] * len(links)).array
    )
    merging.record(
        connection, rows, pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
    )
    merging.renew(connection, links[links["verdict"] == "same"], moment, revoked)
