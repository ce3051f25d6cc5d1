"""Commands that run a flow: ingest, deliver; and segment."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leads.cli.show import accounting, as_json, digest, progress, say, table


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads ingest stroyka_base --file base.csv --dry-run")(ingest)
    app.command(epilog="Example: leads segment --json")(segment)
    app.command(epilog="Example: leads deliver --segment wholesale")(deliver)


def ingest(
    source: Annotated[str, typer.Argument(help="A configured source, or 'all'.")],
    file: Annotated[Path | None, typer.Option(help="Read this file instead of the configured one.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the accounting, change nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the accounting as JSON.")] = False,
) -> None:
    """Pull a source through all stages into the store, and account for every row.

    Exit code 1 when rows were quarantined: `leads rejects BATCH` exports them.
    """
    counted = run_ingest(source, file, dry_run)
    as_json(counted) if json else accounting(counted)
    quarantined = [name for name, counts in counted.items() if counts["quarantined"]]
    if not dry_run:
        _hint(quarantined)
    if quarantined:
        raise typer.Exit(1)


def _hint(quarantined: list[str]) -> None:
    """Where the quarantined rows are to be had."""
    from leads.settings import settings
    from store import runs
    from store.engine import open_store

    for name in quarantined:
        batch = list(runs.batches(open_store(settings().database_url), name))[-1]
        say(f"The quarantined rows with their reasons: leads rejects {batch} --out rejects.xlsx")


def run_ingest(source: str, file: Path | None = None, dry_run: bool = False) -> dict[str, dict[str, int]]:
    """Run the `ingest` flow in this process; returns the accounting per source."""
    from leads.cli.prefect_server import ready_for_flows
    from leads.settings import settings
    from leads.source import load_source
    from store.engine import open_store
    from store.migrate import migrate

    if source != "all":
        load_source(settings().config_dir, source)
    progress()
    migrate(open_store(settings().database_url))
    ready_for_flows()
    from flows.choices import SourceName
    from flows.ingest import ingest as flow

    path = str(file.absolute()) if file else ""
    return flow(SourceName(source), path, dry_run)


def segment(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Find anew which contacts each segment holds."""
    from flows import handover
    from leads.settings import settings
    from store.engine import open_store

    found = handover.segment(open_store(settings().database_url), settings())
    rows = found.to_dict("records")
    if json:
        as_json(rows)
    else:
        table("Segments", list(found.columns), [list(row.values()) for row in rows], ["contacts"])


def deliver(
    segment: Annotated[str, typer.Option(help="Only this segment's contacts; 'all' takes everybody.")] = "all",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Hand the contacts that are due over to their owners, each with a reason and a permission.

    Exit code 1 when nobody could be handed over: the table says why, rule by rule.
    """
    handed = run_deliver(segment)
    if json:
        as_json(handed)
    else:
        digest(handed)
    if not handed["files"]:
        raise typer.Exit(1)


def run_deliver(segment: str) -> dict[str, Any]:
    """Run the `deliver` flow in this process; returns its `files` and `digest`."""
    from leads.cli.prefect_server import ready_for_flows
    from leads.errors import LeadsError
    from leads.settings import settings
    from sales.segments import load_segments

    known = ["all", *sorted(load_segments(settings().config_dir))]
    if segment not in known:
        raise LeadsError(f"unknown segment '{segment}'", where=str(settings().config_dir / "segments.toml"),
                         do=f"Configured: {', '.join(known)}")  # fmt: skip
    progress()
    ready_for_flows()
    from flows.choices import SegmentName
    from flows.deliver import deliver as flow

    return flow(SegmentName(segment))
