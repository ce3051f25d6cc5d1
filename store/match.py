"""Tables by which leads that are alike find each other (SQLModel): match keys, counts of values, models, reports."""

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from store.tables import Big


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
