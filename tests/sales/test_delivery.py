from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import schema
from leads.errors import LeadsError
from sales.delivery import digest, rows
from sales.owners import Owner

few = settings(max_examples=15, deadline=None)
DAY = "2026-05-{:02}T09:00:00.000000Z"
MOBILE, OFFICE, MAIL, ROLE = "+79161234567", "+74951234567", "one@example.com", "info@example.com"
OWNERS = {
    "team_ru": Owner(name="Team RU", language="ru", languages=("ru",)),
    "team_en": Owner(name="Team EN", language="en", languages=("en",)),
    "team_rs": Owner(name="Team RS", language="sr", languages=("sr",)),
}
TITLES = {"website_form": "Website form", "stroyka_base": "Stroyka base"}


def frame(columns: list[str], *stated: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({c: schema.texts(row.get(c) for row in stated) for c in columns})


def cards(*stated: dict[str, Any]) -> pd.DataFrame:
    plain = {
        "kind": "person", "sources": "stroyka_base", "source_kinds": "purchased_base", "source_regions": "RU", "audience": "consumer",
        "first_seen": DAY.format(1), "last_seen": DAY.format(1), "name": "Test Person",
    }  # fmt: skip
    return frame(list(schema.CARDS.columns), *({**plain, **row} for row in stated))


def points(*stated: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """contact, type, value, kind"""
    columns = ("contact", "type", "value", "kind")
    told = (dict(zip(columns, row, strict=True)) for row in stated)
    return frame(list(schema.CARD_POINTS.columns), *({**row, "display": row["value"]} for row in told))


def decision(contact: str, value: str, channel: str, verdict: str = "allow", **stated: Any) -> dict[str, Any]:
    allowed = {"rule": "ru-opt-in", "reason": "Agreed on 2026-05-03", "evidence": "b1#7"}
    denied = {"rule": "ru-claim", "reason": "The seller's claim is not consent", "mend": "Ask by post"}
    return {
        "contact": contact, "type": "email" if "@" in value else "phone", "value": value, "channel": channel,
        "purpose": "marketing", "verdict": verdict, "pack": "ru@2026.11.1", "review": "not confirmed by counsel",
        **(allowed if verdict == "allow" else denied), **stated,
    }  # fmt: skip


def decisions(*stated: dict[str, Any]) -> pd.DataFrame:
    return frame(list(schema.DECISIONS.columns), *stated)


def assigned(owner: str, *contacts: str) -> pd.DataFrame:
    return frame(
        list(schema.ASSIGNMENTS.columns), *({"contact": c, "owner": owner, "why": "language"} for c in contacts)
    )


def first(*contacts: str) -> pd.DataFrame:
    return frame(
        list(schema.REASONS.columns),
        *(
            {"contact": c, "reason": "first", "lead_id": f"l{c}", "source": "stroyka_base", "at": DAY.format(2)}
            for c in contacts
        ),
    )


def hand_over(known: list[tuple[str, str, str, str | None]], *said: dict[str, Any], **card: Any) -> Any:
    """The two lists for one contact c1 of the English team, each as a list of dicts."""
    card = {"contact": "c1", **card}
    lists = rows(
        cards(card), points(*known), decisions(*said), assigned("team_en", "c1"), first("c1"), OWNERS, TITLES
    )
    return [part.astype(object).where(part.notna(), None).to_dict("records") for part in lists]


ALL = [("c1", "phone", MOBILE, "mobile"), ("c1", "phone", OFFICE, "fixed_line"), ("c1", "email", MAIL, "free")]


def test_a_row_says_who_why_how_and_by_what_permission() -> None:
    (row,), steps = hand_over(
        ALL,
        decision("c1", MOBILE, "sms"),
        decision("c1", MOBILE, "call"),
        decision("c1", MAIL, "email", reason="Agreed on 2026-05-04", evidence="b2#1", rule="ru-email"),
        company="Example LLC",
        request="40 m² of tiles\n by June",
        tags="expo|vip",
        sources="stroyka_base|website_form",
        notice_due="2026-06-01T00:00:00.000000Z",
    )
    assert steps == []
    assert row == {
        "owner": "team_en", "reader": "en", "contact": "c1", "name": "Test Person", "company": "Example LLC",
        "job": None, "reason": "New contact from “Stroyka base” (2026-05-02) — 40 m² of tiles by June",
        "channels": "call, SMS, e-mail", "phone": MOBILE, "phone_use": "call, SMS", "email": MAIL,
        "other_phones": None, "other_phones_use": None, "other_emails": None, "messengers": None,
        "family_name": None, "given_name": None, "region": None,
        "next_step": "Call. At the first contact, say where we have their data from; "
        "the notice is due by 2026-06-01.",
        "permission": "call, SMS: Agreed on 2026-05-03; e-mail: Agreed on 2026-05-04",
        "valid_until": "until they say no", "hours": "at any hour", "city": None, "country": None, "language": None, "tier": None, "tags": "expo|vip",
        "sources": "Stroyka base, Website form", "rule": "ru-email; ru-opt-in", "pack": "ru@2026.11.1",
        "evidence": "b1#7; b2#1", "review": "not confirmed by counsel",
    }  # fmt: skip


def test_a_point_is_shown_only_on_an_undisputed_allow_of_its_own_channel() -> None:
    (row,), _ = hand_over(
        ALL,
        decision("c1", MAIL, "email"),
        decision("c1", MOBILE, "call", "deny"),
        decision("c1", MOBILE, "post"),
        decision("c1", OFFICE, "call"),
        decision("c1", OFFICE, "call", "deny"),
    )
    assert (row["email"], row["phone"], row["phone_use"], row["other_phones"]) == (MAIL, None, None, None)
    assert row["next_step"] == "Write an e-mail."
    assert MOBILE not in str(row)
    assert OFFICE not in str(row)


def test_a_messenger_is_shown_beside_and_is_one_channel_with_the_phones() -> None:
    account = "telegram:sample_k"
    known = [("c1", "phone", MOBILE, "mobile"), ("c1", "messenger", account, "telegram")]
    (row,), steps = hand_over(
        known, decision("c1", MOBILE, "messenger"), decision("c1", account, "messenger", type="messenger")
    )
    assert steps == []
    assert (row["phone"], row["messengers"]) == (MOBILE, account)
    assert row["channels"] == "messenger"
    (row,), _ = hand_over(known, decision("c1", account, "messenger", type="messenger"))
    assert (row["phone"], row["email"], row["messengers"]) == (None, None, account)


def test_the_phone_to_call_comes_first_and_the_others_beside() -> None:
    known = [*ALL, ("c1", "email", ROLE, "role")]
    (row,), _ = hand_over(
        known,
        decision("c1", MOBILE, "sms"),
        decision("c1", OFFICE, "call"),
        decision("c1", ROLE, "email"),
        decision("c1", MAIL, "email"),
    )
    assert (row["phone"], row["phone_use"], row["email"]) == (OFFICE, "call", MAIL)
    assert (row["other_phones"], row["other_phones_use"]) == (MOBILE, f"SMS: {MOBILE}")
    assert row["other_emails"] == ROLE


def test_lists_of_points_are_each_of_one_type_and_say_of_every_phone_what_is_allowed() -> None:
    third, skype = "+79161234568", "skype:live:sample"
    known = [
        *ALL, ("c1", "phone", third, "mobile"), ("c1", "messenger", "whatsapp:" + MOBILE, "whatsapp"),
        ("c1", "messenger", skype, "skype"),
    ]  # fmt: skip
    (row,), _ = hand_over(
        known,
        *(decision("c1", phone, "call") for phone in (MOBILE, OFFICE, third)),
        decision("c1", third, "sms"),
        *(
            decision("c1", value, "messenger", type="messenger")
            for _, kind, value, _ in known
            if kind == "messenger"
        ),
    )
    assert (row["phone"], row["other_phones"]) == (MOBILE, f"{third}; {OFFICE}")
    assert row["other_phones_use"] == f"call, SMS: {third}; call: {OFFICE}"
    assert row["messengers"] == f"{skype}; whatsapp:{MOBILE}"


def test_the_parts_of_a_name_stand_beside_it_and_a_company_is_nobodys_name() -> None:
    said = decision("c1", MAIL, "email")
    (row,), _ = hand_over(ALL, said, name="Anna Muster", given_name="Anna", family_name="Muster")
    assert (row["name"], row["given_name"], row["family_name"]) == ("Anna Muster", "Anna", "Muster")
    (row,), _ = hand_over(ALL, said, name="Romashka", company="Romashka", kind="organisation")
    assert (row["name"], row["company"]) == (None, "Romashka")
    (row,), _ = hand_over(ALL, said, name="Muster", company="Muster", family_name="Muster")
    assert (row["name"], row["company"]) == ("Muster", "Muster")


@pytest.mark.parametrize(
    ("tags", "shown"),
    [("tiles, bricks|vip", "tiles, bricks|vip"), ("vip|two@example.org|expo 2026", "vip|…|expo 2026"),
     ("vip|8 916 123-45-67", "vip|…"), ("2025|2026|12345", "2025|2026|12345")],
)  # fmt: skip
def test_each_tag_is_shown_or_hidden_by_itself(tags: str, shown: str) -> None:
    (row,), _ = hand_over(ALL, decision("c1", MAIL, "email"), tags=tags)
    assert row["tags"] == shown


def test_nothing_permitted_is_a_next_step_without_any_phone_or_email() -> None:
    batch, (step,) = hand_over(
        ALL,
        decision("c1", MOBILE, "call", "deny"),
        decision("c1", MOBILE, "sms", "deny"),
        decision("c1", MAIL, "email", "deny", reason="Withdrawn on 2026-05-03", mend=None),
        name="Test Person 8 (916) 123-45-67",
        company="Example, one@example.com",
    )
    assert batch == []
    assert step == {
        "owner": "team_en", "reader": "en", "contact": "c1", "name": "Test Person …", "company": "Example, …",
        "why_not": "The seller's claim is not consent; Withdrawn on 2026-05-03", "next_step": "Ask by post",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("known", "said", "why_not", "next_step"),
    [
        ([], [], "No usable phone or e-mail", "Ask the source for a valid phone or e-mail."),
        (ALL, [], "No permission decision on record", "Ask the operator to check the permission."),
        (ALL, [decision("c1", MOBILE, "call", "deny", mend=None)], "The seller's claim is not consent",
         "Do not contact."),
        ([], [decision("c1", MOBILE, "call")], "No usable phone or e-mail",
         "Ask the source for a valid phone or e-mail."),
    ],
)  # fmt: skip
def test_every_next_step_says_why_and_what_now(known: Any, said: Any, why_not: str, next_step: str) -> None:
    batch, (step,) = hand_over(known, *said)
    assert batch == []
    assert (step["why_not"], step["next_step"]) == (why_not, next_step)


def test_free_text_does_not_carry_a_phone_past_the_decision() -> None:
    (row,), _ = hand_over(
        ALL,
        decision("c1", MAIL, "email"),
        request="Call 8-916-123-45-67 or write two@example.org by 2026-06-15, order 1234, @handle",
        job="Buyer, +7 916 1234567",
    )
    assert row["reason"].endswith("— Call … or write … by 2026-06-15, order 1234, @handle")
    assert row["job"] == "Buyer, …"


@pytest.mark.parametrize(
    "text",
    ["8 (916) 123-45-67", "+36 30 123 4567", "061/123-456", "8\u2013916\u2013123\u201345\u201367",
     "8\u00a0916\u00a01234567",
     "８９１６１２３４５６７", "two@example.org", "two＠example.org", "mailto:two@example.org"],
)  # fmt: skip
def test_any_spelling_of_a_phone_or_email_in_free_text_is_hidden(text: str) -> None:
    (row,), _ = hand_over(ALL, decision("c1", MAIL, "email"), company=f"Example LLC, {text}")
    assert row["company"].removeprefix("Example LLC, ") in ("…", "mailto:…")


def test_nothing_due_is_two_empty_lists() -> None:
    lists = rows(
        cards({"contact": "c1"}), points(*ALL), decisions(), assigned("team_en", "c1"), first(), OWNERS, {}
    )
    assert all(part.empty for part in lists)
    assert digest(*lists, decisions()).empty


def test_a_long_request_is_cut() -> None:
    (row,), _ = hand_over(ALL, decision("c1", MAIL, "email"), request="tile " * 1000)
    assert row["reason"].endswith("tile…")
    assert len(row["reason"]) < 600


def test_each_owner_reads_their_own_language() -> None:
    people = [("c1", "team_ru"), ("c2", "team_en"), ("c3", "team_rs")]
    batch, _ = rows(
        cards(*({"contact": c} for c, _ in people)),
        points(*((c, "phone", f"{MOBILE[:-1]}{i}", "mobile") for i, (c, _) in enumerate(people))),
        decisions(*(decision(c, f"{MOBILE[:-1]}{i}", "call") for i, (c, _) in enumerate(people))),
        pd.concat([assigned(owner, c) for c, owner in people]),
        first("c1", "c2", "c3"),
        OWNERS,
        TITLES,
    )
    told = batch.set_index("contact")
    assert told["reader"].to_dict() == {"c1": "ru", "c2": "en", "c3": "bs"}
    assert told["next_step"].to_dict() == {"c1": "Позвонить.", "c2": "Call.", "c3": "Nazvati."}
    assert told.loc["c1", "review"] == "не подтверждено юристом"
    assert told.loc["c3", "reason"] == "Novi kontakt, izvor „Stroyka base“ (2026-05-02)"


def test_the_leading_reason_is_the_newest_answer() -> None:
    reasons = [
        {
            "contact": "c1",
            "reason": f"answer:l{i}",
            "lead_id": f"l{i}",
            "source": "website_form",
            "at": DAY.format(i),
        }
        for i in (3, 5, 4)
    ]
    batch, _ = rows(
        cards({"contact": "c1"}), points(*ALL), decisions(decision("c1", MAIL, "email")),
        assigned("team_en", "c1"), frame(list(schema.REASONS.columns), *reasons), OWNERS, TITLES,
    )  # fmt: skip
    assert batch["reason"].tolist() == ["New answer on 2026-05-05, “Website form”"]


def test_what_cannot_be_handed_over_safely_is_refused() -> None:
    known, said = points(*ALL), decisions(decision("c1", MAIL, "email"))
    card, mine = cards({"contact": "c1"}), assigned("team_en", "c1")
    with pytest.raises(LeadsError, match=r"1 contact\(s\) are due without a card"):
        rows(card, known, said, assigned("team_en", "c1", "c2"), first("c1", "c2"), OWNERS, TITLES)
    with pytest.raises(LeadsError, match=r"1 contact\(s\) are due without an active owner"):
        rows(card, known, said, assigned("team_gone", "c1"), first("c1"), OWNERS, TITLES)
    with pytest.raises(LeadsError, match="more than an active owner"):
        rows(card, known, said, pd.concat([mine, assigned("team_ru", "c1")]), first("c1"), OWNERS, TITLES)
    service = decisions(decision("c1", MAIL, "email"), decision("c1", MAIL, "email", purpose="service"))
    with pytest.raises(LeadsError, match="several purposes"):
        rows(card, known, service, mine, first("c1"), OWNERS, TITLES)


VERDICTS = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3"]),
        st.sampled_from([(MOBILE, "call"), (MOBILE, "sms"), (OFFICE, "call"), (MAIL, "email"), (MAIL, "call")]),
        st.sampled_from(["allow", "deny"]),
    ),
    max_size=20,
)


