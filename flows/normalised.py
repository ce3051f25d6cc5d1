"""A file with its normalised reading beside it: the way of the data up to where the store would be asked."""

import logging
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pyarrow
import pyarrow.compute as pc

from enrich.names.people import people
from enrich.normalise import normalise
from enrich.wide import wide
from flows import stages
from leads import beside, outfile, schema
from leads.errors import SourceError
from leads.source import Source
from sources.mapping import state
from store import landing
from store.landing import Manifest

log = logging.getLogger("leads")
# They keep the two cores of a small machine busy beside the reading and writing.
PROCESSES = 2
# Below this the processes take about as long to start as they save.
FROM_ROWS = 20_000
PART_ROWS = 25_000
# Before our column where the file has one of that name.
OURS = "lead_"


def normalise_file(source: Source, to: Path) -> dict[str, int]:
    """Write the rows of the source's file to `to` (CSV, Parquet or XLSX), each with its reading beside it.

    Every row received is there under its own headers, then `row`, `part`, `note` and the columns of `enrich.wide`: a
    row that is no record has its note alone, one that holds several people comes once for each. Of two columns with
    one name ours is `lead_…`. Returns the rows and leads, and those with a usable first phone or e-mail. Raises
    SourceError for a file that cannot be read, LeadsError for one that cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="leads-normalise-") as folder:
        manifest = landing.land(folder, source.name, stages.begin_pull(source, None), part_rows=PART_ROWS)
        if not manifest.rows:
            raise SourceError("holds no rows", where=source.title, do="Check that this is the right file")
        log.info("%s: %d rows read", source.title, manifest.rows)
        work, numbers = partial(read_part, folder, source, manifest), range(len(manifest.parts))
        if manifest.rows < FROM_ROWS:
            return _written(map(work, numbers), manifest, to)
        with beside.each(work, numbers, processes=PROCESSES) as parts:
            return _written(parts, manifest, to)


def read_part(folder: str, source: Source, manifest: Manifest, number: int) -> pyarrow.Table:
    """One landed part with its reading beside it, in the columns that all parts of the batch have."""
    landed = landing.read_part(folder, manifest, number)
    stated = state(landed, manifest.headers, source, people)
    # Ids of this file alone: the same person may stand in it twice under one key of the source.
    ids = stated["row"].astype(schema.TEXT) + "-" + stated["part"].astype(schema.TEXT)
    leads, points = normalise(stated.assign(lead_id=ids), region=source.region, language=source.language)
    received = landed.drop(columns=[name for name in landing.FIXED if name not in ("row", "note")])
    together = received.merge(wide(leads, points), on="row", how="left")
    table = pyarrow.Table.from_pandas(together, preserve_index=False)
    own = {header: f"f{place}" for place, header in enumerate(manifest.headers)}
    cells = {
        header: table[name] if name in table.column_names else pyarrow.nulls(len(table), pyarrow.string())
        for header, name in own.items()
    }
    first = ["row", "part", "note"]
    for name in first + [name for name in table.column_names if name not in (*first, *own.values())]:
        cells[OURS + name if name in own else name] = table[name]
    return pyarrow.table(cells)


def _written(parts: Iterable[pyarrow.Table], manifest: Manifest, to: Path) -> dict[str, int]:
    counted = dict.fromkeys(("rows", "leads", "phones", "emails"), 0) | {"rows": manifest.rows}
    with outfile.writing(to) as write:
        for done, table in enumerate(parts, start=1):
            write(table)
            counted["leads"] += len(table) - table["part"].null_count
            for kind in ("phone", "email"):
                counted[f"{kind}s"] += pc.sum(table[f"{kind}_usable"]).as_py() or 0
            log.info("part %d of %d written", done, len(manifest.parts))
    return counted
