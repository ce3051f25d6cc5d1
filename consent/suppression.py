"""Contact points that must not come back, as keyed hashes: what is kept tells nobody's phone or e-mail.

An unkeyed hash of a phone is no protection, for all numbers of a country can be tried in hours. The key (pepper)
stays outside the store. It may be renewed, but an old one is never thrown away: a suppression made with it can
only be recognised with it.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from leads import schema
from leads.errors import ConfigError, StoreError
from leads.settings import settings

MIN_PEPPER = 32


@dataclass(frozen=True)
class Pepper:
    """One key: `version` counts up, `id` stands before every hash made with it."""

    version: int
    key: bytes

    @cached_property
    def id(self) -> str:
        """Tells keys apart, so that a lost or exchanged key is noticed before it forgets anybody."""
        return hashlib.sha256(b"wellspring pepper\0" + self.key).hexdigest()[:8]

    def hash(self, type_: str, value: str) -> str:
        """`<key id>:<HMAC-SHA256 of type, NUL and canonical value>`."""
        text = f"{type_}\0{value}".encode()
        return f"{self.id}:{hmac.digest(self.key, text, 'sha256').hex()}"


def peppers() -> list[Pepper]:
    """Every key there is, the one for new hashes first; makes `keys/pepper-1` where there is none.

    `LEADS_PEPPER` is the newest where it is set (`<version>:<secret>`, or a secret alone, which is version 1);
    older keys stay beside it as files `keys/pepper-<version>` under the home.
    """
    folder, given = settings().home / "keys", settings().pepper
    files = {file: re.fullmatch(r"pepper-(\d{1,4})", file.name) for file in folder.glob("pepper-*")}
    found = {int(name[1]): _read(file) for file, name in files.items() if name}
    if given:
        version, secret = _parse(given)
        if found.get(version, secret) != secret:
            raise ConfigError(
                f"pepper version {version} is another key in LEADS_PEPPER than in the file",
                where=str(folder),
                do="Raise the version in LEADS_PEPPER, or remove the variable",
            )
        return _sorted(found, first=Pepper(version, secret))
    if not found:
        found[1] = _create(folder / "pepper-1")
    return _sorted(found)


def hashes(type_: str, values: Iterable[str]) -> list[str]:
    """The suppression hash of each canonical value (E.164, folded address) under the newest key, in order.

    Each distinct value is hashed once. `type_`: `phone`, `email` or `messenger`.
    """
    values, pepper = list(values), peppers()[0]
    known = {value: pepper.hash(type_, value) for value in set(values)}
    return [known[value] for value in values]


def suppressed(points: pd.DataFrame, hashes_in_store: Collection[str] | pd.DataFrame) -> pd.DataFrame:
    """The leads (`lead_id`, sorted) of which any usable point is suppressed; with a phone, the messenger account that
    is this number.

    `points`: POINTS; `hashes_in_store`: all of them, or a frame with them in column `hash`.
    Raises StoreError when hashes were made with a key we do not have: whom they name could not be recognised.
    """
    stored = hashes_in_store
    wanted = set(stored["hash"] if isinstance(stored, pd.DataFrame) else stored)
    if not wanted:
        return pd.DataFrame({"lead_id": schema.texts([])})
    keys = peppers()
    _no_key_lost(wanted, keys)
    usable = points[points["usable"].astype(bool) & points["value"].notna()]
    distinct = usable[["type", "value"]].drop_duplicates().reset_index(drop=True)
    hits = [
        any(key.hash(*said) in wanted for key in keys for said in _said_of(type_, value))
        for type_, value in zip(distinct["type"], distinct["value"], strict=True)
    ]
    found = usable.merge(distinct[hits], on=["type", "value"])
    return found[["lead_id"]].drop_duplicates().sort_values("lead_id").reset_index(drop=True)


def _said_of(type_: str, value: str) -> list[tuple[str, str]]:
    """The contact points whose suppression is one of this point: itself, and the phone that its account is."""
    _, number, digits = value.partition(":+")
    return [(type_, value), ("phone", f"+{digits}")] if type_ == "messenger" and number else [(type_, value)]


def _no_key_lost(stored: set[str], keys: list[Pepper]) -> None:
    lost = {text.partition(":")[0] for text in stored} - {key.id for key in keys}
    if lost:
        raise StoreError(
            f"suppressions made with key {', '.join(sorted(lost))} cannot be recognised",
            where="suppression",
            why="this key is neither in LEADS_PEPPER nor among the files in keys/",
            do="Restore the keys from the backup before anything is loaded",
        )


def _sorted(found: dict[int, bytes], first: Pepper | None = None) -> list[Pepper]:
    """The newest key first, then the older ones."""
    rest = [Pepper(version, key) for version, key in sorted(found.items(), reverse=True)]
    return [first, *(pepper for pepper in rest if pepper != first)] if first else rest


def _parse(text: str) -> tuple[int, bytes]:
    version, secret = re.fullmatch(r"(?:(\d{1,4}):)?(.*)", text.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    if len(secret) < MIN_PEPPER:
        raise ConfigError(
            f"the pepper has fewer than {MIN_PEPPER} characters",
            where="LEADS_PEPPER",
            do="Take 64 random hexadecimal digits, and keep them with the backup",
        )
    return int(version or 1), secret.encode()


def _read(file: Path) -> bytes:
    key = file.read_bytes().strip()
    if len(key) < MIN_PEPPER:
        raise ConfigError("the key is cut short", where=str(file), do="Restore it from the backup")
    return key


def _create(file: Path) -> bytes:
    """A new random key at `file`, readable by its owner alone; of two processes at once, one key remains."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return _read(file)
