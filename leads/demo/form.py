"""The website's form: what people typed into it, in five languages.

Most are new or known from other lists; some send it twice, some leave out the name, households give one phone,
companies give only their own name, and some just try whether the form works.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from leads.demo import spelling, typeform
from leads.demo.people import Entity, Organisation, Person, markets
from leads.demo.story import Cell, Named, Record, Story

SOURCE, HOME = "website_form", "RU"
NEW = {"RU": 72, "HU": 32, "RO": 26, "DE": 20, "BA": 4, "HR": 4, "RS": 4}
JUNK_NAMES = ("asdf", "тест", "test", "qwerty", "ааа")
CAMPAIGNS = ("search", "social", "newsletter", "")
NO_POINT = "no contact point"
JUNK_PHONES = {"123": "phone: too short", "asdf": "phone: not a number", "-": NO_POINT, "": NO_POINT}


def responses(story: Story) -> tuple[list[Record], list[typeform.Response]]:
    """What the form was sent, and the provider's records of it, both newest first."""
    records = _people(story) + _households(story) + _companies(story) + _unnamed(story) + _junk(story)
    records += [_lead(story, person, "full") for person in story.bridging]
    records += [_lead(story, person, "full") for person in story.here(SOURCE, 36, NEW)]
    story.random.shuffle(records)
    moment = datetime(2026, 11, 20, 19, tzinfo=UTC)
    answers = []
    for number, record in enumerate(records):
        moment -= timedelta(seconds=story.random.randint(600, 34_000))
        response = typeform.response(story.random, moment, record.cells)
        answers.append(response)
        records[number] = replace(record, key=response["response_id"])
    return records, answers


def _people(story: Story) -> list[Record]:
    people = [story.people.person(market) for market, count in NEW.items() for _ in range(count)]
    people += story.again(Person, SOURCE, 112, ["RU"])
    people += story.again(Person, SOURCE, 84, ["HU", "RO", "DE"])
    people += story.again(Person, SOURCE, 40, ["BA", "HR", "RS"])
    return [_lead(story, person, "full") for person in people]


def _households(story: Story) -> list[Record]:
    """Two of one family, each with an address of their own and both with the same phone."""
    records = []
    for market in ("RU", "RU", "RU", "RU", "HU", "HU", "RO"):
        first = story.people.person(market, quiet=False)
        second = story.people.person(market, quiet=False, beside=first)
        for person in (first, second):
            story.points(person, SOURCE, ("both",))
            records.append(_lead(story, person, "full"))
    return records


def _companies(story: Story) -> list[Record]:
    firms = story.again(Organisation, SOURCE, 8, ["RU", "HU", "RO"])
    firms += [story.people.organisation(market) for market in ("RU", "RU", "RU", "HU")]
    return [_lead(story, firm, "company") for firm in firms]


def _unnamed(story: Story) -> list[Record]:
    known = story.again(Person, SOURCE, 50, ["RU", "HU", "RO"])
    people = [*[person for person in known if person.quiet][:10], *(story.people.person(HOME) for _ in range(10))]
    return [_lead(story, person, "none") for person in people if story.unnamed(person)]


def _junk(story: Story) -> list[Record]:
    """Try-outs: some with an address that works, the others with nothing to reach anybody by."""
    records = []
    for _ in range(8):
        person = story.people.person(HOME)
        story.points(person, SOURCE, ("email",))
        records.append(_lead(story, person, "none").but(name=story.random.choice(JUNK_NAMES)))
    for phone in [*JUNK_PHONES] * 4:
        junk: dict[str, Cell] = {"name": story.random.choice(JUNK_NAMES), "phone": phone, "hidden.lang": "ru"}
        records.append(Record(SOURCE, junk, region=HOME, why=JUNK_PHONES[phone]))
    return records


def _lead(story: Story, entity: Entity, named: Named) -> Record:
    """One response; who did not choose a country wrote a phone that can be read without it."""
    random, market = story.random, markets()[entity.market]
    # Somebody who came once with the phone and once with the e-mail gives both here.
    points = "both" if entity in story.bridging else story.points(entity, SOURCE)
    language, at_home = _language(story, entity), random.random() < 0.75
    cells: dict[str, Cell] = {
        "question": random.choice(market.requests) if random.random() < 0.5 else "",
        "hidden.lang": language,
        "hidden.utm_source": random.choice(CAMPAIGNS),
        "country": market.country[language] if at_home else "",
    }
    if random.random() < 0.9:
        cells["consent"] = random.random() < 0.7
    if points != "email":
        abroad = not at_home and entity.market != HOME
        cells["phone"] = spelling.phone(random, entity.phone, entity.market, abroad=abroad)
    if points != "phone":
        cells["email"] = spelling.email(random, entity.mailbox)
    if isinstance(entity, Person) and named == "full":
        cells["name"], cells["city"] = spelling.name(random, entity, language), entity.city
    elif not isinstance(entity, Person):
        cells["company"] = spelling.company(random, entity)
    return Record(
        SOURCE, cells, entity, named,
        phones=(entity.phone,) if points != "email" else (),
        emails=(entity.email,) if points != "phone" else (),
        region=entity.market if at_home else HOME,
    )  # fmt: skip


def _language(story: Story, entity: Entity) -> str:
    """The form speaks Russian, Hungarian, Romanian and German, and English to everybody else."""
    own = markets()[entity.market].language
    can_change = isinstance(entity, Person) and (own != "ru" or spelling.transliterable(entity))
    return "en" if own not in typeform.LANGUAGES or (can_change and story.random.random() < 0.15) else own
