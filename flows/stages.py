"""The way of the data, stage by stage, without Prefect: the same in a flow, a test, a bench and `leads edit`.

Progress goes to the logger `leads`: counts and ids, never a value.
"""

import gc
import importlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pandas as pd
from sqlalchemy import Connection, Engine

from consent import suppression
from consent.ledger import OWN_ACT
from dedupe.candidates import finding
from dedupe.candidates.keys import match_keys
from dedupe.deciding import exact
from dedupe.deriving.versions import versions
from enrich.quality import unusable
from flows import ahead, instead, waiting
from flows.ahead import Frames
from flows.alike import anew, doubtful, likeness, meeting
from flows.contacts import Joined, deriving
from flows.cores import beneath
from flows.recalling import recall
from leads.errors import ConfigError, SourceError
from leads.pull import Pull
from leads.settings import Settings, settings
from leads.source import Source, load_source
from sources.mapping import missing, unknown
from store import accounting, landing, likely, load, queries, runs
from store.anchors import anchor
from store.contacts import Contacts
from store.engine import Store, loading, reading, rehearsing, writing
from store.landing import Manifest

log = logging.getLogger("leads")
Derive = Callable[[Joined], Callable[[], Contacts]]
# From the store as it is and the LEADS that are new in it: edges beside those of the exact keys: LINKS
# with the `member` (`l:` and the lead) and its `hub` (`l:` and a lead before it, or `c:` and a contact).
Further = Callable[[Connection, pd.DataFrame], pd.DataFrame | None]


def nothing_further(_: Connection, __: pd.DataFrame) -> None:
    """The exact keys alone say who is who."""


def configured(name: str, file: str = "") -> Source:
    """The source as configured, reading `file` where one is given, a provider's source too; raises ConfigError."""
    source = load_source(settings().config_dir, name)
    if not file:
        return source
    own = source.pull if waiting.reads_file(source) else {"format": instead.FORMAT}
    return source.model_copy(update={"pull": {**own, "file": file}})


def begin_pull(source: Source, since: str | None) -> Pull:
    """Start the module of the source's kind; raises ConfigError when there is none."""
    if source.pull.get("format") == instead.FORMAT:
        return instead.pull(source)
    for folder in ("sources", "spiders"):
        try:
            return importlib.import_module(f"{folder}.{source.kind}").pull(source, since)  # type: ignore[no-any-return]
        except ModuleNotFoundError as error:
            if error.name != f"{folder}.{source.kind}":
                raise
    raise ConfigError(f"unknown kind '{source.kind}'", where=f"source {source.name}",
                      do="A kind is a module in sources/ or spiders/")  # fmt: skip


def land(store: Store, place: Settings, source: Source, run_id: int) -> Manifest:
    """Pull the source from where its last loaded batch ended, and land what it brings.

    Raises ConfigError when nobody has said yet what its columns are: they are shown before anything is loaded.
    """
    if not source.columns:
        raise ConfigError("no column is mapped to a field yet", where=f"source {source.name}",
                          do=f"Look at what they hold, and keep it: leads columns {source.name} --save")  # fmt: skip
    since = runs.last_cursor(store, source.name)
    log.info("%s: pulling%s", source.name, f" since {since}" if since else "")
    with no_search_for_cycles():
        manifest = landing.land(place.landing, source.name, begin_pull(source, since), part_rows=place.chunk_rows)
    log.info("%s: %d rows landed as %s", source.name, manifest.rows, manifest.batch)
    runs.register_batch(store, source, manifest, place.landing, run_id)
    _admit(store, source, manifest)
    return manifest


def left_over(store: Store, place: Settings, name: str, run_id: int) -> list[str]:
    """Batches of a source that an interrupted run landed but did not load to their end: they are loaded first."""
    known = runs.batches(store, name)
    for batch in landing.batches(place.landing, name):
        if batch not in known:
            manifest = landing.read_manifest(place.landing, batch)
            runs.register_batch(store, configured(name), manifest, place.landing, run_id)
            known[batch] = "landed"
    waiting = [batch for batch, status in known.items() if status == "landed"]
    for batch in waiting:
        # The run may have been killed before it asked.
        _admit(store, configured(name), landing.read_manifest(place.landing, batch))
    return waiting


