"""Commands by which a person says who is who: merge, unmerge, split."""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leads.cli import who
from leads.cli.look import AsJson, Key, find_contacts
from leads.cli.show import as_json, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from flows.decisions import Done, Said

By = Annotated[str, typer.Option(help="Who says so; kept with the decision. Your login name otherwise.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Also where birthdays, genders or registrations differ.")]
Because = Annotated[str | None, typer.Option(help="Why: kept with the decision, so no personal value.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads merge +79161234567 a@example.com --because 'she changed her name'")(merge)
    app.command(epilog="Example: leads unmerge 0192f1c4-5d9e-7b7e-8c7a-0f6f2f1f2b11")(unmerge)
    app.command(epilog="Example: leads split +79161234567 4f1c0a9be2d34b0f9a7be1f0c2d3e4f5")(split)


def said(by: str, because: str | None) -> "Said":
    """Who decides, and why."""
    from flows.decisions import Said

    try:
        return Said(by or getpass.getuser(), because)
    except (KeyError, OSError):  # an account without a name
        raise LeadsError("who are you?", do="Say it with --by") from None


def the_contact(connection: "Connection", key: str) -> tuple[str, str | None]:
    """The one contact behind a key, and the key where it is the id of a contact that was merged into it."""
    type_, value, contacts = find_contacts(connection, key)
    if len(contacts) > 1:
        raise LeadsError(f"{len(contacts)} contacts share this key", do=f"Give an id: {', '.join(contacts)}")
    return contacts[0], value if type_ == "contact" and value != contacts[0] else None


def merge(
    one: Key, other: Key, because: Because = None, by: By = "", anyway: Anyway = False, json: AsJson = False
) -> None:  # fmt: skip
    """Two contacts are one: the older stays, and the other's id resolves to it. `leads unmerge` takes it back."""
    from flows import decisions
    from store.engine import open_store, reading

    store = open_store(settings().database_url)
    with reading(store) as connection:
        first, second = (the_contact(connection, key)[0] for key in (one, other))
    done = decisions.merge(store, first, second, said(by, because), anyway=anyway)
    _tell(done, json, f"One contact now: {done.contacts[0]}; `leads why {done.contacts[0]}` shows it.")


def unmerge(
    key: Key,
    decision: Annotated[int | None, typer.Option(help="The number of the decision to take back.")] = None,
    because: Because = None, by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """Take a merge back, made by hand or not: by the id that the other contact had, or by a decision.

    Shows what the contact is made of, and takes the merge back where there is only one. Exit code 1: name one of them.
    """
    from flows import decisions
    from store.engine import open_store, reading

    store = open_store(settings().database_url)
    with reading(store) as connection:
        contact, former = the_contact(connection, key)
        joins = _joins(connection, contact)
    if not json:
        _show(contact, joins)
    taken_back: str | int | None = former or decision
    if taken_back is None and len(joins) == 1:
        taken_back = int(joins[0]["id"])
    if taken_back is None:
        if json:
            as_json(joins)
        say("Which one? --decision N, or the former id in place of the key" if joins else "It was never joined.")
        raise typer.Exit(1)
    done = decisions.unmerge(store, contact, taken_back, said(by, because))
    _tell(done, json, f"Two contacts now: {' and '.join(done.contacts)}. They will not be joined again.")


def split(
    key: Key,
    leads: Annotated[list[str], typer.Argument(help="Leads of the contact, as `leads why` names them.")],
    because: Because = None, by: By = "", json: AsJson = False,
) -> None:  # fmt: skip
    """These leads are not this contact: they become one of their own, and are not joined to it again."""
    from flows import decisions
    from store.engine import open_store, reading

    store = open_store(settings().database_url)
    with reading(store) as connection:
        contact, _ = the_contact(connection, key)
    done = decisions.split(store, contact, leads, said(by, because))
    _tell(done, json, f"They are contact {done.contacts[1]} now. They will not be joined again.")


def _tell(done: "Done", json: bool, line: str) -> None:
    if json:
        as_json({"contacts": done.contacts, "decided_at": done.moment})
    else:
        say(line)


def _joins(connection: "Connection", contact: str) -> list[dict[str, Any]]:
    """The decisions that made the contact's leads one, in order, each with the leads that it brought in (`brought`)."""
    from store import trail

    leads = trail.leads(connection, contact)
    group = {lead["public_id"]: [lead] for lead in leads}
    found = []
    for one in trail.decisions(connection, list(group)):
        if one["verdict"] != "same" or one["revoked_at"] or one["contact"] != one["other_contact"]:
            continue
        stays, comes = sorted((group[one["lead_id"]], group[one["other_lead_id"]]), key=lambda g: g[0]["id"])
        if stays is comes:
            continue
        brought = [{name: lead[name] for name in ("public_id", "source", "batch", "row")} for lead in comes]
        found.append({**one, "brought": brought})
        stays += comes
        group |= {lead["public_id"]: stays for lead in comes}
    return found


def _show(contact: str, joins: list[dict[str, Any]]) -> None:
    rows = [
        [one["id"], "\n".join(f"{lead['public_id']} {lead['source']} row {lead['row']}" for lead in one["brought"]),
         who.because(one["rule"], one["because"]), one["actor"], one["decided_at"][:16]]
        for one in joins
    ]  # fmt: skip
    table(f"What joined the leads of {contact}", ["decision", "brought in", "because", "by", "decided"], rows,
          ["decision"])  # fmt: skip
