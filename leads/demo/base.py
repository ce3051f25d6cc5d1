"""The purchased base: a seller's list of people and companies, in the state such lists are in.

A windows-1251 CSV with every way of writing a phone, numbers a spreadsheet has damaged, switchboards and
mailboxes that many share, rows twice, blank lines, a header in the middle and a total at the end.
"""

import csv
from dataclasses import replace
from pathlib import Path

from leads.demo import spelling
from leads.demo.people import Entity, Organisation, Person, markets
from leads.demo.story import NOTHING, Cell, Named, Record, Story, Told

SOURCE = "stroyka_base"
HEADER = (
    "№", "Наименование", "ФИО", "Должность", "Телефон", "E-mail",
    "Город", "Регион", "Согласие", "Категория", "ИНН",
)  # fmt: skip
DAMAGED, TOO_SHORT, NO_POINT = "phone: spreadsheet damaged", "phone: too short", "no contact point"
REGIONS = {
    "Москва": ("Москва", "г. Москва", "Мск"),
    "Московская область": ("Московская область", "МО", "Моск. обл."),
    "Санкт-Петербург": ("Санкт-Петербург", "СПб"),
}


def write(story: Story, folder: Path) -> list[Record]:
    """Write `stroyka_base.csv` and say what stands in it, line by line below the header."""
    records = _spoiled(story, _numbered(story, _planned(story)))
    with (folder / "stroyka_base.csv").open("w", encoding="cp1251", newline="") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(HEADER)
        for record in records:
            # A record without any cell is a line without any separator.
            lines.writerow([record.cells.get(header, "") for header in HEADER] if record.cells else [])
    return records


def _planned(story: Story) -> list[Record]:
    people, random = story.people, story.random
    firms = [people.organisation("RU") for _ in range(112)]
    tenants = [people.organisation("RU", phone=firm.phone) for firm in firms[:3]]
    traders = [people.organisation("RU", sole_trader=True) for _ in range(12)]
    offices = [people.person("RU", company=firm) for firm in firms[3:55] for _ in range(random.randint(3, 5))]
    single = [people.person("RU", company=firm) for firm in firms[55:]]
    private = [people.person("RU") for _ in range(275)]
    records = [_company(story, firm) for firm in [*firms, *tenants, *traders, *random.sample(firms, 16)]]
    records += [_person(story, person) for person in [*offices, *single, *private]]
    records += [_person(story, person) for person in story.here(SOURCE, 85, ["RU"])]
    records += [_switchboard_only(story, people.person("RU", company=firm)) for firm in firms[3:18]]
    records += _unnamed(story, [*random.sample(private, 60), *(people.person("RU") for _ in range(30))])
    records += _unusable(story)
    records.append(_bridge(story, people.person("RU")))
    random.shuffle(records)
    return records


def _lead(story: Story, entity: Entity, phone: Told, email: Told, **cells: Cell) -> Record:
    random = story.random
    company = entity.company if isinstance(entity, Person) else entity
    written = {
        "Наименование": spelling.company(random, company) if company else "",
        "Телефон": phone[0],
        "E-mail": email[0],
        "Город": entity.city,
        "Регион": random.choice(REGIONS.get(entity.region, (entity.region,))),
        "Согласие": random.choices(("да", "нет", "", "Да"), (45, 12, 38, 5))[0],
        "Категория": random.choice(("опт", "розница", "ОПТ", "опт.", "", "")),
        "ИНН": f"00{random.randrange(10**8):08}" if company else "",
    }
    return Record(SOURCE, written | cells, entity, phones=phone[1], emails=email[1], region="RU")


def _company(story: Story, firm: Organisation) -> Record:
    return replace(_lead(story, firm, *_told(story, firm)), named="company")


def _person(story: Story, person: Person) -> Record:
    points = story.points(person, SOURCE)
    phone = _phones(story, person) if points != "email" else _no_phone(story, person)
    email = _typed(story, person) if points != "phone" else _no_email(story, person)
    name = spelling.russian_name(story.random, person)
    return _lead(story, person, phone, email, **{"ФИО": name, "Должность": person.job if person.company else ""})


def _switchboard_only(story: Story, person: Person) -> Record:
    """Somebody who can only be reached through the company: never met again, nothing of theirs is known."""
    phone = _extension(story, person)
    return _lead(story, person, phone, NOTHING, **{"ФИО": spelling.russian_name(story.random, person)})


