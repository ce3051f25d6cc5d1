"""`leads resolve`: everything that the store knows, compared anew."""

from dataclasses import asdict
from typing import Annotated

import typer

from leads.cli.look import AsJson
from leads.cli.show import as_json, progress, say, table
from leads.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads resolve   then: leads resolve --apply")(resolve)


def resolve(
    train: Annotated[
        bool, typer.Option("--train", help="First learn how much each column tells, from the store's own leads.")
    ] = False,
    change: Annotated[
        bool, typer.Option("--apply", help="Make it so; without it nothing but a model changes.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Compare all leads of the store anew, and show what would be joined and what would come apart.

    What shares a phone or an e-mail and a name stays; what people decided is obeyed. For a store that was filled before
    there was a model, or after a new one. Exit code 1 when there is a difference that was not applied.
    """
    from flows import resolving
    from store.engine import open_store

    progress()
    store = open_store(settings().database_url)
    learnt = resolving.train(store) if train else {}
    planned, links, every = resolving.difference(store)
    if change:
        resolving.apply(store, planned, links, every)
    if json:
        shown = {name: value for name, value in asdict(planned).items() if name != "cases"}
        as_json({**shown, "models": learnt, "applied": change})
    else:
        for kind, version in learnt.items():
            say(f"Learnt a model of each {kind}: {version}")
        rows = [[size, f"{now:,}", f"{then:,}"] for size, (now, then) in planned.sizes.items()]
        table("Contacts by their leads", ["leads", "now", "then"], rows, ["now", "then"])
        say(f"{planned.before:,} contacts, {planned.after:,} then: {planned.joins:,} joins, {planned.splits:,} splits; "
            f"{planned.unsure:,} pairs for a person.")  # fmt: skip
        say("Done." if change else "Nothing was changed: --apply does it.")
    if planned.cases and not change:
        raise typer.Exit(1)
