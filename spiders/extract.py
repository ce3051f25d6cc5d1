"""Which contacts does a page state? JSON-LD and microdata, and `tel:` and `mailto:` links under the heading.

Kept out: fax numbers, and what is the site's own (its publisher, and everything in its header, footer and
navigation), because that stands on every page and is nobody's lead.
"""

import html as entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import extruct
from scrapy import Selector

LINKS = 50  # more tel: and mailto: links than this are a list of others' contacts
DEPTH = 12  # of nested structured data
LENGTH = 2_000  # characters kept of a text; a page may hold a novel where the name should be

# Roles in which schema.org names whoever runs the site, or somebody the page is not about.
ROLES = {
    "publisher", "author", "creator", "editor", "provider", "sourceOrganization", "copyrightHolder",
    "maintainer", "isPartOf", "review", "reviews", "comment", "sponsor", "funder",
}  # fmt: skip
PARTS = {"PostalAddress", "ContactPoint", "Place", "WebSite", "WebPage", "ImageObject", "GeoCoordinates"}
PLAIN = {"Organization", "LocalBusiness", "Corporation", "Person", "Thing"}

_LANDMARKS = (
    "//nav | //*[@role='navigation' or @role='banner' or @role='contentinfo']"
    " | //header[not(ancestor::main or ancestor::article or ancestor::section)]"
    " | //footer[not(ancestor::main or ancestor::article or ancestor::section)]"
)
_FAX = re.compile(r"(?i)fax|факс|(?:^|\s)f[\s.:]*$")
_PHONE = re.compile(r"(?i)\btel\b|\btelefon|phone|\bтел\b|телефон")


@dataclass
class Contact:
    """What a page says about one person or organisation, as it says it. `page` is the contact's own page."""

    name: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    website: str = ""
    category: str = ""
    page: str = ""

    @property
    def points(self) -> list[str]:
        """Its phones and e-mail addresses."""
        return self.phones + self.emails

    def is_same(self, other: "Contact") -> bool:
        """Do two readings of one page (JSON-LD and microdata) speak of the same contact?"""
        if self.name and other.name and self.name.casefold() != other.name.casefold():
            return False
        shared = set(map(_digits, self.phones)) & set(map(_digits, other.phones))
        named = bool(self.name and other.name) and (not self.street or not other.street)
        return bool(shared or set(self.emails) & set(other.emails) or named)

    def add(self, other: "Contact") -> None:
        """Take from `other` what is not there yet."""
        phones = {_digits(phone): phone for phone in self.phones}
        for phone in other.phones:
            phones.setdefault(_digits(phone), phone)
        self.phones = list(phones.values())
        self.emails += [email for email in other.emails if email not in self.emails]
        for name in ("name", "street", "city", "postcode", "country", "website", "category", "page"):
            setattr(self, name, getattr(self, name) or getattr(other, name))


def contacts(html: str, url: str, *, linked: bool = True, own: bool = False) -> list[Contact]:
    """The contacts the page at `url` states, in its order; with `own` those of the site itself too.

    Without `linked` only structured data counts: the links of a list page belong to many. Never raises for
    what a page holds: what cannot be read as structured data is passed over.
    """
    page = Selector(text=html.encode("utf-8", "replace").decode("utf-8"), type="html")
    scripts = page.xpath("//script[contains(@type, 'ld+json')]")
    stated = [node for script in scripts for node in _structured(script, "json-ld", url)]
    if not own:
        page.xpath(_LANDMARKS).drop()
    stated += _structured(page, "microdata", url)
    found = _merged(_contact(node, url) for node in _entities(stated, url, own))
    if not linked or len(found) > 1:
        return found
    loose = _linked(page)
    if found:
        found[0].add(loose)
    return found or ([loose] if loose.points else [])


def _merged(stated: Iterable[Contact]) -> list[Contact]:
    """Every contact once, though a page may state it in two syntaxes; nodes that are no contact are left out."""
    found: list[Contact] = []
    known: dict[str, Contact] = {}
    for contact in stated:
        if contact.points or (contact.name and contact.street):
            marks = [*map(_digits, contact.phones), *contact.emails, contact.name.casefold()]
            same = next((known[m] for m in marks if m and m in known and known[m].is_same(contact)), None)
            same.add(contact) if same else found.append(contact)
            known |= dict.fromkeys(marks, same or contact)
    return found


def absolute(base: str, link: str) -> str:
    """The address a link of the page at `base` leads to; empty where it is none."""
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""


def _structured(part: Selector, syntax: str, url: str) -> list[Any]:
    """Structured data in a part of a page as JSON-LD would write it; a broken script gives nothing."""
    found = extruct.extract(part.get(), base_url=url, syntaxes=[syntax], uniform=True, errors="ignore")
    nodes: list[Any] = found.get(syntax, [])
    return nodes


def _entities(stated: list[Any], url: str, own: bool) -> list[dict[str, Any]]:
    """The nodes that may be contacts: no parts of others and, unless `own`, not the site itself."""
    nodes = list(_walk(stated))
    own_ids = {node["@id"] for node, is_own in nodes if is_own and isinstance(node.get("@id"), str)}
    root = urljoin(url, "/")
    return [
        node
        for node, is_own in nodes
        if not PARTS & set(_types(node))
        and (own or not (is_own or node.get("@id") in own_ids or _is_root(node, url, root)))
    ]


