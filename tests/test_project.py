"""What holds for the whole tree: which folder may use which, names, sizes, and what the project declares."""

import ast
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = {"flows", "sources", "spiders", "enrich", "dedupe", "consent", "store", "sales", "leads"}

# Folder -> what it may use besides itself. `leads.cli` is a folder of its own: it stands at the top, and the rest
# of `leads` at the bottom.
ABOVE_LEADS = {"enrich", "dedupe", "spiders", "store"}
MAY_USE: dict[str, set[str]] = {
    "leads": set(),
    **{folder: {"leads"} for folder in ABOVE_LEADS},
    "consent": {"leads", "store"},
    "sources": {"leads", "store"},
    "sales": {"leads", "store", "consent", "dedupe", "enrich", "sources", "spiders"},
    "flows": OURS,
    "leads.cli": OURS,
}
KNOW_PREFECT = {"flows", "leads.cli"}


def tracked(pattern: str = "*") -> list[Path]:
    """Files of the checkout that git tracks or would track."""
    # The folder may belong to another user than the one who tests (a container's mount).
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z", "--", pattern]
    listing = subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def folder_of(module: str) -> str:
    return "leads.cli" if f"{module}.".startswith("leads.cli.") else module.split(".")[0]


def modules() -> list[Path]:
    return [file for file in tracked("*.py") if file.relative_to(ROOT).parts[0] in OURS]


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, at its top or late, by statement or by name."""
    package = module_name(file) if file.name == "__init__.py" else module_name(file).rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*above, *([module] if module else [])])
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def direction_faults(file: Path) -> list[str]:
    folder = folder_of(module_name(file))
    found = []
    for line, name in imports(file):
        target = folder_of(name)
        at = f"{file.relative_to(ROOT)}:{line} imports {name}"
        if target == "prefect" and folder not in KNOW_PREFECT:
            found.append(f"{at}; only {', '.join(sorted(KNOW_PREFECT))} know Prefect")
        if target in MAY_USE and target != folder and (target == "leads.cli" or target not in MAY_USE[folder]):
            found.append(f"{at}; {folder} may use {', '.join(sorted(MAY_USE[folder])) or 'nothing of ours'}")
    return found


def test_imports_point_one_way() -> None:
    assert [fault for file in modules() for fault in direction_faults(file)] == []


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("enrich/x.py", "def f():\n    from store import tables\n", "enrich may use leads"),
        ("dedupe/x.py", "import enrich.phones.cells\n", "dedupe may use leads"),
        ("consent/x.py", "from dedupe.candidates.keys import keys\n", "consent may use leads, store"),
        ("sales/x.py", "import flows\n", "sales may use"),
        ("leads/x.py", "from . import cli\n", "leads may use nothing of ours"),
        ("leads/demo/x.py", "from ..cli import app\n", "leads may use nothing of ours"),
        ("store/x.py", "import importlib\nimportlib.import_module('sales.owners')\n", "store may use leads"),
        ("sources/x.py", "from prefect.states import Failed\n", "know Prefect"),
        ("flows/x.py", "from leads.cli import app\n", "flows may use"),
        ("leads/cli/x.py", "import prefect\nimport flows\nfrom leads import schema\nfrom . import y\n", ""),
        ("sales/x.py", "from consent import gate\nfrom store import queries\nfrom sales import owners\n", ""),
    ],
)
def test_a_wrong_import_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, fault: str
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text(source)
    faults = direction_faults(file)
    assert bool(faults) == bool(fault)
    assert fault in " ".join(faults)


def test_flows_keep_their_annotations() -> None:
    # Prefect builds the form of a flow from its annotations and cannot when they are postponed.
    flows = [file for file in modules() if folder_of(module_name(file)) == "flows"]
    assert flows
    assert [file for file in flows if "__future__.annotations" in {name for _, name in imports(file)}] == []


def test_what_is_imported_is_declared() -> None:
    asked = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    declared = {canonicalize_name(Requirement(r).name) for some in asked for r in some}
    belongs_to = packages_distributions()
    missing = {}
    for file in modules():
        for line, name in imports(file):
            top = name.split(".")[0]
            if top in OURS or top in sys.stdlib_module_names:
                continue
            if not declared & {canonicalize_name(d) for d in belongs_to.get(top, [top])}:
                missing[top] = f"{file.relative_to(ROOT)}:{line}"
    assert missing == {}


def test_files_stay_readable() -> None:
    # A migration is the tables of its day, written out once and frozen: it is as long as they are many.
    code = [file for file in tracked("*.py") if "migrations" not in file.parts]
    lengths = {file.relative_to(ROOT): len(file.read_bytes().splitlines()) for file in code}
    assert {file: lines for file, lines in lengths.items() if lines > 400} == {}


def test_names_say_what_a_module_is() -> None:
    vague = re.compile(r"(utils?|helpers?|misc|common|managers?)$")
    assert [f.relative_to(ROOT) for f in tracked("*.py") if any(map(vague.match, (f.stem, f.parent.name)))] == []


def test_no_registry_is_named() -> None:
    # Whoever installs chooses where from; spelled in pieces, so that this file is not found itself.
    words = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "--index" + "-url", "--extra-index" + "-url")
    named = [
        (file.relative_to(ROOT), word)
        for file in tracked()
        for word in words
        if word.encode() in file.read_bytes()
    ]
    assert named == []


def test_the_wheel_ships_every_package() -> None:
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages == OURS
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == OURS | {"config"}
    assert set(PROJECT["tool"]["mypy"]["packages"]) == OURS


check_lock = runpy.run_path(str(ROOT / ".ci" / "check_lock.py"))["check"]


def test_the_locks_are_in_step() -> None:
    assert check_lock(ROOT) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("pyproject.toml", '"duckdb>=2.0,<3"', '"duckdb>=900"', "900 is asked for"),
        ("pyproject.toml", '"tenacity>=9",', "", "tenacity is pinned on our behalf and no longer asked for"),
        ("pyproject.toml", '"tenacity>=9",', '"tenacity>=9", "left-out",', "left-out is asked for and not pinned"),
        ("requirements.lock", r"(?m)^anyio==\S+", "anyio==0.1", "requirements-dev.lock: lacks anyio==0.1"),
        ("requirements.lock", r"(?m)^(six==.*\n)(    --hash.*\n)+", r"\1", "six .* has no hash"),
    ],
)
def test_a_lock_out_of_step_would_be_found(tmp_path: Path, file: str, old: str, new: str, fault: str) -> None:
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    pattern = old if file.endswith(".lock") else re.escape(old)
    changed, times = re.subn(pattern, new, text)
    assert times == 1
    (tmp_path / file).write_text(changed, encoding="utf-8")
    assert re.search(fault, "\n".join(check_lock(tmp_path)))
