"""A yes ends when its entry or a pack says so, and the gate says the same at that very moment."""

from datetime import timedelta

import pytest

from consent import lapsing
from consent.gate import Event, Question, judge
from consent.notices import LANGUAGES
from consent.periods import after
from leads import clock
from leads.source import read_toml

GIVEN = "2024-02-29T10:00:00.000000Z"
ENDS = "2026-02-28T10:00:00.000000Z"
POINT = ("email", "a@example.com")
YES = {"kind": "given", "channel": "email", "purpose": "marketing", "event_time": GIVEN, "actor": "subject"}


def ends(packs, make_asked, make_events, *events, at=GIVEN, jurisdictions="DE", channel="email"):
    asked = make_asked([(*POINT, channel, "marketing", jurisdictions, "consumer")])
    rows = [{"type": POINT[0], "value": POINT[1], **one} for one in events]
    for number, row in enumerate(rows):
        row["event_id"] = str(number)
        row.setdefault("source_kind", "web_form")
    found = lapsing.ends(asked, make_events(rows), packs, at)
    return [(row["ends"], row["rule"]) for row in found.to_dict("records")]


LATER = {"event_time": "2025-01-01T00:00:00.000000Z"}


@pytest.mark.parametrize(("events", "expected"), [
    ([YES], [(ENDS, "HOUSE-REFRESH")]),
    ([YES | {"valid_until": "2025-06-01T00:00:00.000000Z"}], [("2025-06-01T00:00:00.000000Z", lapsing.STATED)]),
    ([YES | {"valid_until": "2030-06-01T00:00:00.000000Z"}], [(ENDS, "HOUSE-REFRESH")]),
    ([YES, YES | LATER | {"kind": "renewed"}], [("2027-01-01T00:00:00.000000Z", "HOUSE-REFRESH")]),
    ([YES | {"actor": "broker"}], []),
    ([YES | {"kind": "imported_claim"}], []),
    ([YES, YES | LATER | {"kind": "withdrawn"}], []),
    ([YES, YES | LATER | {"kind": "withdrawn", "channel": "any", "purpose": "any"}], []),
    ([YES, YES | LATER | {"kind": "withdrawn", "channel": "sms"}], [(ENDS, "HOUSE-REFRESH")]),
    ([YES | LATER | {"kind": "withdrawn"}, YES], []),
    ([YES, YES | LATER | {"kind": "expired"}], []),
    ([YES | {"kind": "expired"}, YES | LATER], [("2027-01-01T00:00:00.000000Z", "HOUSE-REFRESH")]),
])  # fmt: skip
def test_when_a_yes_ends(packs, make_asked, make_events, events, expected):
    assert ends(packs, make_asked, make_events, *events, at="2025-02-01T00:00:00.000000Z") == expected


@pytest.mark.parametrize("jurisdictions", ["DE", "FR", "HU", "HU|RO", "US", "RU"])
def test_the_gate_says_the_same_at_that_moment(packs, make_asked, make_events, jurisdictions):
    ((end, rule),) = ends(packs, make_asked, make_events, YES, jurisdictions=jurisdictions)
    assert rule in {one.id for pack in packs.values() for one in pack.rules}
    question = Question("email", "marketing", tuple(jurisdictions.split("|")), "consumer", ("web_form",))
    history = [Event("0", "given", "email", "marketing", GIVEN, "subject", method="double opt-in")]

    def said(at: str) -> str:
        return judge(question, history, packs, at, enforce_hours=False).reason

    just_before = clock.utc(clock.parse(end) - timedelta(seconds=1))
    # Where no consent is needed, none is missed.
    assert said(end) == ("opt_out" if jurisdictions == "US" else "consent_old") and said(just_before) == "given"


def test_what_is_over_is_entered_once_it_is_over_for_all(packs, make_asked, make_events):
    asked = make_asked([(*POINT, "email", "marketing", "DE", "consumer"),
                        {"contact": "c2", "type": POINT[0], "value": POINT[1], "channel": "email",
                         "purpose": "marketing", "jurisdictions": "FR", "audience": "consumer"}])  # fmt: skip
    rows = [{"type": POINT[0], "value": POINT[1], "event_id": "0", "source_kind": "web_form", **YES}]
    found = lapsing.ends(asked, make_events(rows), packs, GIVEN)
    assert len(found) == 2
    assert lapsing.lapsed(found, "2026-02-28T09:59:59.000000Z", "us") == []
    ((terms, events),) = lapsing.lapsed(found, ENDS, "us")
    assert terms["kind"].to_list() == ["expired"] and events["event_time"].to_list() == [ENDS]
    assert "HOUSE-REFRESH of house@" in terms["evidence"][0]


def test_every_letter_says_all_there_is_to_say():
    bodies = read_toml(lapsing.FILE)["body"]
    assert set(bodies) == set(LANGUAGES)
    gaps = ("addressee", "date", "end", "channels", "purposes", "link", "controller")
    assert [
        (language, gap) for language, body in bodies.items() for gap in gaps if body.count(f"{{{gap}}}") != 1
    ] == []


def test_periods_reach_the_day_the_law_means():
    assert after(GIVEN, "P24M") == ENDS
