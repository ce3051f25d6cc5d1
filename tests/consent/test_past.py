"""A file can take away and never permit; what is not understood is set aside, but a no counts as wide as it may be."""

import pandas as pd
import pytest

from consent import past
from leads import schema
from leads.source import Source

NOW = "2026-06-01T00:00:00.000000Z"
PLAIN = {"channel": "email", "purpose": "marketing", "controller": None, "moment": "2025-03-01T00:00:00.000000Z",
         "type": "email", "value": "a@example.com", "region": None, "why": None}  # fmt: skip
SOURCE = Source(
    name="crm", title="CRM", kind="referral", owner="o", licence="l", legal_basis="consent, as they say",
    from_person=False, region="DE", language="de", seller="Seller",
)  # fmt: skip


def judge(*rows: dict) -> list[dict]:
    types = {name: column.dtype.type for name, column in past.ROWS.columns.items()}
    frame = pd.DataFrame([{"row": n, **PLAIN, **row} for n, row in enumerate(rows)]).astype(types)
    found = past.judged(frame, now=NOW, controller="us")
    return found.astype(object).where(found.notna(), None).to_dict("records")


@pytest.mark.parametrize("kind", ["given", "renewed", " Given ", "imported_claim", "RENEWED"])
def test_every_yes_is_a_claim(kind):
    (found,) = judge({"kind": kind})
    assert (found["kind"], found["reason"], found["controller"]) == ("imported_claim", None, "us")


SHIFTED = ("anna@example.com", "Anna, 0151 12345678", "+49 (151) 123-45-678")


@pytest.mark.parametrize("kind", past.NO)
def test_a_no_is_added_in_full_whatever_is_not_understood_of_it(kind):
    wide = [{"channel": "telegraph"}, {"channel": "email, telegraph"}, {"purpose": "everything"}, {"moment": None},
            {"moment": "2031-01-01"}]  # fmt: skip
    for row in judge(*({"kind": kind, **one} for one in wide)):
        assert (row["kind"], row["reason"], row["widened"]) == (kind, None, True)
        assert "any" in (row["channels"], row["purposes"]) or row["moment"] is None
    for row in judge(*({"kind": kind, "controller": cell} for cell in SHIFTED)):
        assert (row["controller"], row["reason"], row["widened"]) == ("us", None, True), (
            "no cell of a person is kept"
        )
    (exact,) = judge({"kind": kind, "channel": "sms; email", "controller": " Other "})
    assert (exact["channels"], exact["purposes"], exact["widened"]) == ("email|sms", "marketing", False)
    assert exact["controller"] == "Other"
    (open_,) = judge({"kind": kind, "channel": None, "purpose": "any,survey"})
    assert (open_["channels"], open_["purposes"], open_["widened"]) == ("any", "any", False)


@pytest.mark.parametrize(("row", "reason"), [
    ({"kind": "yes"}, past.UNKNOWN_KIND),
    ({"kind": None}, past.UNKNOWN_KIND),
    ({"kind": "erased"}, past.UNKNOWN_KIND),
    ({"kind": "notice_due"}, past.UNKNOWN_KIND),
    ({"kind": "withdrawn", "value": None}, past.NO_POINT),
    ({"kind": "withdrawn", "value": None, "why": "too short"}, "no contact point: too short"),
    ({"kind": "given", "channel": "fax"}, past.UNKNOWN_CHANNEL),
    ({"kind": "given", "purpose": "fun"}, past.UNKNOWN_PURPOSE),
    ({"kind": "given", "controller": SHIFTED[0]}, past.UNKNOWN_CONTROLLER),
    ({"kind": "notice_sent", "controller": SHIFTED[1]}, past.UNKNOWN_CONTROLLER),
    ({"kind": "expired", "moment": None}, past.NO_DATE),
    ({"kind": "notice_sent", "moment": "2031-01-01"}, past.TO_COME),
])  # fmt: skip
def test_what_is_not_understood_is_set_aside_with_a_reason(row, reason):
    (found,) = judge(row)
    assert found["reason"] == reason and not found["widened"]


def history(*rows: dict) -> pd.DataFrame:
    types = {name: column.dtype.type for name, column in schema.HISTORY.columns.items()}
    plain = {"type": "email", "value": "a@example.com", "channel": "email", "purpose": "marketing", "source": "crm",
             "controller": "us", "event_time": PLAIN["moment"], "seq": 1}  # fmt: skip
    return pd.DataFrame([{**dict.fromkeys(types), **plain, **row} for row in rows], columns=list(types)).astype(
        types
    )


def test_only_what_is_not_on_record_is_new():
    said = past.judged(
        pd.DataFrame([{"row": n, **PLAIN, **row} for n, row in enumerate([
            {"kind": "withdrawn"}, {"kind": "withdrawn"}, {"kind": "withdrawn", "channel": "email,sms"},
            {"kind": "objected", "moment": None}, {"kind": "given", "moment": "2025-04-01T00:00:00.000000Z"},
        ])]).astype({name: column.dtype.type for name, column in past.ROWS.columns.items()}),
        now=NOW, controller="us",
    )  # fmt: skip
    assert past.new(said, history(), "crm")["row"].to_list() == [0, 2, 3, 4]
    known = history({"kind": "withdrawn"}, {"kind": "objected"}, {"kind": "imported_claim"})
    assert past.new(said, known, "crm")["row"].to_list() == [2, 4], (
        "SMS is more; a claim of another day is another"
    )
    assert past.new(said, known, "other")["row"].to_list() == [0, 2, 3, 4]


def test_the_events_say_who_said_it_and_where_it_stands():
    types = {name: column.dtype.type for name, column in past.ROWS.columns.items()}
    rows = [
        {"kind": "given", "controller": "Other"},
        {"kind": "given"},
        {"kind": "withdrawn"},
        {"kind": "expired"},
    ]
    said = past.judged(pd.DataFrame([{"row": n, **PLAIN, **row} for n, row in enumerate(rows)]).astype(types),
                       now=NOW, controller="us")  # fmt: skip
    terms, events = past.events(said, SOURCE, batch="b", obtained=NOW, controller="us")
    told = events.merge(terms, on="terms").sort_values("row")
    assert told["actor"].to_list() == ["operator", "operator", "subject", "system"]
    assert told["collectors"].fillna("").to_list() == ["Other|Seller", "", "", ""]
    assert told["basis"].to_list()[:2] == ["consent, as they say"] * 2
    assert set(told["event_time"]) == {PLAIN["moment"]} and set(told["evidence"]) == {"b"}
