"""Leads that share no phone and no e-mail with a contact, or under another spelling of the name: weighed and joined.

A kept model weighs each pair of leads that met (`flows.alike.meeting`, `dedupe.scoring.likeness`), and groups join by
what all of their leads say (`dedupe.deciding.bonds`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Connection, text

from dedupe.candidates import finding, shared
from dedupe.deciding import bonds, pairing
from dedupe.deciding.decided import Decided
from dedupe.deciding.exact import Found
from dedupe.evidence import readings, terms
from dedupe.scoring import likeness, models
from dedupe.scoring.weights import Model
from flows import cores
from flows.alike import anew, around
from flows.alike.meeting import Meeting, Own, holders, met, reading
from leads import schema
from store import likely


@dataclass(frozen=True)
class Likely:
    """What exact keys and the model found, what people decided about it, what the store is to keep, and which contacts
    are to be settled anew once the chunk is there."""

    found: Found
    decided: Decided | None
    kept: likely.Kept
    again: anew.Anew | None


def joined(connection: Connection, of: Meeting, found: Found, decided: Decided | None) -> Likely:
    """What the model adds to what exact keys `found` of the chunk's leads.

    Whom it joined before is weighed again together with them, so that it decides nothing who came first.
    """
    found = _without_partial(found)
    homes = pairing.homes(found.edges)
    named = finding.named(of.met.pairs, of.who, homes)
    known = _Known.of(connection, named[["lead"]].dropna(), of.met.wide, of.chunk).holding(of.values)
    said = around.of(connection, known.contacts(named))
    groups = pairing.groups(of.chunk.readings["lead_id"], known.stated, said.ruled(found.edges), decided)
    pairs = pairing.across(named, groups)
    near = pd.concat([pairs.head(0), *(one.pairs[around.ENDS] for _, one in known.weighed(pairs, bonds.ASK))])
    touched = pd.concat([known.contacts(near), said.within(groups), _turned(known, of)])
    touched = touched.drop_duplicates(ignore_index=True)
    edges, unsure, crowd, again = [found.edges], [found.unsure], 0, None
    if len(near) or len(touched):
        known, ruled = known.at_home(near, homes, found.edges)
        decided, linked, crowd, again = _weighed_again(known, near, touched, ruled, decided)
        edges += [one.edges for one in linked]
        # What exact keys leave to a person is not asked twice.
        asked = found.unsure["lead_id"] + found.unsure["other_lead_id"]
        unsure += [one.asked[~(one.asked["lead_id"] + one.asked["other_lead_id"]).isin(asked)] for one in linked]
    every = Found(*(pd.concat(frames, ignore_index=True) for frames in (edges, unsure)))
    report = {"pairs": len(pairs), "crowded": of.met.crowded + crowd, **{
        name: sum(map(len, frames[1:])) for name, frames in (("joined", edges), ("unsure", unsure))}}  # fmt: skip
    kept = likely.Kept(finding.kept(of.chunk.keys, of.held), of.chunk.terms, report, len(of.met.wide))
    return Likely(every, decided, kept, again)


def _turned(known: "_Known", of: Meeting) -> pd.DataFrame:
    """The contacts (column `contact`) whose leads a model joined, or may join, and that have a value which is nobody's
    own any more since the chunk came."""
    leads = of.values.loc[of.values["value"].isin(known.turned()), "lead_id"]
    contacts = of.who.loc[of.who["lead_id"].isin(leads), ["contact"]].drop_duplicates()
    return around.of(known.connection, contacts).themselves_alike


def again(connection: Connection, contacts: pd.DataFrame) -> anew.Anew | None:
    """What is to be settled anew of contacts (public ids, column `contact`) that are looked at again, with what the
    store knows by now: also of whom they meet in it."""
    no = schema.empty(schema.READINGS)
    nobody = Own(no, finding.keys(no), terms.counts(terms.terms(no)))
    known = _Known.of(connection, likely.mates(connection, contacts), set(), nobody)
    of = met(connection, replace(nobody, readings=known.readings, keys=finding.keys(known.readings)), known.stated)
    pairs = finding.named(of.met.pairs, of.who, known.stated)
    known = replace(known.also(pairs[["lead"]].dropna()).holding(of.values), wide=of.met.wide)
    pairs = pairing.across(pairs, known.stated.rename(columns={"contact": "grp"}))
    near = pd.concat([pairs.head(0), *(one.pairs[around.ENDS] for _, one in known.weighed(pairs, bonds.ASK))])
    touched = pd.concat([contacts, known.contacts(near)]).drop_duplicates(ignore_index=True)
    return _weighed_again(known, near, touched, pairs.head(0), None)[-1]


def _weighed_again(
    known: "_Known", near: pd.DataFrame, touched: pd.DataFrame, edges: pd.DataFrame, decided: Decided | None
) -> tuple[Decided | None, list[pairing.Linked], int, anew.Anew | None]:
    """All of the contacts `touched`, and what they may be one with, with the chunk's leads that are `near`."""
    said = around.further(known.connection, around.of(known.connection, touched))
    decided = cores.also(known.connection, decided, said.contacts)
    known = known.also(likely.mates(known.connection, said.contacts)).beside(said.alike)
    groups = pairing.groups(known.chunk.readings["lead_id"], known.stated, said.ruled(edges), decided)
    full, crowd = pairing.completed(said.near(near, known.stated), groups)
    linked = [pairing.linked(one, groups, rule) for rule, one in known.weighed(full, -math.inf)]
    return decided, linked, crowd, anew.needed(linked, said, known.stated) if linked else None


