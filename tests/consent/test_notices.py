"""Who is owed a notice, by what it can go, and that it says all of Art. 14 in every language."""

from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

from consent import notices
from consent.duties import load_duties
from leads import schema
from leads.errors import ConfigError
from leads.source import Source, read_toml

CONFIG = Path(__file__).parents[2] / "config"
DUTIES = load_duties(CONFIG)
BASE = Source(
    name="base", title="Base", kind="purchased_base", owner="o", licence="l", seller="Seller Ltd.",
    legal_basis="legitimate interest", from_person=False, region="DE", language="de",
)  # fmt: skip
LIST = BASE.model_copy(update={"name": "open", "title": "Directory", "kind": "listing", "seller": ""})


def rows(declared: pa.DataFrameSchema, *said: dict[str, Any]) -> pd.DataFrame:
    types = {name: column.dtype.type for name, column in declared.columns.items()}
    return pd.DataFrame({name: pd.Series([one.get(name) for one in said], dtype=t) for name, t in types.items()})


def owes(contact: str = "c1", source: str = "base", **more: Any) -> dict[str, Any]:
    plain = {"source_kind": "purchased_base", "obtained": "2026-05-01T10", "due": "2026-06-01T10"}
    return {"contact": contact, "source": source, **plain, **more}


def who(contact: str = "c1", **more: Any) -> dict[str, Any]:
    return {"contact": contact, "addressee": "Anna Muster", "categories": "name|phone", **more}


def has(type_: str, value: str, contact: str = "c1", kind: str | None = "mobile") -> dict[str, Any]:
    return {"contact": contact, "type": type_, "value": value, "display": value, "kind": kind}


def no(type_: str, value: str, kind: str, channel: str = "any", purpose: str = "any") -> dict[str, Any]:
    said = dict.fromkeys(schema.HISTORY.columns, "x") | {"seq": 1, "type": type_, "value": value}
    return said | {"kind": kind, "channel": channel, "purpose": purpose}


def queue(*, owed: list[Any], people: list[Any], points: Any = (), noes: Any = (), means=("email", "post"),
          suppressed: Any = ()) -> list[dict[str, Any]]:  # fmt: skip
    found = notices.queue(
        rows(notices.OWED, *owed), rows(notices.PEOPLE, *people), rows(schema.CARD_POINTS, *points),
        rows(schema.HISTORY, *noes), notices.of_sources([BASE, LIST]), suppressed, means,
    )  # fmt: skip
    return found.astype(object).where(found.notna(), None).to_dict("records")


def test_one_notice_a_person_due_when_the_first_of_its_reasons_is():
    found = queue(
        owed=[owes(), owes(source="open", obtained="2026-04-20T10", due="2026-05-20T10"),
              owes("c2", handed="2026-05-03T09")],
        people=[who(), who("c2")], points=[has("email", "a@example.com"), has("email", "b@example.com", "c2")],
    )  # fmt: skip
    assert [(one["contact"], one["due"], one["why"], one["sources"]) for one in found] == [
        ("c2", "2026-05-03T09", "contact", "base"), ("c1", "2026-05-20T10", "month", "base|open"),
    ]  # fmt: skip
    assert found[1]["obtained"] == "2026-04-20T10"


MAIL, PHONE = has("email", "a@example.com"), has("phone", "+4915112345678")


@pytest.mark.parametrize(("given", "state", "channel"), [
    ({"points": [MAIL]}, "to_send", "email"),
    ({"points": [MAIL], "means": ("post", "email"), "people": [who(address="A 1")]}, "to_send", "post"),
    ({"points": [PHONE]}, "no_channel", None),
    ({"points": [PHONE], "means": ("email", "sms")}, "to_send", "sms"),
    ({"points": [has("phone", "+4930123456", kind="fixed_line")], "means": ("sms",)}, "no_channel", None),
    ({"points": [PHONE], "people": [who(address="A 1")]}, "to_send", "post"),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "withdrawn", "email", "marketing")]}, "to_send", "email"),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "withdrawn", "email")]}, "no_channel", None),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "refused", "any", "service")]}, "no_channel", None),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "withdrawn", "email")], "people": [who(address="A 1")]},
     "to_send", "post"),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "withdrawn")], "people": [who(address="A 1")]},
     "no_channel", None),
    ({"points": [MAIL], "noes": [no("email", "a@example.com", "objected", "call", "marketing")]}, "objected", None),
    ({"points": [MAIL], "noes": [no("email", "z@example.com", "objected")]}, "to_send", "email"),
    ({"points": [MAIL], "suppressed": ["c1"]}, "suppressed", None),
    ({"points": [MAIL], "people": [who(restricted="2026-01-01")], "suppressed": ["c1"]}, "restricted", None),
])  # fmt: skip
def test_by_what_it_may_go_or_why_it_may_not(given, state, channel):
    (found,) = queue(owed=[owes()], **{"people": [who()], **given})
    assert (found["state"], found["channel"]) == (state, channel)
    assert (found["to"] is None) == (state != "to_send")


