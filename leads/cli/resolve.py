"""`leads resolve`: everything that the store knows, compared anew."""

from typing import Annotated, Any

import typer

from leads.cli.look import AsJson
from leads.cli.show import as_json, progress, say, table


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog="Examples: leads resolve   then: leads resolve --apply   or: leads resolve --train --apply"
    )(resolve)


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
    found = run_resolve(train, change)
    as_json(found) if json else _show(found)
    if found["changes"] and not change:
        raise typer.Exit(1)


def run_resolve(train: bool, change: bool) -> dict[str, Any]:
    """Run the `resolve` flow in this process; returns counts, the models that were learnt, and whether it applied."""
    from leads.cli.prefect_server import ready_for_flows

    progress()
    ready_for_flows()
    from flows.resolve import resolve as flow

    return flow(train, change)


def _show(found: dict[str, Any]) -> None:
    for kind, version in found["models"].items():
        say(f"Learnt a model of each {kind}: {version}")
    rows = [[size, f"{now:,}", f"{then:,}"] for size, (now, then) in found["sizes"].items()]
    table("Contacts by their leads", ["leads", "now", "then"], rows, ["now", "then"])
    say(f"{found['before']:,} contacts, {found['after']:,} then: {found['joins']:,} joins, {found['splits']:,} splits; "
        f"{found['unsure']:,} pairs for a person.")  # fmt: skip
    say("Done." if found["applied"] else "Nothing was changed: --apply does it.")
