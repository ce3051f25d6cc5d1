"""Commands that make, mend and keep the store: init, edit, rejects, backup, restore."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leads import clock
from leads.cli.look import Key, find_contacts
from leads.cli.show import as_json, out, say
from leads.errors import ConfigError, LeadsError
from leads.settings import settings
from leads.source import load_source


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: leads init")(init)
    app.command(epilog="Example: leads edit +79161234567 --set city=Тверь --by 'call of 3 May'")(edit)
    app.command(epilog="Example: leads rejects stroyka_base-20261122090000-1f2e3d --out rejects.xlsx")(rejects)
    app.command(epilog="Example: leads backup /mnt/backup/leads-2026-11-22.tar.gz")(backup)
    app.command(epilog="Example: leads restore /mnt/backup/leads-2026-11-22.tar.gz")(restore)


def init() -> None:
    """Create the store, or bring it up to this release, and put the example configuration beside it."""
    from flows import waiting
    from leads.home import copy_config
    from store.engine import open_store
    from store.migrate import migrate

    place = settings()
    engine = open_store(place.database_url)
    before, after = migrate(engine)
    where = engine.url.render_as_string(hide_password=True)
    say(f"Store {where}: {'made' if before is None else 'was'} at revision {after if before is None else before}"
        + (f", now {after}" if before not in (None, after) else ""))  # fmt: skip
    copied = copy_config(place.home)
    say(
        f"Configuration {place.home / 'config'}: {f'{copied} example files' if copied else 'was there, left alone'}"
    )
    waiting.prepare(place)
    say(f"Inbox {waiting.inbox(place)}: drop a file into the folder of its source")


def edit(
    key: Key,
    change: Annotated[list[str], typer.Option("--set", help="field=value; may be given several times.")],
    by: Annotated[str, typer.Option(help="Who says so, and why: kept with the edit, so no personal value.")],
) -> None:
    """Record a person's correction of a contact as a lead of its own: it wins over every other source."""
    from flows.corrections import EDITABLE, LABELLED_POINTS, correct
    from store.engine import open_store, reading

    values = dict(_pair(text) for text in change)
    if set(values) - {*EDITABLE, *LABELLED_POINTS}:
        # Not named: of 0151…=phone it would be the number.
        raise LeadsError(
            "unknown field before the = of --set", do=f"Fields: {', '.join((*EDITABLE, 'phone:work'))}"
        )
    engine = open_store(settings().database_url)
    with reading(engine) as connection:
        contacts = find_contacts(connection, key)[2]
    if len(contacts) > 1:
        raise LeadsError(f"{len(contacts)} contacts share this key", do=f"Give an id: {', '.join(contacts)}")
    lead = correct(engine, settings(), contacts[0], values, by)
    say(f"Recorded as lead {lead}; `leads why {contacts[0]}` shows it.")


def _pair(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise LeadsError("--set wants field=value", do="For example --set city=Тверь")
    return field.strip(), value.strip()


def rejects(
    batch: Annotated[str, typer.Argument(help="A batch, as `leads ingest` and `leads why` name it.")],
    to: Annotated[Path | None, typer.Option("--out", help="Write them here as XLSX, text cells only.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """The quarantined rows of a batch as they were received, each with its reason. Exit code 1 when there are any.

    Mend the cells, leave the columns @reason, @key and @time as they are, and send the file through the same source.
    """
    from store import landing, trail
    from store.engine import open_store, reading

    manifest = landing.read_manifest(settings().landing, batch)
    with reading(open_store(settings().database_url)) as connection:
        found = _by_row(trail.rejects(connection, batch))
    raw = landing.raw_rows(settings().landing, batch, set(found), timed=True)
    rows = [{"@reason": why, "@key": key, **raw.get(row, {})} for row, (key, why) in found.items()]
    if to:
        _write(to, rows, manifest.source, batch, manifest.headers)
    if json:
        as_json(rows)
    elif not to:
        for row, (_, why) in found.items():
            out.print(f"row {row}: {why}", highlight=False, markup=False)
    if rows:
        raise typer.Exit(1)


def _by_row(found: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    """row -> record key, reasons: a row in which several people were quarantined goes out once."""
    rows: dict[int, tuple[str, str]] = {}
    for one in found:
        key, why = rows.get(one["row"], (one["record_key"], ""))
        reasons = dict.fromkeys(filter(None, [*why.split("; "), one["reason"]]))
        rows[one["row"]] = (key, "; ".join(reasons))
    return rows


def _write(to: Path, rows: list[dict[str, str]], source: str, batch: str, headers: list[str]) -> None:
    """Write the rows in the columns of their batch, and enter the file into the register of personal files."""
    from flows import taken_out
    from leads.cli import sheet
    from store.engine import open_store
    from store.handed import Taken, actor

    own = ["@reason", "@key", *(["@time"] if any("@time" in row for row in rows) else [])]
    left = sheet.write(to, rows, [*own, *headers], _sheet_of(source))
    store = open_store(settings().database_url)
    taken = Taken("rejects", "XLSX", actor(), reference=batch)
    taken_out.note(store, taken, to, batch, count=len(rows) - len(left))
    say(f"{len(rows) - len(left)} quarantined rows in {to}")
    if left:
        say(
            f"{len(left)} rows do not fit into a sheet (a cell holds 32,767 characters): leads rejects {batch} --json"
        )


def _sheet_of(source: str) -> str:
    """The name under which the source's file looks for its sheet, so that the mended rows are found there."""
    try:
        return str(load_source(settings().config_dir, source).pull.get("sheet") or "rejects")
    except ConfigError:  # the source is no longer configured
        return "rejects"


def backup(
    to: Annotated[Path | None, typer.Argument(help="The archive to write; under the home otherwise.")] = None,
) -> None:
    """Save the store, the landing, the deliveries, the configuration and the keys' ids in one archive."""
    from sqlalchemy import text

    from flows import received, taken_out
    from store.backup import backup as make
    from store.engine import open_store, reading
    from store.handed import Taken, actor

    place = settings()
    store = open_store(place.database_url)
    archive = make(store, place, to)
    with reading(store) as connection:
        people = connection.execute(text("SELECT count(*) FROM contact")).scalar_one()
    taken = Taken("backup", "TAR.GZ", actor(), archive.name, received.digest(archive))
    taken_out.note(store, taken, None, "", count=people)
    say(f"Backup written to {archive}")


def restore(
    archive: Annotated[Path, typer.Argument(help="What `leads backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also over a store that holds contacts.")] = False,
) -> None:
    """Bring a backup back; what was suppressed since it was made stays suppressed."""
    from consent.acts import Said
    from flows import erasing
    from flows.recalling import recall
    from store.backup import restore as bring_back
    from store.engine import open_store

    place = settings()
    store = open_store(place.database_url)
    kept = bring_back(store, place, archive, replace=replace)
    gone = erasing.again(
        store, place, Said("withdrawn", "any", "any", clock.now(), "restore", None), restored=True
    )
    recall(store, place, wait=True)
    say(f"Restored {archive}; {kept} suppressions and refusals made since the backup were replayed first.")
    if gone:
        say(f"{gone} contact(s) that were erased since the backup are erased again.")
