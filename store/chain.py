"""What the consent ledger hashes: leaves of events, the tree of a block, the chain of blocks. Never changes.

SHA-256 throughout. Trees are those of RFC 6962, section 2.1. Texts of an event stand in quotes, with whatever is not
ASCII escaped (a literal of Python), so that no two entries are written alike.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_sha256 = hashlib.sha256


class Block(NamedTuple):
    """A block as it is hashed (columns of `consent_block`)."""

    no: int
    first_seq: int
    last_seq: int
    events: int
    root: bytes
    prev: bytes
    recorded_time: str
    master: int
    salt: bytes

    @property
    def hash(self) -> bytes:
        """What the next block names as `prev`, and what is anchored."""
        cells = (c.hex() if isinstance(c, bytes) else str(c) for c in self)
        return _sha256(b"wellspring block\0" + "|".join(cells).encode()).digest()


def genesis(ledger: str) -> bytes:
    """What the first block of a ledger names as the one before."""
    return _sha256(b"wellspring ledger\0" + ledger.encode()).digest()


def commitment(salt: bytes, type_: str, value: str) -> bytes:
    """What the chain knows of a contact point: without the salt of 128 random bits nobody can try values on it."""
    return _sha256(salt + f"{type_}\0{value}".encode()).digest()


def terms_digest(said: Mapping[str, Any], scopes: Iterable[tuple[str, str]]) -> bytes:
    """Of terms (columns of `consent_terms` but `id` and `digest`) with their channels and purposes."""
    whole = {**said, "scopes": sorted(map(list, scopes))}
    return _sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def leaves(events: Iterable[Sequence[Any]]) -> list[bytes]:
    """The leaf of each event, given as (seq, subject_id, commitment, terms digest, lead_id, row, jurisdiction,
    event_time)."""
    return [
        _sha256(
            b"\0" + promised + terms + f"{seq}|{subject}|{lead}|{row}|{jurisdiction!a}|{time!a}".encode()
        ).digest()
        for seq, subject, promised, terms, lead, row, jurisdiction, time in events
    ]


def root(hashes: list[bytes]) -> bytes:
    """The root of the Merkle tree over leaves, of which there is at least one."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        above = [_sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        # A tree of RFC 6962 is cut at the largest power of two: the last one without a partner goes up as it is.
        hashes = above + hashes[len(above) * 2 :]
    return hashes[0]
