"""`leads normalise`: the clean columns beside the original ones."""

from pathlib import Path
from typing import Annotated

import typer

from leads.cli.show import as_json, progress, say, table
from leads.errors import LeadsError
from leads.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads normalise base.xlsx --out clean.csv --region RU --language ru")(normalise)


def normalise(
    file: Annotated[Path, typer.Argument(help="Any file `leads ingest` reads.")],
    to: Annotated[Path, typer.Option("--out", help="Write here: .csv, .parquet or .xlsx.")],
    source: Annotated[str, typer.Option(help="Read it as this configured source.")] = "",
    region: Annotated[str, typer.Option(help="Country of numbers without a country code, e.g. RU.")] = "",
    language: Annotated[str, typer.Option(help="Language of the file: ru, en, de, hu, ro, bs, hr, sr.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write the file again with phones, e-mails, names, companies, addresses and dates in one spelling beside it.

    Needs no store and no network. Every row stays, in its order, with the columns it came with. Of a CSV cells are as
    they came, formulas too: for a spreadsheet write .xlsx, where every cell is text.
    """
    from flows.audit import offered
    from flows.normalised import normalise_file

    if not file.is_file():
        raise LeadsError("there is no such file", where=str(file), do="Check the path")
    if to.exists() and to.samefile(file):
        raise LeadsError("this is the file that is read", where=str(to), do="Choose another --out")
    progress()
    offer, columns = offered(settings(), file.absolute(), name=source, region=region, language=language)
    done = normalise_file(offer, to)
    if json:
        as_json({"columns": {column.header: column.target for column in columns}, **done, "out": str(to)})
        return
    table(
        "Read as", ["column", "field"], [[column.header, column.target or "(kept as it is)"] for column in columns]
    )
    say(f"{done['rows']:,} rows, {done['leads']:,} people or organisations; {done['phones']:,} with a phone to use, "
        f"{done['emails']:,} with an e-mail. Written to {to}")  # fmt: skip
