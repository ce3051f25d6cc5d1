"""`leads consent …`: the ledger of what people said."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from leads import clock
from leads.cli.decide import Because, By, said
from leads.cli.look import AsJson, Key, points_of
from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from flows.history import Imported
    from store.verify import Found

app = typer.Typer(
    help="The consent ledger: what people said, and the proof of it.",
    epilog="Example: leads consent verify   or: leads consent withdraw -, then type the key",
    no_args_is_help=True,
)
LACKING = {"notice": "a notice due", "answer": "their answer"}


def register(whole: typer.Typer) -> None:
    """Add the group and its commands to the application."""
    app.command(epilog="Example: leads consent withdraw '+7 916 123-45-67' --channel sms --because 'by phone'")(
        withdraw
    )
    app.command("import", epilog="Example: leads consent import unsubscribed.csv --source old_crm --dry-run")(take)
    app.command(epilog="Example: leads consent refresh --out ask.xlsx   then: leads consent refresh --expire")(
        refresh
    )
    app.command(epilog="Example: leads consent verify")(verify)
    app.command(epilog="Example: leads consent anchor")(anchor)
    whole.add_typer(app, name="consent")


def verify(
    mail: Annotated[
        list[Path] | None, typer.Option(help="An anchor that was mailed, saved as .eml; repeatable.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Is the ledger as it was written, back to its first entry? Checks chain, contact points, anchors, and that every
    lead has its events. Exit code 1 when something is not as it must be.
    """
    from consent.complete import lacking
    from store.anchors import anchors
    from store.engine import open_store, reading
    from store.verify import verify as check

    place = settings()
    with reading(open_store(place.database_url)) as connection:
        found = check(connection, anchors(place, mail or ()), lambda line: say(f"  {line}"))
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


