"""Are the locks in step with pyproject.toml? Compares the files alone, without a network; `make lock` mends it."""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

# As uv notes it: `# via wellspring-leads (pyproject.toml)`, with `:dev` for the group.
OURS = re.compile(r"# +(?:via +)?\S+ \(pyproject\.toml(:dev)?\)$")


@dataclass
class Pin:
    """One pinned library; a library may stand several times, under different markers."""

    name: NormalizedName
    version: str
    line: str
    hashes: int = 0
    ours: bool = False


def pins(lock: Path) -> list[Pin]:
    """The pins of a lock; raises InvalidRequirement (a ValueError) at a line that is none."""
    found: list[Pin] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        text = line.strip().rstrip("\\").strip()
        if line and not line[0].isspace() and not line.startswith("#"):
            pinned = Requirement(text)
            version = str(pinned.specifier).removeprefix("==")
            found.append(Pin(canonicalize_name(pinned.name), version, text))
        elif text.startswith("--hash=sha256:"):
            found[-1].hashes += 1
        elif OURS.match(text):
            found[-1].ours = True
    return found


def faults(asked: list[str], locked: list[Pin]) -> list[str]:
    """Where `asked` (requirements as pyproject.toml writes them) and the pins differ, one line each."""
    wanted = {canonicalize_name(r.name): r.specifier for r in map(Requirement, asked)}
    lines = [f"{name} is asked for and not pinned" for name in sorted(wanted.keys() - {p.name for p in locked})]
    for pin in locked:
        if not pin.hashes:
            lines.append(f"{pin.name} {pin.version} has no hash")
        if pin.name not in wanted and pin.ours:
            lines.append(f"{pin.name} is pinned on our behalf and no longer asked for")
        elif pin.name in wanted and not wanted[pin.name].contains(pin.version, prereleases=True):
            lines.append(f"{pin.name} {pin.version} is pinned, but {wanted[pin.name]} is asked for")
    return lines


def check(root: Path) -> list[str]:
    """All faults of the two locks beside `root`/pyproject.toml; empty when they are in step."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    run = pins(root / "requirements.lock")
    development = pins(root / "requirements-dev.lock")
    both = {pin.line for pin in development}
    return [
        *(f"requirements.lock: {fault}" for fault in faults(runtime, run)),
        *(
            f"requirements-dev.lock: {fault}"
            for fault in faults(runtime + project["dependency-groups"]["dev"], development)
        ),
        *(f"requirements-dev.lock: lacks {pin.line} of requirements.lock" for pin in run if pin.line not in both),
    ]


if __name__ == "__main__":
    report = check(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
    sys.exit("\n".join([*report, "Run `make lock` and commit what it changes."]) if report else 0)
