"""The client store, table by table (SQLModel). Migrations in `store/migrations` are made from these.

Integers are inside keys, `public_id`s go outside. Moments are UTC text of 27 characters (`leads.clock`), so that
the same bytes stand, sort and compare in SQLite and PostgreSQL. Empty is NULL, never an empty text.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

# `leads why` asks where else a lead was seen; of the fates only these few are asked for by lead.
SEEN_AGAIN = text("fate = 'duplicate'")
ALLOWED = text("verdict = 'allow'")
Big = BigInteger().with_variant(Integer, "sqlite")


def _key() -> Column[int]:
    return Column(Big, primary_key=True, autoincrement=True)


def _ref(target: str, *, nullable: bool = False, index: bool = False, deferred: bool = False) -> Column[int]:
    link = ForeignKey(target, deferrable=deferred or None, initially="DEFERRED" if deferred else None)
    return Column(Big, link, nullable=nullable, index=index)


class Source(SQLModel, table=True):
    """A configured origin of leads, as its file was when last used."""

    id: int | None = Field(default=None, sa_column=_key())
    name: str = Field(unique=True)
    kind: str
    title: str
    trust: int
    audience: str
    region: str
    config_sha256: str
    config: str


class Run(SQLModel, table=True):
    """One run of a flow: our own record (Prefect's database is not)."""

    id: int | None = Field(default=None, sa_column=_key())
    flow: str
    source: str | None = None
    flow_run_id: str | None = None
    started: str
    finished: str | None = None
    status: str
    error: str | None = None


class Batch(SQLModel, table=True):
    """What one pull of a source brought, and how far it is loaded."""

    id: int | None = Field(default=None, sa_column=_key())
    public_id: str = Field(unique=True)
    source_id: int = Field(sa_column=_ref("source.id", index=True))
    run_id: int | None = Field(default=None, sa_column=_ref("run.id", nullable=True))
    sha256: str
    rows: int
    declared: int | None = None
    fetched_at: str
    cursor: str | None = None
    status: str
    loaded_at: str | None = None


class Chunk(SQLModel, table=True):
    """A part of a batch that is committed; when it comes again it is recognised by this row."""

    batch_id: int = Field(sa_column=Column(Big, ForeignKey("batch.id"), primary_key=True))
    no: int = Field(primary_key=True)
    rows: int
    loaded_at: str


class Fate(SQLModel, table=True):
    """Where each received row (and each lead of a row) ended: promise P1."""

    batch_id: int = Field(sa_column=Column(Big, ForeignKey("batch.id"), primary_key=True))
    row: int = Field(sa_column=Column(Big, primary_key=True))
    part: int = Field(primary_key=True)
    fate: str
    reason: str | None = None
    record_key: str
    lead_id: str | None = None

    __table_args__ = (
        Index("ix_fate_duplicate", "lead_id", sqlite_where=SEEN_AGAIN, postgresql_where=SEEN_AGAIN),
        {"sqlite_with_rowid": False},
    )


class Facts(SQLModel):
    """What leads state and contacts show, in one spelling; `*_key` are what names are compared by."""

    name_text: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    company: str | None = None
    company_form: str | None = None
    job: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    address: str | None = None
    postcode: str | None = None
    legal_address: str | None = None
    postal_address: str | None = None
    delivery_address: str | None = None
    birthday: str | None = None
    responsible: str | None = None
    website: str | None = None
    language: str | None = None
    tier: str | None = None
    tags: str | None = None
    title: str | None = None
    gender: str | None = None
    registrations: str | None = None
    domain: str | None = None
    region_code: str | None = None
    street: str | None = None
    house: str | None = None
    family_key: str | None = None
    given_key: str | None = None
    company_key: str | None = None


class Lead(Facts, table=True):
    """The normalised reading of one record of a batch; a new version supersedes the old one and both stay. `record` is
    the 64-bit key of source and record key, by which they are found."""

    id: int = Field(sa_column=_key())
    public_id: str = Field(unique=True)
    source_id: int = Field(sa_column=_ref("source.id"))
    batch_id: int = Field(sa_column=_ref("batch.id"))
    row: int = Field(sa_column=Column(Big, nullable=False))
    part: int
    record_key: str
    record: int = Field(sa_column=Column(Big, nullable=False, index=True, server_default="0"))
    contact_id: int = Field(sa_column=_ref("contact.id", index=True, deferred=True))
    superseded_by: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    stated_at: str
    occurred_at: str | None = None
    source_uri: str | None = None
    edited: bool = False
    kind: str
    external_id: str | None = None
    request: str | None = None
    consent: str | None = None
    attributes: str | None = None
    flags: str | None = None
    ordered_on: str | None = None
    amount: str | None = None
    currency: str | None = None


class LeadPoint(SQLModel, table=True):
    """One contact point as a lead stated it, readable or not."""

    __tablename__ = "lead_point"

    lead_id: int = Field(sa_column=Column(Big, ForeignKey("lead.id"), primary_key=True))
    type: str = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    text: str
    value: str | None = None
    display: str | None = None
    kind: str | None = None
    label: str | None = None
    region: str | None = None
    ext: str | None = None
    valid: bool
    usable: bool
    flag: str | None = None

    __table_args__ = ({"sqlite_with_rowid": False},)


class Contact(Facts, table=True):
    """One real person or organisation, derived from its leads; `claims` names the lead behind each field,
    where that is not the first."""

    id: int = Field(sa_column=_key())
    public_id: str = Field(unique=True)
    kind: str
    claims: str
    first_lead_id: str
    first_seen: str
    last_seen: str


class ContactAlias(SQLModel, table=True):
    """A merged contact's id resolves for ever, to the contact of its lead; `carried` (JSON) is what else hung on it."""

    __tablename__ = "contact_alias"

    public_id: str = Field(primary_key=True)
    contact_id: int = Field(sa_column=_ref("contact.id", index=True))
    lead_id: str
    merged_at: str
    carried: str | None = None


class ContactPoint(SQLModel, table=True):
    """A usable phone, e-mail or messenger of a contact. Permission is asked of the gate, never stored here."""

    __tablename__ = "contact_point"

    contact_id: int = Field(sa_column=Column(Big, ForeignKey("contact.id"), primary_key=True))
    type: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    display: str
    kind: str | None = None
    label: str | None = None
    region: str | None = None
    lead_id: str

    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchKey(SQLModel, table=True):
    """64-bit hash of a contact point -> the contacts that have it; verified on the raw value."""

    __tablename__ = "match_key"

    key: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    contact_id: int = Field(sa_column=Column(Big, ForeignKey("contact.id"), primary_key=True, index=True))

    __table_args__ = ({"sqlite_with_rowid": False},)


class PermissionDecision(SQLModel, table=True):
    """What the gate answered, under which pack, on which evidence, until when and in which hours of which zones it
    holds; and what it was told (`jurisdictions` to `enquired_at`), with the ledger up to `ledger_seq`: it can be asked
    the same again."""

    __tablename__ = "permission_decision"

    id: int | None = Field(default=None, sa_column=_key())
    contact_id: int = Field(sa_column=_ref("contact.id", index=True))
    type: str
    value: str
    channel: str
    purpose: str
    verdict: str
    rule: str
    pack: str
    reason: str
    evidence: str | None = None
    review: str
    decided_at: str
    valid_until: str | None = None
    hours: str | None = None
    zones: str | None = None
    ledger_seq: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    jurisdictions: str | None = None
    audience: str | None = None
    kind: str | None = None
    source_kinds: str | None = None
    country: str | None = None
    region_code: str | None = None
    customer_at: str | None = None
    enquired_at: str | None = None

    # Whom a no about a contact point was handed over to is asked by its value.
    __table_args__ = (
        Index("ix_permission_decision_allowed", "value", sqlite_where=ALLOWED, postgresql_where=ALLOWED),
    )


class Suppression(SQLModel, table=True):
    """Keyed hash of a contact point that must not come back."""

    hash: str = Field(primary_key=True)
    key_version: int
    type: str
    reason: str
    added_at: str


class SegmentMembership(SQLModel, table=True):
    """Which contacts a segment's rule holds for."""

    __tablename__ = "segment_membership"

    segment: str = Field(primary_key=True)
    contact_id: int = Field(sa_column=Column(Big, ForeignKey("contact.id"), primary_key=True, index=True))
    since: str


class Owner(SQLModel, table=True):
    """A manager or team that contacts are assigned to (from `config/owners.toml`)."""

    id: str = Field(primary_key=True)
    name: str
    active: bool


class Assignment(SQLModel, table=True):
    """Whose contact it is, from when, and why."""

    id: int | None = Field(default=None, sa_column=_key())
    contact_id: int = Field(sa_column=_ref("contact.id", index=True))
    owner: str = Field(foreign_key="owner.id")
    why: str
    since: str
    until: str | None = None


class Delivery(SQLModel, table=True):
    """One hand-over of contacts to one owner, frozen."""

    id: int | None = Field(default=None, sa_column=_key())
    public_id: str
    owner: str = Field(foreign_key="owner.id")
    segment: str
    delivered_at: str
    rows: int
    next_steps: int

    __table_args__ = (UniqueConstraint("public_id", "owner"),)


class DeliveryItem(SQLModel, table=True):
    """A contact handed over for a reason: once for each, whatever is run again."""

    __tablename__ = "delivery_item"

    contact_id: int = Field(sa_column=Column(Big, ForeignKey("contact.id"), primary_key=True))
    reason: str = Field(primary_key=True)
    delivery_id: int = Field(sa_column=_ref("delivery.id", index=True))
    lead_id: str


class PersonalFile(SQLModel, table=True):
    """A file that holds personal data, so that erasure finds it."""

    __tablename__ = "personal_file"

    path: str = Field(primary_key=True)
    kind: str
    reference: str
    sha256: str
    created_at: str
