"""The tables of registries: lists of people who said no to somebody else than us (SQLModel)."""

from sqlmodel import Field, SQLModel


class RegistryCopy(SQLModel, table=True):
    """One import of a registry: the list as it was on a day."""

    __tablename__ = "registry_copy"

    name: str = Field(primary_key=True)
    as_of: str = Field(primary_key=True)
    rows: int
    key_id: str
    sha256: str
    imported_at: str


class RegistryEntry(SQLModel, table=True):
    """Keyed hash of a contact point that stood on a registry from one copy until another."""

    __tablename__ = "registry_entry"

    name: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    listed_from: str = Field(primary_key=True)
    listed_to: str | None = None

    __table_args__ = ({"sqlite_with_rowid": False},)