def _unnamed(story: Story, persons: list[Person]) -> list[Record]:
    """Rows with initials or no name at all, of people whose points nobody else has."""
    records = []
    for person in persons:
        if story.unnamed(person):
            phone, email = _told(story, person)
            named: Named = story.random.choice(("initial", "initial", "none"))
            name = spelling.initials(person) if named == "initial" else ""
            records.append(replace(_lead(story, person, phone, email, **{"ФИО": name}), named=named))
    return records


def _unusable(story: Story) -> list[Record]:
    """Rows about people who cannot be reached by what the row says, and why."""
    records = []
    for cause in [DAMAGED] * 20 + [NO_POINT] * 12 + [TOO_SHORT] * 8 + ["email"] * 10:
        person = story.people.person("RU")
        phone, email, why = {DAMAGED: spelling.damaged(person.phone), TOO_SHORT: "12345"}.get(cause, ""), "", cause
        if cause == NO_POINT:
            phone, email = story.random.choice(spelling.NOTHING), story.random.choice(("", "нет"))
        if cause == "email":
            email, reason = spelling.broken_email(story.random, person.mailbox)
            why = f"email: {reason}"
        name = spelling.russian_name(story.random, person)
        row = _lead(story, person, (phone, ()), (email, ()), **{"ФИО": name})
        records.append(replace(row, why=why))
    return records


def _bridge(story: Story, person: Person) -> Record:
    story.bridging.append(person)
    name = spelling.russian_name(story.random, person)
    return _lead(story, person, _written(story, person.phone), NOTHING, **{"ФИО": name})


def _told(story: Story, entity: Entity) -> tuple[Told, Told]:
    """The own phone and e-mail, or one of them and nothing beside it."""
    points = story.points(entity, SOURCE)
    phone = _written(story, entity.phone) if points != "email" else NOTHING
    return phone, _typed(story, entity) if points != "phone" else NOTHING


def _written(story: Story, value: str) -> Told:
    return spelling.phone(story.random, value, "RU"), (value,)


def _typed(story: Story, entity: Entity) -> Told:
    return spelling.email(story.random, entity.mailbox), (entity.email,)


def _phones(story: Story, person: Person) -> Told:
    """The own number; with it, now and then, a second one or the company's switchboard in the same cell."""
    random = story.random
    values = (person.phone,)
    text = spelling.phone(random, person.phone, "RU")
    if person.second_phone and random.random() < 0.7:
        text += random.choice((", ", "; ", " / ")) + spelling.phone(random, person.second_phone, "RU")
        return text, (*values, person.second_phone)
    if person.company and random.random() < 0.3:
        office, shared = _extension(story, person)
        return f"{text}; {office}", (*values, *shared)
    return (spelling.decimal(person.phone), values) if random.random() < 0.1 else (text, values)


def _extension(story: Story, person: Person) -> Told:
    if person.company is None:
        return NOTHING
    style = story.random.choice(("8 ({area}) {dashed}", "+7 {area} {dashed}"))
    number = spelling.phone_as(style, person.company.phone, markets()["RU"])
    return f"{number} доб. {story.random.randint(10, 99)}", (person.company.phone,)


def _no_phone(story: Story, person: Person) -> Told:
    if person.company and story.random.random() < 0.4:
        return _extension(story, person)
    texts = (*spelling.NOTHING, "12345", spelling.damaged(person.phone), spelling.damaged(person.phone))
    return story.random.choice(texts), ()


def _no_email(story: Story, person: Person) -> Told:
    chance = story.random.random()
    if person.company and chance < 0.25:
        return person.company.mailbox, (person.company.email,)
    return (spelling.broken_email(story.random, person.mailbox)[0] if chance > 0.8 else "", ())


def _numbered(story: Story, records: list[Record]) -> list[Record]:
    """Rows get their number; some are then in the file twice, to the letter."""
    rows = [record.but(**{"№": str(number)}) for number, record in enumerate(records, 1)]
    twice = [row for row in rows if row.phones + row.emails and row.named in {"full", "company"}]
    for row in story.random.sample(twice, 14):
        rows.insert(rows.index(row) + story.random.randint(1, 40), row)
    return rows


def _spoiled(story: Story, rows: list[Record]) -> list[Record]:
    """The lines that are no records: blank ones of two sorts, the header once more, the total."""
    total = Record(SOURCE, {"№": f"Итого: {len(rows)}"}, note="totals")
    for number in range(10):
        blank = Record(SOURCE, {"№": ""} if number % 2 else {}, note="blank")
        rows.insert(story.random.randrange(1, len(rows)), blank)
    header = Record(SOURCE, {name: name for name in HEADER}, note="header")
    rows.insert(len(rows) // 2, header)
    return [*rows, total]
