"""The gate against cases written by hand from the statutes, and against what must hold of any history."""

import random
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import engine, gate, words
from consent.gate import Event, Question, decide, judge
from consent.policy import load_packs
from leads import schema
from leads.errors import ConfigError

AT = "2026-11-22T12:00:00.000000Z"


def day(text: str) -> str:
    return f"{text}T10:00:00.000000Z"


def act(kind: str, when: str = "2026-05-03", channel: str = "email", **more: str | None) -> Event:
    plain = {"purpose": "marketing", "actor": "subject", "source_kind": "web_form", "notice_version": "v3"}
    return Event(f"{kind} {when}", kind, channel, event_time=day(when), **{**plain, **more})


def claim(channel: str = "email") -> Event:
    return act("imported_claim", channel=channel, actor="broker", source_kind="purchased_base")


def notice(channel: str = "any") -> Event:
    return act("notice_due", channel=channel, purpose="any", actor="system")


# jurisdictions, channel, audience, what is on record -> verdict, rule, reason
GOLDEN = [
    # Germany, UWG § 7(2): calls to consumers and any electronic mail by express consent; firms by presumed consent.
    ("DE", "call", "consumer", "nothing", "deny", "DE-UWG-7-2-1-B2C", "no_consent"),
    ("DE", "call", "consumer", "given", "allow", "DE-UWG-7-2-1-B2C", "given"),
    ("DE", "call", "consumer", "claim", "deny", "DE-UWG-7-2-1-B2C", "claim_only"),
    ("DE", "call", "business", "nothing", "deny", "DE-UWG-7-2-1-B2B", "no_consent"),
    ("DE", "call", "business", "given", "allow", "DE-UWG-7-2-1-B2B", "given"),
    ("DE", "email", "business", "nothing", "deny", "DE-UWG-7-2-2", "no_consent"),
    ("DE", "email", "consumer", "given", "allow", "DE-UWG-7-2-2", "given"),
    ("DE", "sms", "consumer", "given", "allow", "DE-UWG-7-2-2", "given"),
    # Russia, 38-ФЗ ст. 18: every channel, firms too; 126-ФЗ ст. 44.1 for SMS besides.
    ("RU", "call", "consumer", "nothing", "deny", "RU-38FZ-18-1", "no_consent"),
    ("RU", "call", "business", "claim", "deny", "RU-38FZ-18-1", "claim_only"),
    ("RU", "email", "business", "given", "allow", "RU-38FZ-18-1", "given"),
    ("RU", "sms", "consumer", "given", "allow", "RU-38FZ-18-1", "given"),
    ("RU", "messenger", "consumer", "expired", "deny", "RU-38FZ-18-1", "expired"),
    # Hungary: Grt. 6. § for electronic mail; Eht. 162. § lets people call who is not marked in the directory.
    ("HU", "email", "consumer", "nothing", "deny", "HU-GRT-6-1", "no_consent"),
    ("HU", "sms", "consumer", "given", "allow", "HU-GRT-6-1", "given"),
    ("HU", "call", "consumer", "nothing", "deny", "HU-EHT-162-2", "registry_unchecked"),
    ("HU", "call", "consumer", "claim", "deny", "HU-EHT-162-2", "registry_unchecked"),
    ("HU", "call", "consumer", "given", "allow", "HU-EHT-162-2", "given"),
    # Romania, Legea 506/2004 art. 12: express prior consent, firms too.
    ("RO", "email", "business", "nothing", "deny", "RO-506-12-1", "no_consent"),
    ("RO", "email", "consumer", "given", "allow", "RO-506-12-1", "given"),
    ("RO", "call", "consumer", "claim", "deny", "RO-506-12-1-CALL", "claim_only"),
    # Croatia: ZEK čl. 50 for messages; calls only past the registry NE ZOVI, or with consent.
    ("HR", "email", "consumer", "nothing", "deny", "HR-ZEK-50-1", "no_consent"),
    ("HR", "email", "consumer", "given", "allow", "HR-ZEK-50-1", "given"),
    ("HR", "call", "consumer", "nothing", "deny", "HR-ZZP-NE-ZOVI", "registry_unchecked"),
    ("HR", "call", "consumer", "given", "allow", "HR-ZZP-NE-ZOVI", "given"),
    # Serbia: ZZP čl. 37 for consumers, a commercial message to anybody by the law on electronic commerce.
    ("RS", "call", "consumer", "nothing", "deny", "RS-ZZP-37", "no_consent"),
    ("RS", "call", "consumer", "given", "allow", "RS-ZZP-37", "given"),
    ("RS", "email", "business", "nothing", "deny", "RS-ZET", "no_consent"),
    ("RS", "call", "business", "nothing", "deny", "RS-ZO-DIRECT", "no_consent"),
    # Bosnia and Herzegovina.
    ("BA", "email", "consumer", "nothing", "deny", "BA-ZZLP-EMAIL", "no_consent"),
    ("BA", "call", "consumer", "given", "allow", "BA-ZZLP-PHONE", "given"),
    ("BA", "sms", "consumer", "claim", "deny", "BA-ZZLP-PHONE", "claim_only"),
    # A no wins in every country, and where no country is known.
    ("DE", "email", "consumer", "withdrawn", "deny", "person-said-no", "withdrawn"),
    ("RU", "call", "business", "refused", "deny", "person-said-no", "refused"),
    ("HU", "call", "consumer", "objected", "deny", "person-said-no", "objected"),
    ("", "sms", "consumer", "erased", "deny", "person-said-no", "erased"),
    ("RU", "email", "consumer", "renewed", "allow", "RU-38FZ-18-1", "given"),
    ("RU", "email", "consumer", "invalidated", "deny", "RU-38FZ-18-1", "invalidated"),
    # Several countries: the strictest. No country, an unknown one, an unknown audience: no.
    ("DE|HU", "call", "consumer", "given", "allow", "DE-UWG-7-2-1-B2C", "given"),
    ("HU|DE", "call", "consumer", "nothing", "deny", "HU-EHT-162-2", "registry_unchecked"),
    ("DE|FR", "email", "consumer", "given", "deny", "default-deny", "unknown_country"),
    ("", "email", "consumer", "given", "deny", "default-deny", "unknown_country"),
    ("DE", "email", "press", "given", "deny", "default-deny", "unknown_audience"),
    ("DE", "post", "consumer", "given", "deny", "default-deny", "no_rule"),
]


