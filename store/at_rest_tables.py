"""The table of the key that seals personal columns (SQLModel)."""

from sqlalchemy import CheckConstraint, Column, LargeBinary
from sqlmodel import Field, SQLModel


class DataKey(SQLModel, table=True):
    """The store's own key, wrapped by the master key of this id; there where personal columns are sealed."""

    __tablename__ = "data_key"

    id: int = Field(primary_key=True)
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    master: str
    made_at: str

    __table_args__ = (CheckConstraint("id = 1", name="ck_data_key_one"),)
