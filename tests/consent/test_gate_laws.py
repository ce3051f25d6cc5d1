"""What must hold of the gate whatever is asked: more refusal, more law, more lists never permit more."""

from dataclasses import replace

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import words
from consent.gate import Event, Known, Question, decide, judge
from leads import schema
from leads.clock import parse, utc

AT = "2026-11-23T12:00:00.000000Z"
CHANNELS, PURPOSES = ("email", "sms", "call", "robocall", "post"), ("marketing", "service")
LAWS = ("DE", "RU", "HU", "HR", "FR", "GB", "US", "CA", "RS")
NOES = ("withdrawn", "refused", "objected", "erased")
COPIES = (
    "hu-directory",
    "hr-ne-zovi",
    "hr-ne-zovi-revoked",
    "gb-tps",
    "gb-ctps",
    "us-dnc",
    "ca-dncl",
    "own-stop-list",
)
DAYS = ("2024-11-20", "2024-11-30", "2026-05-03", "2026-06-01", "2026-11-01", "2026-11-22", "2026-12-24")


def day(text):
    return f"{text}T10:00:00.000000Z"


days = st.sampled_from(DAYS)
events = st.builds(
    Event,
    event_id=st.uuids().map(str),
    kind=st.sampled_from(schema.EVENT_KINDS),
    channel=st.sampled_from([*CHANNELS, "any"]),
    purpose=st.sampled_from([*PURPOSES, "any"]),
    event_time=days.map(day),
    actor=st.sampled_from(["subject", "guardian", "broker", "operator"]),
    valid_until=st.sampled_from([None, None, day("2026-06-01"), day("2027-01-01")]),
    source_kind=st.sampled_from(["web_form", "purchased_base", "referral"]),
    notice_version=st.sampled_from([None, "v1"]),
    method=st.sampled_from(["checkbox", "oral", "double opt-in", "\x1f", ""]),
    source=st.sampled_from(["form", "monthly"]),
)
histories = st.lists(events, max_size=6)
places = st.sampled_from(
    [
        (None, None, None, None), ("+36301234567", "mobile", None, None), ("+79160000000", "mobile", "RU", "RU-SAM"),
        ("+79160000000", "mobile", None, None), ("+12120000000", "fixed_line_or_mobile", "US", "US-NY"),
        ("+12120000000", "fixed_line_or_mobile", None, None), ("+18000000000", "toll_free", None, None),
        ("+5215500000000", "mobile", None, None), ("+33100000000", "fixed_line", "FR", None),
    ]
)  # fmt: skip
copies = st.lists(
    st.tuples(st.sampled_from(COPIES), st.sampled_from(["2026-11-20", "2026-09-01"])), unique_by=lambda c: c[0]
)


@st.composite
def questions(draw):
    number, kind, country, region = draw(places)
    held = draw(copies)
    return Question(
        channel=draw(st.sampled_from(CHANNELS)),
        purpose=draw(st.sampled_from(PURPOSES)),
        jurisdictions=tuple(draw(st.lists(st.sampled_from(LAWS), max_size=3))),
        audience=draw(st.sampled_from(["consumer", "business", "sole_trader", "press"])),
        sources=tuple(draw(st.lists(st.sampled_from(["web_form", "listing", "purchased_base"]), max_size=2))),
        number=number, kind=kind, country=country, region=region,
        customer_at=draw(st.none() | days.map(day)), enquired_at=draw(st.none() | days.map(day)),
        listed=tuple(draw(st.lists(st.sampled_from([name for name, _ in held]), max_size=2))) if held else (),
        snapshots=tuple(held),
        contacted=tuple(draw(st.lists(st.sampled_from(["2026-11-21T09:00Z", "2026-11-01T09:00Z"]), max_size=4))),
        promises=(((("monthly"), "v1"), "1/P1M"),),
    )  # fmt: skip


quick = settings(deadline=None, max_examples=60)


@quick
@given(questions(), histories, st.data())
def test_adding_a_no_never_allows(packs, question, history, data):
    no = data.draw(events)._replace(kind=data.draw(st.sampled_from(NOES)))
    place = data.draw(st.integers(0, len(history)))
    after = judge(question, [*history[:place], no, *history[place:]], packs, AT)
    assert not after.allowed or judge(question, history, packs, AT).allowed


@quick
@given(questions(), histories, st.sampled_from(NOES))
def test_the_last_no_wins(packs, question, history, kind):
    no = Event("no", kind, question.channel, question.purpose, day("2024-01-01"), "subject")
    assert not judge(question, [*history, no], packs, AT).allowed


@quick
@given(questions(), histories, st.sampled_from([*LAWS, "XX"]))
def test_adding_a_jurisdiction_never_loosens(packs, question, history, country):
    wider = replace(question, jurisdictions=(*question.jurisdictions, country))
    before = judge(question, history, packs, AT)
    assert not judge(wider, history, packs, AT).allowed or before.allowed or not question.jurisdictions


@quick
@given(questions(), histories, st.data())
def test_adding_a_list_a_contact_or_a_seller_never_loosens(packs, question, history, data):
    harder = data.draw(
        st.sampled_from(
            [
                replace(question, listed=(*question.listed, data.draw(st.sampled_from(COPIES)))),
                replace(question, contacted=(*question.contacted, "2026-11-22T09:00Z")),
                replace(question, sources=(*question.sources, "purchased_base")),
            ]
        )
    )
    assert not judge(harder, history, packs, AT).allowed or judge(question, history, packs, AT).allowed