def record(name: str, channel: str) -> list[Event]:
    agreed = act("given", channel=channel)
    return {
        "nothing": [],
        "notice": [notice()],
        "claim": [notice(), claim(channel)],
        "given": [claim(channel), agreed],
        "expired": [agreed._replace(valid_until=day("2026-11-22"))],
        "invalidated": [agreed, act("invalidated", "2026-06-01", channel, actor="operator")],
        "withdrawn": [agreed, act("withdrawn", "2026-06-01", channel)],
        "refused": [act("refused", "2026-05-01", channel, actor="broker"), claim(channel)],
        "objected": [agreed, act("objected", "2026-06-01", "any", purpose="any")],
        "erased": [act("erased", "2026-06-01", "any", purpose="any", actor="operator")],
        "renewed": [act("withdrawn", "2026-04-01", channel), act("renewed", "2026-06-01", channel)],
    }[name]


def ask(
    countries: str, channel: str = "email", audience: str = "consumer", purpose: str = "marketing"
) -> Question:
    return Question(channel, purpose, tuple(filter(None, countries.split("|"))), audience)


@pytest.mark.parametrize(("countries", "channel", "audience", "history", "verdict", "rule", "reason"), GOLDEN)
def test_golden(countries, channel, audience, history, verdict, rule, reason, packs):
    answer = judge(ask(countries, channel, audience), record(history, channel), packs, AT)
    assert (answer.verdict, answer.rule, answer.reason) == (verdict, rule, reason)
    assert answer.allowed == (verdict == "allow")
    assert (answer.mend is None) == answer.allowed
    assert answer.review == "not confirmed by counsel"
    assert words.reason(answer.reason, answer.parameters, "hu")
    assert answer.allowed or words.mend(answer.mend, answer.parameters, "hu")


def test_an_answer_can_be_explained(packs):
    answer = judge(ask("RU"), record("given", "email"), packs, AT)
    assert answer.evidence == "given 2026-05-03"
    assert answer.statute == "38-ФЗ ст. 18 ч. 1"
    assert answer.pack == packs["RU"].name
    told = words.reason(answer.reason, answer.parameters, "en")
    assert told == "Agreed on 2026-05-03 on the website form (version v3)"


def test_every_pack_that_took_part_is_named(packs):
    answer = judge(ask("HU|DE|FR|DE"), [], packs, AT)
    assert answer.pack == f"{packs['DE'].name}|{packs['HU'].name}"
    assert judge(ask("FR"), [], packs, AT).pack == "none"


