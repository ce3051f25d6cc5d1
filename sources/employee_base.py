"""A base that an employee brought from somewhere else: one file, with a statement of where it lawfully comes from.

What such a base says of consent is a claim, whoever brought it: the people told somebody else, so each is due a notice
(GDPR 14), and nothing is permitted by it. It gives its bringer no client: owners are dealt by `owners.toml` alone, and
a contact that has one keeps it.
"""

from pathlib import Path

from pydantic import Field, field_validator

from leads.errors import ConfigError
from leads.pull import Pull
from leads.source import Source, Strict, validate
from sources import tables

# A statement names who collected the data, when, and what allows us to hold it; "ok" is none.
LEAST_WORDS = 5


class Origin(Strict):
    """What `[pull]` of a brought base states besides the file."""

    brought_by: str = Field(min_length=2, description="who brought it: an id of owners.toml, or a post")
    lawful_origin: str = Field(description="who collected it, when, and what allows us to hold it")

    @field_validator("lawful_origin")
    @classmethod
    def _stated(cls, value: str) -> str:
        if len(value.split()) < LEAST_WORDS:
            raise ValueError("say in a sentence who collected it, when, and what allows us to hold it")
        return value


def pull(source: Source, since: str | None) -> Pull:
    """The rows of the file under `[pull]` (see `sources.tables.read`); a file is read whole, so no cursor.

    Raises ConfigError, before anything is read, where the lawful origin is not stated or `from_person` is true.
    """
    where = f"{source.name}.toml"
    stated = {key: source.pull[key] for key in Origin.model_fields if key in source.pull}
    validate(Origin, stated, Path(f"{where}, [pull]"))
    if source.from_person:
        raise ConfigError(
            "key 'from_person'", where=where, why="people in a brought base did not hand their data to us",
            do="Set from_person = false: each of them is due a notice",
        )  # fmt: skip
    rest = {key: value for key, value in source.pull.items() if key not in stated}
    return tables.read(source.model_copy(update={"pull": rest}))
