"""Refuses a compressed body that was cut short; Scrapy would pass on the beginning as a whole page."""

import zlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response

STEP = 1 << 16  # bytes unpacked at a time, so that a bomb costs no memory here


class WholeBody:
    """Downloader middleware between the network and Scrapy's decompression; we ask for gzip alone."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "WholeBody":
        """Made by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Asks again when the gzip stream has no end; raises ResponseDataLossError after the last try."""
        encoding = (response.headers.get("Content-Encoding") or b"").strip().lower()
        if request.method == "HEAD" or encoding not in (b"gzip", b"x-gzip") or is_whole(response.body):
            return response
        assert self.crawler.spider
        again = get_retry_request(request, spider=self.crawler.spider, reason="cut short")
        if again is None:
            raise ResponseDataLossError("the compressed body was cut short")
        return again


def is_whole(body: bytes) -> bool:
    """Does every member of a gzip body end with its trailer?"""
    while body:
        stream = zlib.decompressobj(wbits=31)
        try:
            while body and not stream.eof:
                stream.decompress(body, STEP)
                body = stream.unconsumed_tail
        except zlib.error:
            return False
        if not stream.eof:
            return False
        body = stream.unused_data.lstrip(b"\0")
    return True
