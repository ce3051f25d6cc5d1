import hashlib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import ledger
from consent.ledger import notice_deadline, unknown_answers
from leads import schema

NOW = "2026-06-01T08:00:00.000000Z"
ACTED = "2026-05-03T10:00:00.000000Z"
KEEP = {"batch": "b7", "recorded": NOW, "controller": "us"}
PHONE, MAIL = ("lead0", "phone", "+4915112345678"), ("lead0", "email", "a@example.com")


def events(*args, **keep) -> pd.DataFrame:
    """The events of a chunk under their terms, a row for each channel and purpose."""
    terms, made = ledger.events(*args, **keep)
    assert terms["terms"].is_unique and set(terms["terms"]) == set(made["terms"])
    assert not terms.drop(columns="terms").duplicated().any()
    whole = made.merge(terms, on="terms")
    for one, several in (("channel", "channels"), ("purpose", "purposes")):
        whole = whole.assign(**{one: [text.split("|") for text in whole[several]]}).explode(one, ignore_index=True)
    return whole.assign(event_time=whole["event_time"].fillna(whole["obtained"]))


def said(made: pd.DataFrame) -> set[tuple]:
    """What terms say, without their numbers."""
    names = [name for name in schema.TERMS.columns if name != "terms"]
    return set(made[names].astype(object).where(made[names].notna(), None).itertuples(index=False, name=None))


