"""The wheel, installed where no checkout is near: everything in it, and the whole job runs from it."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@dataclass(frozen=True)
class Place:
    """A clean environment with the wheel in it, an empty home and an empty folder to stand in."""

    bin: Path
    home: Path
    cwd: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.bin}{os.pathsep}{os.defpath}", "HOME": str(self.home), "LANG": "C.UTF-8"}
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    there = Place(folder / "venv" / "bin", folder / "home", folder / "cwd")
    there.home.mkdir()
    there.cwd.mkdir()
    pip = there.run("python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel))
    assert pip.returncode == 0, pip.stderr
    # The libraries are lent by the environment of the tests. Python does not follow a .pth file that lies in a
    # folder named by a .pth file, so the checkout, installed there as such a link, stays out of reach.
    site = Path(there.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return there


def test_the_wheel_holds_every_file_of_its_folders(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        file.relative_to(ROOT).as_posix()
        for folder in SHIPPED
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert ours - names == set()
    strangers = {name for name in names - ours if ".dist-info/" not in name}
    assert strangers == {"config/prefect.yaml"}


@pytest.mark.parametrize(
    "pattern",
    [
        "config/sources/*.toml",
        "config/policy/*.toml",
        "config/segments.toml",
        "config/owners.toml",
        "config/duties.toml",
        "store/migrations/versions/*.py",
        "store/migrations/script.py.mako",
    ],
)
def test_examples_policy_and_migrations_are_shipped(wheel: Path, pattern: str) -> None:
    assert [name for name in zipfile.ZipFile(wheel).namelist() if Path(name).match(pattern)]


def test_the_installed_package_is_the_wheel(place: Place) -> None:
    shown = place.run("python", "-c", "from leads.settings import SHIPPED_CONFIG as c; print(c); import pandas")
    assert shown.returncode == 0, shown.stderr
    assert Path(shown.stdout.strip()).is_relative_to(place.bin.parent)
    assert (Path(shown.stdout.strip()) / "sources").is_dir()


@pytest.mark.flows
def test_the_demo_runs_from_the_wheel(place: Place) -> None:
    demo = place.run("leads", "demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "Traceback" not in demo.stdout + demo.stderr
    # The demo's home is thrown away; where it was started from stays as it was.
    assert list(place.cwd.iterdir()) == []