def test_an_event_is_evidence_only_of_what_it_decided(packs):
    answer = judge(ask("FR"), record("given", "email"), packs, AT)
    assert (answer.reason, answer.evidence) == ("unknown_country", None)


# what is on record -> what it comes to
STANDINGS = [
    # A yes is for what it names; a no reaches everything it leaves open.
    ([act("given", channel="sms")], "no_consent"),
    ([act("given", purpose="event")], "no_consent"),
    ([act("given", channel="any", purpose="any")], "no_consent"),
    ([act("given"), act("withdrawn", "2026-06-01", "sms")], "given"),
    ([act("given"), act("withdrawn", "2026-06-01", "any")], "withdrawn"),
    ([act("given"), act("withdrawn", "2026-06-01", purpose="any")], "withdrawn"),
    ([act("given"), act("withdrawn", "2026-06-01", purpose="survey")], "given"),
    # A no is lifted by what the person did after it, and by nothing else.
    ([act("withdrawn"), act("given", "2026-06-01")], "given"),
    ([act("withdrawn"), act("given", "2026-06-01", actor="guardian")], "given"),
    ([act("withdrawn"), act("given", "2026-06-01", actor="broker")], "withdrawn"),
    ([act("withdrawn"), act("given", "2026-06-01", actor="operator")], "withdrawn"),
    ([act("withdrawn"), claim()._replace(event_time=day("2026-06-01"))], "withdrawn"),
    ([act("withdrawn"), act("given", "2026-05-02")], "withdrawn"),  # a form of the day before, loaded late
    ([act("withdrawn"), act("given")], "withdrawn"),  # at the same moment
    ([act("given", "2026-06-01"), act("withdrawn")], "withdrawn"),  # a withdrawal loaded late
    ([act("withdrawn"), act("given", "2026-12-24")], "withdrawn"),  # a consent of the future
    ([act("withdrawn"), act("given", "2026-06-01", valid_until=day("2026-07-01"))], "withdrawn"),
    # Consent ends; whoever only reports one has none.
    ([act("given", valid_until=day("2026-11-23"))], "given"),
    ([act("given", valid_until=AT)], "expired"),
    ([act("given"), act("expired", "2026-06-01", actor="system")], "expired"),
    ([act("given"), act("expired", "2026-06-01"), act("renewed", "2026-07-01")], "given"),
    ([act("given", actor="operator")], "claim_only"),
    ([act("given", "2026-12-24")], "no_consent"),
    ([notice(), act("notice_sent", actor="operator")], "no_consent"),
]  # fmt: skip


@pytest.mark.parametrize(("history", "state"), STANDINGS)
def test_standing(history, state, packs):
    answer = judge(ask("RU"), history, packs, AT)
    assert (answer.reason, answer.allowed) == (state, state == "given")


def test_standings_in_sets(packs, make_asked, make_events):
    asked = [("phone", f"+{i}", "email", "marketing", "RU", "consumer") for i in range(len(STANDINGS))]
    said = [{"value": f"+{i}", **e._asdict()} for i, (history, _) in enumerate(STANDINGS) for e in history]
    made = decide(make_asked(asked), make_events(said), packs, AT, "en")
    one_by_one = [judge(ask("RU"), history, packs, AT) for history, _ in STANDINGS]
    assert list(made["verdict"]) == [answer.verdict for answer in one_by_one]
    assert list(made["reason"]) == [words.reason(a.reason, a.parameters, "en") for a in one_by_one]
    assert [None if e is pd.NA else e for e in made["evidence"]] == [a.evidence for a in one_by_one]


def test_opt_out_allows_until_somebody_objects(tmp_path):
    (tmp_path / "ro.toml").write_text(
        'jurisdiction = "RO"\nversion = "2026.1.1"\nreview = "confirmed by counsel"\n[[rules]]\n'
        'id = "RO-X"\nchannels = ["email"]\npurposes = ["marketing"]\nmode = "opt_out"\n'
        'statute = "x"\nseen = "primary"\n'
    )
    own = load_packs(tmp_path)
    answer = judge(ask("RO"), [claim()], own, AT)
    assert (answer.verdict, answer.reason, answer.evidence) == ("allow", "opt_out", None)
    assert answer.review == "confirmed by counsel"
    assert not judge(ask("RO"), [act("objected")], own, AT).allowed


