"""The words of a delivery in the languages of its readers, from `data/headings.toml`."""

from functools import lru_cache
from pathlib import Path

from leads.source import Channel, Strict, read_toml, validate

FILE = Path(__file__).parent / "data" / "headings.toml"
READ_AS = {"hr": "bs", "sr": "bs"}


class Words(Strict):
    """One thing said in every language a batch may be written in."""

    ru: str
    en: str
    de: str
    hu: str
    ro: str
    bs: str

    def in_(self, language: str) -> str:
        """The words for who reads `language`."""
        return str(getattr(self, reader(language)))


class Headings(Strict):
    """Titles of the sheets and columns, names of channels and days, review states of rule packs, and sentences."""

    sheets: dict[str, Words]
    columns: dict[str, Words]
    channels: dict[Channel, Words]
    days: dict[str, Words]
    review: dict[str, Words]
    sentences: dict[str, Words]


def reader(language: str) -> str:
    """The language a batch is written in for who reads `language`: Croatian and Serbian share the Bosnian."""
    return READ_AS.get(language, language)


@lru_cache(maxsize=1)
def headings() -> Headings:
    """The words of every delivery; raises ConfigError naming file and key, also where a language is missing."""
    return validate(Headings, read_toml(FILE), FILE)
