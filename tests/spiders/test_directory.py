from typing import Any

import pytest
from scrapy.http import HtmlResponse

from spiders.directory import DirectorySpider


@pytest.mark.parametrize(
    ("start", "inside", "outside"),
    [
        (
            "https://example.com/list/",
            ["https://example.com/list", "http://example.com:80/list/a?b#c", "https://EXAMPLE.com/list/"],
            ["https://example.com/lists", "https://www.example.com/list/", "https://example.com:8443/list/",
             "https://example.com/", "mailto:a@example.com", "https://example.com:x/list/", "//[", "tel:1"],
        ),
        ("https://example.com/list?page=1", ["https://example.com/list/a"], ["https://example.com/other"]),
        ("https://example.com/a/list.html", ["https://example.com/a/b"], ["https://example.com/b"]),
        ("https://example.com", ["https://example.com/x", "https://example.com"], ["https://example.org/"]),
    ],
)  # fmt: skip
def test_what_is_below_the_start(start: str, inside: list[str], outside: list[str]) -> None:
    spider = DirectorySpider(url=start)
    assert [url for url in inside if not spider.below(url)] == []
    assert [url for url in outside if spider.below(url)] == []


def page(html: str, url: str = "https://example.com/list/a/") -> HtmlResponse:
    return HtmlResponse(url, body=html.encode(), encoding="utf-8")


def requests(html: str, how: str = "parse_list") -> dict[str, Any]:
    spider = DirectorySpider(url="https://example.com/list/")
    found = getattr(spider, how)(page(f"<main>{html}</main>", "https://example.com/list/"))
    return {r.url: (r.callback.__name__, r.meta["depth_reset"]) for r in found}


@pytest.mark.parametrize(
    "link",
    [
        "<a rel='nofollow next' href='?p=2'>x</a>",
        "<a href='?p=2'>Next page</a>",
        "<a href='?p=2'>2</a>",
        "<a href='?p=2'>»</a>",
        "<a href='?p=2' aria-label='Következő oldal'>x</a>",
        "<a href='?p=2'>Следующая →</a>",
        "<a href='?p=2'>Weiter</a>",
        "<a href='?p=2'>Sljedeća</a>",
        "<a href='?p=2'> Înainte </a>",
        "<link rel='next' href='?p=2'>",
    ],
)
def test_pagination_is_recognised(link: str) -> None:
    assert requests(link) == {"https://example.com/list/?p=2": ("parse_list", True)}


@pytest.mark.parametrize("words", ["Nexta Kft.", "24", "24 óra Bt.", "Дальневосточная сталь", ""])
def test_an_entry_is_no_next_page(words: str) -> None:
    assert requests(f"<a href='/list/a/'>{words}</a>") == {"https://example.com/list/a/": ("parse_entry", False)}


def test_links_that_lead_away_are_not_followed() -> None:
    links = [
        "https://example.org/list/",
        "/other/",
        "mailto:a@example.com",
        "javascript:x()",
        "http://[",
        "file:///list/",
    ]
    assert requests("".join(f"<a href='{link}'>x</a>" for link in links)) == {}


def items(*pages: HtmlResponse) -> list[dict[str, str]]:
    spider = DirectorySpider(url="https://example.com/list/")
    return [item for one in pages for item in spider.parse_entry(one) if isinstance(item, dict)]


TWO = """<script type="application/ld+json">[{"@type": "Store", "name": "A", "telephone": "1"},
{"@type": "Store", "name": "B", "telephone": "2", "email": "b@example.com"}]</script>"""


def test_items_of_a_page() -> None:
    (one,) = items(
        page("<h1>A</h1><a href='tel:1'>1</a><a href='tel:2'>2</a>", "https://example.com/list/a/?b=1&a=2#c")
    )
    assert one["phone"] == "1; 2" and one["key"] == one["uri"] == "https://example.com/list/a/?b=1&a=2"
    assert [i["key"] for i in items(page(TWO))] == [
        "https://example.com/list/a/#1",
        "https://example.com/list/a/#2",
    ]


@pytest.mark.parametrize(
    ("canonical", "key"),
    [
        ("/list/firm-a", "https://example.com/list/firm-a"),
        ("https://example.org/list/a", "https://example.com/list/a/"),
        ("/", "https://example.com/list/a/"),
        ("", "https://example.com/list/a/"),
        ("http://[", "https://example.com/list/a/"),
    ],
)
def test_the_canonical_address(canonical: str, key: str) -> None:
    (one,) = items(page(f"<link rel='canonical' href='{canonical}'><h1>A</h1><a href='tel:1'>1</a>"))
    assert one["key"] == key


def test_one_canonical_address_for_all_pages_is_not_believed() -> None:
    html = "<link rel='canonical' href='/list/all'><h1>A</h1><a href='tel:1'>1</a>"
    found = items(page(html), page(html, "https://example.com/list/b/"))
    assert [i["key"] for i in found] == ["https://example.com/list/all", "https://example.com/list/b/"]


def test_a_redirect_out_of_the_directory_gives_nothing() -> None:
    assert items(page("<h1>A</h1><a href='tel:1'>1</a>", "https://example.com/shop/")) == []


def test_structured_entries_of_a_list_are_taken_unless_they_have_a_page() -> None:
    spider = DirectorySpider(url="https://example.com/list/")
    listed = TWO.replace('"name": "B"', '"name": "B", "url": "/list/b/"')
    found = [i for i in spider.parse_list(page(listed, "https://example.com/list/")) if isinstance(i, dict)]
    assert [i["name"] for i in found] == ["A"]
