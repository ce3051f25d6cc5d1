"""The sample world of `leads demo`: four kinds of sources about one invented population, and how they should end.

    world = build(folder)
    with serve(world) as url:
        os.environ |= environment(world, url)
        …

Everything comes of one seed, so two builds are the same to the byte. Nobody in it exists: names are put together
by chance, addresses are of domains kept for examples or plainly the demo's, numbers are full of noughts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leads.demo import base, form, meetup, pretix, typeform, visitors
from leads.demo import directory as listing
from leads.demo.site import serve
from leads.demo.story import Record, Story
from leads.demo.truth import truth

__all__ = ["World", "build", "environment", "serve"]

SEED = 20261122
TOKEN = "demo-token"  # noqa: S105 - the site takes any


@dataclass(frozen=True)
class World:
    """What was built: the `folder` of the files, what the site serves, and each source's records in order."""

    folder: Path
    records: Mapping[str, Sequence[Record]]
    orders: Sequence[pretix.Order]
    responses: Sequence[typeform.Response]
    directory: listing.Directory


def build(folder: Path) -> World:
    """Write the three files and `truth.json` into `folder`, which is made; sources in the order of ingestion."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(SEED)
    bought = base.write(story, folder)
    visited = visitors.expo(story, folder)
    attended = visitors.conference(story, folder)
    tickets, orders = meetup.sell(story)
    sent, responses = form.responses(story)
    listed, pages = listing.publish(story)
    records = {
        base.SOURCE: bought,
        visitors.EXPO.source: visited,
        visitors.CONFERENCE.source: attended,
        meetup.SOURCE: tickets,
        form.SOURCE: sent,
        listing.SOURCE: listed,
    }
    planned = truth(records, pages.never)
    (folder / "truth.json").write_text(json.dumps(planned, ensure_ascii=False, indent=1), encoding="utf-8")
    return World(folder, records, orders, responses, pages)


def environment(world: World, url: str) -> dict[str, str]:
    """The variables that the shipped source files of the demo name."""
    return {"LEADS_DEMO_DATA": str(world.folder), "LEADS_DEMO_SITE": url, "LEADS_DEMO_TOKEN": TOKEN}
