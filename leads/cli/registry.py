"""Lists of people who said no to everybody, or to us elsewhere: import a copy, see how old the copies are."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leads import clock
from leads.cli.show import as_json, say, table
from leads.errors import LeadsError
from leads.settings import settings

app = typer.Typer(
    help="Registries of people who do not want to be contacted (DNC, TPS, own lists).",
    epilog="Example: leads registry list   or: leads registry import gb-tps tps.txt --as-of 2026-11-20 --region GB",
    no_args_is_help=True,
)


def register(main: typer.Typer) -> None:
    """Add the commands to the application."""
    main.add_typer(app, name="registry")
    app.command("import", epilog="Example: leads registry import gb-tps tps.txt --as-of 2026-11-20 --region GB")(
        take
    )
    app.command("list", epilog="Example: leads registry list")(show)


def take(
    name: Annotated[str, typer.Argument(help="The registry as the policy packs name it, e.g. gb-tps.")],
    file: Annotated[Path, typer.Argument(help="One phone or e-mail a line, or a CSV with --column.")],
    as_of: Annotated[str, typer.Option(help="The day of which the list is, YYYY-MM-DD.")],
    region: Annotated[str, typer.Option(help="Country of numbers without a country code, e.g. GB.")] = "ZZ",
    column: Annotated[str, typer.Option(help="The column of a CSV with headers that holds the numbers.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Take in a copy of a registry: it replaces the one before. Kept are keyed hashes, no number.

    Exit code 1 when some lines are neither a phone nor an e-mail.
    """
    from flows import registry
    from store.engine import open_store

    _named(name)
    if not file.is_file():
        raise LeadsError("there is no such file", where=str(file), do="Check the path")
    done = registry.take(
        open_store(settings().database_url), name, file, _day(as_of), region=region, column=column
    )
    if json:
        as_json({"registry": name, "as_of": as_of, "came": done.came, "stayed": done.stayed, "went": done.went,
                 "unread": done.unread})  # fmt: skip
    else:
        say(f"{name} of {as_of}: {done.came + done.stayed:,} entries; {done.came:,} came, {done.went:,} went")
        if done.unread:
            say(f"{done.unread:,} lines are neither a phone nor an e-mail and were left out")
    if done.unread:
        raise typer.Exit(1)


def show(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """The registries that the policy packs ask, and how old our copy of each is. Exit code 1 when one is too old."""
    from store import registries
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        copies = {copy.name: copy for copy in registries.copies(connection)}
    asked, found = _asked(), []
    for name in sorted({*asked, *copies}):
        rule = asked.get(name, {"title": "", "jurisdiction": "", "max_age": "", "required": False})
        copy = copies.get(name)
        found.append({"registry": name, **rule, "as_of": copy and copy.as_of[:10], "entries": copy and copy.rows,
                      "state": _state(rule, copy and copy.as_of)})  # fmt: skip
    if json:
        as_json(found)
    else:
        columns = ["registry", "title", "law", "copy of", "entries", "may be", ""]
        rows = [[f["registry"], f["title"], f["jurisdiction"], f["as_of"], f["entries"], f["max_age"], f["state"]]
                for f in found]  # fmt: skip
        table("Registries", columns, rows, ["entries"])
    if any(one["state"] == "too old" for one in found):
        raise typer.Exit(1)


def _asked() -> dict[str, dict[str, Any]]:
    """registry -> what the packs say of it."""
    from consent.policy import load_packs

    packs = load_packs(settings().config_dir / "policy")
    return {
        one.name: {"title": one.title, "jurisdiction": pack.jurisdiction, "max_age": one.max_age or "",
                   "required": one.required}
        for pack in packs.values() for rule in pack.rules for one in rule.registries
    }  # fmt: skip


def _named(name: str) -> None:
    known = _asked()
    if name not in known:
        raise LeadsError(
            f"no policy pack asks a registry '{name}'", where=str(settings().config_dir / "policy"),
            do=f"Known: {', '.join(sorted(known))}",
        )  # fmt: skip


def _day(text: str) -> str:
    """The first moment of a day that is not to come."""
    try:
        moment = clock.utc(clock.parse(text))
    except ValueError:
        moment = ""
    if len(text) != 10 or not moment:
        raise LeadsError("--as-of is no day", do="Write it as 2026-11-20")
    if moment > clock.now():
        raise LeadsError("--as-of is a day to come", do="Name the day of which the list is")
    return moment


def _state(rule: dict[str, Any], as_of: str | None) -> str:
    from consent.periods import after

    if as_of is None:
        return "missing: denies" if rule["required"] else "none"
    return "too old" if rule["max_age"] and after(as_of, rule["max_age"]) <= clock.now() else "in use"
