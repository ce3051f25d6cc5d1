import copy
import json
from pathlib import Path
from typing import Any

import pytest

from leads.errors import ConfigError, SourceError
from leads.pull import KEY, NOTE, TIME, URI
from sources import event

PATH = "/api/v1/organizers/acme/events/meet%20up/orders/"
GENERATED = "2026-11-22T00:06:53.864641Z"
COLUMNS = {
    "order.email": "email",
    "attendee_name": "full_name",
    "answer.CONSENT": "consent",
    "answer.DIET": "ignore",
}


def position(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "positionid": number, "item": 1, "attendee_name": "Иван Примеров",
        "attendee_name_parts": {"_scheme": "full"}, "attendee_email": "ivan@example.com", "company": "ACME",
        "street": None, "zipcode": None, "city": None, "country": None, "secret": "x6mk33",
        "answers": [{"question": 1, "answer": "True", "question_identifier": "CONSENT", "options": []}],
        "checkins": [], "canceled": False,
    } | more  # fmt: skip


def order(code: str, *positions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "code": code, "event": "meet up", "status": "p", "testmode": False, "secret": "8ofouvz",
        "email": "Ivan@Example.com", "phone": "+79160000001", "locale": "en",
        "datetime": "2026-11-22T00:06:45.332538Z", "last_modified": "2026-11-22T00:06:45.352569Z",
        "positions": list(positions), "url": "http://127.0.0.1/order/x",
    } | more  # fmt: skip


class PretixShop:
    """The orders endpoint over a list, as it was observed."""

    def __init__(self, url: str, orders: list[dict[str, Any]]) -> None:
        self.url, self.orders, self.size = url, orders, 2
        self.spoil: Any = lambda page, number: page

    def __call__(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        found = [o for o in self.orders if str(o["last_modified"]) >= query.get("modified_since", "")]
        number = int(query.get("page", 1))
        page = found[(number - 1) * self.size : number * self.size]
        if path != PATH or (number > 1 and not page):
            return 404, {}, b'{"detail": "Invalid page."}'
        onward = f"{self.url}{PATH}?page={number + 1}&page_size=50" if number * self.size < len(found) else None
        body = {"count": len(found), "next": onward, "previous": None, "results": page}
        headers = {"X-Page-Generated": GENERATED if number == 1 else "2027-01-01T00:00:00Z"}
        return 200, headers, json.dumps(self.spoil(body, number)).encode()


@pytest.fixture
def shop(provider: Any) -> PretixShop:
    orders = [
        order("AAAAA", position(1), position(2, attendee_name="Eva Minta", answers=[])),
        order("BBBBB", testmode=True, status="n", positions=[]),
        order("CCCCC", position(1, company=None), status="c"),
        order("DDDDD", position(3), positions=None, last_modified="2026-11-25T00:00:00Z"),
        order("EEEEE", position(1), last_modified="2026-11-25T00:00:00Z"),
    ]
    provider.answer = PretixShop(provider.url, orders)
    return provider.answer


@pytest.fixture
def meetup(provider: Any, make_source: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHOP_TOKEN", "pretix-secret")
    options = {
        "format": "pretix",
        "url": provider.url,
        "organizer": "acme",
        "event": "meet up",
        "token": "${SHOP_TOKEN}",
    }
    return make_source(name="meetup", kind="event", columns=COLUMNS, pull=options)


def test_one_record_per_position(provider: Any, shop: PretixShop, meetup: Any, drain: Any) -> None:
    frame, receipt = drain(event.pull(meetup, None))
    assert frame[KEY].tolist() == ["AAAAA-1", "AAAAA-2", "BBBBB-0", "CCCCC-1", "DDDDD-0", "EEEEE-1"]
    assert frame.iloc[0].dropna().to_dict() == {
        "order.email": "Ivan@Example.com", "order.phone": "+79160000001", "order.locale": "en", "order.status": "p",
        "attendee_name": "Иван Примеров", "attendee_email": "ivan@example.com", "company": "ACME", "item": "1",
        "answer.CONSENT": "True", KEY: "AAAAA-1", TIME: "2026-11-22T00:06:45.332538Z", URI: f"{PATH}AAAAA/",
    }  # fmt: skip
    assert frame[NOTE].dropna().tolist() == ["test order"] and frame[NOTE].notna().tolist().index(True) == 2
    assert "answer.DIET" in frame and frame["answer.DIET"].isna().all()
    assert (receipt.declared, receipt.cursor) == (None, GENERATED)
    assert (
        provider.asked[0][1] == {"page_size": "50"}
        and provider.asked[0][2]["Authorization"] == "Token pretix-secret"
    )
    assert len(provider.asked) == 3


def test_only_what_changed_since(provider: Any, shop: PretixShop, meetup: Any, drain: Any) -> None:
    frame, receipt = drain(event.pull(meetup, GENERATED))
    assert frame[KEY].tolist() == ["DDDDD-0", "EEEEE-1"] and receipt.cursor == GENERATED
    assert provider.asked[0][1]["modified_since"] == GENERATED


def test_an_unchanged_position_has_unchanged_content(shop: PretixShop, meetup: Any, drain: Any) -> None:
    before, _ = drain(event.pull(meetup, None))
    for found in shop.orders:
        found |= {"last_modified": "2026-12-01T00:00:00Z", "secret": "new", "url": "http://127.0.0.1/order/y"}
        for one in found["positions"] or []:
            one |= {"secret": "new", "checkins": [1], "pseudonymization_id": "new"}
    after, _ = drain(event.pull(meetup, None))
    assert before.equals(after)


def test_no_orders(shop: PretixShop, meetup: Any, drain: Any) -> None:
    shop.orders = []
    frame, receipt = drain(event.pull(meetup, "2026-01-01T00:00:00Z"))
    assert frame.empty and receipt.cursor == GENERATED


@pytest.mark.parametrize("onward", ["http://localhost:1/", "https://shop.example.com/", "//127.0.0.1:1/x"])
def test_the_next_page_must_be_on_the_host(
    onward: str, provider: Any, shop: PretixShop, meetup: Any, drain: Any
) -> None:
    shop.spoil = lambda page, number: page | {"next": onward}
    with pytest.raises(SourceError, match="the next page is on another host"):
        drain(event.pull(meetup, None))
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page, number: page | {"next": None},
        lambda page, number: page | ({"results": []} if number == 2 else {}),
        lambda page, number: page | {"results": page["results"][:1]},
    ],
)
def test_a_list_that_ends_early(spoil: Any, shop: PretixShop, meetup: Any, drain: Any) -> None:
    shop.spoil = spoil
    with pytest.raises(SourceError, match=r"the list ended early: \d of 5 orders came"):
        drain(event.pull(meetup, None))


