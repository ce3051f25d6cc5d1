"""Whatever people decide, in between whatever comes: with every decision undone, contacts are as their leads alone
make them, and every id that there ever was resolves."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from flows import corrections, decisions
from flows.decisions import Said
from leads.errors import LeadsError
from leads.settings import Settings
from leads.source import Source
from store import trail
from store.engine import reading

NAMES = (("ann", "smith"), ("bob", "smith"), ("ann", "jones"), ("a", "smith"), (None, "smith"), None)
# The same people, misspelt or somewhere else: nothing but a model joins them.
ALIKE = (("ann", "smithe"), ("anne", "smith"), ("bob", "smitt"))
PHONES = tuple(f"+4915100000{i:02d}" for i in range(4))
LIKENESS = "SELECT id FROM match_decision WHERE rule LIKE 'likeness%' AND verdict = 'same'"
SOMEBODY = Said("somebody", "a call")

lead = st.fixed_dictionaries(
    {
        "name": st.sampled_from((*NAMES, *ALIKE)),
        "phone": st.lists(st.sampled_from(PHONES), max_size=2, unique=True),
        "email": st.lists(st.sampled_from(("a@example.com", "b@example.com")), max_size=1),
        "key": st.sampled_from(("r1", "r2")) | st.integers(0, 99).map(str),
    },
    optional={
        "company": st.sampled_from(("Acme", "Apex")),
        "city": st.sampled_from(("Bonn", "Ulm")),
        "birthday": st.sampled_from(("1980-01-02", "1991-11-30")),
    },
)
number = st.integers(0, 99)
ingests = st.tuples(st.just("ingest"), st.lists(lead, min_size=2, max_size=4))
deciding = st.tuples(
    st.sampled_from(("merge", "merge", "unmerge", "take back", "split", "different", "undo")), number, number
)
edits = st.tuples(st.just("edit"), number, st.sampled_from(("Graz", "Wien")))
# Something to decide about, then decisions and whatever comes in between.
stories = st.builds(
    lambda first, *rounds: [first, *(step for steps in rounds for step in steps)],
    ingests,
    *[st.tuples(deciding, deciding, ingests, deciding | edits)] * 3,
)


class Story:
    """One store, and what is done to it; every number picks one of what is there."""

    def __init__(self, store: Engine, loader: Any, source: Source, place: Settings) -> None:
        self.store, self.loader, self.source, self.place = store, loader, source, place
        self.seen: set[str] = set()
        self.moments: list[str] = []
        self.edits: list[tuple[str, str, str]] = []  # lead of the edit, the lead it went with, and what it said
        self.numbers = count()

    def ask(self, sql: str) -> list[Any]:
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def contacts(self) -> list[str]:
        return [row[0] for row in self.ask("SELECT public_id FROM contact ORDER BY id")]

    def pick(self, rows: list[Any], which: int) -> Any:
        return rows[which % len(rows)] if rows else None

    def ingest(self, rows: list[dict[str, Any]]) -> None:
        self.loader.take(self.source, [{**row, "id": f"l{next(self.numbers):03d}"} for row in rows])

    def names(self) -> dict[str, str]:
        """An edit goes by its place: its lead's id holds the time."""
        return {made: f"edit {i}" for i, (made, _, _) in enumerate(self.edits)}

    def edit(self, which: int, city: str) -> None:
        if contact := self.pick(self.contacts(), which):
            with reading(self.store) as connection:
                first = trail.contact(connection, contact)["first_lead_id"]
            self.edit_lead(self.names().get(first, first), city)

    def edit_lead(self, first: str, city: str) -> None:
        """Edit the contact of a lead (an edit by its place)."""
        lead = {name: made for made, name in self.names().items()}.get(first, first)
        ((contact,),) = self.ask(
            f"SELECT c.public_id FROM lead l JOIN contact c ON c.id = l.contact_id WHERE l.public_id = '{lead}'"
        )
        self.edits.append((corrections.correct(self.store, self.place, contact, {"city": city}, "x"), first, city))

    def decide(self, what: str, one: int, other: int) -> None:
        contacts = self.contacts()
        contact = self.pick(contacts, one)
        if contact is None:
            return
        try:
            if what == "merge":
                done = decisions.merge(self.store, contact, self.pick(contacts, other), SOMEBODY, anyway=True)
            elif what == "unmerge":
                aliases = self.ask("SELECT a.public_id, c.public_id FROM contact_alias a JOIN contact c ON c.id = a.contact_id ORDER BY 1")  # fmt: skip
                if not aliases:
                    return
                taken, contact = self.pick(aliases, other)
                done = decisions.unmerge(self.store, contact, taken, SOMEBODY)
                assert taken in self.contacts(), "the id that was merged is a contact's again"
            elif what == "take back":
                known = self.ask("""SELECT d.id, c.public_id FROM match_decision d JOIN lead l ON l.id = d.lead_id
                    JOIN contact c ON c.id = l.contact_id WHERE verdict = 'same' AND revoked_at IS NULL ORDER BY 1""")
                if not known:
                    return
                taken, contact = self.pick(known, other)
                done = decisions.unmerge(self.store, contact, taken, SOMEBODY)
            elif what == "split":
                leads = [row[0] for row in self.ask(
                    f"SELECT l.public_id FROM lead l JOIN contact c ON c.id = l.contact_id WHERE c.public_id = '{contact}' ORDER BY l.id")]  # fmt: skip
                done = decisions.split(self.store, contact, leads[other % len(leads) :][:2], SOMEBODY)
            else:
                first, second = (self.ask(f"SELECT first_lead_id FROM contact WHERE public_id = '{c}'")[0][0]
                                 for c in (contact, self.pick(contacts, other)))  # fmt: skip
                done = decisions.different(self.store, first, second, SOMEBODY)
        except LeadsError as error:
            event(f"{what} refused")
            note(str(error))
            return
        event(what)
        self.moments.append(done.moment)

    def undo(self, which: int) -> None:
        if in_force := self.in_force():
            decisions.undo(self.store, self.pick(in_force, which))

    def in_force(self) -> list[str]:
        return [row[0] for row in self.ask(
            "SELECT DISTINCT decided_at FROM match_decision WHERE by_hand AND revoked_at IS NULL ORDER BY 1")]  # fmt: skip

    def play(self, step: tuple[Any, ...]) -> None:
        what, *given_ = step
        if what == "ingest":
            self.ingest(*given_)
        elif what == "edit":
            self.edit(*given_)
        elif what == "undo":
            self.undo(given_[0])
        else:
            self.decide(what, *given_)
        self.seen |= set(self.contacts())
        self.check()

    def check(self) -> None:
        """What holds at any moment."""
        with reading(self.store) as connection:
            held = set(self.contacts())
            assert {trail.resolve_id(connection, contact) for contact in self.seen} <= held, "ids resolve for ever"
        assert not self.ask("""SELECT d.id FROM match_decision d JOIN lead l ON l.id = d.lead_id
            JOIN lead o ON o.id = d.other_lead_id WHERE d.revoked_at IS NULL
            AND (verdict = 'same' AND l.contact_id <> o.contact_id OR verdict = 'different' AND l.contact_id = o.contact_id)""")  # fmt: skip
        assert not self.ask("SELECT id FROM contact WHERE id NOT IN (SELECT contact_id FROM lead)")
        assert not self.ask("""SELECT a.public_id FROM contact_alias a JOIN lead l ON l.public_id = a.lead_id
                               WHERE l.contact_id <> a.contact_id""")

    def shown(self) -> dict[frozenset[str], Any]:
        """Contacts by their leads, with what they show and where it can be found; an edit goes by its place."""
        names = self.names()
        leads = defaultdict(set)
        for contact, public_id in self.ask("SELECT contact_id, public_id FROM lead"):
            leads[contact].add(names.get(public_id, public_id))
        points, keys = defaultdict(set), defaultdict(set)
        for contact, type_, value, display in self.ask(
            "SELECT contact_id, type, value, display FROM contact_point"
        ):
            points[contact].add((type_, value, display))
        for contact, key in self.ask("SELECT contact_id, key FROM match_key"):
            keys[contact].add(key)
        with reading(self.store) as connection:
            rows = [dict(row) for row in connection.execute(text("SELECT * FROM contact")).mappings()]
        for row in rows:
            row["claims"] = sorted(names.get(one, one) for one in row["claims"].split('"'))
            row["first_lead_id"] = names.get(row["first_lead_id"], row["first_lead_id"])
            for seen in ("first_seen", "last_seen"):
                row[seen] = min(row[seen], "2026-02")  # edits are of today
        return {
            frozenset(leads[row["id"]]): (
                {k: v for k, v in row.items() if k not in ("id", "public_id")}, points[row["id"]], keys[row["id"]],
            )
            for row in rows
        }  # fmt: skip


