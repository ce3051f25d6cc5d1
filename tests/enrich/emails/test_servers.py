"""Do domains take mail? Asked of a real DNS server on the loopback."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dns.resolver
import pytest
from dnslib import AAAA, MX, QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from enrich.emails.servers import Budget, MailServer, mail_servers

SLOW = 3.0
ANSWERS = {
    ("firma.example", "MX"): [MX("mx2.firma.example", 20), MX("MX1.firma.example", 10)],
    ("null.example", "MX"): [MX(".", 0)],
    ("plain.example", "A"): [A("192.0.2.1")],
    ("six.example", "AAAA"): [AAAA("2001:db8::1")],
    ("empty.example", "TXT"): [],
}


class Zone(BaseResolver):
    """Answers from `ANSWERS`, counts the questions, and is slow or broken where the name says so."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.closing = threading.Event()

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        self.asked[name, kind] += 1
        reply = request.reply()
        if name.startswith("slow"):
            self.closing.wait(SLOW)
        if name.startswith("broken"):
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in {known for known, _ in ANSWERS} and not name.startswith(("many", "slow")):
            reply.header.rcode = RCODE.NXDOMAIN
        many = [MX(f"mx.{name}", 5)] if name.startswith("many") and kind == "MX" else []
        for record in (*ANSWERS.get((name, kind), []), *many):
            reply.add_answer(RR(request.q.qname, request.q.qtype, rdata=record, ttl=60))
        return reply


@pytest.fixture
def zone() -> Iterator[tuple[Zone, dns.resolver.Resolver]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    known = Zone()
    server = DNSServer(known, address="127.0.0.1", port=port, logger=Quiet())
    # Who asked a slow name has gone when the answer comes.
    server.server.handle_error = lambda request, client: None
    thread = threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    yield known, resolver
    known.closing.set()
    server.server.shutdown()
    server.server.server_close()
    thread.join(timeout=5)


class Quiet:
    def __getattr__(self, name: str):
        return lambda *args: None


@pytest.mark.parametrize(
    ("domain", "answer"),
    [
        ("firma.example", MailServer("takes mail", "mx1.firma.example")),
        ("null.example", MailServer("refuses mail")),
        ("plain.example", MailServer("takes mail", "plain.example")),
        ("six.example", MailServer("takes mail", "six.example")),
        ("empty.example", MailServer("no mail server")),
        ("nobody.example", MailServer("no such domain")),
        ("broken.example", MailServer("not known")),
        ("a..example", MailServer("not known")),
        ("a" * 64 + ".example", MailServer("not known")),
    ],
)
def test_what_the_dns_says(zone, tmp_path: Path, domain: str, answer: MailServer) -> None:
    assert mail_servers([domain], cache=tmp_path, resolver=zone[1]) == {domain: answer}


def test_each_domain_is_asked_once_and_then_remembered(zone, tmp_path: Path) -> None:
    known, resolver = zone
    domains = ["firma.example", "nobody.example", "firma.example", "null.example"]
    first = mail_servers(domains, cache=tmp_path / "new", resolver=resolver)
    assert list(first) == ["firma.example", "nobody.example", "null.example"]
    assert known.asked == {("firma.example", "MX"): 1, ("nobody.example", "MX"): 1, ("null.example", "MX"): 1}
    assert mail_servers(domains, cache=tmp_path / "new", resolver=resolver) == first
    assert known.asked.total() == 3


def test_what_was_kept_long_ago_is_asked_again(zone, tmp_path: Path) -> None:
    known, resolver = zone
    for _ in range(2):
        mail_servers(["firma.example"], cache=tmp_path, keep_days=0, resolver=resolver)
    assert known.asked["firma.example", "MX"] == 2


def test_what_did_not_answer_is_asked_again(zone, tmp_path: Path) -> None:
    known, resolver = zone
    mail_servers(["broken.example"], cache=tmp_path, resolver=resolver)
    before = known.asked["broken.example", "MX"]
    mail_servers(["broken.example"], cache=tmp_path, resolver=resolver)
    assert known.asked["broken.example", "MX"] == 2 * before > 0


def test_no_more_than_the_budget_is_asked(zone, tmp_path: Path) -> None:
    known, resolver = zone
    domains = [f"many{number}.example" for number in range(50)]
    found = mail_servers(domains, cache=tmp_path, budget=Budget(lookups=20), resolver=resolver)
    assert Counter(server.verdict for server in found.values()) == {"takes mail": 20, "not known": 30}
    assert known.asked.total() == 20
    again = mail_servers(domains, cache=tmp_path, budget=Budget(lookups=30), resolver=resolver)
    assert {server.verdict for server in again.values()} == {"takes mail"}
    assert known.asked.total() == 50
    assert mail_servers(domains, cache=tmp_path, budget=Budget(lookups=0), resolver=resolver) == again


def test_a_slow_server_costs_no_more_than_the_budget(zone, tmp_path: Path) -> None:
    domains = [f"slow{number}.example" for number in range(40)]
    started = time.monotonic()
    found = mail_servers(domains, cache=tmp_path, budget=Budget(seconds=0.5, each=0.3), resolver=zone[1])
    assert time.monotonic() - started < 2.5
    assert set(found.values()) == {MailServer()}


def test_nothing_is_asked_for_nothing(tmp_path: Path) -> None:
    assert mail_servers([], cache=tmp_path) == {}
