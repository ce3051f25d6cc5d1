"""The gate against the golden table (`tests/data/policy/golden.csv`), asked singly and all at once.

Each case is what a statute says, by hand, of a contact; none was taken from the code. Empty cells are the ordinary case.
`record`: `yes@2026-05-03`, `withdrawn[email]@2026-06-01`, `objected[any/any]@…` (the channel and purpose asked about
where none is named), in ledger order. `relation`: `customer@` or `enquiry@` and the day of it. `registries`: name and
day of the copy, `!` where it lists the number. `place`: number, kind, country and region of the address.
"""

import csv
import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import pandas as pd
import pytest

from consent import words
from consent.gate import Event, Known, Question, decide, judge
from leads import schema
from leads.clock import parse, utc

FILE = Path(__file__).parents[1] / "data" / "policy" / "golden.csv"
# A line in a town of one time zone, for whoever needs a number and is nowhere in particular.
NUMBERS = {
    "HU": "+3610000000", "RO": "+40210000000", "BA": "+38733000000", "HR": "+38510000000", "RS": "+381110000000",
    "RU": "+74950000000", "DE": "+49300000000", "FR": "+33100000000", "GB": "+442000000000", "IT": "+390600000000",
}  # fmt: skip
ACTS = {
    "yes": ("given", "subject", "checkbox"),
    "monthly": ("given", "subject", "checkbox"),
    "spoken": ("given", "subject", "oral"),
    "confirmed": ("given", "subject", "double opt-in"),
    "renewed": ("renewed", "subject", "checkbox"),
    "claim": ("imported_claim", "broker", "import"),
    "let_go": ("erased", "system", "rule"),
}
ACT = re.compile(r"(\w+)(?:\[([\w]+)(?:/(\w+))?\])?@([\d-]+)")
PROMISES = ((("monthly", None), "1/P1M"),)

Case = dict[str, str]


