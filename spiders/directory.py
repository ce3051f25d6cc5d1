"""The spider for open directories: list pages, their next pages, and the page of each entry."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urldefrag

import scrapy
from scrapy.http import HtmlResponse, Response
from scrapy.spidermiddlewares.httperror import HttpError

from spiders.address_guard import place
from spiders.extract import Contact, absolute, contacts
from spiders.feed import FIELDS, LOST

_NEXT = re.compile(
    r"(?i)^\W*(next|older|дальше|далее|вперёд|вперед|след\w*|weiter|nächste\w*|következő|tovább|înainte|"
    r"următo\w+|sljedeć\w+|sledeć\w+|dalje|следећ\w+)\b|^\s*[›»→>]+\s*$"
)
_PAGE = re.compile(r"(?i)\b(p|pg|page|seite|oldal|pagina|strana|stranica|str)[=/_-]?\d+\b")


class DirectorySpider(scrapy.Spider):
    """Takes the contacts of the pages below `url`, on its host; `key` and `uri` are the page's own address."""

    name = "directory"

    def __init__(self, url: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.url = url
        self.host, folder = place(url)
        last = folder.rpartition("/")[2]
        self.folder = folder.removesuffix(last) if "." in last else folder.rstrip("/") + "/"
        self.keys: set[str] = set()

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first list page."""
        yield scrapy.Request(self.url, callback=self.parse_list, errback=self.failed)

    def parse_list(self, response: Response) -> Iterator[scrapy.Request | dict[str, str]]:
        """A list: its next pages are lists, every other link below the start may be an entry.

        An entry that has a page of its own is taken there.
        """
        if not self._is_ours(response):
            return
        assert isinstance(response, HtmlResponse)
        found = contacts(response.text, response.url, linked=False)
        yield from self._items(response, [c for c in found if not self.below(c.page)])
        yield from self._links(response)

    def parse_entry(self, response: Response) -> Iterator[scrapy.Request | dict[str, str]]:
        """The page of an entry; one that states no contact is a list of further entries."""
        if not self._is_ours(response):
            return
        assert isinstance(response, HtmlResponse)
        found = contacts(response.text, response.url)
        yield from self._items(response, found)
        if not found:
            yield from self._links(response)

    def failed(self, failure: Any) -> None:
        """Counts pages that are missing for a reason that may pass; a 404 or a loop of redirects is none."""
        error = failure.value
        if isinstance(error, scrapy.exceptions.IgnoreRequest) and not isinstance(error, HttpError):
            return
        if isinstance(error, HttpError) and error.response.status < 500 and error.response.status != 429:
            return
        assert self.crawler.stats
        self.crawler.stats.inc_value(LOST)

    def below(self, url: str) -> bool:
        """Is `url` on the start's host and below its path?"""
        host, path = place(url)
        return host == self.host and (path + "/").startswith(self.folder)

    def _is_ours(self, response: Response) -> bool:
        """A redirect may have led away from the directory, or to something that is no page."""
        return isinstance(response, HtmlResponse) and self.below(response.url)

    def _links(self, response: HtmlResponse) -> Iterator[scrapy.Request]:
        for link in response.xpath("//a[@href] | //link[@rel='next'][@href]"):
            url = absolute(response.url, link.attrib["href"])
            if not self.below(url):
                continue
            words = link.attrib.get("aria-label") or "".join(link.xpath(".//text()").getall())
            numbered = words.strip().isdecimal() and _PAGE.search(url)
            is_next = "next" in link.attrib.get("rel", "").split() or bool(numbered or _NEXT.search(words))
            callback: Callable[..., Any] = self.parse_list if is_next else self.parse_entry
            # Page 20 of a list is no deeper in the site than page 1.
            yield scrapy.Request(url, callback=callback, errback=self.failed, meta={"depth_reset": is_next})

    def _items(self, response: HtmlResponse, found: list[Contact]) -> Iterator[dict[str, str]]:
        page = self._own_address(response) if found else ""
        for number, contact in enumerate(found, start=1):
            facts = asdict(contact) | {
                "phone": "; ".join(contact.phones),
                "email": "; ".join(contact.emails),
                "uri": page,
                "key": page if len(found) == 1 else f"{page}#{number}",
            }
            yield {name: facts[name] for name in FIELDS}

    def _own_address(self, response: HtmlResponse) -> str:
        """The canonical address of a page, unless another page has called itself that: then where it was found."""
        stated = response.xpath("//link[@rel='canonical']/@href").get("")
        canonical, here = (urldefrag(url).url for url in (absolute(response.url, stated), response.url))
        page = canonical if stated and self.below(canonical) and canonical not in self.keys else here
        self.keys.add(page)
        return page
