"""The law as it was applied at a past moment: the packs that decisions were recorded under."""

from types import MappingProxyType

from pydantic import ValidationError
from sqlalchemy import Connection

from consent.policy import Pack, Packs
from leads.errors import ConfigError
from store import policies


def remember(connection: Connection, packs: Packs, at: str) -> None:
    """Keep the packs that decisions of a moment are recorded under, in the same transaction; each version once."""
    policies.remember(connection, {one: (pack.name, pack.model_dump_json()) for one, pack in packs.items()}, at)


def packs_at(connection: Connection, at: str, today: Packs) -> tuple[Packs, bool]:
    """The packs in use at a moment and True; those of `today` and False where none is on record up to then.

    Raises ConfigError for one that this release cannot read any more.
    """
    found = policies.in_use(connection, at)
    if not found:
        return today, False
    return MappingProxyType({one: _read(name, content) for one, (name, content) in found.items()}), True


def _read(name: str, content: str) -> Pack:
    try:
        pack = Pack.model_validate_json(content)
    except ValidationError as error:
        raise ConfigError(
            f"policy pack {name}", where="store, policy_pack", why=f"{error.error_count()} keys that are not known now",
            do="Ask with the release that it was recorded by",
        ) from None  # fmt: skip
    # As it was called then: its hash would be another one under a release that added a key.
    pack.__dict__["name"] = name
    return pack
