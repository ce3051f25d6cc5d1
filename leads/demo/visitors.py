"""Two lists of people who came: an exhibition's workbook and a conference's export.

The workbook is filled in at the stand: a title above the header, numbers the spreadsheet holds as numbers, a
blank line and a total. The export is UTF-8 with a byte order mark, in the two alphabets of its visitors.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leads.demo import spelling
from leads.demo.people import Entity, Organisation, Person, markets
from leads.demo.story import NOTHING, Cell, Record, Story, Told


@dataclass(frozen=True)
class Guestbook:
    """One list: how many new `guests` and `firms` of each country, and the headers of its columns."""

    source: str
    region: str
    language: str
    guests: Mapping[str, int]
    firms: Mapping[str, int]
    again: int
    columns: Mapping[str, str]
    answers: tuple[str, ...]
    spreadsheet: bool = False


EXPO = Guestbook(
    source="expo_visitors",
    region="HU",
    language="hu",
    guests={"HU": 150, "RO": 62, "DE": 38},
    firms={"HU": 16, "RO": 10, "DE": 5},
    again=22,
    columns={
        "name": "Név", "phone": "Telefonszám", "email": "E-mail", "company": "Cég", "job": "Beosztás",
        "city": "Város", "country": "Ország", "language": "Nyelv", "consent": "Hozzájárulás",
        "request": "Megjegyzés",
    },
    answers=("igen", "igen", "IGEN", "nem", ""),
    spreadsheet=True,
)  # fmt: skip

CONFERENCE = Guestbook(
    source="conference_attendees",
    region="BA",
    language="en",
    guests={"BA": 88, "HR": 52, "RS": 54},
    firms={"BA": 7, "HR": 4, "RS": 4},
    again=22,
    columns={
        "name": "Name", "phone": "Phone", "email": "E-mail", "company": "Company", "job": "Job title",
        "city": "City", "country": "Country", "consent": "Marketing consent", "stated_at": "Registered",
    },
    answers=("yes", "yes", "Yes", "no", ""),
)  # fmt: skip

LANGUAGES = {"hu": "magyar", "ro": "román", "de": "német"}


def expo(story: Story, folder: Path) -> list[Record]:
    """Write `expo_visitors.xlsx` and say what stands in it; the title counts as a record above the header."""
    guests = _guests(story, EXPO)
    first = EXPO.columns["name"]
    total = Record(EXPO.source, {first: f"Összesen: {len(guests)}"}, note="totals")
    title = Record(EXPO.source, {first: "Minta Építőipari Expo 2026 – látogatók"}, note="preamble")
    guests.insert(len(guests) // 3, Record(EXPO.source, {}, note="blank"))
    records = [title, *guests, total]
    header = Record(EXPO.source, {column: column for column in EXPO.columns.values()})
    _write_workbook(folder / "expo_visitors.xlsx", [title, header, *guests, total])
    return records


def conference(story: Story, folder: Path) -> list[Record]:
    """Write `conference_attendees.csv` and say what stands in it, line by line below the header."""
    records = _guests(story, CONFERENCE)
    for place in (40, 160):
        records.insert(place, Record(CONFERENCE.source, {}, note="blank"))
    columns = list(CONFERENCE.columns.values())
    with (folder / "conference_attendees.csv").open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        lines.writerows([record.cells.get(column, "") for column in columns] for record in records)
    return records


def _write_workbook(file: Path, rows: Iterable[Record]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        # The moment of writing would make every build another file.
        book.set_properties({"created": datetime(2026, 9, 21, tzinfo=UTC)})
        sheet = book.add_worksheet("Látogatók")
        for number, record in enumerate(rows):
            for place, column in enumerate(EXPO.columns.values()):
                cell = record.cells.get(column, "")
                write = sheet.write_number if isinstance(cell, float) else sheet.write_string
                if cell != "":
                    write(number, place, cell)


def _guests(story: Story, book: Guestbook) -> list[Record]:
    people, random = story.people, story.random
    records = []
    for market, count in book.guests.items():
        firms = [people.organisation(market) for _ in range(book.firms[market])]
        records += [_company(story, book, firm) for firm in firms]
        for _ in range(count):
            company = random.choice(firms) if random.random() < 0.4 else None
            records.append(_person(story, book, people.person(market, company=company)))
    records += [_person(story, book, person) for person in story.here(book.source, book.again, book.guests)]
    records += _unnamed(story, book) + _unusable(story, book)
    if book is EXPO:
        records.append(_bridge(story, book, people.person(book.region)))
    random.shuffle(records)
    return records


def _lead(story: Story, book: Guestbook, entity: Entity, phone: Told, email: Told, **said: Cell) -> Record:
    """One line. Who left the country out wrote a number that can be read without it."""
    random, market = story.random, markets()[entity.market]
    bare = phone[0] != "" and not str(phone[0]).startswith("+")
    at_home = bare or entity.market == book.region or random.random() < 0.7
    at = datetime(2026, 10, 1, 8, tzinfo=UTC) + timedelta(minutes=random.randrange(14 * 24 * 60))
    words: dict[str, Cell] = {
        "phone": phone[0],
        "email": email[0],
        "city": entity.city,
        "country": market.country[book.language] if at_home else "",
        "language": LANGUAGES.get(market.language, ""),
        "consent": random.choice(book.answers),
        "request": random.choice(market.requests) if random.random() < 0.3 else "",
        "stated_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    cells = {book.columns[word]: cell for word, cell in (words | said).items() if word in book.columns}
    region = entity.market if at_home else book.region
    return Record(book.source, cells, entity, phones=phone[1], emails=email[1], region=region)


def _person(story: Story, book: Guestbook, person: Person) -> Record:
    company = spelling.company(story.random, person.company) if person.company else ""
    job = person.job if story.random.random() < 0.6 else ""
    return _lead(
        story, book, person, *_told(story, book, person), name=_name(story, book, person), company=company, job=job
    )


def _name(story: Story, book: Guestbook, person: Person) -> str:
    if person.market == "RS" and story.random.random() < 0.4:
        turned = spelling.cyrillic(person)
        if turned:
            return turned
    title = "Dr. " if story.random.random() < 0.04 else ""
    return title + spelling.name(story.random, person, markets()[person.market].language)


def _phone(story: Story, book: Guestbook, entity: Entity) -> Told:
    chance = story.random.random() if book.spreadsheet and isinstance(entity, Person) else 1.0
    # German numbers have no fixed length: without its plus, +49 176 … reads as a number of another place.
    if chance < 0.2 and entity.market != "DE":
        return float(entity.phone.lstrip("+")), (entity.phone,)
    if chance < 0.3:
        return float(spelling.national(entity.phone)), (entity.phone,)
    return spelling.phone(story.random, entity.phone, entity.market), (entity.phone,)


def _told(story: Story, book: Guestbook, entity: Entity) -> tuple[Told, Told]:
    points = story.points(entity, book.source)
    email: Told = (spelling.email(story.random, entity.mailbox), (entity.email,))
    return (
        _phone(story, book, entity) if points != "email" else NOTHING,
        email if points != "phone" else NOTHING,
    )


def _company(story: Story, book: Guestbook, firm: Organisation) -> Record:
    company = spelling.company(story.random, firm)
    return replace(_lead(story, book, firm, *_told(story, book, firm), company=company), named="company")


def _unnamed(story: Story, book: Guestbook) -> list[Record]:
    """Visitors who left only a number or an address, some of them named on another line."""
    known = story.here(book.source, 12, book.guests)
    people = [*known, *(story.people.person(book.region) for _ in range(12))]
    return [
        replace(_lead(story, book, person, *_told(story, book, person)), named="none")
        for person in people
        if story.unnamed(person)
    ]


def _unusable(story: Story, book: Guestbook) -> list[Record]:
    """Lines about people who cannot be reached by what the line says, and why."""
    records = []
    for number in range(9):
        person = story.people.person(book.region)
        phone, email, why = "", "", "no contact point"
        if number % 3 == 0:
            phone, why = spelling.damaged(person.phone), "phone: spreadsheet damaged"
        if number % 3 == 1:
            email, reason = spelling.broken_email(story.random, person.mailbox)
            why = f"email: {reason}"
        name = _name(story, book, person)
        records.append(replace(_lead(story, book, person, (phone, ()), (email, ()), name=name), why=why))
    return records


def _bridge(story: Story, book: Guestbook, person: Person) -> Record:
    """Comes here with the phone, next with the e-mail, and only then with both."""
    story.bridging.append(person)
    return _lead(story, book, person, _phone(story, book, person), NOTHING, name=_name(story, book, person))
