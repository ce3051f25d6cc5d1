"""`leads columns`: what each column of a file is for; shown, corrected and remembered before anything is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leads.cli.show import as_json, out, say, table
from leads.errors import LeadsError
from leads.settings import SHIPPED_CONFIG, settings

if TYPE_CHECKING:
    from leads.source import Source
    from sources.columns import Guess

SAMPLE = 200  # records that the columns are recognised by
UNSURE = 0.6  # a guess below this needs a person


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog='Example: leads columns stroyka_base --file base.csv --set "Связь=phone" --save')(columns)


def columns(
    what: Annotated[str, typer.Argument(metavar="SOURCE_OR_FILE", help="A configured source, or a file.")],
    file: Annotated[Path | None, typer.Option(help="Read this file instead of the source's own.")] = None,
    sheet: Annotated[
        str,
        typer.Option("--table", metavar="NAME", help="Of a file with several sheets or tables: show this one."),
    ] = "",
    put: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Header=field; nothing behind the sign: kept as an attribute. May be repeated."
        ),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Remember the mapping for this source.")] = False,
    language: Annotated[
        str, typer.Option(help="Of a file without a source: ru, en, de, hu, ro, bs, hr, sr.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Which of our fields is each column for, and how sure is that? Shows values of the file; loads nothing.

    Exit code 1 when a column is unsure: say what it is with --set.
    """
    from leads.source import source_names

    is_source = what in source_names(settings().config_dir)
    if save and not is_source:
        raise LeadsError("only the mapping of a configured source is remembered", where=what,
                         do="Write config/sources/<name>.toml first, see docs/add-a-source.md")  # fmt: skip
    source = _configured(what, file) if is_source else _of_file(Path(what) if file is None else file, language)
    source, tables = _of_table(source, sheet)
    headers, sample, shown = _sample(source)
    guesses = _corrected(_guesses(source, headers, sample), put or [])
    kept = _remember(what, guesses) if save else None
    _show(source, guesses, tables, shown, json)
    if kept:
        say(f"Remembered in {kept}")
    if not save and any(guess.confidence < UNSURE and guess.target for guess in guesses):
        raise typer.Exit(1)


def _configured(name: str, file: Path | None) -> "Source":
    from leads.source import load_source

    source = load_source(settings().config_dir, name)
    if file is None and "file" not in source.pull:
        raise LeadsError("this source reads no file", where=f"source {name}", do="Name one with --file")
    options = {key: value for key, value in source.pull.items() if file is None or key != "file"}
    return source.model_copy(update={"pull": {**options, "file": str(file)}}) if file else source


def _of_file(file: Path, language: str) -> "Source":
    from leads.source import Source, source_names

    if not file.is_file():
        known = ", ".join(source_names(settings().config_dir)) or "none"
        raise LeadsError("there is no such source or file", where=str(file), do=f"Configured sources: {known}")
    asked = language or settings().language
    return Source.model_validate(
        {"name": "looked_at", "title": file.name, "kind": "purchased_base", "owner": "nobody", "licence": "none",
         "legal_basis": "none", "from_person": False, "region": "ZZ", "language": asked, "pull": {"file": str(file)}}
    )  # fmt: skip


def _of_table(source: "Source", name: str) -> "tuple[Source, list[str]]":
    """The source with the chosen table, and the names of all tables in its file where there are several."""
    from sources import tables

    names = tables.names(source)
    if name and not names:
        raise LeadsError("a delimited text is one table", where=source.title, do="Leave --table out")
    chosen = source.model_copy(update={"pull": {**source.pull, "sheet": name}}) if name else source
    return chosen, names if len(names) > 1 else []


def _guesses(source: "Source", headers: list[str], sample: list[list[str | None]]) -> "list[Guess]":
    """The guesses for the columns of the source's file, with what its configuration says in their place."""
    from dataclasses import replace

    from sources.columns import recognise
    from sources.headers import folded

    stated = {folded(header): target for header, target in source.columns.items()}
    return [
        replace(guess, target=stated[key], confidence=1.0, why="as configured")
        if (key := folded(guess.header)) in stated
        else guess
        for guess in recognise(headers, sample, source.language)
    ]


