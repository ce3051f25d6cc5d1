"""Whose a name is where the row of a table speaks of several people, and which column is the record's own number.

A parent's name is the person's own in a table where nobody else has a name; beside the name of the person who plays or
learns it is somebody else's.
"""

from collections.abc import Sequence

from sources import headwords
from sources.parties import CHILD, RELATIVE, STAFF, distance
from sources.settled import Column

PERSON = ("full_name", "given_name", "family_name", "patronymic")
ID_AMONG = 3  # columns from the left
OWNER = {"owner"}
DAYS = (("data",), ("datum",), ("date",))
HOURS = {"ora", "vrijeme", "vreme", "uhrzeit", "sat", "termin", "idopont"}
# `Время` beside `Дата` may be that of the request: only where a service is booked it is to come.
TIMES = {"vremya", "time"}
SERVICES = {
    "master", "procedura", "prodolzitelnost", "dlitelnost", "duration", "stylist", "therapist", "treatment", "table",
    "guests",
}  # fmt: skip
LEAST = 0.5  # of a header
# How far from the person of the row somebody may be whose birthday, title or firm a column still has for this person.
FARTHEST = {"birthday": RELATIVE, "company": CHILD, "title": 0, "gender": 0}
# Of these a lead has one: two columns joined would be neither.
SINGLE = ("gender", "ordered_on", "amount")


def strangers(columns: Sequence[Column], targets: Sequence[str]) -> set[int]:
    """Places of the columns that hold the name of somebody else than the person whose name the table has nearer."""
    named = {place: _away(columns[place]) for place, target in enumerate(targets) if target in PERSON}
    if not named:
        return set()
    nearest = min(named.values())
    strange = {place for place, far in named.items() if far > nearest}
    if any(_away(columns[place]) == CHILD for place in strange):
        # Where a parent is the person of the row, a child's sex would become the parent's.
        strange |= {place for place, target in enumerate(targets) if target == "gender"}
    strange |= _second_lines(columns, targets)
    for place, target in enumerate(targets):
        far = distance(headwords.words(columns[place].header)) if target in FARTHEST else 0
        if far > max(nearest, FARTHEST.get(target, 0)):
            strange.add(place)
    return strange


def _second_lines(columns: Sequence[Column], targets: Sequence[str]) -> set[int]:
    """`Name 2` beside `Name 1`: numbers are no words, so both headers say the same."""
    seen: set[tuple[str, ...]] = set()
    found = set()
    for place, target in enumerate(targets):
        told = headwords.words(columns[place].header)
        if target == "full_name" and told in seen and columns[place].header.rstrip()[-1:].isdigit():
            found.add(place)
        if target in ("full_name", "company"):
            seen.add(told)
    return found


def _away(column: Column) -> int:
    """Of a header that says nothing, only its values said that it holds names."""
    if column.told is None and not column.is_nameless:
        return STAFF
    return distance(headwords.words(column.header))


def owners(columns: Sequence[Column], targets: Sequence[str]) -> dict[int, str]:
    """What becomes of names where the telephone or the e-mail is the owner's: the person is the owner, and no other.

    Beside a telephone or an e-mail of nobody in particular the owner is our colleague who looks after the record.
    """
    points = [
        column for column, target in zip(columns, targets, strict=True) if target.startswith(("phone", "email"))
    ]
    reached = [column for column in points if OWNER & set(headwords.words(column.header))]
    if not reached or any(column.share >= 1 and column not in reached for column in points):
        return {}
    own = {place for place, column in enumerate(columns) if column.field == "owner"}
    others = {place for place, target in enumerate(targets) if target in PERSON} - own
    return dict.fromkeys(own, "full_name") | (dict.fromkeys(others, "") if own else {})


def appointments(columns: Sequence[Column], targets: Sequence[str]) -> set[int]:
    """Places of the columns `Data`, `Datum` that hold the day somebody is to come.

    Their hour stands in a column of its own, or another column says when the row was made.
    """
    stated = [place for place, target in enumerate(targets) if target in ("stated_at", "ordered_on")]
    days = {place for place in stated if headwords.words(columns[place].header) in DAYS}
    told = {word for column in columns for word in headwords.words(column.header)}
    has_hour = bool(told & HOURS or (told & TIMES and told & SERVICES))
    if not (has_hour or len(days) < len(stated)):
        return set()
    return {place for place in days if not any(":" in text for text in columns[place].examples)}


def second(targets: Sequence[str], confidences: Sequence[float]) -> set[int]:
    """Places of the columns of which a lead has but one and another column is surer, or as sure and further left."""
    found = set()
    for field in SINGLE:
        places = [place for place, target in enumerate(targets) if target == field]
        found |= set(sorted(places, key=lambda place: -confidences[place])[1:])
    return found


def consented(targets: Sequence[str]) -> int | None:
    """The column of the day of an order where it is the only moment of a consent: what was asked with the order."""
    if "consent" not in targets or "stated_at" in targets or "ordered_on" not in targets:
        return None
    return list(targets).index("ordered_on")


def own_number(columns: Sequence[Column], targets: Sequence[str]) -> int | None:
    """Where a table has no `external_id`: the first of its columns that names a number of records, each used once."""
    if "external_id" in targets:
        return None
    free = (place for place, target in enumerate(targets) if not target)
    return next((place for place in free if _numbers(columns[place])), None)


def _numbers(column: Column) -> bool:
    if column.told is None or column.told.is_of_thing or column.share < LEAST:
        return False
    leads = column.place == 0 or (column.place < ID_AMONG and column.share >= 1)
    is_number = column.field == "external_id" or (column.field == "number" and leads)
    return is_number and bool(column.looks) and column.unique and not column.looks_like("date")
