"""An open directory of companies: list pages that lead to one page per company, in three kinds of markup.

A third of the pages say who they are about in JSON-LD, a third in microdata, a third only in links and a heading.
There is what a visitor must not take: pages that robots.txt forbids, fax numbers, the directory's own address in
every footer; and what a visitor must survive: a missing page and two that redirect to each other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from leads.demo import spelling
from leads.demo.exchange import Answer, Request
from leads.demo.people import Organisation, letters
from leads.demo.story import Cell, Record, Story

SOURCE, HOME = "company_directory", "RU"
START, FIRM, PRIVATE = "/directory/", "/directory/firm/", "/directory/private/"
MISSING, MOVED, MOVED_BACK = f"{FIRM}closed/", f"{FIRM}moved/", f"{FIRM}moved-back/"
ROBOTS = f"User-agent: *\nDisallow: {PRIVATE}\n"
OWN_ADDRESS = "webmaster@directory.example.org"
PER_PAGE = 20
NEW = {"RU": 58, "HU": 8, "RO": 6, "BA": 3, "HR": 3, "RS": 3}
NO_CONTACT = (
    ("по запросу", "", "phone: not a number"),
    ("12345", "", "phone: too short"),
    ("", "info(at)mail", "email: no @"),
)


@dataclass(frozen=True)
class Directory:
    """The pages by path and query, and the contacts on them that nobody may bring home."""

    pages: Mapping[str, str]
    never: tuple[str, ...]


def answer(directory: Directory, request: Request) -> Answer:
    """A page, a redirect to the page that redirects back, or 404."""
    if request.path in {MOVED, MOVED_BACK}:
        target = MOVED_BACK if request.path == MOVED else MOVED
        return Answer(302, headers={"Location": target})
    number = request.query.get("page", "1")
    page = directory.pages.get(request.path if number == "1" else f"{request.path}?page={number}")
    return Answer(200, page.encode()) if page else Answer(404, b"<h1>404</h1>")


def publish(story: Story) -> tuple[list[Record], Directory]:
    """What a visitor finds, one record per company's page (`key` is its path), and the pages themselves."""
    records: list[Record] = []
    pages: dict[str, str] = {}
    faxes: list[str] = []
    for number, (firm, planned) in enumerate(_planned(story)):
        fax = story.people.phone(firm.market, "fixed") if number % 13 < 3 else ""
        record = replace(planned, key=f"{FIRM}{letters(firm.name)[:24]}-{number}/")
        pages[record.key] = _page(MARKUPS[number % len(MARKUPS)](record.cells, fax))
        records.append(record)
        faxes += [fax] if fax else []
    links = [*pages, MISSING, MOVED]
    hidden, secrets = _hidden(story)
    return records, Directory(_lists(links) | pages | hidden, (OWN_ADDRESS, *faxes, *secrets))


def _planned(story: Story) -> list[tuple[Organisation, Record]]:
    known = story.again(Organisation, SOURCE, 96, ["RU", "HU", "RO", "DE", "BA", "HR", "RS"])
    new = [story.people.organisation(market) for market, count in NEW.items() for _ in range(count)]
    # Twice in the directory are only companies that other sources name too: a crawl has no order of its own.
    planned = [(firm, _lead(story, firm)) for firm in [*known, *known[:8], *new]]
    for phone, email, why in NO_CONTACT:
        firm = story.people.organisation(HOME)
        cells = _address(story, firm) | {"phone": phone, "email": email}
        planned.append((firm, Record(SOURCE, cells, firm, "company", region=HOME, why=why)))
    story.random.shuffle(planned)
    return planned


def _lead(story: Story, firm: Organisation) -> Record:
    points = story.points(firm, SOURCE)
    phones = (firm.phone,) if points != "email" else ()
    emails = (firm.email,) if points != "phone" else ()
    abroad = firm.market != HOME
    cells = _address(story, firm) | {
        "phone": spelling.phone(story.random, firm.phone, firm.market, abroad=abroad) if phones else "",
        "email": firm.mailbox if emails else "",
    }
    return Record(SOURCE, cells, firm, "company", phones, emails, region=HOME)


def _address(story: Story, firm: Organisation) -> dict[str, Cell]:
    return {
        "name": spelling.company(story.random, firm),
        "street": firm.street,
        "city": firm.city,
        "postcode": firm.postcode,
        "country": firm.market,
        "website": firm.website,
        "category": firm.category,
    }


