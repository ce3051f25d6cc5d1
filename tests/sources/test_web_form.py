import json
import re
from typing import Any

import pytest

from leads import schema
from leads.errors import ConfigError, SourceError, SourceUnavailable
from leads.pull import KEY, TIME, URI
from sources import web_form

COLUMNS = {"name": "full_name", "phone": "phone", "email": "email", "consent": "consent"}


def response(number: int, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "response_id": f"r{number}", "token": f"r{number}", "landed_at": "2026-05-01T00:00:00Z",
        "submitted_at": f"2026-05-01T10:{number // 60:02}:{number % 60:02}Z", "answers": list(answers),
        "metadata": {"platform": "other"},
    } | more  # fmt: skip


def answer(ref: str, kind: str, value: Any) -> dict[str, Any]:
    return {"field": {"id": f"id-{ref}", "ref": ref, "type": "x"}, "type": kind, kind: value}


class Typeform:
    """The Responses API over a list, as it is documented; `spoil` may change a page before it is sent."""

    def __init__(self, responses: list[dict[str, Any]], repeat: int = 0) -> None:
        self.responses = sorted(responses, key=lambda r: str(r["submitted_at"]), reverse=True)
        self.repeat = repeat
        self.spoil: Any = lambda page, number: page
        self.pages = 0

    def __call__(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        found = [r for r in self.responses if str(r["submitted_at"]) >= query.get("since", "")]
        size = int(query.get("page_size", "25"))
        start = 0
        if "before" in query:
            start = 1 + next(i for i, r in enumerate(self.responses) if r["token"] == query["before"])
            start = max(start - self.repeat, 0)
        page = {
            "total_items": len(found), "page_count": -(-len(found) // size), "items": found[start : start + size],
        }  # fmt: skip
        self.pages += 1
        return 200, {}, json.dumps(self.spoil(page, self.pages)).encode()


@pytest.fixture
def form(provider: Any, make_source: Any) -> Any:
    def make(**pull: Any) -> Any:
        options = {
            "format": "typeform",
            "url": provider.url,
            "form": "f/1",
            "token": "${FORM_TOKEN}",
            "page_size": 10,
        }
        return make_source(name="site_form", kind="web_form", columns=COLUMNS, pull=options | pull)

    return make


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORM_TOKEN", "tfp_secret")


def test_answers_by_their_type(provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform(
        [
            response(
                1, answer("name", "text", " Анна "), answer("phone", "phone_number", "+79160000001"),
                answer("email", "email", "Anna@Example.com"), answer("consent", "boolean", False),
                answer("size", "number", 79161234567), answer("when", "date", "2026-05-03"),
                answer("why", "choice", {"id": "1", "label": "Цена"}), answer("page", "url", "https://example.com"),
                answer("what", "choices", {"ids": ["1", "2"], "labels": ["Doors", "Windows"], "other": "Roofs"}),
                answer("paid", "payment", {"amount": "1.00", "success": True}),
                hidden={"utm_source": "mail", "n": 7}, calculated={"score": 12},
            ),
            response(2, answers=None, submitted_at="2026-05-01T12:00:00+02:00"),
        ]
    )  # fmt: skip
    frame, receipt = drain(web_form.pull(form(), None))
    first = frame.set_index(KEY).loc["r1"].to_dict()
    assert first == {
        "name": " Анна ", "phone": "+79160000001", "email": "Anna@Example.com", "consent": "false",
        "size": "79161234567", "when": "2026-05-03", "why": "Цена", "page": "https://example.com",
        "what": "Doors; Windows; Roofs", "paid": '{"amount":"1.00","success":true}',
        "hidden.utm_source": "mail", "hidden.n": "7", "calculated.score": "12",
        TIME: "2026-05-01T10:00:01.000000Z", URI: "/forms/f%2F1/responses",
    }  # fmt: skip
    assert frame[TIME].tolist()[frame[KEY].tolist().index("r2")] == "2026-05-01T10:00:00.000000Z"
    assert set(frame.dtypes) == {schema.TEXT} and receipt.declared == 2
    assert provider.asked[0][2]["Authorization"] == "Bearer tfp_secret"


@pytest.mark.parametrize("repeat", [0, 3])
def test_pages_until_all_are_there(repeat: int, provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform([response(i, answer("name", "text", str(i))) for i in range(45)], repeat)
    frame, receipt = drain(web_form.pull(form(), None))
    assert sorted(frame[KEY]) == sorted(f"r{i}" for i in range(45))
    assert (receipt.declared, receipt.cursor) == (45, "2026-05-01T10:00:44Z")
    asked = [query for _, query, _ in provider.asked]
    assert asked[0] == {"page_size": "10"} and asked[1] == {"page_size": "10", "before": "r35"}


def test_since_is_asked_once_and_older_answers_stay_out(provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform([response(i) for i in range(45)])
    frame, receipt = drain(web_form.pull(form(), "2026-05-01T10:00:30Z"))
    assert sorted(frame[KEY]) == sorted(f"r{i}" for i in range(30, 45)) and receipt.declared == 15
    asked = [query for _, query, _ in provider.asked]
    assert asked[0]["since"] == "2026-05-01T10:00:30Z" and all("since" not in query for query in asked[1:])


def test_nothing_new_keeps_the_cursor(provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform([])
    frame, receipt = drain(web_form.pull(form(), "2026-05-01T10:00:30Z"))
    assert frame.empty and (receipt.declared, receipt.cursor) == (0, "2026-05-01T10:00:30Z")


@pytest.mark.parametrize("spoiled", ["empty", "short", "same"])
def test_a_list_that_ends_early(spoiled: str, provider: Any, form: Any, drain: Any) -> None:
    api = Typeform([response(i) for i in range(25)])
    first: list[Any] = []

    def spoil(page: dict[str, Any], number: int) -> dict[str, Any]:
        first.append(page["items"])
        if number == 2 and spoiled == "empty":
            return page | {"items": []}
        if number >= 3 and spoiled == "short":
            return page | {"items": page["items"][:2] if number == 3 else []}
        return page | {"items": first[0]} if spoiled == "same" else page

    api.spoil, provider.answer = spoil, api
    with pytest.raises(SourceError, match=r"the list ended early: \d+ of 25 responses came"):
        drain(web_form.pull(form(), None))
    assert api.pages < 6


def test_one_strange_response_stops_the_pull_in_one_line(provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform([response(1, {"type": "text", "text": "canary-7f3a@example.com"})])
    with pytest.raises(SourceError, match=r"key 'items\.0\.answers\.0\.field'") as caught:
        drain(web_form.pull(form(), None))
    assert not re.search(r"canary|secret|\n", str(caught.value))


def test_half_a_surrogate_pair_is_no_reason_to_fail(provider: Any, form: Any, drain: Any) -> None:
    provider.answer = Typeform([response(1, answer("name", "text", "A\ud83d"))])
    assert drain(web_form.pull(form(), None))[0]["name"].tolist() == ["A\ufffd"]


def test_the_provider_is_away(provider: Any, form: Any, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    provider.answer = lambda path, query: (503, {"Retry-After": "0"}, b"")
    with pytest.raises(SourceUnavailable, match="source 'site_form', /forms/f%2F1/responses"):
        drain(web_form.pull(form(), None))


@pytest.mark.parametrize(
    ("pull", "key"),
    [({"page_size": 1001}, "page_size"), ({"form": ""}, "form"), ({"url": "ftp://x"}, "url"),
     ({"format": "tally"}, "format"), ({"other": "x"}, "other")],
)  # fmt: skip
def test_options_are_checked(pull: dict[str, Any], key: str, form: Any) -> None:
    with pytest.raises(ConfigError, match=f"key '{key}'") as caught:
        next(web_form.pull(form(**pull), None))
    assert "secret" not in str(caught.value)


def test_a_token_that_is_not_set(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORM_TOKEN")
    with pytest.raises(ConfigError, match="FORM_TOKEN is not set"):
        next(web_form.pull(form(), None))
