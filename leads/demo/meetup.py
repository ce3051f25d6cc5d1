"""The meetup's ticket shop: orders as pretix keeps them, and what each of their positions says.

Buyers come back from the other lists; some order for colleagues, so that one phone and address stand with
several names; some orders are tests, some are cancelled, some were sold at the door without any contact.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from leads.demo import pretix, spelling
from leads.demo.people import Entity, Organisation, Person, markets
from leads.demo.story import Cell, Named, Points, Record, Story

SOURCE = "pretix_meetup"
ONLINE: tuple[Points, ...] = ("both", "email")  # an online order always has an address
NEW = {"RU": 14, "HU": 24, "DE": 18, "RO": 14, "BA": 8, "HR": 6, "RS": 6}


@dataclass(frozen=True)
class Sale:
    """The tickets of one order; the buyer's contact stands in the cells of each."""

    tickets: tuple[Record, ...]
    channel: str = "web"


def sell(story: Story) -> tuple[list[Record], list[pretix.Order]]:
    """Every position as a record, and the orders, both newest first as the shop lists them."""
    sales = _visitors(story) + _for_colleagues(story) + _companies(story) + _unnamed(story)
    sales += [_door_sale(story) for _ in range(6)] + [_test_order(number) for number in range(5)]
    sales += [Sale((_ticket(story, person, "email", apart=True),)) for person in story.bridging]
    story.random.shuffle(sales)
    moment = datetime(2026, 11, 12, 18, tzinfo=UTC)
    records: list[Record] = []
    orders: list[pretix.Order] = []
    for code in pretix.codes(story.random, len(sales)):
        sale = sales[len(orders)]
        moment -= timedelta(seconds=story.random.randint(900, 20_000), microseconds=story.random.randrange(10**6))
        positions = [ticket.cells for ticket in sale.tickets]
        test = bool(sale.tickets[0].note)
        orders.append(pretix.order(story.random, code, moment, positions, channel=sale.channel, test=test))
        records += [replace(ticket, key=f"{code}-{place}") for place, ticket in enumerate(sale.tickets, 1)]
    return records, orders


def _visitors(story: Story) -> list[Sale]:
    people = [story.people.person(market) for market, count in NEW.items() for _ in range(count)]
    people += story.again(Person, SOURCE, 78, ["RU"])
    people += story.again(Person, SOURCE, 66, ["HU", "RO", "DE"])
    people += story.again(Person, SOURCE, 48, ["BA", "HR", "RS"])
    return [_single(story, person) for person in [*people, *story.random.sample(people, 12)]]


def _for_colleagues(story: Story) -> list[Sale]:
    """Orders of two to four tickets; nobody whose contact stands beside other names is ever met unnamed."""
    hosts = story.again(Person, SOURCE, 400, ["RU", "HU", "DE", "BA"])
    sales = []
    for host in [person for person in hosts if person.company and not person.quiet][:22]:
        locale = _locale(story, host, own=True)
        first = _ticket(story, host, story.points(host, SOURCE, ONLINE), locale=locale)
        others = [_colleague(story, first, host) for _ in range(story.random.randint(1, 3))]
        sales.append(Sale((first, *others)))
    return sales


def _colleague(story: Story, first: Record, host: Person) -> Record:
    """A ticket the host ordered for somebody at the same company, whose own address may be missing."""
    person = story.people.person(host.market, company=host.company)
    ticket = _ticket(story, person, "email", locale=str(first.cells["order.locale"]))
    own = {"attendee_email": "", **{w: c for w, c in first.cells.items() if w.startswith("order.")}}
    if story.random.random() < 0.4:
        return replace(ticket, cells=ticket.cells | own, phones=first.phones, emails=first.emails)
    story.points(person, SOURCE, ("email",))
    own["attendee_email"] = ticket.cells["order.email"]
    return replace(ticket, cells=ticket.cells | own, phones=first.phones, emails=(*first.emails, *ticket.emails))


def _companies(story: Story) -> list[Sale]:
    """Tickets in a company's name alone."""
    firms = story.again(Organisation, SOURCE, 9, ["RU", "HU", "RO", "BA"])
    firms += [story.people.organisation("DE") for _ in range(3)]
    return [_single(story, firm, named="company") for firm in firms]


def _unnamed(story: Story) -> list[Sale]:
    """The shop does not insist on a name."""
    people = story.again(Person, SOURCE, 40, ["RU", "HU", "RO", "DE"])
    quiet = [person for person in people if person.quiet][:8]
    return [_single(story, person, named="none") for person in quiet if story.unnamed(person)]


def _single(story: Story, entity: Entity, *, named: Named = "full") -> Sale:
    return Sale((_ticket(story, entity, story.points(entity, SOURCE, ONLINE), named=named),))


def _ticket(
    story: Story,
    entity: Entity,
    points: Points,
    *,
    named: Named = "full",
    locale: str = "",
    apart: bool = False,
) -> Record:
    random, locale = story.random, locale or _locale(story, entity)
    mailbox = spelling.email(random, entity.mailbox)
    company = entity.company if isinstance(entity, Person) else entity
    cells: dict[str, Cell] = {
        "order.email": mailbox,
        "order.phone": entity.phone if points == "both" else "",
        "order.locale": locale,
        "attendee_email": random.choice((mailbox, "")),
        # A line with neither name nor company is a person; with a company alone it would be the company.
        "company": spelling.company(random, company) if company and named != "none" else "",
        "answer.CONSENT": random.choice(("True", "True", "False")),
        "answer.TOPIC": random.choice(("", *pretix.TOPICS)),
    }
    if isinstance(entity, Person) and named == "full":
        cells["attendee_name"] = spelling.name(random, entity, locale)
        # Who is to stay apart says no more than is needed: name, father's name and town together tell who it is.
        cells["city"], cells["country"] = "" if apart else entity.city, entity.market
        cells["answer.JOB"] = entity.job
    phones = (entity.phone,) if points == "both" else ()
    return Record(SOURCE, cells, entity, named, phones, (entity.email,), region=entity.market, apart=apart)


def _locale(story: Story, entity: Entity, *, own: bool = False) -> str:
    """The shop speaks four of the visitors' languages, and English to the others."""
    language = markets()[entity.market].language
    plain = not isinstance(entity, Person) or language != "ru" or spelling.transliterable(entity)
    abroad = language not in {"ru", "hu", "ro", "de"} or (plain and not own and story.random.random() < 0.2)
    return "en" if abroad else language


def _door_sale(story: Story) -> Sale:
    person = story.people.person("DE")
    cells: dict[str, Cell] = {"order.locale": "de", "attendee_name": f"{person.given} {person.family}"}
    return Sale((Record(SOURCE, cells, person, why="no contact point"),), channel="pretixpos")


def _test_order(number: int) -> Sale:
    cells: dict[str, Cell] = {
        "order.email": f"shop.check{number}@mail.example.com",
        "order.locale": "en",
        "attendee_name": "Test Test",
    }
    return Sale((Record(SOURCE, cells, note="test order"),) * (1 + number % 2))
