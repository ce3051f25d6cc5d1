"""The marker person of `test_marker`: their files and what providers tell of them, and the commands they go through."""

import dataclasses
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from shutil import copyfile, copytree
from typing import Any

from leads import demo
from leads.demo import typeform
from leads.settings import SHIPPED_CONFIG

PHONE, MAIL, CANONICAL = "+49 151 23571113", "zephyrine.quillfeather@example.com", "+4915123571113"
PHONES = ("0151 23571113", "(0151) 2357-1113", "0049-151-23571113", "0151/2357 1113", "０１５１２３５７１１１３")
NAME, FIRM, CYRILLIC = "Zephyrine Quillfeather", "Quillfeather Xylograph GmbH", "Квилфезер"
STREET, BIRTHDAY, REQUEST = "Markerweg 77b", "17.03.1971", "Please send the azurite brochure"
OTHER = ("Zeph Quillfeather", "+49 151 23571117", "z.quillfeather@example.com")
OFFICE = "+49 30 23571119"
# Somebody whose time is over: of a source whose contract ended.
GONE = ("Barnabas Azurite", "+49 151 23571118", "b.azurite@example.com")
CANARY_AT = "canary.example.com"
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
PAST = [
    "kind,point,at,channel,purpose,controller,proof",
    f"given,{PHONE},2026-01-01,call,marketing,,a tape of {NAME}",
    f"withdrawn,{MAIL},2026-01-02,{PHONE},{NAME},,{STREET}",
    f"refused,{OTHER[1]},31.02.2026,call,,{PHONE},{STREET}",  # the controller is a phone: a shifted column
    f"given,{OTHER[2]},2026-01-02,call,,{MAIL},",
    f"given,{NAME},{PHONE},{MAIL},,,",
    f"{NAME},{PHONE},2026-01-01,,,,",
    f"given,{PHONE},{NAME},,,,",
]
COLUMNS = {"Name": "full_name", "Phone": "phone", "Mail": "email", "Firm": "company", "Street": "address",
           "Born": "birthday", "Wish": "request", "Answer": "consent"}  # fmt: skip
CONSENT = {"given": ["ja"], "refused": ["nein"], "text": "I agree", "version": "1", "channels": ["call", "email"]}


Step = dict[str, Any]


def steps(files: Path) -> list[Step]:
    """The commands, in an order in which each has something to do; with `broken`, that function fails and quotes the
    person, as libraries do."""

    def leads(*argv: str, broken: str = "", stdin: str = "") -> Step:
        return {"argv": argv, "broken": broken, "stdin": stdin}

    me, base, offer = f"{PHONES[1]}\n", str(files / "base.csv"), str(files / "offer.csv")
    out = {name: str(files / name) for name in ("rejects.xlsx", "pairs.xlsx", "report.html", "clean.csv", "clusters.csv",
           "doubt.xlsx", "copy.html", "copy.jsonld", "backup.tar.gz", "half.tar.gz", "notices.csv", "notices.xlsx",
           "ask.xlsx", "recalls.xlsx")}  # fmt: skip
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
        leads("deliveries"), leads("deliveries", "--json"), leads("deliveries", "@delivery", "--again"),
        leads("deliveries", "@delivery", "--again", broken="consent.asking.again"),
        leads("deliveries", MAIL), leads("deliveries", PHONE, "--again"),
        leads("canary", "-", stdin=me), leads("canary", "-", stdin=f"{NAME}\n"), leads("canary", "@canary"),
        *duties(files, out, leads),
        leads("why", "-", stdin=me), leads("why", "-", "--json", stdin=me), leads("why", "-", stdin=f"nobody-{MAIL}\n"),
        leads("why", "-", stdin=f"{NAME}\n"), leads("why", "-", stdin=me, broken="store.trail.leads"),
        leads("may-contact", "-", stdin=me), leads("may-contact", "-", "--channel", "pigeon", stdin=me),
        leads("review"), leads("review", "--out", out["pairs.xlsx"]), leads("review", "--json"),
        leads("review", "--take", out["pairs.xlsx"]),
        leads("resolve"), leads("resolve", "--apply"), leads("resolve", broken="flows.alike.resolving.difference"),
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
        leads("recalls"), leads("recalls", "--json"), leads("recalls", "--out", out["recalls.xlsx"]),
        leads("recalls", broken="store.recalls.listing"), leads("recalls", "@delivery", "--done", "--by", "sales"),
        leads("keys", "list"), leads("keys", "rotate", "pepper"), leads("keys", "rotate", "master", "--json"),
        leads("keys", "rotate", NAME), leads("ingest", "cards"), leads("keys", "list", "--json"),
        leads("consent", "anchor"), leads("consent", "verify"), leads("consent", "verify", "--json"),
        leads("backup", out["backup.tar.gz"]), leads("backup", out["half.tar.gz"], broken="store.backup._add_table"),
        {"traces": "before"},
        leads("retention"), leads("retention", "--json"), leads("retention", broken="consent.keeping.past"),
        leads("retention", "--apply", broken="flows.redacting.redact"), leads("retention", "--apply"),
        leads("ingest", "ended"),
        leads("hold", "@contact", "--until", "2036-12-31", "--because", "case 12"), leads("hold"), leads("hold", "--json"),
        leads("hold", "-", "--until", BIRTHDAY, "--because", "case 12", stdin=me),
        leads("hold", "-", "--until", "2036-12-31", "--because", "case 12", stdin=f"nobody-{MAIL}\n"),
        leads("erase", "@contact"), leads("notices"), leads("retention", "--apply", "--json"), leads("duties"),
        leads("may-contact", "-", stdin=me), leads("hold", "@contact", "--until", "2026-01-31", "--because", "over"),
        leads("erase", "-", "--dry-run", stdin=me), leads("erase", "@contact", broken="flows.redacting.redact"),
        leads("erase", "@contact"), leads("erase", "@contact", "--json"),
        leads("restore", out["half.tar.gz"], "--replace"), leads("restore", out["backup.tar.gz"], "--replace"),
        leads("ingest", "base"), leads("consent", "verify"), leads("status"),
        {"traces": "after"},
    ]  # fmt: skip


