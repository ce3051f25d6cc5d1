"""The parts of a batch up to where the store is asked, normalised ahead of the loader in a process of its own.

Normalising and loading are each about half of the work and both hold the interpreter: a thread beside the loader
slows it down about as much as it helps.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from consent import ledger
from dedupe.candidates.keys import match_keys
from enrich.normalise import normalise
from flows import records
from flows.alike.meeting import Own, own
from leads import beside
from leads.settings import Settings
from leads.source import Source
from store import landing, subjects
from store.landing import Manifest
from store.ledger import points_of

# Below this the process takes about as long to start as it saves.
FROM_ROWS = 40_000


@dataclass(frozen=True)
class Frames:
    """A part of a batch on its way: as landed, as stated, its normalised reading with the match keys of its usable
    points, what it says of consent with what the ledger needs of its contact points (`store.subjects.drawn`), and how
    it is compared with other leads, where it is."""

    landed: pd.DataFrame
    stated: pd.DataFrame
    leads: pd.DataFrame
    points: pd.DataFrame
    keys: pd.DataFrame
    terms: pd.DataFrame
    events: pd.DataFrame
    drawn: pd.DataFrame
    alike: Own | None


def is_large(manifest: Manifest) -> bool:
    """Is it worth a process to make a part of this batch while another is loaded?"""
    return manifest.rows >= FROM_ROWS


def part(place: Settings, source: Source, manifest: Manifest, no: int) -> Frames:
    """One landed part, through every stage that need not know the store."""
    landed = landing.read_part(place.landing, manifest, no)
    stated = records.stated(place, source, manifest, landed)
    leads, points = normalise(stated, region=source.region, language=source.language)
    return read(place, source, manifest, landed, stated, leads, points)


def read(
    place: Settings, source: Source, manifest: Manifest,
    landed: pd.DataFrame, stated: pd.DataFrame, leads: pd.DataFrame, points: pd.DataFrame,
) -> Frames:  # fmt: skip
    """A part that is normalised, with what it says of consent."""
    terms, events = ledger.events(
        leads.drop_duplicates("lead_id"), points, source, batch=manifest.batch, recorded=manifest.fetched_at,
        controller=place.controller,
    )  # fmt: skip
    drawn = subjects.drawn(points_of(terms, events))
    alike = own(leads, points) if place.likeness else None
    keys = match_keys(points[points["usable"]])
    return Frames(landed, stated, leads, points, keys, terms, events, drawn, alike)


def parts(place: Settings, source: Source, manifest: Manifest, numbers: Sequence[int]) -> Generator[Frames]:
    """`part` of each of `numbers`, in order; of a large batch the next two are made while one is loaded."""
    work = partial(part, place, source, manifest)
    ahead = numbers[1:] if is_large(manifest) else ()
    with beside.each(work, ahead, processes=1 if ahead else 0, ahead=2) as coming:
        # The first is made here while the process starts.
        yield from map(work, numbers[: len(numbers) - len(ahead)])
        yield from coming
