"""Consents that grow too old, without Prefect: the list, the letters to ask again, and that they are over."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import lapsing, registries
from consent.duties import load_duties, say_whose
from consent.gate import Known, decide
from consent.periods import after
from consent.policy import load_packs
from consent.standing import GIVES
from flows import mailing, received
from leads import clock, schema
from leads.sets import query
from leads.settings import Settings
from sales.permission import questions
from store import cards, ledger, notices
from store.anchors import anchor
from store.engine import loading, reading, writing
from store.registries import snapshots

log = logging.getLogger("leads")
FILE_KIND = "refresh"


@dataclass(frozen=True)
class Ending:
    """Every consent that ends (`ends`: ENDS), and who should be asked again (`again`: AGAIN)."""

    ends: pd.DataFrame
    again: pd.DataFrame


def ending(connection: Connection, place: Settings, at: str, within: str = "") -> Ending:
    """Which consents end, and whose end within a period (`P60D`; else what config/duties.toml says)."""
    packs = load_packs(place.config_dir / "policy")
    shown = cards.cards(connection)
    points = cards.card_points(connection, shown)
    events = cards.history(connection, points)
    purposes = sorted(events.loc[events["kind"].isin(list(GIVES)), "purpose"].unique())
    asked = pd.concat([schema.empty(schema.ASKED), *(questions(shown, points, one) for one in purposes)])
    asked = asked.reset_index(drop=True)
    found = lapsing.ends(asked, events, packs, at)
    until = after(at, within or load_duties(place.config_dir).refresh.within)
    soon = found[(found["ends"] > at) & (found["ends"] <= until)]
    decisions = schema.empty(schema.DECISIONS)
    if len(soon):
        whose = query("SELECT a.* FROM asked a SEMI JOIN soon USING (contact, purpose)", asked=asked, soon=soon)
        known = Known(
            snapshots(connection, at), registries.listed(connection, points, at),
            cards.contacted(connection, shown), cards.promised(connection),
        )  # fmt: skip
        decisions = decide(whose, events, packs, at, "en", known, enforce_hours=False)
    return Ending(found, lapsing.again(found, decisions, at, until))


def write(engine: Engine, place: Settings, to: Path, within: str = "") -> Ending:
    """Write a letter for everybody who can be asked again; the file is entered into the register of personal files."""
    duties = load_duties(place.config_dir)
    say_whose(duties)
    with reading(engine) as connection:
        found = ending(connection, place, clock.now(), within)
        people = notices.people(connection, found.again)
    mailing.write(to, lapsing.renewals(found.again, people, duties, place.language))
    received.register(engine, FILE_KIND, "waiting", to.absolute(), received.digest(to))
    return found


def expire(engine: Engine, place: Settings) -> int:
    """Mark in the ledger what is over; returns how many entries were new. Again it adds nothing."""
    with loading(engine), writing(engine) as connection:
        now = clock.now()
        nobody = pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
        found = ending(connection, place, now, "P1D").ends
        new = sum(
            ledger.append(connection, terms, events.assign(recorded_time=now), nobody)
            for terms, events in lapsing.lapsed(found, now, place.controller)
        )
    if new:
        anchor(engine, place)
    log.info("%d consents are over", new)
    return new
