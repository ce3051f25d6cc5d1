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
import re
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from shutil import copyfile, copytree
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

from leads import demo
from leads.cli import main
from leads.demo import typeform
from leads.settings import SHIPPED_CONFIG, settings
from store import trail
from store.engine import open_store, reading

ROOT = Path(__file__).parents[2]
PHONE, MAIL, CANONICAL = "+49 151 23571113", "zephyrine.quillfeather@example.com", "+4915123571113"
PHONES = ("0151 23571113", "(0151) 2357-1113", "0049-151-23571113", "0151/2357 1113", "０１５１２３５７１１１３")
NAME, FIRM, CYRILLIC = "Zephyrine Quillfeather", "Quillfeather Xylograph GmbH", "Квилфезер"
STREET, BIRTHDAY, REQUEST = "Markerweg 77b", "17.03.1971", "Please send the azurite brochure"
OTHER = ("Zeph Quillfeather", "+49 151 23571117", "z.quillfeather@example.com")
OFFICE = "+49 30 23571119"
TRACE = re.compile(
    rb"zephyrine|quillfeather|xylograph|markerweg|azurite|2357[-. ]?111[0-9]|1971-03-17|17\.03\.1971|"
    + b"|".join(map(re.escape, (CYRILLIC.encode(), CYRILLIC.encode("utf-16-le"), json.dumps(CYRILLIC)[1:-1].encode()))),
    re.IGNORECASE,
)  # fmt: skip
HEAD = f"Name,Phone,Mail,Firm,Street,Born,Wish,Answer,Note for {NAME}"
ROWS = [
    f"{NAME},{PHONE},{MAIL},{FIRM},{STREET},{BIRTHDAY},{REQUEST},ja,{CYRILLIC}",
    f"{NAME},{PHONES[0]};{PHONES[1]},,,{STREET},31.02.1971,,{PHONE},x",  # the answer is a phone: a shifted column
    f"{NAME},12,not-{MAIL.replace('@', ' at ')},,{STREET},{BIRTHDAY},{REQUEST},nein,nothing usable",
    f'"{OTHER[0]}",{OTHER[1]},{OTHER[2]},{FIRM},{STREET},,"=HYPERLINK(""http://example.com/?{MAIL}"")",,',
    f"{PHONES[2]},{NAME},{STREET},{MAIL},{PHONES[3]},{REQUEST},,,cells in other columns",
    f"{NAME},{PHONES[4]},{MAIL},too,many,cells,in,this,row,{REQUEST},{STREET},{CYRILLIC}",
    f"{NAME},{PHONE},{MAIL}\x1b[31m,,{'A' * 70_000}{STREET},,,,",
]
COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "Firm": "company", "Street": "address",
           "Born": "birthday", "Wish": "request", "Answer": "consent"}  # fmt: skip
CONSENT = {"given": ["ja"], "refused": ["nein"], "text": "I agree", "version": "1", "channels": ["call", "email"]}
# What a person asked to be shown on the terminal is shown there. Nothing else prints a value.
SHOWN = {"why", "may-contact", "columns", "rejects --json", "review --json", "subject", "show a file"}


Step = dict[str, Any]


