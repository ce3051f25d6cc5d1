"""Tables of who is who (SQLModel): decisions, and what leads that are alike are found and weighed by."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.tables import Big

BY_HAND, UNSURE = text("by_hand"), text("verdict = 'unsure'")  # few, and every load asks for the first


class MatchDecision(SQLModel, table=True):
    """Who is who (`same`, `different`, `unsure`): by which rule, model or person (`by_hand`), and until when; `retired`
    where a newer model would not say so. Leads may be erased and the decision stay, so they are no foreign keys."""

    __tablename__ = "match_decision"

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True, autoincrement=True))
    lead_id: int = Field(sa_column=Column(Big, nullable=False))
    other_lead_id: int = Field(sa_column=Column(Big, nullable=False, index=True))
    verdict: str
    rule: str
    actor: str
    by_hand: bool = False
    because: str | None = None
    decided_at: str
    revoked_at: str | None = None
    retired_at: str | None = None

    __table_args__ = (
        UniqueConstraint("lead_id", "other_lead_id", "rule"),
        Index("ix_match_decision_by_hand", "lead_id", sqlite_where=BY_HAND, postgresql_where=BY_HAND),
        Index("ix_match_decision_by_hand_other", "other_lead_id", sqlite_where=BY_HAND, postgresql_where=BY_HAND),
        Index("ix_match_decision_unsure", "lead_id", sqlite_where=UNSURE, postgresql_where=UNSURE),
    )


class LeadKey(SQLModel, table=True):
    """64-bit hash of what a lead has in common with those it may be -> the leads that have it.

    Of a key that too many have, enough leads stand here to know that. Leads may be erased: no foreign key.
    """

    __tablename__ = "lead_key"

    key: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    lead_id: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))

    __table_args__ = ({"sqlite_with_rowid": False},)


class TermCount(SQLModel, table=True):
    """64-bit hash of a value (a surname, a city), or of its column -> how many leads stated it."""

    __tablename__ = "term_count"

    key: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    n: int = Field(sa_column=Column(Big, nullable=False))

    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchModel(SQLModel, table=True):
    """A model learnt from the store's own leads (JSON); of each kind the newest is in force."""

    __tablename__ = "match_model"

    version: str = Field(primary_key=True)
    kind: str
    model: str
    leads: int = Field(sa_column=Column(Big, nullable=False))
    made_at: str


class Compared(SQLModel, table=True):
    """What the comparing of a chunk's leads came to: pairs, joins, pairs for a person, and leads that have more in
    common with others than could be compared (`crowded`)."""

    batch_id: int = Field(sa_column=Column(Big, ForeignKey("batch.id"), primary_key=True))
    no: int = Field(primary_key=True)
    pairs: int = Field(sa_column=Column(Big, nullable=False))
    joined: int
    unsure: int
    crowded: int