def withdraw(
    key: Key,
    channel: Annotated[str, typer.Option(help="call, robocall, sms, email, messenger, post, or any.")] = "any",
    purpose: Annotated[str, typer.Option(help="marketing, service, greeting, survey, event, or any.")] = "any",
    objected: Annotated[bool, typer.Option("--objected", help="An objection (GDPR Art. 21).")] = False,
    refused: Annotated[bool, typer.Option("--refused", help="A refusal of what was never given.")] = False,
    at: Annotated[str | None, typer.Option(help="When it was said, ISO 8601; now otherwise.")] = None,
    because: Because = None, by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """This person does not want it any more. On record before the command answers, for everybody who shares the point.

    A phone or an e-mail need not be known; a contact's id means all of its contact points.
    """
    from consent import acts
    from flows.recalling import recall
    from leads.source import Channel, Purpose
    from store.engine import open_store, reading

    if objected and refused:
        raise LeadsError("either --objected or --refused", do="Leave both out for a withdrawal")
    for given, known in ((channel, get_args(Channel)), (purpose, get_args(Purpose))):
        if given not in ("any", *known):
            raise LeadsError(f"unknown word '{given}'", do=f"Choose one of {', '.join(known)}, or any")
    who = said(by, because)
    kind: acts.No = "objected" if objected else "refused" if refused else "withdrawn"
    store = open_store(settings().database_url)
    with reading(store) as connection:
        points, contacts = points_of(connection, key)
    new = acts.withdraw(
        store,
        points,
        acts.Said(kind, channel, purpose, moment_said(at), who.by, who.because),
        settings().controller,
    )
    recalled = recall(store, settings(), wait=True)
    if json:
        as_json({"kind": kind, "channel": channel, "purpose": purpose, "points": len(points), "new": new,
                 "contacts": contacts, "recalled": recalled})  # fmt: skip
        return
    what = (
        f"{'every channel' if channel == 'any' else channel}, {'every purpose' if purpose == 'any' else purpose}"
    )
    state = f"now {kind}" if new else f"{kind} already; nothing was added"
    out.print(f"{len(points)} contact point(s): {state}. {what[0].upper()}{what[1:]}.", highlight=False)
    out.print(f"It holds for {len(contacts) or 'no'} contact(s) that the store knows, and for whoever comes with it "
              "later. Only the person's own, newer yes lifts it.", highlight=False)  # fmt: skip
    if recalled:
        out.print("They stand in files that were handed over: `leads recalls` names the rows.", highlight=False)


def take(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON lines: columns kind, point and at, see --set.")],
    source: Annotated[
        str, typer.Option(help="The configured source (config/sources) in whose name it is entered.")
    ],
    put: Annotated[
        list[str] | None, typer.Option("--set", help="Header=column, where the file calls it otherwise.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    json: AsJson = False,
) -> None:
    """History from another system into the ledger, with its own dates: kind, point, at (when), and where there are any
    channel, purpose, controller, proof.

    Kinds: given, renewed, refused, withdrawn, objected, expired, invalidated, notice_sent. A yes in a file is only a
    claim and permits nothing; a no counts in full, for everybody who shares the point. The same rows again add
    nothing. Exit code 1 when rows were quarantined: `leads rejects BATCH` exports them.
    """
    from flows import history
    from leads.source import load_source
    from store.engine import open_store

    if not file.is_file():
        raise LeadsError("there is no such file", where=str(file), do="Check the path")
    names, place = _names(put or []), settings()
    done = history.take(
        open_store(place.database_url), place, load_source(place.config_dir, source), file.absolute(), names,
        dry_run=dry_run,
    )  # fmt: skip
    if json:
        as_json(vars(done))
    else:
        _tell(done, dry_run)
    if done.quarantined:
        raise typer.Exit(1)


def _names(put: list[str]) -> dict[str, str]:
    """The file's header -> the column of a history."""
    from consent.past import COLUMNS

    names = {name: name for name in COLUMNS}
    for text in put:
        header, equals, name = text.rpartition("=")
        if not equals or name.strip() not in COLUMNS:
            raise LeadsError("--set wants Header=column", do=f"Columns: {', '.join(COLUMNS)}")
        names.pop(name.strip(), None)
        names[header.strip()] = name.strip()
    return names


def _tell(done: "Imported", dry_run: bool) -> None:
    rows = [["entered", done.entered], *[[f"  {kind}", count] for kind, count in done.kinds.items()],
            ["known already", done.known], ["quarantined", done.quarantined],
            *[[f"  {why}", count] for why, count in done.reasons.items()], ["no records", done.no_record],
            ["all rows", done.rows]]  # fmt: skip
    table("Would enter" if dry_run else "Entered into the ledger", ["rows", "count"], rows, ["count"])
    if done.widened:
        say(
            f"{done.widened:,} noes say no channel, purpose, controller or date we know: they count for all of them, "
            "as of today"
        )
    if dry_run:
        out.print("Nothing was changed.")
    elif done.batch and done.quarantined:
        say(f"The quarantined rows with their reasons: leads rejects {done.batch} --out rejects.xlsx")


def refresh(
    within: Annotated[str, typer.Option(help="How soon, P30D or P2M; else what config/duties.toml says.")] = "",
    to: Annotated[Path | None, typer.Option("--out", help="Write letters to ask again: .xlsx or .csv.")] = None,
    expire: Annotated[
        bool, typer.Option("--expire", help="Enter into the ledger which consents are over.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Which consents are soon too old, and whom to ask again by what they permit now.

    How old one may be say the policy packs (consent_age); what is over the daily flow enters, too. Exit code 1 when
    somebody can be asked by nothing.
    """
    from consent.periods import length
    from flows import refreshing
    from store.engine import open_store, reading

    place, store = settings(), open_store(settings().database_url)
    try:
        length(within or "P1D")
    except ValueError:
        raise LeadsError("--within is no period", do="Write it as P30D, P6M or P1Y") from None
    new = refreshing.expire(store, place) if expire else None
    if to:
        found = refreshing.write(store, place, to, within)
    else:
        with reading(store) as connection:
            found = refreshing.ending(connection, place, clock.now(), within)
    rows: list[dict[str, Any]] = [
        {name: cell if isinstance(cell, str) else None for name, cell in row.items() if name != "to"}
        for row in found.again.astype(object).to_dict("records")
    ]
    silent = [row for row in rows if not row["channel"]]
    if json:
        as_json({"ending": rows, "out": to and str(to), "over": int((found.ends["ends"] <= clock.now()).sum()),
                 "expired": new})  # fmt: skip
    else:
        shown = [
            [row["ends"][:10], row["contact"], row["channels"].replace("|", ", "),
             row["purposes"].replace("|", ", "), row["channel"] or "nothing they permit"]
            for row in rows[:20]
        ]  # fmt: skip
        table(
            f"{len(rows):,} people whose consent ends soon", ["ends", "contact", "for", "about", "ask by"], shown
        )
        if new is not None:
            out.print(f"{new:,} consents that are over are entered as expired.", highlight=False)
        if to:
            say(f"{len(rows) - len(silent):,} letters in {to}")
    if silent:
        raise typer.Exit(1)


def moment_said(at: str | None) -> str:
    """The moment that `--at` states (UTC), now without it. Raises LeadsError for none, and for one to come."""
    now = clock.now()
    try:
        moment = clock.utc(clock.parse(at)) if at else now
    except ValueError:
        raise LeadsError("--at is no moment", do="Write it as 2026-11-22T09:00:00+01:00") from None
    if moment > now:
        raise LeadsError("--at is in the future", do="Say when it was said")
    return moment
