"""Contact points that must not come back, as keyed hashes: what is kept tells nobody's phone or e-mail.

An unkeyed hash of a phone is no protection, for all numbers of a country can be tried in hours. The key (pepper)
stays outside the store (`leads.keys`): a suppression made with an old one can only be recognised with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from leads.errors import StoreError
from leads.keys import Key, peppers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["hashes", "peppers", "renewed", "suppressed"]


def hashes(type_: str, values: Iterable[str]) -> list[str]:
    """The suppression hash of each canonical value (E.164, folded address) under the newest key, in order.

    Each distinct value is hashed once. `type_`: `phone`, `email` or `messenger`.
    """
    values, pepper = list(values), peppers()[0]
    known = {value: pepper.hash(type_, value) for value in set(values)}
    return [known[value] for value in values]


def suppressed(points: pd.DataFrame, hashes_in_store: Collection[str] | pd.DataFrame) -> pd.DataFrame:
    """The leads (`lead_id`, sorted) of which any usable point is suppressed; with a phone, the messenger account that
    is this number.

    `points`: POINTS; `hashes_in_store`: all of them, or a frame with them in column `hash`.
    Raises StoreError when hashes were made with a key we do not have: whom they name could not be recognised.
    """
    import pandas as pd

    from leads import schema

    stored = hashes_in_store
    wanted = set(stored["hash"] if isinstance(stored, pd.DataFrame) else stored)
    if not wanted:
        return pd.DataFrame({"lead_id": schema.texts([])})
    keys = peppers()
    _no_key_lost(wanted, keys)
    usable = points[points["usable"].astype(bool) & points["value"].notna()]
    distinct = usable[["type", "value"]].drop_duplicates().reset_index(drop=True)
    hits = pd.Series(
        [any(key.hash(*said) in wanted for key in keys for said in _said_of(type_, value))
         for type_, value in zip(distinct["type"], distinct["value"], strict=True)],
        dtype=bool,
    )  # fmt: skip
    found = usable.merge(distinct[hits], on=["type", "value"])
    return found[["lead_id"]].drop_duplicates().sort_values("lead_id").reset_index(drop=True)


def renewed(points: pd.DataFrame, hashes_in_store: pd.DataFrame) -> pd.DataFrame:
    """Suppressions made with an older key whose value came back among these points: `old` hash, and `new` one.

    Nothing is computed while there are none of an older key.
    """
    import pandas as pd

    from leads import schema

    newest, *older = peppers()
    ids = {key.id for key in older}
    aged = {hash_ for hash_ in hashes_in_store["hash"] if hash_.partition(":")[0] in ids}
    distinct = points[["type", "value"]].dropna().drop_duplicates() if aged else points.head(0)
    moved = {
        key.hash(*said): newest.hash(*said)
        for row in zip(distinct["type"], distinct["value"], strict=True) for said in _said_of(*row) for key in older
    }  # fmt: skip
    old = sorted(aged & moved.keys())
    return pd.DataFrame({"old": schema.texts(old), "new": schema.texts(moved[one] for one in old)})


def _said_of(type_: str, value: str) -> list[tuple[str, str]]:
    """The contact points whose suppression is one of this point: itself, and the phone that its account is."""
    _, number, digits = value.partition(":+")
    return [(type_, value), ("phone", f"+{digits}")] if type_ == "messenger" and number else [(type_, value)]


def _no_key_lost(stored: set[str], keys: list[Key]) -> None:
    lost = {text.partition(":")[0] for text in stored} - {key.id for key in keys}
    if lost:
        raise StoreError(
            f"suppressions made with key {', '.join(sorted(lost))} cannot be recognised",
            where="suppression",
            why="this key is neither in LEADS_PEPPER nor among the files in keys/",
            do="Restore the keys from the backup before anything is loaded",
        )
