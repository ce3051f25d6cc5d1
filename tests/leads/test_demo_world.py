"""The demo's world is what its truth says, by a reading of its own: no part of the pipeline takes part."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import phonenumbers
import pytest
from anyascii import anyascii
from email_validator import EmailNotValidError, validate_email
from python_calamine import CalamineWorkbook

from leads import demo, schema
from leads.demo import base, form, meetup, pretix, typeform, visitors
from leads.demo.people import Organisation
from leads.demo.story import Record
from leads.demo.truth import FATES
from leads.settings import SHIPPED_CONFIG
from leads.source import load_source

KINDS = {
    "stroyka_base": "purchased_base",
    "expo_visitors": "event",
    "conference_attendees": "event",
    "pretix_meetup": "event",
    "website_form": "web_form",
    "company_directory": "listing",
}
COMPANY = "a company"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> demo.World:
    return demo.build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(world: demo.World) -> dict:
    return json.loads((world.folder / "truth.json").read_text(encoding="utf-8"))


def usable(world: demo.World) -> list[Record]:
    return [r for records in world.records.values() for r in records if not r.note and not r.why]


@cache
def headers(source: str, field: str) -> list[str]:
    columns = load_source(SHIPPED_CONFIG, source).columns
    return [header for header, name in columns.items() if name == field]


def said(record: Record, field: str) -> list[str]:
    """What the cells mapped to `field` say, as the source file of the record's source maps them."""
    cells = [record.cells.get(header, "") for header in headers(record.source, field)]
    return [str(int(cell)) if isinstance(cell, float) else str(cell) for cell in cells if cell != ""]


def phones_in(record: Record) -> set[str]:
    """The valid numbers of the phone cells, in E.164, as phonenumbers alone reads them."""
    found = set()
    for text in re.split(r"[,;/]", ";".join(said(record, "phone"))):
        try:
            number = phonenumbers.parse(re.sub(r"\.0$", "", text.strip()), record.region or "RU")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


def emails_in(record: Record) -> set[str]:
    """The valid addresses of the e-mail cells, as email-validator alone reads them, in their canonical form."""
    found = set()
    for text in said(record, "email"):
        try:
            local, domain = validate_email(text, check_deliverability=False).normalized.casefold().split("@")
        except EmailNotValidError:
            continue
        if domain in ("gmail.com", "googlemail.com"):
            local, domain = local.partition("+")[0].replace(".", ""), "gmail.com"
        found.add(f"{local}@{domain}")
    return found


def folded(text: str) -> str:
    return "".join(c for c in anyascii(text).casefold() if c.isalnum())


