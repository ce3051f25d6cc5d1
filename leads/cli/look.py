"""Commands that only look something up. They start at once: no Prefect, no pandas."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leads.cli.show import FATES, as_json, minute, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

Key = Annotated[
    str, typer.Argument(help="A phone, an e-mail or a contact's id; '-' reads it from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
# Where the rows of a batch ended: in the store, and beside it.
LOADED = ("created", "merged", "duplicate", "superseded")
ASIDE = ("suppressed", "quarantined", "not_a_record")
NAMES = {"email": "e-mail", "contact": "id"}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads why '+7 916 123-45-67'   or: leads why -, then type the key")(why)
    app.command("may-contact", epilog="Example: leads may-contact a@example.com --channel email")(may_contact)
    app.command(epilog="Example: leads status")(status)
    app.command(epilog="Example: leads batches   or: leads batches stroyka_base --last 5")(batches)


def read_key(key: str, regions: list[str]) -> list[tuple[str, str]]:
    """What a person typed may mean, as (phone, email, messenger or contact; canonical value).

    Raises LeadsError for nothing. A bare number is read as one of each of the `regions` (ISO countries) in turn.
    """
    from enrich.emails.reader import read_address
    from enrich.messengers.reader import read_messenger
    from enrich.phones.reader import read_number

    if key == "-":
        key = sys.stdin.readline()
    key = key.strip()
    if account := read_messenger(key, None, "ZZ").value:
        meant: list[tuple[str, str | None]] = [("messenger", account)]
    elif "@" in key:
        meant = [("email", read_address(key).value)]
    elif len(key) == 36 and key.count("-") == 4:
        meant = [("contact", key.lower())]
    else:
        meant = [("phone", read_number(key, region).value) for region in ("ZZ", *regions)]
    found = list(dict.fromkeys((type_, value) for type_, value in meant if value))
    if not found:
        raise LeadsError(
            "the key is no phone, no e-mail and no contact id",
            do="Write a phone with its +country code, a messenger as telegram:name",
        )
    return found


def find_contacts(connection: "Connection", key: str) -> tuple[str, str, list[str]]:
    """(type, value, contacts by public id) behind a key; raises LeadsError when the store knows none."""
    from store import trail

    meant = read_key(key, trail.source_regions(connection))
    for type_, value in meant:
        if type_ == "contact":
            found = trail.resolve_id(connection, value)
            contacts = [found] if found else []
        else:
            contacts = trail.contacts_with(connection, type_, value)
        if contacts:
            return type_, value, contacts
    raise LeadsError(
        f"the store knows no contact with this {NAMES.get(meant[0][0], meant[0][0])}",
        do="`leads status` shows what it holds",
    )


def points_of(connection: "Connection", key: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The contact points (type, value) a key means, known or not, and the contacts that have them.

    Raises LeadsError where that is not clear: a wrong guess would take a no down for somebody else.
    """
    from store import trail

    meant = read_key(key, trail.source_regions(connection))
    if meant[0][0] == "contact":
        found = trail.resolve_id(connection, meant[0][1])
        points = trail.contact(connection, found)["points"] if found else []
        if not points:
            raise LeadsError("the store knows no contact point of this contact", do="Give a phone or an e-mail")
        asked = [(point["type"], point["value"]) for point in points]
    else:
        asked = [one for one in meant if trail.contacts_with(connection, *one)] or meant
        if len(asked) > 1:
            raise LeadsError(
                f"the number can be {len(asked)} different ones", do="Write it with its +country code"
            )
    holders = (holder for one in asked for holder in trail.contacts_with(connection, *one))
    return asked, list(dict.fromkeys(holders))


def why(key: Key, json: AsJson = False) -> None:
    """Who is this, and where did every fact come from? The whole trail of a contact."""
    from leads.cli.trail import show, trails
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        found = trails(connection, find_contacts(connection, key)[2])
    if json:
        as_json(found)
        return
    for trail in found:
        show(trail)


def may_contact(
    key: Key,
    channel: Annotated[str, typer.Option(help="call, robocall, sms, email, messenger or post.")] = "call",
    purpose: Annotated[str, typer.Option(help="marketing, service, greeting, survey or event.")] = "marketing",
    at: Annotated[
        str | None, typer.Option(help="The moment asked about, ISO 8601, with what was known then; now otherwise.")
    ] = None,
    json: AsJson = False,
) -> None:
    """May this contact be contacted now, on this channel, for this purpose? Allow or deny, the rule, the evidence.

    Exit code 1 when no contact point may be used.
    """
    from leads.cli import permission

    answers = permission.answers(key, channel, purpose, at)
    if json:
        as_json(answers)
    else:
        rows = [[a["value"], a["verdict"].upper(), a["why"], a["mend"], permission.holds(a), a["rule"], a["statute"],
                 f"{a['pack']} ({a['review']})", a["evidence"]] for a in answers]  # fmt: skip
        columns = ["contact point", "verdict", "why", "what would mend it", "holds", "rule", "statute", "policy"]
        table(f"May we contact by {channel} for {purpose}?", [*columns, "evidence"], rows)
        if at and answers[0]["policy"] == "today":
            say("No policy pack is on record for then: those of today answered.")
    if not any(answer["verdict"] == "allow" for answer in answers):
        raise typer.Exit(1)


def status(json: AsJson = False) -> None:
    """The last run of each source, what it brought, and what needs a person. Exit code 1 when something does."""
    from store import quality
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        sources = quality.per_source(connection)
        store = quality.totals(connection)
    if json:
        as_json({"sources": sources, "store": store})
    else:
        columns = ["source", "last run", "", "rows", "contacts", "usable", "quarantined", "per usable lead"]
        rows = [[s["source"], (s["last_run"] or "")[:16], s["last_status"], s["rows"], s["contacts"],
                 f"{s['usable']:.0%}" if s["usable"] is not None else "", s["quarantined"], s["price_per_usable"]]
                for s in sources]  # fmt: skip
        table("Sources", columns, rows, ["rows", "contacts", "usable", "quarantined"])
        table("Store", ["what", "count"], [[name.replace("_", " "), n] for name, n in store.items()], ["count"])
    if not sources:
        say("Nothing has been ingested yet: `leads ingest SOURCE`")
    failed = any(s["last_status"] == "failed" for s in sources)
    if failed or store["notices_overdue"] or store["rows_to_recall"]:
        say(
            "Something needs a person: a failed run, an overdue notice (GDPR Art. 14: `leads notices`), or a row to "
            "take back (`leads recalls`)."
        )
        raise typer.Exit(1)


def batches(
    source: Annotated[str | None, typer.Argument(help="Only this source's; all of them otherwise.")] = None,
    last: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 20,
    json: AsJson = False,
) -> None:
    """The batches by id: when each came, its rows, where they ended, and whether it is loaded.

    `landed`: an interrupted run left it, and the next one loads it. `refused`: it has too few rows ([assertions] min).
    """
    from store import quality
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        found = quality.per_batch(connection, source, last)
    if source and not found:
        raise LeadsError(f"there is no batch of a source '{source}'", do="`leads batches` names those there are")
    if json:
        as_json(found)
        return
    rows = [[one["batch"], minute(one["fetched_at"]), one["status"], one["rows"], sum(one[fate] for fate in LOADED),
             *(one[fate] for fate in ASIDE)] for one in found]  # fmt: skip
    counts = ["rows", "loaded", *(FATES[fate] for fate in ASIDE)]
    table("Batches", ["batch", "came (UTC)", "state", *counts], rows, counts, ["batch"])
    if not found:
        say("Nothing has been ingested yet: `leads ingest SOURCE`")
