"""`leads demo`: the whole job on the shipped sample sources, in a throw-away home, and what to try next."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from leads.cli import show
from leads.cli.keep import init
from leads.cli.run import run_deliver, run_ingest
from leads.cli.show import out, say
from leads.settings import reload, settings

# The purchased base first: what it claims is then completed and corrected by what people themselves say.
ORDER = (
    "stroyka_base",
    "expo_visitors",
    "conference_attendees",
    "pretix_meetup",
    "website_form",
    "company_directory",
)


@contextlib.contextmanager
def sites(home: Path) -> Iterator[dict[str, Any]]:
    """Build the sample world below the home and serve its sites; the sources find them through the environment."""
    from leads.demo import build, environment, serve

    world = build(home / "demo")
    with serve(world) as url:
        os.environ.update(environment(world, url))
        yield json.loads((home / "demo" / "truth.json").read_text(encoding="utf-8"))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads demo")(demo)


def demo(
    home: Annotated[Path | None, typer.Option(help="Keep it here; a temporary folder otherwise.")] = None,
) -> None:
    """Run the whole job on the shipped sample sources, in a throw-away home, up to the batch for sales."""
    started = time.monotonic()
    home = (home or Path(tempfile.mkdtemp(prefix="wellspring-demo-"))).absolute()
    os.environ["LEADS_HOME"] = str(home)
    for name in ("LEADS_STORE_URL", "LEADS_LANDING_URL", "LEADS_CONFIG"):
        os.environ.pop(name, None)
    reload()
    say(f"A throw-away home in {home}")
    init()
    with sites(home) as truth:
        say("Sample sources: a bought base, two attendee lists, an event API, a web form API, a company directory")
        handed, counted = _work()
        _segments()
        show.digest(handed)
        say(f"Done in {time.monotonic() - started:.0f} s.")
        _agree(truth, counted)
        _next(home)


def _work() -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    counted: dict[str, dict[str, int]] = {}
    for source in ORDER:
        counted |= run_ingest(source)
    show.accounting(counted)
    return run_deliver("all"), counted


def _segments() -> None:
    from sales.segments import load_segments
    from store import quality
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        counts = quality.segments(connection)
    titles = load_segments(settings().config_dir)
    rows = [[name, titles[name].title_in(settings().language), counts.get(name, 0)] for name in titles]
    show.table("Segments", ["segment", "title", "contacts"], rows, ["contacts"])


def _agree(truth: dict[str, Any], counted: dict[str, dict[str, int]]) -> None:
    """The sample world was planned with its outcome: say whether every count is as planned."""
    wrong = [
        f"{source}: {fate} {counts[fate]}, planned {planned['fates'].get(fate, 0)}"
        for source, counts in counted.items()
        for planned in [truth["sources"][source]]
        for fate in show.FATES
        if counts[fate] != planned["fates"].get(fate, 0)
    ]
    if wrong:
        out.print("Not as planned: " + "; ".join(wrong))
        sys.exit(1)
    say("Every count is as the sample world was planned.")


def _next(home: Path) -> None:
    """Three commands to try, ready to paste: a contact with a past, one that may be e-mailed, the Prefect UI."""
    from store import quality
    from store.engine import open_store, reading

    with reading(open_store(settings().database_url)) as connection:
        phone, email = quality.examples(connection)
    command = f"LEADS_HOME={home} {Path(sys.argv[0]).with_name('leads') if 'leads' in sys.argv[0] else 'leads'}"
    out.print("\nTry next:", style="bold")
    for line in (f"why {phone}", f"may-contact {email} --channel email", "up"):
        out.print(f"  {command} {line}", soft_wrap=True, highlight=False)
