"""What the first parts of a batch left near the limit, weighed again once all of it is there.

How common a value is, is known better then, and a pair may weigh a few bits more or less: in one part or in many, the
same leads are to end as the same contacts. So are those whose names are not full, and whoever else may be them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pandas as pd
from sqlalchemy import Connection

from dedupe.deciding import bonds, pairing
from flows.alike import anew, likeness
from leads import beside
from store import likely
from store.engine import Store, loading, reading, store_at, writing

# So many bits may a pair come to weigh more or less.
NEAR = 4.0
# Contacts looked at at once, and settled in one transaction; processes are worth starting for so many looks.
LOOKED_AT, SETTLED, BESIDE = 5_000, 200, 3


def weighed_again(store: Store, batch_id: int, since: int) -> int:
    """Look again at what a model decided about leads of the batch after the match decision `since` (number).

    Returns how many contacts were settled anew.
    """
    with reading(store) as connection:
        found = likely.weighed_since(connection, since, batch_id)
    because = found["because"]
    near = found[((pairing.weights(because) - bonds.JOIN).abs() < NEAR) | pairing.partial(because)]
    contacts = near[["contact"]].drop_duplicates(ignore_index=True)
    some = [contacts.iloc[start : start + LOOKED_AT] for start in range(0, len(contacts), LOOKED_AT)]
    with _said(store, some) as every:
        return sum(_settled(store, said) for said in every if said)


@contextmanager
def _said(store: Store, some: list[pd.DataFrame]) -> Iterator[Iterator[anew.Anew | None]]:
    """What is said now of some contacts after others; of many, by processes beside this one.

    What they say may be older than what was settled meanwhile: it says the same of whoever is in both.
    """
    if len(some) < BESIDE or isinstance(store, Connection):
        yield (_again(store, contacts) for contacts in some)
        return
    url = store.url.render_as_string(hide_password=False)
    with beside.each(partial(_again_at, url), some, processes=2) as every:
        yield every


def _again_at(url: str, contacts: pd.DataFrame) -> anew.Anew | None:
    return _again(store_at(url), contacts)


def _again(store: Store, contacts: pd.DataFrame) -> anew.Anew | None:
    with reading(store) as connection:
        return likeness.again(connection, contacts)


def _settled(store: Store, said: anew.Anew) -> int:
    settled = 0
    with loading(store):
        for some in said.some(SETTLED):
            with writing(store) as connection:
                settled += anew.settle(connection, anew.contacts(connection, some), some)
    return settled