def test_two_builds_are_the_same_to_the_byte(world: demo.World, tmp_path: Path) -> None:
    """In another process too, where sets and dicts of text have another order."""
    again = tmp_path / "again"
    code = "import sys, pathlib; from leads import demo; demo.build(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, str(again)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(demo.__file__).parents[2])},
    )
    names = sorted(path.name for path in world.folder.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert len(names) == 4
    for name in names:
        assert (world.folder / name).read_bytes() == (again / name).read_bytes(), name


def test_importing_the_demo_leaves_pandas_out() -> None:
    code = "import sys, leads.demo; sys.exit(bool({'pandas', 'pandera', 'xlsxwriter'} & sys.modules.keys()))"
    root = str(Path(demo.__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": root})


def test_truth_accounts_for_every_record(world: demo.World, truth: dict) -> None:
    assert FATES == schema.FATES
    assert truth["order"] == list(KINDS) == list(world.records)
    for name, source in truth["sources"].items():
        lines = [line for line in truth["records"] if line["source"] == name]
        assert source["received"] == len(lines) == len(world.records[name]) == sum(source["fates"].values())
        counted = Counter(line["fate"] for line in lines)
        assert {fate: n for fate, n in source["fates"].items() if n} == counted
        without_reason = [line for line in lines if bool(line["why"]) == (line["fate"] in ("created", "merged"))]
        assert not without_reason
        assert sum(source["reasons"].values()) == counted["quarantined"] + counted["not_a_record"]


def test_there_are_enough_leads_and_duplicates(truth: dict) -> None:
    fates = Counter(line["fate"] for line in truth["records"])
    leads = fates["created"] + fates["merged"] + fates["quarantined"]
    assert leads >= 2000
    assert fates["merged"] >= 0.25 * leads
    for source, number in {"stroyka_base": 850, "website_form": 400, "company_directory": 170}.items():
        assert truth["sources"][source]["received"] >= number


def test_duplicates_are_inside_every_source_and_across_the_kinds(truth: dict) -> None:
    contacts = [line for line in truth["records"] if line["fate"] in ("created", "merged")]
    inside = Counter((line["source"], line["entity"]) for line in contacts)
    assert {source for (source, _), n in inside.items() if n > 1} == set(KINDS)
    places: dict[str, set[str]] = {}
    for line in contacts:
        places.setdefault(line["entity"], set()).add(KINDS[line["source"]])
    pairs = Counter(pair for kinds in places.values() for pair in [(a, b) for a in kinds for b in kinds if a < b])
    assert len(pairs) == 6, "every two kinds of source share somebody"
    assert max(map(len, places.values())) >= 3


def test_each_record_states_the_points_the_plan_says(world: demo.World) -> None:
    for record in usable(world):
        assert phones_in(record) == set(record.phones), record
        assert emails_in(record) == set(record.emails), record
        assert record.phones or record.emails


def test_what_is_unusable_states_no_point(world: demo.World) -> None:
    unusable = [record for records in world.records.values() for record in records if record.why]
    assert len(unusable) > 50
    for record in unusable:
        assert not phones_in(record), record
        assert not emails_in(record), record


def test_names_are_written_as_the_plan_says(world: demo.World) -> None:
    for record in usable(world):
        name = folded("".join(said(record, "full_name")))
        company = folded("".join(said(record, "company")))
        if record.named == "full":
            assert folded(record.entity.family) in name, record
            assert folded(record.entity.given) in name, record
        elif record.named == "company":
            assert not name
            assert folded(record.entity.name) in company, record
        elif record.named == "none":
            assert not company, record
            assert name in {"", *map(folded, form.JUNK_NAMES)}, record


class Matcher:
    """The matching rule in its plainest form, one lead after another against the contacts before it."""

    def __init__(self, leads: list[Record]) -> None:
        self.contacts: dict[str, set[int]] = {}
        self.keys: list[set[tuple[str, str]]] = []
        self.names: dict[str, set[tuple[str, str]]] = {}
        for lead in leads:
            for point in points(lead):
                self.names.setdefault(point, set()).update([key(lead)] if lead.named == "full" else [])

    def fate(self, lead: Record) -> tuple[str, int]:
        """`created` or `merged`, and how many contacts the lead belongs to."""
        near = set().union(*(self.contacts.get(point, set()) for point in points(lead)))
        found = {number for number in near if self.is_same(lead, number)}
        self.keys.append({key(lead)}.union(*(self.keys[number] for number in found)))
        mine = {point for point, owners in self.contacts.items() if owners & found} if found else set()
        for point in mine | points(lead):
            self.contacts[point] = self.contacts.get(point, set()) - found | {len(self.keys) - 1}
        return ("merged" if found else "created"), len(found)

    def is_same(self, lead: Record, number: int) -> bool:
        known, mine = self.keys[number], key(lead)
        if mine in known and lead.named in ("full", "company"):
            return True
        if lead.named == "company" or any(other[1] == COMPANY for other in known):
            return False
        full = {other for other in known if len(other[1]) > 1}
        if lead.named == "full" and full:
            return False
        shared = {point for point in points(lead) if number in self.contacts.get(point, set())}
        personal = {p for p in shared if not p.startswith("info@") and len(self.names[p]) <= 1}
        return bool(personal) and all(agree(mine, other) for other in full or known)


def points(lead: Record) -> set[str]:
    return {*lead.phones, *lead.emails}


def key(lead: Record) -> tuple[str, str]:
    """Family and given name, folded; of an initial its letters; of an organisation the name without its form."""
    entity = lead.entity
    if isinstance(entity, Organisation):
        return folded(entity.name), COMPANY
    given = {"full": entity.given, "initial": entity.given[0]}.get(lead.named, "")
    return folded(entity.family) if given else "", folded(given)[:1] if lead.named == "initial" else folded(given)


def agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    same_family = not one[0] or not other[0] or one[0] == other[0]
    return same_family and (one[1].startswith(other[1]) or other[1].startswith(one[1]))


@pytest.mark.parametrize("shuffled", [None, 1, 2], ids=["as written", "shuffled once", "shuffled twice"])
def test_the_matching_rule_decides_the_fates_as_planned(
    world: demo.World, truth: dict, shuffled: int | None
) -> None:
    """Also when the records of a source come in another order, by number."""
    leads = []
    for records in world.records.values():
        batch = [record for record in records if not record.note and not record.why]
        leads += batch if shuffled is None else Random(shuffled).sample(batch, len(batch))
    matcher, fates, bridges = Matcher(leads), [], []
    for lead in leads:
        fate, contacts = matcher.fate(lead)
        fates.append((lead.source, fate))
        bridges += [lead.entity.id] if contacts > 1 else []
    planned = [(r["source"], r["fate"]) for r in truth["records"] if r["fate"] in ("created", "merged")]
    assert Counter(fates) == Counter(planned)
    assert sorted(bridges) == sorted(bridge["entity"] for bridge in truth["bridges"])
    if shuffled is None:
        assert fates == planned


def test_bridges_come_with_the_phone_then_the_mail_then_both(world: demo.World, truth: dict) -> None:
    assert len(truth["bridges"]) == 2
    for bridge in truth["bridges"]:
        records = [r for r in usable(world) if r.entity.id == bridge["entity"]]
        assert [(len(r.phones), len(r.emails)) for r in records] == [(1, 0), (0, 1), (1, 1)]
        assert [line["fate"] for line in bridge["records"]] == ["created", "created", "merged"]
        assert truth["entities"][bridge["entity"]]["contacts"] == 2


def test_who_comes_without_a_full_name_shares_no_point(world: demo.World) -> None:
    owners: dict[str, set[str]] = {}
    for record in usable(world):
        for point in (*record.phones, *record.emails):
            owners.setdefault(point, set()).add(record.entity.id)
    partial = [r for r in usable(world) if r.named in ("initial", "none")]
    assert len(partial) > 30
    assert all(len(owners[point]) == 1 for r in partial for point in (*r.phones, *r.emails))
    assert sum(len(ids) > 2 for ids in owners.values()) > 40, "switchboards and buyers stand with several names"


def test_what_must_never_come_is_stated_by_no_lead(world: demo.World, truth: dict) -> None:
    stated = {point for record in usable(world) for point in points(record)}
    assert len(truth["never"]) > 40
    assert not stated & set(truth["never"])


def test_the_base_is_in_the_state_such_bases_are_in(world: demo.World) -> None:
    text = (world.folder / "stroyka_base.csv").read_bytes().decode("cp1251")
    header, *lines = list(csv.reader(text.splitlines(), delimiter=";"))
    records = world.records["stroyka_base"]
    assert tuple(header) == base.HEADER
    assert len(lines) == len(records)
    assert lines[-1][0] == f"Итого: {sum(not record.note for record in records)}"
    assert lines.count(header) == 1
    assert lines.count([]) == 5
    assert sum(line != [] and not "".join(line) for line in lines) == 5
    data = [tuple(line) for line in lines if "".join(line)]
    assert len(data) - len(set(data)) == 14, "rows that are there twice, to the letter"
    phones = [line[4] for line in data]
    assert sum(bool(re.fullmatch(r"\d\.\d{4}E\+10", phone)) for phone in phones) > 30
    for pattern in (r"\d{11}\.0", r".*, .*", r".*; .*", r".* / .*", r".*доб\. \d+", r"8 \(\d{3}\).*", r"9\d{9}"):
        assert any(re.fullmatch(pattern, phone) for phone in phones), pattern


def test_the_workbook_holds_numbers_and_a_title(world: demo.World) -> None:
    with CalamineWorkbook.from_path(world.folder / "expo_visitors.xlsx") as book:
        title, header, *rows = book.get_sheet_by_index(0).to_python()
    records = world.records["expo_visitors"]
    assert len([title, *rows]) == len(records)
    assert header == list(visitors.EXPO.columns.values())
    assert title[0] == records[0].cells["Név"]
    assert sum(isinstance(row[1], float) for row in rows) > 30
    for row, record in zip(rows, records[1:], strict=True):
        assert row == [record.cells.get(column, "") for column in header]


def test_the_export_has_a_mark_and_two_alphabets(world: demo.World) -> None:
    content = (world.folder / "conference_attendees.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header, *lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert header == list(visitors.CONFERENCE.columns.values())
    assert len(lines) == len(world.records["conference_attendees"])
    names = [line[0] for line in lines if line]
    assert any(re.match(r"[а-ш]", name, re.IGNORECASE) for name in names)
    assert any("ć" in name for name in names)


@pytest.mark.parametrize("name", KINDS)
def test_source_files_load_and_fit_what_arrives(world: demo.World, name: str) -> None:
    source = load_source(SHIPPED_CONFIG, name)
    assert source.kind == KINDS[name]
    assert source.schedule and source.tags and source.licence and source.owner
    arriving = {header for record in world.records[name] for header in record.cells}
    assert arriving - source.columns.keys() == ({"ИНН"} if name == base.SOURCE else set())
    assert {"phone", "email", "company"} <= set(source.columns.values())
    assert source.assertions.min <= len(world.records[name]) <= (source.assertions.max or 0)
    answers = {text.strip().casefold() for r in world.records[name] for text in said(r, "consent") if not r.note}
    assert answers <= {text.casefold() for text in (*source.consent.given, *source.consent.refused)}
    options = {"LEADS_DEMO_DATA", "LEADS_DEMO_SITE", "LEADS_DEMO_TOKEN"}
    assert set(re.findall(r"\$\{(\w+)\}", str(source.pull))) <= options == set(demo.environment(world, "x"))


def test_source_files_name_the_shop_and_the_form_that_are_served() -> None:
    shop, sent = load_source(SHIPPED_CONFIG, meetup.SOURCE), load_source(SHIPPED_CONFIG, form.SOURCE)
    assert (shop.pull["organizer"], shop.pull["event"]) == (pretix.ORGANIZER, pretix.EVENT)
    assert sent.pull["form"] == typeform.FORM
