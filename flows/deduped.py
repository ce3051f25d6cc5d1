"""A file with the clusters of its records beside it: who is who within one table, without a store."""

import logging
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from dedupe.matching import Matched, match
from enrich.tables import table
from flows import evidence
from leads import outfile, schema
from leads.errors import SourceError
from leads.pull import NOTE, RESERVED, Pull
from leads.settings import Settings
from leads.source import Source, validate
from sources import tables

log = logging.getLogger("leads")
# Before our column where the file has one of that name.
OURS = "lead_"
# A file that nobody has described yet.
NOBODYS: dict[str, Any] = {
    "name": "file", "kind": "purchased_base", "owner": "nobody yet", "licence": "none yet",
    "legal_basis": "none stated", "from_person": False, "region": "ZZ",
}  # fmt: skip


@dataclass(frozen=True)
class Deduped:
    """What was found in a file: counts, how each column was read, and what was left out of the comparing."""

    rows: int
    records: int
    clusters: int
    largest: int
    together: int
    doubtful: int
    candidates: int
    shared_values: int
    columns: dict[str, str]
    blocks_too_large: dict[str, int] = field(default_factory=dict)
    keys_too_wide: list[str] = field(default_factory=list)


def source_of(place: Settings, file: Path, *, name: str = "", language: str = "") -> Source:
    """The configured source `name` with this file, else one made up for it. Raises ConfigError, SourceError."""
    if name:
        from flows.audit.offer import offered  # the store and all stages come with it, which take a second

        return offered(place, file, name=name, language=language)[0]
    return validate(
        Source,
        NOBODYS | {"title": file.name, "language": language or place.language, "pull": {"file": str(file)}},
        file,
    )


def dedupe_file(source: Source, to: Path, *, pairs: Path | None = None) -> Deduped:
    """Write the rows of the source's file to `to`, each with `cluster_id`, `match_score` and `match_reason`.

    Every row stays, in its order, under its own headers. `cluster_id` is the row number of the first record of the
    cluster, from 1; `match_score` the probability of the record's best link within it, empty for one alone, and
    `match_reason` what agrees there; a row that is no record (blank, totals) has none of them. `pairs` takes the pairs
    that a person should look at, both records side by side. Raises SourceError for a file that cannot be read,
    LeadsError for one that cannot be written.
    """
    received = _read(source)
    is_record = received[NOTE].isna().to_numpy(bool)
    cells = received.drop(columns=[name for name in RESERVED if name in received])
    log.info("%s: %d rows read, %d of them records", source.title, len(received), int(is_record.sum()))
    records = cells[is_record].reset_index(drop=True)
    read, compared = evidence.read(records, source.language, source.fields)
    log.info("compared by %s", ", ".join(f"{one.label} ({one.kind})" for one in compared) or "nothing")
    found = match(read, compared, mailboxes=frozenset(table("role_mailboxes")["words"]))
    numbers = pd.Series(range(1, len(cells) + 1), dtype=schema.INT)[is_record].reset_index(drop=True)
    _write(to, _beside(cells, is_record, numbers, found))
    if pairs:
        _write(pairs, _side_by_side(records, numbers, found))
    return _summary(received, found, {one.label: one.kind for one in compared})


def _read(source: Source) -> pd.DataFrame:
    with closing(_pull(source)) as pull:
        frames = list(pull)
    if not sum(map(len, frames)):
        raise SourceError("holds no rows", where=source.title, do="Check that this is the right file")
    found = pd.concat(frames, ignore_index=True)
    return found if NOTE in found else found.assign(**{NOTE: pd.array([None] * len(found), dtype=schema.TEXT)})


def _pull(source: Source) -> Pull:
    if source.name == NOBODYS["name"]:
        return tables.read(source)
    from flows import stages

    return stages.begin_pull(source, None)


def _beside(cells: pd.DataFrame, is_record: Any, numbers: pd.Series, found: Matched) -> pd.DataFrame:
    """The rows as they came, with our columns behind them."""
    first = numbers.take(found.clusters["cluster"].to_numpy() - 1).to_numpy()
    ours = {"cluster_id": (first, schema.INT), "match_score": (found.clusters["score"], pd.ArrowDtype(pa.float64())),
            "match_reason": (found.clusters["reason"], schema.TEXT)}  # fmt: skip
    out = cells.copy()
    for name, (values, dtype) in ours.items():
        placed = pd.Series(pd.array([None] * len(cells), dtype=dtype), index=cells.index)
        placed[is_record] = pd.array(values, dtype=dtype)
        out[OURS + name if name in cells else name] = placed
    return out


def _side_by_side(records: pd.DataFrame, numbers: pd.Series, found: Matched) -> pd.DataFrame:
    """Pairs in doubt: both row numbers, score, `joined`, `reason`, and each column of both."""
    pairs = found.doubtful
    left, right = (pairs[side].to_numpy() - 1 for side in "lr")
    columns: dict[str, Any] = {
        "row_1": numbers.take(left).array, "row_2": numbers.take(right).array, "match_score": pairs["score"].array,
        "joined": pairs["joined"].array, "match_reason": pairs["reason"].array,
    }  # fmt: skip
    for header in records.columns:
        columns |= {
            f"{header} (1)": records[header].take(left).array,
            f"{header} (2)": records[header].take(right).array,
        }
    return pd.DataFrame(columns)


def _write(to: Path, frame: pd.DataFrame) -> None:
    with outfile.writing(to) as write:
        write(pa.Table.from_pandas(frame, preserve_index=False))


def _summary(received: pd.DataFrame, found: Matched, columns: dict[str, str]) -> Deduped:
    sizes = found.clusters["cluster"].value_counts()
    return Deduped(
        rows=len(received),
        records=len(found.clusters),
        clusters=len(sizes),
        largest=int(sizes.max()) if len(sizes) else 0,
        together=int(sizes[sizes > 1].sum()),
        doubtful=len(found.doubtful),
        candidates=found.candidates.pairs,
        shared_values=found.shared,
        columns=columns,
        blocks_too_large=found.candidates.capped,
        keys_too_wide=found.candidates.skipped,
    )
