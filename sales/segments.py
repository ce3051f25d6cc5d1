"""Segments: named rules over contacts, written in `config/segments.toml`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from leads import schema
from leads.source import Language, Strict, read_toml, validate
from sales.headings import reader

Word = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
OneOf = Field(None, min_length=1)

# What a rule may look at -> the column of CARDS it is read from.
COLUMNS = {
    "region": "region", "country": "country", "source": "sources", "source_kind": "source_kinds",
    "kind": "kind", "tag": "tags", "tier": "tier", "language": "language",
}  # fmt: skip
LISTS = ("sources", "source_kinds", "tags")


class Condition(Strict):
    """Every stated key must fit, each by any one of its values; case and outer spaces do not count."""

    region: tuple[Word, ...] | None = OneOf
    country: tuple[Country, ...] | None = OneOf
    source: tuple[Name, ...] | None = OneOf
    source_kind: tuple[Name, ...] | None = OneOf
    kind: tuple[Literal["person", "organisation"], ...] | None = OneOf
    tag: tuple[Word, ...] | None = OneOf
    tier: tuple[Word, ...] | None = OneOf
    language: tuple[Language, ...] | None = OneOf

    def stated(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The column of CARDS and the wanted values, folded, of each key that is stated."""
        for key, column in COLUMNS.items():
            if (values := getattr(self, key)) is not None:
                yield column, frozenset(_fold(value) for value in values)


class Segment(Strict):
    """One named rule: the contacts that fit `where`, without those that fit the whole of `not`."""

    title: dict[Language, Word] = Field(min_length=1)
    where: Condition
    without: Condition | None = Field(None, alias="not")

    def title_in(self, language: str) -> str:
        """The title in `language`, else in the one its readers share, else in English, else the first."""
        titles = {str(key): words for key, words in self.title.items()}
        known = [key for key in (language, reader(language), "en") if key in titles]
        return titles[known[0]] if known else next(iter(titles.values()))


class SegmentsFile(Strict):
    """What `segments.toml` may say."""

    segments: dict[Name, Segment] = Field(min_length=1)


def load_segments(config_dir: Path) -> dict[str, Segment]:
    """The segments by name, in the order of the file; raises ConfigError naming file, key and reason."""
    file = config_dir / "segments.toml"
    return dict(validate(SegmentsFile, read_toml(file), file).segments)


def members(cards: pd.DataFrame, segments: Mapping[str, Segment]) -> pd.DataFrame:
    """CARDS -> one row per `segment` and `contact` in it: segments as given, contacts as in `cards`."""
    schema.check(schema.CARDS, cards)
    parts = [
        pd.DataFrame({"segment": name, "contact": cards.loc[_in(cards, segment), "contact"]})
        for name, segment in segments.items()
    ]
    nobody = pd.DataFrame({"segment": schema.texts([]), "contact": schema.texts([])})
    return pd.concat([nobody, *parts], ignore_index=True).astype(schema.TEXT)


def _in(cards: pd.DataFrame, segment: Segment) -> pd.Series:
    inside = _fits(cards, segment.where)
    return inside if segment.without is None else inside & ~_fits(cards, segment.without)


def _fits(cards: pd.DataFrame, condition: Condition) -> pd.Series:
    fits = pd.Series(True, index=cards.index, dtype=schema.BOOL)
    for column, wanted in condition.stated():
        good = [value for value in cards[column].dropna().unique() if wanted & _parts(column, value)]
        fits &= cards[column].isin(good)
    return fits


def _parts(column: str, value: str) -> set[str]:
    return {_fold(part) for part in (value.split("|") if column in LISTS else [value])}


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
