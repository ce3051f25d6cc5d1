"""Where this installation keeps its things, from the environment (`LEADS_…`)."""

import os
import sys
from functools import lru_cache
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_CONFIG = Path(__file__).parent.parent / "config"


class Settings(BaseSettings):
    """Each field is an environment variable: `home` is `LEADS_HOME`."""

    # What is set and empty is not set: an empty LEADS_HOME would be the working directory.
    model_config = SettingsConfigDict(env_prefix="LEADS_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(
        default_factory=lambda: user_data_path("wellspring"),
        description="folder of the store, landing, keys, deliveries",
    )
    store_url: str = Field("", description="SQLAlchemy URL of the client store; SQLite under the home")
    landing_url: str = Field("", description="any fsspec URL; a folder under the home")
    config: Path | None = Field(None, description="folder of sources/, policy/, segments.toml, owners.toml")
    language: str = Field("en", description="language of messages to people: ru, en, de, hu, ro, bs")
    controller: str = Field("us", description="who we are in the consent ledger (the data controller)")
    chunk_rows: int = Field(20_000, ge=1, le=200_000, description="rows of one write transaction")
    likeness: bool = Field(True, description="join leads that are alike without sharing a phone or an e-mail")
    pepper: str = Field("", description="key of the suppression hashes; a file under the home when empty")
    master: str = Field("", description="key of the keys of sealed values; a file under the home when empty")
    keys_block: str = Field("", description="Prefect secret block that holds peppers and master keys, by version")
    encrypt_values: bool = Field(False, description="seal personal columns of a store that is made from now on")

    anchors: Path | None = Field(None, description="file of the ledger's anchors; anchors.jsonl under the home")
    anchor_git: str = Field("", description="git repository that gets a signed tag with each anchor")
    anchor_mail: str = Field(
        "", description="smtp://user:password@host:port/officer@example.com: mail each anchor"
    )
    anchor_tsa: str = Field("", description="address of a time stamp authority (RFC 3161) that stamps each anchor")
    anchor_tsa_cert: Path | None = Field(None, description="PEM of its root; the roots of this machine otherwise")

    @property
    def anchor_file(self) -> Path:
        """Where anchors of the consent ledger are written, line by line."""
        return self.anchors or self.home / "anchors.jsonl"

    @property
    def stamps(self) -> Path:
        """Folder of the time stamps, beside the file of the anchors."""
        return self.anchor_file.with_name("stamps")

    @property
    def database_url(self) -> str:
        """The store's SQLAlchemy URL."""
        return self.store_url or f"sqlite:///{self.home / 'store.db'}"

    @property
    def landing(self) -> str:
        """The landing's fsspec URL."""
        return self.landing_url or str(self.home / "landing")

    @property
    def config_dir(self) -> Path:
        """`LEADS_CONFIG`, else the home's own copy, else the examples we ship."""
        own = self.home / "config"
        return self.config or (own if own.is_dir() else SHIPPED_CONFIG)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


def reload() -> Settings:
    """Read the environment again (after `leads demo` or a test moved the home)."""
    settings.cache_clear()
    return settings()


def prefect_environment(home: Path) -> None:
    """Point Prefect at our own folder and quiet settings; must run before Prefect is imported.

    The values are the ones measured to be needed: a slow machine takes over 20 s to start a temporary
    server, and analytics would call out.
    """
    if "prefect" in sys.modules:
        return
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
