"""Time stamps of anchors (RFC 3161): an authority signs that a line was there at a moment, and its clock is not ours.

Kept in a folder beside the file of the anchors, a line and its stamp each; `openssl ts` asks and verifies, as git signs
tags: it is on every machine that has TLS. What is sent is a hash.
"""

import os
import re
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leads.clock import parse
from leads.errors import StoreError

SECONDS = 20
# An anchor is stamped when it is made; one that says another day was written later than it says.
APART = timedelta(hours=1)
REQUEST, REPLY = "application/timestamp-query", "application/timestamp-reply"


def stamp(line: str, name: str, authority: str, folder: Path, trusted: Path | None) -> None:
    """Have a line stamped by the authority at this URL, and keep both under `name`; one that is kept already stays.

    Raises StoreError when the answer is no stamp of this line by an authority whose root is trusted.
    """
    import httpx

    kept = folder / f"{name}.tsr"
    if kept.exists():
        return
    with tempfile.TemporaryDirectory() as aside:
        said, asked, answered = (Path(aside, one) for one in ("said", "asked", "answered"))
        said.write_text(line, encoding="utf-8")
        _openssl("-query", "-data", str(said), "-sha256", "-cert", "-out", str(asked))
        try:
            got = httpx.post(
                authority, content=asked.read_bytes(), headers={"Content-Type": REQUEST}, timeout=SECONDS
            )
        except httpx.HTTPError as error:
            raise StoreError(
                "the authority did not answer", where="LEADS_ANCHOR_TSA", why=type(error).__name__
            ) from None
        if not got.is_success or not got.headers.get("Content-Type", "").startswith(REPLY):
            raise StoreError("the time stamp was refused", where="LEADS_ANCHOR_TSA", why=f"HTTP {got.status_code}")
        answered.write_bytes(got.content)
        _moment(said, answered, trusted)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(line, encoding="utf-8")
        draft = folder / f".{name}.tsr"
        draft.write_bytes(got.content)
        draft.replace(kept)


def stamped(folder: Path, trusted: Path | None) -> Iterator[tuple[str, datetime]]:
    """The lines that are kept, each with the moment at which the authority saw it, by their names.

    Raises StoreError for a line that its stamp does not vouch for.
    """
    for kept in sorted(folder.glob("*.tsr")):
        said = kept.with_suffix(".json")
        yield said.read_text(encoding="utf-8") if said.exists() else "", _moment(said, kept, trusted)


def check(at: str, moment: datetime, where: str) -> None:
    """Raise StoreError when what an anchor says of its time is not what its stamp says."""
    if abs(parse(at) - moment) > APART:
        raise StoreError(
            f"an anchor of {at[:10]} was stamped on {moment:%Y-%m-%d}", where=where,
            why="it was made later than it says", do="Compare it with the file and your other copies",
        )  # fmt: skip


def _moment(said: Path, answered: Path, trusted: Path | None) -> datetime:
    """When the authority saw these bytes; raises StoreError when it did not, or nobody trusted says so."""
    roots = ssl.get_default_verify_paths()
    among = (
        ["-CAfile", str(trusted or roots.cafile)] if trusted or roots.cafile else ["-CApath", str(roots.capath)]
    )
    try:
        _openssl("-verify", "-data", str(said), "-in", str(answered), *among)
        told = _openssl("-reply", "-in", str(answered), "-text")
    except subprocess.CalledProcessError:
        raise StoreError(
            f"the time stamp {answered.stem} does not vouch for its line", where=str(answered.parent),
            why="one of them was changed, or the root of the authority is not trusted here",
            do="Name its certificate in LEADS_ANCHOR_TSA_CERT; compare the line with your other copies",
        ) from None  # fmt: skip
    found = re.search(r"^Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d{4}) GMT", told, re.MULTILINE)
    if not found:
        raise StoreError("the time stamp has no time", where=str(answered))
    return datetime.strptime(f"{found[1]} {found[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)


def _openssl(*arguments: str) -> str:
    done = subprocess.run(
        ["openssl", "ts", *arguments], check=True, capture_output=True, text=True, timeout=SECONDS,
        env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    return done.stdout
