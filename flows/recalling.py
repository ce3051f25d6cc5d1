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
from sales.owners import load_owners
from store import ledger, recalls
from store.engine import Store, reading, writing
from store.recalls import Marks
from store.registries import copies

log = logging.getLogger("leads")


def recall(store: Store, place: Settings, *, wait: bool = False) -> int:
    """Find what was handed over and may not be used any more, since this was asked last; returns how many people
    came.

    Raises StoreError when a key is lost, ConfigError when a policy pack cannot be read; with `wait`, who acted is not
    to be held up by that: the log says so, and the next one finds it.
    """
    now = clock.now()
    try:
        with reading(store) as connection:
            before, upto = recalls.marks(connection), _ends(connection)
            found = _find(connection, place, before, upto, now) if upto != before else None
    except ConfigError as error:
        if not wait:
            raise
        log.warning("whom to recall is not known yet: %s", error)
        return 0
    came = 0
    if upto != before:
        with writing(store) as connection:
            came = recalls.record(connection, found) if found is not None else 0
            recalls.mark(connection, upto)
    if came:
        log.warning(
            "%d people have to be taken back out of what was handed over: `leads recalls` names the rows", came
        )
    return came


def _ends(connection: Connection) -> Marks:
    """Where the ledger ends, and when the last copy of a registry came."""
    imported = max((copy.imported_at for copy in copies(connection)), default="")
    return Marks(ledger.last(connection), imported)


def _find(connection: Connection, place: Settings, since: Marks, upto: Marks, now: str) -> pd.DataFrame | None:
    """hand_over, contact, channel, why, since of what is to be recalled; None where nobody can be concerned.

    Without a lock: a batch that is recorded meanwhile knew every entry up to `upto` itself.
    """
    if recalls.nothing_out(connection):
        return None
    found = _refused(connection, since.ledger) if upto.ledger > since.ledger else []
    if upto.registries > since.registries:
        found.append(registries.listed(connection, recalls.allowed_points(connection), now)[["type", "value"]])
    points = pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True) if found else ()
    return _rows(connection, place, points, now) if len(points) else None


def _refused(connection: Connection, since: int) -> list[pd.DataFrame]:
    """The contact points somebody said no about since; with a phone the messenger accounts that are this number."""
    said = recalls.refused_since(connection, since)
    services = pd.DataFrame({"service": schema.texts(BY_NUMBER)})
    accounts = query(
        "SELECT 'messenger' AS type, service || ':' || value AS value FROM said, services WHERE type = 'phone'",
        said=said, services=services,
    )  # fmt: skip
    return [said, accounts]


def languages(place: Settings) -> dict[str, str]:
    """The language of each owner; of everybody else it is that of the house. Empty where nobody says who owners are."""
    file = place.config_dir / "owners.toml"
    return {key: owner.language for key, owner in load_owners(place.config_dir).items()} if file.is_file() else {}


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
    spoken = decided["recipient"].map(languages(place)).fillna(place.language).astype(schema.TEXT)
    answers = asking.again(connection, decided, packs, spoken, now=now)
    answered = decided[["hand_over", "listed_as", "channel"]].assign(
        **{name: answers[name].array for name in ("reason", "evidence")}, verdict_now=answers["verdict"].array
    )
    return query(
        ROWS, {"now": now, "unknown": headings().sentences["said_no"].in_(place.language)},
        answered=answered, said=recalls.said_at(connection, answered[answered["verdict_now"] == "deny"]),
        unasked=printed[~known], points=points,
    )  # fmt: skip
