"""Time stamps by an authority of the test's own: `openssl ts` behind HTTP on the loopback."""

import json
import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leads.errors import StoreError
from leads.settings import Settings
from store.anchors import anchor, anchors
from store.engine import reading
from store.verify import verify

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
[purpose]
extendedKeyUsage = critical,timeStamping
"""


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root, and an authority that it signed."""
    made = tmp_path_factory.mktemp("tsa")
    (made / "serial").write_text("01")
    (made / "conf").write_text(CONFIG.format(folder=made))
    for name in ("root", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN={name}.example", "-keyout", f"{made}/{name}.key", "-out", f"{made}/{name}.pem")  # fmt: skip
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tsa.example",
            "-keyout", f"{made}/tsa.key", "-out", f"{made}/tsa.csr")  # fmt: skip
    openssl("x509", "-req", "-in", f"{made}/tsa.csr", "-CA", f"{made}/root.pem", "-CAkey", f"{made}/root.key", "-days", "30",
            "-CAcreateserial", "-extfile", f"{made}/conf", "-extensions", "purpose", "-out", f"{made}/tsa.pem")  # fmt: skip
    return made


@pytest.fixture(scope="module")
def authority(folder: Path) -> Iterator[str]:
    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked, answered = folder / "asked", folder / "answered"
            asked.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            openssl("ts", "-reply", "-config", f"{folder}/conf", "-queryfile", str(asked), "-out", str(answered))
            self.send_response(503 if self.path == "/busy" else 200)
            self.send_header(
                "Content-Type", "text/html" if self.path == "/page" else "application/timestamp-reply"
            )
            self.end_headers()
            self.wfile.write(answered.read_bytes())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: pytest shows what is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Authority) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def ledger(new_store: Callable[..., Engine], say: Callable[..., int], home: Path) -> Engine:
    store = new_store("sqlite", migrated=True)
    say(store, of_lead=1, e1="given")
    return store


@pytest.fixture
def place(home: Path, folder: Path, authority: str) -> Settings:
    return Settings(home=home, anchor_tsa=authority, anchor_tsa_cert=folder / "root.pem")


def test_an_anchor_is_stamped_and_vouches_when_the_file_was_changed_too(
    ledger: Engine, place: Settings, say: Callable[..., int]
) -> None:
    new = anchor(ledger, place)
    assert new is not None and anchors(place) == [new, new]
    assert sorted(path.suffix for path in place.stamps.iterdir()) == [".json", ".tsr"]
    place.anchor_file.unlink()
    with reading(ledger) as connection:
        assert (verify(connection, anchors(place)).anchored, verify(connection, anchors(place)).whole) == (1, True)
    other = [one.__class__(**{**vars(one), "hash": "0" * 64}) for one in anchors(place)]
    with reading(ledger) as connection:
        assert not verify(connection, other).whole
    say(ledger, of_lead=2, e1="withdrawn")
    assert anchor(ledger, place) and len(list(place.stamps.glob("*.tsr"))) == 2


def test_a_line_that_was_changed_is_found(ledger: Engine, place: Settings) -> None:
    anchor(ledger, place)
    [line] = place.stamps.glob("*.json")
    whole = line.read_text()
    line.write_text(whole.replace('"block":1', '"block":2'))
    with pytest.raises(StoreError, match="does not vouch for its line"):
        anchors(place)
    line.unlink()
    with pytest.raises(StoreError, match="does not vouch for its line"):
        anchors(place)
    line.write_text(whole)
    assert len(anchors(place)) == 2


def test_an_authority_nobody_trusts_vouches_for_nothing(
    ledger: Engine, place: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "leads"):
        assert anchor(ledger, place.model_copy(update={"anchor_tsa_cert": folder / "other.pem"}))
        assert not place.stamps.exists() and "by time stamp failed: StoreError" in caplog.text


@pytest.mark.parametrize("path", ["/busy", "/page"])
def test_another_answer_is_no_stamp(
    ledger: Engine, place: Settings, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert anchor(ledger, place.model_copy(update={"anchor_tsa": place.anchor_tsa + path}))
    assert not place.stamps.exists() and "by time stamp failed: StoreError" in caplog.text
    assert len(anchors(place)) == 1, "the file has it"


def test_an_anchor_that_is_dated_back_is_found(ledger: Engine, place: Settings) -> None:
    """Who writes ledger, file and stamps anew cannot have them stamped in the past."""
    new = anchor(ledger, place)
    assert new is not None
    for file in place.stamps.iterdir():
        file.unlink()
    from store import stamps

    line = json.dumps({**vars(new), "at": "2026-01-01T00:00:00.000000Z"})
    stamps.stamp(line, "x", place.anchor_tsa, place.stamps, place.anchor_tsa_cert)
    with pytest.raises(StoreError, match="an anchor of 2026-01-01 was stamped on "):
        anchors(place)
