"""What a person says to us directly: withdrawals and objections, in the ledger before we answer, and each once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

import pandas as pd
from sqlalchemy import Connection

from consent.ledger import act
from consent.standing import ANY, GIVES
from leads import clock, schema
from leads.clock import parse
from store import ledger
from store.engine import Store, writing

No = Literal["withdrawn", "objected", "refused"]
SOURCE, SOURCE_KIND = "rights", "act"
# Whoever repeats a command that answered late means the same act.
RETRIED = timedelta(seconds=60)


class Said(NamedTuple):
    """A no: to which channels and purposes (`any`: to all), when it was said (UTC), by whom it was taken down and what
    shows it; neither holds a personal value."""

    kind: No
    channel: str
    purpose: str
    at: str
    by: str
    because: str | None


def withdraw(store: Store, points: Sequence[tuple[str, str]], said: Said, controller: str) -> int:
    """Record a no for contact points (type, canonical value), whoever shares them, known to the store or not.

    It is on the disk when this returns: one transaction, which waits for no load but for the chunk being written.
    Returns how many points it was new for. Raises StoreError when the ledger cannot be read or written.
    """
    asked = pd.DataFrame(sorted(set(points)), columns=["type", "value"], dtype=schema.TEXT)
    with writing(store) as connection:
        told = ledger.history(connection, asked)
        known = {key for key, own in told.groupby(["type", "value"]) if _covered(own, said)}
        new = asked[[(type_, value) not in known for type_, value in asked.itertuples(index=False)]]
        if len(new):
            enter(connection, new, said, controller)
    return len(new)


def enter(
    connection: Connection, points: pd.DataFrame, said: Said, controller: str, kind: str = "", actor: str = "subject"
) -> None:  # fmt: skip
    """Append one act about contact points (type, value) in the caller's transaction; `kind` in place of `said`'s.

    `actor`: `system` for what nobody asked for, a time that was over.
    """
    terms, events = act(
        points, kind or said.kind, channels=[said.channel], purposes=[said.purpose], actor=actor,
        method="request" if actor == "subject" else "rule", at=said.at, controller=controller, source=SOURCE,
        evidence="; ".join(filter(None, [f"taken down by {said.by}", said.because])), source_kind=SOURCE_KIND,
    )  # fmt: skip
    nobody = pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
    ledger.append(connection, terms, events.assign(recorded_time=clock.now()), nobody)


def _covered(told: pd.DataFrame, said: Said) -> bool:
    """Is this very no on record already, and no yes since? One that is said again later is another act: it also
    outlives a yes from in between that is loaded late."""
    wide = told["channel"].isin([ANY, said.channel]) & told["purpose"].isin([ANY, said.purpose])
    same = told[wide & (told["kind"] == said.kind)]
    yeses = told.loc[told["kind"].isin(list(GIVES)), "seq"]
    again = [no for no in same.itertuples() if abs(parse(said.at) - parse(no.event_time)) <= RETRIED]
    return any((yeses < no.seq).all() for no in again)