def _admit(store: Store, source: Source, manifest: Manifest) -> None:
    """Let a batch in by the source file's assertions, or mark it as refused and raise SourceError."""
    try:
        _assert_plausible(source, manifest, first=runs.last_cursor(store, source.name) is None)
    except SourceError:
        runs.mark(store, manifest.batch, "refused")
        raise


def _assert_plausible(source: Source, manifest: Manifest, *, first: bool) -> None:
    """The source file's own assertions; a later pull of an incremental source, or mended rejects, may be few."""
    where = f"source {source.name}, batch {manifest.batch}"
    least = source.assertions.min if (first or manifest.cursor is None) and not manifest.returned else 0
    if manifest.records < least:
        raise SourceError(
            f"{manifest.records} records, at least {least} expected", where=where,
            why="[assertions] min", do="Nothing was loaded; check the source, or lower min",
        )  # fmt: skip
    if source.assertions.max is not None and manifest.records > source.assertions.max:
        log.warning("%s: %d records, at most %d expected", where, manifest.records, source.assertions.max)
    if manifest.declared is not None and manifest.declared > manifest.records:
        log.warning("%s: %d records, the source declared %d", where, manifest.records, manifest.declared)
    if manifest.records:
        for header in missing(manifest.headers, source):
            log.warning("%s: mapped column '%s' is not there", where, header)
        left = set(unknown(manifest.headers, source))
        if places := [str(no) for no, header in enumerate(manifest.headers, start=1) if header in left]:
            # By their places: of a file without a header row these are what somebody is called.
            log.info("%s: not mapped, kept as attributes: column %s; leads columns %s shows them", where,
                     ", ".join(places), source.name)  # fmt: skip


def load_parts(
    store: Store, place: Settings, source: Source, manifest: Manifest, seen: Callable[[Frames], None] | None = None
) -> None:
    """Take the parts of a landed batch that are not in the store yet through every stage into it.

    `seen` is shown each of them once it is loaded.
    """
    batch_id, source_id = runs.batch_ids(store, manifest.batch)
    with reading(store) as connection:
        left = [no for no in range(len(manifest.parts)) if not load.is_loaded(connection, batch_id, no)]
        # What was loaded before an interruption is looked for among all decisions.
        before = likely.newest(connection) if len(left) == len(manifest.parts) else 0
    with (
        no_search_for_cycles(),
        deriving(store, aside=ahead.is_large(manifest)) as derive,
        meeting.meeting(store, aside=ahead.is_large(manifest)) as meet,
        closing(ahead.parts(place, source, manifest, left)) as coming,
    ):
        for no, frames in zip(left, coming, strict=True):
            load_part(store, source, manifest, frames, no, batch_id, source_id, derive, meet)
            if seen:
                seen(frames)
            log.info("%s: part %d of %d loaded", source.name, no + 1, len(manifest.parts))
    if len(manifest.parts) > 1 and place.likeness:
        log.info("%s: %d contacts settled anew", source.name, doubtful.weighed_again(store, batch_id, before))


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """For as long as many rows are on their way: millions of tuples are made and no cycle, and Python would go through
    all of them again and again. On a base of 200,000 rows: a tenth of the time."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def load_part(
    store: Store, source: Source, manifest: Manifest, frames: Frames, no: int, batch_id: int, source_id: int,
    derive: Derive, meet: meeting.Meet = meeting.at_once, further: Further = nothing_further,
) -> None:  # fmt: skip
    """Resolve and load one part, in the loader's turn; `further` finds edges beside those of the exact keys."""
    with loading(store):
        with reading(store) as connection:
            chunk, again = _resolve(connection, store, source, manifest, frames, source_id, derive, meet, further)
        with writing(store) as connection:
            load.load_chunk(
                connection, chunk, source_id=source_id, batch_id=batch_id, no=no, rows=len(frames.landed),
                received=manifest.fetched_at,
            )  # fmt: skip
            if again:
                anew.settle(connection, anew.contacts(connection, again), again)


