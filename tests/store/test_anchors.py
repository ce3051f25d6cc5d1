"""Anchors outside the database: a file, signed tags, mail."""

import json
import logging
import socketserver
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leads.errors import StoreError
from leads.settings import Settings
from store.anchors import anchor, anchors
from store.engine import reading
from store.verify import verify


@pytest.fixture
def ledger(new_store: Callable[..., Engine], say: Callable[..., int], home: Path) -> Engine:
    store = new_store("sqlite", migrated=True)
    say(store, of_lead=1, e1="given")
    return store


def test_a_file_by_default(ledger: Engine, home: Path, say: Callable[..., int]) -> None:
    place = Settings(home=home)
    first = anchor(ledger, place)
    assert anchor(ledger, place) is None, "nothing is new"
    say(ledger, of_lead=2, e1="given")
    second = anchor(ledger, place)
    assert anchors(place) == [first, second]
    file = home / "anchors.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [json.loads(line)["block"] for line in file.read_text().splitlines()] == [1, 2]


def test_the_file_may_stand_elsewhere(ledger: Engine, home: Path, tmp_path: Path) -> None:
    place = Settings(home=home, anchors=tmp_path / "far" / "away.jsonl")
    assert anchor(ledger, place)
    assert place.anchor_file.read_text() and not (home / "anchors.jsonl").exists()


def test_a_way_that_fails_is_said_and_stops_nothing(
    ledger: Engine, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Settings(home=home, anchor_git=str(home / "nosuch"), anchor_mail="mailto:x@example.com")
    with caplog.at_level(logging.WARNING, "leads"):
        assert anchor(ledger, place)
    assert [record.getMessage() for record in caplog.records] == [
        "anchor of block 1 by git failed: CalledProcessError", "anchor of block 1 by mail failed: ConfigError",
    ]  # fmt: skip
    assert len(anchors(Settings(home=home))) == 1


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that signs with an SSH key of its own."""
    folder = tmp_path / "repository"
    key = tmp_path / "key"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "signers").write_text(f"officer@example.com {Path(f'{key}.pub').read_text()}")
    for name, value in (
        ("user.name", "Officer"), ("user.email", "officer@example.com"), ("gpg.format", "ssh"),
        ("user.signingkey", str(key)), ("gpg.ssh.allowedSignersFile", str(tmp_path / "signers")),
    ):  # fmt: skip
        subprocess.run(["git", "config", "--global", name, value], check=True)
    subprocess.run(["git", "init", "-q", folder], check=True)
    subprocess.run(["git", "-C", folder, "commit", "-q", "--allow-empty", "-m", "anchors"], check=True)
    return folder


def test_a_signed_tag_vouches_when_the_file_was_changed_too(
    ledger: Engine, home: Path, repository: Path, say: Callable[..., int]
) -> None:
    place = Settings(home=home, anchor_git=str(repository))
    new = anchor(ledger, place)
    assert new is not None
    [tag] = subprocess.run(
        ["git", "-C", repository, "tag"], check=True, capture_output=True, text=True
    ).stdout.split()
    subprocess.run(["git", "-C", repository, "verify-tag", tag], check=True, capture_output=True)
    assert anchors(place) == [new, new]
    with reading(ledger) as connection:
        assert verify(connection, anchors(place)).whole
    # Both the ledger and the file are made anew; the tag is not.
    place.anchor_file.unlink()
    with reading(ledger) as connection:
        assert verify(connection, anchors(place)).anchored == 1
    other = [one.__class__(**{**vars(one), "hash": "0" * 64}) for one in anchors(place)]
    with reading(ledger) as connection:
        assert not verify(connection, other).whole


def test_no_repository(home: Path) -> None:
    with pytest.raises(StoreError, match="tags cannot be read"):
        anchors(Settings(home=home, anchor_git=str(home)))


class Mailbox(socketserver.StreamRequestHandler):
    """Takes mail as RFC 5321 has it, as far as a plain sender needs."""

    received: list[str] = []  # noqa: RUF012

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline().decode().strip().upper():
            if line.startswith("DATA"):
                self.wfile.write(b"354 go on\r\n")
                body = []
                while (part := self.rfile.readline()) != b".\r\n":
                    body.append(part.decode())
                self.received.append("".join(body))
            self.wfile.write(b"221 bye\r\n" if line == "QUIT" else b"250 fine\r\n")
            if line == "QUIT":
                return


@pytest.fixture
def mailbox() -> Iterator[int]:
    Mailbox.received.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_mail_to_the_officer(ledger: Engine, home: Path, mailbox: int) -> None:
    place = Settings(home=home, anchor_mail=f"smtp://127.0.0.1:{mailbox}/officer@example.com")
    new = anchor(ledger, place)
    assert new is not None
    [mail] = Mailbox.received
    assert "To: officer@example.com" in mail and "block 1" in mail
    assert new.hash in mail.replace("=\r\n", "")


def test_a_mail_that_was_kept_is_compared(
    ledger: Engine, home: Path, mailbox: int, tmp_path: Path, say: Callable[..., int]
) -> None:
    place = Settings(home=home, anchor_mail=f"smtp://127.0.0.1:{mailbox}/officer@example.com")
    new = anchor(ledger, place)
    kept = tmp_path / "kept.eml"
    kept.write_text(Mailbox.received[0])
    place.anchor_file.unlink()
    assert anchors(place, [kept]) == [new]
    with reading(ledger) as connection:
        assert verify(connection, anchors(place, [kept])).anchored == 1
    kept.write_text(Mailbox.received[0].replace("ledger", "budget", 1).replace("{", "("))
    with pytest.raises(StoreError, match="no anchor in this mail"):
        anchors(place, [kept])


def test_a_tag_that_nobody_signed_vouches_for_nothing(ledger: Engine, home: Path, repository: Path) -> None:
    place = Settings(home=home, anchor_git=str(repository))
    assert anchor(ledger, place)
    [tag] = subprocess.run(
        ["git", "-C", repository, "tag"], check=True, capture_output=True, text=True
    ).stdout.split()
    line = place.anchor_file.read_text().strip()
    subprocess.run(["git", "-C", repository, "tag", "-f", "-a", tag, "-m", line], check=True, capture_output=True)
    with pytest.raises(StoreError, match="has no good signature"):
        anchors(place)
