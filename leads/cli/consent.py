"""`leads consent …`: the ledger of what people said."""

from typing import TYPE_CHECKING, Any

import typer

from leads.cli.look import AsJson
from leads.cli.show import as_json, out, say
from leads.settings import settings

if TYPE_CHECKING:
    from store.verify import Found

app = typer.Typer(help="The consent ledger: what people said, and the proof of it.", no_args_is_help=True)
LACKING = {"notice": "a notice due", "answer": "their answer"}


def register(whole: typer.Typer) -> None:
    """Add the group and its commands to the application."""
    app.command(epilog="Example: leads consent verify")(verify)
    app.command(epilog="Example: leads consent anchor")(anchor)
    whole.add_typer(app, name="consent")


def verify(json: AsJson = False) -> None:
    """Is the ledger as it was written, back to its first entry? Checks chain, contact points, anchors, and that every
    lead has its events. Exit code 1 when something is not as it must be.
    """
    from consent.complete import lacking
    from store.anchors import anchors
    from store.engine import open_store, reading
    from store.verify import verify as check

    place = settings()
    with reading(open_store(place.database_url)) as connection:
        found = check(connection, anchors(place), lambda line: say(f"  {line}"))
        leads = lacking(connection)
    if json:
        as_json({**vars(found), "whole": found.whole, "lacking": leads})
    else:
        _show(found, leads)
    if leads or not found.whole:
        raise typer.Exit(1)


def _show(found: "Found", leads: list[dict[str, Any]]) -> None:
    say(f"Ledger {found.ledger[:12] or '(empty)'}: {found.blocks:,} blocks, {found.events:,} events, "
        f"{found.subjects:,} contact points, {found.closed:,} of them erased")  # fmt: skip
    say(f"Anchored up to block {found.anchored:,}")
    for line in found.broken:
        out.print(f"BROKEN {line}", highlight=False, markup=False)
    for one in leads:
        out.print(f"LACKING {one['leads']:,} leads of {one['source']} without {LACKING[one['what']]}, "
                  f"the first is {one['lead']}", highlight=False, markup=False)  # fmt: skip
    for line in found.notes:
        out.print(f"note: {line}", highlight=False, markup=False)
    if found.whole and not leads:
        out.print("The ledger is whole: nothing was changed, and every lead has its events.", highlight=False)


def anchor() -> None:
    """Put where the ledger ends outside the database, in every way that is set; each run does so at its end."""
    from store.anchors import anchor as put
    from store.engine import open_store

    place = settings()
    new = put(open_store(place.database_url), place)
    say(f"Anchored block {new.block}" if new else "Nothing new to anchor")
