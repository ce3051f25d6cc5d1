"""A file of another system's consents into the ledger: landed as it came, read, judged, and entered in one transaction.

It is landed beside the source's own batches, so that its rows are evidence like any other, quarantined ones can be
mended, and erasure finds whoever stands in it.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, text

from consent import past
from enrich.days.moments import read_moments
from enrich.emails.cells import read_emails
from enrich.messengers.cells import read_messengers
from enrich.phones.cells import read_phones
from leads import schema
from leads.errors import LeadsError
from leads.pull import REASON
from leads.sets import query
from leads.settings import Settings
from leads.source import Source
from sources import tables
from store import bulk, landing, ledger, runs
from store.anchors import anchor
from store.engine import loading, reading, writing
from store.landing import Manifest

log = logging.getLogger("leads")
STATUS = "history"
SEVERAL = "several contact points"
# How a messenger's account is written; anything else without an @ within it is a phone.
MESSENGER = r"^[a-z]+:[^@]+$|^@\w+$|^https?://"


@dataclass(frozen=True)
class Imported:
    """What a file came to: rows, of which entered (new in the ledger), known (on record, or twice in the file),
    quarantined and no records; of the entered how many of each kind, and the noes taken as wider or later than they may
    have been; why rows were quarantined; the batch with them all, where one was kept."""

    rows: int
    entered: int
    known: int
    quarantined: int
    no_record: int
    widened: int
    kinds: dict[str, int]
    reasons: dict[str, int]
    batch: str | None = None


def take(
    engine: Engine, place: Settings, source: Source, file: Path, names: dict[str, str], *, dry_run: bool = False
) -> Imported:
    """Enter what `file` says, under the name of a source; `names`: the file's header -> one of `past.COLUMNS`.

    The same rows again add nothing. Raises LeadsError when a column is missing, SourceError for a file that cannot be
    read.
    """
    if not dry_run:
        _register_left_over(engine, place, source)
    with _landed(place, source, file, names, dry_run=dry_run) as (url, manifest):
        received = _received(url, manifest, names)
        said = past.judged(_read(received, source), now=manifest.fetched_at, controller=place.controller)
        with loading(engine):
            fresh = _fresh(engine, said, source)
            done = _counted(received, said, fresh)
            before = _before(engine, source, manifest)
            if dry_run or (not done.entered and (before or not done.quarantined)):
                landing.discard(url, manifest.batch)
                return replace(done, batch=before)
            with writing(engine) as connection:
                _enter(connection, place, source, manifest, received, said, fresh)
    anchor(engine, place)
    log.info("%s: %d rows, %d entered, %d quarantined", source.name, done.rows, done.entered, done.quarantined)
    return replace(done, batch=manifest.batch)


@contextmanager
def _landed(
    place: Settings, source: Source, file: Path, names: dict[str, str], *, dry_run: bool
) -> Iterator[tuple[str, Manifest]]:
    """The landing's URL and what was landed there; a rehearsal has one of its own."""
    with tempfile.TemporaryDirectory(prefix="leads-history-") as folder:
        url = folder if dry_run else place.landing
        expected = {header: "ignore" for header, name in names.items() if name in past.NEEDED}
        pull = tables.read(source.model_copy(update={"pull": {"file": str(file)}, "columns": expected}))
        manifest = landing.land(url, _folder(source), pull, part_rows=place.chunk_rows)
        try:
            yield url, manifest
        except BaseException:
            if not dry_run:
                landing.discard(url, manifest.batch)
            raise


def _folder(source: Source) -> str:
    """No run of the source takes for leads what lies here."""
    return f"{source.name}.{STATUS}"


def _received(url: str, manifest: Manifest, names: dict[str, str]) -> pd.DataFrame:
    """row, record_key, note and the columns of a history as they stand in the file. Raises LeadsError for a lack."""
    folded = {header.strip().casefold(): name for header, name in names.items()}
    places = {folded[header.strip().casefold()]: f"f{i}" for i, header in enumerate(manifest.headers)
              if header.strip().casefold() in folded}  # fmt: skip
    if lacking := [name for name in past.NEEDED if name not in places]:
        raise LeadsError(
            f"no column '{lacking[0]}'", where=f"source {manifest.source.partition('.')[0]}",
            why=f"none of the file's {len(manifest.headers)} columns is called so",
            do=f"Look into its first line and say which it is: --set 'Header={lacking[0]}'",
        )  # fmt: skip
    # By number: in a file without a header these are somebody's cells.
    ignored = [number for number, header in enumerate(manifest.headers, start=1)
               if header.strip().casefold() not in folded and header != REASON]  # fmt: skip
    if ignored:
        log.info("%s: columns kept in the landing and not read: %s", manifest.source, ", ".join(map(str, ignored)))
    wanted = ["row", "record_key", "note", *places.values()]
    nothing = pd.DataFrame(columns=wanted)
    parts = [part.reindex(columns=wanted) for part in landing.read_columns(url, manifest, wanted)]
    found = pd.concat(parts or [nothing], ignore_index=True)
    found = found.rename(columns={cell: name for name, cell in places.items()})
    own = found.reindex(columns=["row", "record_key", "note", *past.COLUMNS])
    return own.astype({name: schema.INT if name == "row" else schema.TEXT for name in own})


