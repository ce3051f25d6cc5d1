"""What a contact is to us: asked of one contact and of all, the answers agree."""

from typing import Any

import pandas as pd
import pytest

from store import cards
from store.engine import reading
from store.relations import SOLE_TRADERS, audience, said, situation


@pytest.mark.parametrize(
    ("kind", "form", "stated", "wanted"),
    [
        ("person", None, {"consumer"}, "consumer"),
        ("person", "obrt", {"consumer", "business"}, "consumer"),
        ("person", None, {"business"}, "business"),
        ("person", "ИП", {"business"}, "sole_trader"),
        ("organisation", "e.K.", {"business"}, "sole_trader"),
        ("organisation", None, {"consumer"}, "business"),
        ("organisation", "d.o.o.", {"sole_trader", "business"}, "sole_trader"),
    ],
)
def test_the_stricter_audience(kind: str, form: str | None, stated: set[str], wanted: str) -> None:
    assert audience(kind, form, stated) == wanted


def test_every_form_of_a_sole_trader_is_one_we_write() -> None:
    import tomllib
    from pathlib import Path

    file = Path(__file__).parents[2] / "enrich" / "data" / "legal_forms.toml"
    assert set(SOLE_TRADERS) <= {form["name"] for form in tomllib.loads(file.read_text(encoding="utf-8"))["form"]}


@pytest.fixture
def known(loader: Any, make_source: Any) -> Any:
    """People of a form of ours, a meetup of ours and a bought base; returns the situations of all, by phone."""
    ours = {"from_person": True, "audience": "consumer", "consent": {"version": "v2", "frequency": "1/P1M"}}
    form = make_source("form", kind="web_form", **ours)
    meetup = make_source("meetup", kind="event", from_person=True, audience="business")
    base = make_source("base", audience="business", region="HU")

    def person(number: int, **more: Any) -> dict[str, Any]:
        return {"phone": f"+4915100{number}", "name": ("ann", f"s{number}"), **more}

    loader.take(form, [person(1), person(2, ordered_on="2025-12-01"), person(3, request="two tons")])
    loader.take(
        meetup,
        [person(3), person(4), person(5, request="a quote", company="Sample", company_form="e.K.", kind="person")],
    )
    loader.take(base, [person(2, ordered_on="2025-12-24"), person(6, ordered_on="2025-12-24", request="call me"),
                       person(1, country="DE", region="Bayern", region_code="DE-BY", city="Ulm")])  # fmt: skip

    def ask(store: Any, at: str) -> dict[str, Any]:
        with reading(store) as connection:
            shown = cards.cards(connection)
            points = cards.card_points(connection, shown)
            found = {
                phone: situation(connection, contact, at)
                for contact, phone in zip(points["contact"], points["value"], strict=True)
            }
        rows = {row["contact"]: row for row in shown.to_dict("records")}
        for contact, phone in zip(points["contact"], points["value"], strict=True):
            one, row = found[phone], rows[contact]
            assert one.audience == row["audience"]
            assert "|".join(one.source_kinds) == row["source_kinds"]
            assert "|".join(one.source_regions) == row["source_regions"]
            if at > "2026":
                for name in ("country", "region_code", "customer_at", "enquired_at"):
                    assert getattr(one, name) == (None if row[name] is pd.NA else row[name]), name
        return found

    return ask


def test_one_contact_and_all_of_them_agree(store: Any, known: Any) -> None:
    found = known(store, "2026-06-01T00:00:00.000000Z")
    came = "2026-01-02T03:04:05.000000Z"
    assert {phone[-1]: (one.audience, one.customer_at, one.enquired_at) for phone, one in found.items()} == {
        "1": ("consumer", None, came),
        "2": ("consumer", "2025-12-01T00:00:00.000000Z", came),  # what the base says of orders was somebody else's
        "3": ("consumer", None, came),
        "4": ("business", None, None),  # a registration is no enquiry, a request is
        "5": ("sole_trader", None, came),
        "6": ("business", None, None),
    }
    assert found["+49151001"].region_code == "DE-BY"
    assert found["+49151002"].source_kinds == ["purchased_base", "web_form"]


def test_at_a_past_moment_what_came_later_is_not_known(store: Any, known: Any) -> None:
    earlier = known(store, "2025-12-31T00:00:00.000000Z")
    assert {(one.customer_at, one.enquired_at) for one in earlier.values()} == {(None, None)}


def test_what_a_source_promised(store: Any, known: Any) -> None:
    with reading(store) as connection:
        assert said(connection)["form"] == (True, "v2", "1/P1M")
        promised = cards.promised(connection)
    assert promised.to_dict("records") == [{"source": "form", "notice_version": "v2", "frequency": "1/P1M"}]
