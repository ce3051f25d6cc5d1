"""The tables of the consent ledger. All but `consent_key` and the head only ever grow, which the database guards.

A contact point is a *subject*: its value is sealed under a key of its own, which erasure destroys. What events say
alike are their *terms*. The events of a transaction form a *block*, and each block names the one before. What refers to
what is no foreign key: the chain vouches for it, and a check of each row would cost the load more than the row.
"""

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables import Big


def _number(*, key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(Big, primary_key=key, nullable=nullable, autoincrement=False)


def _bytes(*, nullable: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=nullable)


class ConsentTerms(SQLModel, table=True):
    """What consent events say alike: to whom, by whom, under which words; `digest` is the SHA-256 of it all."""

    __tablename__ = "consent_terms"

    id: int = Field(sa_column=_number(key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    type: str
    kind: str
    controller: str
    basis: str
    obtained: str
    valid_until: str | None = None
    actor: str
    method: str
    notice_version: str | None = None
    notice_sha256: str | None = None
    notice_language: str | None = None
    source: str
    source_kind: str
    evidence: str
    collectors: str | None = None


class ConsentScope(SQLModel, table=True):
    """The channels and purposes that terms speak of: one answer may cover several."""

    __tablename__ = "consent_scope"

    terms_id: int = Field(sa_column=_number(key=True))
    channel: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ConsentSubject(SQLModel, table=True):
    """A contact point the ledger knows: its value sealed, and the salted hash by which the chain vouches for it."""

    __tablename__ = "consent_subject"

    id: int = Field(sa_column=_number(key=True))
    type: str
    sealed: bytes = Field(sa_column=_bytes())
    commitment: bytes = Field(sa_column=_bytes())


class ConsentKey(SQLModel, table=True):
    """What finds a subject (keyed hash of its value) and opens it; without `secret` nobody can read it again."""

    __tablename__ = "consent_key"

    subject_id: int = Field(sa_column=_number(key=True))
    lookup: int = Field(sa_column=_number())
    proof: int = Field(sa_column=_number())
    pepper: int
    block_no: int = Field(sa_column=_number())
    secret: bytes | None = Field(default=None, sa_column=_bytes(nullable=True))

    __table_args__ = (Index("ix_consent_key_lookup", "lookup"),)


class ConsentEvent(SQLModel, table=True):
    """One entry of the ledger: what was said of a subject. Read it whole in the view `consent_history`.

    No `event_time`: the moment the terms' batch was obtained. `lead_id` outlives its lead, so it is no foreign key.
    """

    __tablename__ = "consent_event"

    seq: int = Field(sa_column=_number(key=True))
    block_no: int = Field(sa_column=_number())
    subject_id: int = Field(sa_column=_number())
    terms_id: int = Field(sa_column=_number())
    lead_id: int | None = Field(default=None, sa_column=_number(nullable=True))
    row: int | None = Field(default=None, sa_column=_number(nullable=True))
    jurisdiction: str | None = None
    event_time: str | None = None

    # New subjects count up, so this index grows at its end.
    __table_args__ = (Index("ix_consent_event_subject", "subject_id"),)


class ConsentBlock(SQLModel, table=True):
    """The events of one transaction: the root of their Merkle tree (RFC 6962), and the hash of the block before.

    `master` and `salt` are what the secrets of the subjects that came with it are wrapped by.
    """

    __tablename__ = "consent_block"

    no: int = Field(sa_column=_number(key=True))
    first_seq: int = Field(sa_column=_number())
    last_seq: int = Field(sa_column=_number())
    events: int
    root: bytes = Field(sa_column=_bytes())
    prev: bytes = Field(sa_column=_bytes())
    hash: bytes = Field(sa_column=_bytes())
    recorded_time: str
    master: int
    salt: bytes = Field(sa_column=_bytes())


class ConsentHead(SQLModel, table=True):
    """One row: where the ledger ends. Whoever appends holds it; `keys` are the ids of all keys it was written with."""

    __tablename__ = "consent_head"

    id: int = Field(sa_column=_number(key=True))
    ledger: str
    block_no: int = Field(sa_column=_number())
    seq: int = Field(sa_column=_number())
    subjects: int = Field(sa_column=_number())
    hash: bytes = Field(sa_column=_bytes())
    keys: str