def _read(received: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The records among them as ROWS: points and dates read."""
    rows = received[received["note"].isna()].reset_index(drop=True)
    spoken = schema.texts([source.language] * len(rows))
    moments = read_moments(rows["at"].reset_index(drop=True), spoken)["moment"]
    joined = query(
        """SELECT r.row, r.kind, r.channel, r.purpose, r.controller, r.moment, p.type, p.value, p.region, p.why
           FROM rows r LEFT JOIN points p USING (row) ORDER BY r.row""",
        rows=rows.assign(moment=_utc(moments).array), points=_points(rows, source),
    )  # fmt: skip
    return joined[list(past.ROWS.columns)]


def _utc(moments: pd.Series) -> pd.Series:
    """Moments in the store's form of 27 characters."""
    found = query(
        "SELECT CASE WHEN length(m) = 20 THEN left(m, 19) || '.000000Z' ELSE m END AS m FROM said ORDER BY n",
        said=pd.DataFrame({"m": moments.astype(schema.TEXT).array, "n": range(len(moments))}),
    )  # fmt: skip
    return found["m"]


def _points(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """row, type, value, region, why of the one contact point that each row names."""
    cells = pd.DataFrame({"lead_id": rows["row"].astype(schema.TEXT), "text": rows["point"]})
    messenger = cells["text"].str.contains(MESSENGER, regex=True).fillna(False).astype(bool)
    mail = cells["text"].str.contains("@", regex=False).fillna(False).astype(bool) & ~messenger
    region = pd.Series(source.region, cells.index, schema.TEXT)
    read = [
        read_emails(cells[mail]),
        read_messengers(cells[messenger].assign(region=region[messenger])),
        read_phones(cells[~mail & ~messenger].assign(region=region[~mail & ~messenger])),
    ]
    kept = [one[["lead_id", "type", "value", "region", "flag"]] for one in read if len(one)]
    if not kept:
        none = {"row": schema.INT} | dict.fromkeys(("type", "value", "region", "why"), schema.TEXT)
        return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in none.items()})
    return query(
        """SELECT CAST(lead_id AS BIGINT) AS row, any_value(type) AS type,
                  CASE WHEN count(DISTINCT (type, value)) = 1 AND count(value) = count(*) THEN any_value(value) END
                      AS value, any_value(region) AS region,
                  CASE WHEN count(DISTINCT (type, value)) > 1 OR count(*) > count(value) AND count(*) > 1
                       THEN $several ELSE any_value(flag) END AS why
           FROM found GROUP BY lead_id""",
        {"several": SEVERAL}, found=pd.concat(kept, ignore_index=True),
    )  # fmt: skip


def _fresh(engine: Engine, said: pd.DataFrame, source: Source) -> pd.DataFrame:
    points = said.loc[said["reason"].isna(), ["type", "value"]].drop_duplicates()
    with reading(engine) as connection:
        return past.new(said, ledger.history(connection, points), source.name)


def _counted(received: pd.DataFrame, said: pd.DataFrame, fresh: pd.DataFrame) -> Imported:
    quarantined = said[said["reason"].notna()]
    unreadable = int(received["note"].str.startswith("unreadable").fillna(False).sum())
    reasons = {str(why): int(count) for why, count in quarantined["reason"].value_counts().items()}
    if unreadable:
        reasons["unreadable"] = unreadable
    return Imported(
        len(received), len(fresh), len(said) - len(quarantined) - len(fresh), len(quarantined) + unreadable,
        len(received) - len(said) - unreadable, int(fresh["widened"].sum()),
        {str(kind): int(count) for kind, count in fresh["kind"].value_counts().items()}, reasons,
    )  # fmt: skip


def _before(engine: Engine, source: Source, manifest: Manifest) -> str | None:
    """The batch in which the same content was taken before."""
    with reading(engine) as connection:
        return connection.execute(
            text("""SELECT b.public_id FROM batch b JOIN source s ON s.id = b.source_id
                    WHERE s.name = :source AND b.status = :status AND b.sha256 = :sha ORDER BY b.id DESC LIMIT 1"""),
            {"source": source.name, "status": STATUS, "sha": manifest.sha256},
        ).scalar()


def _enter(
    connection: Connection, place: Settings, source: Source, manifest: Manifest, received: pd.DataFrame,
    said: pd.DataFrame, fresh: pd.DataFrame,
) -> None:  # fmt: skip
    """The batch, why rows of it were set aside, and the events: all or nothing."""
    number = runs.register_batch(connection, source, manifest, place.landing, None, STATUS)
    aside = query(
        """SELECT r.row, 0 AS part, CASE WHEN r.note LIKE 'unreadable%' OR s.reason IS NOT NULL THEN 'quarantined'
                  ELSE 'not_a_record' END AS fate, coalesce(s.reason, r.note) AS reason, r.record_key
           FROM received r LEFT JOIN said s USING (row)
           WHERE r.note IS NOT NULL OR s.reason IS NOT NULL ORDER BY row""",
        received=received, said=said,
    )  # fmt: skip
    if len(aside):
        bulk.insert(connection, "fate", aside.assign(batch_id=pd.array([number] * len(aside), dtype=schema.INT)))
    if len(fresh):
        terms, events = past.events(
            fresh, source, batch=manifest.batch, obtained=manifest.fetched_at, controller=place.controller
        )
        nobody = pd.DataFrame({"lead_id": schema.texts([]), "id": pd.array([], dtype=schema.INT)})
        ledger.append(connection, terms, events.assign(recorded_time=manifest.fetched_at), nobody)


def _register_left_over(engine: Engine, place: Settings, source: Source) -> None:
    """What a killed import landed is registered, so that erasure finds it; its file is taken again as a whole."""
    known = runs.batches(engine, source.name)
    for batch in landing.batches(place.landing, _folder(source)):
        if batch not in known:
            runs.register_batch(
                engine, source, landing.read_manifest(place.landing, batch), place.landing, None, "abandoned"
            )
