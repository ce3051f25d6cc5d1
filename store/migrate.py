"""Making a store, and bringing an older one up to this release (Alembic)."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from leads.errors import StoreError
from leads.settings import settings
from store import at_rest
from store.engine import reading, writing

log = logging.getLogger("leads")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def revision(engine: Engine) -> str | None:
    """The migration the store stands at; None for no store."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revisions() -> set[str]:
    """The migrations this release knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def migrate(engine: Engine, to: str = "head") -> tuple[str | None, str | None]:
    """Create the tables or upgrade them, in one transaction; returns the revisions before and after.

    Raises StoreError when the store was made by a newer release.
    """
    before = revision(engine)
    if before and before not in revisions():
        raise StoreError(
            f"the store stands at {before}, which this release does not know",
            where=engine.url.render_as_string(hide_password=True),
            do="Install the newer release of Wellspring that made it",
        )
    with writing(engine) as connection:
        migrate_on(connection, to)
        if to == "head" and settings().encrypt_values and at_rest.master_of(connection) is None:
            _seal(connection, before)
    return before, revision(engine)


def _seal(connection: Connection, before: str | None) -> None:
    if before is None:
        at_rest.begin(connection)
    else:
        log.warning("LEADS_ENCRYPT_VALUES is set, and this store was made without: back it up and restore it")


def migrate_on(connection: Connection, to: str) -> None:
    """Upgrade to revision `to` inside the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
