"""Is the consent ledger as it was written? Everything is computed again from what stands in the tables.

A chain alone proves nothing against whoever can rewrite all of it, or cut its end off: for that it is compared with the
anchors that were put outside the database.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import Connection, text

from leads import keys, schema
from store import chain, queries, subjects
from store.anchors import Anchor

PAGE = 50_000
SUBJECT = subjects.SEALED | dict.fromkeys(("key_of", "lookup", "proof", "pepper"), schema.INT)
CLOSED = """SELECT k.subject_id, EXISTS (SELECT 1 FROM consent_event e JOIN consent_terms t ON t.id = e.terms_id
                                         WHERE e.subject_id = k.subject_id AND t.kind = 'erased')
            FROM consent_key k WHERE k.secret IS NULL ORDER BY k.subject_id"""
Progress = Callable[[str], None]


@dataclass
class Found:
    """What a verification came to. `broken`: what is not as it was written, the first of it first, without values;
    `notes`: what a person should know of; `anchored`: the last block that an anchor vouches for."""

    ledger: str = ""
    blocks: int = 0
    events: int = 0
    subjects: int = 0
    closed: int = 0
    anchored: int = 0
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Nothing was changed, as far as chain and anchors can tell."""
        return not self.broken


def verify(connection: Connection, anchors: Sequence[Anchor], progress: Progress = lambda _: None) -> Found:
    """Check blocks, events, terms, contact points and anchors of the ledger; goes on after the first fault.

    `progress` is told how far it is, in counts. Raises StoreError when a key of the ledger is lost.
    """
    found = Found()
    head = connection.execute(text("SELECT * FROM consent_head WHERE id = 1")).mappings().one_or_none()
    if head is None:
        found.broken += _without_a_head(connection, anchors)
        return found
    keys.require(head["keys"], "pepper", "master")
    found.ledger = head["ledger"]
    blocks = _blocks(connection, found)
    _events(connection, blocks, _terms(connection, found), found, progress)
    _subjects(connection, int(head["subjects"]), found, progress)
    last = blocks[-1] if blocks else None
    end = (last.no, last.last_seq, last.hash) if last else (0, 0, chain.genesis(found.ledger))
    if (head["block_no"], head["seq"], head["hash"]) != end:
        found.broken.append(f"the head names block {head['block_no']}, and the last one is {end[0]}")
    _anchors(anchors, blocks, found)
    return found


def _without_a_head(connection: Connection, anchors: Sequence[Anchor]) -> Iterator[str]:
    count = connection.execute(text("SELECT count(*) FROM consent_event")).scalar_one()
    if count:
        yield f"the ledger has no head, and {count} events"
    elif anchors and (anchors[-1].ledger or anchors[-1].restored is None):
        yield f"the ledger is empty, and {len(anchors)} anchors vouch for one"


def _blocks(connection: Connection, found: Found) -> list[chain.Block]:
    names = (*chain.Block._fields, "hash")
    rows = connection.execute(text(f"SELECT {', '.join(names)} FROM consent_block ORDER BY no")).tuples().all()
    blocks = [chain.Block(*row[:-1]) for row in rows]
    prev, seq = chain.genesis(found.ledger), 0
    for place, (block, row) in enumerate(zip(blocks, rows, strict=True), start=1):
        if block.no != place:
            found.broken.append(f"block {place} is missing")
            break
        if block.prev != prev:
            found.broken.append(f"block {block.no} does not continue the block before it")
        if block.hash != row[-1]:
            found.broken.append(f"block {block.no} was changed")
        if not seq < block.first_seq <= block.last_seq:
            found.broken.append(
                f"block {block.no} begins at event {block.first_seq}, and the one before ended at {seq}"
            )
        prev, seq = row[-1], block.last_seq
    found.blocks = len(blocks)
    return blocks


def _terms(connection: Connection, found: Found) -> dict[int, bytes]:
    """Terms -> digest, computed from what they say."""
    scopes: dict[int, list[tuple[str, str]]] = {}
    for number, *scope in connection.execute(text("SELECT terms_id, channel, purpose FROM consent_scope")):
        scopes.setdefault(number, []).append((scope[0], scope[1]))
    digests = {}
    for row in connection.execute(text("SELECT * FROM consent_terms ORDER BY id")).mappings():
        said = {name: cell for name, cell in row.items() if name not in ("id", "digest")}
        digests[row["id"]] = chain.terms_digest(said, scopes.get(row["id"], []))
        if digests[row["id"]] != row["digest"]:
            found.broken.append(f"terms {row['id']} were changed")
    return digests


