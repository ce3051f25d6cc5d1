"""What the first parts of a batch left near the limit, weighed again once all of it is there.

How common a value is, is known better then, and a pair may weigh a few bits more or less: in one part or in many, the
same leads are to end as the same contacts.
"""

import pandas as pd

from dedupe.deciding import bonds, pairing
from flows import anew, likeness
from store import likely
from store.engine import Store, loading, reading, writing

# So many bits may a pair come to weigh more or less.
NEAR = 4.0
# Contacts looked at at once, and settled in one transaction.
LOOKED_AT, SETTLED = 5_000, 200


def weighed_again(store: Store, batch_id: int, since: int) -> int:
    """Look again at what a model decided about leads of the batch after the match decision `since` (number).

    Returns how many contacts were settled anew.
    """
    with reading(store) as connection:
        found = likely.weighed_since(connection, since, batch_id)
    near = found[(pairing.weights(found["because"]) - bonds.JOIN).abs() < NEAR]
    contacts, settled = near[["contact"]].drop_duplicates(ignore_index=True), 0
    for start in range(0, len(contacts), LOOKED_AT):
        settled += _settled(store, contacts.iloc[start : start + LOOKED_AT])
    return settled


def _settled(store: Store, contacts: pd.DataFrame) -> int:
    with loading(store):
        with reading(store) as connection:
            said = likeness.again(connection, contacts)
        settled = 0
        for some in said.some(SETTLED) if said else ():
            with writing(store) as connection:
                settled += anew.settle(connection, anew.contacts(connection, some), some)
    return settled