def told(made: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(zip(made["type"], made["channel"], made["kind"], strict=True))


def test_a_ticked_form_is_consent_for_each_point_channel_and_purpose(make_leads, make_points, make_source):
    source = make_source({"purposes": ("marketing", "event")})
    made = events(make_leads(" YES ", occurred_at=ACTED), make_points(PHONE, MAIL), source, **KEEP)
    assert told(made) == {
        ("phone", "call", "given"), ("phone", "sms", "given"), ("email", "email", "given"),
    }  # fmt: skip
    assert len(made) == 6
    one = made.iloc[0]
    assert (one["event_time"], one["evidence"], one["row"], one["controller"]) == (ACTED, "b7", 0, "us")
    assert (one["actor"], one["method"], one["basis"]) == ("subject", "checkbox", "consent")
    assert (one["notice_version"], one["notice_language"]) == ("v3", "de")
    assert one["notice_sha256"] == hashlib.sha256(b"I agree").hexdigest()
    assert made["collectors"].isna().all()


def test_channels_are_those_the_source_asked_for(make_leads, make_points, make_source):
    source = make_source({"channels": ("messenger",)})
    made = events(make_leads("yes"), make_points(PHONE, MAIL), source, **KEEP)
    assert told(made) == {("phone", "messenger", "given")}


def test_a_yes_to_automatic_calls_is_recorded_apart(make_leads, make_points, make_source):
    source = make_source({"channels": ("call", "robocall", "email")})
    made = events(make_leads("yes"), make_points(PHONE, MAIL), source, **KEEP)
    assert told(made) == {("phone", "call", "given"), ("phone", "robocall", "given"), ("email", "email", "given")}


def test_a_messenger_is_asked_for_its_own_channel_alone(make_leads, make_points, make_source):
    source = make_source({"channels": ("call", "messenger", "email")})
    made = events(make_leads("yes"), make_points(("lead0", "messenger", "telegram:sample_k")), source, **KEEP)
    assert told(made) == {("messenger", "messenger", "given")}


@pytest.mark.parametrize(
    ("answer", "empty", "kinds"),
    [
        ("yes", "none", {"given"}),
        ("НЕТ", "none", set()),
        ("no", "none", {"refused"}),
        (None, "none", set()),
        ("  ", "none", set()),
        (None, "refused", {"refused"}),
        ("", "refused", {"refused"}),
        ("perhaps", "refused", set()),
    ],
)
def test_answers_of_a_form(answer, empty, kinds, make_leads, make_points, make_source):
    made = events(make_leads(answer), make_points(PHONE), make_source({"empty": empty}), **KEEP)
    assert set(made["kind"]) == kinds


@pytest.mark.parametrize(
    ("kind", "from_person", "yes"),
    [
        ("web_form", True, "given"),
        ("event", True, "given"),
        ("event", False, "imported_claim"),
        ("web_form", False, "imported_claim"),
        ("purchased_base", False, "imported_claim"),
        ("purchased_base", True, "imported_claim"),
        ("crm_export", True, "imported_claim"),
    ],
)
def test_a_tick_is_consent_only_where_the_person_made_it(
    kind, from_person, yes, make_leads, make_points, make_source
):
    source = make_source({"collectors": ("A Ltd", "B Ltd")}, kind=kind, from_person=from_person)
    points = make_points(PHONE, ("lead1", "phone", "+4915112345679"))
    made = events(make_leads("yes", "no"), points, source, **KEEP)
    answers = made[made["kind"] != "notice_due"]
    assert dict(zip(answers["lead_id"], answers["kind"], strict=True)) == {"lead0": yes, "lead1": "refused"}
    own = yes == "given"
    assert set(answers["actor"]) == {"subject" if own else "operator" if from_person else "broker"}
    assert set(answers["collectors"].dropna()) == (set() if own else {"A Ltd|B Ltd"})


@pytest.mark.parametrize(
    ("points", "at"), [((PHONE, MAIL), "email"), ((MAIL, PHONE), "email"), ((PHONE,), "phone")]
)
def test_one_notice_is_due_for_each_lead_that_came_from_elsewhere(
    points, at, make_leads, make_points, make_source
):
    source = make_source(kind="listing", from_person=False)
    made = events(make_leads("yes", occurred_at=ACTED), make_points(*points), source, **KEEP)
    assert len(made) == 1 and told(made) == {(at, "any", "notice_due")}
    assert set(made["purpose"]) == {"any"}
    assert set(made["event_time"]) == {NOW}
    assert set(made["valid_until"]) == {"2026-07-01T08:00:00.000000Z"}


def test_a_listing_says_nothing_about_consent(make_leads, make_points, make_source):
    source = make_source(kind="listing", from_person=True)
    made = events(make_leads("yes", "no", "perhaps"), make_points(PHONE), source, **KEEP)
    assert made.empty and set(schema.EVENTS.columns) | set(schema.TERMS.columns) <= set(made.columns)
    assert unknown_answers(make_leads("perhaps"), source).empty


def test_only_usable_points_with_a_value_count(make_leads, make_points, make_source):
    points = pd.concat(
        [make_points(PHONE, usable=False, valid=False), make_points(("lead0", "email", None))], ignore_index=True
    )
    assert events(make_leads("yes"), points, make_source(), **KEEP).empty


def test_one_value_stated_twice_is_one_event(make_leads, make_points, make_source):
    once = events(make_leads("yes"), make_points(PHONE), make_source(), **KEEP)
    twice = events(make_leads("yes"), make_points(PHONE, PHONE), make_source(), **KEEP)
    pd.testing.assert_frame_equal(once, twice)


@pytest.mark.parametrize(
    ("region", "country", "jurisdiction"), [("HU", "RO", "HU"), (None, "RO", "RO"), (None, None, "DE")]
)
def test_jurisdiction(region, country, jurisdiction, make_leads, make_points, make_source):
    made = events(make_leads("yes", country=country), make_points(PHONE, region=region), make_source(), **KEEP)
    assert set(made["jurisdiction"]) == {jurisdiction}


@pytest.mark.parametrize(("occurred", "time"), [(None, NOW), (ACTED, ACTED), ("2099-01-01T00:00:00.000000Z", NOW)])
def test_an_act_is_never_later_than_its_record(occurred, time, make_leads, make_points, make_source):
    made = events(make_leads("yes", occurred_at=occurred), make_points(PHONE), make_source(), **KEEP)
    assert set(made["event_time"]) == {time}


def test_an_answer_is_one_event_for_all_it_covers(make_leads, make_points, make_source):
    source = make_source({"purposes": ("marketing", "event")})
    terms, made = ledger.events(make_leads("yes"), make_points(PHONE, MAIL), source, **KEEP)
    assert len(made) == 2
    assert dict(zip(terms["type"], terms["channels"], strict=True)) == {"phone": "call|sms", "email": "email"}
    assert set(terms["purposes"]) == {"marketing|event"}


def test_equal_terms_are_the_same_whatever_the_chunk(make_leads, make_points, make_source):
    first = events(make_leads("yes"), make_points(MAIL), make_source(), **KEEP)
    other = events(
        make_leads("no", "yes"), make_points(MAIL, ("lead1", "email", "b@example.com")), make_source(), **KEEP
    )
    assert said(first) == said(other[other["kind"] == "given"])
    later = events(make_leads("yes"), make_points(MAIL), make_source(), **KEEP | {"batch": "b8"})
    assert said(later).isdisjoint(said(first))


@settings(deadline=None, max_examples=10)
@given(order=st.permutations(range(6)), points_order=st.permutations(range(6)))
def test_events_do_not_depend_on_the_order_of_rows(order, points_order, make_leads, make_points, make_source):
    leads = make_leads("yes", "no", None, "yes", "perhaps", "да")
    points = make_points(*((f"lead{i % 6}", "phone", f"+49151123456{i:02}") for i in range(6)))
    source = make_source(kind="event", from_person=False)
    plain = events(leads, points, source, **KEEP)
    mixed = events(leads.iloc[order], points.iloc[points_order], source, **KEEP)
    pd.testing.assert_frame_equal(plain, mixed)
    assert not plain.duplicated(["value", "lead_id", "terms", "channel", "purpose"]).any()


def test_unknown_answers_are_counted_without_being_told(make_leads, make_source):
    leads = make_leads("yes", "perhaps", "+49 151 1234567", None, "perhaps")
    found = unknown_answers(leads, make_source())
    assert found.to_dict("list") == {"leads": [2, 1], "row": [1, 2]}


def test_no_unknown_answers(make_leads, make_source):
    found = unknown_answers(make_leads("yes", None), make_source())
    assert found.empty and list(found.columns) == ["leads", "row"]


@pytest.mark.parametrize(
    ("obtained", "deadline"),
    [
        ("2026-01-31T10:00:00.000000Z", "2026-02-28T10:00:00.000000Z"),
        ("2028-01-31T10:00:00.000000Z", "2028-02-29T10:00:00.000000Z"),
        ("2026-12-15T23:59:59.000000Z", "2027-01-15T23:59:59.000000Z"),
        ("2026-11-30T00:00:00.000000Z", "2026-12-30T00:00:00.000000Z"),
    ],
)
def test_notice_deadline(obtained, deadline):
    assert notice_deadline(obtained) == deadline
