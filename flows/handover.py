"""From contacts to the batch for sales, stage by stage, without Prefect.

Nobody is handed over whose permission ended while the batch was made: the files are written aside, and the
transaction that records the batch holds the end of the ledger and sees that the gate's answers are still the same;
else the batch is made again. The order makes a hand-over survive a kill at any point: only when it is recorded do the
files get their place; `_tidy` ends what an interrupted run left.
"""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import asking, then
from consent.policy import Packs, load_packs
from flows import received
from leads import clock, schema
from leads.errors import LeadsError
from leads.settings import Settings
from sales import canaries, delivery, sheets
from sales.owners import Owners, assign, load_owners
from sales.permission import questions
from sales.segments import load_segments, members
from store import cards as store_cards
from store import handed, handover, ledger, quality, runs
from store.engine import loading, reading, writing

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
        while not _record(engine, batch := _make(engine, place, chosen, purpose, packs, owners), packs, owners):
            log.info("somebody's permission ended while the batch was made: it is made again")
    _tidy(engine, place)
    folder = place.home / "deliveries"
    return Handed(batch.stamp if batch.files else "", batch.digest, [folder / file.name for file in batch.files])


@dataclass(frozen=True)
class _Batch:
    """What is to be handed over, as of an entry of the ledger: decided, written aside, not recorded yet."""

    moment: str
    chosen: str
    due: "_Due"
    asked: pd.DataFrame
    decisions: pd.DataFrame
    seq: int
    rows: pd.DataFrame
    steps: pd.DataFrame
    digest: pd.DataFrame
    canaries: pd.DataFrame
    files: list[Path]

    @property
    def stamp(self) -> str:
        return _stamp(self.moment, self.chosen)


def _stamp(moment: str, chosen: str) -> str:
    return f"{moment[:10]}-{moment[11:19].replace(':', '')}-{chosen}"


def _make(
    engine: Engine, place: Settings, chosen: str, purpose: str, packs: Packs, owners: Owners
) -> _Batch:  # fmt: skip
    moment = clock.now()
    with reading(engine) as connection:
        due = _due(connection, place, chosen, owners)
        asked = questions(due.cards, due.points, purpose)
        decisions, seq = _ask(connection, due, asked, owners, packs, moment), ledger.last(connection)
        known = set(handover.decided_before(connection, due.cards)["contact"])
        titles = {row["source"]: row["title"] for row in quality.per_source(connection)}
        used = handed.canary_points(connection)
    rows, steps = delivery.rows(
        due.cards, due.points, decisions, due.assignments, due.reasons, owners, titles, moment
    )
    digest = delivery.digest(rows, steps, decisions)
    fresh = set(rows["owner"]) | set(steps.loc[~steps["contact"].isin(known), "owner"])
    rows, steps = rows[rows["owner"].isin(fresh)], steps[steps["owner"].isin(fresh)]
    rows, planted = canaries.plant(rows, owners, used)
    stamp = _stamp(moment, chosen)
    files = sheets.write(rows, steps, place.home / "deliveries" / f".{stamp}", stamp) if fresh else []
    return _Batch(moment, chosen, due, asked, decisions, seq, rows, steps, digest, planted, files)


def _record(engine: Engine, batch: _Batch, packs: Packs, owners: Owners) -> bool:
    """Enter the batch whole, or nothing of it: False where the gate would not answer the same any more.

    Nobody can enter a no between the answer and the record, for the end of the ledger is held.
    """
    with writing(engine) as connection:
        seq = ledger.last(connection, held=len(batch.asked) > 0)
        if seq != batch.seq:
            now = _ask(connection, batch.due, batch.asked, owners, packs, batch.moment)
            if not asking.same(batch.decisions, now).all():
                return False
        handover.record_owners(connection, [(key, o.name, o.active) for key, o in owners.items()])
        handover.record_assignments(connection, batch.due.newly_assigned)
        handover.record_decisions(connection, batch.decisions, batch.moment, batch.asked, seq)
        then.remember(connection, packs, batch.moment)
        _record_files(connection, batch)
    return True


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
    connection: Connection, due: _Due, asked: pd.DataFrame, owners: Owners, packs: Packs, moment: str
) -> pd.DataFrame:
    """Ask the gate about every point of the due contacts, in the language of each contact's owner."""
    owner_of = due.assignments.set_index("contact")["owner"]
    language = asked["contact"].map(owner_of.map({key: owner.language for key, owner in owners.items()}))
    return asking.ask(connection, asked, packs, moment, language)


def _record_files(connection: Connection, batch: _Batch) -> None:
    """What each owner is given: reasons that will not come again, files, and where in them each contact stands."""
    purpose = None if batch.asked.empty else str(batch.asked["purpose"].iloc[0])
    places = pd.concat([_places(batch.rows, "batch"), _places(batch.steps, "next_steps")], ignore_index=True)
    nobody = places["contact"].isin(batch.canaries["contact"])
    for owner, own in places[~nobody].groupby("owner"):
        in_batch = own.loc[own["sheet"] == "batch", "contact"]
        items = batch.due.reasons[batch.due.reasons["contact"].isin(in_batch)]
        left = len(own) - len(in_batch)
        handover.record_delivery(connection, batch.stamp, str(owner), batch.chosen, items, left, batch.moment)
    final = []
    for file in batch.files:
        owner, form = file.stem.removeprefix(f"{batch.stamp}-"), file.suffix[1:].upper()
        taken = handed.Taken("delivery", form, owner, file.name, received.digest(file), batch.stamp, purpose)
        inside = (places["owner"] == owner) & ((form == "XLSX") | (places["sheet"] == "batch")) & ~nobody
        handed.record(connection, taken, places[inside], batch.moment)
        final.append((str(file.parent.parent / file.name), str(taken.sha256)))
    runs.register_files(connection, "delivery", batch.stamp, final)
    planted = batch.canaries.merge(places[nobody][["contact", "row"]], on="contact")
    handed.record_canaries(connection, planted, batch.stamp, batch.moment)


def _places(listed: pd.DataFrame, sheet: str) -> pd.DataFrame:
    """owner, contact, sheet, row: where each stands on its owner's sheet, as a spreadsheet numbers the rows."""
    below = listed.groupby("owner").cumcount() + 2
    return listed[["owner", "contact"]].assign(sheet=sheet, row=below.astype(schema.INT))


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