@quick
@given(questions(), histories)
def test_without_the_house_rules_no_less_is_allowed(packs, question, history):
    """Our own practice only takes away."""
    law = {name: pack for name, pack in packs.items() if name != "HOUSE"}
    assert judge(question, history, law, AT).allowed or not judge(question, history, packs, AT).allowed


@quick
@given(questions(), histories)
def test_where_consent_is_asked_only_the_persons_own_yes_permits(packs, question, history):
    strict = replace(question, jurisdictions=("RU",), purpose="marketing")
    others = [e for e in history if e.kind not in ("given", "renewed") or e.actor in ("broker", "operator")]
    assert not judge(strict, others, packs, AT).allowed
    answer = judge(strict, history, packs, AT)
    if answer.allowed:
        evidence = next(e for e in history if e.event_id == answer.evidence)
        assert evidence.kind in ("given", "renewed") and evidence.actor in ("subject", "guardian")


@quick
@given(questions(), histories, st.data())
def test_an_imported_claim_changes_no_verdict(packs, question, history, data):
    report = data.draw(events)._replace(kind="imported_claim")
    place = data.draw(st.integers(0, len(history)))
    with_claim = judge(question, [*history[:place], report, *history[place:]], packs, AT)
    assert with_claim.verdict == judge(question, history, packs, AT).verdict


@quick
@given(questions(), histories)
def test_what_is_allowed_holds_until_it_says(packs, question, history):
    """At the end of an allow it is asked anew, and the moment before it nothing has changed."""
    answer = judge(question, history, packs, AT, enforce_hours=False)
    if not answer.allowed:
        return
    assert answer.valid_until > AT
    last = utc(parse(answer.valid_until[:-1] + "+00:00").replace(microsecond=0))
    before = f"{utc(parse(last))[:19]}"
    moment = utc(parse(before) - pd.Timedelta(seconds=1).to_pytimedelta())
    if moment > AT:
        quiet = replace(question, contacted=())
        assert judge(quiet, history, packs, moment, enforce_hours=False).allowed


@settings(deadline=None, max_examples=10)
@given(
    st.lists(st.tuples(questions(), histories), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_in_sets_the_answers_are_those_of_one_by_one(packs, make_asked, make_events, asked, shuffle, enforce):
    """The two ways to ask share the engine; this is what holds the SQL around it to the Python around it."""
    held = asked[0][0].snapshots
    asked = [(replace(q, snapshots=held), told) for q, told in asked]
    values = [f"{q.number}{i:02}" if q.number else f"x{i}@example.com" for i, (q, _) in enumerate(asked)]
    types = ["phone" if q.number else "email" for q, _ in asked]
    ledger = make_events(
        [
            {**e._asdict(), "type": types[i], "value": values[i], "lead_id": "l"}
            for i, (_, history) in enumerate(asked)
            for e in history
        ]
    )
    rows = [
        {
            "contact": f"c{i}", "type": types[i], "value": values[i], "channel": q.channel, "purpose": q.purpose,
            "jurisdictions": "|".join(q.jurisdictions), "audience": q.audience, "source_kinds": "|".join(q.sources) or None,
            "kind": q.kind, "country": q.country, "region_code": q.region,
            "customer_at": q.customer_at, "enquired_at": q.enquired_at,
        }
        for i, (q, _) in enumerate(asked)
    ]  # fmt: skip
    known = Known(
        snapshots={name: utc(parse(copied)) for name, copied in held},
        listed=texts(
            schema.LISTED, [(types[i], values[i], n) for i, (q, _) in enumerate(asked) for n in q.listed]
        ),
        contacted=texts(
            schema.CONTACTED,
            [(f"c{i}", q.channel, utc(parse(t))) for i, (q, _) in enumerate(asked) for t in q.contacted],
        ),
        promised=texts(schema.PROMISED, [("monthly", "v1", "1/P1M")]),
    )
    scattered = ledger.iloc[shuffle.sample(range(len(ledger)), len(ledger))]
    made = decide(make_asked(rows), scattered, packs, AT, "en", known, enforce_hours=enforce)
    for (question, history), row in zip(asked, made.to_dict("records"), strict=True):
        one = judge(question, history, packs, AT, enforce_hours=enforce)
        assert (row["verdict"], row["rule"], row["pack"], row["review"]) == (
            one.verdict,
            one.rule,
            one.pack,
            one.review,
        )
        found = [row[name] for name in ("evidence", "valid_until", "hours", "zones")]
        wanted = [
            one.evidence,
            one.valid_until if one.allowed else None,
            one.hours or None,
            "|".join(one.zones) or None,
        ]
        assert [None if pd.isna(cell) else cell for cell in found] == wanted
        assert row["reason"] == words.reason(one.reason, one.parameters, "en")
        assert (None if pd.isna(row["mend"]) else row["mend"]) == words.mend(one.mend, one.parameters, "en")


def texts(declared, rows):
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(declared.columns)
    return pd.DataFrame({key: schema.texts(cells) for key, cells in zip(declared.columns, columns, strict=True)})
