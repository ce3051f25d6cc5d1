"""What was found before about the contacts around a chunk: whom exact keys joined there, and whom a model may join."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from leads import schema
from store import queries

ENDS = ["lead_id", "other_lead_id"]
# Contacts that are joined to those that are alike, or may be, come in with them, so many times.
STEPS = 3


@dataclass(frozen=True)
class Around:
    """Some `contacts` (column `contact`), and the match decisions about their leads (`said`), but those of people."""

    contacts: pd.DataFrame
    said: pd.DataFrame

    @property
    def by_model(self) -> pd.Series:
        """Which decisions a model made."""
        return self.said["rule"].str.startswith("likeness").astype(bool)

    @property
    def joined(self) -> pd.DataFrame:
        """Those by which a model joined two leads, in force or not."""
        return self.said[self.by_model & (self.said["verdict"] == "same")]

    @property
    def alike(self) -> pd.Series:
        """The contacts whose leads a model joined, or may join."""
        of = self.said[self.by_model]
        return pd.concat([of["contact"], of["other_contact"]]).drop_duplicates()

    @property
    def themselves_alike(self) -> pd.DataFrame:
        """Those of the contacts whose leads a model joined, or may join: column `contact`."""
        return self.contacts[self.contacts["contact"].isin(self.alike)]

    def within(self, groups: pd.DataFrame) -> pd.DataFrame:
        """Those of the contacts that a model joined, which a new lead is in by exact keys
        (`dedupe.deciding.pairing.groups`)."""
        come = groups.loc[groups["new"], "grp"]
        held = groups[groups["grp"].isin(come) & groups["contact"].notna()]
        joined = pd.concat([self.joined["contact"], self.joined["other_contact"]])
        return held.loc[held["contact"].isin(joined), ["contact"]].drop_duplicates()

    def ruled(self, edges: pd.DataFrame) -> pd.DataFrame:
        """Pairs of leads that exact keys joined: here, and by `edges` now."""
        rules = self.said[~self.by_model & (self.said["verdict"] == "same")]
        return pd.concat([rules[ENDS], edges[ENDS]], ignore_index=True)

    def near(self, likes: pd.DataFrame, stated: pd.DataFrame) -> pd.DataFrame:
        """Pairs of leads that are alike: `likes`, and those of `stated` leads that a model found before."""
        before = self.said.loc[self.by_model, ENDS]
        here = before["lead_id"].isin(stated["lead_id"]) & before["other_lead_id"].isin(stated["lead_id"])
        return pd.concat([likes, before[here]], ignore_index=True).drop_duplicates(ignore_index=True)


def of(connection: Connection, contacts: pd.DataFrame) -> Around:
    """The decisions about `contacts` (public ids, column `contact`)."""
    if contacts.empty:
        return Around(contacts, _nothing())
    said = queries.match_decisions(connection, contacts)
    return Around(contacts, said[~said["by_hand"]].reset_index(drop=True))


def further(connection: Connection, known: Around) -> Around:
    """With the contacts that these may have become one with."""
    for _ in range(STEPS):
        ends = known.said[known.by_model | (known.said["verdict"] == "same")]
        every = pd.concat([ends["contact"], ends["other_contact"]]).drop_duplicates()
        more = every[~every.isin(known.contacts["contact"])]
        if more.empty:
            break
        said = of(connection, more.to_frame("contact"))
        known = Around(pd.concat([known.contacts, said.contacts], ignore_index=True),
                       pd.concat([known.said, said.said]).drop_duplicates("id", ignore_index=True))  # fmt: skip
    return known


def _nothing() -> pd.DataFrame:
    texts = ("lead_id", "other_lead_id", "contact", "other_contact", "verdict", "rule", "decided_at", "revoked_at")
    return pd.DataFrame({"id": pd.array([], dtype=schema.INT), "by_hand": pd.array([], dtype=schema.BOOL)} | {
        name: schema.texts([]) for name in texts})  # fmt: skip
