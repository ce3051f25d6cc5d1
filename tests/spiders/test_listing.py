import asyncio
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leads import schema
from leads.errors import ConfigError, SourceError, SourceUnavailable
from leads.pull import KEY, URI, Receipt
from spiders import listing

HTML = {"Content-Type": "text/html; charset=utf-8"}
OWN = "<footer><a href='mailto:own@directory.example.org'>us</a> <a href='tel:+3610000000'>us</a></footer>"


def page(main: str) -> str:
    header = "<header><a href='/list/'>Home</a></header>"
    return f"<!doctype html><html><body>{header}<main>{main}</main>{OWN}</body></html>"


def links(*targets: str) -> str:
    return "<h1>Firms</h1>" + "".join(f"<li><a href='{target}'>Firm at {target}</a></li>" for target in targets)


def firm(number: int) -> str:
    return page(
        f"<h1>Firm {number}</h1><a href='tel:+36 1 000 {number:04}'>call</a> <a href='tel:+36300{number:06}'>m</a>"
    )


def drain(pull: Any) -> tuple[pd.DataFrame, Receipt]:
    frames = []
    while True:
        try:
            frames.append(next(pull))
        except StopIteration as end:
            return (pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()), end.value


def test_a_directory(site: Any, make_source: Any) -> None:
    json_ld = {
        "@type": "LocalBusiness",
        "name": "Minta Kft.",
        "telephone": "+36 1 000 0003",
        "email": "info@minta.example.com",
        "url": "https://minta.example.com",
        "faxNumber": "+36 1 000 0004",
        "address": {
            "streetAddress": "Fő u. 1.",
            "addressLocality": "Budapest",
            "postalCode": "1011",
            "addressCountry": "HU",
        },
    }
    packed = gzip.compress(firm(6).encode())
    site.pages = {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /list/private/\n"),
        "/list/": page(
            links(
                "1/",
                "2/",
                "/list/3/",
                "private/4/",
                "gone/",
                "loop/",
                "/shop/5/",
                "6/",
                "cut/",
                "away/",
                "image.png",
            )
            + "<a href='file:///etc/passwd'>x</a><a href='http://169.254.169.254/list/'>x</a>"
            + f"<a href='{site.url}0/'>x</a>"
            + "<a rel='next' href='?page=2'>Next</a>"
        ),
        "/list/?page=2": page(links("7/", "1/") + "<a href='?page=3'>3</a>"),
        "/list/?page=3": page(links("group/")),
        "/list/group/": page(links("/list/8/")),
        "/list/1/": page(f'<h1>x</h1><script type="application/ld+json">{json.dumps(json_ld)}</script>'),
        "/list/2/": page(
            "<div itemscope itemtype='https://schema.org/Store'><h1 itemprop='name'>Példa Bt.</h1>"
            "<span itemprop='telephone'>06 1 000 0005</span></div>"
        ),
        "/list/3/": firm(3),
        "/list/private/4/": firm(4),
        "/list/loop/": (302, {"Location": "/list/loop2/"}, b""),
        "/list/loop2/": (302, {"Location": "/list/loop/"}, b""),
        "/list/away/": (302, {"Location": f"{site.url.replace('127.0.0.1', 'localhost')}/list/3/?away"}, b""),
        "/shop/5/": firm(5),
        "/list/6/": (200, HTML | {"Content-Encoding": "gzip"}, packed),
        "/list/cut/": (200, HTML | {"Content-Encoding": "gzip"}, packed[:-20]),
        "/list/image.png": (200, {"Content-Type": "image/png"}, b"\x89PNG"),
        "/list/7/": firm(7),
        "/list/8/": firm(8),
    }
    frame, receipt = drain(listing.pull(make_source(contact="https://example.com/us"), None))
    found = frame.set_index("name")
    assert sorted(found.index) == ["Firm 3", "Firm 6", "Firm 7", "Firm 8", "Minta Kft.", "Példa Bt."]
    assert set(frame.dtypes) == {schema.TEXT} and receipt == Receipt(None, None)
    assert found.loc["Minta Kft."].to_dict() == {
        "phone": "+36 1 000 0003",
        "email": "info@minta.example.com",
        "street": "Fő u. 1.",
        "city": "Budapest",
        "postcode": "1011",
        "country": "HU",
        "website": "https://minta.example.com",
        "category": "",
        "uri": f"{site.url}/list/1/",
        KEY: f"{site.url}/list/1/",
        URI: f"{site.url}/list/1/",
    }
    assert found.loc["Firm 8", "phone"] == "+36 1 000 0008; +36300000008"
    assert not any(word in path for path in site.asked for word in ("private", "shop", "?away"))
    assert {sent["User-Agent"].partition(" ")[2] for sent in site.sent} == {"(+https://example.com/us)"}
    assert not any("Cookie" in sent or "Referer" in sent for sent in site.sent)
    assert site.asked.count("/list/cut/") == 3 and site.asked.count("/list/1/") == 1


def test_robots_may_forbid_the_start(site: Any, make_source: Any) -> None:
    site.pages = {"/robots.txt": (200, {}, b"User-agent: wellspring-leads\nDisallow: /\n"), "/list/": firm(1)}
    with pytest.raises(
        SourceError, match=r"source 'companies': the listing gave no contact: robots\.txt forbids it"
    ):
        drain(listing.pull(make_source(), None))
    assert site.asked == ["/robots.txt"]


