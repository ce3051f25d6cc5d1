"""Writes how a crawl ended to the file OUTCOME_FILE: numbers and reasons, no address and no value of a page."""

import json
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured


class Outcome:
    """Extension: the stats of the crawl as JSON, once everything else has finished."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.get("OUTCOME_FILE"):
            raise NotConfigured
        self.crawler, self.file = crawler, Path(crawler.settings["OUTCOME_FILE"])
        crawler.signals.connect(self.engine_stopped, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Outcome":
        """Made by Scrapy."""
        return cls(crawler)

    def engine_stopped(self) -> None:
        """The stats are complete now: other extensions write theirs when the spider closes."""
        assert self.crawler.stats
        self.file.write_text(json.dumps(self.crawler.stats.get_stats(), default=str), encoding="utf-8")
