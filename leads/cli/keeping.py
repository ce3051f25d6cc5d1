"""How long people are kept: whose time is over, and until when proof about somebody must be kept."""

from typing import Annotated, Any

import typer

from leads import clock
from leads.cli.decide import By, said
from leads.cli.look import AsJson
from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

WHY = {"retention": "kept as long as the source lets us", "contract": "the contract with the source ended",
       "law": "as long as the law lets us"}  # fmt: skip
SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads retention   then: leads retention --apply")(retention)
    app.command(epilog="Example: leads hold a@example.com --until 2028-12-31 --because 'case 12/2026'")(hold)


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Erase them.")] = False,
    by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """Whose time is over, by source, contract and law (config/sources, config/duties.toml); it needs --apply to go.

    Erased like `leads erase`, but they may come back by turning to us themselves. About whom proof must be kept stays
    until that is over. Exit code 1 when somebody is held up, or a file is not ours to change.
    """
    from consent.acts import Said
    from flows import erasing, retention
    from store.engine import open_store, reading

    place, store = settings(), open_store(settings().database_url)
    with reading(store) as connection:
        found = _rows(retention.past(connection, place, clock.now()))
    ended, done = 0, None
    if apply:
        who = said(by, None).by
        ended = erasing.again(store, place, Said("withdrawn", "any", "any", clock.now(), who, None))
        done = retention.apply(store, place, who)
    held = [row for row in found if row["held_until"]]
    if json:
        as_json({"past": found, "applied": apply and {**vars(done), "ended": ended}})
    else:
        _show(found)
        _tell(found, done, ended)
    if held or (done and done.left):
        raise typer.Exit(1)


def _rows(found: Any) -> list[dict[str, Any]]:
    cells = found.astype(object)
    return [{name: cell if isinstance(cell, str) else None for name, cell in row.items()}
            for row in cells.to_dict("records")]  # fmt: skip


def _show(found: list[dict[str, Any]]) -> None:
    counts: dict[tuple[str, str], list[int]] = {}
    for row in found:
        numbers = counts.setdefault((row["reason"], row["by"]), [0, 0])
        numbers[0] += 1
        numbers[1] += bool(row["held_until"])
    rows = [[WHY[why], by, *numbers] for (why, by), numbers in sorted(counts.items())]
    table("Past their time", ["because", "of", "people", "held up"], rows, ["people", "held up"])
    if found:
        first = [[row["ended"][:10], row["contact"], row["sources"].replace("|", ", "), WHY[row["reason"]],
                 row["held_until"] and f"until {row['held_until'][:10]} ({row['because']})"]
                for row in found[:SHOWN]]  # fmt: skip
        columns = ["since", "contact", "sources", "because", "held up"]
        table(f"The first {len(first)} of {len(found):,}", columns, first)


def _tell(found: list[dict[str, Any]], done: Any, ended: int) -> None:
    if done is None:
        say("Nothing was changed: leads retention --apply erases them" if found else "Nobody is past their time")
        return
    out.print(f"Erased {done.erased:,}; {done.held:,} held up.", highlight=False)
    if ended:
        out.print(f"{ended:,} who asked to be erased are erased now that nothing holds it up.", highlight=False)
    for file in done.left:
        out.print(f"NOT OURS TO CHANGE: {file}", highlight=False, markup=False, soft_wrap=True)


def hold(
    key: Annotated[str, typer.Argument(help="A phone, an e-mail, an id, or '-'; without it: all holds.")] = "",
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD; a day that is over ends the hold.")] = "",
    because: Annotated[str, typer.Option(help="Why; kept for ever, so no personal value.")] = "",
    by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """Proof about this person must be kept until a day: who asks to be erased before is shut off, and erased after it.

    The newest entry about a person counts. Without a key: the people somebody put a hold on that is in force.
    """
    from store import holds
    from store.engine import open_store, reading, writing

    store = open_store(settings().database_url)
    if not key:
        _in_force(json)
        return
    moment = _end_of(until)
    if not because.strip():
        raise LeadsError("--because is missing", do="Say why proof must be kept, without a personal value")
    from leads.cli.rights import the_person

    with reading(store) as connection:
        contact, _ = the_person(connection, key)
    if contact is None:
        raise LeadsError("the store knows no contact with this key", do="Then there is nothing to keep")
    with writing(store) as connection:
        holds.put(connection, contact, moment, because.strip(), said(by, None).by, clock.now())
    over = moment <= clock.now()
    if json:
        as_json({"contact": contact, "until": moment, "because": because, "in_force": not over})
    else:
        say(f"Contact {contact}: " + ("nothing is held any more" if over else f"proof is kept until {until}"))


def _in_force(json: bool) -> None:
    """The holds that somebody put, as far as they are in force."""
    from flows import holding
    from store import holds
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        contacts = holds.everybody(connection)["contact"].to_list()
        found = holding.in_force(connection, settings(), contacts, clock.now())
    rows = [
        {"contact": contact, "until": until, "because": why} for contact, (until, why) in sorted(found.items())
    ]
    if json:
        as_json(rows)
    else:
        table("Holds in force", ["contact", "until", "because"], [[r["contact"], r["until"][:10], r["because"]]
              for r in rows])  # fmt: skip


def _end_of(day: str) -> str:
    """The last moment of a day in UTC."""
    try:
        if len(day) != 10:
            raise ValueError
        return clock.utc(clock.parse(f"{day}T23:59:59.999999"))
    except ValueError:
        raise LeadsError("--until is no day", do="Write it as 2028-12-31") from None
