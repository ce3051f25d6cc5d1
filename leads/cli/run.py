"""Commands that run a flow: ingest, inbox, deliver; and segment."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leads.cli.show import accounting, as_json, digest, minute, progress, say, table


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads ingest stroyka_base --file base.csv --dry-run")(ingest)
    app.command(epilog="Example: leads inbox --take")(inbox)
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

    store = open_store(settings().database_url)
    _hint_rejects([list(runs.batches(store, name))[-1] for name in quarantined])


def _hint_rejects(batches: list[str]) -> None:
    for batch in batches:
        say(f"The quarantined rows with their reasons: leads rejects {batch} --out rejects.xlsx")


def run_ingest(source: str, file: Path | None = None, dry_run: bool = False) -> dict[str, dict[str, int]]:
    """Run the `ingest` flow in this process; returns the accounting per source."""
    from leads.cli.prefect_server import ready_for_flows
    from leads.settings import settings
    from leads.source import source_names
    from store.engine import open_store
    from store.migrate import migrate

    for name in source_names(settings().config_dir) if source == "all" else [source]:
        _check_pull(name, file)
    progress()
    migrate(open_store(settings().database_url))
    ready_for_flows()
    from flows.choices import SourceName
    from flows.ingest import ingest as flow

    path = str(file.absolute()) if file else ""
    return flow(SourceName(source), path, dry_run)


def _check_pull(name: str, file: Path | None) -> None:
    """Raise ConfigError for what the pull would stumble over at once: a server need not start for that."""
    from flows.waiting import reads_file
    from leads.settings import settings
    from leads.source import expand, load_source

    source = load_source(settings().config_dir, name)
    if not file or reads_file(source):
        expand(source.pull | ({"file": ""} if file else {}), f"{name}.toml, [pull]")


def inbox(
    source: Annotated[str, typer.Option(help="Only this source's files; 'all' takes everybody's.")] = "all",
    take: Annotated[bool, typer.Option("--take", help="Take the files, and move each to done or failed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show the files that wait in the drop folder, `inbox/<source>/` under the home, or take them.

    Exit code 1 when a file could not be taken, or waits for a person.
    """
    from flows import waiting
    from leads.settings import settings
    from leads.source import load_source

    if source != "all":
        load_source(settings().config_dir, source)
    waiting.prepare(settings())
    rows = run_inbox(source) if take else _waiting_rows(source)
    if json:
        as_json(rows)
    elif rows:
        shown = (
            "source",
            "file",
            *(("outcome", "rows", "batch", "error") if take else ("bytes", "since", "state")),
        )
        cells = [[minute(row[name]) if name == "since" else row[name] for name in shown] for row in rows]
        table("Inbox", shown, cells, ("bytes", "rows"))
    else:
        say(f"Nothing waits. Drop a file into {waiting.inbox(settings())}/<source>/")
    _hint_rejects([row["batch"] for row in rows if row.get("counted", {}).get("quarantined")])
    for file in waiting.stray(settings()):
        say(f"{file.name} lies in the inbox itself: move it into the folder of its source")
    if _needs_a_person(rows) or waiting.stray(settings()):
        raise typer.Exit(1)


def _waiting_rows(source: str) -> list[dict[str, Any]]:
    from flows.waiting import waiting
    from leads.settings import settings

    return [
        {"source": one.source, "file": one.file.name, "bytes": one.size, "since": one.since, "state": one.state}
        for one in waiting(settings(), source)
    ]


def _needs_a_person(rows: list[dict[str, Any]]) -> bool:
    return any(
        row.get("error") or row.get("state") == "no such source" or row.get("counted", {}).get("quarantined")
        for row in rows
    )


def run_inbox(source: str) -> list[dict[str, Any]]:
    """Run the `inbox` flow in this process, unless there is nothing to do; returns what became of each file."""
    from flows import received, waiting
    from leads.cli.prefect_server import ready_for_flows
    from leads.settings import settings
    from store.engine import open_store
    from store.migrate import migrate

    progress()
    store = open_store(settings().database_url)
    migrate(store)
    left = (received.unfinished(store, "inbox", name) for name in waiting.folders(settings(), source))
    if not waiting.waiting(settings(), source) and not any(left):
        return []
    ready_for_flows()
    from flows.choices import SourceName
    from flows.inbox import inbox as flow

    return [one | {"rows": sum(one["counted"].values())} for one in flow(SourceName(source))]


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
