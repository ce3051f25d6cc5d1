"""How the command line talks: tables for people, JSON for machines, progress and errors on stderr."""

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

# A file or a pipe has no width: wide enough for the widest table then.
WIDE = 140
out = Console(width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)

FATES = {
    "created": "new contact", "merged": "known", "duplicate": "again", "superseded": "changed",
    "suppressed": "suppressed", "quarantined": "quarantined", "not_a_record": "no record",
}  # fmt: skip


def complain(error: Exception) -> None:
    """An error, in one line that is not cut, wrapped or coloured apart from its first word."""
    err.print("[bold red]leads:[/] ", end="")
    err.print(str(error), markup=False, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """A line about what is going on."""
    err.print(line, markup=False, highlight=False)


class _Progress(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        style = "yellow" if record.levelno >= logging.WARNING else "dim"
        err.print(f"  {record.getMessage()}", style=style, markup=False, highlight=False, soft_wrap=True)


def progress() -> None:
    """Show the stages' progress (logger `leads`) on stderr while the command runs."""
    log = logging.getLogger("leads")
    if not log.handlers:
        log.addHandler(_Progress())
    log.setLevel(logging.INFO)
    log.propagate = False


def as_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))  # noqa: T201


def minute(moment: str) -> str:
    """A moment of the store to the minute, as tables show it."""
    return moment[:16].replace("T", " ")


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    right: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> None:
    """A table; `right` names the columns of numbers, `whole` those of ids and file names: they stay in one line, to be
    copied, and the table is wider than the terminal where it must be."""
    shown = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    kept = set(whole)
    for column in columns:
        justify: JustifyMethod = "right" if column in set(right) else "left"
        shown.add_column(column, justify=justify, overflow="fold", no_wrap=column in kept)
    for row in rows:
        # As it is: what stands in square brackets would be taken for a style, and left out.
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    least = shown.__rich_measure__(out, out.options.update(width=10_000)).minimum if kept else 0
    # As a line of its own: a table's title is broken to the width of the table.
    out.print(title, style="bold", highlight=False, markup=False)
    out.print(shown, width=max(out.width, least), crop=False)


def accounting(counted: dict[str, dict[str, int]]) -> None:
    """Where every received row ended, per source: the columns add up to the rows received."""
    sums = [sum(counts.values()) for counts in counted.values()]
    rows = [[name, total, *(counts[fate] for fate in FATES)] for (name, counts), total in
            zip(counted.items(), sums, strict=True)]  # fmt: skip
    if len(counted) > 1:
        rows.append(["all", sum(sums), *(sum(c[fate] for c in counted.values()) for fate in FATES)])
    table(
        "Accounting: where every row ended", ["source", "rows", *FATES.values()], rows, ["rows", *FATES.values()]
    )


def digest(handed: dict[str, Any]) -> None:
    """What a delivery came to: contacts per owner, which rules stood in the way, and the files."""
    rows = handed["digest"]
    owners = list(dict.fromkeys(row["owner"] for row in rows))

    def count(owner: str, outcome: str) -> int:
        return sum(row["contacts"] for row in rows if row["owner"] == owner and row["outcome"] == outcome)

    table(
        "Delivery: who may be contacted, and for whom something has to be done first",
        ["owner", "batch", "next steps"],
        [[owner, count(owner, "batch"), count(owner, "next steps")] for owner in owners],
        ["batch", "next steps"],
    )
    denied = [row for row in rows if row["outcome"] == "denied"]
    rules: dict[str | None, int] = {}
    for row in denied:
        rules[row["rule"]] = rules.get(row["rule"], 0) + row["contacts"]
    # Each owner's words are in the owner's language: those of the owner who has most such contacts stand for all.
    words = {row["rule"]: row["why"] for row in sorted(denied, key=lambda row: row["contacts"])}
    if rules:
        by_count = sorted(rules.items(), key=lambda item: -item[1])
        table("Why the others may not", ["rule", "contacts", "in the owner's words"],
              [[rule or "no contact point", n, words[rule]] for rule, n in by_count], ["contacts"])  # fmt: skip
    if not handed["files"]:
        out.print("Nothing new to hand over.")
    for file in handed["files"]:
        out.print(file, soft_wrap=True, highlight=False)