def _walk(value: Any, depth: int = 0, own: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every node with whether it stands in a role of the site's own."""
    if depth > DEPTH:
        return
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, depth + 1, own)
    elif isinstance(value, dict):
        yield value, own
        for key, inner in value.items():
            if key not in ("address", "contactPoint", "contactPoints"):
                yield from _walk(inner, depth + 1, own or key in ROLES)


def _is_root(node: dict[str, Any], url: str, root: str) -> bool:
    """Does a node of an inner page call the site's front page its own?"""
    return url.rstrip("/") != root.rstrip("/") and root.rstrip("/") in (u.rstrip("/") for u in _texts(node, "url"))


def _contact(node: dict[str, Any], url: str) -> Contact:
    points = [
        p for p in _nodes(node, "contactPoint", "contactPoints") if not _FAX.search(str(p.get("contactType")))
    ]
    address = next(iter(_nodes(node, "address")), {})
    spoken = [node, *points, *_nodes(node, "address")]
    links = [absolute(url, link) for link in _texts(node, "url")]
    host = urlsplit(url).hostname
    contact = Contact(
        name=next(iter(_texts(node, "name", "legalName")), "")
        or " ".join(_texts(node, "givenName", "familyName")),
        street=next(iter(_texts(address, "streetAddress") or _texts(node, "address")), ""),
        city=next(iter(_texts(address, "addressLocality")), ""),
        postcode=next(iter(_texts(address, "postalCode")), ""),
        country=_country(address),
        website=next((link for link in links if urlsplit(link).hostname not in (host, None)), ""),
        page=next((link for link in links if urlsplit(link).hostname == host), ""),
        category=next(iter([*_texts(node, "category"), *(t for t in _types(node) if t not in PLAIN)]), ""),
    )
    contact.add(Contact(phones=_unique(_number(t) for one in spoken for t in _texts(one, "telephone"))))
    contact.add(Contact(emails=_unique(e for one in spoken for t in _texts(one, "email") for e in _addresses(t))))
    return contact


def _country(address: dict[str, Any]) -> str:
    nested = _nodes(address, "addressCountry")
    return next(iter(_texts(address, "addressCountry") or [t for n in nested for t in _texts(n, "name")]), "")


def _linked(page: Selector) -> Contact:
    """What `tel:` and `mailto:` links state, under the page's heading; a list of many states nothing."""
    links = [a for a in page.xpath("//a[@href]") if re.match(r"(?i)\s*(tel|mailto):", a.attrib["href"])]
    if len(links) > LINKS:
        return Contact()
    contact = Contact(name=_heading(page))
    for link in links:
        scheme, _, target = link.attrib["href"].strip().partition(":")
        if scheme.lower() == "mailto":
            contact.add(Contact(emails=_addresses(target)))
        elif not _is_fax(link):
            contact.add(Contact(phones=_unique([_number(target)])))
    return contact


def _is_fax(link: Selector) -> bool:
    """Do the link's own words call the number a fax and nothing else, or, failing that, the text before it?"""
    own = link.xpath(".//text() | @title | @class | @aria-label").getall()
    before = link.xpath("preceding::text()[normalize-space()][1]").get("")
    for words in (" ".join(own), before[-40:].strip()):
        if _FAX.search(words) or _PHONE.search(words):
            return not _PHONE.search(words)
    return False


def _heading(page: Selector) -> str:
    for path in ("//h1//text()", "//meta[@property='og:title']/@content", "//title//text()"):
        text = _clean(" ".join(page.xpath(path).getall()[:20]))
        if text:
            return text
    return ""


def _number(text: str) -> str:
    return _clean(unquote(text.removeprefix("tel:")).split(";")[0])


def _addresses(text: str) -> list[str]:
    """The addresses of a mailto: link or an e-mail field, good or bad, without the blanks editors leave in them."""
    listed = unquote(text.removeprefix("mailto:").partition("?")[0])
    return _unique(re.sub(r"[\s\u00ad\u200b]+", "", one) for one in re.split("[,;]", listed))


def _types(node: dict[str, Any]) -> list[str]:
    return [re.split(r"[/#:]", name)[-1] for name in _texts(node, "@type")]


def _nodes(node: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    values = [node.get(key) for key in keys]
    return [v for value in values for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)]


def _texts(node: dict[str, Any], *keys: str) -> list[str]:
    """The plain texts and numbers under `keys`, cleaned, without empty ones."""
    values = [node.get(key) for key in keys]
    flat = [v for value in values for v in (value if isinstance(value, list) else [value])]
    texts = [_clean(str(v)) for v in flat if isinstance(v, str | int | float) and not isinstance(v, bool)]
    return [text for text in texts if text]


def _clean(text: str) -> str:
    readable = entities.unescape(text).encode("utf-8", "replace").decode("utf-8")
    return " ".join(readable.split())[:LENGTH]


def _unique(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _digits(phone: str) -> str:
    """What two spellings of a number have in common; a text without digits stands for itself."""
    return re.sub(r"\D", "", phone) or phone