def steps(files: Path) -> list[Step]:
    """The commands, in an order in which each has something to do; with `broken`, that function fails and quotes the
    person, as libraries do."""

    def leads(*argv: str, broken: str = "", stdin: str = "") -> Step:
        return {"argv": argv, "broken": broken, "stdin": stdin}

    me, base, offer = f"{PHONES[1]}\n", str(files / "base.csv"), str(files / "offer.csv")
    out = {name: str(files / name) for name in ("rejects.xlsx", "pairs.xlsx", "report.html", "clean.csv", "clusters.csv",
           "doubt.xlsx", "copy.html", "copy.jsonld", "backup.tar.gz", "half.tar.gz")}  # fmt: skip
    return [
        leads("init"), leads("columns", "base"), leads("ingest", "base", "--dry-run"),
        *(leads("ingest", "base", broken=f"{where}.{name}") for where, name in (
            ("flows.stages", "begin_pull"), ("store.load", "load_chunk"), ("store.accounting", "account"))),
        *(leads("ingest", name) for name in ("base", "base", "cards", "typeform", "pretix", "directory", "headless",
                                             "few", "nul", "torn", "typeform_torn", "pretix_torn", "nosuch")),
        leads("ingest", "base", "--file", str(files / "torn.xlsx"), "--json"),
        leads("inbox"), leads("inbox", "--take", broken="store.load.load_chunk"), leads("inbox", "--take", "--json"),
        leads("status"), leads("status", "--json"),
        leads("rejects", "@batch"), leads("rejects", "@batch", "--out", out["rejects.xlsx"]),
        leads("rejects", "@batch", "--json"),
        leads("ingest", "base", "--file", out["rejects.xlsx"]),
        leads("edit", "-", "--set", "city=Bonn", "--by", "a call", stdin=me),
        leads("edit", "-", "--set", f"phone={PHONES[0]} or so", "--by", "a call", stdin=me),
        leads("edit", "-", "--set", f"{PHONES[0]}=phone", "--by", "a call", stdin=me),
        leads("segment"), leads("segment", "--json"),
        leads("deliver", broken="flows.handover._ask"), leads("deliver"), leads("deliver", "--json"),
        leads("why", "-", stdin=me), leads("why", "-", "--json", stdin=me), leads("why", "-", stdin=f"nobody-{MAIL}\n"),
        leads("why", "-", stdin=f"{NAME}\n"), leads("why", "-", stdin=me, broken="store.trail.leads"),
        leads("may-contact", "-", stdin=me), leads("may-contact", "-", "--channel", "pigeon", stdin=me),
        leads("review"), leads("review", "--out", out["pairs.xlsx"]), leads("review", "--json"),
        leads("review", "--take", out["pairs.xlsx"]),
        leads("resolve"), leads("resolve", "--apply"), leads("resolve", broken="flows.resolving.difference"),
        leads("subject", "-", "--out", out["copy.html"], stdin=me),
        leads("subject", "-", "--out", out["copy.jsonld"], stdin=me), leads("subject", "-", stdin=me),
        leads("merge", "-", "@other", stdin=f"{MAIL}\n"), leads("unmerge", "@contact"),
        leads("split", "@contact", "@lead"), leads("unmerge", "-", stdin=f"{OTHER[2]}\n"),
        leads("audit", offer, "--region", "DE", "--report", out["report.html"]),
        leads("audit", offer, "--region", "DE", "--json"), leads("audit", str(files / "headless.csv")),
        leads("audit", offer, broken="store.load.load_chunk"),
        leads("normalise", offer, "--out", out["clean.csv"], "--region", "DE"),
        leads("normalise", offer, "--out", out["clean.csv"], broken="flows.normalised.read_part"),
        leads("dedupe", base, "--out", out["clusters.csv"], "--pairs", out["doubt.xlsx"]),
        leads("dedupe", base, "--out", out["clusters.csv"]),
        leads("dedupe", str(files / "headless.csv"), "--out", out["clusters.csv"], broken="flows.evidence.read"),
        leads("registry", "import", "gb-tps", str(files / "tps.txt"), "--as-of", "2026-11-20", "--region", "DE"),
        leads("registry", "import", "gb-tps", base, "--as-of", "2026-11-21"), leads("registry", "list"),
        leads("consent", "withdraw", "-", "--because", "a call", stdin=me),
        leads("consent", "withdraw", "-", "--channel", "sms", "--json", stdin=f"{PHONES[0]} or so\n"),
        leads("consent", "anchor"), leads("consent", "verify"), leads("consent", "verify", "--json"),
        leads("backup", out["backup.tar.gz"]), leads("backup", out["half.tar.gz"], broken="store.backup._add_table"),
        {"traces": "before"},
        leads("erase", "-", "--dry-run", stdin=me), leads("erase", "@contact", broken="flows.redacting.redact"),
        leads("erase", "@contact"), leads("erase", "@contact", "--json"),
        leads("restore", out["half.tar.gz"], "--replace"), leads("restore", out["backup.tar.gz"], "--replace"),
        leads("ingest", "base"), leads("consent", "verify"), leads("status"),
        {"traces": "after"},
    ]  # fmt: skip


def asked_to_show(argv: list[str]) -> bool:
    """A person asked to be shown on the terminal is shown there; nothing else prints a value."""
    return argv[0] in ("why", "may-contact", "columns") or (argv[0], argv[-1]) in (
        ("rejects", "--json"), ("review", "--json"), ("subject", "-"),
    )  # fmt: skip


def garden(files: Path, name: str, **more: Any) -> str:
    plain = {
        "title": "A base", "kind": "purchased_base", "owner": "sales", "licence": "contract 1", "from_person": False,
        "legal_basis": "legitimate interest", "region": "DE", "language": "de", "columns": COLUMNS, "consent": CONSENT,
        "pull": {"file": str(files / name)},
    } | more  # fmt: skip
    tables = {key: cell for key, cell in plain.items() if isinstance(cell, dict)}
    lines = [f"{key} = {json.dumps(cell)}" for key, cell in plain.items() if key not in tables]
    for key, cells in tables.items():
        lines += [f"[{key}]", *(f"{json.dumps(one)} = {json.dumps(cell)}" for one, cell in cells.items())]
    return "\n".join(lines)