def _sample(source: "Source") -> tuple[list[str], list[list[str | None]], str]:
    """The headers of the first table that has records, those, and its name in a file of several."""
    from contextlib import closing

    from leads.pull import NOTE, RESERVED, URI
    from sources import tables

    headers: list[str] = []
    with closing(tables.read(source)) as pull:
        for frame in pull:
            names = [str(name) for name in frame.columns if name not in RESERVED]
            headers = headers or names
            records = frame[frame[NOTE].isna()] if NOTE in frame else frame
            if len(records):
                shown = str(records[URI].iloc[0]).partition("#")[2]
                return names, records[names].head(SAMPLE).to_numpy().tolist(), shown
    return headers, [], ""


def _corrected(guesses: "list[Guess]", put: list[str]) -> "list[Guess]":
    """The guesses with what the person says instead; raises LeadsError for a header or a field there is not."""
    from dataclasses import replace

    from pydantic import TypeAdapter, ValidationError

    from leads.source import Target
    from sources.headers import folded

    said: dict[str, str] = {}
    known = {folded(guess.header) for guess in guesses}
    for word in put:
        header, sign, target = word.rpartition("=")
        if not sign or folded(header) not in known:
            raise LeadsError(
                f"--set '{word}': the file has no such header", do="Write Header=field, as the table shows"
            )
        try:
            said[folded(header)] = TypeAdapter(Target).validate_python(target.strip()) if target.strip() else ""
        except ValidationError as error:
            raise LeadsError(f"--set '{word}'", why=error.errors()[0]["msg"]) from None
    return [
        replace(guess, target=said[key], confidence=1.0, why="you say so")
        if (key := folded(guess.header)) in said
        else guess
        for guess in guesses
    ]


def _remember(name: str, guesses: "list[Guess]") -> Path:
    """Write the mapping beside the source files; what the source file says itself stays there alone."""
    from leads.source import read_toml, remember_columns, remembered_columns
    from sources.columns import mapping
    from sources.headers import folded

    config = settings().config_dir
    if config == SHIPPED_CONFIG:
        raise LeadsError(
            "the examples we ship are not changed", do="`leads init` gives you a configuration of your own"
        )
    own = {
        folded(h): target
        for h, target in read_toml(config / "sources" / f"{name}.toml").get("columns", {}).items()
    }
    for guess in guesses:
        if own.get(folded(guess.header), guess.target) != guess.target:
            raise LeadsError(f"column '{guess.header}' is mapped in the source file", where=f"{name}.toml, [columns]",
                             do="Change it there")  # fmt: skip
    shown = {folded(guess.header) for guess in guesses}
    # A column that this file lacks stays as it was.
    before = {h: target for h, target in remembered_columns(config, name).items() if folded(h) not in shown}
    found = {h: target for h, target in mapping(guesses).items() if folded(h) not in own}
    return remember_columns(config, name, {**before, **found})


def _show(source: "Source", guesses: "list[Guess]", tables: list[str], shown: str, json: bool) -> None:
    if json:
        answer: list[dict[str, Any]] = [
            {
                "header": g.header,
                "field": g.target,
                "confidence": g.confidence,
                "why": g.why,
                "examples": list(g.examples),
            }
            for g in guesses
        ]  # fmt: skip
        as_json({"source": source.name, "tables": tables, "table": shown, "columns": answer})
        return
    rows = [[g.header, " · ".join(value[:30] for value in g.examples), g.target or "(attribute)", _sure(g), g.why]
            for g in guesses]  # fmt: skip
    table(
        f"Columns of {source.title}{f', {shown}' if shown else ''}",
        ["header", "values", "field", "sure", "why"],
        rows,
        ["sure"],
    )
    if tables:
        out.print(f"The file has {len(tables)} tables: {', '.join(tables)}. --table shows another one; a source reads "
                  "every one that is not hidden, or the one that `sheet` under its [pull] names.", highlight=False,
                  markup=False)  # fmt: skip
    out.print('Wrong? `--set "Header=field"`; and `--save` remembers the mapping of a source.', highlight=False)


def _sure(guess: "Guess") -> str:
    return f"{guess.confidence:.0%}{' ?' if guess.confidence < UNSURE and guess.target else ''}"
