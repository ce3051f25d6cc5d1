"""How the command line talks."""

import typer

from leads.cli import app


def test_every_command_and_every_group_has_an_example():
    def without(command: typer.core.TyperGroup, path: str) -> list[str]:
        found = [] if path == "leads" or "Example" in (command.epilog or "") else [path]
        subs = getattr(command, "commands", {})
        return found + [one for name, sub in subs.items() for one in without(sub, f"{path} {name}")]

    assert without(typer.main.get_command(app), "leads") == []
