"""By what a record of a batch is known when it comes again: the source's own id, where that is one of a record."""

import logging
from functools import lru_cache

import pandas as pd

from enrich.names.people import people
from leads import schema
from leads.sets import query
from leads.settings import Settings
from leads.source import Source
from sources.headers import folded
from sources.mapping import state
from store import landing
from store.landing import Manifest

log = logging.getLogger("leads")


def stated(place: Settings, source: Source, manifest: Manifest, landed: pd.DataFrame) -> pd.DataFrame:
    """One landed part as STATED (see `sources.mapping.state`).

    A source's own id (`external_id`) that stands on several different rows of the batch, as a firm's does on all of
    its people, is no id of a record: those rows are known by their content, as in a base without ids, and none of them
    supersedes another. A row that comes back mended goes by the key under which it went out.
    """
    whole = state(landed, manifest.headers, source, people)
    columns = _id_columns(manifest, source)
    if columns and manifest.returned:
        unfit = pd.Series(True, index=landed.index)
    elif columns and (ids := _shared(place.landing, manifest.batch, tuple(columns))):
        unfit = _ids(landed, columns).isin(ids)
    else:
        return whole
    if not unfit.any():
        return whole
    hidden = landed.copy()
    hidden.loc[unfit, [name for name in columns if name in landed.columns]] = None
    return state(hidden, manifest.headers, source, people).assign(external_id=whole["external_id"])


def _id_columns(manifest: Manifest, source: Source) -> list[str]:
    """The columns of the landing that hold the source's own id, in the order of the source file."""
    wanted = [folded(header) for header, field in source.fields.items() if field == "external_id"]
    return [f"f{i}" for name in wanted for i, header in enumerate(manifest.headers) if folded(header) == name]


def _ids(landed: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The id of each row; without a digit but 0 it is a word for none, and empty."""
    joined = schema.texts([""] * len(landed)).set_axis(landed.index)
    for name in columns:
        if name in landed.columns:
            joined = joined + "\n" + landed[name].fillna("").str.strip()
    return joined.where(joined.str.contains("[1-9]"), "")


@lru_cache(maxsize=2)
def _shared(url: str, batch: str, columns: tuple[str, ...]) -> frozenset[str]:
    """The ids of a batch that stand on several different rows: looked for once, and not for each part."""
    parts = landing.read_columns(url, landing.read_manifest(url, batch), ["content", "note", *columns])
    stated = pd.concat(
        [part.loc[part["note"].isna(), ["content"]].assign(id=_ids(part, list(columns))) for part in parts]
        or [schema.empty(schema.LANDED)[["content"]].assign(id="")]
    )
    found = query(
        "SELECT id FROM stated WHERE id <> '' GROUP BY id HAVING min(content) <> max(content)", stated=stated
    )
    if len(found):
        log.warning(
            "%s: %d ids stand on several different rows each, and are no ids of records", batch, len(found)
        )
    return frozenset(found["id"])
