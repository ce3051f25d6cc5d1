"""A file as a source, before anybody has written one for it."""

import re
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from flows import stages
from flows.audit.tables import table
from leads.errors import SourceError
from leads.pull import NOTE, RESERVED
from leads.settings import Settings
from leads.source import Source, validate
from sources import columns as recogniser
from sources import tables

SAMPLE = 200  # values that a column is recognised by
# Where bare numbers of a file in this language are read, when nobody says so. English is written everywhere.
REGIONS = {"ru": "RU", "de": "DE", "hu": "HU", "ro": "RO", "bs": "BA", "hr": "HR", "sr": "RS"}
UNKNOWN: dict[str, Any] = {
    "name": "audited_file", "kind": "purchased_base", "owner": "nobody yet", "licence": "none yet",
    "legal_basis": "none stated", "from_person": False, "trust": 20,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of the file and the field it leads to ("" for an attribute), how sure that is (0..1), and why."""

    header: str
    target: str
    confidence: float
    why: str


def offered(
    place: Settings,
    file: Path,
    *,
    name: str = "",
    region: str = "",
    language: str = "",
    price: dict[str, Any] | None = None,
) -> tuple[Source, list[Column]]:
    """The configured source `name` with this file, else one made up for it; and its columns.

    What is given goes before what is configured. Columns that no source file names are recognised by their header and
    their values. Raises ConfigError for a word that is not known, SourceError for a file that cannot be read or of
    which no column is understood.
    """
    if name:
        stated: dict[str, Any] = stages.configured(name, str(file)).model_dump()
    else:
        spoken = language or (place.language if place.language in REGIONS else "en")
        stated = {**UNKNOWN, "title": file.name, "language": spoken, "region": REGIONS.get(spoken, "ZZ"),
                  "consent": table("audit")["answers"], "pull": {"file": str(file)}}  # fmt: skip
    given = {"region": region.upper(), "language": language, "price": price}
    source = validate(Source, stated | {key: value for key, value in given.items() if value}, file)
    return (source, _configured(source)) if source.columns else _recognised(source, file)


def _configured(source: Source) -> list[Column]:
    return [Column(header, target, 1.0, "configured") for header, target in source.columns.items()]


def _recognised(source: Source, file: Path) -> tuple[Source, list[Column]]:
    headers, sample = _sampled(source)
    if not headers:
        raise SourceError("holds no rows", where=file.name, do="Have it sent again")
    guesses = recogniser.recognise(headers, sample, source.language)
    understood = _without_wordings(recogniser.mapping(guesses))
    found = [Column(g.header, understood.get(g.header, ""), g.confidence, g.why) for g in guesses]
    if not set(understood.values()) - {"ignore"}:
        raise SourceError(
            f"none of the {len(headers)} columns is understood", where=file.name,
            do="Describe them in config/sources/<name>.toml, then add --source <name>",
        )  # fmt: skip
    audience = "business" if "company" in understood.values() else "consumer"
    return validate(Source, source.model_dump() | {"columns": understood, "audience": audience}, file), found


def _sampled(source: Source) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """The headers of all parts of the file, and under each the values of the first part where it has any, as rows."""
    found: dict[str, list[str]] = {}
    with closing(tables.read(source)) as pull:
        for frame in pull:
            records = frame[frame[NOTE].isna()]
            for header in frame.columns.difference(RESERVED, sort=False):
                if not found.get(header):
                    stated = records[header].dropna()
                    found[header] = stated[stated.str.strip() != ""].head(SAMPLE).tolist()
    return list(found), list(zip_longest(*found.values()))


def _without_wordings(understood: dict[str, str]) -> dict[str, str]:
    """The mapping with one kind of consent column: an answer joined with the wording beside it is not understood."""
    worded = re.compile("|".join(table("audit")["proof"]["wording"]), re.IGNORECASE)
    asked = [header for header, target in understood.items() if target == "consent"]
    wordings = [header for header in asked if worded.search(header)]
    beside = wordings if len(wordings) < len(asked) else []
    return {header: target for header, target in understood.items() if header not in beside}
