"""What a history comes to, and what must hold of any history. The law itself: test_golden."""

from dataclasses import replace

import pandas as pd
import pytest

from consent import engine, gate, words
from consent.gate import Event, Question, decide, judge
from consent.policy import load_packs
from leads import schema
from leads.errors import ConfigError

AT = "2026-11-22T12:00:00.000000Z"


def day(text: str) -> str:
    return f"{text}T10:00:00.000000Z"


def act(kind: str, when: str = "2026-05-03", channel: str = "email", **more: str | None) -> Event:
    plain = {
        "purpose": "marketing",
        "actor": "subject",
        "source_kind": "web_form",
        "notice_version": "v3",
        "method": "checkbox",
    }
    return Event(f"{kind} {when}", kind, channel, event_time=day(when), **{**plain, **more})


def claim(channel: str = "email") -> Event:
    return act("imported_claim", channel=channel, actor="broker", source_kind="purchased_base")


def notice(channel: str = "any") -> Event:
    return act("notice_due", channel=channel, purpose="any", actor="system")


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
        "erased": [act("erased", "2026-06-01", "any", purpose="any")],
        "let_go": [act("erased", "2026-06-01", "any", purpose="any", actor="system")],
        "renewed": [act("withdrawn", "2026-04-01", channel), act("renewed", "2026-06-01", channel)],
    }[name]


def ask(
    countries: str, channel: str = "email", audience: str = "consumer", purpose: str = "marketing"
) -> Question:
    return Question(channel, purpose, tuple(filter(None, countries.split("|"))), audience)


def test_an_answer_can_be_explained(packs):
    answer = judge(ask("RU"), record("given", "email"), packs, AT)
    assert answer.evidence == "given 2026-05-03"
    assert answer.statute == "38-ФЗ ст. 18 ч. 1"
    assert answer.pack == f"{packs['RU'].name}|{packs['HOUSE'].name}"
    told = words.reason(answer.reason, answer.parameters, "en")
    assert told == "Agreed on 2026-05-03 on the website form (version v3)"


def test_every_pack_that_took_part_is_named(packs):
    answer = judge(ask("HU|DE|IT|DE"), [], packs, AT)
    assert answer.pack == f"{packs['DE'].name}|{packs['HU'].name}|{packs['HOUSE'].name}"
    assert judge(ask("IT"), [], packs, AT).pack == packs["HOUSE"].name
    assert judge(ask("IT"), [], {"DE": packs["DE"]}, AT).pack == "none"


def test_an_event_is_evidence_only_of_what_it_decided(packs):
    answer = judge(ask("IT"), record("given", "email"), packs, AT)
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
    first, *rest = (rule for rule in packs["RU"].rules if rule.speaks_of("email", "marketing", "consumer"))
    rules = (first.model_copy(update={"mode": "prohibited"}), *rest)
    strict = {"RU": packs["RU"].model_copy(update={"rules": rules})}
    answer = judge(ask("RU"), record("given", "email"), strict, AT)
    assert (answer.verdict, answer.reason, answer.mend) == ("deny", "prohibited", "other_channel")


def test_review_is_the_least_confirmed_of_all_that_spoke(packs):
    confirmed = packs["RU"].model_copy(update={"review": "confirmed by counsel"})
    both = {"RU": confirmed, "DE": packs["DE"]}
    assert judge(ask("RU"), record("given", "email"), both, AT).review == "confirmed by counsel"
    assert judge(ask("RU|DE"), record("given", "email"), both, AT).review == "not confirmed by counsel"


