"""The contact points that the consent ledger knows: found by keyed hashes, each sealed under a key of its own."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from leads import keys, schema
from leads.errors import StoreError
from store import chain, queries, sealing
from store.entries import BYTES, Head, append_rows, check_keys, columns

# Of a contact point what finds it (under the pepper of this id), and as what it would be entered if it were new.
DRAWN = {"type": schema.TEXT, "value": schema.TEXT, "lookup": schema.INT, "proof": schema.INT, "pepper": schema.TEXT,
         "sealed": BYTES, "commitment": BYTES, "secret": BYTES}  # fmt: skip
# What a subject without a key is known by, and what opens one that has it.
CLOSED = {"subject": schema.INT, "type": schema.TEXT, "lookup": schema.INT, "proof": schema.INT, "pepper": schema.INT,
          "sealed": BYTES, "commitment": BYTES}  # fmt: skip
SEALED = {"subject": schema.INT, "type": schema.TEXT, "sealed": BYTES, "commitment": BYTES, "secret": BYTES,
          "block_no": schema.INT, "master": schema.INT, "salt": BYTES}  # fmt: skip


def drawn(points: pd.DataFrame) -> pd.DataFrame:
    """DRAWN of contact points (type, value; each once): all of the work on them that need not know the store.

    A secret leaves the process that drew it for the loader alone, and is stored wrapped.
    """
    said = columns(points[["type", "value"]])
    pepper, sealed = keys.peppers()[0], sealing.seal(said["type"], said["value"])
    own = {name: pd.array(cells, dtype=BYTES) for name, cells in sealed._asdict().items()}
    ids = pd.array([pepper.id] * len(points), dtype=schema.TEXT)
    return looked_up(points, pepper).assign(pepper=ids, **own)[list(DRAWN)]


def take(connection: Connection, head: Head, points: pd.DataFrame, salt: bytes) -> tuple[Head, pd.DataFrame]:
    """The subjects of these contact points (DRAWN, each once); new ones are entered for the next block.

    Returns the head with them, and type, value, subject_id, commitment, known (were they there before).
    """
    pepper = keys.peppers()[0]
    points = points.assign(n=range(len(points)))
    found = known(connection, points)
    if (old := found["pepper"] != pepper.version).any():
        _renew(connection, looked_up(points, pepper).merge(found.loc[old, ["n", "subject_id"]], on="n"), pepper)
    made = _enter(connection, head, points[~points["n"].isin(found["n"])] if len(found) else points, salt)
    whole = pd.concat([found.assign(known=True), made.assign(known=False)], ignore_index=True).sort_values("n")
    beside = {name: whole[name].array for name in ("subject_id", "commitment", "known")}
    return head._replace(subjects=head.subjects + len(made)), points[["type", "value"]].assign(**beside)


def known(connection: Connection, points: pd.DataFrame) -> pd.DataFrame:
    """Which of these contact points (`looked_up` by the newest pepper) the ledger knows: n, subject_id, commitment,
    pepper (version).

    An earlier pepper is tried for those that a later one did not find.
    """
    types = {"n": schema.INT, "subject_id": schema.INT, "commitment": BYTES, "pepper": schema.INT}
    parts: list[pd.DataFrame] = []
    for number, pepper in enumerate(keys.peppers()):
        asked = points if number == 0 else looked_up(points, pepper)
        found = queries.about(
            connection, asked[["n", "lookup", "proof"]],
            """SELECT a.n, k.subject_id, s.commitment, k.pepper
               FROM asked a CROSS JOIN consent_key k CROSS JOIN consent_subject s
               WHERE k.lookup = a.lookup AND k.proof = a.proof AND s.id = k.subject_id""", types,
        )  # fmt: skip
        parts.append(found)
        points = points[~points["n"].isin(found["n"])]
        if points.empty:
            break
    return pd.concat(parts, ignore_index=True)


def looked_up(points: pd.DataFrame, pepper: keys.Key) -> pd.DataFrame:
    """Contact points (type, value) with `lookup` and `proof`: see `Key.lookup`."""
    said = columns(points[["type", "value"]])
    digests = pepper.digests(said["type"], said["value"])
    halves = np.frombuffer(b"".join(digests), ">i8").reshape(-1, 4)[:, :2].astype("i8")
    return points.assign(
        lookup=pd.array(halves[:, 0], dtype=schema.INT), proof=pd.array(halves[:, 1], dtype=schema.INT)
    )


def _enter(connection: Connection, head: Head, points: pd.DataFrame, salt: bytes) -> pd.DataFrame:
    # Numbered by their hashes, so that a chunk goes through the index over these once and not at random.
    points = points.sort_values("lookup")
    said, count = columns(points), len(points)
    ids = list(range(head.subjects + 1, head.subjects + 1 + count))
    append_rows(
        connection, "consent_subject", {"id": ids, **{n: said[n] for n in ("type", "sealed", "commitment")}}
    )
    append_rows(connection, "consent_key", {
        "subject_id": ids, "lookup": said["lookup"], "proof": said["proof"],
        "pepper": [keys.peppers()[0].version] * count, "block_no": [head.block_no + 1] * count,
        "secret": sealing.wrap(said["secret"], ids, keys.masters()[0], salt),
    })  # fmt: skip
    return points[["n", "commitment"]].assign(subject_id=pd.array(ids, dtype=schema.INT))


def _renew(connection: Connection, points: pd.DataFrame, pepper: keys.Key) -> None:
    """Find these subjects (subject_id, lookup, proof) by the newest pepper from now on."""
    sql = (
        "UPDATE consent_key SET lookup = :lookup, proof = :proof, pepper = :pepper WHERE subject_id = :subject_id"
    )
    if connection.dialect.name == "postgresql":
        sql = "SELECT consent_renew(:subject_id, :lookup, :proof, :pepper)"
    for subject, lookup, proof in points[["subject_id", "lookup", "proof"]].itertuples(index=False):
        new = {"lookup": lookup, "proof": proof, "pepper": pepper.version, "subject_id": subject}
        connection.execute(text(sql), new)


def forget(connection: Connection, subjects: Collection[int]) -> None:
    """Destroy the keys of these subjects: nobody can read their values again, and the ledger still verifies."""
    sql = "UPDATE consent_key SET secret = NULL WHERE subject_id = :id"
    if connection.dialect.name == "postgresql":
        sql = "SELECT consent_forget(:id)"
    elif subjects:
        # SQLite leaves what was deleted in its pages unless it is told to overwrite it.
        connection.execute(text("PRAGMA secure_delete = ON"))
    for subject in subjects:
        connection.execute(text(sql), {"id": subject})


def adopt(connection: Connection, head: Head, closed: pd.DataFrame) -> tuple[Head, pd.DataFrame]:
    """The subjects here of those in another store whose keys are destroyed (columns as `closed_of` gives them).

    One that is known here is forgotten here too; another is entered without a key. Returns the head with them, and
    subject (there), subject_id (here), commitment, known.
    """
    types = {"subject": schema.INT, "subject_id": schema.INT, "commitment": BYTES}
    found = queries.about(
        connection, closed[["subject", "lookup", "proof"]],
        """SELECT a.subject, k.subject_id, s.commitment
           FROM asked a CROSS JOIN consent_key k CROSS JOIN consent_subject s
           WHERE k.lookup = a.lookup AND k.proof = a.proof AND s.id = k.subject_id""", types,
    )  # fmt: skip
    forget(connection, found["subject_id"].to_list())
    fresh = closed[~closed["subject"].isin(found["subject"])]
    ids = list(range(head.subjects + 1, head.subjects + 1 + len(fresh)))
    cells = columns(fresh)
    append_rows(
        connection, "consent_subject", {"id": ids, **{n: cells[n] for n in ("type", "sealed", "commitment")}}
    )
    append_rows(connection, "consent_key", {
        "subject_id": ids, **{n: cells[n] for n in ("lookup", "proof", "pepper")},
        "block_no": [head.block_no + 1] * len(ids), "secret": [None] * len(ids),
    })  # fmt: skip
    entered = fresh[["subject", "commitment"]].assign(subject_id=pd.array(ids, dtype=schema.INT), known=False)
    whole = pd.concat([found.assign(known=True), entered], ignore_index=True)
    return head._replace(subjects=head.subjects + len(ids)), whole.astype({"known": schema.BOOL})


def closed_of(connection: Connection, subjects: pd.DataFrame) -> pd.DataFrame:
    """Those of the subjects (column `subject`) whose keys are destroyed, with what they are known by: CLOSED."""
    return queries.about(
        connection, subjects[["subject"]].drop_duplicates(),
        """SELECT s.id, s.type, k.lookup, k.proof, k.pepper, s.sealed, s.commitment
           FROM asked a CROSS JOIN consent_subject s CROSS JOIN consent_key k
           WHERE s.id = a.subject AND k.subject_id = s.id AND k.secret IS NULL""", CLOSED,
    )  # fmt: skip


def values(connection: Connection, subjects: pd.DataFrame) -> pd.DataFrame:
    """The contact points of these subjects (column `subject`) that can be read: subject, type, value.

    Raises StoreError when a value is not the one the ledger vouches for, or a key is lost.
    """
    check_keys(connection, "master")
    found = queries.about(
        connection, subjects[["subject"]].drop_duplicates(),
        """SELECT s.id, s.type, s.sealed, s.commitment, k.secret, k.block_no, b.master, b.salt
           FROM asked a CROSS JOIN consent_subject s CROSS JOIN consent_key k CROSS JOIN consent_block b
           WHERE s.id = a.subject AND k.subject_id = s.id AND b.no = k.block_no AND k.secret IS NOT NULL""", SEALED,
    )  # fmt: skip
    opened, wrong = opened_of(found)
    if wrong:
        raise StoreError(
            f"the contact point of subject {wrong[0]} is not what the ledger vouches for", where="consent ledger",
            why=f"{len(wrong)} were changed", do="`leads consent verify` says what else was; restore a backup",
        )  # fmt: skip
    return opened


def opened_of(found: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """Unseal rows of SEALED: subject, type, value; and the subjects whose value is not what the chain vouches for."""
    cells = columns(found)
    ring = {key.version: key for key in keys.masters()}
    derived = {
        block: ring[master].derive(salt)
        for block, (master, salt) in dict(
            zip(cells["block_no"], zip(cells["master"], cells["salt"], strict=True), strict=True)
        ).items()
    }
    plain, salts = sealing.unseal(cells["sealed"], cells["secret"], cells["subject"], cells["block_no"], derived)
    texts = [value.decode(errors="replace") for value in plain]
    said = zip(salts, cells["type"], texts, strict=True)
    promised = zip(cells["subject"], cells["commitment"], said, strict=True)
    wrong = [subject for subject, hash_, one in promised if chain.commitment(*one) != hash_]
    opened = found[["subject", "type"]].assign(value=pd.array(texts, dtype=schema.TEXT))
    return opened, wrong
