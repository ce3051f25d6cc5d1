import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, MetaData, Table, select, text

from dedupe.candidates.keys import match_keys
from dedupe.deciding import exact
from dedupe.deriving.versions import versions
from flows.alike import anew, likeness, meeting
from flows.contacts import Joined, contacts
from flows.cores import beneath
from leads import schema
from leads.source import Source
from store import accounting, ledger, load, queries, runs, subjects
from store.engine import Store, loading, reading, writing
from store.landing import Manifest

RECEIVED = "2026-01-02T03:04:05.000000Z"
# An entry of the ledger as stores of the first three revisions hold it.
EARLIER = {
    "event_id": "e1", "lead_id": None, "type": "phone", "value": "+491510001", "channel": "call", "purpose": "marketing",
    "kind": "withdrawn", "controller": "us", "basis": "consent", "jurisdiction": "DE", "event_time": "2026-01-02",
    "recorded_time": "2026-01-03", "valid_until": None, "actor": "subject", "method": "import",
    "notice_version": None, "notice_sha256": None, "notice_language": None, "source": "base",
    "source_kind": "purchased_base", "evidence_ref": "b1#1", "collectors": None,
}  # fmt: skip
# Records of runs, not of people: two ways to the same contacts differ here. The ledger's tables hold random bytes;
# what it says stands in the canonical dump as a table of its own.
RUNS = (
    "run", "batch", "chunk", "compared", "fate", "personal_file", "alembic_version", "consent_terms", "consent_scope",
    "consent_subject", "consent_key", "consent_event", "consent_block", "consent_head",
)  # fmt: skip
# Counted up in the order of loading, or the time of a run.
BY_RUN = (
    "id", "seq", "batch_id", "delivery_id", "public_id", "recorded_time", "decided_at", "merged_at", "row",
)  # fmt: skip


SAID_BY_RUN = ("seq", "event_id", "subject_id", "recorded_time", "evidence_ref")


@pytest.fixture(scope="session")
def make_source() -> Callable[..., Source]:
    def build(name: str = "base", **given: Any) -> Source:
        plain = {
            "title": "A base", "kind": "purchased_base", "owner": "sales", "licence": "contract 1",
            "legal_basis": "legitimate interest", "from_person": False, "region": "DE", "language": "de",
        }  # fmt: skip
        return Source(**{"name": name, **plain, **given})

    return build


@pytest.fixture(scope="session")
def say() -> Callable[..., int]:
    """Append a ledger event for each value: value -> kind; returns how many were new."""

    def append(store: Engine, *, of_lead: int | None = None, of_type: str = "x", **kinds: str) -> int:
        count = range(len(kinds))
        plain = pd.DataFrame({name: schema.texts(["x" for _ in count]) for name in schema.TERMS.columns})
        terms = plain.assign(
            terms=pd.array(count, dtype=schema.INT),
            type=schema.texts([of_type for _ in count]),
            kind=schema.texts(kinds.values()),
        )
        events = pd.DataFrame(
            {"lead_id": schema.texts(["l"] * len(count)), "value": schema.texts(kinds), "terms": terms["terms"],
             "jurisdiction": schema.texts(["DE"] * len(count)), "event_time": schema.texts([None] * len(count)),
             "row": terms["terms"], "recorded_time": schema.texts(["x"] * len(count))}
        )  # fmt: skip
        lead = pd.DataFrame({"lead_id": schema.texts(["l"]), "id": pd.array([of_lead], dtype=schema.INT)})
        with writing(store) as connection:
            return ledger.append(connection, terms, events, lead)

    return append


@pytest.fixture(scope="session")
def say_earlier() -> Callable[..., dict[str, Any]]:
    """Append an entry to the ledger of a store of the first three revisions; returns it."""

    def append(store: Engine, event_id: str, **given: Any) -> dict[str, Any]:
        entry = EARLIER | {"event_id": event_id} | given
        values = ", ".join(f":{name}" for name in entry)
        with writing(store) as connection:
            connection.execute(text(f"INSERT INTO consent_event ({', '.join(entry)}) VALUES ({values})"), entry)
        return entry

    return append


def history(connection: Connection) -> list[dict[str, Any]]:
    rows = (
        connection.execute(text("SELECT * FROM consent_history ORDER BY seq, channel, purpose")).mappings().all()
    )
    asked = pd.DataFrame({"subject": pd.array([row["subject_id"] for row in rows], dtype=schema.INT)})
    values = subjects.values(connection, asked) if rows else asked.assign(value=None)
    known = dict(zip(values["subject"], values["value"], strict=True))
    return [{**row, "value": known.get(row["subject_id"])} for row in rows]


@pytest.fixture(scope="session")
def told() -> Callable[[Store], list[dict[str, Any]]]:
    """What the ledger says, in its order: the rows of `consent_history`, each with its `value`."""

    def read(store: Store) -> list[dict[str, Any]]:
        with reading(store) as connection:
            return history(connection)

    return read


def tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return dict(metadata.tables)


@pytest.fixture(scope="session")
def everything() -> Callable[[Engine], dict[str, list[tuple[Any, ...]]]]:
    """Every row of every table, ordered: what a backup must bring back."""

    def dump(store: Engine) -> dict[str, list[tuple[Any, ...]]]:
        with reading(store) as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for name, table in tables(connection).items()
            }

    return dump


