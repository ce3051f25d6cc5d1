"""What a person may ask of us: to be erased, and what we hold of them."""

import json as json_lib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leads import clock
from leads.cli.decide import Because, By, said
from leads.cli.look import AsJson, Key, points_of
from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from consent.acts import Said

# For whom the copy is.
THEMSELVES = "the person"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads erase - --because 'letter of 3 May' --dry-run, then type the key")(erase)
    app.command(epilog="Example: leads subject - --out copy.html, then type the key")(subject)


def erase(
    key: Key,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    because: Because = None, by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """Erase a person everywhere, for ever; what is kept lets nobody tell whom, and keeps them from coming back.

    Shows what goes, in counts. Killed at any point, the same command ends it. Exit code 1: something is left to do.
    """
    from consent.acts import Said
    from flows import erasing, holding
    from store.engine import open_store, reading

    place, who = settings(), said(by, because)
    store = open_store(place.database_url)
    act = Said("withdrawn", "any", "any", clock.now(), who.by, who.because)
    with reading(store) as connection:
        contact, points = the_person(connection, key)
        found = erasing.plan(connection, place, contact, points)
        held = holding.in_force(connection, place, [contact], act.at) if contact else {}
    if not json:
        _show(contact, found.counts, dry_run)
    if contact in held:
        if not dry_run:
            erasing.again(store, place, act)  # whom a killed run left
        _shut_off(contact, held[contact], act, dry_run=dry_run, json=json)
        raise typer.Exit(1)
    left: list[str] = []
    if not dry_run:
        left = erasing.erase(store, place, contact, points, act)
        erasing.again(store, place, act)  # whom else a killed run left
    backups = len(list((place.home / "backups").glob("*.tar.gz")))
    if json:
        as_json(
            {"contact": contact, "counts": found.counts, "done": not dry_run, "left": left, "backups": backups}
        )
    else:
        _tell(found.counts, left, backups, dry_run)
    if left or (not dry_run and not found.counts["own_points"]):
        raise typer.Exit(1)


def _shut_off(contact: str, held: tuple[str, str], act: "Said", *, dry_run: bool, json: bool) -> None:
    """Proof must be kept: the person is shut off now, and erased when the time is over."""
    from flows import erasing
    from store.engine import open_store

    until, because = held
    if not dry_run:
        erasing.restrict(open_store(settings().database_url), settings(), contact, act)
    if json:
        as_json({"contact": contact, "done": False, "restricted": not dry_run, "held_until": until,
                 "because": because})  # fmt: skip
        return
    out.print(f"NOT ERASED YET: proof must be kept until {until[:10]} ({because}).", highlight=False, markup=False)
    verb = "would be" if dry_run else "is"
    out.print(f"The person {verb} shut off: a no to everything, and in no batch. `leads retention --apply`, or the "
              "daily flow, erases them once the time is over.", highlight=False)  # fmt: skip


def the_person(connection: "Connection", key: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The contact behind a key, else the contact point that nobody is known by. Raises LeadsError where it is several.

    Of those who share a point each has to be named by id.
    """
    from store import trail

    key = (sys.stdin.readline() if key == "-" else key).strip()
    if named := trail.resolve_id(connection, key.lower()):
        return named, []
    points, contacts = points_of(connection, key)
    if len(contacts) > 1:
        raise LeadsError(f"{len(contacts)} contacts share this key", do=f"Give an id: {', '.join(contacts)}")
    return (contacts[0], []) if contacts else (None, points)


def _show(contact: str | None, counts: dict[str, int], dry_run: bool) -> None:
    who = f"contact {contact}" if contact else "somebody the store does not know"
    rows = [[name.replace("_", " "), count] for name, count in counts.items()]
    table(f"{'Would erase' if dry_run else 'Erasing'} {who}", ["what", "count"], rows, ["count"])


def _tell(counts: dict[str, int], left: list[str], backups: int, dry_run: bool) -> None:
    if dry_run:
        out.print("Nothing was changed.")
        return
    out.print(
        f"Erased. {counts['own_points']} contact point(s) will not come back from any source.", highlight=False
    )
    if not counts["own_points"]:
        out.print("The person has no contact point of their own: under a shared one they can come back.")
    if counts["shared_points"]:
        say(f"{counts['shared_points']} contact point(s) are other people's too, and stay with them.")
    for file in left:
        out.print(f"NOT OURS TO CHANGE: {file}", highlight=False, markup=False, soft_wrap=True)
    if backups:
        say(f"{backups} backup(s) may still hold the person; a restore erases them again.")


def subject(
    key: Key,
    to: Annotated[Path | None, typer.Option("--out", help="FILE.html to read, FILE.jsonld for a machine.")] = None,
) -> None:
    """All that we hold of a person, for that person: data, sources, recipients, ledger, decisions (GDPR Art. 15).

    Prints JSON-LD, or writes it or a page. The file is entered into the register, so that erasure finds it.
    """
    from flows import taken_out
    from leads.cli import subject as copy
    from store.engine import open_store, reading
    from store.handed import Taken

    if to and to.suffix.lower() not in (".html", ".jsonld"):
        raise LeadsError("no such kind of copy", where=str(to), do="Name it .html or .jsonld")
    store = open_store(settings().database_url)
    with reading(store) as connection:
        contact, _ = the_person(connection, key)
        if contact is None:
            raise LeadsError("the store knows no contact with this key", do="Then there is nothing to copy")
        found = copy.gathered(connection, contact, settings().controller)
    if to is None:
        taken_out.note(store, Taken("subject", "JSON-LD", THEMSELVES), None, contact, [(contact, None)])
        as_json(copy.json_ld(found))
        return
    whole = (
        copy.html(found)
        if to.suffix.lower() == ".html"
        else json_lib.dumps(copy.json_ld(found), ensure_ascii=False, indent=1)
    )
    try:
        to.touch(mode=0o600)
        to.write_text(whole, encoding="utf-8")
    except OSError as error:
        raise LeadsError(
            "cannot be written", where=str(to), why=error.strerror or "", do="Choose another"
        ) from None
    form = "HTML" if to.suffix.lower() == ".html" else "JSON-LD"
    taken_out.note(store, Taken("subject", form, THEMSELVES), to, contact, [(contact, None)])
    say(f"Everything of contact {contact} in {to}")
