"""The demo's web site: the ticket shop, the form provider and the directory on one loopback address."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from leads.demo import directory, pretix, typeform
from leads.demo.exchange import Answer, Request

if TYPE_CHECKING:
    from leads.demo import World


@contextmanager
def serve(world: "World", port: int = 0) -> Iterator[str]:
    """Serve `world` on 127.0.0.1 while the block runs; gives the base URL.

    Port 0 takes a free one, and the same again the next time if it still is: addresses of pages are record keys.
    """
    server = _bound(world, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _bound(world: "World", port: int) -> "Site":
    note = world.folder / "site-port"
    remembered = int(note.read_text()) if note.is_file() else 0
    try:
        server = Site(world, port or remembered)
    except OSError:
        if port:
            raise
        server = Site(world, 0)
    note.write_text(str(server.server_port))
    return server


class Site(ThreadingHTTPServer):
    """The server; answers only GET and writes no log, whose lines would name what was asked."""

    daemon_threads = True

    def __init__(self, world: "World", port: int) -> None:
        self.world = world
        super().__init__(("127.0.0.1", port), _Handler)

    def answer(self, target: str, authorization: str) -> Answer:
        """The answer to a request for `target`, path and query, by the part of the site it belongs to."""
        url = urlsplit(target)
        part = "/" + url.path.split("/", 2)[1]
        request = Request(
            path=url.path.removeprefix(part) if part in {"/pretix", "/typeform"} else url.path,
            query=dict(parse_qsl(url.query)),
            authorization=authorization,
            base=f"http://127.0.0.1:{self.server_port}{part}",
        )
        if part == "/pretix":
            return pretix.answer(self.world.orders, request)
        if part == "/typeform":
            return typeform.answer(self.world.responses, request)
        if url.path == "/robots.txt":
            return Answer(200, directory.ROBOTS.encode(), "text/plain; charset=utf-8")
        return directory.answer(self.world.directory, request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or head and body of each answer wait 40 ms for one another
    server: Site

    def do_GET(self) -> None:
        answer = self.server.answer(self.path, self.headers.get("Authorization", ""))
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a log of requests is no part of the demo."""
