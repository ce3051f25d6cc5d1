"""What left the house: deliveries, the rows that have to come back, and whose batch a canary was in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leads.cli.look import AsJson, Key, read_key
from leads.cli.show import as_json, minute, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

Batch = Annotated[
    str | None, typer.Argument(help="A delivery, as `leads deliveries` names it; all of them otherwise.")
]


POLICY = {
    "then": "Asked under the policy packs of then.",
    "today": "The policy packs of then are not on record: asked under those of today.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads deliveries   or: leads deliveries 2026-11-22-101500-all --again")(
        deliveries
    )
    app.command(
        epilog="Example: leads recalls --out recalls.xlsx, then leads recalls 2026-11-22-101500-all --done"
    )(recalls)
    app.command(epilog="Example: leads canary anna.smirnova83@mail.example.com")(canary)


def deliveries(
    batch: Batch = None,
    again: Annotated[
        bool, typer.Option("--again", help="Ask the gate the questions of this delivery again, as of its moment.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Who took which rows out, when, as what and for whom: deliveries, copies for the person, reviews, rejects.

    Exit code 1 when, asked again, an answer is not the one on record.
    """
    from store import handed
    from store.engine import open_store, reading

    if again:
        _again(batch, json)
        return
    with reading(open_store(settings().database_url)) as connection:
        found = handed.listing(connection, batch)
    if batch and not found:
        raise LeadsError("nothing was handed over under this name", do="`leads deliveries` names what was")
    if json:
        as_json(found)
        return
    columns = ["when", "of", "as", "rows", "for", "by", "to recall", "file"]
    rows = [[minute(one["at"]), one["reference"] or one["kind"], f"{one['kind']}, {one['form']}", one["rows"],
             one["recipient"], one["ran_by"], one["open"] or "", one["file"]] for one in found]  # fmt: skip
    table("What was handed over", columns, rows, ["rows", "to recall"], ["of", "file"])


def _again(batch: str | None, json: bool) -> None:
    """The answers of a delivery asked for once more: how many are the same, and which are not."""
    from consent import asking
    from consent.policy import load_packs
    from consent.then import packs_at
    from store import handover
    from store.engine import open_store, reading

    if batch is None:
        raise LeadsError("--again wants a delivery", do="`leads deliveries` names them")
    with reading(open_store(settings().database_url)) as connection:
        decided = handover.decided(connection, batch)
        known = decided[decided["ledger_seq"].notna()].reset_index(drop=True)
        packs = load_packs(settings().config_dir / "policy")
        then = all(packs_at(connection, at, packs)[1] for at in known["decided_at"].unique())
        alike = asking.same(known, asking.again(connection, known, packs, settings().language))
    if decided.empty:
        raise LeadsError("no decision is recorded for this delivery", do="`leads deliveries` names them")
    differ = known[~alike.to_numpy()]
    policy = "then" if then else "today"
    told = {"delivery": batch, "decisions": len(decided), "same": int(alike.sum()), "differ": len(differ),
            "without_question": len(decided) - len(known), "policy": policy}  # fmt: skip
    if json:
        as_json(told)
    else:
        out.print(f"{told['decisions']} decisions: {told['same']} come out the same, {told['differ']} do not, "
                  f"{told['without_question']} were recorded before their questions were", highlight=False)  # fmt: skip
        out.print(POLICY[policy], highlight=False)
        rows = differ.groupby(["rule", "pack", "channel"]).size().reset_index().to_numpy().tolist()
        if rows:
            table("Another answer now", ["rule", "policy of then", "channel", "decisions"], rows, ["decisions"])
    if len(differ):
        raise typer.Exit(1)