def test_a_next_page_that_leads_back(provider: Any, shop: PretixShop, meetup: Any, drain: Any) -> None:
    shop.spoil = lambda page, number: page | {"next": f"{provider.url}{PATH}?page=1"}
    with pytest.raises(SourceError, match="the list ended early: 2 of 5"):
        drain(event.pull(meetup, None))
    assert len(provider.asked) == 2


def test_an_order_placed_while_we_read(shop: PretixShop, meetup: Any, drain: Any) -> None:
    def spoil(page: dict[str, Any], number: int) -> dict[str, Any]:
        if number == 1 and len(shop.orders) == 5:
            shop.orders.insert(0, order("FFFFF", position(1)))
        return page

    shop.spoil = spoil
    frame, _ = drain(event.pull(meetup, None))
    assert set(frame[KEY]) >= {"AAAAA-1", "EEEEE-1"}


def test_wrong_names(shop: PretixShop, meetup: Any, drain: Any) -> None:
    wrong = meetup.model_copy(update={"pull": meetup.pull | {"event": "other"}})
    with pytest.raises(SourceError, match=r"events/other/orders/: is not there: HTTP 404"):
        drain(event.pull(wrong, None))


def test_the_real_order(provider: Any, meetup: Any, drain: Any) -> None:
    """An order as pretix 2026.8 really sent it, if the reference is at hand."""
    reference = Path(__file__).parents[2] / "../shared/reference/pretix_order.json"
    if not reference.is_file():
        pytest.skip("the shared reference order is not beside the checkout")
    body = json.loads(reference.read_text(encoding="utf-8"))
    page = {"count": 1, "next": None, "previous": None, "results": [body]}
    provider.answer = lambda path, query: (200, {}, json.dumps(page).encode())
    frame, receipt = drain(event.pull(meetup, None))
    assert len(frame) == 1 and frame["answer.JOB"].tolist() == ["CTO"] and receipt.cursor is None
    assert not any("secret" in str(name) or "url" in str(name) for name in frame)


def test_a_file(tmp_path: Path, make_source: Any, drain: Any) -> None:
    file = tmp_path / "expo.csv"
    file.write_text("Name,E-mail\nAnna Example,anna@example.com\n", encoding="utf-8")
    columns = {"Name": "full_name", "E-mail": "email"}
    for pull in ({"format": "file", "file": str(file)}, {"file": str(file)}):
        frame, _ = drain(event.pull(make_source(kind="event", columns=columns, pull=copy.copy(pull)), None))
        assert frame["E-mail"].tolist() == ["anna@example.com"]


def test_an_unknown_format(make_source: Any) -> None:
    with pytest.raises(ConfigError, match="key 'format': known are file, pretix"):
        event.pull(make_source(pull={"format": "eventbrite"}), None)