@pytest.fixture(scope="session")
def canonical() -> Callable[[Store], dict[str, list[str]]]:
    """What the store says of people, without the ids and times that depend on the run.

    A contact goes by the smallest id among its leads, for its own id is drawn at random.
    """

    def dump(store: Store) -> dict[str, list[str]]:
        with reading(store) as connection:
            return {
                name: _plain_rows(connection, table)
                for name, table in tables(connection).items()
                if name not in RUNS
            } | {
                "ledger": sorted(
                    repr({k: v for k, v in row.items() if k not in SAID_BY_RUN}) for row in history(connection)
                )
            }

    return dump


def _plain_rows(connection: Connection, table: Table) -> list[str]:
    names = {
        column: dict(connection.exec_driver_sql(sql).tuples().all())
        for column, sql in (
            ("contact_id", "SELECT contact_id, min(public_id) FROM lead GROUP BY 1"),
            ("source_id", "SELECT id, name FROM source"),
            ("superseded_by", "SELECT id, public_id FROM lead"),
        )
    }
    if table.name in ("lead_point", "lead_key", "match_decision"):
        names["lead_id"] = names["other_lead_id"] = names["superseded_by"]
    if table.name == "contact":
        names["id"] = names["contact_id"]
    kept = BY_RUN if table.name != "lead" else [c for c in BY_RUN if c != "public_id"]
    return sorted(
        repr(
            {
                key: names[key].get(value) if key in names else value
                for key, value in row.items()
                if key in names or key not in kept
            }
        )
        for row in connection.execute(select(table)).mappings()
    )


@dataclass
class Loader:
    """Takes chunks of leads through versions, matching, derivation and load, as `flows.stages` does."""

    store: Store
    make_chunk: Callable[[list[dict[str, Any]]], tuple[pd.DataFrame, pd.DataFrame]]
    alike: bool = False  # are leads that are alike joined as well?
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    again: anew.Anew | None = None

    def take(self, source: Source, rows: list[dict[str, Any]], *, edited: bool = False) -> pd.DataFrame:
        """Load `rows` (see `make_chunk`) as a batch of one part; returns their fates."""
        batch_id, source_id = self.register(source, len(rows))
        with loading(self.store):
            with reading(self.store) as connection:
                chunk = self.prepare(connection, source, source_id, rows, edited=edited)
            self.write(chunk, source_id, batch_id, len(rows), edited=edited)
            if again := self.again:
                with writing(self.store) as connection:
                    anew.settle(connection, anew.contacts(connection, again), again)
        return chunk.fates

    def register(self, source: Source, rows: int) -> tuple[int, int]:
        batch = f"{source.name}-20260102030405-{next(self.numbers):06x}"
        manifest = Manifest(batch, source.name, [], rows, rows, None, None, RECEIVED, "0", [])
        runs.register_batch(
            self.store, source, manifest, "landing", runs.start_run(self.store, "test", source.name, None)
        )
        return runs.batch_ids(self.store, batch)

    def prepare(
        self, connection: Connection, source: Source, source_id: int, rows: list[dict[str, Any]],
        *, edited: bool = False,
    ) -> load.Prepared:  # fmt: skip
        leads, points = self.make_chunk([{**row, "of": source.name} for row in rows])
        leads = queries.recorded(source_id, leads)
        seen = versions(leads, queries.known_versions(connection, source_id, leads))
        fresh = leads[leads["lead_id"].isin(seen.loc[seen["state"] != "duplicate", "lead_id"])]
        fresh = fresh.drop_duplicates("lead_id")
        own = points[points["lead_id"].isin(fresh["lead_id"])].drop_duplicates(["lead_id", "type", "slot"])
        candidates = queries.candidates(connection, match_keys(own[own["usable"]]))
        under, records, decided = beneath(connection, candidates, seen)
        by, kept = exact.found(fresh, own, under, records), None
        if self.alike:
            met = meeting.at_once(connection, meeting.own(fresh, own))()
            likes = likeness.joined(connection, met, by, decided)
            by, decided, kept, self.again = likes.found, likes.decided, likes.kept, likes.again
        found = exact.settled(fresh, own, by, decided)
        made = contacts(connection, Joined(fresh, own, found, seen, source.trust, RECEIVED, edited))
        landed = leads.assign(note=schema.texts([None] * len(leads)))
        nothing = pd.DataFrame({"lead_id": schema.texts([]), "reason": schema.texts([])})
        fates = accounting.fates(landed, leads, nothing, nothing, seen, found.assigned)
        return load.Prepared(
            fresh, own, found.assigned, found.links, found.merges, seen, schema.empty(schema.TERMS),
            schema.empty(schema.EVENTS), fates, lambda: made, found.held_off, alike=kept,
        )  # fmt: skip

    def write(
        self, chunk: load.Prepared, source_id: int, batch_id: int, rows: int, *, edited: bool = False, no: int = 0
    ) -> None:
        with writing(self.store) as connection:
            load.load_chunk(
                connection, chunk, source_id=source_id, batch_id=batch_id, no=no, rows=rows, received=RECEIVED,
                edited=edited,
            )  # fmt: skip


@pytest.fixture(scope="session")
def make_loader(make_chunk: Callable[..., Any]) -> Callable[..., Loader]:
    return lambda store, **given: Loader(store, make_chunk, **given)


@pytest.fixture
def loader(store: Engine, make_loader: Callable[[Store], Loader]) -> Loader:
    return make_loader(store)
