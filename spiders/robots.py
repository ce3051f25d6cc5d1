"""robots.txt that cannot be read forbids everything (RFC 9309, 2.3.1.4); Scrapy would take it as a yes."""

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse

from spiders.feed import UNREACHABLE


class UnreachableRobots:
    """Downloader middleware below Scrapy's own one: answers for a robots.txt that does not."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "UnreachableRobots":
        """Made by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """A server error, after all retries, becomes a `Disallow: /`."""
        unreadable = response.status >= 500 or response.status == 429
        return self._forbidding(request) if unreadable and _asks_robots(request) else response

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """So does no answer at all; what we refuse to ask ourselves stays refused."""
        if isinstance(exception, IgnoreRequest) or not _asks_robots(request):
            return None
        return self._forbidding(request)

    def _forbidding(self, request: Request) -> Response:
        assert self.crawler.stats
        self.crawler.stats.inc_value(UNREACHABLE)
        return TextResponse(request.url, body=b"User-agent: *\nDisallow: /\n", encoding="utf-8")


def _asks_robots(request: Request) -> bool:
    """Only Scrapy's own request for robots.txt, and what that is redirected to, is free of its rules."""
    return bool(request.meta.get("dont_obey_robotstxt"))
