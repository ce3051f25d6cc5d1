"""From contacts to the batch for sales, stage by stage, without Prefect.

The order makes a hand-over survive a kill at any point: decisions are recorded, files are written aside, the delivery
is recorded, and only then do the files get their place; `_tidy` ends what an interrupted run left.
"""

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import registries
from consent.gate import Known, decide
from consent.policy import Packs, load_packs
from leads import clock, schema
from leads.errors import LeadsError
from leads.settings import Settings
from sales import delivery, sheets
from sales.owners import Owners, assign, load_owners
from sales.permission import questions
from sales.segments import load_segments, members
from store import cards as store_cards
from store import handover, quality, runs
from store.engine import loading, reading, writing
from store.registries import snapshots

log = logging.getLogger("leads")


@dataclass(frozen=True)
class Handed:
    """What a hand-over came to: counts per owner and outcome (`delivery.digest`), and the files."""

    stamp: str
    digest: pd.DataFrame
    files: list[Path]


def segment(engine: Engine, place: Settings) -> pd.DataFrame:
    """Find anew which contacts each segment holds, and record it; returns segment, title, contacts, came, went."""
    segments = load_segments(place.config_dir)
    with reading(engine) as connection:
        found = members(store_cards.cards(connection), segments)
    with loading(engine), writing(engine) as connection:
        came, went = handover.record_members(connection, found)
    counts = found["segment"].value_counts()
    log.info("segments: %d memberships came, %d went", came, went)
    return pd.DataFrame(
        [(name, s.title_in(place.language), int(counts.get(name, 0))) for name, s in segments.items()],
        columns=["segment", "title", "contacts"],
    )


def deliver(engine: Engine, place: Settings, chosen: str = "all", purpose: str = "marketing") -> Handed:
    """Hand the due contacts of a segment (or of all) over to their owners; once per contact and reason."""
    _tidy(engine, place)
    packs, owners = load_packs(place.config_dir / "policy"), load_owners(place.config_dir)
    with loading(engine):
        moment = clock.now()
        with reading(engine) as connection:
            due = _due(connection, place, chosen, owners)
            decisions = _ask(connection, due, owners, packs, moment, purpose)
            known = set(handover.decided_before(connection, due.cards)["contact"])
            titles = {row["source"]: row["title"] for row in quality.per_source(connection)}
        rows, steps = delivery.rows(due.cards, due.points, decisions, due.assignments, due.reasons, owners, titles)
        with writing(engine) as connection:
            handover.record_owners(connection, [(key, o.name, o.active) for key, o in owners.items()])
            handover.record_assignments(connection, due.newly_assigned)
            handover.record_decisions(connection, decisions, moment)
        digest = delivery.digest(rows, steps, decisions)
        fresh = set(rows["owner"]) | set(steps.loc[~steps["contact"].isin(known), "owner"])
        if not fresh:
            return Handed("", digest, [])
        rows, steps = rows[rows["owner"].isin(fresh)], steps[steps["owner"].isin(fresh)]
        stamp = f"{moment[:10]}-{moment[11:19].replace(':', '')}-{chosen}"
        return Handed(stamp, digest, _hand_over(engine, place, stamp, chosen, moment, due.reasons, rows, steps))


@dataclass(frozen=True)
class _Due:
    """The contacts a delivery is about, and what is known of them."""

    cards: pd.DataFrame
    points: pd.DataFrame
    reasons: pd.DataFrame
    assignments: pd.DataFrame
    newly_assigned: pd.DataFrame


def _due(connection: Connection, place: Settings, chosen: str, owners: Owners) -> _Due:
    """Who is in the segment and has a reason that was not delivered; who owns them, also those nobody may call."""
    segments = load_segments(place.config_dir)
    if chosen != "all" and chosen not in segments:
        raise LeadsError(
            f"unknown segment '{chosen}'", where=str(place.config_dir / "segments.toml"),
            do=f"Configured: all, {', '.join(sorted(segments))}",
        )  # fmt: skip
    cards = store_cards.cards(connection)
    belongs = members(cards, segments)
    if chosen != "all":
        cards = cards[cards["contact"].isin(belongs.loc[belongs["segment"] == chosen, "contact"])]
    reasons = delivery.due(store_cards.touches(connection, cards), store_cards.delivered(connection))
    cards = cards[cards["contact"].isin(reasons["contact"])].reset_index(drop=True)
    current = store_cards.assignments(connection)
    new = assign(cards, owners, current, belongs)
    kept = current[~current["contact"].isin(new["contact"]) & current["contact"].isin(cards["contact"])]
    everybody = pd.concat([kept, new], ignore_index=True)
    return _Due(cards, store_cards.card_points(connection, cards), reasons, everybody, new)


def _ask(
    connection: Connection, due: _Due, owners: Owners, packs: Packs, moment: str, purpose: str
) -> pd.DataFrame:
    """Ask the gate about every point of the due contacts, in the language of each contact's owner.

    Calling hours are said, not kept: the batch is made now, and used in the days to come.
    """
    asked = questions(due.cards, due.points, purpose)
    events = store_cards.history(connection, due.points)
    known = Known(
        snapshots=snapshots(connection, moment),
        listed=registries.listed(connection, due.points, moment),
        contacted=store_cards.contacted(connection, due.cards),
        promised=store_cards.promised(connection),
    )
    owner_of = due.assignments.set_index("contact")["owner"]
    language = asked["contact"].map(owner_of.map({key: owner.language for key, owner in owners.items()}))
    answers = [
        decide(
            asked[language == one].reset_index(drop=True), events, packs, moment, one, known, enforce_hours=False
        )
        for one in sorted(language.dropna().unique())
    ]
    return pd.concat(answers, ignore_index=True) if answers else schema.empty(schema.DECISIONS)


def _hand_over(
    engine: Engine, place: Settings, stamp: str, chosen: str, moment: str,
    reasons: pd.DataFrame, rows: pd.DataFrame, steps: pd.DataFrame,
) -> list[Path]:  # fmt: skip
    folder, aside = place.home / "deliveries", place.home / "deliveries" / f".{stamp}"
    written = sheets.write(rows, steps, aside, stamp)
    final = [folder / file.name for file in written]
    with writing(engine) as connection:
        for owner in sorted(set(rows["owner"]) | set(steps["owner"])):
            items = reasons[reasons["contact"].isin(rows.loc[rows["owner"] == owner, "contact"])]
            left = int((steps["owner"] == owner).sum())
            handover.record_delivery(connection, stamp, owner, chosen, items, left, moment)
        sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in written]
        files = list(zip(map(str, final), sums, strict=True))
        runs.register_files(connection, "delivery", stamp, files)
    _tidy(engine, place)
    return final


def _tidy(engine: Engine, place: Settings) -> None:
    """Give recorded files their place, and remove what was written aside and never recorded."""
    folder = place.home / "deliveries"
    with reading(engine) as connection:
        recorded = {path.name: path for path in handover.unfinished_files(connection)}
    for aside in folder.glob(".*"):
        for file in aside.iterdir() if aside.is_dir() else ():
            if file.name in recorded:
                file.replace(recorded[file.name])
        shutil.rmtree(aside, ignore_errors=True)