def duties(files: Path, out: dict[str, str], leads: Callable[..., Step]) -> list[Step]:
    """What is owed to people, history from another system, and consents that grow too old."""
    past, headless, me = str(files / "past.csv"), str(files / "headless.csv"), f"{PHONES[1]}\n"
    return [
        leads("ingest", "ended"),
        leads("notices"), leads("notices", "--json"), leads("notices", broken="consent.notices.queue"),
        leads("notices", "--out", out["notices.csv"], broken="flows.mailing.write"),
        leads("notices", "--out", out["notices.csv"]), leads("notices", "--out", out["notices.xlsx"], "--json"),
        leads("notices", "sent", out["notices.csv"], broken="store.ledger.append"),
        leads("notices", "sent", out["notices.xlsx"]), leads("notices", "sent", headless),
        leads("notices", "sent", MAIL), leads("notices", "sent", "-", stdin=f"{GONE[2]}\n"),
        leads("consent", "import", past, "--source", "base", "--dry-run"),
        leads("consent", "import", past, "--source", "base", broken="consent.past.judged"),
        leads("consent", "import", past, "--source", "base"),
        leads("consent", "import", past, "--source", "base", "--json"),
        leads("consent", "import", headless, "--source", "base"),
        leads("consent", "import", str(files / "base.csv"), "--source", "base"),
        leads("consent", "import", str(files / "odd.csv"), "--source", "base"),
        leads("consent", "import", str(files / "odd.csv"), "--source", "base", "--set", "Date=at"),
        leads("consent", "import", str(files / "torn.xlsx"), "--source", "base"),
        leads("consent", "import", past, "--source", "base", "--set", f"{NAME}={PHONE}"),
        leads("rejects", "@history"), leads("rejects", "@history", "--json"),
        leads("consent", "refresh"), leads("consent", "refresh", "--within", "P9Y", "--json"),
        leads("consent", "refresh", "--within", PHONE),
        leads("consent", "refresh", "--within", "P9Y", "--out", out["ask.xlsx"]),
        leads("consent", "refresh", broken="consent.lapsing.ends"), leads("consent", "refresh", "--expire"),
        leads("duties"), leads("duties", broken="consent.notices.queue"),
        leads("may-contact", "-", stdin=me), leads("why", "-", stdin=me),
    ]  # fmt: skip


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
    (files / "past.csv").write_text("\n".join(PAST), encoding="utf-8")
    (files / "odd.csv").write_text("\n".join([f"kind,point,Date,{NAME}", *PAST[1:3]]), encoding="utf-8")
    (files / "ended.csv").write_text(f"{HEAD}\n{','.join(GONE)},,,,,,\n", encoding="utf-8")
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
        "nul": garden(files, "nul.csv"), "ended": garden(files, "ended.csv", until="2026-01-31"),
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
    # Of Germans the law would hold the erasure up, after the hold that is tried.
    stated = (
        (SHIPPED_CONFIG / "duties.toml").read_text(encoding="utf-8").replace('country = "DE"', 'country = "FI"')
    )
    (home / "config" / "duties.toml").write_text(stated, encoding="utf-8")
    for other in ("policy", "segments.toml", "owners.toml"):
        copy = copytree if (SHIPPED_CONFIG / other).is_dir() else copyfile
        copy(SHIPPED_CONFIG / other, home / "config" / other)
    with (home / "config" / "owners.toml").open("a") as owners:
        owners.writelines(f'[owners.{one}.canary]\nnames = ["Anna Canary", "Ben Sample"]\ndomains = ["{CANARY_AT}"]\n'
                          for one in ("team_moscow", "team_budapest", "team_cluj", "team_sarajevo"))  # fmt: skip
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
    like = {
        "name": "Mira Modell",
        "email": "mira.modell@example.com",
        "consent": True,
    }  # whom a canary can be like
    answers = [
        typeform.response(Random(n), datetime(2026, 11, 20, tzinfo=UTC), c)
        for n, c in enumerate((cells, useless, like))
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