def test_prohibited_is_prohibited_even_with_consent(packs):
    rule = packs["RU"].rules[0].model_copy(update={"mode": "prohibited"})
    strict = {"RU": packs["RU"].model_copy(update={"rules": (rule, *packs["RU"].rules[1:])})}
    answer = judge(ask("RU"), record("given", "email"), strict, AT)
    assert (answer.verdict, answer.reason, answer.mend) == ("deny", "prohibited", "other_channel")


def test_review_is_the_least_confirmed_of_all_that_spoke(packs):
    confirmed = packs["RU"].model_copy(update={"review": "confirmed by counsel"})
    both = {"RU": confirmed, "DE": packs["DE"]}
    assert judge(ask("RU"), record("given", "email"), both, AT).review == "confirmed by counsel"
    assert judge(ask("RU|DE"), record("given", "email"), both, AT).review == "not confirmed by counsel"


def test_rules_hold_only_on_their_days(packs):
    early = "2022-05-27T12:00:00.000000Z"
    assert judge(ask("DE"), [], packs, early).reason == "no_rule"
    assert judge(ask("DE"), [], packs, "2022-05-28").reason == "no_consent"


CHANNELS, PURPOSES = ("email", "sms"), ("marketing", "event")
events = st.builds(
    Event,
    event_id=st.uuids().map(str),
    kind=st.sampled_from(schema.EVENT_KINDS),
    channel=st.sampled_from([*CHANNELS, "any"]),
    purpose=st.sampled_from([*PURPOSES, "any"]),
    event_time=st.sampled_from([day(f"2026-{m:02}-01") for m in (3, 4, 5, 6, 12)]),
    actor=st.sampled_from(["subject", "guardian", "broker", "operator"]),
    valid_until=st.sampled_from([None, day("2026-06-01"), day("2027-01-01")]),
    source_kind=st.sampled_from(["web_form", "purchased_base", "referral"]),
    notice_version=st.sampled_from([None, "v1"]),
)
histories = st.lists(events, max_size=8)
questions = st.builds(
    Question,
    channel=st.sampled_from(CHANNELS),
    purpose=st.sampled_from(PURPOSES),
    jurisdictions=st.lists(st.sampled_from(["DE", "RU", "HU", "HR", "FR"]), max_size=3).map(tuple),
    audience=st.sampled_from(["consumer", "business", "press"]),
)


@settings(deadline=None)
@given(questions, histories, st.data())
def test_adding_a_no_never_allows(packs, question, history, data):
    kind = data.draw(st.sampled_from(["withdrawn", "refused", "objected", "erased"]))
    no = data.draw(events)._replace(kind=kind)
    place = data.draw(st.integers(0, len(history)))
    after = judge(question, [*history[:place], no, *history[place:]], packs, AT)
    assert not after.allowed or judge(question, history, packs, AT).allowed


@settings(deadline=None)
@given(questions, histories, st.sampled_from(["withdrawn", "refused", "objected", "erased"]))
def test_the_last_no_wins(packs, question, history, kind):
    no = act(kind, "2026-03-01", question.channel, purpose=question.purpose)
    assert not judge(question, [*history, no], packs, AT).allowed


@settings(deadline=None)
@given(questions, histories, st.sampled_from(["DE", "RU", "HU", "HR", "FR", "XX"]))
def test_adding_a_jurisdiction_never_loosens(packs, question, history, country):
    wider = replace(question, jurisdictions=(*question.jurisdictions, country))
    assert (
        not judge(wider, history, packs, AT).allowed
        or judge(question, history, packs, AT).allowed
        or (not question.jurisdictions)
    )


@settings(deadline=None)
@given(questions, histories)
def test_only_the_persons_own_yes_permits_in_the_shipped_packs(packs, question, history):
    others = [e for e in history if e.kind not in ("given", "renewed") or e.actor in ("broker", "operator")]
    assert not judge(question, others, packs, AT).allowed
    answer = judge(question, history, packs, AT)
    if answer.allowed:
        evidence = next(e for e in history if e.event_id == answer.evidence)
        assert evidence.kind in ("given", "renewed") and evidence.actor in ("subject", "guardian")


@settings(deadline=None)
@given(questions, histories, st.data())
def test_an_imported_claim_changes_no_verdict(packs, question, history, data):
    report = data.draw(events)._replace(kind="imported_claim")
    place = data.draw(st.integers(0, len(history)))
    with_claim = judge(question, [*history[:place], report, *history[place:]], packs, AT)
    assert with_claim.verdict == judge(question, history, packs, AT).verdict