def _without_partial(found: Found) -> Found:
    """Whose name is not full is weighed: exact keys would join it with whoever came first."""
    weighed = found.edges["rule"].isin(["phone, name not full", "email, name not full"])
    return Found(found.edges[~weighed], found.unsure)


@dataclass(frozen=True)
class _Known:
    """What the store knows of leads that a chunk may mean: `stated` (lead, lead_id, contact), and the READINGS of both;
    `holders` say who has which value, and by that which are common (`dedupe.candidates.shared.held`)."""

    connection: Connection
    chunk: Own
    stated: pd.DataFrame
    readings: pd.DataFrame
    holders: pd.DataFrame
    wide: set[str]

    @classmethod
    def of(cls, connection: Connection, leads: pd.DataFrame, wide: set[str], chunk: Own) -> "_Known":
        """The leads (numbers) of the store, beside those of the chunk."""
        stated, points = likely.stated(connection, leads)
        read = readings.together(chunk.readings, reading(stated, points))
        return cls(connection, chunk, stated, read, shared.held(read), wide)

    def holding(self, values: pd.DataFrame) -> "_Known":
        """With more who hold values."""
        every = pd.concat([self.holders, values], ignore_index=True)
        return replace(self, holders=every.drop_duplicates(["value", "lead_id"], ignore_index=True))

    def at_home(
        self, near: pd.DataFrame, homes: pd.DataFrame, edges: pd.DataFrame
    ) -> tuple["_Known", pd.DataFrame]:
        """Also with the contacts that the new leads of pairs are in by exact keys (`homes`: lead_id, contact), and the
        pairs of leads that are one by it, beside the `edges`."""
        ends = pd.concat([near["lead_id"], near["other_lead_id"]])
        of = homes[homes["lead_id"].isin(ends)]
        known = self.also(likely.mates(self.connection, of[["contact"]].drop_duplicates()))
        one = of.merge(
            known.stated[["lead_id", "contact"]].rename(columns={"lead_id": "other_lead_id"}), on="contact"
        )
        return known, pd.concat([edges[around.ENDS], one[around.ENDS]], ignore_index=True)

    def also(self, leads: pd.DataFrame) -> "_Known":
        """With more leads of the store."""
        more = _Known.of(self.connection, leads[~leads["lead"].isin(self.stated["lead"])], self.wide, self.chunk)
        stated = pd.concat([self.stated, more.stated], ignore_index=True)
        return replace(self, stated=stated, readings=readings.together(self.readings, more.readings))

    def beside(self, contacts: pd.Series) -> "_Known":
        """Also with what tells which values of the leads of these contacts (public ids) are nobody's own."""
        of = self.readings[self.readings["lead_id"].isin(
            self.stated.loc[self.stated["contact"].isin(contacts), "lead_id"])]  # fmt: skip
        if of.empty:
            return self
        keys = finding.keys(of)
        values = keys[keys["value"].notna()]
        held = likely.held(self.connection, values)
        _, more = holders(self.connection, held, finding.values_of(values, held))
        return replace(
            self.holding(pd.concat([shared.held(of), more])), wide=self.wide | finding.wide(values, held)
        )

    def turned(self) -> set[str]:
        """The values that are nobody's own any more, since the chunk's leads state them as well."""
        before = self.holders[~self.holders["lead_id"].isin(self.chunk.readings["lead_id"])]
        return shared.common(self.holders, set(), "person") - shared.common(before, set(), "person")

    def contacts(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """The contacts (public ids, column `contact`) of the store's leads in `pairs`."""
        ends = pd.concat([pairs["lead_id"], pairs["other_lead_id"]])
        return self.stated.loc[self.stated["lead_id"].isin(ends), ["contact"]].drop_duplicates()

    def weighed(self, pairs: pd.DataFrame, least: float) -> Iterator[tuple[str, likeness.Weighed]]:
        """The pairs of people, and those of organisations, each with the rule that its model is."""
        for kind in readings.EVIDENCE:
            own = self.readings[self.readings["kind"] == kind]
            some = pairs[pairs["lead_id"].isin(own["lead_id"]) & pairs["other_lead_id"].isin(own["lead_id"])]
            if some.empty:
                continue
            model, leads = model_in_force(self.connection, kind)
            ends = pd.concat([some["lead_id"], some["other_lead_id"]])
            own = own[own["lead_id"].isin(ends)].reset_index(drop=True)
            yield f"likeness {model.version}", likeness.weigh(
                own, some, kind, model.among(leads + len(self.chunk.readings)), self._shares(own, kind),
                shared.common(self.holders, self.wide, kind), least,
            )  # fmt: skip

    def _shares(self, own: pd.DataFrame, kind: str) -> pd.DataFrame:
        asked = terms.terms(own)
        keys = pd.concat([asked["key"], asked["whole"]]).drop_duplicates().to_frame("key")
        return terms.shares(asked, self.chunk.terms, likely.counted(self.connection, keys), kind)


def model_in_force(connection: Connection, kind: str) -> tuple[models.Kept, int]:
    """The model in force, and how many leads the store has."""
    leads = connection.execute(text("SELECT coalesce(max(id), 0) FROM lead")).scalar_one()
    if found := likely.model(connection, kind):
        version, json, of = found
        return models.Kept(version, of, Model.loaded(json)), leads
    return models.shipped(kind), leads
