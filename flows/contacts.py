"""The contacts that a chunk touches, from the store as it was before and the chunk itself.

Of a large batch they are derived in a process beside the loader, while that writes the chunk's leads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

import pandas as pd
from sqlalchemy import Connection, Engine

from dedupe.contacts import derive, touched
from dedupe.exact import Resolution
from dedupe.keys import match_keys
from leads import beside
from store import queries
from store.contacts import Contacts, changed
from store.engine import Store, open_store, reading


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
        derived = derive(
            queries.claims(before, known), queries.points(before, known),
            chunk.leads, chunk.points, chunk.resolution, chunk.versions,
            trust=chunk.trust, received=chunk.received, edited=chunk.edited,
        )  # fmt: skip
        return changed(before, known, derived.contacts, derived.points, match_keys)


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
    return contacts(_opened(url), chunk)


@cache
def _opened(url: str) -> Engine:
    return open_store(url)