@settings(deadline=None, max_examples=15)
@given(st.lists(histories, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_in_sets_the_answers_are_those_of_one_by_one(packs, make_asked, make_events, points, shuffle):
    """The two ways to ask share the engine; this is what holds the SQL around it to the Python around it."""
    rows = [{"value": f"+{i}", **event._asdict()} for i, history in enumerate(points) for event in history]
    shuffle.shuffle(rows)
    ledger = make_events(rows)
    told = [
        [Event(**{name: row[name] for name in Event._fields}) for row in rows if row["value"] == f"+{i}"]
        for i in range(len(points))
    ]
    asked = [
        (i, Question(channel, purpose, countries, audience))
        for i, channel, purpose, countries, audience in product(
            range(len(points)), CHANNELS, PURPOSES, [("DE",), ("HU", "RU"), ("FR",), ()], ["consumer", "press"]
        )
    ]  # fmt: skip
    shuffle.shuffle(asked)
    frame = make_asked(
        [("phone", f"+{i}", q.channel, q.purpose, "|".join(q.jurisdictions), q.audience) for i, q in asked]
    )
    scattered = ledger.iloc[random.Random(1).sample(range(len(ledger)), len(ledger))]
    made = decide(frame, scattered, packs, AT, "en")
    assert list(made["value"]) == list(frame["value"])
    for (i, question), row in zip(asked, made.to_dict("records"), strict=True):
        one = judge(question, told[i], packs, AT)
        assert (row["verdict"], row["rule"], row["pack"], row["review"]) == (
            one.verdict, one.rule, one.pack, one.review,
        )  # fmt: skip
        assert row["evidence"] == one.evidence
        assert row["reason"] == words.reason(one.reason, one.parameters, "en")
        assert row["mend"] == words.mend(one.mend, one.parameters, "en")


def test_a_withdrawal_covers_every_contact_that_shares_the_point(packs, make_asked, make_events):
    asked = make_asked([("phone", "+1", "sms", "marketing", "DE", "consumer")] * 2).assign(
        contact=schema.texts(["c1", "c2"])
    )
    one = {"value": "+1", "event_id": "e", "kind": "withdrawn", "channel": "any", "purpose": "any",
           "event_time": day("2026-05-03"), "actor": "subject", "source_kind": "web_form", "lead_id": "l1"}  # fmt: skip
    made = decide(asked, make_events([one]), packs, AT, "ro")
    assert list(made["contact"]) == ["c1", "c2"]
    assert set(made["verdict"]) == {"deny"} and set(made["evidence"]) == {"e"}
    assert set(made["reason"]) == {"Și-a retras consimțământul la 2026-05-03"}


def test_points_of_another_type_do_not_mix(packs, make_asked, make_events):
    asked = make_asked([("email", "x", "email", "marketing", "DE", "consumer")])
    said = {"value": "x", "type": "phone", **act("given")._asdict()}
    assert list(decide(asked, make_events([said]), packs, AT, "en")["verdict"]) == ["deny"]


def test_nothing_asked_nothing_answered(packs, make_asked, make_events):
    made = decide(make_asked([]), make_events([]), packs, AT, "en")
    assert made.empty and list(made.columns) == list(schema.DECISIONS.columns)


def test_an_unknown_language_is_refused_before_anything_is_decided(packs, make_asked, make_events):
    with pytest.raises(ConfigError, match="'xx'"):
        decide(make_asked([]), make_events([]), packs, AT, "xx")


def test_equal_histories_are_judged_once(packs, make_asked, make_events, monkeypatch):
    """3,000 people who agreed on 28 days are one question per channel to the engine."""
    asked = make_asked(
        [("phone", f"+{i}", channel, "marketing", "DE", "consumer") for i in range(3_000) for channel in CHANNELS]
    )
    ledger = make_events(
        [
            {"value": f"+{i}", **act("given", f"2026-05-{i % 28 + 1:02}", "sms")._asdict(), "event_id": f"e{i}"}
            for i in range(3_000)
        ]
    )
    asks = []
    monkeypatch.setattr(gate, "permit", lambda *a: asks.append(a) or engine.permit(*a))
    made = decide(asked, ledger, packs, AT, "en")
    assert len(asks) == 2
    assert made["verdict"].value_counts().to_dict() == {"allow": 3_000, "deny": 3_000}
    allowed = made[made["verdict"] == "allow"]
    assert list(allowed["evidence"]) == [f"e{i}" for i in range(3_000)]
    assert allowed["reason"].nunique() == 28
