"""Notices under GDPR Art. 14, without Prefect: who is owed one, the file to send them from, and that they were sent."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, text

from consent import notices, suppression
from consent.duties import load_duties, say_whose
from flows import mailing, received
from leads import clock, schema
from leads.errors import LeadsError
from leads.settings import Settings
from leads.source import Source
from store import cards, ledger, queries
from store import notices as stored
from store.anchors import anchor
from store.engine import loading, reading, writing

log = logging.getLogger("leads")
FILE_KIND = "notice"


@dataclass(frozen=True)
class Owed:
    """Whom we owe a notice (`queue`: QUEUE), and what it is made of."""

    queue: pd.DataFrame
    owed: pd.DataFrame
    people: pd.DataFrame
    sources: pd.DataFrame


@dataclass(frozen=True)
class Sent:
    """What `sent` recorded: people and ledger events that were new, people who were owed nothing (any more)."""

    people: int
    events: int
    nothing_owed: int


def owed(connection: Connection, means: Sequence[str]) -> Owed:
    """Whom we owe a notice now, and by which of the `means` (channels) it can go."""
    found = stored.owed(connection)
    points = cards.card_points(connection, found)
    people = stored.people(connection, found)
    sources = notices.of_sources(_configured(connection, found))
    hit = suppression.suppressed(
        points[["contact", "type", "value"]].rename(columns={"contact": "lead_id"}).assign(usable=True),
        queries.suppressions(connection),
    )
    history = cards.history(connection, points)
    waiting = notices.queue(found, people, points, history, sources, hit["lead_id"].to_list(), means)
    return Owed(waiting, found, people, sources)


def means(place: Settings) -> tuple[str, ...]:
    """The channels by which a notice may be sent, what we prefer first."""
    return load_duties(place.config_dir).notice.channels


def write(engine: Engine, place: Settings, to: Path) -> tuple[Owed, list[str]]:
    """Write a notice for everybody who is owed one and can be sent it; returns whom, and earlier files that nobody said
    were sent. The file is entered into the register of personal files."""
    duties = load_duties(place.config_dir)
    say_whose(duties)
    with reading(engine) as connection:
        found = owed(connection, duties.notice.channels)
        open_files = mailing.waiting(connection, FILE_KIND)
    mailing.write(to, notices.letters(found.queue, found.owed, found.people, found.sources, duties))
    received.register(engine, FILE_KIND, "waiting", to.absolute(), received.digest(to))
    return found, [path for path in open_files if path != str(to.absolute())]


def sent_file(engine: Engine, place: Settings, file: Path, at: str, by: str) -> Sent:
    """Record that the notices of a file that `write` made were sent; whoever has had one since is left alone."""
    told = mailing.read(file, ("contact", "sources", "channel", "language", "wording"))
    told = told.assign(source=told["sources"].str.split("|")).explode("source", ignore_index=True)
    told = told.drop(columns="sources").astype(schema.TEXT)
    digest = received.digest(file)
    done = _record(engine, place, told, at, f"notice file {digest[:16]}; recorded by {by}")
    mailing.done(engine, file)
    return done


def sent_to(engine: Engine, place: Settings, contacts: Sequence[str], at: str, by: str) -> Sent:
    """Record that these contacts (public ids) were told of every source they are owed a notice for."""
    with reading(engine) as connection:
        found = stored.owed(connection)
    told = found.loc[found["contact"].isin(list(contacts)), ["contact", "source"]]
    nothing = schema.texts([None] * len(told)).set_axis(told.index)
    told = told.assign(channel=nothing, language=nothing, wording=nothing)
    return _record(engine, place, told, at, f"recorded by {by}", asked=len(set(contacts)))


def _record(engine: Engine, place: Settings, told: pd.DataFrame, at: str, evidence: str, asked: int = 0) -> Sent:
    """One transaction: what is owed still, and the events that it is not any more."""
    with loading(engine), writing(engine) as connection:
        told = _as_they_are_now(connection, told)
        due = stored.leads_owed(connection, told)
        due = due[due["obtained"] <= at].merge(told, on=["contact", "source"])
        if due.empty:
            return Sent(0, 0, asked or told["contact"].nunique())
        terms, events = notices.sent(due, evidence=evidence, at=at, controller=place.controller)
        known = due[["lead_id", "lead"]].drop_duplicates().rename(columns={"lead": "id"})
        new = ledger.append(connection, terms, events.assign(recorded_time=clock.now()), known)
    anchor(engine, place)
    people = due["contact"].nunique()
    log.info("%d people were told, %d entries in the ledger", people, new)
    return Sent(people, new, (asked or told["contact"].nunique()) - people)


def _as_they_are_now(connection: Connection, told: pd.DataFrame) -> pd.DataFrame:
    """The contacts under the ids they have now; each with a source once."""
    ids = told["contact"].drop_duplicates()
    found = queries.about(
        connection, ids.to_frame(),
        """SELECT a.contact, c.public_id FROM asked a CROSS JOIN contact_alias k CROSS JOIN contact c
           WHERE k.public_id = a.contact AND c.id = k.contact_id""",
        {"contact": schema.TEXT, "now": schema.TEXT},
    )  # fmt: skip
    merged = told.merge(found, on="contact", how="left")
    merged["contact"] = merged["now"].fillna(merged["contact"])
    return merged.drop(columns="now").drop_duplicates(["contact", "source"], ignore_index=True)


def _configured(connection: Connection, found: pd.DataFrame) -> list[Source]:
    """The sources as they were when last used."""
    names = set(found["source"])
    rows = connection.execute(text("SELECT name, config FROM source ORDER BY name"))
    read = [Source.model_validate(_known(json.loads(config))) for name, config in rows if name in names]
    if lost := names - {one.name for one in read}:
        raise LeadsError(f"source '{min(lost)}' is owed notices for and is not in the store", where="store",
                         do="Restore a backup")  # fmt: skip
    return read


def _known(stated: dict[str, object]) -> dict[str, object]:
    """What this release knows of a configuration that another wrote."""
    return {name: said for name, said in stated.items() if name in Source.model_fields}


def counted(queue: pd.DataFrame, at: str) -> dict[str, dict[str, int]]:
    """The queue in numbers: `all`, then by source: people owed, overdue, and in which state."""
    parts = {"all": queue}
    own = queue.assign(source=queue["sources"].str.split("|")).explode("source", ignore_index=True)
    parts |= {str(name): part for name, part in own.groupby("source")}
    return {name: _numbers(part, at) for name, part in parts.items()}


def _numbers(part: pd.DataFrame, at: str) -> dict[str, int]:
    states = part["state"].value_counts()
    overdue = pc.sum(pc.less(pyarrow.array(part["due"], pyarrow.string()), at)).as_py() or 0
    return {"owed": len(part), "overdue": int(overdue)} | {
        state: int(states.get(state, 0)) for state in ("to_send", *notices.LEFT_OUT)
    }