@few
@given(said=VERDICTS)
def test_every_due_contact_is_in_one_list_and_only_with_what_is_allowed(said: list[Any]) -> None:
    contacts = ["c1", "c2", "c3"]
    known = points(*((c, kind, value, None) for c in contacts for _, kind, value, _ in ALL))
    asked = decisions(*(decision(c, value, channel, verdict) for c, (value, channel), verdict in said))
    batch, steps = rows(
        cards(*({"contact": c} for c in contacts)), known, asked, assigned("team_ru", *contacts),
        first(*contacts), OWNERS, TITLES,
    )  # fmt: skip
    assert sorted([*batch["contact"], *steps["contact"]]) == contacts
    denied = {(c, *what) for c, what, verdict in said if verdict == "deny"}
    fit = {(MOBILE, "call"), (MOBILE, "sms"), (OFFICE, "call"), (MAIL, "email")}
    allowed = {(c, value) for c, (value, channel), verdict in said
               if verdict == "allow" and (value, channel) in fit and (c, value, channel) not in denied}  # fmt: skip
    for row in batch.itertuples():
        shown = {value for value in (MOBILE, OFFICE, MAIL) if value in str(row)}
        assert shown == {value for c, value in allowed if c == row.contact}
    assert not any(value in steps.to_csv() for value in (MOBILE, OFFICE, MAIL))


def test_the_digest_counts_and_says_rule_by_rule_why_a_batch_is_empty() -> None:
    contacts = ["c1", "c2", "c3", "c4"]
    known = points(*((c, "phone", MOBILE, None) for c in contacts[:3]))
    asked = decisions(
        decision("c1", MOBILE, "call", "deny"),
        decision("c1", MOBILE, "sms", "deny"),
        decision("c2", MOBILE, "call", "deny", reason="Another wording"),
        decision("c3", MOBILE, "call", "deny", rule="said-no", reason="Withdrawn on 2026-05-03"),
    )
    lists = rows(
        cards(*({"contact": c} for c in contacts)), known, asked, assigned("team_en", *contacts),
        first(*contacts), OWNERS, TITLES,
    )  # fmt: skip
    found = digest(*lists, asked).astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["team_en", "batch", None, None, 0],
        ["team_en", "next steps", None, None, 4],
        ["team_en", "denied", "ru-claim", "Another wording", 2],
        ["team_en", "denied", "said-no", "Withdrawn on 2026-05-03", 1],
        ["team_en", "denied", None, "No usable phone or e-mail", 1],
    ]
