"""Anchors: where the ledger ended at a moment, written where whoever can rewrite the database cannot.

By default a file under the home, which is to be kept elsewhere too; by setting also a signed tag of a git repository,
an e-mail and a time stamp of an authority. An anchor holds a hash and no personal value. The file is of one ledger
alone.
"""

import contextlib
import json
import logging
import os
import smtplib
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from leads import clock
from leads.errors import ConfigError, LeadsError, StoreError
from leads.settings import Settings
from store import stamps
from store.engine import Store, reading

log = logging.getLogger("leads")
SECONDS = 20


@dataclass(frozen=True)
class Anchor:
    """`hash` of block number `block` of the ledger of this id, as it was `at` (UTC).

    `restored`: a backup was brought back then that ends at this block, so that what was anchored before of later blocks
    is no longer there; with a ledger of no name where it held none.
    """

    ledger: str
    block: int
    seq: int
    hash: str
    at: str
    restored: int | None = None


def anchor(store: Store, place: Settings, *, restored: int | None = None) -> Anchor | None:
    """Put where the ledger ends outside the database, in every way that is set; None when nothing is new to anchor.

    Logs a warning for a way that fails, and goes on: what was appended stands, and the next anchor covers it as well.
    """
    with reading(store) as connection:
        head = connection.execute(text("SELECT * FROM consent_head WHERE id = 1")).mappings().one_or_none()
    new = Anchor("", 0, 0, "", clock.now(), restored)
    if head is not None:
        new = Anchor(head["ledger"], head["block_no"], head["seq"], head["hash"].hex(), new.at, restored)
    known = [one for one in from_file(place.anchor_file) if one.ledger == new.ledger]
    again = known and (known[-1].block, known[-1].hash) == (new.block, new.hash)
    if restored is None and (again or not new.block):
        return None
    ways: list[tuple[str, Callable[[Anchor, str], None], str]] = [
        ("file", _to_file, str(place.anchor_file)), ("git", _to_git, place.anchor_git),
        ("mail", _to_mail, place.anchor_mail), ("time stamp", partial(_to_authority, place), place.anchor_tsa),
    ]  # fmt: skip
    for name, put, where in ways:
        if where:
            try:
                put(new, where)
            except (OSError, smtplib.SMTPException, subprocess.SubprocessError, LeadsError) as error:
                log.warning("anchor of block %d by %s failed: %s", new.block, name, type(error).__name__)
    return new


def _line(new: Anchor) -> str:
    return json.dumps(asdict(new), separators=(",", ":"))