def _page(main: str) -> str:
    """The frame of every page: the directory's own address is in its footer."""
    return f"""<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><title>Каталог-пример</title></head><body>
<header><nav><a href="{START}">Каталог</a> <a href="{PRIVATE}">Для партнёров</a></nav></header>
<main>
{main}
</main>
<footer><p>Каталог-пример, <a href="mailto:{OWN_ADDRESS}">{OWN_ADDRESS}</a></p></footer>
</body></html>
"""


def _lists(links: list[str]) -> dict[str, str]:
    """The list pages, each with a link to the next."""
    cuts = range(0, len(links), PER_PAGE)
    pages = {}
    for number, cut in enumerate(cuts, 1):
        items = "\n".join(f'<li><a href="{link}">{link}</a></li>' for link in links[cut : cut + PER_PAGE])
        onward = f'<a rel="next" href="{START}?page={number + 1}">Дальше</a>' if number < len(cuts) else ""
        path = START if number == 1 else f"{START}?page={number}"
        pages[path] = _page(f"<h1>Строительные компании</h1>\n<ul>{items}</ul>\n{onward}")
    return pages


def _hidden(story: Story) -> tuple[dict[str, str], list[str]]:
    """The partners' pages, which robots.txt forbids, and the contacts on them."""
    firms = [story.people.organisation(HOME) for _ in range(4)]
    pages = {
        f"{PRIVATE}{number}/": _page(_links({"name": firm.name, "phone": firm.phone, "email": firm.mailbox}, ""))
        for number, firm in enumerate(firms)
    }
    index = "".join(f'<li><a href="{path}">{path}</a></li>' for path in pages)
    secrets = [value for firm in firms for value in (firm.phone, firm.email)]
    return {PRIVATE: _page(f"<h1>Партнёры</h1><ul>{index}</ul>"), **pages}, secrets


def _json_ld(cells: Mapping[str, Cell], fax: str) -> str:
    address = {
        "@type": "PostalAddress", "streetAddress": cells["street"], "addressLocality": cells["city"],
        "postalCode": cells["postcode"], "addressCountry": cells["country"],
    }  # fmt: skip
    facts = {
        "@context": "https://schema.org", "@type": "LocalBusiness", "name": cells["name"],
        "telephone": cells["phone"], "faxNumber": fax, "email": cells["email"], "url": cells["website"],
        "address": address,
    }  # fmt: skip
    stated = json.dumps({key: fact for key, fact in facts.items() if fact}, ensure_ascii=False)
    script = stated.replace("</", "<\\/")
    return f'<h1>{_text(cells["name"])}</h1>\n<script type="application/ld+json">{script}</script>'


def _microdata(cells: Mapping[str, Cell], fax: str) -> str:
    properties = {"telephone": cells["phone"], "faxNumber": fax}
    lines = [f'<p><span itemprop="{name}">{_text(text)}</span></p>' for name, text in properties.items() if text]
    if cells["email"]:
        lines.append(f'<p><a itemprop="email" href="mailto:{_text(cells["email"])}">Написать</a></p>')
    lines.append('<p itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">')
    lines += [
        f'<span itemprop="{name}">{_text(cells[word])}</span>'
        for name, word in (
            ("streetAddress", "street"), ("addressLocality", "city"), ("postalCode", "postcode"),
            ("addressCountry", "country"),
        )
    ]  # fmt: skip
    return "\n".join([
        '<div itemscope itemtype="https://schema.org/LocalBusiness">',
        f'<h1 itemprop="name">{_text(cells["name"])}</h1>',
        *lines,
        f'</p><a itemprop="url" href="{_text(cells["website"])}">Сайт</a></div>',
    ])  # fmt: skip


def _links(cells: Mapping[str, Cell], fax: str) -> str:
    lines = [f"<h1>{_text(cells['name'])}</h1>"]
    if cells["phone"]:
        lines.append(f'<p>Тел.: <a href="tel:{_text(cells["phone"])}">{_text(cells["phone"])}</a></p>')
    if fax:
        lines.append(f'<p>Факс: <a href="fax:{fax}">{fax}</a></p>')
    if cells["email"]:
        lines.append(f'<p><a href="mailto:{_text(cells["email"])}?subject=Zapros">Написать</a></p>')
    return "\n".join(lines)


def _text(cell: Cell) -> str:
    return escape(str(cell))


MARKUPS = (_json_ld, _microdata, _links)
