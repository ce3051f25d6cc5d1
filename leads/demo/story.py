"""What each source says about whom: the plan the demo's world is written from.

A lead is decided when it is planned: whom it is about, which of their contact points it states so that they can
be read, and why it cannot be used. Later leads of somebody always repeat a point that an earlier one stated,
except where two contacts are meant to come of one person (`apart`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, TypeVar

from leads.demo.people import Entity, Organisation, People, Person

Cell = str | float | bool
Told = tuple[Cell, tuple[str, ...]]  # a cell as written, and the points in it that can be read
NOTHING: Told = ("", ())
Points = Literal["both", "phone", "email"]
Named = Literal["full", "initial", "none", "company"]
E = TypeVar("E", Person, Organisation)

STATES: dict[Points, frozenset[str]] = {
    "both": frozenset({"phone", "email"}),
    "phone": frozenset({"phone"}),
    "email": frozenset({"email"}),
}


@dataclass(frozen=True)
class Record:
    """One record of a source.

    `cells`: what it says, by the words of the module that writes it. `phones` (E.164) and `emails` (canonical):
    the points it states readably. `note`: why it is no record; `why`: why it is unusable. `key`: the provider's
    own id. `region`: the country its bare phone numbers are read in.
    """

    source: str
    cells: dict[str, Cell]
    entity: Entity | None = None
    named: Named = "full"
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    region: str = ""
    why: str = ""
    note: str = ""
    key: str = ""
    apart: bool = False

    def but(self, **cells: Cell) -> "Record":
        """The same record with other words in some cells."""
        return replace(self, cells={**self.cells, **cells})


@dataclass
class Acquaintance:
    """Which of an entity's own points have been stated so far, and what each source stated."""

    entity: Entity
    known: set[str] = field(default_factory=set)
    told: dict[str, Points] = field(default_factory=dict)
    once_unnamed: bool = False


class Story:
    """Who has been met so far. Sources are written in the order in which the demo ingests them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.people = People(self.random)
        self.met: dict[str, Acquaintance] = {}
        self.bridging: list[Person] = []

    def points(self, entity: Entity, source: str, allowed: Iterable[Points] = STATES) -> Points:
        """Which of their points `entity` states in `source`.

        At least one that is known of them, if they were met; the same ones each time within a source, so that
        no order of its records makes two contacts of one.
        """
        seen = self.met.setdefault(entity.id, Acquaintance(entity))
        if source not in seen.told:
            weight = {"both": 6, "phone": 3, "email": 2}
            options = [points for points in allowed if not seen.known or STATES[points] & seen.known]
            seen.told[source] = self.random.choices(options, [weight[option] for option in options])[0]
            seen.known |= STATES[seen.told[source]]
        return seen.told[source]

    def unnamed(self, person: Person) -> bool:
        """May this lead leave the name out? Once, and only where nobody else has the person's points."""
        seen = self.met.setdefault(person.id, Acquaintance(person))
        allowed = person.quiet and not seen.once_unnamed
        seen.once_unnamed = seen.once_unnamed or allowed
        return allowed

    def again(self, kind: type[E], source: str, count: int, markets: Iterable[str]) -> list[E]:
        """Up to `count` entities of `markets` that were met elsewhere and now turn up in `source`."""
        return self._some(kind, count, markets, lambda seen: bool(seen.known) and source not in seen.told)

    def here(self, source: str, count: int, markets: Iterable[str]) -> list[Person]:
        """Persons already met in this very source, who will be in it once more."""
        return self._some(Person, count, markets, lambda seen: source in seen.told)

    def _some(
        self, kind: type[E], count: int, markets: Iterable[str], fits: Callable[[Acquaintance], bool]
    ) -> list[E]:
        places = frozenset(markets)
        found = [
            seen.entity
            for seen in self.met.values()
            if isinstance(seen.entity, kind) and seen.entity.market in places and fits(seen)
        ]
        return self.random.sample(found, min(count, len(found)))
