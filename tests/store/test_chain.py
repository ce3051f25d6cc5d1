"""What the ledger hashes, beside other ways to compute it."""

import hashlib
import hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.keys import Key
from store import chain, sealing


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, to the letter: a tree is cut at the largest power of two that is smaller than it."""
    if len(leaves) == 1:
        return leaves[0]
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree(leaves[:cut]) + tree(leaves[cut:]))


@pytest.mark.parametrize("count", [*range(1, 20), 31, 32, 33, 1000])
def test_the_root_is_that_of_rfc_6962(count: int) -> None:
    leaves = [sha256(b"\0%d" % number) for number in range(count)]
    assert chain.root(leaves) == tree(leaves)


def test_the_root_of_a_known_tree() -> None:
    # The test vectors of Certificate Transparency's reference implementation: leaves "", 00, 10.
    leaves = [sha256(b"\0" + data) for data in (b"", b"\0", b"\x10")]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert chain.root(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert chain.root(leaves).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"


EVENT = (1, 2, b"c" * 32, b"t" * 32, 3, 4, "DE", "2026-01-01")


@pytest.mark.parametrize("place", range(len(EVENT)))
def test_every_cell_of_an_event_is_in_its_leaf(place: int) -> None:
    other = [*EVENT]
    other[place] = {int: 9, bytes: b"x" * 32, str: "RU"}[type(EVENT[place])]
    assert chain.leaves([EVENT]) != chain.leaves([tuple(other)])


def test_no_two_events_are_written_alike() -> None:
    pairs = [
        ("a|1:b", None),
        ("a", "b"),
        ("a|", "b"),
        ("", "ab"),
        (None, "-"),
        ("-", None),
        (None, None),
        ("None", None),
    ]
    assert len({chain.leaves([(*EVENT[:6], *pair)])[0] for pair in pairs}) == len(pairs)


def test_every_cell_of_a_block_is_in_its_hash() -> None:
    block = chain.Block(1, 1, 2, 2, b"r" * 32, b"p" * 32, "2026", 1, b"s" * 32)
    changed = [
        block._replace(**{name: 9 if isinstance(cell, int) else cell[:-1]})
        for name, cell in block._asdict().items()
    ]
    assert len({one.hash for one in (block, *changed)}) == len(block) + 1


def test_terms_are_the_same_in_any_order_and_different_in_any_word() -> None:
    said, scopes = {"type": "phone", "kind": "given", "basis": None}, [("call", "marketing"), ("sms", "marketing")]
    same = chain.terms_digest(dict(reversed(said.items())), scopes[::-1])
    assert same == chain.terms_digest(said, scopes)
    others = [({**said, "kind": "refused"}, scopes), ({**said, "basis": ""}, scopes), (said, scopes[:1])]
    assert same not in {chain.terms_digest(*other) for other in others}


# Sealing.
MASTER, SALT = Key(1, os.urandom(64), "master"), os.urandom(32)
value = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=300)


def stored(types: list[str], values: list[str], ids: list[int]) -> sealing.Sealed:
    """Values as the store has them, their secrets wrapped."""
    sealed = sealing.seal(types, values)
    return sealed._replace(secret=sealing.wrap(sealed.secret, ids, MASTER, SALT))


@given(st.lists(value, min_size=1, max_size=40), st.integers(1, 2**40))
def test_what_is_sealed_can_be_opened(values: list[str], first: int) -> None:
    ids = [first + number for number in range(len(values))]
    sealed = stored(["email"] * len(values), values, ids)
    plain, salts = sealing.unseal(sealed.sealed, sealed.secret, ids, [7] * len(ids), {7: MASTER.derive(SALT)})
    assert [one.decode() for one in plain] == values
    promised = [chain.commitment(salt, "email", one) for salt, one in zip(salts, values, strict=True)]
    assert promised == sealed.commitment


def test_equal_values_are_sealed_differently_and_tell_no_length() -> None:
    sealed = stored(["email"] * 3, ["a@example.com", "a@example.com", "b@example"], [1, 2, 3])
    for column in sealed:
        assert len(set(column)) == 3
        assert len({len(cell) for cell in column}) == 1


@pytest.mark.parametrize(
    ("ids", "master", "salt"),
    [([2, 1], MASTER, SALT), ([1, 2], Key(1, os.urandom(64), "master"), SALT), ([1, 2], MASTER, os.urandom(32))],
    ids=["another's place", "another master key", "another block"],
)
def test_it_opens_only_in_its_place_with_its_key(ids: list[int], master: Key, salt: bytes) -> None:
    values = ["+4915112345678", "+4915112345679"]
    sealed = stored(["phone"] * 2, values, [1, 2])
    plain, salts = sealing.unseal(sealed.sealed, sealed.secret, ids, [1, 1], {1: master.derive(salt)})
    for one, value_, key, promised in zip(plain, values, salts, sealed.commitment, strict=True):
        assert one != value_.encode()
        assert chain.commitment(key, "phone", one.decode(errors="replace")) != promised


def test_the_wrapping_is_aes_256_in_counter_mode() -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    sealed = stored(["phone"], ["+4915112345678"], [5])
    [value_], [salt] = sealing.unseal(sealed.sealed, sealed.secret, [5], [1], {1: MASTER.derive(SALT)})
    counter = modes.CTR((5).to_bytes(8, "big") + bytes(8))
    secret = Cipher(algorithms.AES(MASTER.derive(SALT)), counter).decryptor().update(sealed.secret[0])
    assert secret[:16] == salt
    pad = secret[16:]
    assert bytes(a ^ b for a, b in zip(pad, sealed.sealed[0], strict=True)).rstrip(b"\0") == value_


def test_the_keyed_hash_is_hmac() -> None:
    for key in (Key(1, os.urandom(64)), Key(1, os.urandom(100)), Key(1, os.urandom(32))):
        digest = hmac.new(key.key, "email\0ü@example.com".encode(), hashlib.sha256).digest()
        assert key.digests(["email"], ["ü@example.com"]) == [digest]
        lookup, proof = key.lookup("email", "ü@example.com")
        assert lookup.to_bytes(8, "big", signed=True) + proof.to_bytes(8, "big", signed=True) == digest[:16]
