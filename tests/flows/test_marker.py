"""A person of unmistakable values goes through every flow and every command, also through such as fail: nothing of them
is to be found in what is printed, in logs, in Prefect's database or in a folder for temporary files (promise P7).

One process of its own, for a temporary server of Prefect takes 12 s to start. Run as a script, this file is that
process: it takes the steps from a file, as a shell would, and looks for traces where a step says so.
"""

import dataclasses
import importlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

from leads.cli import main
from leads.settings import settings
from store import trail
from store.engine import open_store, reading
from tests.flows.marked_person import CANONICAL, MAIL, NAME, OTHER, PHONE, TRACE, Step, served, steps, written

ROOT = Path(__file__).parents[2]


def asked_to_show(argv: list[str]) -> bool:
    """A person asked to be shown on the terminal is shown there; nothing else prints a value."""
    return argv[0] in ("why", "may-contact", "columns") or (argv[0], argv[-1]) in (
        ("rejects", "--json"), ("review", "--json"), ("subject", "-"),
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Ran:
    """What the process left: each step with its exit code and what it said, and its folders."""

    steps: list[Step]
    home: Path
    root: Path
    traces: dict[str, list[str]]
    sealed: bool


pytestmark = [pytest.mark.flows, pytest.mark.xdist_group("marker")]


@pytest.fixture(scope="module", params=["plain", pytest.param("sealed", marks=pytest.mark.slow)])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """With personal columns as they are; and sealed (`store.at_rest`): then what works must work, and the store's own
    file tells of nobody either."""
    root, sealed = tmp_path_factory.mktemp("marker"), request.param == "sealed"
    folders = {name: root / name for name in ("home", "files", "tmp", "user", "work", "said")}
    for folder in folders.values():
        folder.mkdir()
    written(folders["home"], folders["files"])
    todo = [step for step in steps(folders["files"]) if not (sealed and step.get("broken"))]
    (root / "steps.json").write_text(json.dumps(todo))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LEADS_", "PREFECT_"))}
    with served(root / "demo") as urls:
        own = {"LEADS_HOME": str(folders["home"]), "TMPDIR": str(folders["tmp"]), "HOME": str(folders["user"]),
               "XDG_RUNTIME_DIR": str(folders["tmp"]), "PYTHONPATH": str(ROOT), "PREFECT_LOGGING_LEVEL": "DEBUG",
               "PREFECT_LOGGING_EXTRA_LOGGERS": "leads,scrapy,httpx", "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
               "LEADS_ENCRYPT_VALUES": str(sealed)}  # fmt: skip
        with (root / "whole.log").open("w") as said:
            subprocess.run([sys.executable, __file__, str(root)], cwd=folders["work"], env=kept | urls | own, check=True,
                           stdout=said, stderr=said, timeout=600)  # fmt: skip
    done = json.loads((root / "done.json").read_text())
    return Ran(done["steps"], folders["home"], root, done["traces"], sealed)


def test_every_command_took_part(ran: Ran) -> None:
    """A test of commands that fail before they do anything would say nothing."""
    worked = {" ".join(words(step["argv"])) for step in ran.steps if step["code"] in (0, 1) and not step["broken"]}
    assert worked >= {
        "init", "columns", "ingest", "inbox", "status", "rejects", "edit", "segment", "deliver", "why", "may-contact",
        "review", "resolve", "merge", "unmerge", "split", "audit", "normalise", "dedupe", "registry import",
        "registry list", "subject", "consent withdraw", "consent anchor", "consent verify", "backup", "erase", "restore",
        "consent import", "consent refresh", "notices", "notices sent", "retention", "hold", "deliveries", "recalls",
        "canary", "keys list", "keys rotate", "duties",
    }  # fmt: skip
    for asked, codes in {
        ("deliveries", "@delivery", "--again"): [0], ("canary", "@canary"): [0], ("recalls",): [1],
        ("recalls", "@delivery", "--done", "--by", "sales"): [0],
        # What the run before it, which was killed, did to the end but for a file that is not ours.
        ("retention", "--apply"): [1 if ran.sealed else 0],
        ("consent", "import", str(ran.root / "files" / "past.csv"), "--source", "base"): [1],
        ("notices", "sent", str(ran.root / "files" / "notices.xlsx")): [0], ("hold",): [0], ("duties",): [0, 0],
        ("erase", "@contact"): [1, 1],  # held up; then done, but for files that are not ours
    }.items():  # fmt: skip
        assert [s["code"] for s in ran.steps if tuple(s["argv"]) == asked and not s["broken"]] == codes, asked
    told = [
        (ran.root / "said" / f"{s['said']}.out").read_text()
        for s in ran.steps
        if s["argv"] == ["erase", "@contact"]
    ]
    assert "NOT ERASED YET" in told[0] and "\nErased." in told[-1]
    assert TRACE.search((ran.root / "files" / "clean.csv").read_bytes()), "the person can be recognised"
    assert not [step for step in ran.steps if step["code"] not in (0, 1, 2, 3)]
    if ran.sealed:
        return
    broken = {" ".join(words(step["argv"])): step["code"] for step in ran.steps if step["broken"]}
    assert broken.pop("inbox") == 1, "the file is moved aside, and the others are taken"
    assert len(broken) >= 9 and set(broken.values()) == {3}
    with sqlite3.connect(ran.home / "prefect" / "prefect.db") as kept:
        states = dict(kept.execute("SELECT state_type, count(*) FROM flow_run GROUP BY 1"))
        logged = kept.execute("SELECT count(*) FROM log").fetchone()[0]
    assert states["FAILED"] >= 9 and states["COMPLETED"] >= 9 and logged > 100


def words(argv: list[str]) -> list[str]:
    grouped = argv[0] in ("consent", "registry", "keys") or argv[:2] == ["notices", "sent"]
    return argv[:2] if grouped else argv[:1]


def test_nothing_is_printed_but_what_was_asked_for(ran: Ran) -> None:
    for step in ran.steps:
        said = {stream: (ran.root / "said" / f"{step['said']}.{stream}").read_bytes() for stream in ("out", "err")}
        assert not TRACE.findall(said["err"]), step
        if step["broken"] or not asked_to_show(step["argv"]):
            assert not TRACE.findall(said["out"]), step
    assert not TRACE.findall((ran.root / "whole.log").read_bytes())


def test_nothing_is_left_in_any_other_file(ran: Ran) -> None:
    """Prefect's database and logs, temporary folders, the folder the command ran in and the user's: before the person is
    erased, and after."""
    assert ran.traces == {"before": [], "after": []}


def play(root: Path) -> None:
    """Run the steps as a shell would, one after the other in this process."""
    done: dict[str, Any] = {"steps": [], "traces": {}}
    for number, step in enumerate(json.loads((root / "steps.json").read_text())):
        if "traces" in step:
            done["traces"][step["traces"]] = traces(root)
            continue
        argv = [known(root / "home", word) for word in step["argv"]]
        said = [(root / "said" / f"{number}.{stream}").open("w+") for stream in ("out", "err")]
        done["steps"].append(step | {"code": alone(argv, step, said), "said": f"{number}"})
    (root / "done.json").write_text(json.dumps(done))


def alone(argv: list[str], step: Step, said: list[Any]) -> Any:
    """Run one command with both streams of the process going to files of its own; returns its exit code."""
    kept = [os.dup(1), os.dup(2)]
    for stream, to in ((1, said[0]), (2, said[1])):
        os.dup2(to.fileno(), stream)
    module, _, name = step["broken"].rpartition(".")
    broken = [patch.object(importlib.import_module(module), name, side_effect=quoting)] if name else []
    try:
        with patch.object(sys, "argv", ["leads", *argv]), patch.object(sys, "stdin", io.StringIO(step["stdin"])):
            for one in broken:
                one.start()
            by_the_clock() if argv == ["duties"] else main()
        return 0
    except SystemExit as error:
        return error.code or 0
    except BaseException:
        traceback.print_exc()
        return "crashed"
    finally:
        for one in broken:
            one.stop()
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, to in zip((1, 2), kept, strict=True):
            os.dup2(to, stream)


def by_the_clock() -> None:
    """The flow that no command runs."""
    from flows.duties import duties as flow
    from leads.errors import LeadsError

    try:
        flow()
    except LeadsError as error:
        sys.exit(error.exit_code)


def quoting(*_: Any, **__: Any) -> None:
    raise ValueError(f"could not convert {PHONE!r} of {NAME} <{MAIL}>")


HANDED = {
    "@delivery": "SELECT reference FROM hand_over WHERE kind = 'delivery'", "@canary": "SELECT email FROM canary",
    "@history": "SELECT public_id FROM batch WHERE status = 'history'",
}  # fmt: skip


def known(home: Path, word: str) -> str:
    """What stands for an id that nobody knows beforehand."""
    if not word.startswith("@"):
        return word
    with reading(open_store(f"sqlite:///{home / 'store.db'}")) as connection:
        if word in HANDED:
            return str(connection.execute(text(HANDED[word])).scalar())
        if word == "@batch":
            sql = "SELECT public_id FROM batch WHERE id = (SELECT min(batch_id) FROM fate WHERE fate = 'quarantined')"
            return str(connection.execute(text(sql)).scalar())
        phone = OTHER[1].replace(" ", "") if word == "@other" else CANONICAL
        found = trail.contacts_with(connection, "phone", phone)
        if found and word == "@lead":
            return str(trail.leads(connection, found[0])[-1]["public_id"])
    return found[0] if found else "00000000-0000-7000-8000-000000000000"


def traces(root: Path) -> list[str]:
    """Files that tell of the person and may not: neither store nor landing nor registered, not asked for, not given."""
    home = root / "home"
    with sqlite3.connect(home / "store.db") as store:
        registered = {Path(path) for (path,) in store.execute("SELECT path FROM personal_file")}
    ours = [home / "landing", root / "files", root / "demo", root / "said", root / "steps.json"]
    ours += [] if settings().encrypt_values else [home / "store.db", home / "store.db-wal"]
    found = list((root / "files").glob(".*"))
    for file in root.rglob("*"):
        if not file.is_file() or file in registered or any(file.is_relative_to(one) for one in ours):
            continue
        packed = file.suffix in (".parquet", ".xlsx", ".gz", ".zip")
        if packed or TRACE.search(file.read_bytes()) or TRACE.search(str(file.name).encode()):
            found.append(file)
    return sorted(str(file.relative_to(root)) for file in found)


if __name__ == "__main__":
    play(Path(sys.argv[1]))
