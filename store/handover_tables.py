"""The tables of what left the house, and of what has to come back (SQLModel).

They name people by public ids alone and hang on nothing, so that they outlive an erasure: whoever has a file must still
be told which row of it is to be struck out. `hand_over` and `hand_over_row` only ever grow, which the database guards.
"""

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from store.tables import Big


class HandOver(SQLModel, table=True):
    """People's data taken out, as one file or push: by whom, for whom, as what, when (of a delivery: the moment of its
    permission decisions). `rows` counts people, a canary not among them; `sha256` is of the file as it was written."""

    __tablename__ = "hand_over"

    public_id: str = Field(primary_key=True)
    at: str = Field(index=True)
    kind: str
    form: str
    file: str | None = None
    sha256: str | None = None
    rows: int
    recipient: str
    ran_by: str
    reference: str | None = None
    purpose: str | None = None


class HandOverRow(SQLModel, table=True):
    """Where a contact (public id of then) stands in what was handed over; `row` as a spreadsheet numbers it, None for
    the whole of it, or where nobody noted it."""

    __tablename__ = "hand_over_row"

    hand_over: str = Field(primary_key=True)
    contact: str = Field(primary_key=True)
    sheet: str = Field(primary_key=True)
    row: int | None = Field(default=None, sa_column=Column(Big, nullable=True))

    __table_args__ = (Index("ix_hand_over_row_contact", "contact"), {"sqlite_with_rowid": False})


class Recall(SQLModel, table=True):
    """A row that must not be used any more on a channel (`any`: at all) since a moment, and who saw to it."""

    __tablename__ = "recall"

    hand_over: str = Field(primary_key=True)
    contact: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    why: str
    since: str
    found_at: str
    done_at: str | None = None
    done_by: str | None = None

    __table_args__ = ({"sqlite_with_rowid": False},)


class RecallMark(SQLModel, table=True):
    """Up to where it is known whom a no recalls: of the ledger its entry, of the registries the moment of an import."""

    __tablename__ = "recall_mark"

    of: str = Field(primary_key=True)
    upto: str = Field(sa_column=Column(Text, nullable=False))


class Canary(SQLModel, table=True):
    """A synthetic contact in one owner's batch: whoever writes to it has the batch, or a copy of it."""

    public_id: str = Field(primary_key=True)
    delivery: str
    owner: str
    row: int
    email: str = Field(unique=True)
    phone: str | None = Field(default=None, unique=True)
    planted_at: str
