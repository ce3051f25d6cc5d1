"""The table of the law as it was applied (SQLModel)."""

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel


class PolicyPack(SQLModel, table=True):
    """A policy pack under which decisions were recorded, from a moment until the next of its jurisdiction.

    `name` is what decisions call it (version and hash), `content` the pack as JSON, empty where it was taken away.
    """

    __tablename__ = "policy_pack"

    jurisdiction: str = Field(primary_key=True)
    since: str = Field(primary_key=True)
    name: str
    content: str = Field(sa_column=Column(Text, nullable=False))
