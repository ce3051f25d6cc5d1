"""`leads audit`: what is this base worth?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import category

import typer
from rich.text import Text

from leads.cli.show import as_json, out, progress, say, table
from leads.errors import LeadsError
from leads.settings import settings

if TYPE_CHECKING:
    from flows.audit.words import Words
    from leads.cli.report.parts import Whole

STYLES = {"good": "green", "plain": "blue", "dull": "bright_black", "warn": "yellow", "bad": "red"}
VERDICTS = {"buy": "bold white on green", "bargain": "bold black on yellow", "do_not_buy": "bold white on red"}
WIDTH = 40


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog="Example: leads audit base.xlsx --region RU --price 45000 --currency RUB --report base.html"
    )(audit)


def audit(
    file: Annotated[Path, typer.Argument(help="The base as it was offered: any file `leads ingest` reads.")],
    source: Annotated[str, typer.Option(help="Read it as this configured source.")] = "",
    region: Annotated[str, typer.Option(help="Country of numbers without a country code, e.g. RU.")] = "",
    language: Annotated[str, typer.Option(help="Language of the file: ru, en, de, hu, ro, bs, hr, sr.")] = "",
    price: Annotated[float | None, typer.Option(min=0, help="What is asked for it.")] = None,
    currency: Annotated[str, typer.Option(help="Of the price, e.g. RUB.")] = "EUR",
    per: Annotated[
        str, typer.Option(help="Is the price for the whole base, or for each row: base or row.")
    ] = "base",
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write them here as an HTML page to pass on.")] = None,
) -> None:
    """What is this base worth? Rehearses the import, against what the store knows, and changes nothing.

    Exit code 0: buy; 1: bargain, or leave it alone.
    """
    from flows.audit import audit as look
    from flows.audit import offered
    from flows.audit.words import Words

    if not file.is_file():
        raise LeadsError("there is no such file", where=str(file), do="Check the path")
    progress()
    asked = None if price is None else {"amount": price, "currency": currency.upper(), "per": per}
    place = settings()
    figures = look(
        place, *offered(place, file.absolute(), name=source, region=region, language=language, price=asked)
    ).figures
    words = Words(place.language)
    if report:
        from leads.cli.report import write

        write(report, figures, words)
        say(f"Report written to {report}")
    as_json(_spoken(figures, words)) if json else _print(figures, words)
    if figures["verdict"] != "buy":
        raise typer.Exit(1)


def _spoken(figures: dict[str, Any], words: "Words") -> dict[str, Any]:
    """The figures with each reason in words beside its numbers."""
    return figures | {"reasons": [reason | {"text": words.reason(reason)} for reason in figures["reasons"]]}


def _print(figures: dict[str, Any], words: "Words") -> None:
    from leads.cli.report.parts import whole, wholes

    base = figures["base"]
    out.print(f"{words('label', 'audit')}  {_titled(base)}", style="bold", markup=False, highlight=False)
    out.print(f" {words('verdict', figures['verdict'])} ", style=VERDICTS[figures["verdict"]])
    for reason in figures["reasons"]:
        out.print(f"  • {words.reason(reason)}", markup=False, highlight=False)
    assumed = "no_country" if base["region"] == "ZZ" else "read_as"
    out.print(
        words("label", assumed, region=base["region"], language=base["language"]), style="dim", highlight=False
    )
    _prices(figures, words)
    for part in [whole(figures), *wholes(figures)]:
        _bar(part, words)
    _lists(figures, words)


def _titled(base: dict[str, Any]) -> str:
    """The source's title and the file's name, once where they are the same."""
    return " · ".join(dict.fromkeys((base["title"], base["file"])))


def _prices(figures: dict[str, Any], words: "Words") -> None:
    price = figures["price"]
    if price:
        told = [f"{words('label', key)} {words.money(price[key], price['currency'])}"
                for key in ("paid", "per_usable", "per_new", "fair")]  # fmt: skip
        out.print(" · ".join(told), highlight=False)


def _bar(part: "Whole", words: "Words") -> None:
    """A whole as one bar in colours, and its parts in words below."""
    bar, legend = Text(), Text("  ")
    for cut in part.slices:
        style = STYLES[cut.tone]
        end = round(WIDTH * (cut.start + cut.share))
        bar.append("█" * (end - round(WIDTH * cut.start)), style)
        if cut.count:
            legend.append("■ ", style)
            legend.append(f"{words('part', cut.key)} {words.number(cut.count)} ({words.percent(cut.share)})   ")
    besides = [f"{words('part', key)} {words.number(n)}" for key, n in part.besides.items() if n]
    out.print(Text(f"\n{words('label', part.key)}  {words.number(part.count)}", "bold"))
    if part.count:
        out.print(Text("  ") + bar)
        out.print(legend)
    if besides:
        out.print(Text("  " + " · ".join(besides), "dim"))


def _lists(figures: dict[str, Any], words: "Words") -> None:
    """The tables below the bars; one without rows is left out, and its last columns are numbers."""

    def show(name: str, columns: Sequence[str], rows: list[list[str]], numbers: int = 1) -> None:
        if rows:
            out.print()
            headings = [words("label", column) for column in columns]
            table(
                words("label", name),
                headings,
                [[_plain(cell) for cell in row] for row in rows],
                headings[-numbers:],
            )

    show(
        "rows",
        ("fate", "count"),
        [[words("fate", fate), words.number(n)] for fate, n in figures["fates"].items() if n],
    )
    show(
        "set_aside",
        ("fate", "reason", "count"),
        [[words("fate", row["fate"]), row["reason"], words.number(row["rows"])] for row in figures["set_aside"]],
    )
    show(
        "fields",
        ("field", "filled", "share"),
        [
            [words("field", field["field"]), _filled(field["share"]), words.percent(field["share"])]
            for field in figures["fields"]
        ],
    )
    show(
        "answers",
        ("answer", "becomes", "leads"),
        [
            [_answer(answer, words), words("becomes", answer["becomes"]), words.number(answer["leads"])]
            for answer in figures["consent"]["answers"]
        ],
    )
    show(
        "patterns",
        ("pattern", "count", "share"),
        [
            [words("pattern", row["pattern"]), words.number(row["found"]), words.percent(row["share"])]
            for row in figures["patterns"]
            if row["found"]
        ],
        2,
    )
    show(
        "misspellings",
        ("domain", "meant", "count"),
        [
            [row["domain"], row["meant"], words.number(row["emails"])]
            for row in figures["emails"]["misspelt_domains"]
        ],
    )
    show("columns", ("column", "field", "why", "sure", "filled"),
         [[row["header"], words.target(row["field"]), row["why"], words.percent(row["confidence"]),
           words.percent(row["share"])] for row in figures["columns"]], 2)  # fmt: skip


def _plain(text: str) -> str:
    """What a file says, without the terminal's own commands."""
    return "".join("·" if category(char)[0] == "C" else char for char in text)


def _filled(share: float) -> str:
    full = round(20 * share)
    return "█" * full + "░" * (20 - full)


def _answer(answer: dict[str, Any], words: "Words") -> str:
    """An answer of the consent column as it is shown."""
    if answer["hidden"]:
        return words("label", "hidden", count=words.number(answer["hidden"]))
    return words("label", "empty") if answer["answer"] is None else str(answer["answer"])
