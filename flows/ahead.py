"""The parts of a batch up to where the store is asked, normalised ahead of the loader in a process of its own.

Normalising and loading are each about half of the work and both hold the interpreter: a thread beside the loader
slows it down about as much as it helps. The process is a plain child on two pipes and not one of multiprocessing,
whose workers import the caller's main module again (seconds, under Prefect) or inherit its open files and locks, and
outlive a caller that is killed. This one has nothing of the caller's, and ends when nobody reads its output.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from consent import ledger
from enrich.normalise import normalise
from leads.settings import Settings
from leads.source import Source
from sources.mapping import state
from store import landing
from store.landing import Manifest

# Below this the process takes about as long to start as it saves.
FROM_ROWS = 40_000
Child = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Frames:
    """A part of a batch on its way: as landed, as stated, its normalised reading, and what that says of consent."""

    landed: pd.DataFrame
    stated: pd.DataFrame
    leads: pd.DataFrame
    points: pd.DataFrame
    terms: pd.DataFrame
    events: pd.DataFrame


def part(place: Settings, source: Source, manifest: Manifest, no: int) -> Frames:
    """One landed part, through every stage that need not know the store."""
    landed = landing.read_part(place.landing, manifest, no)
    stated = state(landed, manifest.headers, source)
    leads, points = normalise(stated, region=source.region, language=source.language)
    said = ledger.events(
        leads.drop_duplicates("lead_id"), points, source, batch=manifest.batch, recorded=manifest.fetched_at,
        controller=place.controller,
    )  # fmt: skip
    return Frames(landed, stated, leads, points, *said)


def parts(place: Settings, source: Source, manifest: Manifest, numbers: Sequence[int]) -> Generator[Frames]:
    """`part` of each of `numbers`, in order; of a large batch the next one is made while one is loaded.

    What the process cannot do is done here: it may have been killed, or the part itself is at fault.
    """
    with _ahead(place, source, manifest, numbers[1:]) as child:
        for place_in_line, no in enumerate(numbers):
            frames = _taken(child) if child and place_in_line else None
            yield frames or part(place, source, manifest, no)


@contextlib.contextmanager
def _ahead(place: Settings, source: Source, manifest: Manifest, numbers: Sequence[int]) -> Iterator[Child | None]:
    """A process that makes these parts, where it is worth one."""
    if not numbers or manifest.rows < FROM_ROWS:
        yield None
        return
    child = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
    )
    assert child.stdin and child.stdout
    try:
        with contextlib.suppress(OSError), child.stdin:
            pickle.dump((place, source, manifest, numbers), child.stdin)
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _taken(child: Child) -> Frames | None:
    """The next part, or None when the process has ended before it."""
    assert child.stdout
    try:
        return pickle.load(child.stdout)  # type: ignore[no-any-return]  # noqa: S301 (our own child's)
    except (EOFError, OSError, pickle.UnpicklingError):
        return None


def main() -> None:
    """Make the parts that the job on the input names; a full pipe holds this one part ahead of its reader."""
    with os.fdopen(os.dup(1), "wb") as out:
        # Nothing else may write there: a library may think that it talks to a person, and draw its progress.
        os.dup2(2, 1)
        place, source, manifest, numbers = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent's)
        for no in numbers:
            pickle.dump(part(place, source, manifest, no), out, protocol=pickle.HIGHEST_PROTOCOL)
            out.flush()