def cases() -> list[Case]:
    """Every row of the table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def name(case: Case) -> str:
    """What a test of the case is called."""
    return "-".join(case[part] for part in ("law", "channel", "audience", "record", "at", "reason") if case[part])


def question(case: Case) -> Question:
    """What is asked; without a place the number is a line in the capital."""
    law = tuple(filter(None, case["law"].split("|")))
    number, kind, country, region = (
        case["place"] or f"{NUMBERS.get(law[0] if law else '', '')}/fixed_line//"
    ).split("/")
    related = dict(part.split("@") for part in case["relation"].split())
    copies = [part.split("@") for part in case["registries"].split()]
    return Question(
        case["channel"],
        case["purpose"],
        law,
        case["audience"],
        sources=tuple(filter(None, case["sources"].split("|"))),
        number=number or None,
        kind=kind,
        country=country or None,
        region=region or None,
        customer_at=related.get("customer"),
        enquired_at=related.get("enquiry"),
        listed=tuple(copy for copy, day in copies if day.endswith("!")),
        snapshots=tuple((copy, day.rstrip("!")) for copy, day in copies),
        contacted=tuple(f"{day}T12:00:00Z" for day in case["contacted"].split()),
        promises=PROMISES,
    )


def history(case: Case) -> list[Event]:
    """What is on record."""
    found = []
    for i, (word, channel, purpose, day) in enumerate(ACT.findall(case["record"])):
        kind, actor, method = ACTS.get(word, (word, "subject", "form"))
        said = (kind, channel or case["channel"], purpose or case["purpose"], f"{day}T10:00:00.000000Z", actor)
        found.append(Event(f"e{i}", *said, None, "web_form", None, method, word))
    return found


@pytest.mark.parametrize("case", cases(), ids=name)
def test_golden(case, packs):
    answer = judge(question(case), history(case), packs, case["at"])
    assert (answer.verdict, answer.reason, answer.rule) == (case["verdict"], case["reason"], case["rule"])
    assert (answer.mend is None) == answer.allowed
    assert answer.review == "not confirmed by counsel"
    assert (answer.valid_until or "") > utc(parse(case["at"])) or not answer.allowed
    assert words.reason(answer.reason, answer.parameters, "hu")
    assert answer.allowed or words.mend(answer.mend, answer.parameters, "hu")


def test_the_table_is_wide():
    """Every country, channel, audience, reason and shipped rule that decides is met, and each change of law on both days."""
    table = cases()
    assert len(table) >= 300 and all(case["statute"] for case in table)
    assert {"HU", "RO", "BA", "HR", "RS", "RU", "DE", "FR", "GB", "US", "CA"} <= {case["law"] for case in table}
    for column, least in (("channel", 10), ("audience", 30)):
        counted = Counter(case[column] for case in table if case["audience"] != "press")
        assert min(counted.values()) >= least, counted
    assert {"call", "robocall", "sms", "email", "messenger", "post"} == {case["channel"] for case in table}
    silent = {"given", "opt_out", "customer", "enquiry", "published"}
    assert set(words.templates()["reason"]) <= {case["reason"] for case in table} | silent


def test_every_rule_that_can_decide_does(packs):
    met = {case["rule"] for case in cases()}
    silent = {"FR-CNIL-3Y", "RU-41FZ-CALLS"}  # overtaken by HOUSE-REFRESH; only says how
    silent |= {
        "US-MAIL",
        "US-SERVICE",
        "US-SERVICE-CONTRACT",
        "CA-MAIL",
        "CA-SERVICE",
        "CA-SERVICE-CONTRACT",
        "GB-SERVICE",
    }
    assert {rule.id for pack in packs.values() for rule in pack.rules} - met == silent


def test_in_sets_every_answer_is_the_same(packs, make_asked, make_events):
    """The moments with most cases, one call each; every case has a person, a number and a history of its own."""
    table = sorted(enumerate(cases()), key=lambda one: one[1]["at"])
    for at, found in groupby(table, key=lambda one: one[1]["at"]):
        copies = {}
        for i, case in found:
            copies.setdefault(tuple(sorted(question(case).snapshots)), []).append((i, case))
        for snapshots, alike in copies.items():
            if len(alike) < 8:
                continue
            made = _decided(alike, snapshots, packs, make_asked, make_events, at)
            one_by_one = [judge(question(case), history(case), packs, at) for _, case in alike]
            for column, wanted in _columns(one_by_one).items():
                assert [None if pd.isna(cell) else cell for cell in made[column]] == wanted, column


def _columns(answers):
    return {
        "verdict": [a.verdict for a in answers],
        "rule": [a.rule for a in answers],
        "pack": [a.pack for a in answers],
        "review": [a.review for a in answers],
        "evidence": [a.evidence for a in answers],
        "reason": [words.reason(a.reason, a.parameters, "en") for a in answers],
        "mend": [words.mend(a.mend, a.parameters, "en") for a in answers],
        "valid_until": [a.valid_until if a.allowed else None for a in answers],
        "hours": [a.hours or None for a in answers],
        "zones": ["|".join(a.zones) or None for a in answers],
    }


def _decided(alike, snapshots, packs, make_asked, make_events, at):
    asks = [(i, question(case)) for i, case in alike]
    values = {i: f"{q.number or 'none:'}{i:04}" if q.number else f"x{i}@example.com" for i, q in asks}
    type_ = {i: "phone" if q.number else "email" for i, q in asks}
    rows = [
        {"contact": f"c{i}", "type": type_[i], "value": values[i], "channel": q.channel, "purpose": q.purpose,
         "jurisdictions": "|".join(q.jurisdictions), "audience": q.audience, "kind": q.kind, "country": q.country,
         "region_code": q.region, "source_kinds": "|".join(q.sources) or None,
         "customer_at": q.customer_at and utc(parse(q.customer_at)),
         "enquired_at": q.enquired_at and utc(parse(q.enquired_at))}
        for i, q in asks
    ]  # fmt: skip
    events = [
        {**e._asdict(), "type": type_[i], "value": values[i], "lead_id": "l"}
        for i, case in alike
        for e in history(case)
    ]
    told = Known(
        snapshots={copy: utc(parse(day)) for copy, day in snapshots},
        listed=_texts(schema.LISTED, [(type_[i], values[i], copy) for i, q in asks for copy in q.listed]),
        contacted=_texts(
            schema.CONTACTED, [(f"c{i}", q.channel, utc(parse(t))) for i, q in asks for t in q.contacted]
        ),
        promised=_texts(schema.PROMISED, [("monthly", None, "1/P1M")]),
    )
    return decide(make_asked(rows), make_events(events), packs, at, "en", told)


def _texts(declared, rows):
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(declared.columns)
    return pd.DataFrame({key: schema.texts(cells) for key, cells in zip(declared.columns, columns, strict=True)})
