"""`leads keys`: which keys there are, what was made with each, and the next one. No key is ever shown."""

from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from leads import keys as ring
from leads.cli.look import AsJson
from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(
    help="The keys that stay outside the store: peppers (hashes) and master keys (sealed values).",
    epilog="Example: leads keys list   or: leads keys rotate pepper",
    no_args_is_help=True,
)


def register(main: typer.Typer) -> None:
    """Add the group and its commands to the application."""
    app.command("list", epilog="Example: leads keys list")(show)
    app.command(epilog="Example: leads keys rotate pepper")(rotate)
    main.add_typer(app, name="keys")


def show(json: AsJson = False) -> None:
    """Every key by version and id, where it comes from, and what in the store was made with it.

    Exit code 1 when something was made with a key that is not here. An older key with nothing left is still needed for
    old backups.
    """
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        rows, lost = _rows(connection)
    if json:
        as_json({"keys": rows, "lost": lost})
    else:
        shown = [[r["kind"], r["version"], r["id"], "new" if r["newest"] else "old", r["from"], _told(r["used"])]
                 for r in rows]  # fmt: skip
        table("Keys", ["kind", "version", "id", "", "from", "what was made with it"], shown, ["version"])
        for line in lost:
            out.print(f"NOT HERE {line}", highlight=False, markup=False)
    if lost:
        raise typer.Exit(1)


def _rows(connection: "Connection") -> tuple[list[dict[str, Any]], list[str]]:
    from store.keys_used import used

    versions, ids = used(connection)
    rows: list[dict[str, Any]] = []
    for kind in get_args(ring.Kind):
        keys, places = {"pepper": ring.peppers, "master": ring.masters}[kind](), ring.places(kind)
        for key in keys:
            of = {**versions.pop((kind, key.version), {}), **ids.pop((kind, key.id), {})}
            rows.append({"kind": kind, "version": key.version, "id": key.id, "newest": key == keys[0],
                         "from": places.get(key.version, ""), "used": of})  # fmt: skip
    return rows, [f"{kind} {one}: {_told(of)}" for (kind, one), of in [*versions.items(), *ids.items()]]


def _told(of: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in of.items())


def rotate(
    kind: Annotated[str, typer.Argument(help="pepper or master.")],
    json: AsJson = False,
) -> None:
    """Make the next key of a kind; what is new is made with it from now on. The older ones stay, and are needed.

    A suppression, and a contact point of the ledger, moves to the new pepper when its value comes back; the key of
    personal columns is wrapped by a new master key at once.
    """
    from store import at_rest
    from store.engine import loading, open_store, writing

    if kind not in get_args(ring.Kind):
        raise LeadsError("there is no such kind of key", do=f"Choose one of {', '.join(get_args(ring.Kind))}")
    store = open_store(settings().database_url)
    with loading(store), writing(store) as connection:
        made = ring.rotate("pepper" if kind == "pepper" else "master")
        wrapped = kind == "master" and at_rest.renew(connection)
    if json:
        as_json({"kind": kind, "version": made.version, "id": made.id, "data_key": wrapped})
        return
    say(
        f"{kind} {made.version} ({made.id}) is in keys/ under the home. Keep a copy of it elsewhere, as of the others."
    )
    if wrapped:
        say("The key of personal columns is wrapped by it.")
