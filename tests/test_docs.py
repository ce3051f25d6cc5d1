"""The pages say what is there: their commands, options, targets, links, settings and examples are tried."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from leads.settings import Settings
from leads.source import FIELDS, Source, validate

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def shell_lines(page: Path) -> Iterator[str]:
    """Commands the page tells the reader to type: lines of its `sh` blocks, and code within its sentences."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    for language, body in blocks:
        if language == "sh":
            yield from (line.split(" #")[0].strip() for line in body.splitlines())
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`((?:leads|make) [^`]+)`", prose)


def commands(page: Path, program: str) -> list[list[str]]:
    """Words after `program` of each command line of a page, pipes and variables before it aside."""
    lines = re.findall(rf"(?:^|[ /|]){program} +([a-z][^|>\n]*)", "\n".join(shell_lines(page)), flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


@cache
def command_line() -> Any:
    typer = pytest.importorskip("typer")
    return typer.main.get_command(pytest.importorskip("leads.cli").app)


@page
def test_every_command_shown_exists(page: Path) -> None:
    for words in commands(page, "leads"):
        command, rest = command_line(), list(words)
        while rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest.pop(0)]
        # A group that does something by itself is a command as well.
        alone = getattr(command, "invoke_without_command", False)
        assert alone or not getattr(command, "commands", None), f"leads {' '.join(words)}: no such command"
        known = {"--help", *(option for p in command.params for option in (*p.opts, *p.secondary_opts))}
        shown = {word.strip("[]").split("=")[0] for word in rest if word.strip("[]").startswith("--")}
        assert shown <= known, f"leads {command.name} has no {shown - known}"


def test_every_command_is_in_the_readme() -> None:
    shown = {words[0] for words in commands(ROOT / "README.md", "leads")}
    assert set(command_line().commands) - shown == set()


@page
def test_every_target_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {words[0] for words in commands(page, "make")} <= targets


@page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in PAGES if p.is_relative_to(ROOT / "docs")]
    assert [name for name in pages if name != "README.md" and f"({name})" not in index] == []


def test_every_setting_is_documented() -> None:
    documented = set(
        re.findall(r"^\| `(LEADS_\w+)`", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
    )
    assert documented == {f"LEADS_{name.upper()}" for name in Settings.model_fields}


def test_the_example_sources_load() -> None:
    example = r"^```toml\n# config/sources/(\w+)\.toml\n(.*?)^```"
    found = [
        validate(Source, {"name": name, **tomllib.loads(body)}, page)
        for page in PAGES
        for name, body in re.findall(example, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]
    assert found


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "add-a-source.md").read_text(encoding="utf-8")
    fields = re.search(r"to our fields:\n\n(.*?)\n\n", text, re.DOTALL)
    assert fields
    assert set(re.findall(r"`(\w+)`", fields[1])) == {*FIELDS, "ignore"}