@pytest.fixture
def telling(
    begun: Callable[[str], Engine], make_loader: Callable[..., Any], make_source: Callable[..., Source]
) -> Callable[[], AbstractContextManager[Story]]:
    @contextmanager
    def told() -> Iterator[Story]:
        with tempfile.TemporaryDirectory() as name:
            store = begun(f"sqlite:///{Path(name) / 'store.db'}")
            place = Settings(home=Path(name), landing_url=str(Path(name) / "landing"))
            yield Story(store, make_loader(store, alike=True), make_source(), place)
            store.dispose()

    return told


@hypothesis_settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories, order=st.randoms(use_true_random=False))
def test_undoing_every_decision_leaves_what_the_leads_alone_say(
    telling: Callable[[], AbstractContextManager[Story]], story: list[Any], order: Any
) -> None:
    """Two stories of some 10 s each; twelve in the slow lane."""
    undo_everything(telling, story, order)


@pytest.mark.slow
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories, order=st.randoms(use_true_random=False))
def test_undoing_every_decision_of_more_stories(
    telling: Callable[[], AbstractContextManager[Story]], story: list[Any], order: Any
) -> None:
    undo_everything(telling, story, order)


def undo_everything(telling: Callable[[], AbstractContextManager[Story]], story: list[Any], order: Any) -> None:
    with telling() as decided, telling() as plain:
        for step in story:
            decided.play(step)
            if step[0] == "ingest":
                plain.play(step)
            if len(decided.edits) > len(plain.edits):
                plain.edit_lead(*decided.edits[-1][1:])
        while in_force := decided.in_force():
            decisions.undo(decided.store, order.choice(in_force))
            decided.check()
        assert decided.shown() == plain.shown()
        event(f"{len(plain.ask(LIKENESS))} joined by a model")
