from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from leads.source import Source

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass
class Site:
    """A loopback site: path (with query) -> page, or (status, headers, body); `asked` is what came."""

    url: str = ""
    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        page = self.pages.get(path, (404, HTML, b"<h1>not here</h1>"))
        if callable(page):
            page = page()
        return (200, HTML, page.encode()) if isinstance(page, str) else page


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.sent.append(dict(self.headers))
            status, headers, body = found.answer(self.path)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_source(site: Site) -> Callable[..., Source]:
    def make(**pull: Any) -> Source:
        options = {"start": f"{site.url}/list/", "delay": 0.0, "allow_private": True, "max_pages": 100}
        return Source.model_validate({
            "name": "companies", "title": "Companies", "kind": "listing", "owner": "owner@example.com",
            "licence": "open", "legal_basis": "legitimate interest", "from_person": False, "region": "HU",
            "language": "hu", "pull": options | pull,
        })  # fmt: skip

    return make
