"""The command line: `leads COMMAND`. Each command imports what it needs when it runs, so that `--help` is quick."""

import sys
from typing import Annotated

import typer

from leads.cli import (
    audit,
    bulk,
    columns,
    consent,
    decide,
    dedupe,
    delivered,
    demo,
    keep,
    keeping,
    keys,
    look,
    normalise,
    notices,
    registry,
    resolve,
    review,
    rights,
    run,
    serve,
)
from leads.cli.show import complain
from leads.errors import LeadsError, fault

app = typer.Typer(
    name="leads",
    help="From web forms, bases, events and listings to clean contacts that may be contacted.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("wellspring-leads"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


PARTS = (
    run, bulk, columns, audit, normalise, dedupe, demo, look, keep, consent, notices, keeping, rights, keys, decide,
    review, resolve, registry, delivered, serve,
)  # fmt: skip
for part in PARTS:
    part.register(app)


def main() -> None:
    """Run the command line; an error is one line on stderr and exit code 2, or 3 where nobody foresaw it."""
    try:
        app()
    except Exception as error:
        told = error if isinstance(error, LeadsError) else fault(error)
        complain(told)
        _let_go(error)
        sys.exit(told.exit_code)


def _let_go(error: BaseException | None) -> None:
    """Of the frames it came through: what they hold of DuckDB would outlive the interpreter, which DuckDB tells of."""
    while error:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
