"""Do the domains of e-mail addresses take mail? Asked of the DNS, each domain once, with a cache and a budget."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import dns.exception
import dns.resolver

from leads.errors import LeadsError

TAKES_MAIL = "takes mail"
NO_DOMAIN = "no such domain"
NO_SERVER = "no mail server"
REFUSES = "refuses mail"
NOT_KNOWN = "not known"

FILE = "mail_servers.db"
AT_ONCE = 16
DAY = 86_400
TABLE = (
    "CREATE TABLE IF NOT EXISTS server (domain TEXT PRIMARY KEY, verdict TEXT, host TEXT, asked_at REAL) STRICT"
)
# SQLite takes 32,766 parameters and more; older copies of it 999.
PARAMETERS = 900


class MailServer(NamedTuple):
    """What the DNS says of a domain: `takes mail` and its first `host`; `no such domain`, `no mail server`, `refuses
    mail` (RFC 7505), or `not known`, where it was not asked or did not answer."""

    verdict: str = NOT_KNOWN
    host: str | None = None


@dataclass(frozen=True)
class Budget:
    """How many domains are asked about at most, for how many seconds in all, and for how many each."""

    lookups: int = 1_000
    seconds: float = 60.0
    each: float = 5.0


def mail_servers(
    domains: Iterable[str],
    *,
    cache: Path,
    budget: Budget = Budget(),
    keep_days: float = 30,
    resolver: dns.resolver.Resolver | None = None,
) -> dict[str, MailServer]:
    """What is known of each distinct domain (IDNA ASCII), from the `cache` folder or now from the DNS.

    Answers are kept for `keep_days`; what did not answer, or was beyond the budget, is `not known` and asked the next
    time. A domain without MX whose name has an address takes mail itself (RFC 5321, 5.1). `resolver` is the system's
    where none is given: LeadsError if there is none. Nothing calls this on its own, because it tells the domains of a
    base to the DNS server.
    """
    wanted = list(dict.fromkeys(domains))
    cache.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(cache / FILE, timeout=30)) as kept:
        kept.execute(TABLE)
        known = dict(_kept(kept, wanted, time.time() - keep_days * DAY))
        asked = [domain for domain in wanted if domain not in known][: max(budget.lookups, 0)]
        found = dict(_ask_all(asked, budget, resolver or _of_the_system())) if asked else {}
        rows = [(domain, *found[domain], time.time()) for domain in found if found[domain].verdict != NOT_KNOWN]
        with kept:
            kept.executemany("INSERT OR REPLACE INTO server VALUES (?, ?, ?, ?)", rows)
    return {domain: known.get(domain) or found.get(domain) or MailServer() for domain in wanted}


def _kept(kept: sqlite3.Connection, domains: list[str], since: float) -> Iterator[tuple[str, MailServer]]:
    for start in range(0, len(domains), PARAMETERS):
        part = domains[start : start + PARAMETERS]
        marks = ", ".join("?" * len(part))
        rows = kept.execute(
            f"SELECT domain, verdict, host FROM server WHERE asked_at >= ? AND domain IN ({marks})", (since, *part)
        )
        yield from ((domain, MailServer(verdict, host)) for domain, verdict, host in rows)


def _ask_all(
    domains: list[str], budget: Budget, resolver: dns.resolver.Resolver
) -> Iterator[tuple[str, MailServer]]:
    end = time.monotonic() + budget.seconds

    def ask(domain: str) -> MailServer:
        return _ask(domain, resolver, min(end, time.monotonic() + budget.each))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(domains, pool.map(ask, domains), strict=True)


def _ask(domain: str, resolver: dns.resolver.Resolver, end: float) -> MailServer:
    try:
        answer = _resolve(domain, "MX", resolver, end)
    except dns.resolver.NoAnswer:
        return _ask_address(domain, resolver, end)
    except dns.resolver.NXDOMAIN:
        return MailServer(NO_DOMAIN)
    except dns.exception.DNSException:
        # Refused, failed or too late; or no name at all.
        return MailServer()
    first = min(answer, key=lambda record: (record.preference, record.exchange))
    host = first.exchange.to_text(omit_final_dot=True)
    return MailServer(REFUSES) if host in ("", ".") else MailServer(TAKES_MAIL, host.lower())


def _ask_address(domain: str, resolver: dns.resolver.Resolver, end: float) -> MailServer:
    for kind in ("A", "AAAA"):
        try:
            _resolve(domain, kind, resolver, end)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            continue
        except dns.exception.DNSException:
            return MailServer()
        return MailServer(TAKES_MAIL, domain)
    return MailServer(NO_SERVER)


def _resolve(domain: str, kind: str, resolver: dns.resolver.Resolver, end: float) -> dns.resolver.Answer:
    left = end - time.monotonic()
    if left <= 0:
        raise dns.exception.Timeout
    return resolver.resolve(f"{domain}.", kind, lifetime=left, search=False)


def _of_the_system() -> dns.resolver.Resolver:
    try:
        return dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        raise LeadsError(
            "no DNS server is known",
            where="mail servers",
            do="Name one in /etc/resolv.conf, or leave the check out",
        ) from None
