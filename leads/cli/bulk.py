"""The command that runs a source on Spark."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leads.cli.show import accounting, as_json, progress, say

if TYPE_CHECKING:
    from dedupe.scoring.weights import Model


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads bulk stroyka_base --file base.csv --spark 'local[4]'")(bulk)


def bulk(
    source: Annotated[str, typer.Argument(help="A configured source.")],
    file: Annotated[Path | None, typer.Option(help="Read this file instead of the configured one.")] = None,
    spark: Annotated[str, typer.Option(help="Spark's master, as in spark-submit --master.")] = "local[*]",
    model: Annotated[
        Path | None, typer.Option(help="A trained model; without one it is learnt from the batch.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write leads with their clusters here as Parquet, and load nothing.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Take a source through all stages on Spark: for bases that one machine is too small for.

    The people of the batch are matched by the trained model, and its parts loaded into PostgreSQL; see
    docs/beyond-one-machine.md. Exit code 1 when rows were quarantined.
    """
    from flows import stages
    from flows.bulk.run import bulk_load, bulk_match
    from leads.settings import settings

    progress()
    place, known = settings(), _model(model)
    configured = stages.configured(source, str(file.absolute()) if file else "")
    if out:
        written = bulk_match(place, configured, out, master=spark, model=known)
        as_json(written) if json else say(", ".join(f"{count:,} {what}" for what, count in written.items()))
        return
    counted = bulk_load(place, configured, master=spark, model=known)
    as_json({source: counted}) if json else accounting({source: counted})
    if counted["quarantined"]:
        raise typer.Exit(1)


def _model(file: Path | None) -> "Model | None":
    from dedupe.scoring.weights import Model
    from leads.errors import ConfigError

    if not file:
        return None
    try:
        return Model.loaded(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError("the model cannot be read", where=str(file), why=type(error).__name__,
                          do="Give the model.json that leads bulk --out wrote") from None  # fmt: skip