def _resolve(
    connection: Connection, store: Store, source: Source, manifest: Manifest, frames: Frames, source_id: int,
    derive: Derive, meet: meeting.Meet, further: Further,
) -> tuple[load.Prepared, anew.Anew | None]:  # fmt: skip
    """Everything that must know the store: suppression, versions, who is who, contacts, fates; and which contacts are
    to be settled anew."""
    leads, points = queries.recorded(source_id, frames.leads), frames.points
    rejected = unusable(leads, points)
    own_act = source.from_person and source.kind in OWN_ACT
    suppressions = queries.suppressions(connection, own_act=own_act)
    kept_out = suppression.suppressed(points, suppressions)
    live = leads[~leads["lead_id"].isin(rejected["lead_id"]) & ~leads["lead_id"].isin(kept_out["lead_id"])]
    seen = versions(live, queries.known_versions(connection, source_id, live))
    fresh = live[live["lead_id"].isin(seen.loc[seen["state"] != "duplicate", "lead_id"])]
    fresh = fresh.drop_duplicates("lead_id")
    met = meet(connection, frames.alike.of(fresh["lead_id"])) if frames.alike else None
    own = points[points["lead_id"].isin(fresh["lead_id"])]
    # Of nearly every part all leads are new, and their keys were made beforehand.
    keys = frames.keys if len(own) == len(points) else match_keys(own[own["usable"]])
    known = queries.candidates(connection, keys)
    candidates, versions_, decided = beneath(connection, known, seen)
    found, kept, again = exact.found(fresh, own, candidates, versions_), None, None
    if (others := further(connection, fresh)) is not None:
        edges = pd.concat([found.edges, others[list(found.edges.columns)]], ignore_index=True)
        found = exact.Found(edges, found.unsure)
    if met:
        likes = likeness.joined(connection, met(), found, decided)
        found, decided, kept, again = likes.found, likes.decided, likes.kept, likes.again
        _tell(source, manifest, kept)
    resolution = exact.settled(fresh, own, found, decided)

    return load.Prepared(
        fresh, own, resolution.assigned, resolution.links, resolution.merges, seen, frames.terms,
        frames.events[frames.events["lead_id"].isin(fresh["lead_id"])],
        accounting.fates(frames.landed, frames.stated, rejected, kept_out, seen, resolution.assigned),
        derive(Joined(fresh, own, resolution, seen, source.trust, manifest.fetched_at)), resolution.held_off,
        frames.drawn,
        kept,
        suppression.renewed(points, suppressions),
    ), again  # fmt: skip


def _tell(source: Source, manifest: Manifest, kept: likely.Kept) -> None:
    report = kept.report
    log.info("%s: %d pairs of leads that are alike: %d joined, %d for a person", source.name, report["pairs"],
             report["joined"], report["unsure"])  # fmt: skip
    if kept.wide:
        log.info("%s: %d phones, e-mails and profiles are nobody's own: more than %d leads have each", source.name,
                 kept.wide, finding.VALUE)  # fmt: skip
    if report["crowded"]:
        log.warning("source %s, batch %s: %d leads have more in common with others than is compared",
                    source.name, manifest.batch, report["crowded"])  # fmt: skip


def finish(store: Store, manifest: Manifest) -> dict[str, int]:
    """Close a batch whose parts are all loaded; returns its accounting (P1), raises AccountingError."""
    with reading(store) as connection:
        counted = accounting.account(connection, manifest.batch)
    runs.mark(store, manifest.batch, "loaded")
    if isinstance(store, Engine):
        anchor(store, settings())
        recall(store, settings(), wait=True)
    return counted


def ingest(store: Store, place: Settings, source: Source, run_id: int) -> dict[str, int]:
    """Pull, land and load one source; returns the accounting of the batch."""
    manifest = land(store, place, source, run_id)
    load_parts(store, place, source, manifest)
    return finish(store, manifest)


def rehearse(engine: Engine, place: Settings, source: Source) -> dict[str, int]:
    """All of `ingest` on a store and a landing that are taken back at the end: the same verdicts, row for row."""
    with tempfile.TemporaryDirectory() as folder, rehearsing(engine) as store:
        elsewhere = place.model_copy(update={"landing_url": folder})
        return ingest(store, elsewhere, source, runs.start_run(store, "rehearsal", source.name, None))
