"""Keys that stay outside the store: peppers make hashes nobody can try out, masters wrap the keys of sealed values.

A key may be renewed, but an old one is never thrown away: what was made with it can only be recognised or read with it.
Light to import: `leads may-contact` needs it.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from leads.errors import ConfigError, StoreError
from leads.settings import settings

MIN_LENGTH = 32
# Named and not imported: who knows Prefect is above us, and nothing of it is loaded where no block is set.
BLOCK_READER = "flows.secret_block"
Kind = Literal["pepper", "master"]


@dataclass(frozen=True)
class Key:
    """One key: `version` counts up, `id` tells it from every other."""

    version: int
    key: bytes
    kind: Kind = "pepper"

    @cached_property
    def id(self) -> str:
        """Tells keys apart, so that a lost or exchanged key is noticed before it forgets anybody."""
        return hashlib.sha256(f"wellspring {self.kind}\0".encode() + self.key).hexdigest()[:8]

    def digest(self, type_: str, value: str) -> bytes:
        """HMAC-SHA256 of type, NUL and canonical value (E.164, folded address)."""
        return self.digests([type_], [value])[0]

    def digests(self, types: Iterable[str], values: Iterable[str]) -> list[bytes]:
        """The digest of each, written as RFC 2104 defines it: half the time of as many calls of `hmac.digest`."""
        key = (hashlib.sha256(self.key).digest() if len(self.key) > 64 else self.key).ljust(64, b"\0")
        sha256, inner, outer = hashlib.sha256, bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)
        return [
            sha256(outer + sha256(inner + f"{type_}\0{value}".encode()).digest()).digest()
            for type_, value in zip(types, values, strict=True)
        ]

    def hash(self, type_: str, value: str) -> str:
        """`<key id>:<digest>`, as suppressions are kept."""
        return f"{self.id}:{self.digest(type_, value).hex()}"

    def lookup(self, type_: str, value: str) -> tuple[int, int]:
        """The first 128 bits of the digest as two signed numbers: an index of 64 bits finds, the others prove."""
        lookup, proof = struct.unpack(">qq", self.digest(type_, value)[:16])
        return lookup, proof

    def derive(self, salt: bytes) -> bytes:
        """A key of 32 bytes for one purpose: HKDF-Expand (RFC 5869) of one block, the key being random already."""
        return hmac.digest(self.key, b"wellspring sealing\0" + salt + b"\1", "sha256")


def peppers() -> list[Key]:
    """Every pepper there is, the one for new hashes first; makes `keys/pepper-1` where there is none.

    `LEADS_PEPPER` is the newest where it is set (`<version>:<secret>`, or a secret alone, which is version 1); others
    stand in the secret block that `LEADS_KEYS_BLOCK` names, and as files `keys/pepper-<version>` under the home.
    """
    return _ring("pepper")


def masters() -> list[Key]:
    """Every master key there is, the one for new values first; kept as the peppers are (`LEADS_MASTER`)."""
    return _ring("master")


def places(kind: Kind) -> dict[int, str]:
    """Version -> where the key of that version comes from: the variable, the block, or the file."""
    return {version: place for version, (_, place) in _found(kind).items()}


def rotate(kind: Kind) -> Key:
    """Make the next key of a kind, as a file; what is new is made with it from now on. Raises ConfigError where the
    keys come from elsewhere: there is where the next one is to be put."""
    first, found = _ring(kind)[0], _found(kind)
    file = _folder() / f"{kind}-{first.version + 1}"
    if found[first.version][1] != str(_folder() / f"{kind}-{first.version}"):
        raise ConfigError(
            f"the newest {kind} is not a file", where=found[first.version][1],
            do=f"Put version {first.version + 1} there, and leave the older ones where they are",
        )  # fmt: skip
    return Key(first.version + 1, _create(file), kind)


def names(*keys: Key) -> list[str]:
    """Keys as the head of the ledger names those it was written with."""
    return [f"{key.kind}-{key.id}" for key in keys]


def require(used: str, *kinds: Kind) -> None:
    """Raise StoreError unless every key of these kinds is here that the ledger was written with (`names`)."""
    here = {"pepper": peppers, "master": masters}
    lost = [
        name
        for name in used.split()
        if (kind := name.partition("-")[0]) in kinds and name not in names(*here[kind]())
    ]
    if lost:
        raise StoreError(
            f"key {', '.join(lost)} of the consent ledger is not here", where="consent ledger",
            why="without it nobody who said no would be recognised",
            do="Restore the keys from the backup before anything else",
        )  # fmt: skip


def _ring(kind: Kind) -> list[Key]:
    """The newest key first: that of the variable where it is set, else the highest version."""
    if not (found := _found(kind)):
        return [Key(1, _create(_folder() / f"{kind}-1"), kind)]
    variable = f"LEADS_{kind.upper()}"
    order = sorted(found, key=lambda version: (found[version][1] == variable, version), reverse=True)
    return [Key(version, found[version][0], kind) for version in order]


def _found(kind: Kind) -> dict[int, tuple[bytes, str]]:
    """Version -> key, and where it comes from. Raises ConfigError for two keys of one version."""
    named = re.compile(rf"{kind}-(\d{{1,4}})")
    files = ((file, named.fullmatch(file.name)) for file in _folder().glob(f"{kind}-*"))
    given = [(int(name[1]), _read(file), str(file)) for file, name in files if name]
    if block := settings().keys_block:
        given += [
            (*_parse(f"{v}:{key}", block), f"block {block}") for v, key in _block(block).get(kind, {}).items()
        ]
    if variable := getattr(settings(), kind):
        given.append((*_parse(variable, f"LEADS_{kind.upper()}"), f"LEADS_{kind.upper()}"))
    found: dict[int, tuple[bytes, str]] = {}
    for version, key, place in given:
        if found.get(version, (key, ""))[0] != key:
            raise ConfigError(
                f"{kind} version {version} is another key in {place} than in {found[version][1]}",
                where="keys", do="Raise the version of the newer one, or take one of them away",
            )  # fmt: skip
        found[version] = (key, place)
    return found


def _folder() -> Path:
    return settings().home / "keys"


@lru_cache(maxsize=1)
def _block(name: str) -> dict[str, dict[str, str]]:
    """What a secret block holds: kind -> version -> key."""
    try:
        held = import_module(BLOCK_READER).read(name)
        return {kind: dict(held[kind]) for kind in ("pepper", "master") if kind in held}
    except Exception as error:
        # Its text, and what it was raised from, may quote what the block holds.
        raise ConfigError(
            "the keys cannot be read", where=f"secret block {name}", why=type(error).__name__,
            do='It is a Secret of JSON, {"pepper": {"1": "…"}, "master": {"1": "…"}}; check PREFECT_API_URL',
        ) from None  # fmt: skip


def _parse(text: str, where: str) -> tuple[int, bytes]:
    version, secret = re.fullmatch(r"(?:(\d{1,4}):)?(.*)", text.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    if len(secret) < MIN_LENGTH:
        raise ConfigError(
            f"a key has fewer than {MIN_LENGTH} characters", where=where,
            do="Take 64 random hexadecimal digits, and keep them with the backup",
        )  # fmt: skip
    return int(version or 1), secret.encode()


def _read(file: Path) -> bytes:
    key = file.read_bytes().strip()
    if len(key) < MIN_LENGTH:
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
