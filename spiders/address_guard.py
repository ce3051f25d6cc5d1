"""Which addresses a crawl may reach: public ones over http and https, unless the source allows private ones.

A listing's links are written by strangers; without this guard a link or a redirect could make us read our own
network. It stands at three places: the URL, the resolved address (which is the one then connected to, so a
name cannot change its mind in between), and the address that answered.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingHostnameResolver

from spiders.feed import REFUSED

PORTS = {None, 80, 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Is an IP address a public unicast one? An IPv6 address that leads to an IPv4 one is judged by that."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and ip in _LOCAL_NAT64:
        return False
    led_to = _embedded(ip)
    return all(map(_is_public_unicast, led_to)) if led_to else _is_public_unicast(ip)


def _is_public_unicast(ip: Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _embedded(ip: Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses an IPv6 address leads to (mapped, 6to4, Teredo, NAT64, compatible)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64 or int(ip) < 1 << 32:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def refusal(url: str, allow_private: bool) -> str | None:
    """Why a URL may not be asked for, from its text alone; None if it may (its name is still to be resolved)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not an address"
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return "not a plain http or https address"
    if allow_private:
        return None
    if port not in PORTS:
        return "a port other than 80 and 443"
    return "a private address" if _is_private_literal(parts.hostname) else None


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:  # a name: the resolver judges what it leads to
        return False


class AddressGuard:
    """Downloader middleware: refuses requests by their URL and answers by the address they came from."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.allow_private = crawler.settings.getbool("ALLOW_PRIVATE_ADDRESSES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AddressGuard":
        """Made by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises IgnoreRequest for a URL that may not be asked for; redirects and robots.txt come here too."""
        self._refuse_if(refusal(request.url, self.allow_private))

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises IgnoreRequest when a private address answered."""
        address = response.ip_address
        if address is not None and not self.allow_private and not is_public(str(address)):
            self._refuse_if("a private address answered")
        return response

    def _refuse_if(self, why: str | None) -> None:
        if why:
            assert self.crawler.stats
            self.crawler.stats.inc_value(REFUSED)
            raise IgnoreRequest(why)


class OwnHost(OffsiteMiddleware):
    """Scrapy's own filter, but for one host and port: a link or a redirect to another one is not followed."""

    def should_follow(self, request: Request, spider: Spider) -> bool:
        """Asked by Scrapy; robots.txt may redirect anywhere (RFC 9309, 2.3.1.2)."""
        host = getattr(spider, "host", None)
        robots = request.meta.get("dont_obey_robotstxt", False)
        return host is None or bool(robots) or place(request.url)[0] == host


def place(url: str) -> tuple[str, str]:
    """Host, with its port where that is an unusual one, and path of a URL; empty texts where it is none."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port in PORTS else f":{parts.port}"
    except ValueError:
        return "", ""
    return f"{parts.hostname or ''}{port}", parts.path or "/"


class _PublicOnly:
    """Passes on the public addresses of a name (Twisted's IResolutionReceiver)."""

    def __init__(self, receiver: Any) -> None:
        self.receiver = receiver

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if is_public(address.host):
            self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        self.receiver.resolutionComplete()


class GuardedResolver(CachingHostnameResolver):
    """The name resolver of the process: a private address is as good as none."""

    allow_private = False

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Made by Scrapy, once per process and with the settings of the process, not of a spider."""
        resolver: GuardedResolver = super().from_crawler(crawler, reactor)
        resolver.allow_private = crawler.settings.getbool("ALLOW_PRIVATE_ADDRESSES")
        return resolver

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, *details: Any, **named: Any) -> Any:
        """Resolve, through the filter unless private addresses are allowed."""
        receiver: Any = resolutionReceiver if self.allow_private else _PublicOnly(resolutionReceiver)
        return super().resolveHostName(receiver, hostName, *details, **named)