def test_an_allow_says_until_when(packs):
    """The first of: our own recheck, the consent's end, its age, the next change of law, the copy of a registry."""
    long = {name: pack.model_copy(update={"ask_again": None}) for name, pack in packs.items()}
    given = record("given", "email")
    assert judge(ask("DE"), given, packs, AT).valid_until == "2026-12-22T12:00:00.000000Z"
    assert judge(ask("DE"), given, long, AT).valid_until == "2028-05-03T10:00:00.000000Z"
    ends = [given[0], given[1]._replace(valid_until=day("2026-12-01"))]
    assert judge(ask("DE"), ends, packs, AT).valid_until == day("2026-12-01")
    older = act("given", "2024-12-01")
    assert judge(ask("DE"), [older], packs, AT).valid_until == "2026-12-01T10:00:00.000000Z"
    revoke = replace(ask("US", "sms"), country="US", region="US-NY")
    assert (
        judge(revoke, record("given", "sms"), long, "2026-11-23T17:00Z").valid_until
        == "2027-01-31T05:00:00.000000Z"
    )
    bought = replace(ask("CA"), customer_at="2024-12-01")
    assert judge(bought, [], packs, AT).valid_until == "2026-12-01T00:00:00.000000Z"
    listed = replace(ask("HR", "call"), snapshots=(("hr-ne-zovi", "2026-11-20"),))
    assert judge(listed, [], packs, "2026-11-23T10:00Z").valid_until == "2026-11-27T00:00:00.000000Z"


def test_hours_are_said_with_the_zones_and_need_not_be_kept_at_once(packs):
    """A batch is made at night for the next day: it says the hours, a single question keeps them."""
    mobile = replace(ask("RU", "call"), number="+79160000000", kind="mobile", country="RU", region="RU-SAM")
    night = "2026-11-22T22:00:00Z"
    answer = judge(mobile, record("given", "call"), packs, night)
    assert (answer.verdict, answer.reason, answer.rule) == ("deny", "outside_hours", "HOUSE-HOURS")
    assert words.mend(answer.mend, answer.parameters, "en") == "Wait until 2026-11-23 08:00 (Europe/Samara)"
    said = judge(mobile, record("given", "call"), packs, night, enforce_hours=False)
    assert (said.verdict, said.hours, said.zones) == ("allow", "Mon-Sun 08:00-21:00", ("Europe/Samara",))
    toll_free = replace(ask("US", "call"), number="+18000000000", kind="toll_free")
    nowhere = judge(toll_free, record("given", "call"), packs, night, enforce_hours=False)
    assert (nowhere.verdict, nowhere.reason, nowhere.mend) == ("deny", "no_common_hour", "state_address")


def test_a_past_answer_can_be_repeated(packs):
    """With the history up to then, and the packs of then, the moment alone decides."""
    history = [act("given", "2026-05-03"), act("withdrawn", "2026-06-01")]
    assert judge(ask("DE"), history[:1], packs, day("2026-05-20")).allowed
    assert not judge(ask("DE"), history, packs, day("2026-06-02")).allowed


def test_conditions_are_said(packs):
    answer = judge(replace(ask("DE"), customer_at="2026-05-01"), [], packs, AT)
    assert answer.conditions == ("own_similar", "stop_in_each", "told_at_collection")
    assert words.reason(answer.reason, answer.parameters, "en").endswith(
        "until they object — only for our own similar products; each message says how to stop; "
        "they were told when the contact was taken, and could say no"
    )


def test_the_newest_yes_that_suffices_is_the_evidence(packs):
    """A spoken renewal does not spoil the written consent before it."""
    written, spoken = act("given", channel="sms"), act("renewed", "2026-06-01", "sms", method="oral")
    moscow = replace(ask("RU", "sms"), number="+74950000000", kind="fixed_line")
    answer = judge(moscow, [written, spoken], packs, AT)
    assert (answer.verdict, answer.evidence) == ("allow", "given 2026-05-03")
    alone = judge(moscow, [spoken], packs, AT)
    assert (alone.reason, alone.evidence, alone.mend) == ("weak_proof", "renewed 2026-06-01", "ask_in_writing")


def test_rules_hold_only_on_their_days(packs):
    early = "2022-05-27T12:00:00.000000Z"
    assert judge(ask("DE"), [], packs, early).reason == "no_rule"
    assert judge(ask("DE"), [], packs, "2022-05-28").reason == "no_consent"


CHANNELS = ("email", "sms")


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
        [
            ("phone", f"+4930{i}", channel, "marketing", "DE", "consumer")
            for i in range(3_000)
            for channel in CHANNELS
        ]
    )
    ledger = make_events(
        [
            {
                "value": f"+4930{i}",
                **act("given", f"2026-06-{i % 28 + 1:02}", "sms")._asdict(),
                "event_id": f"e{i}",
            }
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