def letters(language: str, duties=DUTIES, **more: Any) -> dict[str, str]:
    owed = rows(notices.OWED, owes(), owes(source="open", source_kind="listing", obtained="2026-05-02T10"))
    people = rows(notices.PEOPLE, who(language=language, **more))
    sources = notices.of_sources([BASE, LIST])
    waiting = notices.queue(
        owed, people, rows(schema.CARD_POINTS, MAIL), rows(schema.HISTORY), sources, [], ["email"]
    )
    (found,) = notices.letters(waiting, owed, people, sources, duties).to_dict("records")
    return found


@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_a_letter_says_all_of_article_14(language):
    found = letters(language)
    assert "{" not in found["text"] and "Anna Muster" in found["text"]
    stated = DUTIES.notice
    own = [getattr(stated, part)[language] for part in ("interests", "recipients", "retention", "authority")]
    words = read_toml(notices.FILE)
    said = [
        "Example Building Materials Ltd.", "officer@example.com", "Base", "Seller Ltd.", "Directory",
        "legitimate interest", "2026-05-01", words["category"]["phone"][language],
        words["purpose"]["marketing"][language], words["rights"][language], words["kind"]["listing"][language], *own,
    ]  # fmt: skip
    assert [one for one in said if one not in found["text"]] == []
    columns = set(notices.LETTERS.columns) - {"to", "text", "wording"}
    assert [name for name in columns if not found[name]] == []
    assert (
        found["language"] == language and found["sources"] == "base|open" and found["collected_on"] == "2026-05-01"
    )


def test_every_line_of_article_14_is_in_every_body():
    bodies = read_toml(notices.FILE)["body"]
    assert set(bodies) == set(notices.LANGUAGES)
    lacking = [(language, name) for language, body in bodies.items() for name in notices.FILLED
               if body.count(f"{{{name}}}") != 1]  # fmt: skip
    assert lacking == []


def test_a_name_that_looks_like_one_of_our_gaps_fills_nothing_in():
    assert "{rights}" in letters("en", addressee="{rights}")["text"]
    assert letters("en", addressee=None)["addressee"] == "Sir or Madam"
    assert letters("fr")["language"] == "de", "the source's language, where we do not write the person's own"


def test_a_representative_is_named_and_the_wording_is_known_by_its_hash():
    other = DUTIES.model_copy(
        update={"controller": DUTIES.controller.model_copy(update={"representative": "Rep"})}
    )
    assert "; representative in the Union: Rep" in letters("en", other)["text"]
    assert notices.wording(other) != notices.wording(DUTIES) == letters("en")["wording"]


def test_what_was_sent_is_an_event_for_each_lead_and_point():
    plain = {"type": "email", "value": "a@example.com", "source_kind": "purchased_base", "jurisdiction": None,
             "channel": "email", "language": "de", "wording": "w"}  # fmt: skip
    said = [{"lead_id": "l1", "source": "base", **plain}, {"lead_id": "l2", "source": "base", **plain},
            {"lead_id": "l3", "source": "open", **plain, "channel": None}]  # fmt: skip
    leads = pd.DataFrame(said).astype(schema.TEXT)
    terms, events = notices.sent(leads, evidence="file 1", at="2026-05-20T00", controller="us")
    assert (len(terms), len(events)) == (2, 3)
    assert set(terms["kind"]) == {"notice_sent"} and set(terms["method"]) == {"email", "stated"}
    assert set(terms["notice_sha256"]) == {"w"}


def test_duties_that_are_not_as_declared_are_named(tmp_path):
    text = (CONFIG / "duties.toml").read_text(encoding="utf-8")
    for old, new, why in (
        ('channels = ["email", "post"]', 'channels = ["call"]', "notice.channels"),
        ('longest = "P3Y"', 'longest = "3 years"', "keep"),
        ('en = "finding', 'fr = "finding', "notice.interests"),
    ):  # fmt: skip
        (tmp_path / "duties.toml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ConfigError, match=why):
            load_duties(tmp_path)