def test_robots_that_do_not_answer_forbid_everything(site: Any, make_source: Any) -> None:
    site.pages = {"/robots.txt": (503, {}, b""), "/list/": firm(1)}
    with pytest.raises(SourceUnavailable, match="the site does not answer"):
        drain(listing.pull(make_source(), None))
    assert set(site.asked) == {"/robots.txt"} and len(site.asked) == 3


def test_nobody_listens(make_source: Any) -> None:
    with pytest.raises(SourceUnavailable, match="the site does not answer"):
        drain(listing.pull(make_source(start="http://127.0.0.1:9/list/"), None))


def test_no_contact_anywhere(site: Any, make_source: Any) -> None:
    site.pages = {"/list/": page(links("1/")), "/list/1/": page("<h1>Nothing</h1>")}
    with pytest.raises(SourceError, match="the listing gave no contact: 2 pages were read"):
        drain(listing.pull(make_source(), None))


def test_a_private_address_needs_leave(site: Any, make_source: Any) -> None:
    site.pages = {"/list/": firm(1)}
    with pytest.raises(SourceError, match="the address is not a public one"):
        drain(listing.pull(make_source(allow_private=False), None))
    assert site.asked == []


def test_a_site_that_breaks_off(site: Any, make_source: Any) -> None:
    site.pages = {"/list/": page(links(*(f"{i}/" for i in range(12))))}
    site.pages |= {f"/list/{i}/": firm(i) if i < 6 else (500, {}, b"") for i in range(12)}
    with pytest.raises(SourceError, match="the crawl ended early: 6 of 13 pages did not come"):
        drain(listing.pull(make_source(), None))


def test_a_crawl_that_takes_too_long(site: Any, make_source: Any) -> None:
    def slow() -> str:
        time.sleep(0.2)
        return firm(1)

    site.pages = {"/list/": page(links(*(f"{i}/" for i in range(50))))}
    site.pages |= {f"/list/{i}/": slow for i in range(50)}
    with pytest.raises(SourceError, match="the crawl ended early: it was stopped by timeout"):
        drain(listing.pull(make_source(max_seconds=2), None))


def test_a_process_that_does_not_stop_is_killed(
    site: Any, make_source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck() -> str:
        time.sleep(8)
        return ""

    site.pages = {"/robots.txt": stuck}
    monkeypatch.setattr(listing, "GRACE", 1)
    started = time.monotonic()
    with pytest.raises(SourceError, match="it did not stop when its time was over"):
        drain(listing.pull(make_source(max_seconds=2), None))
    assert time.monotonic() - started < 7


def test_a_trap_ends_at_the_page_limit_and_keeps_what_was_found(site: Any, make_source: Any, caplog: Any) -> None:
    class Trap(dict[str, Any]):
        """Every list page leads to an entry, to a deeper list and to a next page, for ever."""

        def get(self, path: str, default: Any = None) -> Any:
            if path == "/robots.txt":
                return default
            number = int(path.rpartition("=")[2]) if "=" in path else 0
            onward = f"<a href='/list/?page={number + 1}'>Next</a>"
            entries = links(f"/list/?deep={number + 1}", f"/list/?firm={number + 1}")
            return firm(number) if "firm" in path else page(entries + onward)

    site.pages = Trap()
    frame, _ = drain(listing.pull(make_source(max_pages=20), None))
    assert len(frame) and len(site.asked) <= 25
    assert "closespider_pagecount" in caplog.text and "Firm" not in caplog.text


def test_it_runs_within_an_event_loop_and_side_by_side(
    site: Any, make_source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder that has packages of our names, and more than once in a process."""
    for name in ("spiders", "sources", "leads", "scrapy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_PROJECT", "default")
    site.pages = {"/list/": page(links("1/")), "/list/1/": firm(1)}

    async def twice() -> list[Any]:
        loop = asyncio.get_running_loop()
        first = drain(listing.pull(make_source(), None))
        with ThreadPoolExecutor(2) as pool:
            jobs = [loop.run_in_executor(pool, drain, listing.pull(make_source(), None)) for _ in range(2)]
            return [first, *await asyncio.gather(*jobs)]

    assert [frame["name"].tolist() for frame, _ in asyncio.run(twice())] == [["Firm 1"]] * 3


def test_nothing_is_left_behind(
    site: Any, make_source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    site.pages = {"/list/": page(links("1/")), "/list/1/": firm(1)}
    pull = listing.pull(make_source(), None)
    next(pull)
    assert list(tmp_path.iterdir())
    pull.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"start": "file:///etc/passwd"}, "start"), ({"start": "example.com"}, "start"), ({"delay": -1}, "delay"),
        ({"max_pages": 0}, "max_pages"), ({"robots": False}, "robots"),
    ],
)  # fmt: skip
def test_options_are_checked(options: dict[str, Any], key: str, make_source: Any) -> None:
    with pytest.raises(ConfigError, match=rf"companies\.toml, \[pull\]: key '{key}'"):
        next(listing.pull(make_source(**options), None))
