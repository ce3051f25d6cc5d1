"""`leads dedupe`: which rows of a table are one person or one firm."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from leads.cli.show import as_json, progress, say, table
from leads.errors import LeadsError
from leads.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads dedupe base.xlsx --out clusters.csv --pairs doubtful.xlsx")(dedupe)


def dedupe(
    file: Annotated[Path, typer.Argument(help="Any file `leads ingest` reads.")],
    to: Annotated[Path, typer.Option("--out", help="Write here: .csv, .parquet or .xlsx.")],
    pairs: Annotated[
        Path | None, typer.Option(help="Write the pairs in doubt here, both records side by side.")
    ] = None,
    source: Annotated[str, typer.Option(help="Read it as this configured source.")] = "",
    language: Annotated[str, typer.Option(help="Language of the file: ru, en, de, hu, ro, bs, hr, sr.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write the file again with `cluster_id`, `match_score` and `match_reason` beside it: rows of one cluster are one.

    Needs no store, no network and no examples: how much each column tells is learnt from the file itself. Every row
    stays, in its order, with the columns it came with.
    """
    from flows.deduped import dedupe_file, source_of

    if not file.is_file():
        raise LeadsError("there is no such file", where=str(file), do="Check the path")
    for out in (to, pairs):
        if out and out.exists() and out.samefile(file):
            raise LeadsError("this is the file that is read", where=str(out), do="Choose another name")
    progress()
    done = dedupe_file(source_of(settings(), file.absolute(), name=source, language=language), to, pairs=pairs)
    if json:
        as_json({**asdict(done), "out": str(to)})
        return
    table("Compared by", ["column", "as"], list(done.columns.items()))
    say(f"{done.records:,} records, {done.clusters:,} clusters; {done.together:,} records share one, the largest has "
        f"{done.largest:,}. {done.doubtful:,} pairs are in doubt. Written to {to}")  # fmt: skip
    if done.blocks_too_large:
        left = ", ".join(f"{key} ({count})" for key, count in done.blocks_too_large.items())
        say(f"Too many records had the same to compare each with each, by: {left}")
    if done.shared_values:
        say(
            f"{done.shared_values:,} phones and e-mails are an office's or shared by several people, and speak for the "
            "firm alone."
        )