def _to_file(new: Anchor, where: str) -> None:
    Path(where).parent.mkdir(parents=True, exist_ok=True)
    # One write of one line at the end: two processes at once do not mix.
    descriptor = os.open(where, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{_line(new)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _to_git(new: Anchor, where: str) -> None:
    """A tag of the repository at `where`, signed with the key that git is set up with there."""
    name = f"{_tag(new.ledger)}{new.block}" + ("-restored" if new.restored is not None else "")
    subprocess.run(
        ["git", "-C", where, "tag", "-s", name, "-m", _line(new)], check=True, capture_output=True, timeout=SECONDS
    )


def _tag(ledger: str) -> str:
    return f"leads-ledger/{ledger[:12]}/"


def _to_mail(new: Anchor, where: str) -> None:
    """To the address that `where` ends with: smtp://user:password@host:port/officer@example.com (smtps for TLS)."""
    to = urlsplit(where)
    if to.scheme not in ("smtp", "smtps") or not to.hostname or "@" not in to.path:
        raise ConfigError(
            "not understood", where="LEADS_ANCHOR_MAIL", do="smtp://user:password@host:port/officer@…"
        )
    message = EmailMessage()
    message["To"] = message["From"] = to.path.lstrip("/")
    message["Subject"] = f"Consent ledger {new.ledger[:12]}: block {new.block}"
    message.set_content(
        f"Keep this message: it proves what the consent ledger held on {new.at}.\n\n{_line(new)}\n"
    )
    kind = smtplib.SMTP_SSL if to.scheme == "smtps" else smtplib.SMTP
    with kind(to.hostname, to.port or 0, timeout=SECONDS) as server:
        if to.username:
            if to.scheme == "smtp":
                server.starttls()
            server.login(to.username, to.password or "")
        server.send_message(message)


def _to_authority(place: Settings, new: Anchor, where: str) -> None:
    name = f"{new.ledger[:12]}-{new.block}" + ("-restored" if new.restored is not None else "")
    stamps.stamp(_line(new), name, where, place.stamps, place.anchor_tsa_cert)


def anchors(place: Settings, mails: Sequence[Path] = ()) -> list[Anchor]:
    """Every anchor that can be read back: of the file, of the tags of the repository, of time stamps, and of `mails`
    that somebody kept.

    Raises StoreError for a line that is none (somebody wrote into the file), for a tag without a good signature, and
    for a stamp that does not vouch for its line.
    """
    found = [*from_file(place.anchor_file), *from_tags(place.anchor_git), *from_stamps(place)]
    return found + [one for mail in mails for one in from_mail(mail)]


def from_stamps(place: Settings) -> list[Anchor]:
    """The anchors that an authority stamped, each checked; none where there is no folder of them."""
    found = []
    for line, moment in stamps.stamped(place.stamps, place.anchor_tsa_cert):
        [one] = _read([line], str(place.stamps))
        stamps.check(one.at, moment, str(place.stamps))
        found.append(one)
    return found


def from_mail(file: Path) -> list[Anchor]:
    """The anchors in a mail that was kept, as programs for mail save it (.eml)."""
    try:
        text_ = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
    except OSError as error:
        raise StoreError("the mail cannot be read", where=str(file), why=error.strerror or "") from None
    lines = text_.get_content().splitlines() if text_ else []
    found = list(_read((line for line in lines if line.startswith("{")), str(file)))
    if not found:
        raise StoreError("there is no anchor in this mail", where=str(file), do="Save the mail as .eml, whole")
    return found


def from_file(file: Path) -> list[Anchor]:
    """The anchors of a file, in its order; none where there is no file."""
    with contextlib.suppress(FileNotFoundError):
        return list(_read(file.read_text(encoding="utf-8").splitlines(), str(file)))
    return []


def from_tags(repository: str) -> list[Anchor]:
    """The anchors among the tags of a repository; none for no repository."""
    if not repository:
        return []
    listing = subprocess.run(
        ["git", "-C", repository, "for-each-ref", "--format=%(refname:short) %(contents:subject)",
         "refs/tags/leads-ledger"],
        check=False, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    if listing.returncode:
        raise StoreError("the tags cannot be read", where=repository, do="Check LEADS_ANCHOR_GIT")
    names, lines = [], []
    for row in listing.stdout.splitlines():
        name, _, line = row.partition(" ")
        names.append(name)
        lines.append(line)
    _check_signatures(repository, names)
    return list(_read(lines, repository))


def _check_signatures(repository: str, names: Sequence[str]) -> None:
    """Raise StoreError unless each of these tags is signed by somebody whom git trusts here."""
    for name in names:
        done = subprocess.run(
            ["git", "-C", repository, "verify-tag", name], check=False, capture_output=True, timeout=SECONDS
        )
        if done.returncode:
            raise StoreError(
                f"tag {name} has no good signature", where=repository,
                why="it was put there by somebody else, or git does not know its signer here",
                do="Set gpg.ssh.allowedSignersFile, or import the key, where this runs",
            )  # fmt: skip


def _read(lines: Iterable[str], where: str) -> Iterable[Anchor]:
    for number, line in enumerate(lines, start=1):
        try:
            yield Anchor(**json.loads(line))
        except (TypeError, ValueError):
            raise StoreError(
                f"line {number} is no anchor", where=where, why="the file was changed, or its last line is cut short",
                do="Compare it with your other copy",
            ) from None  # fmt: skip
