"""`leads notices`: whom we owe a notice that we hold their data (GDPR Art. 14), the file to send it from, and that it
was sent."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leads import clock
from leads.cli.consent import moment_said
from leads.cli.decide import By, said
from leads.cli.look import AsJson
from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="Notices to people whose data did not come from them (GDPR Art. 14).")
STATES = {
    "to_send": "can be sent", "no_channel": "no permitted means", "objected": "objected", "suppressed": "suppressed",
    "restricted": "waits for erasure",
}  # fmt: skip
WHY = {"month": "a month after we got it", "contact": "first contact"}
SHOWN = 20


def register(whole: typer.Typer) -> None:
    """Add the group and its commands to the application."""
    app.callback(
        invoke_without_command=True,
        epilog="Example: leads notices   or: leads notices --out notices.xlsx",
    )(notices)
    app.command(
        epilog="Example: leads notices sent notices.xlsx   or: leads notices sent a@example.com --at 2026-11-20"
    )(sent)
    whole.add_typer(app, name="notices")


def notices(
    ctx: typer.Context,
    to: Annotated[
        Path | None, typer.Option("--out", help="Write a ready mail-merge file: .xlsx or .csv, one row a person.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Who is owed a notice, until when, and by what it can go; who is overdue comes first.

    Due is the first of: a month after we got the data, the first contact (a hand-over to sales counts as one). Who
    objected, is suppressed or waits for erasure is left out, and counted. Exit code 1 when somebody is overdue.
    """
    if ctx.invoked_subcommand:
        return
    from flows import noticing
    from store.engine import open_store, reading

    place, store = settings(), open_store(settings().database_url)
    waiting: list[str] = []
    if to:
        found, waiting = noticing.write(store, place, to)
    else:
        with reading(store) as connection:
            found = noticing.owed(connection, noticing.means(place))
    now = clock.now()
    counts = noticing.counted(found.queue, now)
    if json:
        as_json({"counts": counts, "out": to and str(to), "queue": _rows(found.queue)})
    else:
        _show(counts, found.queue, now, to)
    for file in waiting:
        say(f"Written before, and nobody said yet that it was sent: {file} (leads notices sent FILE)")
    if counts["all"]["overdue"]:
        raise typer.Exit(1)


def _rows(queue: "pd.DataFrame") -> list[dict[str, Any]]:
    shown = queue[["contact", "sources", "obtained", "due", "why", "state", "channel"]].astype(object)
    return [{name: cell if isinstance(cell, str) else None for name, cell in row.items()}
            for row in shown.to_dict("records")]  # fmt: skip


def _show(counts: dict[str, dict[str, int]], queue: "pd.DataFrame", now: str, to: Path | None) -> None:
    rows = [[name, numbers["owed"], numbers["overdue"], *(numbers[state] for state in STATES)]
            for name, numbers in sorted(counts.items(), key=lambda one: (one[0] == "all", one[0]))]  # fmt: skip
    columns = ["source", "owed", "overdue", *STATES.values()]
    table("Notices owed (people)", columns, rows, columns[1:])
    if len(queue) and not to:
        first = [[row["due"][:10], "overdue" if row["due"] < now else "", WHY[row["why"]], row["contact"],
                  row["sources"].replace("|", ", "), row["channel"] or STATES[row["state"]]]
                 for row in _rows(queue.head(SHOWN))]  # fmt: skip
        table(
            f"The first {len(first)} of {len(queue):,}", ["until", "", "because", "contact", "source", "by"], first
        )
    if to:
        say(f"{counts['all']['to_send']:,} notices in {to}. Once they are sent: leads notices sent {to}")
    elif counts["all"]["to_send"]:
        out.print("The file to send them from: leads notices --out notices.xlsx", highlight=False)


def sent(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|KEY", help="The file that was sent, or one person: a phone, an e-mail, an id, or '-'."
        ),
    ],
    at: Annotated[str | None, typer.Option(help="When it was sent, ISO 8601; now otherwise.")] = None,
    by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """These notices were sent: it goes into the ledger, for each source a person was told of. Said twice it is once.

    Exit code 1 when one person was named who is owed none.
    """
    from flows import noticing
    from store.engine import open_store

    place, store, moment, who = settings(), open_store(settings().database_url), moment_said(at), said(by, None).by
    file = Path(what)
    is_file = file.suffix.lower() in (".csv", ".xlsx") and "@" not in what
    if is_file:
        if not file.is_file():
            raise LeadsError("there is no such file", where=what, do="Give the file that was written with --out")
        done = noticing.sent_file(store, place, file, moment, who)
    else:
        done = noticing.sent_to(store, place, _behind(what), moment, who)
    if json:
        as_json(vars(done))
    else:
        say(f"{done.people:,} people were told: {done.events:,} entries in the ledger")
        if done.nothing_owed:
            say(f"{done.nothing_owed:,} people were owed nothing (any more): nothing was added for them")
    if not done.people and not is_file:
        raise typer.Exit(1)


def _behind(key: str) -> list[str]:
    """The one contact behind a key: of those who share it each is owed a notice of their own."""
    from leads.cli.look import find_contacts
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        contacts = find_contacts(connection, key)[2]
    if len(contacts) > 1:
        raise LeadsError(f"{len(contacts)} contacts share this key", do=f"Give an id: {', '.join(contacts)}")
    return contacts
