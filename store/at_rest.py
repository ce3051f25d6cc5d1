"""Personal columns sealed in the store, under a key that is not in it: who takes the file or the server reads nobody.

One *data key* of the store's own seals them all. It stands in the store wrapped by the master key (RFC 3394), so that a
new master key wraps one row anew and no value is sealed again. Cells are covered by AES-256 in counter mode from a
random start; those that are looked up start at a keyed hash of their text (the synthetic IV of Rogaway and Shrimpton,
2006), so that equal texts are equal cells and an index finds them. Whoever has the store alone learns how long a text
is, to 16 bytes, and which contact points are equal, as any keyed look-up tells.

64-bit hashes of values (match keys) go through a keyed hash as well: all phones of a country can be tried in hours.

What is written passes `stored` (`store.bulk`), what is read `opened` (`store.queries`) or `texts`, and nothing else
knows: which columns these are stands here alone. Light to import: `leads why` needs it.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from leads import clock, keys
from leads.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

# A control character that no cell begins with once it is read, in front of what is sealed.
SIGN = "\x02"
BLOCK = 16
# Looked up or grouped by in SQL, in whatever table: equal texts are equal cells.
FOUND = frozenset({"value", "consent"})
FACTS = {
    "name_text", "family_name", "given_name", "patronymic", "company", "job", "city", "address", "postcode",
    "legal_address", "postal_address", "delivery_address", "birthday", "responsible", "website", "title",
    "registrations", "domain", "street", "house", "family_key", "given_key", "company_key",
}  # fmt: skip
SEALED: Mapping[str, frozenset[str]] = {
    "lead": frozenset(FACTS | {"request", "consent", "attributes", "external_id"}),
    "contact": frozenset(FACTS),
    "lead_point": frozenset({"text", "value", "display"}),
    "contact_point": frozenset({"value", "display"}),
    "permission_decision": frozenset({"value"}),
}
# Tables whose `key` is the 64-bit hash of a value, and what a statement is asked about (a temporary table).
KEYED = frozenset({"match_key", "lead_key"})
ASKED = frozenset({"value"})


@dataclass(frozen=True)
class DataKey:
    """The store's own key, and what is derived of it (HKDF-Expand, RFC 5869, of one block)."""

    secret: bytes

    def _derived(self, use: bytes) -> bytes:
        return hmac.digest(self.secret, b"wellspring at rest\0" + use + b"\1", "sha256")

    @cached_property
    def cover(self) -> bytes:
        """Of the AES that covers cells."""
        return self._derived(b"cover")

    @cached_property
    def find(self) -> keys.Key:
        """Of the hashes at which cells that are looked up start."""
        return keys.Key(0, self._derived(b"find"), "master")

    @cached_property
    def number(self) -> bytes:
        """Of the AES that hides match keys."""
        return self._derived(b"number")

    def seal(self, plain: Sequence[str], *, found: bool = False) -> list[str]:
        """Texts as they are stored; `found`: equal texts as equal cells."""
        import numpy as np

        from store.sealing import by_width, rows_of

        raw = [one.encode() for one in plain]
        starts = (
            b"".join(digest[:BLOCK] for digest in self.find.digests([""] * len(plain), plain))
            if found
            else os.urandom(BLOCK * len(raw))
        )
        start = np.frombuffer(starts, np.uint8).reshape(-1, BLOCK)
        cells = [""] * len(raw)
        for width, rows in by_width([-(-max(len(one), 1) // BLOCK) * BLOCK for one in raw]):
            padded = np.array([raw[row] for row in rows], dtype=f"S{width}").view(np.uint8).reshape(-1, width)
            # A multiple of three bytes each, so that all of them are written as Base64 at once.
            whole = np.zeros((len(rows), -(-(BLOCK + width) // 3) * 3), np.uint8)
            whole[:, :BLOCK] = start[rows]
            whole[:, BLOCK : BLOCK + width] = padded ^ _stream(self.cover, start[rows], width)
            written = np.frombuffer(b64encode(whole.tobytes()), np.uint8).reshape(len(rows), -1)
            for row, cell in zip(rows, rows_of(written), strict=True):
                cells[row] = SIGN + bytes(cell).decode()
        return cells

    def open(self, cells: Sequence[str]) -> list[str]:
        """What was sealed. Raises StoreError for a cell that is none, or of another key."""
        import numpy as np

        from store.sealing import by_width, rows_of

        plain = [""] * len(cells)
        try:
            for length, rows in by_width([len(cell) - 1 for cell in cells]):
                width = length * 3 // 4 // BLOCK * BLOCK - BLOCK
                read = b64decode("".join(cells[row][1:] for row in rows), validate=True)
                whole = np.frombuffer(read, np.uint8).reshape(len(rows), -1)
                bare = whole[:, BLOCK : BLOCK + width] ^ _stream(self.cover, whole[:, :BLOCK], width)
                for row, one in zip(rows, rows_of(bare), strict=True):
                    plain[row] = bytes(one).rstrip(b"\0").decode()
        except ValueError:
            raise StoreError(
                "a personal column cannot be read", where="store", why="it was changed, or sealed under another key",
                do="Restore a backup",
            ) from None  # fmt: skip
        return plain

    def hidden(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Match keys as they are stored: AES of each, its first 64 bits. Two may meet once in 2^64; values decide."""
        import numpy as np
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        blocks = np.zeros((len(numbers), 2), "<i8")
        blocks[:, 0] = numbers
        # ECB as the block function alone: no two blocks of a message are at stake, each is a number of its own.
        cipher = Cipher(algorithms.AES(self.number), modes.ECB()).encryptor()  # noqa: S305
        return np.frombuffer(cipher.update(blocks.tobytes()), "<i8").reshape(-1, 2)[:, 0].copy()


def _stream(key: bytes, starts: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """The key stream of each cell: AES-256 of its start, counted up in its second half."""
    import numpy as np
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    steps = width // BLOCK
    counters = np.repeat(np.ascontiguousarray(starts).view(">u8")[:, None, :], steps, axis=1)
    counters[:, :, 1] += np.arange(steps, dtype=np.uint64)
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    return np.frombuffer(cipher.update(counters.tobytes()), np.uint8).reshape(len(starts), width)


def begin(connection: Connection) -> None:
    """Seal the personal columns of this store, which is empty, from now on."""
    master = keys.masters()[0]
    connection.execute(
        text("INSERT INTO data_key (id, wrapped, master, made_at) VALUES (1, :wrapped, :master, :at)"),
        {"wrapped": _wrapped(master, os.urandom(32)), "master": master.id, "at": clock.now()},
    )


def renew(connection: Connection) -> bool:
    """Wrap the store's data key by the newest master key; False where it is so already, or nothing is sealed."""
    found, master = of(connection), keys.masters()[0]
    if found is None or master_of(connection) == master.id:
        return False
    new = {"wrapped": _wrapped(master, found.secret), "master": master.id}
    connection.execute(text("UPDATE data_key SET wrapped = :wrapped, master = :master"), new)
    return True


def of(connection: Connection) -> DataKey | None:
    """The data key of this store; None where nothing is sealed. Raises StoreError when its master key is lost."""
    row = _row(connection)
    return _unwrapped(*row) if row else None


def master_of(connection: Connection) -> str | None:
    """The id of the master key that wraps the data key; None where nothing is sealed."""
    row = _row(connection)
    return row[1] if row else None


def _row(connection: Connection) -> tuple[bytes, str] | None:
    found = connection.execute(text("SELECT wrapped, master FROM data_key WHERE id = 1")).first()
    return (bytes(found[0]), found[1]) if found else None


def _wrapped(master: keys.Key, secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    return aes_key_wrap(master.derive(b"data key"), secret)


@lru_cache(maxsize=8)
def _unwrapped(wrapped: bytes, id_: str) -> DataKey:
    from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

    master = next((key for key in keys.masters() if key.id == id_), None)
    if master is None:
        raise StoreError(
            f"key master-{id_} of the store is not here", where="store", why="its personal columns are sealed under it",
            do="Restore the keys from the backup before anything else",
        )  # fmt: skip
    return DataKey(aes_key_unwrap(master.derive(b"data key"), wrapped))


def stored(connection: Connection, name: str, table: pa.Table, *, asked: bool = False) -> pa.Table:
    """Columns as they are written into the table `name`, or into a temporary one that a statement is `asked` about."""
    columns = ASKED if asked else SEALED.get(name, frozenset())
    own = [column for column in table.column_names if column in columns]
    keyed = "key" in table.column_names and (asked or name in KEYED)
    if not (own or keyed) or (data := of(connection)) is None:
        return table
    for column in own:
        table = table.set_column(
            table.column_names.index(column), column, _sealed(data, table[column], column in FOUND)
        )
    if keyed:
        table = table.set_column(table.column_names.index("key"), "key", _hidden(data, table["key"]))
    return table


def _sealed(data: DataKey, column: pa.ChunkedArray, found: bool) -> pa.Array:
    import pyarrow as pa

    given = column.to_pylist()
    cells = iter(data.seal([one for one in given if one is not None], found=found))
    return pa.array([None if one is None else next(cells) for one in given], pa.string())


def _hidden(data: DataKey, column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return pa.array(data.hidden(column.to_numpy()))


def opened(connection: Connection, table: pa.Table) -> pa.Table:
    """Columns as they were before they were stored."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for place, field in enumerate(table.schema):
        if field.type != pa.string():
            continue
        sealed = pc.starts_with(table.column(place), SIGN)
        if not pc.any(sealed).as_py() or (data := of(connection)) is None:
            continue
        whole = table.column(place).combine_chunks().dictionary_encode()
        cells = texts(connection, whole.dictionary.to_pylist(), data)
        column = pa.DictionaryArray.from_arrays(whole.indices, pa.array(cells, pa.string())).cast(pa.string())
        table = table.set_column(place, field, column)
    return table


def texts(connection: Connection, cells: Iterable[Any], data: DataKey | None = None) -> list[Any]:
    """Cells as they were before they were stored; what is not sealed stays as it is."""
    given = list(cells)
    places = [place for place, cell in enumerate(given) if isinstance(cell, str) and cell.startswith(SIGN)]
    if places and (data := data or of(connection)) is not None:
        for place, plain in zip(places, data.open([given[place] for place in places]), strict=True):
            given[place] = plain
    return given


def point(connection: Connection, value: str, key: int) -> tuple[str, int]:
    """A contact point's value and match key as they are stored, to look one up by."""
    data = of(connection)
    if data is None:
        return value, key
    import numpy as np

    return data.seal([value], found=True)[0], int(data.hidden(np.array([key], np.int64))[0])