def recalls(
    batch: Batch = None,
    owner: Annotated[str | None, typer.Option(help="Only the files of this owner.")] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the list as FILE.xlsx, for who has the files.")
    ] = None,
    done: Annotated[
        bool, typer.Option("--done", help="The rows of this delivery are struck out, wherever it is.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Also those that were seen to.")] = False,
    by: Annotated[str, typer.Option(help="Who saw to it; your login name otherwise.")] = "",
    json: AsJson = False,
) -> None:
    """Rows that were handed over and must not be used any more, and since when; looked for anew each time.

    A row is named by file, sheet and row, and by the contact's id. Exit code 1 while there are any.
    """
    from flows.recalling import recall
    from store import recalls as kept
    from store.engine import open_store, reading

    store = open_store(settings().database_url)
    _is_known(store, batch, owner)
    recall(store, settings())
    if done:
        _done(store, batch, owner, by)
        return
    with reading(store) as connection:
        found = kept.listing(connection, batch, owner, done=every)
    if to:
        _write(to, found, owner)
    if json:
        as_json(found)
    elif not to:
        _show(found)
    if any(not one["done_at"] for one in found):
        raise typer.Exit(1)


def _is_known(store: Any, batch: str | None, owner: str | None) -> None:
    """Raises LeadsError for a delivery or an owner that nothing was handed over as, or to: it is misspelt."""
    from store import handed
    from store.engine import reading

    if batch is None and owner is None:
        return
    with reading(store) as connection:
        found = handed.listing(connection, batch)
    if batch is not None and not found:
        raise LeadsError("nothing was handed over under this name", do="`leads deliveries` names what was")
    if owner is not None and owner not in {one["recipient"] for one in found}:
        raise LeadsError(
            f"nothing was handed over to '{owner}'", do="`leads deliveries` says to whom something was"
        )


def _done(store: Any, batch: str | None, owner: str | None, by: str) -> None:
    from store import recalls as kept
    from store.engine import writing
    from store.handed import actor

    if batch is None:
        raise LeadsError("--done wants a delivery", do="`leads recalls` names those with rows to be struck out")
    with writing(store) as connection:
        count = kept.done(connection, batch, owner, by or actor())
    say(
        f"{count} of {batch} are struck out, in every file of it"
        if count
        else f"Nothing of {batch} is to be recalled"
    )


def _show(found: list[dict[str, Any]]) -> None:
    if not found:
        say("Nothing is to be recalled.")
        return
    columns = ["delivery", "for", "files", "sheet", "row", "contact", "not for", "why", "since", "seen to"]
    rows = [[one["reference"], one["recipient"], "\n".join(one["files"]), one["sheet"], one["row"], one["contact"],
             _channels(one), one["why"], minute(one["since"]),
             f"{minute(one['done_at'])} {one['done_by']}" if one["done_at"] else ""] for one in found]  # fmt: skip
    table("Must not be used any more", columns, rows, ["row"], ["delivery", "files", "contact"])


def _channels(one: dict[str, Any]) -> str:
    return "anything" if "any" in one["channels"] else ", ".join(one["channels"])


def _write(to: Path, found: list[dict[str, Any]], owner: str | None) -> None:
    """The list as a workbook, in the owner's language where it is one owner's. It names rows and ids, and nobody."""
    from leads.cli import sheet
    from sales.headings import reader
    from sales.owners import load_owners
    from sales.recalled import headers, lines, title

    owners = load_owners(settings().config_dir)
    language = reader(owners[owner].language if owner in owners else settings().language)
    sheet.write(to, lines(found, language), list(headers(language).values()), title(language))
    say(f"{len(found)} row(s) in {to}")


def canary(key: Key, json: AsJson = False) -> None:
    """Whose batch was it in? KEY is what somebody used: an address, a number, or the id of a row. Exit code 1: none."""
    from store import handed, trail
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        meant = read_key(key, trail.source_regions(connection))
        found = [one for _, value in meant if (one := handed.canary(connection, value))]
    if json:
        as_json(found[0] if found else None)
    elif found:
        one = found[0]
        out.print(f"A canary of {one['owner']}: delivery {one['delivery']}, row {one['row']}, handed over on "
                  f"{one['planted_at'][:16]}Z, run by {one['ran_by']}; files {', '.join(one['files'])}.",
                  highlight=False, soft_wrap=True)  # fmt: skip
    else:
        say("No canary of ours.")
    if not found:
        raise typer.Exit(1)
