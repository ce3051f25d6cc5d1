"""Who said no after a hand-over is taken back out of it: found by asking the gate once more, whoever acted.

Every act that may take a permission away ends with `recall`: a withdrawal, an erasure, a batch with refusals in it, the
copy of a registry. One that was killed in between is made up for by the next, for what was looked through is on record.
"""

import logging

import pandas as pd
from sqlalchemy import Connection

from consent import asking, registries
from consent.policy import load_packs
from enrich.messengers.reader import BY_NUMBER
from leads import clock, schema
from leads.errors import ConfigError
from leads.sets import query
from leads.settings import Settings
from sales.headings import headings
from store import ledger, recalls
from store.engine import Store, writing
from store.registries import copies

log = logging.getLogger("leads")


def recall(store: Store, place: Settings, *, wait: bool = False) -> int:
    """Find what was handed over and may not be used any more, since this was asked last; returns how many recalls came.

    Raises StoreError when a key is lost, ConfigError when a policy pack cannot be read; with `wait`, who acted is not
    to be held up by that: the log says so, and the next one finds it.
    """
    try:
        with writing(store) as connection:
            came = _find(connection, place)
    except ConfigError as error:
        if not wait:
            raise
        log.warning("whom to recall is not known yet: %s", error)
        return 0
    if came:
        log.warning("%d recall(s) of what was handed over: `leads recalls` names the rows", came)
    return came


def _find(connection: Connection, place: Settings) -> int:
    now, end = clock.now(), ledger.last(connection)
    imported = max((copy.imported_at for copy in copies(connection)), default="")
    came = 0
    if not recalls.nothing_out(connection):
        found = [_refused(connection, end), _listed(connection, imported, now)]
        points = pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)
        if len(points):
            came = recalls.record(connection, _rows(connection, place, points, now))
    recalls.mark(connection, recalls.LEDGER, str(end))
    recalls.mark(connection, recalls.REGISTRIES, imported)
    return came


def _refused(connection: Connection, end: int) -> pd.DataFrame:
    """The contact points somebody said no about since; with a phone the messenger accounts that are this number."""
    since = int(recalls.upto(connection, recalls.LEDGER) or 0)
    if since >= end:
        return _no_points()
    said = recalls.refused_since(connection, since)
    services = pd.DataFrame({"service": schema.texts(BY_NUMBER)})
    return query(
        """SELECT type, value FROM said UNION ALL
           SELECT 'messenger', service || ':' || value FROM said, services WHERE type = 'phone'""",
        said=said, services=services,
    )  # fmt: skip


def _listed(connection: Connection, imported: str, now: str) -> pd.DataFrame:
    """The contact points that were handed over and stand on a registry, where a copy of one came since."""
    if recalls.upto(connection, recalls.REGISTRIES) >= imported:
        return _no_points()
    return registries.listed(connection, recalls.allowed_points(connection), now)[["type", "value"]]


def _no_points() -> pd.DataFrame:
    return pd.DataFrame({"type": schema.texts([]), "value": schema.texts([])})


# Where a decision was recorded without its question, or is not in the store any more, a no about any of it counts.
ROWS = """
    SELECT hand_over, listed_as AS contact, channel, min(reason) AS why, min(coalesce(said_at, $now)) AS since
    FROM answered LEFT JOIN said USING (evidence) WHERE verdict_now = 'deny' GROUP BY ALL
    UNION ALL
    SELECT hand_over, listed_as, coalesce(channel, 'any'), $unknown, $now
    FROM unasked WHERE verdict IS NULL OR (type, value) IN (SELECT (type, value) FROM points)
    GROUP BY ALL
"""


def _rows(connection: Connection, place: Settings, points: pd.DataFrame, now: str) -> pd.DataFrame:
    """hand_over, contact, channel, why, since of what is denied now, with the ledger and the lists of now."""
    printed = recalls.printed(connection, recalls.about_points(connection, points))
    known = printed["ledger_seq"].notna()
    decided = printed[known].reset_index(drop=True)
    packs = load_packs(place.config_dir / "policy")
    answers = asking.again(connection, decided, packs, place.language, now=now)
    answered = decided[["hand_over", "listed_as", "channel"]].assign(
        **{name: answers[name].array for name in ("reason", "evidence")}, verdict_now=answers["verdict"].array
    )
    return query(
        ROWS, {"now": now, "unknown": headings().sentences["said_no"].in_(place.language)},
        answered=answered, said=recalls.said_at(connection, answered[answered["verdict_now"] == "deny"]),
        unasked=printed[~known], points=points,
    )  # fmt: skip
