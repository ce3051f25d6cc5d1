"""The tables of erasures and of what holds them up (SQLModel)."""

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from store.tables import Big


class Erasure(SQLModel, table=True):
    """A contact (by each id it had) that was erased, and since when nothing of it is left; it tells nothing of whom.

    `reason`: `erased` (they asked), or `retention` (kept long enough), which lets their own act bring them back.
    `last_lead`, `last_contact`: the highest inner ids there were, for those of erased rows must not be given again.
    """

    public_id: str = Field(primary_key=True)
    asked_at: str
    finished_at: str | None = None
    by: str
    last_lead: int = Field(sa_column=Column(Big, nullable=False))
    last_contact: int = Field(sa_column=Column(Big, nullable=False))
    reason: str = Field(default="erased", sa_column_kwargs={"server_default": "erased"})


class Hold(SQLModel, table=True):
    """Proof about a contact must be kept until a day, somebody says; of several entries the newest counts."""

    id: int | None = Field(default=None, sa_column=Column(Big, primary_key=True, autoincrement=True))
    public_id: str
    until: str
    because: str
    by: str
    at: str

    __table_args__ = (Index("ix_hold_public_id", "public_id"),)
