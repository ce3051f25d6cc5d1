from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest

from leads.pull import Pull, Receipt
from leads.source import Source

# (status, headers, body) for (path, query); the server notes what it was asked.
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Provider:
    url: str = ""
    answer: Callable[[str, dict[str, str]], Answer] = lambda path, query: (404, {}, b"")
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A loopback server whose answers the test writes."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            found.asked.append((parts.path, query, dict(self.headers)))
            status, headers, body = found.answer(parts.path, query)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_source() -> Callable[..., Source]:
    def make(**given: Any) -> Source:
        plain: dict[str, Any] = {
            "name": "base", "title": "A base", "kind": "purchased_base", "owner": "owner@example.com",
            "licence": "contract 1", "legal_basis": "claimed", "from_person": False, "region": "RU",
            "language": "ru",
        }  # fmt: skip
        return Source.model_validate(plain | given)

    return make


@pytest.fixture
def drain() -> Callable[[Pull], tuple[pd.DataFrame, Receipt]]:
    def run(pull: Pull) -> tuple[pd.DataFrame, Receipt]:
        frames = []
        while True:
            try:
                frames.append(next(pull))
            except StopIteration as end:
                whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
                return whole, end.value

    return run
