"""The contacts that a chunk touches, from the store as it was before and the chunk itself.

Of a large batch they are derived in a process beside the loader, while that writes the chunk's leads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pandas as pd
from sqlalchemy import Connection

from dedupe.candidates.keys import match_keys
from dedupe.deciding.exact import Resolution
from dedupe.deriving.contacts import derive, touched
from leads import beside
from store import queries
from store.contacts import Contacts, changed
from store.engine import Store, reading, store_at


@dataclass(frozen=True)
class Joined:
    """What a chunk brings to contacts: LEADS with their POINTS, whose they are, and what they supersede."""

    leads: pd.DataFrame
    points: pd.DataFrame
    resolution: Resolution
    versions: pd.DataFrame
    trust: int
    received: str
    edited: bool = False


def contacts(store: Store, chunk: Joined) -> Contacts:
    """What `chunk` makes other in the contacts that it touches."""
    known = touched(chunk.resolution, chunk.versions)
    with reading(store) as before:
        had = queries.shown_points(before, known)
        derived = derive(
            queries.claims(before, known), _points(before, chunk, known, had),
            chunk.leads, chunk.points, chunk.resolution, chunk.versions,
            trust=chunk.trust, received=chunk.received, edited=chunk.edited,
        )  # fmt: skip
        return changed(before, known, had, derived.contacts, derived.points, match_keys)


def _points(before: Connection, chunk: Joined, known: pd.DataFrame, had: pd.DataFrame) -> pd.DataFrame:
    """The points that the leads of `known` contacts state. Of a contact that loses no lead and meets no other one they
    are those that it `had`: most, and its leads' need not be read again."""
    merges, versions = chunk.resolution.merges, chunk.versions
    other = pd.concat([
        merges["survivor"], merges["loser"], versions.loc[versions["state"] == "version", "contact"],
    ])  # fmt: skip
    anew = known["contact"].isin(other)
    kept = had[~had["contact"].isin(other)].drop(columns="contact")
    return pd.concat([queries.points(before, known[anew]), kept], ignore_index=True) if anew.any() else kept


@contextmanager
def deriving(store: Store, *, aside: bool) -> Iterator[Callable[[Joined], Callable[[], Contacts]]]:
    """A function that begins `contacts` of a chunk: `aside` in a process, else they are made at once."""
    if not aside or isinstance(store, Connection):
        yield lambda chunk: partial(_given, contacts(store, chunk))
        return
    with beside.worker(partial(_contacts_at, store.url.render_as_string(hide_password=False))) as begin:
        yield begin


def _given(made: Contacts) -> Contacts:
    return made


def _contacts_at(url: str, chunk: Joined) -> Contacts:
    return contacts(store_at(url), chunk)
