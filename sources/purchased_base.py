"""A base bought from a seller: one file."""

from leads.pull import Pull
from leads.source import Source
from sources import tables


def pull(source: Source, since: str | None) -> Pull:
    """The rows of the file under `[pull]` (see `sources.tables.read`); a file is read whole, so no cursor."""
    return tables.read(source)
