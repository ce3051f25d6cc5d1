"""An open listing on the web: the directory spider, run in a process of its own."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.json
from pydantic import Field

from leads import schema
from leads.errors import SourceError, SourceUnavailable
from leads.pull import KEY, URI, Pull, Receipt
from leads.source import Source, Strict, expand, validate
from spiders.feed import FIELDS, LOST, REFUSED, UNREACHABLE
from spiders.settings import USER_AGENT

GRACE = 60  # seconds a crawl gets to end by itself after its time is over
LOST_SHARE = 0.05  # of the pages; more lost ones mean that the listing is not whole
LOST_FEW = 3
WHOLE = ("finished", "closespider_pagecount")  # ways a crawl may end and still be used
BLOCK = 8 << 20  # bytes of the feed read at once

_PAGES = "downloader/response_status_count/200"

log = logging.getLogger(__name__)


class Listing(Strict):
    """`[pull]` of a listing."""

    start: str = Field(pattern=r"^https?://[^/\s]", description="first page; only pages below it are visited")
    delay: float = Field(1.0, ge=0, le=60, description="seconds between two pages")
    allow_private: bool = Field(False, description="may it be in our own network?")
    max_pages: int = Field(1000, ge=1)
    max_seconds: int = Field(3600, ge=1)
    contact: str = Field("", pattern=r"^[\x21-\x7e]*$", description="address where a site's owner can reach us")


def pull(source: Source, since: str | None) -> Pull:
    """The contacts of a listing; a crawl has no cursor, known pages are recognised by their address.

    Headers: name, phone and email (several joined by `; `), street, city, postcode, country, website,
    category, uri; `@key` is the page's canonical address (`#n` where it states several contacts). Raises
    SourceUnavailable when the site does not answer, SourceError when it forbids the visit, gives nothing, or
    the crawl ended early; then nothing is delivered.
    """
    where, whole = f"{source.name}.toml, [pull]", f"source '{source.name}'"
    options = validate(Listing, expand(source.pull, where), Path(where))
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        _judge(_crawl(options, Path(folder), whole), options, whole)
        with pyarrow.json.open_json(
            Path(folder) / "items.jsonl",
            read_options=pyarrow.json.ReadOptions(block_size=BLOCK),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=pyarrow.schema([(name, pyarrow.string()) for name in FIELDS]),
                unexpected_field_behavior="error",
            ),
        ) as reader:
            for batch in reader:
                found = schema.arrow(pyarrow.Table.from_batches([batch])).rename(columns={"key": KEY})
                yield found.assign(**{URI: found["uri"]})
    return Receipt()


def _crawl(options: Listing, folder: Path, where: str) -> dict[str, Any]:
    """Run the spider into `folder`; gives its stats. Its log goes with the folder: it names pages."""
    environment = os.environ | {
        # The child finds our packages where we found them, in a checkout as well as installed.
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "SCRAPY_SETTINGS_MODULE": "spiders.settings",
    }
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            _command(options, folder), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(options.max_seconds + GRACE)
        except subprocess.TimeoutExpired:
            raise _ended_early(where, "it did not stop when its time was over") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    outcome = folder / "outcome.json"
    if process.returncode or not outcome.exists():
        raise SourceError(
            "the crawl broke down", where=where, why=f"exit code {process.returncode}",
            do="Check `start` under [pull]; if it is right, this is a fault of ours",
        )  # fmt: skip
    stats: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
    return stats


def _command(options: Listing, folder: Path) -> list[str]:
    settings: dict[str, object] = {
        "ALLOW_PRIVATE_ADDRESSES": options.allow_private,
        "DOWNLOAD_DELAY": options.delay,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_ENABLED": options.delay > 0,
        "CLOSESPIDER_PAGECOUNT": options.max_pages,
        "CLOSESPIDER_TIMEOUT": options.max_seconds,
        "OUTCOME_FILE": folder / "outcome.json",
    }
    if options.contact:
        settings["USER_AGENT"] = f"{USER_AGENT} (+{options.contact})"
    given = [word for key, value in settings.items() for word in ("-s", f"{key}={value}")]
    crawl = ["-m", "scrapy", "crawl", "directory", "-a", f"url={options.start}", "-O", str(folder / "items.jsonl")]
    return [sys.executable, "-P", *crawl, *given]


def _judge(stats: dict[str, Any], options: Listing, where: str) -> None:
    """Raise the error that the stats of a crawl tell of; a whole crawl raises nothing."""
    answers, pages = (stats.get(key, 0) for key in ("response_received_count", _PAGES))
    items, lost, reason = stats.get("item_scraped_count", 0), stats.get(LOST, 0), stats.get("finish_reason")
    if stats.get(REFUSED) and not answers and not options.allow_private:
        raise SourceError(
            "the address is not a public one", where=where, do="Set allow_private = true if the site is yours"
        )
    if reason == "memusage_exceeded":  # nothing that the site could help
        raise _ended_early(where, "it was stopped by the memory it may have (MEMUSAGE_LIMIT_MB)")
    if not items and (not answers or lost or stats.get(UNREACHABLE)):
        raise SourceUnavailable(
            "the site does not answer", where=where, do="Run it again later; a site of ours needs allow_private"
        )
    if reason not in WHOLE:
        raise _ended_early(where, f"it was stopped by {str(reason).removeprefix('closespider_')}")
    if lost > max(LOST_FEW, LOST_SHARE * pages):
        raise _ended_early(where, f"{lost} of {pages + lost} pages did not come")
    if not items:
        forbidden = stats.get("robotstxt/forbidden") and answers <= 1
        raise SourceError(
            "the listing gave no contact", where=where,
            why="robots.txt forbids it" if forbidden else f"{pages} pages were read",
            do="Check `start` under [pull], and whether the site has changed",
        )  # fmt: skip
    if lost or reason != "finished":
        log.warning("%s: %s of %s pages did not come; the crawl ended by %s", where, lost, pages + lost, reason)


def _ended_early(where: str, why: str) -> SourceError:
    return SourceError("the crawl ended early", where=where, why=why, do="Nothing was loaded; run it again")