def written(home: Path, files: Path) -> None:
    """The person's files, and the sources that read them."""
    (files / "base.csv").write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    # `audit` and `normalise` say which column they take for what: a header is shown there, as it is asked for.
    (files / "offer.csv").write_text("\n".join([HEAD.replace(NAME, "us"), *ROWS]), encoding="utf-8")
    (files / "headless.csv").write_text("\n".join(ROWS[:2]), encoding="utf-8")
    (files / "nul.csv").write_bytes("\n".join([HEAD, *ROWS]).encode() + f"{NAME}\x00{PHONE}".encode() * 9)
    (files / "torn.xlsx").write_bytes(b"PK\x03\x04" + ROWS[0].encode() * 9)
    (files / "tps.txt").write_text(f"{PHONE}\n{MAIL} or so\n{NAME}\n")
    (files / "cards.vcf").write_text(
        f"BEGIN:VCARD\nVERSION:3.0\nFN:{NAME}\nTEL:{PHONES[0]}\nEMAIL:{MAIL}\nBDAY:{BIRTHDAY}\nNOTE:{REQUEST}\nEND:VCARD\n"
        f"BEGIN:VCARD\nFN:{NAME}\nTEL:{PHONES[0]}\n"
    )
    cards = {"FN": "full_name", "TEL": "phone", "EMAIL": "email"}
    config = home / "config" / "sources"
    config.mkdir(parents=True)
    for name, source in {
        "base": garden(files, "base.csv"), "headless": garden(files, "headless.csv"),
        "few": garden(files, "base.csv", assertions={"min": 1000}), "torn": garden(files, "torn.xlsx"),
        "nul": garden(files, "nul.csv"),
        "cards": garden(files, "cards.vcf", kind="employee_base", columns=cards, pull={
            "file": str(files / "cards.vcf"), "brought_by": "anna", "lawful_origin": "collected at fairs in 2025"}),
    }.items():  # fmt: skip
        (config / f"{name}.toml").write_text(source)
    for name, shipped in (
        ("typeform", "website_form"),
        ("pretix", "pretix_meetup"),
        ("directory", "company_directory"),
    ):
        text = (SHIPPED_CONFIG / "sources" / f"{shipped}.toml").read_text().replace("min = 120", "min = 1")
        (config / f"{name}.toml").write_text(text)
        if name != "directory":
            (config / f"{name}_torn.toml").write_text(text.replace("LEADS_DEMO_SITE", "TORN"))
    for other in ("policy", "segments.toml", "owners.toml"):
        copy = copytree if (SHIPPED_CONFIG / other).is_dir() else copyfile
        copy(SHIPPED_CONFIG / other, home / "config" / other)
    for name, file in (("base", "dropped.csv"), ("few", "base.csv")):
        (home / "inbox" / name).mkdir(parents=True)
        (home / "inbox" / name / file).write_text("\n".join([HEAD, *ROWS[:3]]))
        os.utime(home / "inbox" / name / file, (1, 1))


@contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """The providers' sites with the person on them; and one that answers anything with something that is no answer."""
    world = demo.build(folder)
    cells = {
        "name": NAME,
        "phone": PHONES[0],
        "email": MAIL,
        "company": FIRM,
        "question": REQUEST,
        "consent": True,
    }
    useless = {"name": NAME, "phone": "12", "email": MAIL.replace("@", " at "), "question": REQUEST}
    answers = [
        typeform.response(Random(n), datetime(2026, 11, 20, tzinfo=UTC), c) for n, c in enumerate((cells, useless))
    ]
    [order, *_] = json.loads(json.dumps(world.orders))
    order |= {"email": MAIL, "phone": PHONE}
    order["positions"][0] |= {"attendee_name": NAME, "attendee_email": MAIL, "street": STREET, "company": FIRM}
    page = f'<html><body><a href="/directory/firm/7/">{FIRM}</a>{{}}</body></html>'
    firm = f"""<div itemscope itemtype="https://schema.org/Organization"><span itemprop="name">{FIRM}</span>
               <span itemprop="telephone">{OFFICE}</span></div>"""
    pages = {"/directory/": page.format(""), "/directory/firm/7/": page.format(firm)}
    person = dataclasses.replace(
        world, responses=answers, orders=[order], directory=dataclasses.replace(world.directory, pages=pages)
    )

    class Torn(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            torn = json.dumps(
                {"items": [{"answers": [MAIL], "token": {NAME: PHONE}}], "results": [{"email": {NAME: MAIL}}]}
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(torn.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: pytest shows what is printed."""

    torn = ThreadingHTTPServer(("127.0.0.1", 0), Torn)
    threading.Thread(target=torn.serve_forever, daemon=True).start()
    with demo.serve(person) as url:
        yield {**demo.environment(world, url), "TORN": f"http://127.0.0.1:{torn.server_port}"}
    torn.shutdown()
    torn.server_close()


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
    }  # fmt: skip
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
    return argv[:2] if argv[0] in ("consent", "registry") else argv[:1]


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
            main()
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


def quoting(*_: Any, **__: Any) -> None:
    raise ValueError(f"could not convert {PHONE!r} of {NAME} <{MAIL}>")


def known(home: Path, word: str) -> str:
    """What stands for an id that nobody knows beforehand."""
    if not word.startswith("@"):
        return word
    with reading(open_store(f"sqlite:///{home / 'store.db'}")) as connection:
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
