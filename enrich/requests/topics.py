"""What a request is about: tags from its words, by the phrases in `enrich/data/topics.toml`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from enrich.distinct import read_distinct
from enrich.requests.phrases import fold, pattern
from enrich.tables import table
from leads.errors import ConfigError
from leads.source import Strict, read_toml, validate

# What is behind it in a request is not looked at.
LONGEST = 4_000
LANGUAGES = ("ru", "en", "de", "hu", "ro", "bs")
# Written like another language of the table.
SAME = {"hr": "bs", "sr": "bs", "me": "bs", "uk": "ru", "be": "ru", "kk": "ru"}
ALL = "all"

Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]


class Topics(Strict):
    """Tag -> language -> phrases, and the phrases that are taken out of a request before a tag's are looked for."""

    topics: dict[Tag, dict[str, tuple[str, ...]]]
    unless: dict[Tag, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    everywhere: tuple[Tag, ...] = ()

    def __hash__(self) -> int:
        # A table is read once and kept; what is cached for it is found by which one it is.
        return id(self)


@cache
def shipped() -> Topics:
    """The table of `enrich/data/topics.toml`."""
    return Topics.model_validate(table("topics"))


def load_topics(config_dir: Path) -> Topics:
    """The shipped table, with what an operator adds in `config/topics.toml` (where there is one): phrases for known
    tags, and tags of its own. Raises ConfigError naming file and key.
    """
    file = config_dir / "topics.toml"
    if not file.is_file():
        return shipped()
    own = validate(Topics, {"topics": {}, **read_toml(file)}, file)
    for part in (own.topics, own.unless):
        for tag, languages in part.items():
            _check(tag, languages, file)
    both = {
        "topics": _merged(shipped().topics, own.topics),
        "unless": _merged(shipped().unless, own.unless),
        "everywhere": (*shipped().everywhere, *own.everywhere),
    }
    return Topics.model_validate(both)


def read_topics(texts: pd.Series, languages: pd.Series, topics: Topics | None = None) -> pd.Series:
    """`texts` of requests in the `languages` of the leads -> their tags, sorted and `|`-joined, null for none.

    A tag is looked for in the language of the lead and in English; in all languages where those say nothing, where no
    language is known, and for the tags in `everywhere`. Only the first 4,000 characters are looked at.
    """
    known = topics or shipped()
    frame = pd.DataFrame({"text": texts, "language": languages})
    return read_distinct(frame, ["text", "language"], lambda rows: _read(rows, known))["topics"]


def _check(tag: str, languages: Mapping[str, Iterable[str]], file: Path) -> None:
    for language, phrases in languages.items():
        if language not in LANGUAGES:
            raise ConfigError(
                f"key '{tag}.{language}'",
                where=str(file),
                why=f"no language of the table; known: {', '.join(LANGUAGES)}",
                do="Mend the file",
            )
        if any(not phrase.strip(" *") for phrase in phrases):
            raise ConfigError(
                f"key '{tag}.{language}'", where=str(file), why="a phrase is empty", do="Mend the file"
            )


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Both tables, the phrases of one tag and language after each other."""
    merged: dict[str, dict[str, tuple[str, ...]]] = {tag: dict(phrases) for tag, phrases in one.items()}
    for tag, languages in other.items():
        mine = merged.setdefault(tag, {})
        for language, phrases in languages.items():
            mine[language] = (*mine.get(language, ()), *phrases)
    return merged


def _read(rows: pa.RecordBatch, topics: Topics) -> pa.RecordBatch:
    cells = fold(pc.fill_null(pc.utf8_slice_codeunits(rows["text"], 0, LONGEST), ""))
    spoken = _spoken(rows["language"])
    everywhere = [tag for tag in sorted(topics.topics) if tag in topics.everywhere]
    others = [tag for tag in sorted(topics.topics) if tag not in topics.everywhere]
    always = _found(cells, topics, everywhere, ALL)
    found = np.zeros((len(cells), len(others)), dtype=bool)
    for language in set(spoken.tolist()):
        places = np.flatnonzero(spoken == language)
        found[places] = _found(cells.take(pa.array(places)), topics, others, language)
    silent = np.flatnonzero(~found.any(axis=1) & ~always.any(axis=1) & (spoken != ALL))
    found[silent] = _found(cells.take(pa.array(silent)), topics, others, ALL)
    return pa.record_batch({"topics": _joined(np.hstack([always, found]), [*everywhere, *others])})


def _spoken(languages: pa.Array) -> np.ndarray:
    """The language of the table for each."""
    codes = pc.fill_null(languages, ALL).dictionary_encode()
    known = [SAME.get(code, code) for code in codes.dictionary.to_pylist()]
    named = np.array([code if code in LANGUAGES else ALL for code in known], dtype=object)
    return named[codes.indices.to_numpy()] if len(languages) else np.array([], dtype=object)


def _found(cells: pa.Array, topics: Topics, tags: Sequence[str], language: str) -> np.ndarray:
    """Which tags each of the folded `cells` has, read in `language`: a column per tag."""
    columns = [_tagged(cells, topics, tag, language) for tag in tags]
    return np.column_stack(columns) if columns else np.zeros((len(cells), 0), dtype=bool)


def _tagged(cells: pa.Array, topics: Topics, tag: str, language: str) -> np.ndarray:
    wanted, unwanted = _patterns(topics, tag, language)
    hit = _matches(cells, wanted)
    if unwanted and hit.any():
        places = np.flatnonzero(hit)
        rest = pc.replace_substring_regex(cells.take(pa.array(places)), unwanted, " ")
        hit[places] = _matches(rest, wanted)
    return hit


def _matches(cells: pa.Array, wanted: Sequence[str]) -> np.ndarray:
    """Which of the `cells` any of the patterns finds."""
    hit = np.zeros(len(cells), dtype=bool)
    if len(cells):
        for each in wanted:
            hit |= pc.match_substring_regex(cells, each).to_numpy(zero_copy_only=False)
    return hit


@cache
def _patterns(topics: Topics, tag: str, language: str) -> tuple[tuple[str, ...], str | None]:
    """What finds the tag in a text of the language (and in English), and what is taken out before."""
    # One pattern per language: the states of all of them together outgrow what RE2 keeps, and then it is slow.
    groups = [(name,) for name in LANGUAGES] if language == ALL else [(language, "en")]
    wanted = [pattern(_phrases(topics.topics, tag, group)) for group in groups]
    unwanted = pattern(_phrases(topics.unless, tag, [name for group in groups for name in group]))
    return tuple(filter(None, wanted)), unwanted


def _phrases(part: Mapping[str, Any], tag: str, languages: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {language: part.get(tag, {}).get(language, ()) for language in languages}


def _joined(found: np.ndarray, tags: Sequence[str]) -> pa.Array:
    """The tags of each row, put together once per combination."""
    packed = pa.array([row.tobytes() for row in np.packbits(found, axis=1)], pa.binary()).dictionary_encode()
    sets = [
        np.unpackbits(np.frombuffer(one, dtype=np.uint8))[: len(tags)] for one in packed.dictionary.to_pylist()
    ]
    names = ["|".join(sorted(np.array(tags)[one.astype(bool)])) or None for one in sets]
    return pa.array(names, pa.string()).take(packed.indices)
