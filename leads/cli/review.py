"""`leads review`: the pairs that may be one person, decided one after the other or in a workbook."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from leads.cli import answers, who
from leads.cli.decide import By, said
from leads.cli.look import AsJson
from leads.cli.show import as_json, out, say
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from flows.decisions import Said

FIELDS = (
    "kind",
    "name_text",
    "company",
    "job",
    "birthday",
    "gender",
    "registrations",
    "country",
    "city",
    "address",
    "website",
)
POINTS = ("phone", "email", "messenger")
KEYS = "[b]y[/] the same   [b]n[/] not the same   [b]s[/] skip   [b]u[/] undo   [b]q[/] quit"
Pair = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: leads review   or: leads review --out pairs.xlsx, then --take pairs.xlsx")(review)


def review(
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the pairs as XLSX, with a column to fill.")
    ] = None,
    take: Annotated[Path | None, typer.Option("--take", help="Read the answers of such a file.")] = None,
    by: By = "",
    json: AsJson = False,
) -> None:
    """Pairs of contacts that may be one, side by side: are they? A no is remembered.

    Exit code 1 when answers could not be taken, or pairs are left and there is no terminal to ask on.
    """
    from store import trail
    from store.engine import open_store, reading

    store = open_store(settings().database_url)
    if take:
        _take(store, take, said(by, None))
        return
    with reading(store) as connection:
        pairs = trail.unsure(connection)
        shown = [pair | {"sides": sides(connection, pair)} for pair in pairs] if to or json else []
    if to:
        _write(store, to, shown)
    elif json:
        as_json([pair | {"because": [who.because(rule) for rule in pair["rules"]]} for pair in shown])
    elif not pairs:
        say("Nothing to review.")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        go_through(store, said(by, None), typer.getchar)
    else:
        say(f"{len(pairs)} pairs to review, and no terminal to ask on: leads review --out pairs.xlsx, fill the column,"
            " then leads review --take pairs.xlsx")  # fmt: skip
        raise typer.Exit(1)


def sides(connection: "Connection", pair: Pair) -> list[dict[str, str]]:
    """The two contacts of a pair, field -> text; both have the same fields."""
    from store import trail

    found = []
    for public_id in (pair["contact"], pair["other_contact"]):
        contact, leads = trail.contact(connection, public_id), trail.leads(connection, public_id)
        rows = {field.replace("_", " "): contact[field] or "" for field in FIELDS}
        for type_ in POINTS:
            rows[type_] = ", ".join(point["display"] for point in contact["points"] if point["type"] == type_)
        rows |= {"sources": ", ".join(sorted({lead["source"] for lead in leads})), "leads": str(len(leads)),
                 "first seen": contact["first_seen"][:10], "contact": public_id}  # fmt: skip
        found.append(rows)
    return found


def go_through(store: "Engine", by: "Said", key: Callable[[], str]) -> None:
    """Ask about one pair after the other; `key` gives the next key that a person presses."""
    from flows import decisions

    skipped: set[int] = set()
    steps: list[int | str] = []  # what can be undone: a skipped pair, or the moment of a decision
    while True:
        pair = _next(store, skipped)
        if pair is None and not steps:
            break
        pressed = key().lower()
        if pressed == "q":
            break
        if pressed == "u" and steps:
            step = steps.pop()
            if isinstance(step, int):
                skipped.discard(step)
            else:
                decisions.undo(store, step)
        elif pair and pressed == "s":
            skipped.add(pair["id"])
            steps.append(pair["id"])
        elif pair and pressed == "n":
            steps.append(decisions.different(store, pair["lead_id"], pair["other_lead_id"], by).moment)
        elif pair and pressed == "y":
            steps += _same(store, pair, by, key)
    say(f"{sum(isinstance(step, str) for step in steps)} decided, {len(skipped)} skipped.")


def _next(store: "Engine", skipped: set[int]) -> Pair | None:
    """Show the next pair; None where there is none left."""
    from store import trail
    from store.engine import reading

    with reading(store) as connection:
        left = [pair for pair in trail.unsure(connection) if pair["id"] not in skipped]
        if not left:
            out.print("No pair is left.   [b]u[/] undo   [b]q[/] quit")
            return None
        _show(connection, left[0], len(left))
    return left[0]


def _same(store: "Engine", pair: Pair, by: "Said", key: Callable[[], str]) -> list[int | str]:
    from flows import decisions

    try:
        return [decisions.merge(store, pair["contact"], pair["other_contact"], by).moment]
    except LeadsError as error:
        out.print(f"{error}: press y again.", style="red", markup=False)
        if key().lower() != "y":
            return []
        return [decisions.merge(store, pair["contact"], pair["other_contact"], by, anyway=True).moment]


def _show(connection: "Connection", pair: Pair, left: int) -> None:
    """The pair side by side: what is alike dim, what differs bright."""
    one, other = sides(connection, pair)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    for name, mine in one.items():
        texts = mine, other[name]
        style = "dim" if texts[0] == texts[1] else "bold yellow" if all(texts) else "cyan"
        if any(texts):
            shown.add_row(Text(name, "bold"), *(Text(text, style, overflow="fold") for text in texts))
    out.rule(f"{left} to review")
    out.print("; ".join(who.because(rule) for rule in pair["rules"]), style="italic", markup=False)
    out.print(shown)
    out.print(KEYS)


def _write(store: "Engine", to: Path, pairs: list[Pair]) -> None:
    """The queue as a workbook, in the register of personal files."""
    from flows import taken_out
    from leads.cli import sheet
    from store.handed import Taken, actor

    asked = answers.column(settings().language)
    rows = []
    for pair in pairs:
        one, other = pair["sides"]
        because = "; ".join(who.because(rule) for rule in pair["rules"])
        cells = {f"{name}{end}": side[name] for name in one for end, side in (("", one), (" (other)", other))}
        rows.append({answers.PAIR: str(pair["id"]), asked: "", "because": because, **cells})
    names = dict.fromkeys(name for row in rows for name, cell in row.items() if cell or name == asked)
    left = sheet.write(to, rows, [*names] or [answers.PAIR, asked], "review")
    kept = [pair for pair, row in zip(pairs, rows, strict=True) if not any(row is one for one in left)]
    people = [(side["contact"], line) for line, pair in enumerate(kept, start=2) for side in pair["sides"]]
    taken_out.note(store, Taken("review", "XLSX", actor()), to, "review", people)
    say(f"{len(rows) - len(left)} pairs in {to}; fill the column '{asked}', then leads review --take {to}")


def _take(store: "Engine", file: Path, by: "Said") -> None:
    """Record the answers of a workbook, row by row; those that cannot be taken are named."""
    from store import trail
    from store.engine import reading

    with reading(store) as connection:
        pairs = {pair["id"]: pair for pair in trail.unsure(connection)}
    counted = dict.fromkeys(("joined", "kept apart", "left open", "decided already"), 0)
    refused = []
    for answer in answers.read(file):
        try:
            counted[_taken(store, pairs, answer, by)] += 1
        except LeadsError as error:
            refused.append(f"row {answer.row}: {error}")
    say(", ".join(f"{count} {what}" for what, count in counted.items()))
    for line in refused:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if refused:
        raise typer.Exit(1)


def _taken(store: "Engine", pairs: dict[int, Pair], answer: answers.Answer, by: "Said") -> str:
    from flows import decisions
    from store import trail
    from store.engine import reading

    if not answer.filled:
        return "left open"
    if answer.pair is None or answer.same is None:
        raise LeadsError("the answer is not understood", do="Write yes or no, and leave the first column as it is")
    if answer.pair not in pairs:
        return "decided already"
    pair = pairs[answer.pair]
    with reading(store) as connection:
        one, other = (trail.holder(connection, pair[lead]) for lead in ("lead_id", "other_lead_id"))
    if one is None or other is None or (one == other and answer.same):
        return "decided already"
    if answer.same:
        decisions.merge(store, one, other, by)
        return "joined"
    decisions.different(store, pair["lead_id"], pair["other_lead_id"], by)
    return "kept apart"