def _events(
    connection: Connection,
    blocks: Sequence[chain.Block],
    terms: dict[int, bytes],
    found: Found,
    progress: Progress,
) -> None:
    """Compare the events of each block with its count and root."""
    promised = dict(connection.execute(text("SELECT id, commitment FROM consent_subject")).tuples().all())
    pages, at = _pages(connection, promised, terms), 0
    seqs: list[int] = []
    leaves: list[bytes] = []
    for block in blocks:
        while (not seqs or seqs[-1] < block.last_seq) and (page := next(pages, None)):
            seqs, leaves, at = seqs[at:] + page[0], leaves[at:] + page[1], 0
            found.events += len(page[0])
            progress(f"{found.events:,} events")
        first, end = bisect_left(seqs, block.first_seq, at), bisect_right(seqs, block.last_seq, at)
        if first > at:
            found.broken.append(f"event {seqs[at]} belongs to no block")
        if end - first != block.events:
            found.broken.append(
                f"block {block.no} has {end - first} events of {block.events} ({block.first_seq} to {block.last_seq})"
            )
        elif chain.root(leaves[first:end]) != block.root:
            found.broken.append(
                f"an event of block {block.no} was changed ({block.first_seq} to {block.last_seq})"
            )
        at = end
    rest = seqs[at:] or (next(pages, None) or [[]])[0]
    if rest:
        found.broken.append(f"event {rest[0]} and those after it belong to no block")


def _pages(
    connection: Connection, promised: dict[int, bytes], terms: dict[int, bytes]
) -> Iterator[tuple[list[int], list[bytes]]]:
    """The events' numbers and leaves, page by page. What an event refers to and is not there makes another leaf."""
    last = 0
    while True:
        with connection.execute(
            text("""SELECT seq, subject_id, terms_id, lead_id, "row", jurisdiction, event_time FROM consent_event
                    WHERE seq > :last ORDER BY seq LIMIT :count"""),
            {"last": last, "count": PAGE},
        ) as result:
            rows = result.cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield (
            [row[0] for row in rows],
            chain.leaves(
                (seq, subject, promised.get(subject, b""), terms.get(said, b""), *rest)
                for seq, subject, said, *rest in rows
            ),
        )


def _subjects(connection: Connection, count: int, found: Found, progress: Progress) -> None:
    """Open each contact point: it is what the chain vouches for, and found by the hash of what it is."""
    last = 0
    while True:
        page = queries.frame(
            connection,
            f"""SELECT s.id, s.type, s.sealed, s.commitment, k.secret, k.block_no, b.master, b.salt, k.subject_id,
                       k.lookup, k.proof, k.pepper
                FROM consent_subject s LEFT JOIN consent_key k ON k.subject_id = s.id
                LEFT JOIN consent_block b ON b.no = k.block_no WHERE s.id > {last} ORDER BY s.id LIMIT {PAGE}""",
            SUBJECT,
        )  # fmt: skip
        if page.empty:
            break
        last = int(page["subject"].iloc[-1])
        found.subjects += len(page)
        found.broken += _wrong_subjects(page)
        progress(f"{found.subjects:,} contact points")
    if last != count:
        found.broken.append(f"the head names contact point {count}, and the last one is {last}")
    closed = connection.execute(text(CLOSED)).tuples().all()
    found.closed = len(closed)
    found.broken += [
        f"the key of subject {number} is gone, and nobody erased it" for number, erased in closed if not erased
    ]


def _wrong_subjects(page: pd.DataFrame) -> Iterator[str]:
    without = page["key_of"].isna()
    readable = page[~without & page["secret"].notna() & page["salt"].notna()]
    opened, wrong = subjects.opened_of(readable)
    whole = opened.assign(**{name: readable[name] for name in ("lookup", "proof", "pepper")})
    ring = {pepper.version: pepper for pepper in keys.peppers()}
    for version, said in whole.groupby("pepper"):
        if int(version) in ring:
            fresh = subjects.looked_up(said, ring[int(version)])
            differ = (fresh["lookup"] != said["lookup"]) | (fresh["proof"] != said["proof"])
            wrong += said.loc[differ, "subject"].to_list()
        else:
            wrong += said["subject"].to_list()
    for number in sorted({*wrong, *page.loc[without, "subject"]}):
        yield f"the contact point of subject {number} was changed"


def _anchors(anchors: Sequence[Anchor], blocks: Sequence[chain.Block], found: Found) -> None:
    """Compare the chain with what was put outside; a restore sets aside what was anchored of after its backup."""
    restores = [one for one in anchors if one.restored is not None and one.ledger in (found.ledger, "")]
    aside = 0
    for anchor in anchors:
        own, day = anchor.ledger == found.ledger, anchor.at[:10]
        later = [one.restored or 0 for one in restores if one.at >= anchor.at and one != anchor]
        if any(not own or anchor.block > kept for kept in later):
            aside += 1
        elif not anchor.ledger:
            continue
        elif not own:
            found.broken.append(
                f"an anchor of {day} is of another ledger ({anchor.ledger[:12]}), at block {anchor.block}"
            )
        elif anchor.block > len(blocks):
            found.broken.append(f"block {anchor.block} was anchored on {day} and is gone")
        elif blocks[anchor.block - 1].hash.hex() != anchor.hash:
            found.broken.append(f"block {anchor.block} is another than was anchored on {day}")
        else:
            found.anchored = max(found.anchored, anchor.block)
    if aside:
        found.notes.append(f"{aside} anchors are of before a backup was restored, and of what it did not hold")
    if found.anchored < len(blocks):
        found.notes.append(
            f"blocks {found.anchored + 1} to {len(blocks)} are not anchored yet: leads consent anchor"
        )
