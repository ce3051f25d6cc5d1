import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spiders.address_guard import is_public, refusal

OWN = Path(__file__).parents[2] / "../shared/data/bad-inputs/own/ssrf-urls.jsonl"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001:0:7f00:1::80ff:fffe",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "allowed", "private_allowed"),
    [
        ("https://example.com/a", True, True),
        ("http://example.com:80/", True, True),
        ("http://127.0.0.1/", False, True),
        ("http://[::1]:8000/", False, True),
        ("http://example.com:22/", False, True),
        ("http://example.com:x/", False, False),
        ("http://u:p@example.com/", False, False),
        ("http://u@127.0.0.1/", False, False),
        ("file:///etc/passwd", False, False),
        ("file://example.com/etc/passwd", False, False),
        ("data:text/html,x", False, False),
        ("ftp://example.com/", False, False),
        ("s3://bucket/key", False, False),
        ("gopher://example.com/", False, False),
        ("http:///x", False, False),
        ("http://[::1/", False, False),
        ("http://192.168.0.1/", False, True),
    ],
)
def test_urls(url: str, allowed: bool, private_allowed: bool) -> None:
    assert (refusal(url, False) is None) == allowed
    assert (refusal(url, True) is None) == private_allowed


SPELLINGS = [
    "127.0.0.1", "127.1", "0", "0.0.0.0", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "LOCALHOST.", "①②⑦.⓪.⓪.①",
]  # fmt: skip

# A crawl of every spelling with one layer of the guard taken away; prints what each request came to.
CRAWL = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

class Probe(scrapy.Spider):
    name = "probe"
    def __init__(self, urls=(), **kwargs):
        super().__init__(**kwargs)
        self.urls, self.outcome = urls, {}
    async def start(self):
        for url in self.urls:
            try:
                yield scrapy.Request(url, self.parse, errback=self.failed, cb_kwargs={"asked": url}, dont_filter=True)
            except ValueError:
                self.outcome[url] = "no URL"
    def parse(self, response, asked):
        self.outcome[asked] = "reached"
    def failed(self, failure):
        self.outcome[failure.request.cb_kwargs["asked"]] = type(failure.value).__name__

urls, layer = json.loads(sys.argv[1]), sys.argv[2]
settings = get_project_settings()
off = {"RETRY_ENABLED": False, "LOG_ENABLED": False, "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False,
       "ROBOTSTXT_OBEY": False}
settings.setdict(off, priority="cmdline")
if layer == "resolver":
    middlewares = dict(settings["DOWNLOADER_MIDDLEWARES"]) | {"spiders.address_guard.AddressGuard": None}
    settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="cmdline")
if layer == "none":
    settings.set("ALLOW_PRIVATE_ADDRESSES", True, priority="cmdline")
process = CrawlerProcess(settings)
crawler = process.create_crawler(Probe)
process.crawl(crawler, urls=urls)
process.start()
print(json.dumps(crawler.spider.outcome))
"""


def crawl(urls: list[str], layer: str, folder: Path) -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "spiders.settings"}
    command = [sys.executable, "-P", "-c", CRAWL, json.dumps(urls), layer]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_resolver_alone_lets_no_spelling_through(site: Any, tmp_path: Path) -> None:
    site.pages["/"] = "<h1>inside</h1>"
    urls = [f"http://{host}:{site.url.rpartition(':')[2]}/" for host in SPELLINGS]
    outcome = crawl(urls, "resolver", tmp_path)
    assert set(outcome) == set(urls) and "reached" not in outcome.values() and not site.asked


def test_the_spellings_do_reach_us_without_a_guard(site: Any, tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    site.pages["/"] = "<h1>inside</h1>"
    urls = [f"http://{host}:{site.url.rpartition(':')[2]}/" for host in SPELLINGS]
    outcome = crawl(urls, "none", tmp_path)
    assert list(outcome.values()).count("reached") >= 5 and len(site.asked) >= 5


@pytest.mark.skipif(not OWN.is_file(), reason="the shared list of hostile URLs is not beside the checkout")
def test_hostile_urls(site: Any, tmp_path: Path) -> None:
    urls = [json.loads(line)["url"] for line in OWN.read_text(encoding="utf-8").splitlines()]
    outcome = crawl(urls, "all", tmp_path)
    assert set(outcome) == set(urls)
    assert "reached" not in outcome.values()
