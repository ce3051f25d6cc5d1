"""The rooms of `dedupe` stand in the order in which a lead goes through them, and none looks ahead."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import dedupe

ROOMS = ("evidence", "candidates", "scoring", "deciding", "deriving")
FOLDER = Path(dedupe.__file__).parent


def used(file: Path) -> Iterator[str]:
    """Modules of `dedupe` that a file imports at its top, without the name of the package."""
    for node in ast.parse(file.read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "dedupe":
            within = node.module.split(".")[1:]
            names = [alias.name for alias in node.names]
            yield from [".".join(within)] if len(within) == 2 else [".".join([*within, name]) for name in names]


def test_every_room_has_its_place() -> None:
    assert {file.parent.name for file in FOLDER.glob("*/*.py")} == set(ROOMS)


def test_no_room_looks_ahead() -> None:
    ahead = [
        f"{file.relative_to(FOLDER)} imports {name}"
        for file in FOLDER.glob("*/*.py")
        for name in used(file)
        if (room := name.split(".")[0]) in ROOMS and ROOMS.index(room) > ROOMS.index(file.parent.name)
    ]
    assert ahead == []


def test_no_import_goes_in_a_circle() -> None:
    graph = {}
    for file in FOLDER.rglob("*.py"):
        module = ".".join(file.relative_to(FOLDER).with_suffix("").parts)
        # `from dedupe.engine import Engine` names the module or a name in it.
        graph[module] = {name.split(".")[0] if name.split(".")[0] not in ROOMS else name for name in used(file)}
    assert "scoring.comparisons" in graph["scoring.weights"]
    assert list(TopologicalSorter(graph).static_order())
